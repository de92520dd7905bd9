import PostgresClient

/// The rows of `projections` and `parked_streams`: generations, checkpoints, what is set aside.
struct ProjectionStore {
    let log: LogID
    let name: String
    let idleLimit: Duration

    struct Generation: Sendable {
        let number: Int32
        let codeVersion: Int
        let state: String
        let checkpoint: Int64
        /// Of a rebuild that goes through whole streams: up to which position, and the last one that it has taken.
        let through: Int64?
        let cursor: String
    }

    private static let columns = "generation, code_version, state, checkpoint, through, cursor"

    private static func decode(_ row: PostgresRow) throws -> Generation {
        Generation(
            number: try row.decode(0),
            codeVersion: try row.decode(1),
            state: try row.decode(2),
            checkpoint: try row.decode(3),
            through: try row.decode(4),
            cursor: try row.decode(5)
        )
    }

    /// The live generation; made on first use.
    func live(_ pool: PostgresPool, codeVersion: Int) async throws -> Generation {
        while true {
            let rows = try await pool.query(
                "SELECT \(Self.columns) FROM caseflow.projections WHERE log_id = $1 AND name = $2 AND state = 'live'",
                [log.rawValue, name]
            )
            if let row = rows.first { return try Self.decode(row) }
            try await pool.query(
                """
                INSERT INTO caseflow.projections (log_id, name, code_version, state, updated_at)
                VALUES ($1, $2, $3, 'live', now()) ON CONFLICT DO NOTHING
                """,
                [log.rawValue, name, Int32(codeVersion)]
            )
        }
    }

    func generation(_ number: Int32, _ pool: PostgresPool) async throws -> Generation? {
        let rows = try await pool.query(
            "SELECT \(Self.columns) FROM caseflow.projections WHERE log_id = $1 AND name = $2 AND generation = $3",
            [log.rawValue, name, number]
        )
        return try rows.first.map(Self.decode)
    }

    /// The generation that a rebuild fills: one of this code that was begun and not finished, else a new one. Nil when
    /// the live rows are of newer code or, unless they are to be made anew, of this code.
    /// - Parameter through: up to where a new one goes through whole streams; nil if by position alone.
    func building(
        _ transaction: PostgresTransaction,
        codeVersion: Int,
        anew: Bool,
        through: Int64?
    ) async throws -> Generation? {
        while true {
            let rows = try await transaction.query(
                """
                SELECT \(Self.columns) FROM caseflow.projections
                WHERE log_id = $1 AND name = $2 ORDER BY generation FOR UPDATE
                """,
                [log.rawValue, name]
            )
            let all = try rows.map(Self.decode)
            if let live = all.first(where: { $0.state == "live" }),
                anew ? live.codeVersion > codeVersion : live.codeVersion >= codeVersion
            {
                return nil
            }
            if let unfinished = all.last(where: { $0.state == "building" && $0.codeVersion == codeVersion }) {
                return unfinished
            }
            let inserted = try await transaction.query(
                """
                INSERT INTO caseflow.projections (log_id, name, code_version, state, through, updated_at)
                VALUES ($1, $2, $3, 'building', $4, now()) ON CONFLICT DO NOTHING RETURNING \(Self.columns)
                """,
                [log.rawValue, name, Int32(codeVersion), through]
            )
            if let row = inserted.first { return try Self.decode(row) }
            // Another rebuild has begun since the rows were read: it is shared.
        }
    }

    /// The checkpoint's row is held until the transaction ends. A process that is stopped in between must not hold up those
    /// that go on: the server ends its session after the limit.
    func limitIdling(_ transaction: PostgresTransaction) async throws {
        try await transaction.query(
            "SELECT set_config('idle_in_transaction_session_timeout', $1, true)",
            ["\(Int64(idleLimit / .milliseconds(1)))ms"]
        )
    }

    /// Moves the checkpoint if it still stands where the caller read it. False: somebody else was faster.
    func advance(
        _ transaction: PostgresTransaction,
        _ generation: Int32,
        from old: Int64,
        to new: Int64,
        delivered: Int64,
        parked: Int64
    ) async throws -> Bool {
        let result = try await transaction.query(
            """
            UPDATE caseflow.projections
               SET checkpoint = $5, delivered = delivered + $6, parked = parked + $7, updated_at = now()
             WHERE log_id = $1 AND name = $2 AND generation = $3 AND checkpoint = $4 AND state <> 'retired'
            """,
            [log.rawValue, name, generation, old, new, delivered, parked]
        )
        return result.affectedRows == 1
    }

    /// Moves the cursor of a rebuild by streams if it still stands where the caller read it. False: somebody else was faster.
    func advance(
        _ transaction: PostgresTransaction,
        _ generation: Int32,
        from old: String,
        to new: String,
        taken: Int64,
        aside: Int64
    ) async throws -> Bool {
        let result = try await transaction.query(
            """
            UPDATE caseflow.projections
               SET cursor = $5, taken = taken + $6, aside = aside + $7, updated_at = now()
             WHERE log_id = $1 AND name = $2 AND generation = $3 AND cursor = $4 AND through IS NOT NULL
            """,
            [log.rawValue, name, generation, old, new, taken, aside]
        )
        return result.affectedRows == 1
    }

    /// Ends a rebuild's way through the streams: the checkpoint stands where they ended. How many events they had; nil if
    /// somebody else was faster. A count other than `through` says that events are missing: then nothing is to be kept.
    func follow(_ transaction: PostgresTransaction, _ generation: Int32, from old: String, through: Int64) async throws
        -> Int64?
    {
        let rows = try await transaction.query(
            """
            SELECT taken, aside FROM caseflow.projections
             WHERE log_id = $1 AND name = $2 AND generation = $3 AND cursor = $4 AND through = $5 FOR UPDATE
            """,
            [log.rawValue, name, generation, old, through]
        )
        guard let row = rows.first else { return nil }
        let (taken, aside) = (try row.decode(0, as: Int64.self), try row.decode(1, as: Int64.self))
        guard taken + aside == through else { return taken + aside }
        try await transaction.query(
            """
            UPDATE caseflow.projections
               SET checkpoint = $4, delivered = $5, parked = $6, through = NULL, cursor = '', taken = 0, aside = 0,
                   updated_at = now()
             WHERE log_id = $1 AND name = $2 AND generation = $3
            """,
            [log.rawValue, name, generation, through, taken, aside]
        )
        return through
    }

    /// Gives up a generation that is being built.
    func retire(_ number: Int32, _ pool: PostgresPool) async throws {
        try await pool.query(
            """
            UPDATE caseflow.projections SET state = 'retired', through = NULL, updated_at = now()
             WHERE log_id = $1 AND name = $2 AND generation = $3 AND state = 'building'
            """,
            [log.rawValue, name, number]
        )
    }

    /// Which of these streams are set aside.
    func parked(
        _ transaction: PostgresTransaction,
        _ generation: Int32,
        among streams: Set<StreamName>
    ) async throws -> Set<StreamName> {
        let rows = try await transaction.query(
            """
            SELECT u.stream FROM unnest($4::text[]) AS u(stream)
             CROSS JOIN LATERAL (SELECT FROM caseflow.parked_streams p
                                  WHERE p.log_id = $1 AND p.name = $2 AND p.generation = $3 AND p.stream = u.stream
                                  LIMIT 1) AS p
            """,
            [log.rawValue, name, generation, streams.map(\.rawValue)]
        )
        return Set(try rows.map { StreamName(trusted: try $0.decode(0)) })
    }

    /// Sets streams aside, or counts further events of one that is.
    func park(
        _ transaction: PostgresTransaction,
        _ generation: Int32,
        stream: String,
        position: Int64,
        events: Int64,
        reason: String
    ) async throws {
        try await transaction.query(
            """
            INSERT INTO caseflow.parked_streams AS p
                   (log_id, name, generation, stream, position, events, reason, parked_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, now())
            ON CONFLICT (log_id, name, generation, stream) DO UPDATE SET events = p.events + excluded.events
            """,
            [log.rawValue, name, generation, stream, position, events, reason]
        )
    }

    /// Holds the live checkpoint where it is until the transaction ends; nil if the generation is not the live one.
    func lock(_ transaction: PostgresTransaction, _ generation: Int32) async throws -> Int64? {
        let rows = try await transaction.query(
            """
            SELECT checkpoint FROM caseflow.projections
            WHERE log_id = $1 AND name = $2 AND generation = $3 AND state = 'live' FOR UPDATE
            """,
            [log.rawValue, name, generation]
        )
        return try rows.first?.decode(0)
    }

    /// Keeps batches out of a generation until the transaction ends, not those who hold it in the same way; false if it
    /// is retired or gone.
    func hold(_ transaction: PostgresTransaction, _ generation: Int32) async throws -> Bool {
        let rows = try await transaction.query(
            """
            SELECT 1 FROM caseflow.projections
            WHERE log_id = $1 AND name = $2 AND generation = $3 AND state <> 'retired' FOR SHARE
            """,
            [log.rawValue, name, generation]
        )
        return !rows.isEmpty
    }

    /// Takes a stream out of those that are set aside. Returns the position of its first event that waits and how many
    /// do, nil if it is not set aside.
    func unpark(
        _ transaction: PostgresTransaction,
        _ generation: Int32,
        stream: String
    ) async throws -> (position: Int64, events: Int)? {
        let rows = try await transaction.query(
            """
            DELETE FROM caseflow.parked_streams WHERE log_id = $1 AND name = $2 AND generation = $3 AND stream = $4
            RETURNING position, events
            """,
            [log.rawValue, name, generation, stream]
        )
        guard let row = rows.first else { return nil }
        let events = try row.decode(1, as: Int.self)
        try await transaction.query(
            """
            UPDATE caseflow.projections SET delivered = delivered + $4, parked = parked - $4, updated_at = now()
            WHERE log_id = $1 AND name = $2 AND generation = $3
            """,
            [log.rawValue, name, generation, events]
        )
        return (try row.decode(0), events)
    }
}
