extension Case {
    /// What an event does to a case. Released meanings do not change.
    public static func evolve(_ state: inout State, _ event: Event) {
        switch event.fact {
        case .received(let number, let at, let attributes):
            state.phase = .open
            state.number = number
            state.receivedAt = at
            state.attributes = attributes
        case .stepRecorded(let step):
            state.steps += 1
            state.lastStep = step
            state.lastStepAt = event.effectiveAt
        case .deadlineSet(let deadline):
            state.deadline = deadline
        case .closed(let at):
            state.phase = .closed
            state.closedAt = at
        case .reopened:
            state.phase = .open
            state.closedAt = nil
            state.reopened += 1
        case .procedure(let fact, let at):
            state.progress.take(fact, at: at)
        }
    }
}
