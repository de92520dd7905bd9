import Logging
import PostgresClient

/// Keeps one generation of one projection up to date.
///
/// Several runners, of this process or others, may work on the same generation: the checkpoint's compare-and-set lets
/// one of them through for each batch, the others find out and go on from where it stands.
public struct ProjectionRunner: Sendable {
    private let log: EventLog
    private let projection: any Projection
    private let store: ProjectionStore

    /// A runner.
    public init(_ projection: any Projection, on log: EventLog) {
        self.log = log
        self.projection = projection
        store = ProjectionStore(log: log.id, name: projection.name)
    }

    /// Follows the log until the task is cancelled. A database that is away is waited for. When the live rows were
    /// made by older code, they are rebuilt first, beside them; when by newer code, this runner leaves them alone.
    public func run() async throws {
        var backoff = Backoff()
        while !Task.isCancelled {
            do {
                let live = try await store.live(log.pool, codeVersion: projection.codeVersion)
                if live.codeVersion < projection.codeVersion {
                    try await rebuild(anew: false)
                    continue
                }
                guard live.codeVersion == projection.codeVersion else {
                    try await Task.sleep(for: .seconds(1))
                    continue
                }
                for try await batch in log.subscribe(after: live.checkpoint) {
                    let done = try await take(batch, generation: live.number)
                    backoff = Backoff()
                    guard done else { break }
                }
            } catch is CancellationError {
                return
            } catch let error as PostgresError where error.isTransient {
                log.logger.warning(
                    "a projection waits for the database",
                    metadata: ["projection": "\(projection.name)"]
                )
                try? await Task.sleep(for: backoff.pause())
            }
        }
    }

    /// Takes in what is in the log now, and returns the position reached. Rows of newer code are left alone.
    @discardableResult
    public func catchUp() async throws -> Int64 {
        let end = try await log.head()
        while true {
            let live = try await store.live(log.pool, codeVersion: projection.codeVersion)
            if live.codeVersion < projection.codeVersion {
                try await rebuild(anew: false)
                continue
            }
            if live.checkpoint >= end || live.codeVersion > projection.codeVersion { return live.checkpoint }
            let events = try await log.page(after: live.checkpoint, upTo: end, limit: 5000, .all)
            guard let last = events.last else { return live.checkpoint }
            let batch = EventBatch(after: live.checkpoint, events: events, upTo: last.position)
            _ = try await take(batch, generation: live.number)
        }
    }

    /// Fills a new generation from the beginning of the log, beside the live one, and puts it in the live one's place
    /// in one step. Readers see the old rows until then. A rebuild that was interrupted goes on where it stopped.
    /// Rows of newer code are left alone.
    public func rebuild(
        batchSize: Int = 10_000,
        progress: (@Sendable (_ done: Int64, _ of: Int64) -> Void)? = nil
    ) async throws {
        try await rebuild(anew: true, batchSize: batchSize, progress: progress)
    }

    private func rebuild(
        anew: Bool,
        batchSize: Int = 10_000,
        progress: (@Sendable (_ done: Int64, _ of: Int64) -> Void)? = nil
    ) async throws {
        _ = try await store.live(log.pool, codeVersion: projection.codeVersion)
        let begun = try await log.pool.transaction {
            try await store.building($0, codeVersion: projection.codeVersion, anew: anew)
        }
        guard let number = begun?.number else { return }
        // Until it is finished, by this rebuild or by another that fills the same generation.
        while let building = try await store.generation(number, log.pool), building.state == "building" {
            let end = try await log.head()
            guard try await fill(building, upTo: end, batchSize: batchSize, progress) else { continue }
            if try await switchOver(to: number) { break }
        }
        try await removeRetired()
    }

    /// Takes the log into a generation, from its checkpoint on. False: somebody else fills it, too, and was faster.
    private func fill(
        _ building: ProjectionStore.Generation,
        upTo end: Int64,
        batchSize: Int,
        _ progress: (@Sendable (_ done: Int64, _ of: Int64) -> Void)?
    ) async throws -> Bool {
        var checkpoint = building.checkpoint
        var events = try await log.page(after: checkpoint, upTo: end, limit: batchSize, .all)
        while let last = events.last {
            let batch = EventBatch(after: checkpoint, events: events, upTo: last.position)
            // While this page is folded and written, the next one is fetched.
            async let next = log.page(after: last.position, upTo: end, limit: batchSize, .all)
            guard try await take(batch, generation: building.number) else { return false }
            checkpoint = batch.upTo
            progress?(checkpoint, end)
            events = try await next
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

    /// Tries the streams that were set aside again, each in a transaction of its own: after a new program that can
    /// take their events. Returns how many streams were taken in and what is wrong with the others. Does nothing to rows
    /// that code of another version made.
    public func retryParked() async throws -> (taken: Int, failures: [PoisonEvent]) {
        let live = try await store.live(log.pool, codeVersion: projection.codeVersion)
        guard live.codeVersion == projection.codeVersion else { return (0, []) }
        let rows = try await log.pool.query(
            """
            SELECT stream FROM caseflow.parked_streams
            WHERE log_id = $1 AND name = $2 AND generation = $3 ORDER BY position
            """,
            [log.id.rawValue, projection.name, live.number]
        )
        var taken = 0
        var failures: [PoisonEvent] = []
        for row in rows {
            let stream = StreamName(trusted: try row.decode(0))
            do {
                let took = try await log.pool.transaction { transaction in
                    // Somebody else may have taken the stream in, or the whole generation may be gone.
                    guard let checkpoint = try await store.lock(transaction, live.number),
                        let position = try await store.unpark(transaction, live.number, stream: stream.rawValue)
                    else { return false }
                    var events: [RecordedEvent] = []
                    for try await event in log.readStream(stream)
                    where event.position >= position && event.position <= checkpoint { events.append(event) }
                    let target = ProjectionTarget(log: log.id, generation: live.number, transaction: transaction)
                    try await projection.apply(events, in: target)
                    return true
                }
                if took { taken += 1 }
            } catch let error as PoisonEvent {
                failures.append(error)
            }
        }
        return (taken, failures)
    }

    // MARK: One batch

    /// Rolls the transaction back because the checkpoint no longer stands where it was read.
    private struct Overtaken: Error {}

    /// Folds a batch and moves the checkpoint from before it to behind it, in one transaction. False: the checkpoint does
    /// not stand before it, because somebody else was faster; nothing was done.
    private func take(_ batch: EventBatch, generation: Int32) async throws -> Bool {
        var poison: [StreamName: PoisonEvent] = [:]
        while true {
            do {
                let found = poison
                try await log.pool.transaction { transaction in
                    try await fold(batch, generation: generation, poison: found, transaction)
                }
                for (stream, event) in poison {
                    log.logger.error(
                        "a projection set a stream aside",
                        metadata: [
                            "projection": "\(projection.name)", "stream": "\(stream)", "position": "\(event.position)",
                            "reason": "\(event.reason)",
                        ]
                    )
                }
                return true
            } catch is Overtaken {
                return false
            } catch let error as PoisonEvent {
                guard let event = batch.events.first(where: { $0.position == error.position }),
                    poison[event.stream] == nil
                else { throw error }
                poison[event.stream] = error
            }
        }
    }

    private func fold(
        _ batch: EventBatch,
        generation: Int32,
        poison: [StreamName: PoisonEvent],
        _ transaction: PostgresTransaction
    ) async throws {
        try await store.limitIdling(transaction)
        var parked = try await store.parked(
            transaction,
            generation,
            among: Set(batch.events.map(\.stream))
        )
        var good: [RecordedEvent] = []
        good.reserveCapacity(batch.events.count)
        var aside: [StreamName: (first: Int64, count: Int64)] = [:]
        for event in batch.events {
            let stream = event.stream
            if let bad = poison[stream], event.position >= bad.position { parked.insert(stream) }
            if parked.contains(stream) {
                aside[stream, default: (event.position, 0)].count += 1
            } else {
                good.append(event)
            }
        }
        let setAside = aside.values.reduce(0) { $0 + $1.count }
        let advanced = try await store.advance(
            transaction,
            generation,
            from: batch.after,
            to: batch.upTo,
            delivered: batch.upTo - batch.after - setAside,
            parked: setAside
        )
        guard advanced else { throw Overtaken() }
        for (stream, found) in aside.sorted(by: { $0.key < $1.key }) {
            try await store.park(
                transaction,
                generation,
                stream: stream.rawValue,
                position: found.first,
                events: found.count,
                reason: poison[stream]?.reason ?? "an earlier event of the stream is set aside"
            )
        }
        let target = ProjectionTarget(log: log.id, generation: generation, transaction: transaction)
        try await projection.apply(good, in: target)
    }
}
