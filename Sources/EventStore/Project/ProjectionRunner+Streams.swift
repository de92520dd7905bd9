import PostgresClient

/// The first part of a rebuild: whole streams, each folded once. How cases interleave in the log is then of no matter.
extension ProjectionRunner {
    /// Takes the streams into a generation, from its cursor on, and moves its checkpoint to `through`; also where somebody
    /// else fills it, too, and was faster. False: the streams do not hold all events up to there.
    func fill(
        _ building: ProjectionStore.Generation,
        through: Int64,
        batchSize: Int,
        _ progress: (@Sendable (_ done: Int64, _ of: Int64) -> Void)?
    ) async throws -> Bool {
        guard let streamwise = projection as? any StreamwiseProjection else { return false }
        let reader = StreamReader(log: log, category: streamwise.category, through: through)
        var cursor = building.cursor
        var done: Int64 = 0
        var page = try await reader.page(after: cursor, limit: batchSize)
        while let last = page.last {
            let batch = ProjectionBatch(page.rows, .streams(after: cursor, upTo: last, through: through))
            // While this page is folded and written, the next one is fetched.
            async let next = reader.page(after: last, limit: batchSize)
            guard try await take(batch, generation: building.number) else { return true }
            cursor = last
            done += batch.count
            progress?(done, through)
            page = try await next
        }
        let held = try await log.pool.transaction { transaction in
            try await store.limitIdling(transaction)
            let target = ProjectionTarget(
                log: log.id,
                generation: building.number,
                transaction: transaction,
                through: through
            )
            let held = try await store.follow(transaction, building.number, from: cursor, through: through)
            if held == through { try await streamwise.finish(in: target) }
            return held
        }
        return held == nil || held == through
    }
}

/// Reads a log stream by stream, as it stands at a position: first the streams of other categories, by their names, then
/// those of one. A cursor is the name of the last stream that was read; that it has passed the others is told by its name.
struct StreamReader: Sendable {
    let log: EventLog
    let category: String
    let through: Int64

    /// Whole streams.
    struct Page: Sendable {
        /// Stream by stream, by version.
        var rows: [StoredEvent] = []
        /// The name of the last one; nil at the end.
        var last: String?
    }

    /// The next streams: so many that they have about `limit` events, at least one.
    func page(after cursor: String, limit: Int) async throws -> Page {
        // The names before the category, those behind it, then its own: "0" is the character behind "/".
        let (first, behind) = ("\(category)/", "\(category)0")
        let parts: [(from: String, to: String?)] = [("", first), (behind, nil), (first, behind)]
        let part = cursor < first ? 0 : cursor < behind ? 2 : 1
        for (index, range) in parts.enumerated() where index >= part {
            let isBegun = index == part
            let page = try await read(isBegun ? ">" : ">=", isBegun ? cursor : range.from, before: range.to, limit)
            if page.last != nil { return page }
        }
        return Page()
    }

    private func read(_ relation: String, _ cursor: String, before end: String?, _ limit: Int) async throws -> Page {
        try await log.pool.transaction(readOnly: true) { transaction in
            // No plan is kept, and the index gives the order: what the statistics say is of no matter.
            try await transaction.query(
                """
                SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),
                       set_config('enable_sort', 'off', true), set_config('jit', 'off', true)
                """
            )
            let rows = try await transaction.query(
                EventRow.select
                    + """
                     WHERE log_id = $1 AND stream \(relation) $2 AND \(end == nil ? "$3::text IS NULL" : "stream < $3")
                       AND position <= $4 ORDER BY stream, version LIMIT $5
                    """,
                [log.id.rawValue, cursor, end, through, Int64(limit)],
                prepare: false
            )
            guard let last = rows.last else { return Page() }
            let stream: String = try last.decode(1)
            var page = Page(rows: EventRow.all(rows), last: stream)
            guard rows.count == limit else { return page }
            // The last stream may go on.
            let rest = try await transaction.query(
                EventRow.select
                    + " WHERE log_id = $1 AND stream = $2 AND version > $3 AND position <= $4 ORDER BY version",
                [log.id.rawValue, stream, try last.decode(2, as: Int64.self), through],
                prepare: false
            )
            page.rows += EventRow.all(rest)
            return page
        }
    }
}
