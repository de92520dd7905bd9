extension Case.ProcedureFact {
    /// Whose hands it can lie in on a case of the catalogue; empty for everybody's. For what belongs to a stage, the stage's
    /// role counts beside or instead of these.
    var roles: [OfficerRole] {
        switch self {
        case .rulesPinned, .reviewAccepted, .reviewForwarded, .stageBegun, .stageEnded, .complained, .recordCorrected:
            []
        case .accepted(isDeemed: true): [.window, .agent, .director, .inspector]
        case .visited, .feeCharged: [.window, .agent]
        case .rated: [.window, .agent, .director]
        case .supplementNoticed, .accepted, .acceptanceRefused, .materialFollowed, .fileReturned:
            [.window, .agent, .reviewer]
        case .supplementReceived, .correctedOnSpot, .materialDeferred, .withdrawn, .delivered, .hearingAsked,
            .hearingWaived:
            [.window, .agent]
        case .assigned, .handedOver: [.director, .approver]
        case .stageSigned, .returned, .decided: [.reviewer, .approver]
        case .forwarded, .answered: [.window, .reviewer]
        case .suspended, .resumed, .hearingAnnounced, .hearingHeld: [.reviewer, .approver, .director]
        case .extended, .terminated: [.approver, .director]
        case .sealed: [.sealKeeper]
        case .issued: [.window, .sealKeeper]
        case .calledBack: [.window, .agent, .director]
        case .complaintAnswered: [.director, .inspector]
        case .exceptionDeclared: [.director]
        }
    }

    /// Whether it can be recorded of a case that has been closed, or has ended without a decision.
    var isPossibleAfterEnd: Bool {
        switch self {
        case .rated, .calledBack, .complained, .complaintAnswered, .recordCorrected, .visited, .delivered, .issued: true
        default: false
        }
    }

    /// The free texts in it, which may hold nothing personal.
    var texts: [String] {
        switch self {
        case .acceptanceRefused(_, let body, let reason): [body ?? "", reason]
        case .extended(_, _, _, let reason), .terminated(let reason), .exceptionDeclared(_, let reason),
            .returned(_, _, let reason, _), .handedOver(_, _, _, let reason):
            [reason]
        case .decided(_, let reasons, let remedy): [reasons, remedy]
        case .supplementNoticed(let materials, _), .supplementReceived(let materials, _): materials
        case .correctedOnSpot(let text), .materialDeferred(let text, _), .materialFollowed(let text),
            .fileReturned(let text), .recordCorrected(_, let text), .stageSigned(_, _, let text):
            [text]
        case .forwarded(_, _, let reference): [reference]
        case .answered(_, _, let reference, let reasons, let remedy): [reference, reasons, remedy]
        case .issued(let issue): [issue.result]
        case .feeCharged(let charge): [charge.receipt ?? ""]
        case .complained(let reference, let about): [reference, about]
        case .complaintAnswered(let reference, _, let answer): [reference, answer]
        case .rulesPinned, .accepted, .reviewAccepted, .reviewForwarded, .suspended, .resumed, .stageBegun, .stageEnded,
            .assigned, .hearingAsked, .hearingAnnounced, .hearingHeld, .hearingWaived, .sealed, .delivered, .visited,
            .withdrawn,
            .rated,
            .calledBack:
            []
        }
    }

    /// Whether it can be done again at the same moment, after the case was suspended or returned.
    var isOfRound: Bool {
        switch self {
        case .suspended, .resumed, .stageSigned, .returned, .assigned, .handedOver, .forwarded, .answered: true
        default: false
        }
    }

    /// As the officer said it: without what the procedure adds.
    var asSaid: Case.ProcedureFact {
        if case .returned(let from, let to, let reason, _) = self {
            return .returned(from: from, to: to, reason: reason, undone: [])
        }
        return self
    }
}
