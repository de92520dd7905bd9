import Testing
import WorkingTime

@Suite("Pauses")
struct PauseTests {
    @Test func `The civil rule counts the day of the pause, half-open the day of the resumption`() throws {
        let calendar = try China.calendar()
        let event = try day("2026-03-02")
        let limit = try DayLimit(5, .workingDays)
        let pause = try Pause(day("2026-03-04"), to: day("2026-03-10"))
        // Civil: 3, 4, then 11, 12, 13. Half-open: 3, then 10, 11, 12, 13.
        #expect(try limit.due(event, calendar, [pause], .civil) == day("2026-03-13"))
        #expect(try limit.due(event, calendar, [pause], .halfOpen) == day("2026-03-13"))
        // Resumed on a Saturday: civil excludes 5 and 6 March, half-open 4, 5 and 6 March.
        let toWeekend = try Pause(day("2026-03-04"), to: day("2026-03-07"))
        #expect(try limit.due(event, calendar, [toWeekend], .civil) == day("2026-03-11"))
        #expect(try limit.due(event, calendar, [toWeekend], .halfOpen) == day("2026-03-12"))
        // Paused on the last day: by the civil rule it still counts, and the limit ends.
        let onLast = try Pause(day("2026-03-09"), to: day("2026-03-20"))
        #expect(try limit.due(event, calendar, [onLast], .civil) == day("2026-03-09"))
        #expect(try limit.due(event, calendar, [onLast], .halfOpen) == day("2026-03-20"))
    }

    @Test func `Overlapping and touching pauses are one, an empty pause is none`() throws {
        let day = { (text: String) throws in try CivilDate(text) }
        let long = try Pause(day("2026-03-04"), to: day("2026-03-10"))
        #expect(
            Pauses([
                try Pause(day("2026-03-06"), to: day("2026-03-10")),
                try Pause(day("2026-03-04"), to: day("2026-03-08")),
                try Pause(day("2026-03-05"), to: day("2026-03-06")),
            ]).merged == [long]
        )
        #expect(
            Pauses([
                try Pause(day("2026-03-04"), to: day("2026-03-06")),
                try Pause(day("2026-03-06"), to: day("2026-03-10")),
            ]).merged == [long]
        )
        let empty = try Pause(day("2026-03-05"), to: day("2026-03-05"))
        #expect(Pauses([empty]).isEmpty)
        #expect(Pauses([empty, long, empty]).merged == [long])
        let open = Pause(openSince: try day("2026-03-09"))
        #expect(Pauses([open, long]).merged == [Pause(openSince: try day("2026-03-04"))])
        #expect(Pauses([open, try Pause(day("2026-04-01"), to: day("2026-04-02"))]).merged == [open])
    }

    @Test func `Resumed before it was paused`() throws {
        let late = try day("2026-03-04")
        let early = try day("2026-03-03")
        #expect(throws: Pause<CivilDate>.ResumedBeforePaused.self) { try Pause(late, to: early) }
        do throws(Pause<CivilDate>.ResumedBeforePaused) {
            _ = try Pause(late, to: early)
        } catch {
            #expect(error.description == "the limit is resumed at 2026-03-03, before it is paused at 2026-03-04")
        }
    }

    @Test func `A pause after the last day moves nothing, not even one beyond a missing year`() throws {
        let event = try day("2026-02-10")
        let limit = try DayLimit(20, .workingDays)
        var calendar = try China.calendar()
        for counting in PauseCounting.allCases {
            let after = try Pause(day("2026-03-17"), to: day("2026-04-10"))
            #expect(try limit.due(event, calendar, [after], counting) == day("2026-03-16"))
            #expect(
                try limit.due(event, calendar, [Pause(openSince: day("2026-03-17"))], counting) == day("2026-03-16")
            )
        }
        calendar.beyondHorizon = .refused
        let farAway = try Pause(day("2028-03-17"), to: day("2029-04-10"))
        #expect(try limit.due(event, calendar, [farAway]) == day("2026-03-16"))
        let broken = try China.calendar(years: [2020, 2026])
        let later = try Pause(day("2026-03-17"), to: day("2026-04-10"))
        #expect(try limit.due(try day("2020-01-23"), broken, [later]) == day("2020-02-28"))
    }

    @Test func `An open pause: not running, and how much is left`() throws {
        let calendar = try China.calendar()
        let event = try day("2026-02-10")
        let limit = try DayLimit(20, .workingDays)
        let since = try day("2026-02-13")
        let pauses = Pauses([Pause(openSince: since)])
        #expect(
            try limit.outcome(after: event, in: calendar, pauses: pauses)
                == .notRunning(since: since, remaining: 17)
        )
        #expect(
            try limit.outcome(after: event, in: calendar, pauses: pauses, counting: .halfOpen)
                == .notRunning(since: since, remaining: 18)
        )
        let before = Pauses([Pause(openSince: try day("2026-02-01"))])
        #expect(
            try limit.outcome(after: event, in: calendar, pauses: before)
                == .notRunning(since: try day("2026-02-01"), remaining: 20)
        )
        // Civil: paused on the last day, which still counts.
        let onLast = [Pause(openSince: try day("2026-03-16"))]
        #expect(try limit.due(event, calendar, onLast) == day("2026-03-16"))
        #expect(try limit.due(event, calendar, onLast, .halfOpen) == nil)
    }

    @Test func `Pauses of limits in calendar days and months`() throws {
        let calendar = try China.calendar()
        let event = try day("2026-03-02")
        let pause = try Pause(day("2026-03-04"), to: day("2026-03-10"))
        // 2026-03-12 without the pause; six days later is a Wednesday.
        #expect(try DayLimit(10, .calendarDays).due(event, calendar, [pause]) == day("2026-03-18"))
        // 2026-04-02 without, 2026-04-08 with it.
        #expect(try DayLimit(1, .months).due(event, calendar, [pause]) == day("2026-04-08"))
        // The limit ends on Saturday 2026-03-14 and rolls to Monday; a pause on Sunday is after its last day.
        let sunday = try Pause(day("2026-03-14"), to: day("2026-03-15"))
        #expect(try DayLimit(12, .calendarDays).due(event, calendar, [sunday]) == day("2026-03-16"))
    }

    @Test func `Used, left, late`() throws {
        let calendar = try China.calendar()
        let event = try day("2026-02-10")
        let limit = try DayLimit(20, .workingDays)
        func usage(_ text: String, _ pauses: [Pause<CivilDate>] = []) throws -> [Int] {
            let usage = try limit.usage(asOf: day(text), after: event, in: calendar, pauses: Pauses(pauses))
            #expect(usage.total == 20)
            return [usage.used, usage.left, usage.overdue, usage.isPaused ? 1 : 0]
        }
        #expect(try usage("2026-02-01") == [0, 20, 0, 0])
        #expect(try usage("2026-02-10") == [0, 20, 0, 0])
        #expect(try usage("2026-02-14") == [4, 16, 0, 0])
        #expect(try usage("2026-03-15") == [19, 1, 0, 0])
        #expect(try usage("2026-03-16") == [20, 0, 0, 0])  // due today is not late today
        #expect(try usage("2026-03-17") == [20, 0, 1, 0])
        let pause = try Pause(day("2026-02-25"), to: day("2026-03-02"))
        #expect(try usage("2026-02-25", [pause]) == [6, 14, 0, 0])
        #expect(try usage("2026-02-26", [pause]) == [6, 14, 0, 1])
        #expect(try usage("2026-03-02", [pause]) == [6, 14, 0, 1])
        #expect(try usage("2026-03-03", [pause]) == [7, 13, 0, 0])
        #expect(try usage("2026-06-01", [Pause(openSince: day("2026-02-25"))]) == [6, 14, 0, 1])
        // A pause that begins when the limit is over clears nothing.
        #expect(try usage("2026-03-20", [Pause(openSince: day("2026-03-17"))])[2] == 4)
        // Calendar days that roll: Saturday the 14th is used up, Monday the 16th is the last day, Tuesday is late.
        let calendarDays = try DayLimit(12, .calendarDays)
        for (text, late) in [("2026-03-14", 0), ("2026-03-16", 0), ("2026-03-17", 1)] {
            let usage = try calendarDays.usage(asOf: day(text), after: day("2026-03-02"), in: calendar)
            #expect(usage.left == 0)
            #expect(usage.overdue == late)
        }
    }
}
