extension Case.Progress {
    /// A fact that a case has reached, by its name in the log, and when it took effect.
    struct Reached {
        let fact: String
        let at: ZonedTime

        init(_ fact: String, at: ZonedTime) { (self.fact, self.at) = (fact, at) }
    }

    /// The table "not before": what a fact follows on, beside the receipt, as far as it is there. The fact may take
    /// effect at the same moment: the day of an event is day 0 (Civil Code 201).
    func predecessors(of fact: Case.ProcedureFact, _ rules: RulePack) -> [Reached] {
        switch fact {
        case .rulesPinned, .supplementNoticed, .reviewAccepted, .stageBegun, .correctedOnSpot, .materialDeferred,
            .visited, .feeCharged, .complained, .recordCorrected, .exceptionDeclared, .materialFollowed, .fileReturned:
            []
        case .assigned(let stage, _), .handedOver(let stage, _, _, _), .stageSigned(let stage, _, _),
            .returned(let stage, _, _, _), .forwarded(let stage, _, _), .answered(let stage, _, _, _, _):
            acceptance + reached("resumed", resumedAt) + reached("stage-begun", openStages[stage])
        case .hearingAsked, .hearingAnnounced, .hearingHeld, .hearingWaived: acceptance
        case .sealed, .issued, .complaintAnswered: reached("decided", decidedAt)
        case .supplementReceived: notice
        case .accepted(let isDeemed): isDeemed ? [] : notice + reached("supplement-received", completedAt)
        case .acceptanceRefused: notice + reached("supplement-received", completedAt)
        case .reviewForwarded: reached("review-accepted", reviewAcceptedAt)
        case .suspended: acceptedAt == nil ? reached("review-accepted", reviewAcceptedAt) : acceptance
        case .resumed: reached("suspended", suspension?.at)
        case .extended(let clock, _, _, _):
            switch rules.clock(clock)?.start {
            case .accepted: acceptance
            case .reviewAccepted: reached("review-accepted", reviewAcceptedAt)
            case .granted, .decided: reached("decided", decidedAt)
            default: []
            }
        case .stageEnded(let stage): reached("stage-begun", openStages[stage])
        case .decided: acceptance + reached("resumed", resumedAt) + stages
        case .delivered, .rated: reached("decided", decidedAt)
        case .withdrawn, .terminated:
            notice + reached("supplement-received", completedAt) + reached("review-accepted", reviewAcceptedAt)
                + acceptance + reached("suspended", suspension?.at) + reached("resumed", resumedAt) + stages
        case .calledBack: reached("rated", ratedAt)
        }
    }

    private var notice: [Reached] {
        reached("supplement-noticed", notices.map(\.at).min { $0.timestamp < $1.timestamp })
    }
    private var acceptance: [Reached] { reached("accepted", acceptedAt) }
    private var stages: [Reached] { openStages.values.map { Reached("stage-begun", at: $0) } }

    private func reached(_ fact: String, _ at: ZonedTime?) -> [Reached] { at.map { [Reached(fact, at: $0)] } ?? [] }
}

extension Case.Progress {
    /// What the end of a case follows on.
    var ends: [Reached] {
        reached("decided", decidedAt) + reached("delivered", deliveredAt) + reached("acceptance-refused", refusedAt)
            + reached("withdrawn", abandonedAt)
    }
}

extension Case.Work {
    /// The same table, for what the service knows beside the law.
    func predecessors(of fact: Case.ProcedureFact) -> [Case.Progress.Reached] {
        func reached(_ fact: String, _ at: ZonedTime?) -> [Case.Progress.Reached] {
            at.map { [Case.Progress.Reached(fact, at: $0)] } ?? []
        }
        return switch fact {
        case .materialFollowed(let name), .fileReturned(let name): reached("material-deferred", deferred[name]?.at)
        case .answered(let stage, _, _, _, _): reached("forwarded", stages[stage]?.forwardedAt)
        case .hearingAnnounced, .hearingHeld, .hearingWaived: reached("hearing-asked", hearing.askedAt)
        case .issued: reached("sealed", sealedAt)
        case .delivered: reached("sealed", sealedAt) + reached("issued", issuedAt)
        default: []
        }
    }
}
