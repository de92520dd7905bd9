import PostgresClient

/// The books beside the events: a journal of batches and a book of requests that each tile the log without a gap, every
/// event in the range of the request that it names, and no stream without events.
///
/// Each question is one pass over one or two tables by position, in the server.
enum Books {
    /// Whether any of the books knows the log.
    static func know(_ transaction: PostgresTransaction, _ log: LogID) async throws -> Bool {
        let rows = try await transaction.query(
            """
            SELECT EXISTS (SELECT FROM caseflow.batches WHERE log_id = $1)
                OR EXISTS (SELECT FROM caseflow.requests WHERE log_id = $1)
                OR EXISTS (SELECT FROM caseflow.streams WHERE log_id = $1)
            """,
            [log.rawValue]
        )
        return try rows[0].decode(0)
    }

    /// A table of the books, by the columns that say where in the log a row of it stands, and which row it is.
    struct Table {
        let name: String
        /// SQL for the position of a row `t`.
        let position: String
        let key: [String]
        let kind: LogDamage.Kind

        static let events = Table(
            name: "events",
            position: "t.position",
            key: ["position", "stream", "version"],
            kind: .data
        )
        static let batches = Table(
            name: "batches",
            position: "t.first_position",
            key: ["first_position"],
            kind: .books
        )
        static let requests = Table(
            name: "requests",
            position: "t.first_position",
            key: ["first_position", "request_id"],
            kind: .books
        )
        /// A head stands where its stream ends.
        static let streams = Table(
            name: "streams",
            position: "(SELECT max(e.position) FROM caseflow.events e WHERE e.log_id = $1 AND e.stream = t.stream)",
            key: ["stream", "version"],
            kind: .books
        )
    }

    /// The first row of a table that lacks a value. No append leaves one out and the schema refuses it, so somebody has
    /// changed both. Every other question here passes such rows over. Position 0 where the row does not say where it
    /// stands.
    static func hole(_ transaction: PostgresTransaction, _ log: LogID, in table: Table) async throws -> LogDamage? {
        let key = table.key.map { "'\($0)', t.\($0)" }.joined(separator: ", ")
        let rows = try await transaction.query(
            """
            SELECT coalesce(\(table.position), 0) AS place, jsonb_strip_nulls(jsonb_build_object(\(key))) ->> 'stream',
                   jsonb_strip_nulls(jsonb_build_object(\(key)))::text,
                   (SELECT string_agg(c.key, ', ' ORDER BY c.key) FROM json_each(to_json(t)) c WHERE c.value::text = 'null')
              FROM caseflow.\(table.name) t WHERE t.log_id = $1 AND NOT (t IS NOT NULL)
             ORDER BY place LIMIT 1
            """,
            [log.rawValue]
        )
        return try rows.first.map { row in
            let (which, missing) = (try row.decode(2, as: String.self), try row.decode(3, as: String.self))
            return LogDamage(
                position: try row.decode(0),
                kind: table.kind,
                stream: try row.decode(1),
                reason: "the row \(which) of caseflow.\(table.name) has no \(missing)"
            )
        }
    }

    /// Rows of the journal that are not whole leaves, leave a gap, or overlap.
    static func journal(_ transaction: PostgresTransaction, _ log: LogID) async throws -> LogDamage? {
        let rows = try await transaction.query(
            """
            SELECT first_position, expected, bytes
              FROM (SELECT first_position, octet_length(leaves) AS bytes,
                           coalesce(lag(CASE WHEN first_position BETWEEN 1 AND $2
                                             THEN first_position + octet_length(leaves) / 32 END)
                                    OVER (ORDER BY first_position), 1) AS expected
                      FROM caseflow.batches
                     WHERE log_id = $1 AND first_position IS NOT NULL AND leaves IS NOT NULL) b
             WHERE bytes = 0 OR bytes % 32 <> 0 OR first_position <> expected
             ORDER BY first_position LIMIT 1
            """,
            [log.rawValue, PositionPass.furthest]
        )
        return try rows.first.map { row in
            let position = try row.decode(0, as: Int64.self)
            let expected = try row.decode(1, as: Int64.self)
            let bytes = try row.decode(2, as: Int.self)
            let reason =
                position == expected
                ? "the journal of batches has \(bytes) bytes here, which are not whole leaves of 32"
                : "the journal of batches goes from position \(expected) to \(position)"
            return LogDamage(position: min(position, expected), kind: .books, stream: nil, reason: reason)
        }
    }

    /// Requests that leave a gap or overlap on the way from the first position to the head.
    static func requests(_ transaction: PostgresTransaction, _ log: LogID, head: Int64) async throws -> LogDamage? {
        // A head that nobody could have written must not run over the end of the numbers.
        let head = min(head, PositionPass.furthest)
        let rows = try await transaction.query(
            """
            SELECT first_position, expected, events
              FROM (SELECT first_position, events,
                           coalesce(lag(CASE WHEN first_position BETWEEN 1 AND $3 THEN first_position + events END)
                                    OVER (ORDER BY first_position, request_id NULLS LAST), 1) AS expected
                      FROM (SELECT first_position, request_id, events FROM caseflow.requests
                             WHERE log_id = $1 AND first_position IS NOT NULL AND events IS NOT NULL
                             UNION ALL SELECT $2 + 1, NULL, 1) r) r
             WHERE events < 1 OR first_position <> expected
             ORDER BY first_position LIMIT 1
            """,
            [log.rawValue, head, PositionPass.furthest]
        )
        return try rows.first.map { row in
            let position = try row.decode(0, as: Int64.self)
            let expected = try row.decode(1, as: Int64.self)
            let reason =
                position == expected
                ? "the book of requests has a request of \(try row.decode(2, as: Int.self)) events here"
                : "the book of requests goes from position \(expected) to \(position)"
            return LogDamage(position: min(position, expected, head + 1), kind: .books, stream: nil, reason: reason)
        }
    }

    /// The first position where the events begin to name another request and the book does not begin one of that id, or
    /// the other way round. Together with the tiling of ``requests(_:_:head:)`` it holds for every event that it names
    /// the request in whose range it stands.
    static func owners(_ transaction: PostgresTransaction, _ log: LogID) async throws -> LogDamage? {
        let rows = try await transaction.query(
            """
            SELECT coalesce(e.position, r.first_position) AS position, e.position IS NULL, r.first_position IS NULL
              FROM (SELECT position, owner
                      FROM (SELECT position, left(metadata::text, 49) AS owner,
                                   lag(left(metadata::text, 49)) OVER (ORDER BY position) AS before
                              FROM caseflow.events WHERE log_id = $1 AND position IS NOT NULL) e
                     WHERE owner IS DISTINCT FROM before) e
              FULL JOIN (SELECT first_position, '{"request":"' || request_id::text || '"' AS owner
                           FROM caseflow.requests WHERE log_id = $1 AND first_position IS NOT NULL) r ON r.first_position = e.position
             WHERE e.owner IS DISTINCT FROM r.owner
             ORDER BY 1 LIMIT 1
            """,
            [log.rawValue]
        )
        return try rows.first.map { row in
            let reason =
                if try row.decode(1, as: Bool.self) {
                    "the book of requests begins a request here, the events do not"
                } else if try row.decode(2, as: Bool.self) {
                    "the events name another request from here on, the book of requests begins none"
                } else {
                    "the book of requests names another request than the event does"
                }
            return LogDamage(position: try row.decode(0), kind: .books, stream: nil, reason: reason)
        }
    }

    /// A stream without events; its position is the log's end.
    static func emptyStream(_ transaction: PostgresTransaction, _ log: LogID, head: Int64) async throws -> LogDamage? {
        let empty = try await transaction.query(
            """
            SELECT s.stream FROM caseflow.streams s
             WHERE s.log_id = $1 AND s.stream IS NOT NULL
               AND NOT EXISTS (SELECT FROM caseflow.events e WHERE e.log_id = s.log_id AND e.stream = s.stream)
             ORDER BY s.stream LIMIT 1
            """,
            [log.rawValue]
        )
        return try empty.first.map { row in
            LogDamage(position: head, kind: .books, stream: try row.decode(0), reason: "the stream has no events")
        }
    }
}
