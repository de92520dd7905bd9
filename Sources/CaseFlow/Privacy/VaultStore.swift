import EventStore
import PostgresClient

/// A subject's row in the vault.
struct VaultRow: Sendable {
    let subject: SubjectID
    var masterKeyID: String
    var wrappedKey: [UInt8]
    var blindIndex: [UInt8]?
    /// The latest box.
    var box: String
    var usedAt: Timestamp
}

/// The statements on the tables `vaults` and `vault_keys`; nothing personal passes through here in clear.
struct VaultStore: Sendable {
    let log: EventLog

    private var id: String { log.id.rawValue }
    private static let columns = "k.subject, k.master_key_id, k.wrapped_key, k.blind_index, k.box, k.used_at"

    /// The rows that have one of an array's values, one look into an index for each. No `= ANY`: of a table whose
    /// statistics are old, PostgreSQL would read all keys of the log instead.
    private static func keys(by column: String, _ values: String) -> String {
        """
        FROM unnest(\(values)) AS u(value)
         CROSS JOIN LATERAL (SELECT * FROM caseflow.vault_keys k
                              WHERE k.log_id = $1 AND k.\(column) = u.value LIMIT 1) AS k
        """
    }

    private static func row(_ row: PostgresRow) throws -> VaultRow {
        VaultRow(
            subject: SubjectID(trusted: try row.decode(0)),
            masterKeyID: try row.decode(1),
            wrappedKey: try row.decode(2, as: PostgresBytes.self).bytes,
            blindIndex: try row.decode(3, as: PostgresBytes?.self)?.bytes,
            box: try row.decode(4),
            usedAt: try row.decode(5)
        )
    }

    /// Which master key the vault goes by; nil where nothing was ever put into it.
    func masterKeyID() async throws -> String? {
        try await log.pool.query("SELECT master_key_id FROM caseflow.vaults WHERE log_id = $1", [id]).first?.decode(0)
    }

    /// The rows of subjects, in no order.
    func rows(_ subjects: [SubjectID]) async throws -> [VaultRow] {
        try await log.pool.query(
            "SELECT \(Self.columns) \(Self.keys(by: "subject", "$2::text[]"))",
            [id, subjects.map(\.rawValue)]
        ).map(Self.row)
    }

    /// Removes a subject's key, blind index and box. False when there was none.
    func remove(_ subject: SubjectID) async throws -> Bool {
        try await !log.pool.query(
            "DELETE FROM caseflow.vault_keys WHERE log_id = $1 AND subject = $2 RETURNING subject",
            [id, subject.rawValue]
        ).isEmpty
    }

    // MARK: In a transaction

    /// Holds the vault against a rotation until the transaction ends, and checks that it goes by this key; a vault that
    /// is not there begins with it. What follows in the transaction is planned anew each time: a plan that was made while the
    /// vault was small, and kept, reads all keys of the log for each that is looked up.
    func enter(_ transaction: PostgresTransaction, _ key: MasterKey, now: Timestamp) async throws {
        for _ in 0..<2 {
            let rows = try await transaction.query(
                """
                SELECT master_key_id, set_config('plan_cache_mode', 'force_custom_plan', true)
                  FROM caseflow.vaults WHERE log_id = $1 FOR KEY SHARE
                """,
                [id]
            )
            if let row = rows.first {
                let needed: String = try row.decode(0)
                guard needed == key.id else {
                    throw VaultProblem.otherMasterKey(log.id, needs: needed, given: key.id)
                }
                return
            }
            try await transaction.query(
                """
                INSERT INTO caseflow.vaults (log_id, master_key_id, created_at)
                SELECT l.log_id, $2, $3 FROM caseflow.logs l WHERE l.log_id = $1 ON CONFLICT (log_id) DO NOTHING
                """,
                [id, key.id, now]
            )
        }
        throw AppendError.noSuchLog(log.id)
    }

    /// The rows with one of these blind indexes or ids.
    func rows(
        _ transaction: PostgresTransaction,
        indexes: [[UInt8]],
        subjects: [SubjectID]
    ) async throws -> [VaultRow] {
        try await transaction.query(
            """
            SELECT \(Self.columns) \(Self.keys(by: "blind_index", "$2::bytea[]"))
            UNION
            SELECT \(Self.columns) \(Self.keys(by: "subject", "$3::text[]"))
            """,
            [id, indexes.map(PostgresBytes.init), subjects.map(\.rawValue)]
        ).map(Self.row)
    }

    /// Those of subjects that have a stream.
    func streams(_ transaction: PostgresTransaction, of subjects: [SubjectID]) async throws -> Set<SubjectID> {
        if subjects.isEmpty { return [] }
        let rows = try await transaction.query(
            """
            SELECT substr(s.stream, 9) FROM unnest($2::text[]) AS u(stream)
             CROSS JOIN LATERAL (SELECT s.stream FROM caseflow.streams s
                                  WHERE s.log_id = $1 AND s.stream = u.stream LIMIT 1) AS s
            """,
            [id, subjects.map(\.stream.rawValue)]
        )
        return Set(try rows.map { SubjectID(trusted: try $0.decode(0)) })
    }

    /// Adds rows. Returns how many there were room for: one that somebody else has added meanwhile is left out.
    func insert(_ transaction: PostgresTransaction, _ rows: [VaultRow]) async throws -> Int {
        if rows.isEmpty { return 0 }
        return try await transaction.query(
            """
            INSERT INTO caseflow.vault_keys
                   (log_id, subject, master_key_id, wrapped_key, blind_index, box, created_at, used_at)
            SELECT $1, u.subject, u.master_key_id, u.wrapped_key, u.blind_index, u.box, u.used_at, u.used_at
              FROM unnest($2::text[], $3::text[], $4::bytea[], $5::bytea[], $6::text[], $7::timestamptz[])
                AS u(subject, master_key_id, wrapped_key, blind_index, box, used_at)
                ON CONFLICT DO NOTHING RETURNING subject
            """,
            [id] + Self.arrays(rows)
        ).count
    }

    /// Writes what may have changed of rows. Returns how many are still there.
    func update(_ transaction: PostgresTransaction, _ rows: [VaultRow]) async throws -> Int {
        if rows.isEmpty { return 0 }
        return try await transaction.query(
            """
            UPDATE caseflow.vault_keys k
               SET master_key_id = u.master_key_id, wrapped_key = u.wrapped_key, blind_index = u.blind_index, box = u.box,
                   used_at = u.used_at
              FROM unnest($2::text[], $3::text[], $4::bytea[], $5::bytea[], $6::text[], $7::timestamptz[])
                AS u(subject, master_key_id, wrapped_key, blind_index, box, used_at)
             WHERE k.log_id = $1 AND k.subject = u.subject RETURNING k.subject
            """,
            [id] + Self.arrays(rows)
        ).count
    }

    private static func arrays(_ rows: [VaultRow]) -> [any PostgresEncodable] {
        [
            rows.map(\.subject.rawValue), rows.map(\.masterKeyID), rows.map { PostgresBytes($0.wrappedKey) },
            rows.map { $0.blindIndex.map(PostgresBytes.init) }, rows.map(\.box), rows.map(\.usedAt),
        ]
    }

    /// Lets nobody else into the vault until the transaction ends, and tells which master key it goes by.
    func lock(_ transaction: PostgresTransaction) async throws -> String? {
        try await transaction.query(
            "SELECT master_key_id FROM caseflow.vaults WHERE log_id = $1 FOR UPDATE",
            [id]
        ).first?.decode(0)
    }

    /// Notes that the vault goes by another key from now on.
    func setMasterKey(_ transaction: PostgresTransaction, _ key: MasterKey, now: Timestamp) async throws {
        try await transaction.query(
            "UPDATE caseflow.vaults SET master_key_id = $2, rotated_at = $3 WHERE log_id = $1",
            [id, key.id, now]
        )
    }

    /// The next rows behind a subject, by their ids.
    func page(
        _ transaction: PostgresTransaction,
        after subject: String,
        limit: Int
    ) async throws -> [VaultRow] {
        try await transaction.query(
            """
            SELECT \(Self.columns) FROM caseflow.vault_keys k
             WHERE k.log_id = $1 AND k.subject > $2 ORDER BY k.subject LIMIT $3
            """,
            [id, subject, limit]
        ).map(Self.row)
    }
}
