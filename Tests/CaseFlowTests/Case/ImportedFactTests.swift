import EventStore
import Testing

@testable import CaseFlow

/// What the decider makes of another system's events.
@Suite struct ImportedFactTests {
    private static let at = CaseCodingTests.time(1_770_685_500)
    private let step = Case.Step(activity: "pay", performer: "w1", offsetSeconds: 28_800)

    private func received(_ more: [Case.Command] = []) throws -> Case.State {
        var state = Case.initial
        let receipt = Case.Command.receive(number: CaseNumber(trusted: "A"), at: Self.at, attributes: [])
        for command in [receipt] + more {
            for event in try Case.decide(command, state) { Case.evolve(&state, event) }
        }
        return state
    }

    private func imported(_ facts: [Case.ImportedFact], index: Int = 0) -> Case.Command {
        .recordImported(facts, at: Self.at, source: step, index: index)
    }

    @Test func `an event of the source becomes its facts, the first of which keeps what the source said`() throws {
        let command = imported([.procedure(.delivered(by: nil)), .closed])
        let events = try Case.decide(command, try received())
        #expect(
            events == [
                Case.Event(
                    effectiveAt: Self.at.timestamp,
                    fact: .procedure(.delivered(by: nil), at: Self.at),
                    source: .step(step)
                ),
                Case.Event(effectiveAt: Self.at.timestamp, fact: .closed(at: Self.at), source: .sameStep),
            ]
        )
        // The same command again is no news.
        let state = try received([command])
        #expect(state.steps == 1)
        #expect(try Case.decide(command, state).isEmpty)
        #expect(state.phase == .closed)
        // The next event of the source is.
        #expect(try Case.decide(imported([.procedure(.withdrawn)], index: 1), state).count == 1)
    }

    @Test func `history is not judged: what our rules would refuse is taken`() throws {
        let facts: [Case.ImportedFact] = [
            .procedure(.stageEnded("never begun")), .procedure(.resumed), .procedure(.delivered(by: .post)), .closed,
            .reopened(reason: "again"), .procedure(.decided(isGranted: false, reasons: "", remedy: "")),
        ]
        #expect(try Case.decide(imported(facts), try received()).count == 6)
    }

    @Test func `a receipt is the case's own, or leaves the step alone`() throws {
        let receipt = Case.Command.receive(number: CaseNumber(trusted: "A"), at: Self.at, attributes: [], source: step)
        let events = try Case.decide(receipt, Case.initial)
        #expect(events.map(\.source) == [.step(step)])
        #expect(Case.state(after: events.map(\.fact)).steps == 0)
        var state = Case.initial
        for event in events { Case.evolve(&state, event) }
        #expect(state.steps == 1)
        #expect(state.lastStep == step)
        #expect(try Case.decide(receipt, state).isEmpty)
        let late = try Case.decide(imported([.received]), try received())
        #expect(late == [Case.Event(effectiveAt: Self.at.timestamp, fact: .stepRecorded(step))])
    }

    @Test func `it needs a case, in order, without rules of ours, and a fact that others can tell`() throws {
        let command = imported([.procedure(.withdrawn)])
        #expect(throws: Case.Rejection.notReceived) { _ = try Case.decide(command, Case.initial) }
        #expect(throws: Case.Rejection.earlierStepsMissing(has: 0, step: 2)) {
            _ = try Case.decide(imported([.closed], index: 2), try received())
        }
        let correction = Case.ProcedureFact.recordCorrected(event: 1, text: "x")
        #expect(throws: Case.Rejection.notImportable("record-corrected")) {
            _ = try Case.decide(imported([.procedure(correction)]), try received())
        }
        #expect(throws: Case.Rejection.reasonMissing) {
            _ = try Case.decide(imported([.reopened(reason: "")]), try received())
        }
        var pinned = try received()
        let pin = Case.RulePin(
            pack: "p",
            version: 1,
            digest: "d",
            item: nil,
            handling: .single,
            statute: nil,
            promise: nil
        )
        Case.evolve(
            &pinned,
            Case.Event(effectiveAt: Self.at.timestamp, fact: .procedure(.rulesPinned(pin), at: Self.at))
        )
        #expect(throws: Case.Rejection.goesByRules) { _ = try Case.decide(command, pinned) }
        #expect(throws: Case.Rejection.activityMissing) {
            let empty = Case.Step(activity: "")
            _ = try Case.decide(.recordImported([.closed], at: Self.at, source: empty, index: 0), try received())
        }
    }
}
