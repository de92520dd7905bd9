import EventStore

/// What the clocks of a case depend on: its facts in recorded order, each with both its times. Clocks read the times at
/// which facts took effect; what was known at a moment is what had been recorded by then.
public struct CaseLedger: Sendable {
    /// A fact, when it took effect, and when it was recorded.
    public struct Entry: Sendable {
        /// What.
        public let fact: Case.Fact
        /// When it took effect, local.
        public let at: ZonedTime
        /// When it was recorded.
        public let recordedAt: Timestamp
        /// The milestones of rules that it is.
        let milestones: Milestones

        init(fact: Case.Fact, at: ZonedTime, recordedAt: Timestamp) {
            (self.fact, self.at, self.recordedAt) = (fact, at, recordedAt)
            milestones = Self.milestones(of: fact)
        }

        /// Whether it may move a limit that runs: nothing else that happens on the way does.
        var movesLimits: Bool {
            switch fact {
            case .procedure(.suspended, _), .procedure(.resumed, _), .procedure(.extended, _): true
            default: false
            }
        }
    }

    /// In recorded order.
    public private(set) var entries: [Entry] = []
    /// The rules that the case goes by.
    public private(set) var pin: Case.RulePin?

    /// An empty one.
    public init() {}

    /// Takes in an event. Steps, cards and what sources say of limits set no clock going, and are passed over.
    public mutating func take(_ event: Case.Event, recordedAt: Timestamp) {
        switch event.fact {
        case .received(_, let at, _, _), .closed(let at), .reopened(let at, _), .procedure(_, let at):
            if case .procedure(.rulesPinned(let pin), _) = event.fact { self.pin = pin }
            entries.append(Entry(fact: event.fact, at: at, recordedAt: recordedAt))
        case .stepRecorded, .deadlineSet, .card: break
        }
    }

    /// The ledger as it was known at a moment: what had been recorded by then.
    public func known(at moment: Timestamp) -> CaseLedger {
        if entries.allSatisfy({ $0.recordedAt <= moment }) { return self }
        var known = CaseLedger()
        for entry in entries where entry.recordedAt <= moment {
            if case .procedure(.rulesPinned(let pin), _) = entry.fact { known.pin = pin }
            known.entries.append(entry)
        }
        return known
    }

    /// The same facts under other rules: what the case was pinned to, changed wherever that stands.
    func repinned(_ change: (Case.RulePin) -> Case.RulePin) -> CaseLedger {
        var other = CaseLedger()
        other.pin = pin.map(change)
        other.entries = entries.map { entry in
            guard case .procedure(.rulesPinned(let pin), let at) = entry.fact else { return entry }
            return Entry(
                fact: .procedure(.rulesPinned(change(pin)), at: at),
                at: entry.at,
                recordedAt: entry.recordedAt
            )
        }
        return other
    }
}

extension CaseHistory {
    /// What the case's clocks depend on.
    public var ledger: CaseLedger {
        var ledger = CaseLedger()
        for (recorded, fact) in events {
            ledger.take(Case.Event(effectiveAt: recorded.effectiveAt, fact: fact), recordedAt: recorded.recordedAt)
        }
        return ledger
    }
}

extension CaseLedger.Entry {
    /// The stage that it begins or ends, or the material that is to follow.
    var stage: String? {
        switch fact {
        case .procedure(.stageBegun(let stage, _, _), _), .procedure(.stageEnded(let stage), _),
            .procedure(.materialDeferred(let stage, _), _), .procedure(.materialFollowed(let stage), _):
            stage
        default: nil
        }
    }

    /// The length that somebody was told with it.
    var told: Limit? {
        if case .procedure(let fact, _) = fact { fact.told } else { nil }
    }

    /// Whether it is an acceptance that nobody declared.
    var isLapse: Bool {
        if case .procedure(.accepted(isDeemed: true), _) = fact { return true }
        return false
    }
}
