/// A set of milestones, as bits: every clock of a pack is held against every fact of a case, again and again.
struct Milestones: OptionSet, Sendable, Hashable {
    let rawValue: UInt32

    init(rawValue: UInt32) { self.rawValue = rawValue }

    /// The set of one.
    init(_ milestone: Milestone) { rawValue = Self.bit(milestone) }

    /// The set of some.
    init(_ milestones: some Sequence<Milestone>) { rawValue = milestones.reduce(0) { $0 | Self.bit($1) } }

    /// Whether one is among them.
    func contains(_ milestone: Milestone) -> Bool { rawValue & Self.bit(milestone) != 0 }

    /// Where a milestone stands among all.
    private static func bit(_ milestone: Milestone) -> UInt32 {
        1 << (Milestone.allCases.firstIndex(of: milestone) ?? 0)
    }
}

extension CaseLedger.Entry {
    /// The milestones of rules that a fact is.
    static func milestones(of fact: Case.Fact) -> Milestones {
        switch fact {
        case .received: Milestones(.received)
        case .closed: Milestones(.closed)
        case .stepRecorded, .deadlineSet, .reopened, .card: []
        case .procedure(let fact, _): milestones(of: fact)
        }
    }

    private static func milestones(of fact: Case.ProcedureFact) -> Milestones {
        switch fact {
        case .rulesPinned: []
        case .supplementNoticed: Milestones(.supplementNoticed)
        case .supplementReceived(_, let isComplete): isComplete ? Milestones(.supplementReceived) : []
        case .accepted: Milestones(.accepted)
        case .acceptanceRefused: Milestones(.acceptanceRefused)
        case .reviewAccepted: Milestones(.reviewAccepted)
        case .reviewForwarded: Milestones(.reviewForwarded)
        case .suspended: Milestones(.suspended)
        case .resumed: Milestones(.resumed)
        case .extended: []
        case .stageBegun: Milestones(.stageBegun)
        case .stageEnded: Milestones(.stageEnded)
        case .decided(let isGranted, _, _): isGranted ? Milestones([.decided, .granted]) : Milestones(.decided)
        case .delivered: Milestones(.delivered)
        case .withdrawn: Milestones(.withdrawn)
        case .terminated: Milestones(.terminated)
        case .rated(let rating, _): rating.isPoor ? Milestones(.ratedPoor) : []
        case .calledBack: Milestones(.calledBack)
        case .materialDeferred: Milestones(.materialDeferred)
        case .materialFollowed: Milestones(.materialFollowed)
        case .fileReturned: Milestones(.terminated)
        case .hearingAsked: Milestones(.hearingAsked)
        case .hearingHeld, .hearingWaived: Milestones(.hearingHeld)
        case .correctedOnSpot, .assigned, .handedOver, .stageSigned, .returned, .forwarded, .answered,
            .hearingAnnounced, .exceptionDeclared, .sealed, .issued, .visited, .feeCharged, .complained,
            .complaintAnswered, .recordCorrected:
            []
        }
    }
}
