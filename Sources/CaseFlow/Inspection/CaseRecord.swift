import EventStore
import WorkingTime

/// A case as inspection reads it: what its stream holds, in recorded order, each event with its place in the log and both
/// its times. Steps of a source and the limits that sources set are left out: no rule of ours judges them.
public struct CaseRecord: Sendable {
    /// An event of the case.
    public struct Entry: Sendable {
        /// Its place in the log.
        public let position: Int64
        /// What, and by whose hands.
        public let event: Case.Event
        /// When it took effect, as claimed, local.
        public let at: ZonedTime
        /// When it was recorded.
        public let recordedAt: Timestamp
        /// Who recorded it.
        public let actor: Actor

        /// The fact of the procedure that it is.
        public var fact: Case.ProcedureFact? {
            if case .procedure(let fact, _) = event.fact { fact } else { nil }
        }

        /// Its local day.
        public var day: CivilDate { at.localDate }

        /// In whose hands it was done.
        var standing: Standing? { event.by }

        /// By microseconds, how much later it was recorded than it is said to have happened.
        var delay: Int64 { recordedAt.microseconds - event.effectiveAt.microseconds }
    }

    /// In recorded order.
    public private(set) var entries: [Entry] = []
    /// What its clocks read.
    public private(set) var ledger = CaseLedger()
    /// Its number.
    public private(set) var number: CaseNumber?
    /// How it came in; nil for a case that is not of the catalogue.
    public private(set) var intake: Case.Intake?

    /// The rungs that were raised over it and ask for an answer, in the order in which they were. They are no steps.
    public private(set) var cards: [InspectedCard] = []
    private var tops: [Case.CardKey: (level: Int, card: CaseOutcome.Card)] = [:]

    /// How far each card has come that nobody has withdrawn, by their clocks.
    var standingCards: [CaseOutcome.Card] { tops.sorted { $0.key < $1.key }.map(\.value.card) }

    /// An empty one.
    public init() {}

    /// The rules that it goes by; nil for a case of another system.
    public var pin: Case.RulePin? { ledger.pin }

    /// The receipt.
    var receipt: Entry? {
        entries.first { if case .received = $0.event.fact { true } else { false } }
    }

    /// The last event, by the times of recording.
    var lastRecordedAt: Timestamp? { entries.map(\.recordedAt).max() }

    /// Where its last event stands in the log.
    var lastPosition: Int64 { entries.reduce(0) { max($0, $1.position) } }

    /// Takes in an event; false for one that inspection passes over.
    @discardableResult
    public mutating func take(_ event: Case.Event, position: Int64, recordedAt: Timestamp, actor: Actor) -> Bool {
        let at: ZonedTime
        switch event.fact {
        case .received(let number, let moment, _, let intake):
            (self.number, self.intake, at) = (number, intake, moment)
        case .closed(let moment), .reopened(let moment, _), .procedure(_, let moment): at = moment
        case .card(let fact, let moment):
            take(fact, on: moment.localDate, position: position, recordedAt: recordedAt)
            return true
        case .stepRecorded, .deadlineSet: return false
        }
        entries.append(Entry(position: position, event: event, at: at, recordedAt: recordedAt, actor: actor))
        ledger.take(event, recordedAt: recordedAt)
        return true
    }

    /// An answer is one to all that was raised before on its card. What is withdrawn needs none from then on. Both count from
    /// their record: nobody can have answered before.
    private mutating func take(_ fact: Case.CardFact, on day: CivilDate, position: Int64, recordedAt: Timestamp) {
        switch fact {
        case .raised(let rung):
            if rung.level > tops[rung.key]?.level ?? 0 {
                let card = CaseOutcome.Card(
                    rung: rung.rung,
                    on: day,
                    unit: rung.holder.unit,
                    officer: rung.holder.officer ?? ""
                )
                tops[rung.key] = (rung.level, card)
            }
            if let due = rung.answerBy { cards.append(InspectedCard(rung, position: position, due: due)) }
        case .answered(let key, _): end(key, recordedAt, position, isWithdrawal: false)
        case .withdrawn(let key, _):
            tops[key] = nil
            end(key, recordedAt, position, isWithdrawal: true)
        }
    }

    private mutating func end(_ key: Case.CardKey, _ recordedAt: Timestamp, _ position: Int64, isWithdrawal: Bool) {
        for index in cards.indices where cards[index].key == key && cards[index].end == nil {
            cards[index].end = .init(recordedAt: recordedAt, position: position, isWithdrawal: isWithdrawal)
        }
    }

    /// Takes in a stored event. Throws ``UnreadableEvent``.
    @discardableResult
    public mutating func take(_ recorded: RecordedEvent) throws -> Bool {
        if recorded.type == Case.Coding.stepRecorded { return false }
        return take(
            try Case.Coding.decode(recorded),
            position: recorded.position,
            recordedAt: recorded.recordedAt,
            actor: recorded.actor
        )
    }

    /// The events by the days and moments at which they took effect; of the same moment in recorded order.
    var byEffect: [Entry] {
        entries.enumerated().sorted { left, right in
            if left.element.day != right.element.day { return left.element.day < right.element.day }
            let (one, other) = (left.element.at.timestamp, right.element.at.timestamp)
            return one == other ? left.offset < right.offset : one < other
        }.map(\.element)
    }
}

extension CaseHistory {
    /// The case as inspection reads it.
    public var record: CaseRecord {
        var record = CaseRecord()
        for (index, (recorded, fact)) in events.enumerated() {
            record.take(
                Case.Event(effectiveAt: recorded.effectiveAt, fact: fact, by: standings[index]),
                position: recorded.position,
                recordedAt: recorded.recordedAt,
                actor: recorded.actor
            )
        }
        return record
    }
}
