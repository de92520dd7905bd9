import EventStore
import Support
import Testing
import WorkingTime

@testable import CaseFlow

/// Cards that nobody answered, as inspection reads them from a case's stream.
@Suite("Findings on cards")
struct CardFindingTests {
    private static let promise = Case.CardKey(ClockName(rawValue: "promise") ?? .other)

    /// A case with its cards.
    private struct Life {
        var life: InspectedCase
        private var record: CaseRecord
        private var position: Int64 = 100

        init() throws {
            life = try InspectedCase.felling()
            try FindingScenario.accepted(&life)
            record = life.record
        }

        mutating func card(_ fact: Case.CardFact, at text: String, recordedAt recorded: String? = nil) throws {
            let at = try moment(text)
            position += 1
            record.take(
                Case.Event(effectiveAt: at.timestamp, fact: .card(fact, at: at)),
                position: position,
                recordedAt: try recorded.map { try moment($0).timestamp } ?? at.timestamp,
                actor: Actor(trusted: "system:worker")
            )
        }

        mutating func raise(
            _ rung: String,
            _ level: Int,
            on day: String,
            until due: String,
            to addressee: Case.CardAddressee = .init(.holder, unit: "forest", persons: [.init("reviewer")])
        ) throws {
            var raised = Case.RaisedRung(
                promise,
                rung: RulePack.Rung.of(rung),
                level: level,
                rules: "cn-licensing 1",
                limit: Limit(10, .workingDays) ?? .none,
                startedOn: SmallTown.day("2026-03-02"),
                basedOn: 7,
                holder: Case.CardHolder(unit: "forest", role: .reviewer, officer: "reviewer"),
                cause: Case.CardCause(.work, task: "papers"),
                addressee: addressee
            )
            raised.answerBy = SmallTown.day(due)
            try card(.raised(raised), at: "\(day)T08:00")
        }

        func findings() throws -> [Finding] {
            try CaseFindings.all(
                of: record,
                life.clocks,
                item: life.file.version.item,
                cards: record.cards,
                knownAt: .latest
            ).filter { $0.rule == .unansweredCard }
        }

        func outcome() throws -> CaseOutcome {
            try #require(
                try CaseOutcome(record, HolderTimeline(record, life.clocks), life.clocks, knownAt: .latest)
            )
        }
    }

    private static let answer = Case.CardFact.answered(promise, .init(.workload, text: "too much"))
    private static let withdrawal = Case.CardFact.withdrawn(promise, reason: "the hall was flooded")

    @Test func `one that was not answered by its last day is a finding of who was told, one that was is none`() throws {
        var life = try Life()
        try life.raise("red", 3, on: "2026-03-17", until: "2026-03-20")
        let never = try #require(try life.findings().first)
        #expect(never.on == day("2026-03-21") && never.positions == [101])
        #expect(never.officer?.rawValue == "reviewer" && never.unit?.rawValue == "forest")
        var answered = life
        try answered.card(Self.answer, at: "2026-03-20T16:00")
        #expect(try answered.findings() == [])
        var late = life
        try late.card(Self.answer, at: "2026-03-23T09:00")
        #expect(try late.findings().map(\.positions) == [[101, 102]])
        #expect(try late.findings().first?.reason[.english].contains("was not until 2026-03-23") == true)
    }

    @Test func `an answer counts from its record, and a withdrawal from its record on`() throws {
        var backdated = try Life()
        try backdated.raise("red", 3, on: "2026-03-17", until: "2026-03-20")
        var withdrawn = backdated
        // Said to be of the last day, and recorded three days after it.
        try backdated.card(Self.answer, at: "2026-03-20T09:00", recordedAt: "2026-03-23T09:00")
        #expect(try backdated.findings().map(\.positions) == [[101, 102]])
        var inTime = withdrawn
        try inTime.card(Self.withdrawal, at: "2026-03-20T09:00")
        #expect(try inTime.findings() == [])
        try withdrawn.card(Self.withdrawal, at: "2026-03-19T09:00", recordedAt: "2026-03-23T09:00")
        let found = try #require(try withdrawn.findings().first)
        #expect(found.reason[.english].hasSuffix("; it was withdrawn on 2026-03-23"))
        // It stands in nobody's count.
        #expect(try withdrawn.outcome().cards.isEmpty)
    }

    @Test func `the director who was told has to answer, for an absent one the deputy with both names`() throws {
        func told(_ addressee: Case.CardAddressee) throws -> String {
            var life = try Life()
            try life.raise("director", 4, on: "2026-03-20", until: "2026-03-25", to: addressee)
            let found = try #require(try life.findings().first)
            return [found.unit?.rawValue, found.officer?.rawValue, found.actingFor?.rawValue].map { $0 ?? "-" }
                .joined(separator: " ")
        }
        #expect(try told(.init(.director, unit: "hall", persons: [.init("director")])) == "hall director -")
        #expect(try told(.init(.holder, unit: "forest", persons: [.init("b-1", for: "a-1")])) == "forest b-1 a-1")
        // Several may act there: nobody is singled out.
        #expect(try told(.init(.director, unit: "hall", persons: [.init("d-1"), .init("d-2")])) == "hall - -")
        #expect(try told(.init(.director, unit: "hall")) == "hall - -")
        // Nobody is known who could be told.
        #expect(try told(.init(.director, unit: "")) == "forest reviewer -")
    }

    @Test func `a card is one finding, however many of its rungs went without an answer`() throws {
        var life = try Life()
        try life.raise("yellow", 2, on: "2026-03-13", until: "2026-03-16")
        try life.raise("red", 3, on: "2026-03-17", until: "2026-03-20")
        try life.card(Self.answer, at: "2026-03-23T09:00")
        try life.raise("director", 4, on: "2026-03-24", until: "2026-03-27")
        let found = try life.findings()
        #expect(found.map(\.positions) == [[101, 102, 104, 103]] && found.first?.on == day("2026-03-17"))
        #expect(found.first?.reason[.english].contains("2 more of its rungs") == true)
    }

    @Test func `a card counts on those with whom the case lay when it was raised`() throws {
        var life = try Life()
        try life.raise("red", 3, on: "2026-03-17", until: "2026-03-20")
        let outcome = try life.outcome()
        #expect(outcome.department == "v01" && outcome.officer.isEmpty)
        let red = outcome.counts.filter { $0.measure == .cards("red") && $0.period == OutcomeCount.always }
        let told = red.map { "\($0.dimension.rawValue) \($0.value)" }
        #expect(told.contains("department forest") && told.contains("officer reviewer") && told.contains("place hall"))
        #expect(!told.contains("department v01"))
    }
}
