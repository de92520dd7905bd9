import PostgresClient

/// The log has lost events that the rows of a projection were made of.
public struct EventsMissing: Error, Sendable, CustomStringConvertible {
    /// The projection.
    public let projection: String
    /// The last position that was found.
    public let after: Int64
    /// The position that the live rows have reached.
    public let heldUpTo: Int64

    /// What is missing, and what to do.
    public var description: String {
        """
        the live rows of \(projection) hold events up to position \(heldUpTo), and the log has none after \(after): it was \
        changed; `caseflowd log verify` says where. The live rows stay as they are
        """
    }
}

extension ProjectionRunner {
    /// Fills a new generation from the beginning of the log, beside the live one, and puts it in the live one's place
    /// in one step. Readers see the old rows until then. A rebuild that was interrupted goes on where it stopped.
    /// Rows of newer code are left alone.
    public func rebuild(
        batchSize: Int = 10_000,
        progress: (@Sendable (_ done: Int64, _ of: Int64) -> Void)? = nil
    ) async throws {
        try await rebuild(anew: true, batchSize: batchSize, progress: progress)
    }

    func rebuild(
        anew: Bool,
        batchSize: Int = 10_000,
        progress: (@Sendable (_ done: Int64, _ of: Int64) -> Void)? = nil
    ) async throws {
        _ = try await store.live(log.pool, codeVersion: projection.codeVersion)
        var byStreams = projection is any StreamwiseProjection
        rebuilding: while true {
            let through = byStreams ? try await log.head() : 0
            let begun = try await log.pool.transaction {
                try await store.building(
                    $0,
                    codeVersion: projection.codeVersion,
                    anew: anew,
                    through: through > 0 ? through : nil
                )
            }
            guard let number = begun?.number else { return }
            // Until it is finished, by this rebuild or by another that fills the same generation.
            while let building = try await store.generation(number, log.pool), building.state == "building" {
                if let streams = building.through {
                    guard try await fill(building, through: streams, batchSize: batchSize, progress) else {
                        // Rows are missing among the streams: what is left is gone through by position.
                        try await store.retire(number, log.pool)
                        byStreams = false
                        continue rebuilding
                    }
                    continue
                }
                let end = try await log.head()
                guard try await fill(building, upTo: end, batchSize: batchSize, progress) else { continue }
                if try await switchOver(to: number) { break }
                try await checkAhead(of: number)
            }
            break
        }
        try await removeRetired()
    }

    /// The live rows are ahead of the new ones: because events have come since, or because events that the live rows hold
    /// are no longer in the log. Then no rebuild can ever catch up with them.
    private func checkAhead(of number: Int32) async throws {
        let live = try await store.live(log.pool, codeVersion: projection.codeVersion)
        guard let building = try await store.generation(number, log.pool), building.checkpoint < live.checkpoint,
            try await log.page(after: building.checkpoint, upTo: live.checkpoint, limit: 1, .all).isEmpty
        else { return }
        throw EventsMissing(projection: projection.name, after: building.checkpoint, heldUpTo: live.checkpoint)
    }

    /// Takes the log into a generation, from its checkpoint on. False: somebody else fills it, too, and was faster.
    private func fill(
        _ building: ProjectionStore.Generation,
        upTo end: Int64,
        batchSize: Int,
        _ progress: (@Sendable (_ done: Int64, _ of: Int64) -> Void)?
    ) async throws -> Bool {
        var checkpoint = building.checkpoint
        var rows = try await log.page(after: checkpoint, upTo: end, limit: batchSize, .all)
        while let last = rows.last {
            let batch = EventBatch(rows, after: checkpoint, upTo: last.position)
            // While this page is folded and written, the next one is fetched.
            async let next = log.page(after: last.position, upTo: end, limit: batchSize, .all)
            guard try await take(ProjectionBatch(batch), generation: building.number) else { return false }
            try await goOn(generation: building.number)
            checkpoint = batch.upTo
            progress?(checkpoint, end)
            rows = try await next
        }
        return true
    }

    /// False when the live generation is ahead of the new one: first catch up.
    private func switchOver(to number: Int32) async throws -> Bool {
        try await log.pool.transaction { transaction in
            let rows = try await transaction.query(
                """
                SELECT generation, state, checkpoint FROM caseflow.projections
                WHERE log_id = $1 AND name = $2 AND state <> 'retired' ORDER BY generation FOR UPDATE
                """,
                [log.id.rawValue, projection.name]
            )
            var live: Int64 = 0
            var building: Int64 = -1
            for row in rows {
                if try row.decode(1, as: String.self) == "live" {
                    live = try row.decode(2)
                    if try row.decode(0, as: Int32.self) == number { return true }
                }
                if try row.decode(0, as: Int32.self) == number { building = try row.decode(2) }
            }
            guard building >= live else { return false }
            // The live rows, and what older code has begun to build and would later put in the place of these.
            try await transaction.query(
                """
                UPDATE caseflow.projections SET state = 'retired', updated_at = now()
                WHERE log_id = $1 AND name = $2 AND generation <> $3 AND state <> 'retired'
                  AND (state = 'live' OR code_version < $4)
                """,
                [log.id.rawValue, projection.name, number, Int32(projection.codeVersion)]
            )
            try await transaction.query(
                """
                UPDATE caseflow.projections SET state = 'live', updated_at = now()
                WHERE log_id = $1 AND name = $2 AND generation = $3
                """,
                [log.id.rawValue, projection.name, number]
            )
            return true
        }
    }

    /// Removes the rows of retired generations, some at a time, so that no transaction is long.
    private func removeRetired() async throws {
        let rows = try await log.pool.query(
            "SELECT generation FROM caseflow.projections WHERE log_id = $1 AND name = $2 AND state = 'retired'",
            [log.id.rawValue, projection.name]
        )
        for row in rows {
            let number = try row.decode(0, as: Int32.self)
            for table in projection.tables {
                while try await log.pool.query(
                    """
                    DELETE FROM caseflow.\(table) WHERE ctid = ANY (ARRAY(
                        SELECT ctid FROM caseflow.\(table) WHERE log_id = $1 AND generation = $2 LIMIT 20000))
                    """,
                    [log.id.rawValue, number]
                ).affectedRows > 0 {}
            }
            for table in ["parked_streams", "projections"] {
                try await log.pool.query(
                    "DELETE FROM caseflow.\(table) WHERE log_id = $1 AND name = $2 AND generation = $3",
                    [log.id.rawValue, projection.name, number]
                )
            }
        }
    }
}
