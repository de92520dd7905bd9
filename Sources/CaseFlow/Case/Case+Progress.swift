import WorkingTime

extension Case {
    /// How far a case's procedure has come: what later decisions of the law depend on.
    public struct Progress: Sendable, Hashable {
        /// A notice of what is missing.
        public struct Notice: Sendable, Hashable {
            /// When.
            public var at: ZonedTime
            /// What.
            public var materials: [String]
            /// By when it is to be handed in; nil where nothing was said.
            public var within: Limit?
        }
        /// A suspension that has not ended.
        public struct Suspension: Sendable, Hashable {
            /// When.
            public var at: ZonedTime
            /// Why.
            public var ground: String
            /// For how long, as told.
            public var told: Limit
        }
        /// An extension that was recorded.
        public struct Extension: Sendable, Hashable {
            /// When.
            public var at: ZonedTime
            /// Of which clock.
            public var clock: ClockName
            /// By how much.
            public var by: Limit
            /// By whom.
            public var authority: String
        }

        /// The rules that the case goes by.
        public var pin: RulePin?
        /// The notices of what is missing. More than one is a finding.
        public var notices: [Notice] = []
        /// When all that was missing had come.
        public var completedAt: ZonedTime?
        /// When it was accepted.
        public var acceptedAt: ZonedTime?
        /// Whether it only counts as accepted.
        public var isDeemed = false
        /// When acceptance was refused.
        public var refusedAt: ZonedTime?
        /// The preliminary review, begun and handed up.
        public var reviewAcceptedAt, reviewForwardedAt: ZonedTime?
        /// The suspension that lasts.
        public var suspension: Suspension?
        /// The extensions.
        public var extensions: [Extension] = []
        /// When the case last went on after a suspension.
        public var resumedAt: ZonedTime?
        /// The stages that have begun and not ended, each with its beginning.
        public var openStages: [String: ZonedTime] = [:]
        /// When it was decided, and how.
        public var decidedAt: ZonedTime?
        /// Nil before the decision.
        public var isGranted: Bool?
        /// When the result reached the applicant.
        public var deliveredAt: ZonedTime?
        /// When it ended without a decision: withdrawn or terminated.
        public var abandonedAt: ZonedTime?
        /// What the citizen said, and when.
        public var rating: Rating?
        /// Nil before the rating.
        public var ratedAt: ZonedTime?
        /// When the citizen was called back.
        public var calledBackAt: ZonedTime?
        /// What was recorded, by whom and of when: the same again is no news.
        var recorded: Set<Int> = []
        /// When it was last opened again after its end.
        public var reopenedAt: ZonedTime?
        /// How often it stood still or was returned: what is done after that is not what was done before.
        var round = 0

        /// Nothing yet.
        public init() {}
    }
}

extension Case.Progress {
    /// What a fact of the procedure does to it. Released meanings do not change.
    mutating func take(_ fact: Case.ProcedureFact, at: ZonedTime, by standing: Standing?) {
        switch fact {
        case .suspended, .returned: round += 1
        default: break
        }
        recorded.insert(mark(of: fact, at: at, by: standing, round))
        // A return follows on it.
        if case .answered(_, .sentBack, _, _, _) = fact {
            recorded.insert(mark(of: fact, at: at, by: standing, round + 1))
        }
        switch fact {
        case .rulesPinned(let pin): self.pin = pin
        case .supplementNoticed(let materials, let within):
            notices.append(Notice(at: at, materials: materials, within: within))
        case .supplementReceived(_, let isComplete): if isComplete { completedAt = at }
        case .accepted(let isDeemed): (acceptedAt, self.isDeemed) = (at, isDeemed)
        case .acceptanceRefused: refusedAt = at
        case .reviewAccepted: reviewAcceptedAt = at
        case .reviewForwarded: reviewForwardedAt = at
        case .suspended(let ground, let told): suspension = Suspension(at: at, ground: ground, told: told)
        case .resumed: (suspension, resumedAt) = (nil, at)
        case .extended(let clock, let by, let authority, _):
            extensions.append(Extension(at: at, clock: clock, by: by, authority: authority))
        case .stageBegun(let stage, _, _): openStages[stage] = at
        case .stageEnded(let stage): openStages[stage] = nil
        case .decided(let isGranted, _, _): (decidedAt, self.isGranted) = (at, isGranted)
        case .delivered: deliveredAt = at
        case .withdrawn, .terminated, .fileReturned: abandonedAt = at
        case .rated(let rating, _): (self.rating, ratedAt, calledBackAt) = (rating, at, nil)
        case .calledBack: calledBackAt = at
        case .correctedOnSpot, .materialDeferred, .materialFollowed, .assigned, .handedOver, .stageSigned, .returned,
            .forwarded, .answered, .hearingAsked, .hearingAnnounced, .hearingHeld, .hearingWaived, .exceptionDeclared,
            .sealed, .issued,
            .visited, .feeCharged, .complained, .complaintAnswered, .recordCorrected:
            break
        }
    }

    /// Whether the same fact stands there, of the same moment and from the same hands.
    func has(_ fact: Case.ProcedureFact, at: ZonedTime, by standing: Standing?) -> Bool {
        recorded.contains(mark(of: fact, at: at, by: standing, round))
    }

    /// A case that goes on after its end is decided anew, and rated anew.
    mutating func reopen(at: ZonedTime) {
        reopenedAt = at
        (refusedAt, abandonedAt, decidedAt, isGranted, deliveredAt) = (nil, nil, nil, nil, nil)
        (rating, ratedAt, calledBackAt) = (nil, nil, nil)
        // What was said before is said anew.
        recorded = []
    }

    /// In this process only: hash values differ from run to run, and are compared within one.
    private func mark(of fact: Case.ProcedureFact, at: ZonedTime, by standing: Standing?, _ round: Int) -> Int {
        var hasher = Hasher()
        hasher.combine(fact.asSaid)
        hasher.combine(at)
        hasher.combine(standing?.officer)
        if fact.isOfRound { hasher.combine(round) }
        return hasher.finalize()
    }
}
