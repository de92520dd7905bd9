import EventStore

extension Case {
    /// Something that has happened to a case.
    public struct Event: Sendable, Hashable {
        /// When it happened, as claimed; UTC.
        public var effectiveAt: Timestamp
        /// What.
        public var fact: Fact
        /// By whose hands, in which post; nil where the case is not of the catalogue.
        public var by: Standing?
        /// What the source said, of an imported event that is more than a step; nil for all others.
        public var source: Source?

        /// An event.
        public init(effectiveAt: Timestamp, fact: Fact, by: Standing? = nil, source: Source? = nil) {
            self.effectiveAt = effectiveAt
            self.fact = fact
            self.by = by
            self.source = source
        }
    }

    /// What can happen. Names in storage are literals; see `Case+EventCoding`.
    public enum Fact: Sendable, Hashable {
        /// The case came in.
        case received(number: CaseNumber, at: ZonedTime, attributes: [XESAttribute], intake: Intake? = nil)
        /// A step was done.
        case stepRecorded(Step)
        /// The source of an imported case gives it a time limit. Never a limit that we computed.
        case deadlineSet(ZonedTime)
        /// The case came to its end.
        case closed(at: ZonedTime)
        /// The case goes on after its end.
        case reopened(at: ZonedTime, reason: String)
        /// A fact of the procedure that the law knows.
        case procedure(ProcedureFact, at: ZonedTime)
        /// A fact of a card: time ran out, or somebody answered for it. No step of the procedure; no clock depends on it.
        case card(CardFact, at: ZonedTime)
    }

    /// A step of the procedure, as the source names it.
    public struct Step: Sendable, Hashable {
        /// What was done; in XES `concept:name`.
        public var activity: String
        /// Who did it, as a code; in XES `org:resource`.
        public var performer: String?
        /// Begun, completed, …; in XES `lifecycle:transition`.
        public var lifecycle: String?
        /// Seconds east of UTC of the clock that its time was read from.
        public var offsetSeconds: Int
        /// Everything else that the source says about it.
        public var attributes: [XESAttribute]

        /// A step.
        public init(
            activity: String,
            performer: String? = nil,
            lifecycle: String? = nil,
            offsetSeconds: Int = 0,
            attributes: [XESAttribute] = []
        ) {
            self.activity = activity
            self.performer = performer
            self.lifecycle = lifecycle
            self.offsetSeconds = offsetSeconds
            self.attributes = attributes
        }
    }
}

extension ZonedTime {
    /// The instant, as the log keeps it.
    public var timestamp: Timestamp { Timestamp(microseconds: microsecondsSinceEpoch) }
}
