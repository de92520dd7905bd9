import EventStore
import Foundation
import PostgresClient

/// The notifications of raised rungs to one sink: at least once each, tried again with growing pauses, and set aside as
/// dead after ten tries in vain. A receiver that gets one twice knows it by its id, the CloudEvents `id` of the event.
public struct Outbox: Sendable {
    /// So often a notification is tried.
    public static let mostTries = 10

    private let log: EventLog
    private let sink: NotificationSink

    /// The outbox of a log for a sink.
    public init(_ log: EventLog, to sink: NotificationSink) { (self.log, self.sink) = (log, sink) }

    /// Names the sink: it gets what is raised from now on. One that is known goes on where it was.
    public func open() async throws {
        try await log.pool.query(
            "INSERT INTO caseflow.outbox_sinks (log_id, sink, position) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            [log.id.rawValue, sink.description, try await log.head()]
        )
    }

    /// Takes what was raised since into the outbox: rows and position in one transaction. Returns how many.
    public func feed() async throws -> Int {
        let rows = try await log.pool.query(
            "SELECT position FROM caseflow.outbox_sinks WHERE log_id = $1 AND sink = $2",
            [log.id.rawValue, sink.description]
        )
        guard let reached: Int64 = try rows.first?.decode(0) else { return 0 }
        let head = try await log.head()
        if head <= reached { return 0 }
        var raised: [(Int64, String)] = []
        for try await event in log.read(after: reached, upTo: head, .category("case"))
        where event.type == Case.Coding.cardRaised {
            let line = CloudEventsExport.line(of: event, in: log.id)
            raised.append((event.position, String(decoding: line, as: UTF8.self)))
        }
        let (found, now) = (raised, RecordingClock.system.now())
        return try await log.pool.transaction { transaction in
            let moved = try await transaction.query(
                "UPDATE caseflow.outbox_sinks SET position = $4 WHERE log_id = $1 AND sink = $2 AND position = $3",
                [log.id.rawValue, sink.description, reached, head]
            )
            // Another worker was faster.
            if moved.affectedRows == 0 || found.isEmpty { return 0 }
            try await transaction.query(
                """
                INSERT INTO caseflow.outbox (log_id, sink, position, key, body, tries, next_try, is_dead, error)
                SELECT $1, $2, u.position, $5 || ':' || u.position, u.body, 0, $6, false, ''
                  FROM unnest($3::bigint[], $4::text[]) AS u(position, body)
                ON CONFLICT DO NOTHING
                """,
                [log.id.rawValue, sink.description, found.map(\.0), found.map(\.1), log.id.rawValue, now]
            )
            return found.count
        }
    }

    /// What a round of deliveries came to.
    public struct Round: Sendable, Hashable {
        /// Delivered, and not.
        public var delivered = 0, failed = 0
    }

    /// Tries what is to be tried now, at most `limit`; what another worker tries is left to it.
    public func deliver(limit: Int = 20) async throws -> Round {
        let now = RecordingClock.system.now()
        return try await log.pool.transaction { transaction in
            let rows = try await transaction.query(
                """
                SELECT position, body, tries FROM caseflow.outbox
                 WHERE log_id = $1 AND sink = $2 AND NOT is_dead AND next_try <= $3
                 ORDER BY next_try, position LIMIT $4 FOR UPDATE SKIP LOCKED
                """,
                [log.id.rawValue, sink.description, now, limit]
            )
            var round = Round()
            for row in rows {
                let position: Int64 = try row.decode(0)
                let tries: Int32 = try row.decode(2) + 1
                guard let problem = await sink.deliver(try row.decode(1)) else {
                    round.delivered += 1
                    try await transaction.query(
                        "DELETE FROM caseflow.outbox WHERE log_id = $1 AND sink = $2 AND position = $3",
                        [log.id.rawValue, sink.description, position]
                    )
                    continue
                }
                round.failed += 1
                try await transaction.query(
                    """
                    UPDATE caseflow.outbox SET tries = $4, error = $5, next_try = $6, is_dead = $7
                     WHERE log_id = $1 AND sink = $2 AND position = $3
                    """,
                    [
                        log.id.rawValue, sink.description, position, tries, String(problem.prefix(500)),
                        now.advanced(byMicroseconds: Self.pause(after: tries)), tries >= Self.mostTries,
                    ]
                )
            }
            return round
        }
    }

    /// The pause before the next try: two seconds, then twice as long each time. Microseconds.
    static func pause(after tries: Int32) -> Int64 { 2_000_000 << Int64(min(max(tries, 1) - 1, 12)) }

    /// Feeds and delivers until nothing is to be done now. Returns what it came to.
    @discardableResult
    public func work() async throws -> Round {
        var all = Round()
        _ = try await feed()
        while !Task.isCancelled {
            let round = try await deliver()
            all.delivered += round.delivered
            all.failed += round.failed
            if round.delivered + round.failed == 0 { break }
        }
        return all
    }
}

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

    /// Has notifications tried again from the beginning: those at a position, or all that are dead. Returns how many.
    public static func retry(in log: EventLog, position: Int64? = nil) async throws -> Int {
        try await log.pool.query(
            """
            UPDATE caseflow.outbox SET tries = 0, is_dead = false, next_try = $3
             WHERE log_id = $1 AND CASE WHEN $2::bigint IS NULL THEN is_dead ELSE position = $2 END
            """,
            [log.id.rawValue, position, RecordingClock.system.now()]
        ).affectedRows
    }
}
