import EventStore
import WorkingTime

/// A rung of a card that asks for an answer, as far as inspection asks: to whom it was told, and whether it was answered in
/// time.
public struct InspectedCard: Sendable, Hashable {
    /// What ended the wait for an answer.
    public struct End: Sendable, Hashable {
        /// When it was recorded. The moment that is claimed for it counts for nothing.
        public var recordedAt: Timestamp
        /// Its position.
        public var position: Int64
        /// Whether the card was withdrawn; else it was answered.
        public var isWithdrawal: Bool

        /// An end.
        public init(recordedAt: Timestamp, position: Int64, isWithdrawal: Bool = false) {
            (self.recordedAt, self.position, self.isWithdrawal) = (recordedAt, position, isWithdrawal)
        }
    }

    /// The card: of several rungs of one card that nobody answered there is one finding.
    public var key: Case.CardKey
    /// The position of the event that raised the rung.
    public var position: Int64
    /// What the card is about, in words.
    public var about: LocalizedText
    /// Whose answer it asks for; nil where the record does not say, or several persons were told.
    public var unit: UnitCode?
    /// Likewise.
    public var officer: OfficerID?
    /// The A of the post, where the B of it was told.
    public var actingFor: OfficerID?
    /// The last day for the answer; local.
    public var due: CivilDate
    /// The answer, or the withdrawal; nil while there is none.
    public var end: End?

    /// A rung.
    public init(
        _ key: Case.CardKey,
        position: Int64,
        about: LocalizedText,
        unit: UnitCode?,
        officer: OfficerID?,
        actingFor: OfficerID? = nil,
        due: CivilDate,
        end: End? = nil
    ) {
        (self.key, self.position, self.about, self.due, self.end) = (key, position, about, due, end)
        (self.unit, self.officer, self.actingFor) = (unit, officer, actingFor)
    }
}

extension InspectedCard {
    /// A rung that was raised. Who was told has to answer; where nobody was, those with whom the case lay.
    init(_ rung: Case.RaisedRung, position: Int64, due: CivilDate) {
        self.init(
            rung.key,
            position: position,
            about: LocalizedText("\(rung.key), \(rung.rung)", "\(rung.key)，\(rung.rung)"),
            unit: UnitCode(rawValue: rung.addressee.unit),
            officer: nil,
            due: due
        )
        if let person = rung.addressee.persons.first {
            // Several who may act there: the unit's work, and nobody's by name.
            if rung.addressee.persons.count == 1 { (officer, actingFor) = (person.officer, person.actingFor) }
        } else if unit == nil {
            unit = UnitCode(rawValue: rung.holder.unit)
            officer = rung.holder.officer.flatMap(OfficerID.init(rawValue:))
        }
    }
}
