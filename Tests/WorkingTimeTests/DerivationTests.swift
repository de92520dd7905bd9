import Testing
import WorkingTime

@Suite("Derivations")
struct DerivationTests {
    private func range(_ first: String, _ last: String) throws -> ClosedRange<CivilDate> { try day(first)...day(last) }

    @Test func `Over the Spring Festival, with a pause`() throws {
        let calendar = try China.calendar()
        let pause = try Pause(day("2026-02-25"), to: day("2026-03-02"))
        let derivation = try DayLimit(10, .workingDays).derivation(
            after: day("2026-02-10"),
            in: calendar,
            pauses: Pauses([pause])
        )
        #expect(
            derivation.steps == [
                .event(try day("2026-02-10")),
                .counted(try range("2026-02-11", "2026-02-13"), numbers: 1...3),
                .makeUp(try day("2026-02-14"), number: 4, name: "make-up"),
                .holiday(try range("2026-02-15", "2026-02-23"), name: "off"),
                .counted(try range("2026-02-24", "2026-02-25"), numbers: 5...6),
                .paused(try range("2026-02-26", "2026-03-02"), by: pause, excluded: 4),
                .counted(try range("2026-03-03", "2026-03-06"), numbers: 7...10),
                .due(DueDate(try day("2026-03-06"), isProvisional: false)),
            ]
        )
        #expect(derivation.version == CalendarVersion(1, label: "test"))
        #expect(derivation.counting == .civil)
    }

    @Test func `A roll, a horizon, an open pause, months`() throws {
        let calendar = try China.calendar()
        #expect(
            try DayLimit(15, .calendarDays).derivation(after: day("2026-09-10"), in: calendar).steps == [
                .event(try day("2026-09-10")),
                .counted(try range("2026-09-11", "2026-09-25"), numbers: 1...15),
                .rolled(from: try day("2026-09-25"), to: try day("2026-09-28"), .following),
                .due(DueDate(try day("2026-09-28"), isProvisional: false)),
            ]
        )
        #expect(
            try DayLimit(4, .workingDays).derivation(after: day("2026-12-29"), in: calendar).steps == [
                .event(try day("2026-12-29")),
                .counted(try range("2026-12-30", "2026-12-31"), numbers: 1...2),
                .horizonPassed(try day("2027-01-01")),
                .counted(try range("2027-01-01", "2027-01-01"), numbers: 3...3),
                .weekend(try range("2027-01-02", "2027-01-03")),
                .counted(try range("2027-01-04", "2027-01-04"), numbers: 4...4),
                .due(DueDate(try day("2027-01-04"), isProvisional: true)),
            ]
        )
        let open = Pauses([Pause(openSince: try day("2026-03-03"))])
        #expect(
            try DayLimit(4, .workingDays).derivation(after: day("2026-03-02"), in: calendar, pauses: open).steps == [
                .event(try day("2026-03-02")),
                .counted(try range("2026-03-03", "2026-03-03"), numbers: 1...1),
                .stopped(since: try day("2026-03-03"), remaining: 3),
            ]
        )
        #expect(
            try DayLimit(1, .months).derivation(after: day("2026-01-31"), in: calendar).steps == [
                .event(try day("2026-01-31")),
                .months(1, through: try day("2026-02-28"), days: 28, isClamped: true),
                .counted(try range("2026-02-01", "2026-02-28"), numbers: 1...28),
                .due(DueDate(try day("2026-02-28"), isProvisional: false)),
            ]
        )
    }

    /// Whatever is derived: the steps cover the days between without a break, and number the counted ones 1, 2, 3 ... n.
    @Test(arguments: [UInt64(1), 2, 3])
    func `Steps are complete and in order`(_ seed: UInt64) throws {
        let calendar = try China.calendar()
        var numbers = SeededNumbers(seed: seed)
        print("seed \(seed)")
        for _ in 0..<300 {
            let event = try #require(calendar.firstDay.adding(days: numbers.pick(0...700)))
            let n = numbers.pick(0...40)
            let unit: DayLimit.Unit = numbers.pick(0...1) == 0 ? .workingDays : .calendarDays
            let counting: PauseCounting = numbers.pick(0...1) == 0 ? .civil : .halfOpen
            var pauses: [Pause<CivilDate>] = []
            for _ in 0..<numbers.pick(0...2) {
                let start = try #require(event.adding(days: numbers.pick(-3...40)))
                pauses.append(try Pause(start, to: try #require(start.adding(days: numbers.pick(0...20)))))
            }
            let derivation = try DayLimit(n, unit).derivation(
                after: event,
                in: calendar,
                pauses: Pauses(pauses),
                counting: counting
            )
            var expected = event
            var number = 0
            func follow(_ days: ClosedRange<CivilDate>) throws {
                #expect(days.lowerBound == expected.adding(days: 1))
                expected = days.upperBound
            }
            for step in derivation.steps {
                switch step {
                case .counted(let days, let counted):
                    try follow(days)
                    #expect(counted.lowerBound == number + 1)
                    number = counted.upperBound
                case .makeUp(let date, let counted, _):
                    try follow(date...date)
                    #expect(counted == number + 1)
                    number = counted
                case .weekend(let days), .holiday(let days, _), .paused(let days, _, _): try follow(days)
                case .rolled(let from, let to, _):
                    #expect(from == expected)
                    expected = to
                case .due(let due):
                    #expect(due.date == expected)
                    #expect(.due(due) == derivation.outcome)
                case .event, .horizonPassed, .months, .stopped: break
                }
            }
            #expect(number == n, "seed \(seed): \(n) \(unit) from \(event), \(pauses), \(counting)")
        }
    }
}
