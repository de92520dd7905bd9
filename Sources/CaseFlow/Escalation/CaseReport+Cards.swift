import WorkingTime

extension CaseReport {
    /// A card of the case.
    public struct Card: Sendable, Encodable {
        /// The clock, and which start of it, from 1.
        public let clock: String
        /// From 1.
        public let ordinal: Int
        /// The highest rung, and all that were raised, in the order in which they were.
        public let level: String
        /// The first is not always the lowest.
        public let rungs: [String]
        /// When the highest was due; RFC 3339 with the local offset.
        public let dueAt: String
        /// The threshold, in English.
        public let threshold: String
        /// With whom the case lay; nil where nobody knows.
        public let unit, officer, deputy: String?
        /// To whom it is told.
        public let told: String
        /// The last day for an answer; ISO 8601.
        public let answerBy: String?
        /// `open`, `reminder` where no answer is asked for, `answered` or `withdrawn`.
        public let state: String

        init(_ key: Case.CardKey, _ card: Case.Card) {
            let top = card.top
            (clock, ordinal, level, rungs) = (key.clock.rawValue, key.ordinal, top.rung, card.rungs)
            (dueAt, threshold) = (card.topAt.description, top.threshold.words(.english))
            unit = top.holder.unit.isEmpty ? nil : top.holder.unit
            (officer, deputy) = (top.holder.officer, top.holder.deputy?.rawValue)
            told = top.addressee.kind.rawValue
            answerBy = top.answerBy?.description
            state = card.state.rawValue
        }
    }
}
