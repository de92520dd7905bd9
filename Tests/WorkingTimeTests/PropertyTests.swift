import Testing
import WorkingTime

/// Random limits; every failure names its seed and case.
@Suite("Properties")
struct PropertyTests {
    /// The slowest obvious way: day by day.
    private struct Loop {
        let worked: [Bool]
        let first: Int

        init(_ calendar: WorkCalendar, days: Int) throws {
            first = calendar.firstDay.daysSinceEpoch
            worked = try (0..<days).map { offset in
                try calendar.day(try #require(calendar.firstDay.adding(days: offset))).isWorkingDay
            }
        }

        func due(_ start: Int, _ n: Int, everyDay: Bool, _ pauses: [(Int, Int)], civil: Bool) -> Int {
            var left = n
            var day = start
            while left > 0 {
                day += 1
                if !everyDay, !worked[day - first] { continue }
                var isPaused = false
                for (p, r) in pauses where civil ? (p < day && day <= r) : (p <= day && day < r) { isPaused = true }
                if !isPaused { left -= 1 }
            }
            return day
        }

        func next(_ start: Int) -> Int {
            var day = start
            while !worked[day - first] { day += 1 }
            return day
        }

        func previous(_ start: Int, _ n: Int) -> Int {
            var left = n
            var day = start
            while left > 0 {
                day -= 1
                if worked[day - first] { left -= 1 }
            }
            return day
        }
    }

    /// A year or two of random holidays and make-up days; the cases run over its end.
    private func calendar(_ numbers: inout SeededNumbers) throws -> WorkCalendar {
        let first = try CivilDate(year: 2020 + numbers.pick(0...9), month: 1, day: 1)
        let last = try #require(first.adding(days: numbers.pick(300...800)))
        var week = Weekday.allCases.filter { _ in numbers.pick(0...6) < 5 }
        if week.isEmpty { week = [.wednesday] }
        var exceptions: [CivilDate: DayException] = [:]
        for _ in 0..<numbers.pick(0...60) {
            let date = try #require(first.adding(days: numbers.pick(0...first.days(to: last))))
            exceptions[date] = DayException(date, numbers.pick(0...3) == 0 ? .makeUp : .holiday)
        }
        return try WorkCalendar(
            code: "random",
            version: CalendarVersion(1),
            coverage: [first...last],
            week: WorkWeek(week),
            exceptions: exceptions.values
        )
    }

    /// 1,000,000 cases.
    @Test func `The library equals the slowest obvious loop`() async throws {
        let rounds = 1_000
        let seed: UInt64 = 20_260_210
        print("seed \(seed), \(rounds * 1_000) cases")
        var numbers = SeededNumbers(seed: seed)
        var failures: [String] = []
        for round in 0..<rounds {
            // It computes for half a minute; other tests, which wait with a limit, must have their turn between.
            await Task.yield()
            let calendar = try calendar(&numbers)
            let loop = try Loop(calendar, days: 2_800)
            let limits = try (0...40).map { try DayLimit($0, .workingDays) }
            let calendarLimits = try (0...40).map { try DayLimit($0, .calendarDays) }
            for _ in 0..<1_000 {
                let start = loop.first + numbers.pick(0...799)
                let n = numbers.pick(0...40)
                let event = try #require(CivilDate(daysSinceEpoch: start))
                var plain: [(Int, Int)] = []
                var pauses: [Pause<CivilDate>] = []
                for _ in 0..<numbers.pick(0...2) {
                    let p = start + numbers.pick(-5...50)
                    let r = p + numbers.pick(0...25)
                    plain.append((p, r))
                    let from = try #require(CivilDate(daysSinceEpoch: p))
                    pauses.append(try Pause(from, to: try #require(CivilDate(daysSinceEpoch: r))))
                }
                let isCivil = numbers.pick(0...1) == 0
                let everyDay = numbers.pick(0...4) == 0
                let outcome = try (everyDay ? calendarLimits : limits)[n].outcome(
                    after: event,
                    in: calendar,
                    pauses: Pauses(pauses),
                    counting: isCivil ? .civil : .halfOpen
                )
                var expected = loop.due(start, n, everyDay: everyDay, plain, civil: isCivil)
                if everyDay { expected = loop.next(expected) }
                if outcome.dueDate?.date.daysSinceEpoch != expected {
                    failures.append("round \(round): \(n) from \(event), \(pauses), civil: \(isCivil)")
                }
                let back = try calendar.workingDays(from: event, to: try #require(outcome.dueDate).date)
                var counted = 0
                for day in start..<expected where loop.worked[day + 1 - loop.first] { counted += 1 }
                if back != counted { failures.append("round \(round): between \(event) and \(expected)") }
            }
            for _ in 0..<20 {
                let start = loop.first + numbers.pick(600...1_200)
                let n = numbers.pick(0...60)
                let day = try calendar.adding(workingDays: -n, to: try #require(CivilDate(daysSinceEpoch: start)))
                if day.daysSinceEpoch != loop.previous(start, n) { failures.append("round \(round): \(n) before") }
            }
        }
        #expect(failures.isEmpty, "seed \(seed)")
    }

    @Test(arguments: [UInt64(1), 2, 3, 4])
    func `What holds for every limit`(_ seed: UInt64) throws {
        print("seed \(seed)")
        var numbers = SeededNumbers(seed: seed)
        for _ in 0..<40 {
            let calendar = try calendar(&numbers)
            for _ in 0..<40 {
                let event = try #require(calendar.firstDay.adding(days: numbers.pick(0...900)))
                let n = numbers.pick(1...90)
                let limit = try DayLimit(n, .workingDays)
                let context: Comment = "seed \(seed): \(n) after \(event)"
                let due = try calendar.adding(workingDays: n, to: event)
                #expect(try calendar.isWorkingDay(due), context)
                #expect(try calendar.workingDays(from: event, to: due) == n, context)
                #expect(try calendar.workingDays(from: due, to: event) == -n, context)
                #expect(
                    try calendar.adding(workingDays: -n, to: calendar.adding(workingDays: n, to: due)) == due,
                    context
                )
                #expect(try calendar.adding(workingDays: n + 1, to: event) > due, context)
                let tomorrow = try #require(event.adding(days: 1))
                #expect(try calendar.adding(workingDays: n, to: tomorrow) >= due, context)
                #expect(try calendar.rolled(due, .following) == due, context)

                let counting: PauseCounting = numbers.pick(0...1) == 0 ? .civil : .halfOpen
                func date(_ range: ClosedRange<Int>, _ from: CivilDate) throws -> CivilDate {
                    try #require(from.adding(days: numbers.pick(range)))
                }
                let p = try date(-5...100, event)
                let first = try Pause(p, to: date(0...30, p))
                let q = try date(-5...100, event)
                let second = try Pause(q, to: date(0...30, q))
                let withOne = try #require(try limit.due(event, calendar, [first], counting))
                let withTwo = try #require(try limit.due(event, calendar, [second, first], counting))
                #expect(withOne >= due, context)
                #expect(withTwo >= withOne, context)
                let empty = try Pause(q, to: q)
                #expect(try limit.due(event, calendar, [first, empty], counting) == withOne, context)
                let end = try #require(first.end)
                let middle = try #require(p.adding(days: numbers.pick(0...p.days(to: end))))
                let halves = [try Pause(p, to: middle), try Pause(middle, to: end)]
                #expect(try limit.due(event, calendar, halves, counting) == withOne, context)
                // An open pause that is resumed leaves what it said.
                let open = try limit.outcome(
                    after: event,
                    in: calendar,
                    pauses: Pauses([Pause(openSince: p)]),
                    counting: counting
                )
                if case .notRunning(_, let remaining) = open, p >= event {
                    let from = counting == .civil ? end : try #require(end.adding(days: -1))
                    if from > event, end > p {
                        #expect(try calendar.adding(workingDays: remaining, to: from) == withOne, context)
                    }
                }
            }
        }
    }
}
