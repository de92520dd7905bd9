import PostgresClient

/// The books beside the events: requests that tile the log without a gap and name the events they stored, and no
/// stream without events.
enum Books {
    /// Requests that leave a gap, overlap, or are not those that the events name.
    static func requests(_ transaction: PostgresTransaction, _ log: LogID) async throws -> LogDamage? {
        let requests = try await transaction.query(
            """
            SELECT r.first_position, r.expected, r.request_id::text
              FROM (SELECT first_position, request_id, events,
                           coalesce(lag(first_position + events) OVER (ORDER BY first_position), 1) AS expected
                      FROM caseflow.requests WHERE log_id = $1
                     UNION ALL
                    SELECT position + 1, NULL, 0, (SELECT coalesce(max(first_position + events), 1)
                                                     FROM caseflow.requests WHERE log_id = $1)
                      FROM caseflow.logs WHERE log_id = $1) r
              LEFT JOIN caseflow.events e ON e.log_id = $1 AND e.position = r.first_position
             WHERE r.first_position <> r.expected
                OR r.request_id IS NOT NULL
                   AND NOT starts_with(coalesce(e.metadata::text, ''), '{"request":"' || r.request_id::text || '"')
             ORDER BY r.first_position LIMIT 1
            """,
            [log.rawValue]
        )
        return try requests.first.map { row in
            let position = try row.decode(0, as: Int64.self)
            let expected = try row.decode(1, as: Int64.self)
            let reason =
                position == expected
                ? "the book of requests names another request than the event does"
                : "the book of requests goes from position \(expected) to \(position)"
            return LogDamage(position: min(position, expected), kind: .books, stream: nil, reason: reason)
        }
    }

    /// A stream without events; its position is the log's end.
    static func emptyStream(_ transaction: PostgresTransaction, _ log: LogID) async throws -> LogDamage? {
        let empty = try await transaction.query(
            """
            SELECT s.stream, l.position FROM caseflow.streams s JOIN caseflow.logs l ON l.log_id = s.log_id
             WHERE s.log_id = $1
               AND NOT EXISTS (SELECT FROM caseflow.events e WHERE e.log_id = s.log_id AND e.stream = s.stream)
             ORDER BY s.stream LIMIT 1
            """,
            [log.rawValue]
        )
        return try empty.first.map { row in
            let stream = try row.decode(0, as: String.self)
            return LogDamage(
                position: try row.decode(1),
                kind: .books,
                stream: stream,
                reason: "the stream has no events"
            )
        }
    }
}
