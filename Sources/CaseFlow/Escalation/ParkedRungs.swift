import EventStore
import Foundation
import PostgresClient

/// What the sweep could not raise, with the reason: tried again with growing pauses, while all others go on.
public struct ParkedRung: Sendable, Codable, Hashable {
    /// The case's stream, and the clock.
    public let stream, clock: String
    /// Which start of the clock.
    public let ordinal: Int
    /// The rung; '' for a lapse.
    public let rung: String
    /// When it was due; RFC 3339, UTC.
    public let dueAt: String
    /// What was wrong.
    public let reason: String
    /// How often it was tried.
    public let tries: Int
    /// When it is tried again; RFC 3339, UTC.
    public let nextTry: String

    /// All of a log, what is due first comes first; at most `limit`.
    public static func all(of log: EventLog, limit: Int = 100) async throws -> [ParkedRung] {
        try await log.pool.query(
            """
            SELECT stream, clock, ordinal, rung, due_at, reason, tries, next_try FROM caseflow.parked_rungs
             WHERE log_id = $1 ORDER BY due_at, stream, clock, ordinal LIMIT $2
            """,
            [log.id.rawValue, limit]
        ).map { row in
            ParkedRung(
                stream: try row.decode(0),
                clock: try row.decode(1),
                ordinal: Int(try row.decode(2, as: Int32.self)),
                rung: try row.decode(3),
                dueAt: try row.decode(4, as: Timestamp.self).description,
                reason: try row.decode(5),
                tries: Int(try row.decode(6, as: Int32.self)),
                nextTry: try row.decode(7, as: Timestamp.self).description
            )
        }
    }

    /// The pause before the next try: a minute, then twice as long each time, a day at most. Microseconds.
    static func pause(after tries: Int32) -> Int64 {
        min(60_000_000 << Int64(min(max(tries, 1) - 1, 20)), 86_400_000_000)
    }

    /// Sets a rung aside.
    static func park(_ row: DueRungs.Row, because reason: String, in log: EventLog, now: Timestamp) async throws {
        let tries = row.tries + 1
        try await log.pool.query(
            """
            INSERT INTO caseflow.parked_rungs AS p (log_id, stream, clock, ordinal, rung, due_at, reason, tries, parked_at,
                   next_try)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            ON CONFLICT (log_id, stream, clock, ordinal) DO UPDATE
               SET (rung, due_at, reason, tries, next_try, parked_at)
                 = (excluded.rung, excluded.due_at, excluded.reason, excluded.tries, excluded.next_try,
                    CASE WHEN p.rung = excluded.rung THEN p.parked_at ELSE excluded.parked_at END)
            """,
            [
                log.id.rawValue, row.place.stream, row.place.clock, row.place.ordinal, row.rung, row.place.at,
                String(reason.prefix(1000)), tries, now, now.advanced(byMicroseconds: pause(after: tries)),
            ]
        )
    }

    /// How many there are in a log.
    public static func count(in log: EventLog) async throws -> Int {
        let rows = try await log.pool.query(
            "SELECT count(*) FROM caseflow.parked_rungs WHERE log_id = $1",
            [log.id.rawValue]
        )
        return try rows.first?.decode(0) ?? 0
    }

    /// Takes away what is not due by `now`: raised since, put off, or the clock has gone another way.
    static func clear(_ log: EventLog, generation: Int32, now: Timestamp) async throws {
        try await log.pool.query(
            """
            DELETE FROM caseflow.parked_rungs p
             WHERE p.log_id = $1 AND NOT EXISTS (
                   SELECT FROM caseflow.case_rungs r
                    WHERE r.log_id = $1 AND r.generation = $2 AND r.stream = p.stream AND r.clock = p.clock
                      AND r.ordinal = p.ordinal AND r.rung = p.rung AND r.due_at <= $3)
            """,
            [log.id.rawValue, generation, now]
        )
    }
}
