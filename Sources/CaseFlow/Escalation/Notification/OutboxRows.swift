import EventStore
import PostgresClient

extension Outbox {
    /// A notification that waits, or is dead.
    public struct Row: Sendable, Codable, Hashable {
        /// Where it goes, and the event's position and id.
        public let sink: String
        /// In the log.
        public let position: Int64
        /// The event's id.
        public let key: String
        /// How often it was tried, and what was wrong the last time.
        public let tries: Int
        /// '' before the first try.
        public let error: String
        /// Whether it is tried no more.
        public let isDead: Bool
        /// When it is tried again; RFC 3339, UTC.
        public let nextTry: String
    }

    /// What waits in the outbox of a log, by sink and position.
    public static func rows(of log: EventLog, deadOnly: Bool = false, limit: Int = 100) async throws -> [Row] {
        try await log.pool.query(
            """
            SELECT sink, position, key, tries, error, is_dead, next_try FROM caseflow.outbox
             WHERE log_id = $1 AND (is_dead OR NOT $2) ORDER BY sink, position LIMIT $3
            """,
            [log.id.rawValue, deadOnly, limit]
        ).map { row in
            Row(
                sink: try row.decode(0),
                position: try row.decode(1),
                key: try row.decode(2),
                tries: Int(try row.decode(3, as: Int32.self)),
                error: try row.decode(4),
                isDead: try row.decode(5),
                nextTry: try row.decode(6, as: Timestamp.self).description
            )
        }
    }

    /// How many notifications of a log are tried no more.
    public static func dead(in log: EventLog) async throws -> Int {
        let rows = try await log.pool.query(
            "SELECT count(*) FROM caseflow.outbox WHERE log_id = $1 AND is_dead",
            [log.id.rawValue]
        )
        return try rows.first?.decode(0) ?? 0
    }

    /// Has notifications tried again from the beginning: those at a position, or all that are dead. One that is on its way is left
    /// to who delivers it. Returns how many.
    public static func retry(in log: EventLog, position: Int64? = nil) async throws -> Int {
        try await log.pool.query(
            """
            UPDATE caseflow.outbox SET tries = 0, is_dead = false, next_try = $3
             WHERE log_id = $1 AND CASE WHEN $2::bigint IS NULL THEN is_dead ELSE position = $2 END
               AND (is_dead OR error <> $4 OR next_try <= $3)
            """,
            [log.id.rawValue, position, RecordingClock.system.now(), unknown]
        ).affectedRows
    }

    /// What was forgotten of a sink.
    public struct Forgotten: Sendable, Codable, Hashable {
        /// Whether it was known.
        public let wasKnown: Bool
        /// How many notifications to it were thrown away.
        public let notifications: Int
    }

    /// Forgets a sink, by the text under which `outbox list` shows it, and all that waits for it or is dead. The cards stay in the
    /// log. A worker that still names it tells it nothing more; named anew at a worker's start, it gets what is raised from
    /// then on.
    public static func forget(_ sink: String, in log: EventLog) async throws -> Forgotten {
        try await log.pool.transaction { transaction in
            let key: [any PostgresEncodable] = [log.id.rawValue, sink]
            // The sink first: who feeds it holds its row, and finds none when we are done.
            let known = try await transaction.query(
                "DELETE FROM caseflow.outbox_sinks WHERE log_id = $1 AND sink = $2",
                key
            )
            let rows = try await transaction.query("DELETE FROM caseflow.outbox WHERE log_id = $1 AND sink = $2", key)
            return Forgotten(
                wasKnown: known.affectedRows + rows.affectedRows > 0,
                notifications: Int(rows.affectedRows)
            )
        }
    }

    /// The sinks of a log that are known, by name.
    public static func sinks(of log: EventLog) async throws -> [String] {
        try await log.pool.query(
            "SELECT sink FROM caseflow.outbox_sinks WHERE log_id = $1 ORDER BY sink",
            [log.id.rawValue]
        ).map { try $0.decode(0) }
    }
}
