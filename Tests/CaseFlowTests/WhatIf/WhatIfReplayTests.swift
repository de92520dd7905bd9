import CaseFlowServer
import EventStore
import Foundation
import PostgresClient
import Support
import Testing
import WorkingTime

@testable import CaseFlow

/// A town's past cases under other rules, against recounts that know nothing of the replay.
@Suite("What if: a town", .serialized)
struct WhatIfReplayTests {
    private struct Town {
        let played: PlayedTown
        let database: TestDatabase
        let zone: TimeZone
        let calendars: CalendarBook
        let histories: [CaseHistory]

        var log: EventLog { played.log }

        func replay(
            _ change: RuleChange,
            over: DaySpan,
            by grouping: WhatIfAnswer.Grouping = .unit,
            clock: String? = nil,
            rows: (WhatIfRow) -> Void = { _ in }
        ) async throws -> WhatIfAnswer {
            let now = RecordingClock.system.now()
            let network = try await NetworkBook.load(log).latest
            let question = try WhatIf(
                change,
                over: over,
                asOf: WhatIfReplayTests.asOf,
                zone: zone,
                calendars: calendars,
                network: network
            )
            let name = try clock.map { try #require(ClockName(rawValue: $0)) }
            return try await WhatIfReplay(log, over: over, zone: zone, by: grouping, clock: name)
                .run(question, now: now, changed: rows)
        }
    }

    static let asOf = day("2026-06-30")
    private static let guanyi = Task { try await play("guanyi") }

    private static func play(_ name: String) async throws -> Town {
        let database = try await TestCluster.shared.database()
        let played = try await PlayedTown.play(name, days: 16, seed: 5, cases: 110, in: database, log: "what-if")
        let zone = try #require(TimeZone(identifier: played.town.profile.zone))
        var histories: [CaseHistory] = []
        for stream in try await played.log.streams(ofCategory: "case") {
            histories.append(try await CaseHistory(stream, in: played.log))
        }
        return Town(
            played: played,
            database: database,
            zone: zone,
            calendars: try await CalendarBook.load(played.log, zone: zone),
            histories: histories
        )
    }

    private static func unit(_ history: CaseHistory) -> String { history.record.intake?.place.rawValue ?? "" }

    @Test func `as it was, each unit has the lights that the late list has`() async throws {
        let town = try await Self.guanyi.value
        try await ProjectionRunner(CaseClockProjection(), on: town.log).catchUp()
        var lights: [String: ClockReading.Light] = [:]
        for light in ClockReading.Light.allCases {
            var question = LateClocks(asOf: Self.asOf, knownAt: RecordingClock.system.now(), isNow: true)
            (question.light, question.atLeast) = (light, 1)
            for row in try await question.page(town.log, limit: nil).rows {
                lights[row.stream] = max(lights[row.stream] ?? .green, light)
            }
        }
        var expected: [String: [ClockReading.Light: Int]] = [:]
        for history in town.histories {
            guard let light = lights[history.stream.rawValue] else { continue }
            expected[Self.unit(history), default: [:]][light, default: 0] += 1
        }
        let answer = try await town.replay(RuleChange(), over: try DaySpan("2026"))
        var found: [String: [ClockReading.Light: Int]] = [:]
        for (unit, count) in answer.groups {
            let all = [ClockReading.Light.green: count.was.green, .yellow: count.was.yellow, .red: count.was.red]
            found[unit] = all.filter { $0.value > 0 }
            #expect(count.turned == 0 && count.was == count.wouldBe)
        }
        #expect(found == expected)
        #expect(answer.cases == town.histories.count && answer.cases > 100 && answer.notJudged == 0)
        #expect(answer.total.was.red > 0 && answer.total.was.green > 0 && expected.count > 1)
        #expect(answer.total.judged + answer.withoutClocks + answer.withoutRules == answer.cases)
    }

    @Test func `a shorter promise turns what a count by hand turns, and nothing is stored`() async throws {
        let town = try await Self.guanyi.value
        var change = RuleChange()
        // Every item with a promise in working days, to one day.
        for history in town.histories {
            guard let pin = history.record.pin, let item = pin.item, pin.promise?.unit == .workingDays else { continue }
            change.promises[item] = RuleChange.Promise("1")
        }
        #expect(change.promises.count > 2)
        let before = try await fingerprint(town)
        var rows: [WhatIfRow] = []
        let answer = try await town.replay(change, over: try DaySpan("2026"), clock: "promise") { rows.append($0) }
        #expect(try await fingerprint(town) == before)
        let calendar = try town.calendars.latest("cn")
        var (turned, units): ([String], [String: Int]) = ([], [:])
        var checked = 0
        for history in town.histories {
            let record = history.record
            guard let pin = record.pin, let item = pin.item, change.promises[item] != nil else { continue }
            let facts = record.entries.compactMap(\.fact)
            // What was paused, opened again or withdrawn is left to the tests of one case.
            let isPlain = !facts.contains { fact in
                switch fact {
                case .suspended, .withdrawn, .terminated, .fileReturned, .extended: true
                default: false
                }
            }
            let accepted = record.entries.last { if case .accepted? = $0.fact { true } else { false } }
            let decided = record.entries.last { if case .decided? = $0.fact { true } else { false } }
            guard isPlain, let accepted, let decided, case .accepted? = accepted.fact else { continue }
            checked += 1
            func light(_ promise: Int) throws -> ClockReading.Light {
                var (count, next) = (0, accepted.day)
                while let day = next.adding(days: 1), day <= decided.day {
                    next = day
                    if count == promise { return .red }
                    if try calendar.isWorkingDay(day) { count += 1 }
                }
                return count * 10 >= promise * 9 || promise - count <= 1 ? .yellow : .green
            }
            let (was, wouldBe) = (try light(try #require(pin.promise).amount), try light(1))
            if was != wouldBe {
                turned.append(history.stream.rawValue)
                if wouldBe == .red { units[Self.unit(history), default: 0] += 1 }
            }
            let row = rows.first { $0.stream == history.stream.rawValue }
            #expect(row?.was == (was == wouldBe ? nil : was.rawValue), "\(history.stream)")
            #expect(row?.wouldBe == (was == wouldBe ? nil : wouldBe.rawValue), "\(history.stream)")
        }
        #expect(checked > 20 && !turned.isEmpty && !units.isEmpty)
        #expect(Set(rows.map(\.stream)).isSuperset(of: turned))
        for row in rows {
            #expect(row.clock == "promise" && row.reason.hasPrefix("1 working day instead of") && !row.unit.isEmpty)
        }
        // The counts are those of the list.
        #expect(answer.total.turned == rows.count && answer.clocks["promise"]?.turned == rows.count)
        for (unit, count) in answer.groups { #expect(count.turned == rows.count { $0.unit == unit }) }
        #expect(Set(answer.promised.keys) == Set(change.promises.keys))
    }

    @Test func `pages of any size give the same answer, and all cases pass by`() async throws {
        let town = try await Self.guanyi.value
        var change = RuleChange()
        let items = Set(town.histories.compactMap { $0.record.pin?.item })
        for item in items { change.promises[item] = RuleChange.Promise("1") }
        let over = try DaySpan("2026-03-03..2026-03-12")
        var answers: [(WhatIfAnswer, [String], [Int])] = []
        for size in [250, 1, 7, town.histories.count] {
            let question = try WhatIf(
                change,
                over: over,
                asOf: Self.asOf,
                zone: town.zone,
                calendars: town.calendars
            )
            var replay = WhatIfReplay(town.log, over: over, zone: town.zone)
            replay.pageSize = size
            var (rows, steps): ([String], [Int]) = ([], [])
            let answer = try await replay.run(
                question,
                now: RecordingClock.system.now(),
                progress: { steps.append($0.done) },
                changed: { rows.append($0.fields.joined(separator: "|")) }
            )
            #expect(steps.last == town.histories.count && steps == steps.sorted())
            #expect(steps.count == (town.histories.count + size - 1) / size)
            answers.append((answer, rows, steps))
        }
        for (answer, rows, _) in answers {
            #expect(answer.total == answers[0].0.total && answer.groups == answers[0].0.groups)
            #expect(answer.cases == answers[0].0.cases && answer.cases < town.histories.count)
            #expect(rows == answers[0].1 && !rows.isEmpty)
        }
    }

    @Test func `a period is the days of receipt, and parts add up to the whole`() async throws {
        let town = try await Self.guanyi.value
        var change = RuleChange()
        change.isClosedOnMarketDays = true
        let whole = try await town.replay(change, over: try DaySpan("2026"))
        var (cases, judged) = (0, 0)
        for text in ["2026-01-01..2026-03-08", "2026-03-09", "2026-03-10..2026-03-15", "2026-03-16..2026-12-31"] {
            let span = try DaySpan(text)
            let part = try await town.replay(change, over: span)
            let received = town.histories.count { history in
                history.record.receipt.map { span.contains($0.day) } ?? false
            }
            #expect(part.cases == received, "\(text)")
            cases += part.cases
            judged += part.total.judged
        }
        #expect(cases == whole.cases && judged == whole.total.judged)
        // Guanyi has no market days: that is said, and nothing turned.
        #expect(whole.withoutMarketDays.values.reduce(0, +) == whole.total.judged && whole.total.turned == 0)
        let none = try await town.replay(change, over: try DaySpan("2025"))
        #expect(none.cases == 0 && none.firstReceipt == town.histories.compactMap { $0.record.receipt?.day }.min())
        let items = try await town.replay(change, over: try DaySpan("2026"), by: .item)
        #expect(
            items.total == whole.total
                && Set(items.groups.keys) == Set(town.histories.compactMap { $0.record.pin?.item })
        )
    }

    @Test func `a town's market days come from its network`() async throws {
        let town = try await Self.play("jinjie")
        var change = RuleChange()
        change.isClosedOnMarketDays = true
        var rows: [WhatIfRow] = []
        let answer = try await town.replay(change, over: try DaySpan("2026")) { rows.append($0) }
        #expect(answer.withoutMarketDays.isEmpty && answer.notJudged == 0)
        // With fewer days that count nothing is later than it was.
        #expect(answer.total.turnedRed == 0 && answer.total.turnedYellow == 0)
        for row in rows { #expect(row.clock == "promise" && row.reason == "market days not counted") }
        await town.log.close()
    }

    @Test func `what cannot be judged is counted and named`() async throws {
        let log = try await TestCluster.shared.database().log("odd")
        let cases = LiveCases(log: log)
        let at = try moment("2026-03-02")
        func received(_ number: String) -> Case.Fact {
            .received(number: CaseNumber(trusted: number), at: at, attributes: [])
        }
        try await cases.add("imported", due: "2026-03-20T00:00:00+08:00")
        try await cases.add("broken", [received("broken")])
        try await cases.add("broken", type: "case.unheard-of/1", json: "{}")
        try await cases.add("never", [.closed(at: at)])
        var pin = Case.RulePin(try TownshipCase.rules.get())
        pin.digest = "unknown"
        try await cases.add("unpinned", [received("unpinned"), .procedure(.rulesPinned(pin), at: at)])
        pin = Case.RulePin(try TownshipCase.rules.get())
        try await cases.add("good", [received("good"), .procedure(.rulesPinned(pin), at: at)])
        let over = try DaySpan("2026")
        let question = try WhatIf(
            AskedWhatIf.promise("1"),
            over: over,
            asOf: Self.asOf,
            zone: TownshipCase.zone,
            calendars: try await CalendarBook.load(log, zone: TownshipCase.zone)
        )
        let replay = WhatIfReplay(log, over: over, zone: TownshipCase.zone)
        let answer = try await replay.run(question, now: RecordingClock.system.now())
        #expect(answer.cases == 5 && answer.withoutRules == 1 && answer.notJudged == 3 && answer.total.judged == 1)
        let reasons = Dictionary(uniqueKeysWithValues: answer.problems.map { ($0.case, $0.reason) })
        #expect(Set(reasons.keys) == ["broken", "case/never", "unpinned"])
        #expect(reasons["case/never"] == "the case was never received")
        #expect(reasons["unpinned"]?.contains("unknown") == true && reasons["broken"]?.contains("unheard-of") == true)
        // A clock that has not started.
        let other = try await WhatIfReplay(
            log,
            over: over,
            zone: TownshipCase.zone,
            clock: ClockName(rawValue: "hearing")
        ).run(question, now: RecordingClock.system.now())
        #expect(other.withoutClocks == 1 && other.total.judged == 0)
        await log.close()
    }

    @Test func `a snapshot of a log can write nothing, and sees nothing that comes later`() async throws {
        let log = try await TestCluster.shared.database().log("still")
        let cases = LiveCases(log: log)
        try await cases.add("1", due: nil)
        let seen = try await log.snapshot { snapshot in
            try await cases.add("2", due: nil)
            let found = try await snapshot.streams(ofCategory: "case", after: nil, limit: 10)
            let again = try await snapshot.streams(ofCategory: "case", after: found.last?.stream, limit: 10)
            return (try await snapshot.count(ofCategory: "case"), found.map(\.stream), again.count)
        }
        #expect(seen.0 == 1 && seen.1 == ["case/1"] && seen.2 == 0)
        #expect(try await log.streams(ofCategory: "case").count == 2)
        await log.close()
    }

    /// Every row of every table, with the transaction that wrote it.
    private func fingerprint(_ town: Town) async throws -> [String] {
        let admin = try await town.database.superuser()
        let tables = try await admin.query(
            "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'caseflow' ORDER BY 1"
        ).map { try $0.decode(0, as: String.self) }
        var prints: [String] = []
        for table in tables where table != "append_only" {
            let rows = try await admin.query(
                "SELECT count(*)::text || ' ' || coalesce(sum(hashtextextended(t.xmin::text || t.ctid::text || t::text, 0)), 0)::text FROM caseflow.\(table) t"
            )
            prints.append("\(table) " + (try #require(rows.first).decode(0, as: String.self)))
        }
        await admin.close()
        #expect(prints.count > 20)
        return prints
    }
}
