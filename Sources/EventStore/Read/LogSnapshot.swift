import PostgresClient

/// A log as it stands at one moment, for questions that go through all of its streams: read only, whatever is appended
/// meanwhile. The server keeps old rows for as long as it lasts, so it is for questions of minutes, not of days.
public struct LogSnapshot: Sendable {
    /// A stream, and when its first event took effect.
    public struct Found: Sendable, Hashable {
        /// The stream.
        public let stream: String
        /// The effect of its first event; nil where it has none, which no append leaves behind.
        public let begunAt: Timestamp?
    }

    private let log: LogID
    private let transaction: PostgresTransaction

    init(_ log: LogID, _ transaction: PostgresTransaction) { (self.log, self.transaction) = (log, transaction) }

    /// How many streams a category has.
    public func count(ofCategory category: String) async throws -> Int {
        let rows = try await transaction.query(
            "SELECT count(*) FROM caseflow.streams WHERE log_id = $1 AND stream >= $2 AND stream < $3",
            [log.rawValue, "\(category)/", "\(category)0"],
            prepare: false
        )
        return try rows.first?.decode(0) ?? 0
    }

    /// The next streams of a category behind one, by their names: at most `limit`, fewer at the end.
    public func streams(ofCategory category: String, after stream: String?, limit: Int) async throws -> [Found] {
        // No plan is kept, and each stream is looked up by its key: what the statistics say is of no matter. "0" is the
        // character behind "/".
        let rows = try await transaction.query(
            """
            SELECT s.stream, e.effective_at
              FROM (SELECT stream FROM caseflow.streams
                     WHERE log_id = $1 AND stream > $2 AND stream < $3 ORDER BY stream LIMIT $4::bigint) AS s
              LEFT JOIN LATERAL (SELECT effective_at FROM caseflow.events
                                  WHERE log_id = $1 AND stream = s.stream AND version = 1 LIMIT 1) AS e ON true
             ORDER BY s.stream
            """,
            [log.rawValue, stream ?? "\(category)/", "\(category)0", Int64(limit)],
            prepare: false
        )
        return try rows.map { Found(stream: try $0.decode(0), begunAt: try $0.decode(1)) }
    }

    /// The events of streams: for each of them, in the order given, its events by version; a row that is none as what is
    /// wrong with it.
    /// - Parameter types: types whose events are left out.
    public func events(of streams: [String], leavingOut types: [String] = []) async throws
        -> [[Result<RecordedEvent, UnreadableRow>]]
    {
        if streams.isEmpty { return [] }
        let rows = try await transaction.query(
            """
            SELECT \(EventRow.columns), u.place FROM unnest($2::text[]) WITH ORDINALITY AS u(wanted, place)
             CROSS JOIN LATERAL (SELECT * FROM caseflow.events e
                                  WHERE e.log_id = $1 AND e.stream = u.wanted AND e.type <> ALL ($3)
                                  ORDER BY e.version) AS e
            """,
            [log.rawValue, streams, types],
            prepare: false
        )
        let places = try rows.map { Int(try $0.decode(EventRow.count, as: Int64.self)) - 1 }
        var events = [[Result<RecordedEvent, UnreadableRow>]](repeating: [], count: streams.count)
        for (place, event) in zip(places, EventRow.all(rows)) { events[place].append(event) }
        return events
    }
}

extension EventLog {
    /// Gives `body` the log as it stands now, in a transaction that can write nothing.
    public func snapshot<Result>(_ body: (LogSnapshot) async throws -> Result) async throws -> Result {
        try await pool.transaction(.repeatableRead, readOnly: true) { transaction in
            try await transaction.query(
                """
                SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),
                       set_config('enable_mergejoin', 'off', true), set_config('enable_hashjoin', 'off', true),
                       set_config('jit', 'off', true)
                """
            )
            return try await body(LogSnapshot(id, transaction))
        }
    }
}
