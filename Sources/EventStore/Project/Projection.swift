import PostgresClient
import Synchronization

/// A read table that is computed from the log.
///
/// `apply` folds a batch into the table inside the transaction that also moves the checkpoint: exactly once, whatever
/// crashes. It must be a function of the events alone, so that a rebuild gives the same rows.
public protocol Projection: Sendable {
    /// Its name in storage, a literal.
    var name: String { get }
    /// Version of the code; a higher one is rebuilt beside the live rows and takes their place.
    var codeVersion: Int { get }
    /// The tables that hold its rows; each has the columns `log_id` and `generation` first.
    var tables: [String] { get }
    /// Folds events, by position, into the rows of a generation. Throws ``PoisonEvent`` for one that it cannot take.
    func apply(_ events: [RecordedEvent], in target: ProjectionTarget) async throws
}

/// A projection for which one event may mean more work than one transaction should do: a calendar is amended, and
/// the limits of all that is open move. `apply` notes down what is to be done; `goOn` does it, a portion at a time.
public protocol ContinuingProjection: Projection {
    /// How many portions may be done at once, each in a session of its own.
    var lanes: Int { get }
    /// Does a portion of what batches have left over, in a transaction of its own that keeps batches out, but not other
    /// portions: a portion takes what no other one has taken. True while there may be more for who asks. Whatever is
    /// done in between: the rows at the end are the same.
    func goOn(in target: ProjectionTarget) async throws -> Bool
}

/// A projection whose rows of a stream follow from that stream alone, and from streams of other categories that it reads
/// for itself. A rebuild gives it whole streams: each is folded once, and nothing of it need be looked up.
///
/// First come the streams of other categories, then those of its own, by their names; ``ProjectionTarget/through`` says up
/// to which position. What came later follows by position.
public protocol StreamwiseProjection: Projection {
    /// The category of its streams: `case`.
    var category: String { get }
    /// Makes of events, ahead of ``Projection/apply(_:in:)``, what several projections would else each make of them: see
    /// ``ProjectionTarget/reading(of:_:)``. Called while the batch before is folded; errors are for `apply` to tell.
    func prepare(_ events: [RecordedEvent], _ shared: SharedReadings)
    /// When all streams were given: for rows that many of them make together.
    func finish(in target: ProjectionTarget) async throws
}

extension StreamwiseProjection {
    /// Nothing.
    public func prepare(_ events: [RecordedEvent], _ shared: SharedReadings) {}

    /// Nothing.
    public func finish(in target: ProjectionTarget) async throws {}
}

/// Where a projection writes.
public struct ProjectionTarget: Sendable {
    /// The log.
    public let log: LogID
    /// The generation of rows: first columns of each row are `log` and this.
    public let generation: Int32
    /// The transaction that also moves the checkpoint.
    public let transaction: PostgresTransaction
    /// Where whole streams are given: the position up to which they are, and up to which everything counts as known.
    public let through: Int64?
    private let shared: SharedReadings?

    init(
        log: LogID,
        generation: Int32,
        transaction: PostgresTransaction,
        through: Int64? = nil,
        shared: SharedReadings? = nil
    ) {
        (self.log, self.generation, self.transaction) = (log, generation, transaction)
        (self.through, self.shared) = (through, shared)
    }

    /// What an event says, as `make` reads it; read once where several projections are given the same batch.
    public func reading<Value: Sendable>(of event: RecordedEvent, _ make: (RecordedEvent) throws -> Value) rethrows
        -> Value
    {
        try shared?.reading(of: event, make) ?? make(event)
    }
}

/// What was read of the events of a batch, for all who are given it: reading an event takes longer than folding it.
public final class SharedReadings: Sendable {
    private let readings = Mutex<[Int64: any Sendable]>([:])

    init() {}

    /// What was read of an event, or what `make` reads of it now. Of one event everybody reads the same type.
    public func reading<Value: Sendable>(of event: RecordedEvent, _ make: (RecordedEvent) throws -> Value) rethrows
        -> Value
    {
        if let known = readings.withLock({ $0[event.position] }) as? Value { return known }
        let new = try make(event)
        readings.withLock { $0[event.position] = new }
        return new
    }
}

extension ProjectionTarget {
    /// What the log's streams hold, by stream and version, as the transaction sees it; for projections that need more
    /// of a stream than a batch brings.
    /// - Parameters:
    ///   - streams: each with the position before which its events are wanted.
    ///   - leavingOut: types whose events are not wanted.
    /// - Throws: ``UnreadableRow``.
    public func events(
        of streams: [(stream: String, before: Int64)],
        leavingOut types: [String] = []
    ) async throws -> [RecordedEvent] {
        if streams.isEmpty { return [] }
        let rows = try await transaction.query(
            """
            SELECT \(EventRow.columns) FROM unnest($2::text[], $3::bigint[]) AS u(wanted, before)
             CROSS JOIN LATERAL (SELECT * FROM caseflow.events e
                                  WHERE e.log_id = $1 AND e.stream = u.wanted AND e.position < u.before
                                    AND e.type <> ALL ($4) ORDER BY e.version) AS e
            """,
            [log.rawValue, streams.map(\.stream), streams.map(\.before), types]
        )
        return try rows.map { try EventRow.decode($0) }
    }

    /// All events of the streams of a category through a position, by stream and version, as the transaction sees
    /// them. For categories of few streams: calendars. Throws ``UnreadableRow``.
    public func events(category: String, through position: Int64) async throws -> [RecordedEvent] {
        let rows = try await transaction.query(
            """
            SELECT \(EventRow.columns) FROM caseflow.events
             WHERE log_id = $1 AND stream >= $2 AND stream < $3 AND position <= $4 ORDER BY stream, version
            """,
            [log.rawValue, "\(category)/", "\(category)0", position]
        )
        return try rows.map { try EventRow.decode($0) }
    }
}

/// An event that a projection cannot take. Its stream is set aside from here on, in order; all others go on.
public struct PoisonEvent: Error, Sendable, CustomStringConvertible {
    /// The event's position.
    public let position: Int64
    /// What was wrong; without personal data.
    public let reason: String

    /// A poison event.
    public init(position: Int64, reason: String) {
        self.position = position
        self.reason = reason
    }

    init(_ row: UnreadableRow) { self.init(position: row.position, reason: "unreadable: \(row.reason)") }

    /// Position and reason.
    public var description: String { "event \(position): \(reason)" }
}

/// How far a projection has come.
public struct ProjectionStatus: Sendable, Hashable, Codable {
    /// The projection.
    public let name: String
    /// The generation of rows.
    public let generation: Int
    /// `live`, `building` or `retired`.
    public let state: String
    /// Version of the code that folds it.
    public let codeVersion: Int
    /// Last position taken in.
    public let checkpoint: Int64
    /// Events folded; with `parked` equal to `checkpoint`, or something was skipped.
    public let delivered: Int64
    /// Events set aside with their stream.
    public let parked: Int64
    /// Streams set aside.
    public let parkedStreams: Int
    /// Events of the log that it has not taken in yet.
    public let lagEvents: Int64
    /// Age of the oldest event that it has not taken in yet, in seconds; 0 when there is none.
    public let lagSeconds: Double
    /// Whether every stored event up to the checkpoint was folded or parked, counted afresh in the log.
    public let isComplete: Bool
}
