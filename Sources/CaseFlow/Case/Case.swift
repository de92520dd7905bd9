import EventStore

/// A case (办件): what a citizen has handed in, from receipt to its end.
///
/// The rules of a case's stream, as pure functions; `Case+Event` names what can happen, `Case+Command` what can be
/// wanted, `Case+Decide` and `Case+Evolve` hold the rules.
public enum Case: Decider {
    /// What is known of a case.
    public struct State: Sendable, Hashable {
        /// How far it has come.
        public enum Phase: String, Sendable, Hashable {
            /// There is no such case.
            case unknown
            /// It is being worked on.
            case open
            /// It has come to its end.
            case closed
        }

        /// How far it has come.
        public var phase: Phase = .unknown
        /// Its number.
        public var number: CaseNumber?
        /// When it was received, with the local offset.
        public var receivedAt: ZonedTime?
        /// The time limit that its source has set, with the local offset; nil for none. Limits of our own are
        /// computed, never stored.
        public var deadline: ZonedTime?
        /// When it was closed, while it is closed.
        public var closedAt: ZonedTime?
        /// How many steps were recorded.
        public var steps = 0
        /// The last step.
        public var lastStep: Step?
        /// When the last step took effect.
        public var lastStepAt: Timestamp?
        /// How often it was opened again.
        public var reopened = 0
        /// What its source says about it.
        public var attributes: [XESAttribute] = []
        /// How far its procedure has come.
        public var progress = Progress()
        /// The work on it behind the window; nil for a case that is not of the catalogue.
        public var work: Work?
        /// How it came in; nil for a case that is not of the catalogue.
        public var intake: Intake?
        /// How many events it has.
        public var events = 0
        /// When it was last opened again.
        public var reopenedAt: ZonedTime?
        /// The cards that were raised because time ran out.
        public var cards: [CardKey: Card] = [:]
    }

    /// No case.
    public static let initial = State()
}
