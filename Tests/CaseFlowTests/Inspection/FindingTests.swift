import Foundation
import Support
import Testing
import TransparencyLog
import WorkingTime

@testable import CaseFlow
@testable import EventStore

/// What inspection finds, and what it does not.
@Suite("Findings")
struct FindingTests {
    private func findings(_ life: FindingScenario.Life) throws -> [Finding] {
        var record = try InspectedCase.felling()
        try life(&record)
        return try record.findings()
    }

    @Test(arguments: FindingScenario.all) func `a life raises its finding`(scenario: FindingScenario) throws {
        let all = try findings(scenario.raises)
        let found = all.filter { $0.rule == scenario.rule }
        let known = all.map { "\($0.rule.rawValue) on \($0.on)" }
        let finding = try #require(found.first { $0.on == day(scenario.on) }, "\(scenario): found are \(known)")
        #expect(!finding.positions.isEmpty && finding.positions.allSatisfy { $0 > 0 })
        if let officer = scenario.officer { #expect(finding.officer?.rawValue ?? "" == officer, "\(scenario)") }
        if let unit = scenario.unit { #expect(finding.unit?.rawValue == unit, "\(scenario)") }
        for language in Language.allCases {
            #expect(!finding.reason[language].isEmpty && !finding.basis[language].isEmpty)
        }
    }

    @Test(arguments: FindingScenario.all) func `a near miss does not`(scenario: FindingScenario) throws {
        for miss in scenario.misses {
            let found = try findings(miss.life).filter { $0.rule == scenario.rule && $0.on <= day(miss.asOf) }
            #expect(found.isEmpty, "\(scenario), but \(miss.words): \(found.map(\.reason[.english]))")
        }
    }

    @Test func `every rule has a life that raises it and a near miss`() {
        let told = Set(FindingScenario.all.map(\.rule)).union([.batchEntry, .unansweredCard])
        #expect(told == Set(FindingRule.allCases))
        #expect(FindingScenario.all.allSatisfy { !$0.misses.isEmpty })
    }

    @Test func `an illegal fee tells amount, receipt, sum and what the catalogue says, by the article that it breaks`()
        throws
    {
        func fees(_ life: FindingScenario.Life) throws -> [Finding] {
            try findings(life).filter { $0.rule == .illegalFee }
        }
        let free = try fees {
            try FindingScenario.accepted(&$0)
            try $0.on("2026-03-03", .fee(1250, "R-1"), by: .agent)
            try $0.on(nil, .fee(5), by: .window)
        }
        #expect(free.count == 2 && free.allSatisfy { $0.rule.heading == .arbitrary })
        #expect(
            free.map(\.reason) == [
                LocalizedText(
                    "charged: 12.50 yuan, receipt R-1; the item has no fee in version 1 of the catalogue",
                    "收取 12.50 元，票据号 R-1；事项目录第 1 版规定不收费"
                ),
                LocalizedText(
                    "charged: 0.05 yuan, no receipt named, 12.55 yuan in all; the item has no fee in version 1 of the catalogue",
                    "收取 0.05 元，未登记票据号，累计 12.55 元；事项目录第 1 版规定不收费"
                ),
            ]
        )
        #expect(free.allSatisfy { $0.basis == LocalizedText("art. 58(1)", "行政许可法 58(1)") })
        #expect(free.map(\.unit?.rawValue) == ["v01", "hall"] && free.map(\.officer?.rawValue) == ["agent", "window"])
        // Receipt, rules, acceptance and the first stage stand before them.
        #expect(free.map(\.positions) == [[5], [6, 5]])

        let dear = try fees {
            $0 = try InspectedCase.costing(1000)
            try FindingScenario.accepted(&$0)
            try $0.on("2026-03-03", .fee(600, "R-1"), by: .window)
            try $0.on("2026-03-04", .fee(600, "R-2"), by: .window)
        }
        #expect(dear.map(\.positions) == [[6, 5]])
        #expect(dear.first?.basis == LocalizedText("art. 59", "行政许可法 59"))
        #expect(
            dear.first?.reason
                == LocalizedText(
                    "charged: 6.00 yuan, receipt R-2, 12.00 yuan in all; the item costs 10.00 yuan in version 1 of the catalogue",
                    "收取 6.00 元，票据号 R-2，累计 12.00 元；事项目录第 1 版规定收费 10.00 元"
                )
        )
    }

    @Test func `what was charged on a case that is not of the catalogue is not judged`() throws {
        var life = try InspectedCase.felling()
        try FindingScenario.accepted(&life)
        try life.on(nil, .fee(1250, "R-1"), by: .window)
        let found = try CaseFindings.all(of: life.record, life.clocks, item: nil, knownAt: .latest)
        #expect(!found.contains { $0.rule == .illegalFee })
    }

    @Test func `what was keyed at one sitting is one late entry, what came the next day another`() throws {
        var life = try InspectedCase.felling()
        try life.receive(on: "2026-03-02")
        try life.stands(.accept, at: "2026-03-03", by: .window, recordedAt: "2026-03-05T10:00")
        try life.stands(.sign("village"), at: "2026-03-04T08:00", by: .window, recordedAt: "2026-03-05T10:05")
        try life.stands(.sign("papers"), at: "2026-03-04", by: .window, recordedAt: "2026-03-06T10:00")
        let late = try life.findings().filter { $0.rule == .lateEntry }
        #expect(late.map(\.positions) == [[3, 4], [5]])
        #expect(late.map(\.on) == [day("2026-03-05"), day("2026-03-06")])
    }

    @Test func `a plain life has no finding at all`() throws {
        let found = try findings { life in
            try FindingScenario.granted(&life)
            try life.on("2026-03-04", .seal(), by: .keeper)
            try life.on(nil, .issue, by: .window)
            try life.on(nil, .delivered(by: .window), by: .window)
            try life.give { .close(at: $0, under: $1, by: CentreCase.Hand.window.standing) }
        }
        #expect(found.isEmpty, "\(found.map { "\($0.rule.rawValue): \($0.reason[.english])" })")
    }

    @Test func `findings known by the same rule and event are one, with all its evidence`() throws {
        // A pack whose stages have two clocks: both are late by the same stage on the same day.
        let file = repositoryFile("Sources/CaseFlow/Clock/Packs/cn-licensing.yaml")
        let text = try String(contentsOf: file, encoding: .utf8)
        let start = try #require(text.range(of: "  - clock: stage\n"))
        let end = try #require(text.range(of: "  - clock: told-length\n"))
        let clock = text[start.lowerBound..<end.lowerBound]
        let second = clock.replacing("clock: stage\n", with: "clock: step\n").replacing("article: ", with: "article: ")
        let rules = try RulePack(yaml: text.replacing(clock, with: clock + second), file: "twice.yaml")
        #expect(rules.clocks.count { $0.start == .stageBegun } == 2)
        var life = InspectedCase(try CentreCase(SmallCatalogue.item(), rules: rules))
        try FindingScenario.accepted(&life)
        try life.on("2026-03-06", .sign("village"), by: .agent)
        let late = try life.findings().filter { $0.rule == .lateStep }
        // Those of the village, and, ahead, of the two stages that lie open: each once.
        #expect(late.map(\.on) == [day("2026-03-05"), day("2026-03-13"), day("2026-03-14")])
    }

    @Test func `a case of another system is not judged`() throws {
        var record = CaseRecord()
        for (index, fact) in [Case.ProcedureFact.deny, .sign("x"), .accepted(isDeemed: false)].enumerated() {
            let at = try moment("2026-03-0\(index + 2)")
            record.take(
                .init(effectiveAt: at.timestamp, fact: .procedure(fact, at: at)),
                position: Int64(index + 1),
                recordedAt: at.timestamp,
                actor: Actor(trusted: "import:x")
            )
        }
        let clocks = try InspectedCase.felling().clocks
        #expect(try CaseFindings.all(of: record, clocks, item: nil, knownAt: .latest) == [])
    }

    @Test(arguments: [UInt64(20_261_122)]) func `findings of random lives have evidence that is there`(seed: UInt64)
        throws
    {
        print("seed \(seed), 800 cases")
        var lives = try RandomLives(seed: seed)
        var seen: Set<FindingRule> = []
        for index in 0..<800 {
            let life = try lives.next()
            let found = try life.findings()
            let positions = Set(life.record.entries.map(\.position))
            var keys: Set<String> = []
            for finding in found {
                seen.insert(finding.rule)
                #expect(positions.isSuperset(of: finding.positions), "seed \(seed), case \(index): \(finding)")
                let isNew = keys.insert("\(finding.rule) \(finding.position)").inserted
                #expect(isNew, "seed \(seed), case \(index): twice \(finding.rule) \(finding.position)")
            }
            // The decider lets none of these in.
            let refused: Set<FindingRule> = [
                .unreasonedDenial, .groundlessRefusal, .skippedStage, .separationBreach, .sealOutOfOrder,
            ]
            for finding in found where refused.contains(finding.rule) {
                Issue.record("seed \(seed), case \(index): \(finding.rule.rawValue), \(finding.reason[.english])")
            }
        }
        #expect(seen.isSuperset(of: [.idleCase, .missedNotice, .lateStep, .lateEntry, .separationByException]))
    }

    // MARK: Batches

    private func entries(_ minutes: [Int], cases: Int? = nil, from hour: Int = 17) throws -> [AfterEntry] {
        let start = try moment("2026-03-04T\(hour):00").timestamp
        return minutes.enumerated().map { index, minute in
            AfterEntry(
                officer: OfficerID(trusted: "window"),
                unit: UnitCode(trusted: "hall"),
                stream: "case/\(cases.map { index % $0 } ?? index)",
                day: day("2026-03-04"),
                recordedAt: start.advanced(byMicroseconds: Int64(minute) * 60_000_000),
                position: Int64(index + 1)
            )
        }
    }

    @Test func `five cases keyed one after the other are a batch, four are none`() throws {
        let batch = try #require(BatchEntry.all(of: try entries([0, 3, 6, 16, 20])).first)
        #expect(batch.cases == 5 && batch.position == 1)
        #expect(batch.finding?.positions == [1, 2, 3, 4, 5] && batch.finding?.rule == .batchEntry)
        #expect(BatchEntry.all(of: try entries([0, 3, 6, 16])).isEmpty)
        // Five entries of four cases.
        #expect(BatchEntry.all(of: try entries([0, 3, 6, 16, 20], cases: 4)).isEmpty)
        // A break of eleven minutes.
        #expect(BatchEntry.all(of: try entries([0, 3, 6, 17, 20])).isEmpty)
    }

    @Test func `what a village took in and uploads in the evening is no entry of afterwards`() throws {
        func entries(by hand: CentreCase.Hand) throws -> Int {
            var file = try CentreCase.felling()
            let events = try file.receive(by: hand) + (try file.on(.accept, by: .window))
            return try events.count { event in
                let new = Case.Coding.encode(event, actor: hand.standing.officer.actor)
                let stored = RecordedEvent(
                    position: 3,
                    stream: StreamName(trusted: "case/a"),
                    version: 3,
                    type: new.type,
                    effectiveAt: new.effectiveAt,
                    recordedAt: try moment("2026-03-02T17:00").timestamp,
                    actor: new.actor,
                    data: new.data,
                    metadata: [],
                    leaf: .sha256([])
                )
                return AfterEntry(stored, event, in: TownshipCase.zone, InspectionSettings()) != nil
            }
        }
        // Acceptance and the first stage are somebody's decision, also in the evening; a window's receipt is keyed at once.
        let (window, village) = (try entries(by: .window), try entries(by: .agent))
        #expect(window == village + 1 && village > 0)
    }

    @Test func `an entry is one of afterwards when it comes an hour after its effect, at the end of the day`() throws {
        func entry(_ effective: String, _ recorded: String, actor: String = "officer/window") throws -> AfterEntry? {
            let at = try moment(effective)
            let event = Case.Event(effectiveAt: at.timestamp, fact: .procedure(.accept, at: at))
            let new = Case.Coding.encode(event, actor: Actor(trusted: actor))
            let stored = RecordedEvent(
                position: 3,
                stream: StreamName(trusted: "case/a"),
                version: 3,
                type: new.type,
                effectiveAt: new.effectiveAt,
                recordedAt: try moment(recorded).timestamp,
                actor: new.actor,
                data: new.data,
                metadata: [],
                leaf: .sha256([])
            )
            return AfterEntry(stored, event, in: TownshipCase.zone, InspectionSettings())
        }
        #expect(try entry("2026-03-04T10:00", "2026-03-04T17:00")?.day == day("2026-03-04"))
        #expect(try entry("2026-03-04T16:10", "2026-03-04T17:00") == nil)
        #expect(try entry("2026-03-04T10:00", "2026-03-04T15:59") == nil)
        #expect(try entry("2026-03-04T10:00", "2026-03-04T17:00", actor: "import:x") == nil)
    }
}

extension InspectedCase {
    /// What is found in it.
    func findings(cards: [InspectedCard] = []) throws -> [Finding] {
        try CaseFindings.all(of: record, clocks, item: file.version.item, cards: cards, knownAt: .latest)
    }
}
