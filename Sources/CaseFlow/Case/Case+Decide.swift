extension Case {
    /// What happens when a command meets a case. Pure; `[]` when it is so already.
    ///
    /// Steps are taken after the end too: records of real offices show work that goes on after closing, and a log that
    /// refused them would hide it.
    public static func decide(_ command: Command, _ state: State) throws(Rejection) -> [Event] {
        switch command {
        case .receive(let number, let at, let attributes, let step):
            if state.phase == .unknown {
                let fact = Fact.received(number: number, at: at, attributes: attributes)
                return [Event(effectiveAt: at.timestamp, fact: fact, source: step.map(Source.step))]
            }
            guard state.number == number, state.receivedAt == at, state.attributes == attributes, state.intake == nil
            else { throw .receivedOtherwise(state.number ?? number) }
            return []
        case .open(let opening, let at, let law): return try open(opening, at: at, under: law, state)
        case .recordStep(let step, let at):
            guard state.phase != .unknown else { throw .notReceived }
            guard !step.activity.isEmpty else { throw .activityMissing }
            return [Event(effectiveAt: at, fact: .stepRecorded(step))]
        case .recordImported(let facts, let at, let step, let index):
            return try imported(facts, at: at, source: step, index: index, state)
        case .setDeadline(let deadline):
            guard let receivedAt = state.receivedAt else { throw .notReceived }
            if state.deadline == deadline { return [] }
            return [Event(effectiveAt: receivedAt.timestamp, fact: .deadlineSet(deadline))]
        case .close(let at, let law, let standing):
            switch state.phase {
            case .unknown: throw .notReceived
            case .open:
                if let law {
                    try checkEnd(state, law)
                    try law.checkEnd("closed", at: at, state)
                }
                return [Event(effectiveAt: at.timestamp, fact: .closed(at: at), by: standing)]
            case .closed:
                guard let closedAt = state.closedAt, closedAt != at else { return [] }
                throw .alreadyClosed(at: closedAt)
            }
        case .reopen(let at, let reason, let law, let standing):
            return try reopen(at: at, reason: reason, under: law, by: standing, state)
        case .record(let fact, let at, let law, let standing):
            return try decide(fact, at: at, under: law, by: standing, state)
        case .card(let command): return try decide(command, state)
        }
    }

    /// A case that goes by rules ends by them: nothing that they count goes on behind the end.
    private static func checkEnd(_ state: State, _ law: Law) throws(Rejection) {
        let progress = state.progress
        let running = law.rules.clocks.filter { progress.isRunning($0) && !$0.stops.contains(.closed) }
        let isSettled = (progress.decidedAt ?? progress.refusedAt ?? progress.abandonedAt) != nil
        if progress.refusedAt ?? progress.abandonedAt != nil { return }
        let isHandedOut = state.work == nil || progress.deliveredAt != nil
        if running.isEmpty, isHandedOut, isSettled || !law.rules.knowsAcceptance { return }
        throw .notEnded(running: running.map(\.name.rawValue))
    }
}
