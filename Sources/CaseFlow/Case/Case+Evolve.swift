extension Case {
    /// What an event does to a case. Released meanings do not change.
    public static func evolve(_ state: inout State, _ event: Event) {
        state.events += 1
        if let step = event.sourceStep {
            state.steps += 1
            state.lastStep = step
            state.lastStepAt = event.effectiveAt
        }
        switch event.fact {
        case .received(let number, let at, let attributes, let intake):
            state.phase = .open
            state.number = number
            state.receivedAt = at
            state.attributes = attributes
            state.intake = intake
            if let intake, let standing = event.by { state.work = Work(intake, by: standing) }
        case .stepRecorded: break
        case .deadlineSet(let deadline):
            state.deadline = deadline
        case .closed(let at):
            state.phase = .closed
            state.closedAt = at
        case .reopened(let at, _):
            state.phase = .open
            state.reopenedAt = at
            state.progress.reopen()
            state.work?.reopen()
            state.closedAt = nil
            state.reopened += 1
        case .procedure(let fact, let at):
            state.progress.take(fact, at: at, by: event.by)
            state.work?.take(fact, at: at, by: event.by)
        }
    }
}
