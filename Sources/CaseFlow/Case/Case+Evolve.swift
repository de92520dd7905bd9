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
            state.progress.reopen(at: at)
            state.work?.reopen()
            state.closedAt = nil
            state.reopened += 1
        case .procedure(let fact, let at):
            state.progress.take(fact, at: at, by: event.by)
            state.work?.take(fact, at: at, by: event.by)
        case .card(let fact, let at): state.cards.take(fact, at: at, by: event.by)
        }
    }
}

extension Case {
    /// Whether an event says the same again, whenever: the same fact; of a receipt, the same case and the same person.
    public static func isRepeated(_ event: Event, by other: Event) -> Bool {
        switch (event.fact, other.fact) {
        case (.procedure(let one, _), .procedure(let two, _)): one.asSaid == two.asSaid
        case (.received(let number, _, let attributes, let intake), .received(let again, _, let others, let second)):
            number == again && attributes == others && intake?.isSame(as: second) ?? (second == nil)
        case (.reopened(_, let reason), .reopened(_, let again)): reason == again
        case (.closed, .closed): true
        case (.card(let one, _), .card(let two, _)): one == two
        default: event.fact == other.fact
        }
    }
}

extension Case.Intake {
    /// Whether it is the same intake; an applicant's box is sealed anew each time.
    func isSame(as other: Case.Intake?) -> Bool {
        guard var other else { return false }
        if applicant?.subject == other.applicant?.subject { other.applicant = applicant }
        return self == other
    }
}
