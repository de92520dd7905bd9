import EventStore
import WorkingTime

extension Case {
    /// Why something may not be done with a card.
    public enum CardRejection: Error, Sendable, Hashable, CustomStringConvertible {
        /// The rung is of other rules than those of the case.
        case otherRules(String, of: String?)
        /// The rung is not due yet.
        case early(String, due: ZonedTime)
        /// The case has no card of that clock.
        case noSuchCard(CardKey, has: [CardKey])
        /// The card was answered otherwise.
        case answeredBefore(CardKey, at: ZonedTime)
        /// The card was withdrawn.
        case withdrawnBefore(CardKey, at: ZonedTime)
        /// A text is missing.
        case textMissing(String)
        /// A text holds something personal.
        case personalData(PersonalTrace)
        /// Nobody is named who does it.
        case noStanding
        /// The card is another one's to answer.
        case notYours(OfficerID, holder: CardHolder, named: [String])
        /// Only an inspector withdraws cards.
        case noInspector(OfficerRole)
        /// It is told before it has happened.
        case ahead(ZonedTime)
        /// It is told of a moment before the card.
        case beforeCard(ZonedTime, raised: ZonedTime)

        /// What was wrong and what is allowed now.
        public var description: String {
            switch self {
            case .otherRules(let given, let pinned):
                "the rung is of the rules \(given), and the case goes by \(pinned ?? "none")"
            case .early(let rung, let due): "the rung '\(rung)' is due at \(due), not before"
            case .noSuchCard(let key, let known):
                known.isEmpty
                    ? "the case has no card"
                    : "the case has no card of '\(key)'; it has: \(known.map(\.description).joined(separator: ", "))"
            case .answeredBefore(let key, let at):
                "the card of '\(key)' was answered at \(at); a further answer belongs to the next rung"
            case .withdrawnBefore(let key, let at): "the card of '\(key)' was withdrawn at \(at)"
            case .textMissing(let what): "say \(what)"
            case .personalData(let trace): "the text holds \(trace): cards name nobody but officers, by their codes"
            case .noStanding: "name the officer, the unit and the role in which this is done"
            case .notYours(let officer, let holder, let named):
                "the card is not \(officer)'s to answer: the case lay with \(holder.unit)"
                    + (named.isEmpty ? "" : "; those who are named: \(named.joined(separator: ", "))")
            case .noInspector(let role): "a \(role.rawValue) withdraws no card: an inspector does, with a reason"
            case .ahead(let at): "\(at) is still to come: nothing is recorded before it happens"
            case .beforeCard(let at, let raised): "\(at) lies before the card, whose rung was due at \(raised)"
            }
        }
    }
}
