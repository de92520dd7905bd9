import EventStore

/// A piece of a case as a source tells it: all of it, or some of its steps, in the source's order.
struct CasePart: Sendable {
    struct SourceStep: Sendable {
        let step: Case.Step
        let at: Timestamp
        let line: Int
        /// What a mapping makes of it; none: it is kept as a step.
        var facts: [Case.ImportedFact] = []
    }

    /// A time that the source tells of the whole case, and where.
    struct Told: Sendable {
        let at: ZonedTime
        let line: Int
    }

    let number: CaseNumber
    let receivedAt: ZonedTime
    let attributes: [XESAttribute]
    /// How many steps of the case came in earlier pieces.
    let firstStep: Int
    let steps: [SourceStep]
    let deadline: Told?
    /// The ends that the source tells, in its order. A case has one; further ones are told as problems.
    let closings: [Told]
    /// Where the piece begins in the file.
    let line: Int
    /// Whether further pieces of the case may follow.
    let mayContinue: Bool

    /// The first step, where it is the receipt itself.
    var receipt: SourceStep? {
        guard firstStep == 0, let first = steps.first, first.facts == [.received] else { return nil }
        return first
    }
}

extension CasePart.SourceStep {
    /// When it happened, with the offset of the clock that it was read from.
    var zonedTime: ZonedTime {
        guard
            let time = ZonedTime(
                microsecondsSinceEpoch: at.microseconds,
                offsetSeconds: Int32(clamping: step.offsetSeconds)
            )
        else { preconditionFailure("the time was made of one with an offset") }
        return time
    }
}
