import EventStore
import PostgresClient

extension Vault {
    /// What the vault holds.
    public struct Audit: Sendable, Hashable {
        /// Subjects with a key.
        public var subjects: Int
        /// Of these, those that no number finds.
        public var withoutNumber: Int
        /// Subjects whose erasure is recorded and whose key is still there: a crash came between.
        public var unfinishedErasures: [SubjectID]
        /// Subjects that no event names and that were not used for a day: the command that registered them never came to
        /// its end.
        public var unused: [SubjectID]
        /// Keys that are wrapped under another master key than the vault's.
        public var otherMasterKey: Int
    }

    /// How long a subject that no event names is left alone: far longer than any command takes.
    public static let unusedAfterHours = 24

    /// Wraps every subject's key anew under another master key, and makes the blind indexes anew: all of them or none.
    /// Whoever has the former key alone can do nothing more with the vault; what was stored under it elsewhere (backups,
    /// archived WAL) it still opens, so it must be destroyed. Registrations wait meanwhile, and fail afterwards in processes
    /// that have the former key.
    /// - Returns: how many subjects; 0 also when the vault goes by the new key already.
    public func rotate(to new: MasterKey) async throws -> Int {
        try await log.pool.transaction { transaction in
            guard let current = try await store.lock(transaction) else { return 0 }
            if current == new.id { return 0 }
            guard current == key.id else {
                throw VaultProblem.otherMasterKey(log.id, needs: current, given: key.id)
            }
            var count = 0
            var after = ""
            while true {
                let rows = try await store.page(transaction, after: after, limit: 1000)
                guard let last = rows.last else { break }
                after = last.subject.rawValue
                let renewed = try rows.map { try renew($0, new) }
                guard try await store.update(transaction, renewed) == renewed.count else {
                    throw VaultProblem.contention(tries: 1)
                }
                count += renewed.count
            }
            try await store.setMasterKey(transaction, new, now: clock.now())
            return count
        }
    }

    private func renew(_ row: VaultRow, _ new: MasterKey) throws(VaultProblem) -> VaultRow {
        let log = log.id.rawValue
        let own = try key.subjectKey(of: row, in: log)
        var renewed = row
        renewed.masterKeyID = new.id
        renewed.wrappedKey = new.wrap(own, of: row.subject, in: log)
        if row.blindIndex != nil {
            // The index is made from the number, and the number stands in the box.
            let data = try SealedPerson(subject: row.subject, box: row.box).opened(under: own, in: log)
            renewed.blindIndex = data.searchText.map { new.blindIndex($0, in: log) }
        }
        return renewed
    }

    /// Looks through the vault of a log. Reads every event of the log once when `searchingUnused`.
    public static func audit(_ log: EventLog, searchingUnused: Bool) async throws -> Audit {
        let id = log.id.rawValue
        let counts = try await log.pool.query(
            """
            SELECT count(*), count(*) FILTER (WHERE k.blind_index IS NULL),
                   count(*) FILTER (WHERE k.master_key_id <> v.master_key_id)
              FROM caseflow.vault_keys k JOIN caseflow.vaults v ON v.log_id = k.log_id WHERE k.log_id = $1
            """,
            [id]
        )
        let unfinished = try await log.pool.query(
            """
            SELECT k.subject FROM caseflow.vault_keys k
              JOIN caseflow.events e ON e.log_id = k.log_id AND e.stream = 'subject/' || k.subject
               AND e.type = 'subject.erased/1'
             WHERE k.log_id = $1 ORDER BY k.subject
            """,
            [id]
        )
        var unused: [SubjectID] = []
        if searchingUnused {
            unused = try await log.pool.query(
                """
                WITH named AS (
                    SELECT DISTINCT m[1] AS subject FROM caseflow.events e
                     CROSS JOIN LATERAL regexp_matches(e.data::text, '"subject":"([0-9a-f]{32})"', 'g') AS m
                     WHERE e.log_id = $1 AND strpos(e.data::text, '"subject":"') > 0)
                SELECT k.subject FROM caseflow.vault_keys k
                 WHERE k.log_id = $1 AND k.used_at < now() - make_interval(hours => $2)
                   AND NOT EXISTS (SELECT FROM named n WHERE n.subject = k.subject) ORDER BY k.subject
                """,
                [id, Int32(unusedAfterHours)]
            ).map { SubjectID(trusted: try $0.decode(0)) }
        }
        return Audit(
            subjects: try counts[0].decode(0),
            withoutNumber: try counts[0].decode(1),
            unfinishedErasures: try unfinished.map { SubjectID(trusted: try $0.decode(0)) },
            unused: unused,
            otherMasterKey: try counts[0].decode(2)
        )
    }

    /// Finishes erasures that a crash has left undone, and removes subjects that are not used; those that have been used
    /// since the audit stay. Returns how many went.
    public static func mend(_ audit: Audit, in log: EventLog) async throws -> Int {
        let finished = try await log.pool.query(
            "DELETE FROM caseflow.vault_keys WHERE log_id = $1 AND subject = ANY($2) RETURNING subject",
            [log.id.rawValue, audit.unfinishedErasures.map(\.rawValue)]
        )
        let removed = try await log.pool.query(
            """
            DELETE FROM caseflow.vault_keys WHERE log_id = $1 AND subject = ANY($2)
               AND used_at < now() - make_interval(hours => $3) RETURNING subject
            """,
            [log.id.rawValue, audit.unused.map(\.rawValue), Int32(unusedAfterHours)]
        )
        return finished.count + removed.count
    }
}
