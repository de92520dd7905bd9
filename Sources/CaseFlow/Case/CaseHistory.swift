import EventStore
import PostgresClient

/// A case as its stream tells it: each event with both times, and the state that they lead to.
public struct CaseHistory: Sendable {
    /// Which of an event's two times decides what is seen at a moment.
    public enum Clock: String, Sendable, CaseIterable, Codable {
        /// What was in the record at that moment.
        case recorded
        /// What had happened by that moment, whenever it was recorded.
        case effective
    }

    /// The stream.
    public let stream: StreamName
    /// The events, in recorded order, up to the moment asked about.
    public let events: [(recorded: RecordedEvent, fact: Case.Fact)]
    /// In whose hands each of them was done, in the same order; nil where it does not say, as before the catalogue.
    public let standings: [Standing?]
    /// The state after them.
    public let state: Case.State
    /// How many events of the case lie after that moment.
    public let later: Int
    /// Which of the two times decided what is seen.
    public let clock: Clock
    /// How many events of the case the other time would show.
    public let byOtherClock: Int

    /// Why a case cannot be shown.
    public enum Problem: Error, Sendable, CustomStringConvertible {
        /// No case has that number or that id.
        case notFound(String, LogID)

        /// What was looked for, where, and what to do.
        public var description: String {
            switch self {
            case .notFound(let text, let log):
                "log \(log) has no case '\(text)': give its number or its id; `caseflowd late` and `log list` show what there is"
            }
        }
    }

    /// Finds a case by its number, its id, or its stream's name.
    public static func find(_ text: String, in log: EventLog) async throws -> StreamName {
        var candidates: [StreamName] = []
        if let stream = StreamName(rawValue: text), stream.category == "case" { candidates.append(stream) }
        if let stream = StreamName(rawValue: "case/\(text.lowercased())") { candidates.append(stream) }
        if let number = CaseNumber(rawValue: text) { candidates.append(number.stream(in: log.id)) }
        for candidate in candidates where try await log.head(of: candidate).version > 0 { return candidate }
        // A number that was not imported: the overview knows the stream.
        let rows = try await log.pool.query(
            """
            SELECT o.stream FROM caseflow.case_overview o
              JOIN caseflow.projections p ON p.log_id = o.log_id AND p.generation = o.generation
               AND p.name = 'case-overview' AND p.state = 'live'
             WHERE o.log_id = $1 AND o.case_number = $2 LIMIT 1
            """,
            [log.id.rawValue, text]
        )
        guard let row = rows.first else { throw Problem.notFound(text, log.id) }
        return StreamName(trusted: try row.decode(0))
    }

    /// Reads a case, as far as one of its clocks had come at a moment; nil for all of it. Without a clock, an imported
    /// case goes by the effective one, because nothing of it was in the record before its import; any other case by the
    /// recorded one.
    public init(_ stream: StreamName, in log: EventLog, asOf moment: Timestamp? = nil, by asked: Clock? = nil)
        async throws
    {
        var events: [(RecordedEvent, Case.Fact)] = []
        var standings: [Standing?] = []
        var state = Case.initial
        var (later, byOther) = (0, 0)
        var clock = asked
        for try await recorded in log.readStream(stream) {
            let chosen = clock ?? (recorded.actor.isImport ? .effective : .recorded)
            clock = chosen
            let isSeen = moment.map { (recorded.recordedAt <= $0, recorded.effectiveAt <= $0) } ?? (true, true)
            let (own, other) = chosen == .recorded ? isSeen : (isSeen.1, isSeen.0)
            if other { byOther += 1 }
            guard own else {
                later += 1
                continue
            }
            let event = try Case.Coding.decode(recorded)
            Case.evolve(&state, event)
            events.append((recorded, event.fact))
            standings.append(event.by)
        }
        self.stream = stream
        self.events = events
        self.standings = standings
        self.state = state
        self.later = later
        self.clock = clock ?? .recorded
        byOtherClock = byOther
    }
}
