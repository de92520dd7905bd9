import EventStore
import Foundation
import PostgresClient
import Support
import Testing
import WorkingTime

@testable import CaseFlow

/// What cases came to, counted.
@Suite("Outcomes of cases")
struct OutcomeTests {
    private static let accepted = Case.ProcedureFact.accepted(isDeemed: false)

    @Test func `quantiles are the nearest ranks, and need no number to be there`() {
        var days = Histogram()
        #expect(days.quantile(0.5) == nil && days.mean == nil && days.total == 0)
        for number in 1...10 { days.add(number, times: 1) }
        #expect(days.quantile(0.5) == 5 && days.quantile(0.9) == 9 && days.quantile(1) == 10 && days.quantile(0) == 1)
        days.add(100, times: 90)
        #expect(days.quantile(0.1) == 10 && days.quantile(0.11) == 100 && days.total == 100 && days.sum == 9055)
        #expect(days.count(in: 2...4) == 3 && days[100] == 90)
    }

    @Test func `a case that is decided adds one to each measure of each group that it has`() {
        var outcome = CaseOutcome(receivedOn: day("2026-03-31"))
        (outcome.place, outcome.item, outcome.version, outcome.channel) = ("hall", "pension", 3, "window")
        // By place, item, version, channel and in all; in the month, in the year and in all.
        #expect(outcome.counts.count == 15 && outcome.counts.allSatisfy { $0.measure == .received })
        (outcome.decidedOn, outcome.isGranted, outcome.isInPromise, outcome.days) = (day("2026-04-09"), true, false, 7)
        (outcome.rating, outcome.visits) = (.dissatisfied, 2)
        outcome.cards = [.init(rung: "red", on: day("2026-04-08"), unit: "forest", officer: "o-1")]
        let items = outcome.counts.filter { $0.dimension == .item }
        #expect(Set(items.map(\.value)) == ["pension"])
        func told(_ length: Int) -> [String] {
            items.filter { $0.period.count == length }.map { "\($0.period) \($0.measure.name) \($0.bucket)" }
        }
        #expect(
            told(7) == [
                "2026-03 received 0", "2026-04 decided 0", "2026-04 granted 0", "2026-04 promise-broken 0",
                "2026-04 days 7", "2026-04 rated 4", "2026-04 visits 2", "2026-04 steps 0", "2026-04 hand-overs 0",
                "2026-04 cards:red 0",
            ]
        )
        #expect(
            told(4) == told(7).map { "2026 " + $0.dropFirst(8) } && told(0) == told(7).map { String($0.dropFirst(7)) }
        )
        #expect(outcome.counts.contains { $0.dimension == .version && $0.value == "pension@000003" })
        #expect(Set(outcome.counts).count == outcome.counts.count)
    }

    @Test func `months asked about are read in as few periods as make them up`() {
        let months = ["2025-11", "2025-12", "2026-01", "2026-02", "2026-04"]
        let there = ["", "2025", "2026"] + months
        func fewest(_ from: String?, _ through: String?) -> [String] {
            Periods.fewest(there, from: from, through: through)
        }
        #expect(fewest(nil, nil) == [""] && fewest("2025-01", "2027-01") == [""] && fewest("2027-01", nil) == [])
        // March has nothing: with the three others the year is whole.
        #expect(fewest("2025-12", "2026-12") == ["2025-12", "2026"])
        #expect(fewest(nil, "2026-03") == ["2025", "2026-01", "2026-02"])
        #expect(fewest("2026-04", "2026-04") == ["2026-04"])
        #expect(Periods.months(there, nil, "2026-01") == ["2025-11", "2025-12", "2026-01"])
    }

    @Test func `the chart says what the rows say, and what is text in them stays text`() throws {
        var row = ComplianceRow("a<b & \"c\"")
        row.add(.promiseKept, 0, times: 3)
        row.add(.promiseBroken, 0, times: 1)
        row.add(.days, 4, times: 4)
        row.add(.paused, 4, times: 1)
        #expect(row.pausedCases == 0.25)
        let chart = ComplianceChart([row, ComplianceRow("none")], title: "T", language: .english).svg
        #expect(chart.contains("a&lt;b &amp; &quot;c&quot;") && chart.contains("75.0 % of 4; median 4 d"))
        #expect(chart.contains("width=\"300\" height=\"20\" fill=\"#2e7d32\""))
        #expect(
            chart.contains("width=\"80\" height=\"7\" fill=\"#f9a825\"")
                && chart.contains("none decided under a promise")
        )
        #expect(OutcomeCount.Measure(name: "cards:red") == .cards("red") && OutcomeCount.Measure(name: "x") == nil)
        #expect(row.promiseRate == 0.75 && row.pausedDays == 0.2 && ComplianceRow("x").satisfied == nil)
    }

    // MARK: One case

    private func outcome(_ life: InspectedCase) throws -> CaseOutcome {
        let timeline = try HolderTimeline(life.record, life.clocks)
        return try #require(try CaseOutcome(life.record, timeline, life.clocks, knownAt: .latest))
    }

    /// From receipt to delivery, hand by hand.
    private func whole() throws -> InspectedCase {
        var life = try InspectedCase.felling()
        try life.receive(on: "2026-03-02")
        try life.on("2026-03-04", .accept, by: .window)
        try life.on("2026-03-06", .sign("village"), by: .agent)
        try life.on("2026-03-09", .sign("papers"), by: .reviewer)
        try life.on("2026-03-11", .sign("visit"), by: .reviewer)
        try life.on("2026-03-11", .sign("visit"), by: .reviewer2)
        try life.on("2026-03-13", .grant, by: .approver)
        try life.on("2026-03-16", .seal(), by: .keeper)
        try life.on("2026-03-17", .issue, by: .window)
        try life.on("2026-03-18", .delivered(by: .window), by: .window)
        return life
    }

    @Test func `a plain life passes from hand to hand five times, and is measured by its clocks`() throws {
        let outcome = try outcome(try whole())
        // Window, village, department, approver, keeper, window: the second department works beside the first.
        #expect(outcome.handOvers == 5)
        #expect(outcome.officer == "approver" && outcome.department == "forest" && outcome.place == "hall")
        #expect(outcome.days == 7 && outcome.paused == 0 && outcome.isInPromise == true && outcome.isInStatute == true)
        // Accepted, certified, reviewed, visited by two, decided, sealed, issued, delivered.
        #expect(outcome.steps == 9)
    }

    @Test func `who has it by name of the same unit takes it over from nobody, another one does`() throws {
        var life = try InspectedCase.felling()
        try FindingScenario.accepted(&life)
        try life.on(nil, .sign("village"), by: .agent)
        #expect(try outcome(life).handOvers == 2)
        let (one, other) = (CentreCase.Hand.reviewer.standing.officer, CentreCase.Hand.reviewer2.standing.officer)
        try life.on("2026-03-03", .assigned(stage: "visit", to: one), by: .director)
        #expect(try outcome(life).handOvers == 2)
        try life.stands(
            .handedOver(stage: "visit", from: one, to: other, reason: "leave"),
            at: "2026-03-04",
            by: .director
        )
        #expect(try outcome(life).handOvers == 3)
    }

    @Test func `the county's decision is the county's, not of who typed it in`() throws {
        var life = try InspectedCase.forwarded()
        try life.receive(on: "2026-03-02")
        try life.on(nil, .accept, by: .window)
        #expect(try outcome(life).department == "forest")
        try life.on("2026-03-04", .sign("review"), by: .reviewer)
        let county = UnitCode(trusted: "county-forest")
        try life.on("2026-03-06", .forwarded(stage: "county", to: county, reference: "Z-7"), by: .reviewer2)
        try life.on(
            "2026-03-12",
            .answered(stage: "county", .granted, reference: "X-9", reasons: "", remedy: ""),
            by: .county
        )
        let outcome = try outcome(life)
        #expect(outcome.decidedOn == day("2026-03-12") && outcome.isGranted)
        #expect(outcome.officer.isEmpty && outcome.department == "county-forest")
        #expect(!outcome.counts.contains { $0.dimension == .officer })
        // Window, department, county, window.
        #expect(outcome.handOvers == 3)
    }

    @Test func `a decision after the reopening is measured by no run of the life before`() throws {
        var life = try InspectedCase.felling()
        try FindingScenario.toDecide(&life)
        try life.on("2026-03-03", .suspended(ground: "testing", told: FindingScenario.five), by: .reviewer)
        try life.on("2026-03-05", .resumed, by: .reviewer)
        try life.on("2026-03-06", .deny, by: .approver)
        try life.on(nil, .issue, by: .window)
        try life.on(nil, .delivered(by: .window), by: .window)
        let first = try outcome(life)
        #expect(first.isInPromise == true && first.days == 2 && first.paused == 2)
        #expect(first.counts.contains { $0.measure == .paused && $0.bucket == 2 })
        try life.give("2026-05-06") {
            .reopen(at: $0, reason: "the court said so", under: $1, by: CentreCase.Hand.director.standing)
        }
        let open = try outcome(life)
        #expect(open.decidedOn == nil && open.days == nil && open.steps == 0 && open.handOvers == 0)
        #expect(open.department == "forest")
        try life.on("2026-05-20", .grant, by: .approver)
        let second = try outcome(life)
        #expect(second.decidedOn == day("2026-05-20") && second.isGranted && second.officer == "approver")
        #expect(second.isInPromise == nil && second.isInStatute == nil && second.days == nil && second.paused == 0)
        #expect(second.steps == 1 && second.handOvers == 1)
        #expect(!second.counts.contains { $0.measure == .days || $0.measure == .paused })
        // Its stages are watched anew: the decision's three days.
        let stage = try life.clocks.readings(of: life.record.ledger, asOf: day("2026-05-20"), knownAt: .latest)
            .last { $0.stage == "decision" }
        #expect(stage?.startedOn == day("2026-05-06") && stage?.isLate == true)
    }

    @Test func `what the citizen hands in or leaves is no act of the centre's`() {
        let none: [Case.ProcedureFact] = [
            .hearingWaived, .supplementReceived(materials: ["title"], isComplete: true), .materialFollowed("title"),
            .hearingAsked, .withdrawn,
        ]
        #expect(none.allSatisfy { !$0.isAct })
        #expect([Case.ProcedureFact.accept, .grant, .sign("papers"), .issue].allSatisfy { $0.isAct })
    }

    // MARK: Counts

    @Test func `counts follow the cases, also where a case is opened again, and a rebuild gives the same`() async throws
    {
        try await ClockRecord.run { record in
            func catchUp() async throws {
                try await ProjectionRunner(InspectionProjection(), on: record.log).catchUp()
            }
            func months() async throws -> [String] {
                let page = try await ComplianceQuery(by: .month).page(record.log, limit: 10) { $0 }
                return page.rows.map { row in
                    """
                    \(row.group) \(row.received) \(row.decided) \(row.granted) \(row.promiseKept)/\(row.promiseBroken) \
                    \(row.statuteKept)/\(row.statuteBroken) \(row.days.quantile(0.5) ?? -1)
                    """
                }
            }
            for number in ["1", "2", "3"] {
                try await record.receive(number, on: "2026-03-02")
                try await record.on("2026-03-03", number, Self.accepted)
            }
            try await catchUp()
            #expect(try await months() == ["2026-03 3 0 0 0/0 0/0 -1"])
            // 20 working days after 3 March end on 31 March; 1 April is late.
            try await record.on("2026-03-10", "1", .decided(isGranted: true, reasons: "", remedy: ""))
            try await record.on("2026-04-01", "2", .decided(isGranted: false, reasons: "r", remedy: "m"))
            try await catchUp()
            #expect(try await months() == ["2026-03 3 1 1 0/0 1/0 5", "2026-04 0 1 0 0/0 0/1 21"])
            // Opened again, the first is open; decided again, it counts in the month of that, and is measured by no limit.
            try await record.reopen("1", closedOn: "2026-04-30", on: "2026-05-04")
            try await catchUp()
            #expect(try await months() == ["2026-03 3 0 0 0/0 0/0 -1", "2026-04 0 1 0 0/0 0/1 21"])
            try await record.on("2026-05-11", "1", .decided(isGranted: false, reasons: "r", remedy: "m"))
            try await catchUp()
            #expect(
                try await months() == [
                    "2026-03 3 0 0 0/0 0/0 -1", "2026-04 0 1 0 0/0 0/1 21", "2026-05 0 1 0 0/0 0/0 -1",
                ]
            )
            let kept = try await counts(record)
            #expect(kept.allSatisfy { !$0.contains("\"n\": 0") })
            try await ProjectionRunner(InspectionProjection(), on: record.log).rebuild(batchSize: 2)
            #expect(try await counts(record) == kept)
        }
    }

    private func counts(_ record: ClockRecord) async throws -> [String] {
        let rows = try await record.log.pool.query(
            """
            SELECT (to_jsonb(t) - 'generation' - 'log_id')::text FROM caseflow.outcome_counts t
              JOIN caseflow.projections p USING (log_id, generation)
             WHERE log_id = $1 AND p.name = 'inspection' AND p.state = 'live' ORDER BY 1
            """,
            [record.log.id.rawValue]
        )
        return try rows.map { try $0.decode(0) }
    }
}
