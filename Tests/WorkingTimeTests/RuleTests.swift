import Testing
import WorkingTime

/// What the rules say of single days.
@Suite("Day limits by the rules")
struct RuleTests {
    @Test(arguments: [
        ("2026-02-10", 20, "2026-03-16"), ("2026-02-10", 5, "2026-02-24"), ("2026-02-13", 1, "2026-02-14"),
        ("2026-09-18", 20, "2026-10-22"), ("2025-09-30", 5, "2025-10-14"), ("2020-01-23", 10, "2020-02-14"),
        ("2026-09-19", 1, "2026-09-20"),
    ])
    func `Test vectors of the notices`(_ start: String, _ n: Int, _ due: String) throws {
        let calendar = try China.calendar(years: start < "2021" ? [2020] : [2025, 2026])
        let outcome = try DayLimit(n, .workingDays).outcome(after: try day(start), in: calendar)
        #expect(outcome == .due(DueDate(try day(due), isProvisional: false)))
        #expect(try calendar.workingDays(from: try day(start), to: try day(due)) == n)
        #expect(try calendar.workingDays(from: try day(due), to: try day(start)) == -n)
    }

    @Test func `Without the make-up days the first vector would be two days later`() throws {
        let naive = try WorkCalendar(
            code: "naive",
            version: CalendarVersion(1),
            years: [2026],
            exceptions: try China.exceptions(of: 2026).filter { $0.kind == .holiday }
        )
        #expect(try naive.adding(workingDays: 20, to: try day("2026-02-10")).description == "2026-03-18")
    }

    @Test func `The day of the event is day 0, and a limit of 0 ends on it, also on a rest day`() throws {
        let calendar = try China.calendar()
        for text in ["2026-02-10", "2026-02-18", "2026-09-19", "2026-09-20"] {
            let outcome = try DayLimit(0, .workingDays).outcome(after: try day(text), in: calendar)
            #expect(outcome == .due(DueDate(try day(text), isProvisional: false)))
        }
        #expect(try DayLimit(1, .workingDays).due(try day("2026-02-10"), calendar) == day("2026-02-11"))
    }

    @Test func `An event on a rest day: day 1 is the next working day`() throws {
        let calendar = try China.calendar()
        #expect(try DayLimit(1, .workingDays).due(try day("2026-10-01"), calendar) == day("2026-10-08"))
        #expect(try DayLimit(3, .workingDays).due(try day("2026-10-03"), calendar) == day("2026-10-10"))
        #expect(try calendar.nextWorkingDay(after: try day("2026-02-14")) == day("2026-02-24"))
        #expect(try calendar.previousWorkingDay(before: try day("2026-02-24")) == day("2026-02-14"))
        #expect(try calendar.adding(workingDays: -3, to: try day("2026-10-12")) == day("2026-10-08"))
    }

    @Test func `Calendar days whose last is a rest day move to the next working day`() throws {
        let calendar = try China.calendar()
        let event = try day("2026-09-10")
        #expect(try DayLimit(15, .calendarDays).due(event, calendar) == day("2026-09-28"))
        #expect(try DayLimit(10, .calendarDays).due(event, calendar) == day("2026-09-20"))
        #expect(try DayLimit(15, .calendarDays, roll: .preceding).due(event, calendar) == day("2026-09-24"))
        #expect(try DayLimit(15, .calendarDays, roll: .unadjusted).due(event, calendar) == day("2026-09-25"))
        #expect(try DayLimit(3, .weeks).due(event, calendar) == day("2026-10-08"))
        #expect(try DayLimit(1, .months).due(try day("2026-01-31"), calendar) == day("2026-02-28"))
        #expect(try DayLimit(1, .months).due(try day("2026-03-31"), calendar) == day("2026-04-30"))
        #expect(try DayLimit(12, .months).due(try day("2025-02-28"), calendar) == day("2026-02-28"))
    }

    @Test func `400 working days out the answer is provisional and says so`() throws {
        var calendar = try China.calendar()
        let event = try day("2026-02-10")
        let limit = try DayLimit(400, .workingDays)
        let outcome = try limit.outcome(after: event, in: calendar)
        let due = try #require(outcome.dueDate)
        #expect(due.isProvisional)
        // 220 working days are left of 2026; the other 180 are weekdays of 2027.
        #expect(try calendar.workingDays(from: event, to: day("2026-12-31")) == 220)
        #expect(due.date.description == "2027-09-09")
        #expect(try calendar.workingDays(from: event, to: due.date) == 400)
        #expect("\(due)" == "2027-09-09 (provisional)")

        let horizon = try day("2026-12-31")
        let last = try DayLimit(220, .workingDays).outcome(after: event, in: calendar)
        #expect(last == .due(DueDate(horizon, isProvisional: false)))

        calendar.beyondHorizon = .refused
        #expect(throws: WorkingTimeError.beyondHorizon(due.date, last: horizon)) {
            try limit.outcome(after: event, in: calendar)
        }
        #expect(try DayLimit(220, .workingDays).due(event, calendar) == horizon)
    }

    @Test func `Calendar days are provisional only where the calendar has a say`() throws {
        let calendar = try China.calendar()
        let event = try day("2026-12-20")
        #expect(try DayLimit(20, .calendarDays).outcome(after: event, in: calendar).dueDate?.isProvisional == true)
        let plain = try DayLimit(20, .calendarDays, roll: .unadjusted).outcome(after: event, in: calendar)
        #expect(plain == .due(DueDate(try day("2027-01-09"), isProvisional: false)))
    }

    @Test func `A missing year is an error, never a date`() throws {
        let calendar = try China.calendar(years: [2020, 2025, 2026])
        let hole = WorkingTimeError.missing(try day("2021-01-01")...day("2024-12-31"))
        let event = try day("2020-12-20")
        #expect(try DayLimit(9, .workingDays).due(event, calendar) == day("2020-12-31"))
        #expect(throws: hole) { try DayLimit(10, .workingDays).due(event, calendar) }
        #expect(throws: hole) { try DayLimit(1, .workingDays).due(try day("2022-05-05"), calendar) }
        #expect(throws: hole) { try calendar.adding(workingDays: -2, to: try day("2025-01-02")) }
        #expect(throws: hole) { try calendar.workingDays(from: event, to: try day("2025-03-01")) }
        #expect(throws: hole) { try calendar.isWorkingDay(try day("2023-03-01")) }
        #expect(throws: hole) { try DayLimit(30, .calendarDays).due(event, calendar) }
        #expect(try DayLimit(20, .workingDays).due(try day("2026-02-10"), calendar) == day("2026-03-16"))
    }

    @Test func `Before the first day, and outside the years 1 to 9999`() throws {
        let calendar = try China.calendar()
        let early = WorkingTimeError.beforeCoverage(try day("2024-12-31"), first: try day("2025-01-01"))
        #expect(throws: early) { try DayLimit(1, .workingDays).due(try day("2024-12-31"), calendar) }
        #expect(throws: early) { try calendar.previousWorkingDay(before: try day("2025-01-02")) }
        #expect(throws: early) { try calendar.isWorkingDay(try day("2024-12-31")) }
        for n in [3_000_000, Int.max] {
            #expect(throws: WorkingTimeError.outOfRange) {
                try DayLimit(n, .workingDays).due(try day("2026-01-05"), calendar)
            }
            #expect(throws: WorkingTimeError.outOfRange) {
                try DayLimit(n, .weeks).due(try day("2026-01-05"), calendar)
            }
            #expect(throws: WorkingTimeError.outOfRange) {
                try DayLimit(n, .months).due(try day("2026-01-05"), calendar)
            }
        }
        #expect(throws: WorkingTimeError.beforeCoverage(try day("2024-12-31"), first: calendar.firstDay)) {
            try calendar.adding(workingDays: .min, to: try day("2026-01-05"))
        }
        #expect(throws: WorkingTimeError.negativeLimit(-1)) { try DayLimit(-1, .workingDays) }
        // The last weekday of all.
        let n = try calendar.workingDays(from: try day("2026-01-05"), to: .last)
        #expect(try calendar.adding(workingDays: n, to: try day("2026-01-05")) == .last)
        #expect(throws: WorkingTimeError.outOfRange) {
            try calendar.adding(workingDays: n + 1, to: try day("2026-01-05"))
        }
        let idle = try WorkCalendar(code: "idle", version: CalendarVersion(1), years: [2026], week: WorkWeek([]))
        #expect(throws: WorkingTimeError.noWorkingDay) { try idle.nextWorkingDay(after: try day("2026-01-05")) }
    }

    @Test func `Twenty working days with the bank holidays of England`() throws {
        let off = [
            "2025-04-18", "2025-04-21", "2025-05-05", "2025-05-26", "2025-08-25", "2025-12-25", "2025-12-26",
            "2026-01-01", "2026-04-03", "2026-04-06", "2026-05-04", "2026-05-25", "2026-08-31", "2026-12-25",
            "2026-12-28",
        ]
        let england = try WorkCalendar(
            code: "gb-eng",
            version: CalendarVersion(1),
            years: [2025, 2026],
            exceptions: try exceptions(off: off, makeUp: [])
        )
        let limit = try DayLimit(20, .workingDays)
        #expect(try limit.due(try day("2025-12-15"), england) == day("2026-01-15"))
        #expect(try limit.due(try day("2026-03-20"), england) == day("2026-04-21"))
        #expect(try limit.due(try day("2026-03-21"), england) == day("2026-04-21"))
    }

    @Test func `A calendar contradicts itself: refused`() throws {
        let new = try day("2026-01-01")
        #expect(throws: WorkCalendar.Invalid.twice(new)) {
            try WorkCalendar(
                code: "x",
                version: CalendarVersion(1),
                years: [2026],
                exceptions: [DayException(new, .holiday), DayException(new, .makeUp)]
            )
        }
        #expect(throws: WorkCalendar.Invalid.notCovered(new)) {
            try WorkCalendar(
                code: "x",
                version: CalendarVersion(1),
                years: [2025, 2027],
                exceptions: [DayException(new, .holiday)]
            )
        }
        #expect(throws: WorkCalendar.Invalid.coversNothing) {
            try WorkCalendar(code: "x", version: CalendarVersion(1), years: [])
        }
        #expect(throws: WorkCalendar.Invalid.year(0)) {
            try WorkCalendar(code: "x", version: CalendarVersion(1), years: [0])
        }
    }
}
