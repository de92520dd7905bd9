import EventStore

/// Whether the log has of a case what its source says.
extension CaseImporter {
    /// Where what the log has of these steps differs from what the source says; nil if nowhere.
    func difference(_ part: CasePart, _ standing: inout Standing) async throws -> InterchangeProblem? {
        let state = standing.state
        if part.firstStep == 0, state.phase != .unknown, state.receivedAt != part.receivedAt {
            return problem(part, "case \(part.number) is in the log already, received at another time")
        }
        let end = min(state.steps, part.firstStep + part.steps.count)
        guard standing.compared < end else { return nil }
        /// The step that is being read, with the facts that it has come to.
        var stored: StoredStep?
        for try await recorded in log.readStream(standing.stream, from: standing.comparedTo + 1) {
            let event = try Case.Coding.decode(recorded)
            if let step = event.sourceStep {
                if let difference = difference(part, stored, &standing) { return difference }
                if standing.compared == end { return nil }
                stored = StoredStep(step: step, at: recorded.effectiveAt)
            } else if event.source == nil {
                continue
            }
            if let fact = event.importedFact { stored?.facts.append(fact) }
            stored?.version = recorded.version
        }
        return difference(part, stored, &standing)
    }

    /// A step of a source as the log has it.
    private struct StoredStep {
        let step: Case.Step
        let at: Timestamp
        var facts: [Case.ImportedFact] = []
        /// The version of its last event.
        var version: Int64 = 0
    }

    /// Holds one step of the log, the next in order, against the source.
    private func difference(_ part: CasePart, _ stored: StoredStep?, _ standing: inout Standing) -> InterchangeProblem?
    {
        guard let stored else { return nil }
        let index = standing.compared
        if index >= part.firstStep {
            let source = part.steps[index - part.firstStep]
            let number = "case \(part.number) is in the log already, with"
            if stored.step != source.step || stored.at != source.at {
                let what = "\(number) another step \(index + 1)"
                return InterchangeProblem(line: source.line, what: what, mend: Self.otherNumber)
            }
            // The receipt is an event of its own whether or not a step of the source tells it.
            let (has, wants) = (stored.facts.filter { $0 != .received }, source.facts.filter { $0 != .received })
            if has != wants {
                let what =
                    "\(number) step \(index + 1) ('\(stored.step.activity)') as \(Self.words(has)), "
                    + "and this import makes it \(Self.words(wants))"
                return InterchangeProblem(line: source.line, what: what, mend: Self.otherMapping)
            }
        }
        standing.compared = index + 1
        standing.comparedTo = stored.version
        return nil
    }

    private static func words(_ facts: [Case.ImportedFact]) -> String {
        facts.isEmpty ? "a recorded step" : facts.map(\.name).joined(separator: " and ")
    }

    private static let otherMapping =
        "import with the mapping that the case came in with, or none if it had none; or into a log of its own"
}
