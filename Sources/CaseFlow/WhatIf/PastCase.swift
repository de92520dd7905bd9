import EventStore
import WorkingTime

/// A case as it happened, so far as its clocks depend on it.
public struct PastCase: Sendable {
    /// Its stream.
    public let stream: String
    /// What its clocks read.
    public internal(set) var ledger = CaseLedger()
    /// The local day of its receipt; nil before that.
    public private(set) var receivedOn: CivilDate?
    /// Whether the applicant has taken it back.
    public private(set) var isWithdrawn = false
    var filters = CaseFilters()

    /// A case of which nothing has happened yet.
    public init(stream: String) { self.stream = stream }

    /// Its number; empty before its receipt.
    public var number: String { filters.number }
    /// The unit that received it; empty where its source does not say.
    public var unit: String { filters.unit }
    /// The service item's code; empty for none.
    public var item: String { ledger.pin?.item ?? filters.item }

    /// Takes in an event of its stream, in order.
    public mutating func take(_ event: Case.Event, recordedAt: Timestamp) {
        switch event.fact {
        case .received(let number, let at, let attributes, let intake):
            receivedOn = at.localDate
            filters = CaseFilters(number, attributes, intake, by: event.by)
        case .reopened: isWithdrawn = false
        case .procedure(.withdrawn, _): isWithdrawn = true
        default: break
        }
        ledger.take(event, recordedAt: recordedAt)
    }

    /// Takes in a stored event. Throws ``UnreadableEvent``.
    mutating func take(_ recorded: RecordedEvent) throws {
        take(try Case.Coding.decode(recorded), recordedAt: recorded.recordedAt)
    }

    /// Types that no clock depends on, and that need not be read.
    static let passedOver = [
        Case.Coding.stepRecorded, Case.Coding.deadlineSet,
    ].map(\.rawValue)
}
