import Testing
import WorkingTime

/// Hours of service that change on a day.
@Suite("Service hours that change on a day")
struct ChangingHoursTests {
    /// In the morning of working days.
    private func mornings() throws -> ServiceHours {
        try ServiceHours.workingDays(of: China.calendar(), DayHours("09:00-12:00"))
    }

    /// Every day at noon, whatever the legal calendar says.
    private func noons() throws -> ServiceHours {
        let hours = try DayHours("11:00-13:00")
        return try ServiceHours(weekly: Dictionary(uniqueKeysWithValues: Weekday.allCases.map { ($0, hours) }))
    }

    @Test func `the days before keep their hours, and counting goes on across the change`() throws {
        let changing = try mornings().followed(by: noons(), from: day("2026-03-04"))
        for (text, hours) in [
            ("2026-03-01", ""), ("2026-03-02", "09:00-12:00"), ("2026-03-03", "09:00-12:00"),
            ("2026-03-04", "11:00-13:00"), ("2026-03-07", "11:00-13:00"), ("2030-01-01", "11:00-13:00"),
        ] { #expect(try changing.hours(on: day(text)).description == hours, "\(text)") }
        // Due on the third at 10:30 before the change and after it.
        #expect(try changing.adding(minutes: 90, to: time("2026-03-03T09:00")) == time("2026-03-03T10:30"))
        #expect(try changing.adding(minutes: 180, to: time("2026-03-03T09:00")) == time("2026-03-03T12:00"))
        #expect(try changing.adding(minutes: 181, to: time("2026-03-03T09:00")) == time("2026-03-04T11:01"))
        #expect(try changing.minutes(from: time("2026-03-03T11:00"), to: time("2026-03-05T12:00")) == 60 + 120 + 60)
        #expect(try changing.nextOpening(notBefore: time("2026-03-03T12:00")) == time("2026-03-04T11:00"))
        #expect(try !changing.isOpen(at: time("2026-03-04T09:30")) && changing.isOpen(at: time("2026-03-03T09:30")))
        #expect(changing.calendar == nil)
    }

    @Test func `each span has the calendar that it follows`() throws {
        let changing = try mornings().followed(by: noons(), from: day("2026-03-04"))
        // Before the first day of the calendar nothing is known; behind its horizon the noons need none.
        #expect(throws: WorkingTimeError.beforeCoverage(try day("2024-12-31"), first: try day("2025-01-01"))) {
            try changing.hours(on: day("2024-12-31"))
        }
        #expect(throws: WorkingTimeError.beforeCoverage(try day("2024-12-31"), first: try day("2025-01-01"))) {
            try changing.seconds(from: time("2024-12-31T09:00"), to: time("2026-03-05T09:00"))
        }
        let minute = try TimeLimit(minutes: 1)
        let late = try minute.outcome(after: time("2027-01-01T09:00"), in: changing).dueTime
        #expect(late?.description == "2027-01-01T11:01")
        let other = try noons().followed(by: mornings(), from: day("2026-03-04"))
        #expect(try other.hours(on: day("1999-01-01")).description == "11:00-13:00")
        let provisional = try minute.outcome(after: time("2027-01-01T08:00"), in: other).dueTime
        #expect(provisional?.description == "2027-01-01T09:01 (provisional)")
        #expect(try minute.outcome(after: time("2026-03-03T10:00"), in: other).dueTime?.isProvisional == false)
    }

    @Test func `a change takes the place of those that begin later, and a service may end`() throws {
        let evenings = try ServiceHours(weekly: [.monday: DayHours("18:00-20:00")])
        let twice = try mornings().followed(by: noons(), from: day("2026-03-04"))
        let earlier = try twice.followed(by: evenings, from: day("2026-03-02"))
        #expect(try earlier.hours(on: day("2026-03-02")).description == "18:00-20:00")
        #expect(try earlier.hours(on: day("2026-03-05")) == .closed)
        let thrice = try twice.followed(by: evenings, from: day("2026-03-10"))
        #expect(
            try ["2026-03-03", "2026-03-09", "2026-03-16"].map { try thrice.hours(on: day($0)).description } == [
                "09:00-12:00", "11:00-13:00", "18:00-20:00",
            ]
        )
        // What follows may have changed itself.
        let nested = try mornings().followed(by: thrice, from: day("2026-03-06"))
        #expect(
            try ["2026-03-05", "2026-03-07", "2026-03-16"].map { try nested.hours(on: day($0)).description } == [
                "09:00-12:00", "11:00-13:00", "18:00-20:00",
            ]
        )
        #expect(try mornings().followed(by: noons(), from: .first).hours(on: day("0001-01-01")).seconds == 7_200)
        let ended = try mornings().followed(by: ServiceHours(weekly: [:]), from: day("2026-03-04"))
        #expect(try ended.adding(minutes: 180, to: time("2026-03-03T09:00")) == time("2026-03-03T12:00"))
        #expect(throws: WorkingTimeError.neverOpen) { try ended.adding(minutes: 181, to: time("2026-03-03T09:00")) }
        let begun = try ServiceHours(weekly: [:]).followed(by: mornings(), from: day("2026-03-04"))
        #expect(try begun.adding(minutes: 1, to: time("2026-01-05T09:00")) == time("2026-03-04T09:01"))
    }

    @Test(arguments: [UInt64(21), 22])
    func `Counting equals adding up the seconds of every day`(_ seed: UInt64) throws {
        print("seed \(seed)")
        var numbers = SeededNumbers(seed: seed)
        let market = try ServiceHours.MarketDays(from: day("2026-03-01"), every: 3, hours: DayHours("07:30-11:00"))
        let towns = try ServiceHours(
            weekly: [.monday: DayHours("08:00-12:00 13:00-17:30"), .saturday: .wholeDay],
            following: China.calendar(),
            marketDays: [market],
            extraDuty: [day("2026-05-05"): DayHours("20:00-24:00")],
            closedDates: [day("2026-05-04")]
        )
        let parts = [try mornings(), try noons(), towns, try ServiceHours(weekly: [:]), try mornings()]
        for _ in 0..<20 {
            var whole = parts[numbers.pick(0...2)]
            var spans: [(first: CivilDate, hours: ServiceHours)] = [(.first, whole)]
            for _ in 0..<numbers.pick(1...4) {
                let first = try #require(try day("2025-06-01").adding(days: numbers.pick(0...500)))
                let part = parts[numbers.pick(0...4)]
                whole = whole.followed(by: part, from: first)
                spans = spans.filter { $0.first < first } + [(first, part)]
            }
            for _ in 0..<40 {
                let date = try #require(try day("2025-06-01").adding(days: numbers.pick(0...500)))
                let start = try #require(WallTime(startOf: date).adding(seconds: numbers.pick(0...86_399)))
                let end = try #require(start.adding(seconds: numbers.pick(0...9_000_000)))
                var expected = 0
                for offset in 0...date.days(to: end.date) {
                    let date = try #require(date.adding(days: offset))
                    let hours = try #require(spans.last { $0.first <= date }).hours
                    for interval in try hours.hours(on: date).intervals {
                        let midnight = WallTime(startOf: date)
                        let from = try #require(midnight.adding(seconds: interval.lowerBound * 60))
                        let to = try #require(midnight.adding(seconds: interval.upperBound * 60))
                        expected += max(0, max(from, start).seconds(to: min(to, end)))
                    }
                }
                #expect(try whole.seconds(from: start, to: end) == expected, "seed \(seed): \(start) to \(end)")
                if expected < 60 { continue }
                let reached = try whole.adding(minutes: expected / 60, to: start)
                #expect(reached <= end)
                #expect(try whole.seconds(from: start, to: reached) == expected / 60 * 60, "seed \(seed)")
            }
        }
    }
}
