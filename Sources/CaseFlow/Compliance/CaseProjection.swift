import EventStore
import PostgresClient

/// What both read tables of cases do alike: load the rows that a batch touches, fold the batch, write them back.
protocol CaseRow: Sendable {
    /// The row of a case that has just been received; nil for any other first event.
    init?(first recorded: RecordedEvent, _ read: CaseFold.Read) throws
    /// Takes in a later event.
    mutating func take(_ recorded: RecordedEvent, _ read: CaseFold.Read) throws
    var stream: String { get }
}

enum CaseFold {
    /// Reads an event of a case.
    typealias Read = (RecordedEvent) throws -> Case.Event

    /// Reads the events of cases ahead, for all projections of cases that are given them; steps of sources, which are most of
    /// an imported log, only one of them reads.
    static func prepare(_ events: [RecordedEvent], _ shared: SharedReadings) {
        for event in events where isCase(event) && event.type != Case.Coding.stepRecorded {
            _ = try? shared.reading(of: event, Case.Coding.decode)
        }
    }

    /// The category of cases.
    static let category = "case"

    /// Folds a batch into rows: those that exist, as given, and new ones. Events of other categories are passed over.
    /// Returns the rows that changed. Throws ``PoisonEvent`` for what cannot be read.
    static func fold<Row: CaseRow>(_ events: [RecordedEvent], into known: [String: Row], _ read: Read) throws -> [Row] {
        var rows = known
        var touched: [String] = []
        var seen: Set<String> = []
        for recorded in events where isCase(recorded) {
            let stream = recorded.stream.rawValue
            do {
                if rows[stream] == nil {
                    guard let row = try Row(first: recorded, read) else {
                        throw PoisonEvent(position: recorded.position, reason: "the case was never received")
                    }
                    rows[stream] = row
                } else {
                    try rows[stream]?.take(recorded, read)
                }
            } catch let error as UnreadableEvent {
                throw PoisonEvent(position: recorded.position, reason: error.description)
            }
            if seen.insert(stream).inserted { touched.append(stream) }
        }
        return touched.compactMap { rows[$0] }
    }

    static func isCase(_ recorded: RecordedEvent) -> Bool { recorded.stream.rawValue.hasPrefix("case/") }

    /// The streams of cases in a batch that may have rows: of those that begin in it there are none.
    static func streams(_ events: [RecordedEvent]) -> [String] {
        let cases = events.lazy.filter(isCase)
        return Array(Set(cases.map(\.stream.rawValue)).subtracting(begun(events)))
    }

    /// The streams that begin in a batch.
    static func begun(_ events: [RecordedEvent]) -> Set<String> {
        Set(events.lazy.filter { $0.version == 1 }.map(\.stream.rawValue))
    }
}

extension ProjectionTarget {
    /// An event of a case, read.
    func caseEvent(_ recorded: RecordedEvent) throws -> Case.Event { try reading(of: recorded, Case.Coding.decode) }
}
