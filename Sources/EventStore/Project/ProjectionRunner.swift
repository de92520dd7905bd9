import Logging
import PostgresClient

/// Keeps one generation of one projection up to date.
///
/// Several runners, of this process or others, may work on the same generation: the checkpoint's compare-and-set lets
/// one of them through for each batch, the others find out and go on from where it stands.
public struct ProjectionRunner: Sendable {
    let log: EventLog
    let projection: any Projection
    let store: ProjectionStore

    /// A runner.
    public init(_ projection: any Projection, on log: EventLog) {
        self.log = log
        self.projection = projection
        store = ProjectionStore(log: log.id, name: projection.name, idleLimit: log.settings.idleLimit)
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
                try await goOn(generation: live.number)
                for try await batch in log.subscribe(after: live.checkpoint) {
                    let done = try await take(ProjectionBatch(batch), generation: live.number)
                    try await goOn(generation: live.number)
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
            if live.codeVersion > projection.codeVersion { return live.checkpoint }
            try await goOn(generation: live.number)
            if live.checkpoint >= end { return live.checkpoint }
            let rows = try await log.page(after: live.checkpoint, upTo: end, limit: 5000, .all)
            guard let last = rows.last else { return live.checkpoint }
            let batch = EventBatch(rows, after: live.checkpoint, upTo: last.position)
            _ = try await take(ProjectionBatch(batch), generation: live.number)
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
                        let waiting = try await store.unpark(transaction, live.number, stream: stream.rawValue)
                    else { return false }
                    var events: [RecordedEvent] = []
                    for try await event in log.readStream(stream)
                    where event.position >= waiting.position && event.position <= checkpoint { events.append(event) }
                    // What waits and what is taken in must be the same, or the count of what was folded would lie.
                    guard events.count == waiting.events else {
                        throw PoisonEvent(
                            position: waiting.position,
                            reason: "\(waiting.events) events of the stream wait, the log has \(events.count) of them"
                        )
                    }
                    let target = ProjectionTarget(log: log.id, generation: live.number, transaction: transaction)
                    try await projection.apply(events, in: target)
                    return true
                }
                if took { taken += 1 }
            } catch let error as PoisonEvent {
                failures.append(error)
            } catch let error as UnreadableRow {
                failures.append(PoisonEvent(error))
            }
        }
        return (taken, failures)
    }

    // MARK: What batches leave over

    /// Does what batches have left over, if the projection knows such a thing, until nothing is left.
    func goOn(generation: Int32) async throws {
        guard let projection = projection as? any ContinuingProjection else { return }
        while try await portion(projection, generation) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<projection.lanes {
                    group.addTask { while try await portion(projection, generation) {} }
                }
                try await group.waitForAll()
            }
        }
    }

    private func portion(_ projection: any ContinuingProjection, _ generation: Int32) async throws -> Bool {
        if Task.isCancelled { return false }
        return try await log.pool.transaction { transaction in
            try await store.limitIdling(transaction)
            guard try await store.hold(transaction, generation) else { return false }
            return try await projection.goOn(
                in: ProjectionTarget(log: log.id, generation: generation, transaction: transaction)
            )
        }
    }

    // MARK: One batch

    /// Rolls the transaction back because the checkpoint no longer stands where it was read.
    private struct Overtaken: Error {}

    /// Folds a batch and moves the checkpoint, or the cursor, from before it to behind it, in one transaction. False: it does
    /// not stand before it, because somebody else was faster; nothing was done.
    func take(_ batch: ProjectionBatch, generation: Int32) async throws -> Bool {
        // A row that is no event is as if no code could take it: found before the projection is asked.
        var poison = Dictionary(batch.unreadable.map { ($0.stream, PoisonEvent($0)) }) { first, _ in first }
        while true {
            do {
                let found = poison
                let setAside = try await log.pool.transaction { transaction in
                    try await fold(batch, generation: generation, poison: found, transaction)
                }
                for (stream, event) in setAside.sorted(by: { $0.value.position < $1.value.position }) {
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
                    error.position < poison[event.stream]?.position ?? .max
                else { throw error }
                poison[event.stream] = error
            }
        }
    }

    /// Returns the streams that were set aside now.
    private func fold(
        _ batch: ProjectionBatch,
        generation: Int32,
        poison: [StreamName: PoisonEvent],
        _ transaction: PostgresTransaction
    ) async throws -> [StreamName: PoisonEvent] {
        try await store.limitIdling(transaction)
        let before = try await store.parked(
            transaction,
            generation,
            among: Set(batch.events.map(\.stream) + batch.unreadable.map(\.stream))
        )
        var parked = before
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
        for row in batch.unreadable {
            let others = aside[row.stream] ?? (row.position, 0)
            aside[row.stream] = (min(others.first, row.position), others.count + 1)
        }
        let setAside = aside.values.reduce(0) { $0 + $1.count }
        guard try await advance(batch.step, of: batch.count, setAside: setAside, generation, transaction) else {
            throw Overtaken()
        }
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
        let target = ProjectionTarget(
            log: log.id,
            generation: generation,
            transaction: transaction,
            through: batch.step.through,
            shared: batch.shared
        )
        try await projection.apply(good, in: target)
        return poison.filter { !before.contains($0.key) }
    }

    private func advance(
        _ step: ProjectionBatch.Step,
        of count: Int64,
        setAside: Int64,
        _ generation: Int32,
        _ transaction: PostgresTransaction
    ) async throws -> Bool {
        switch step {
        case .positions(let after, let upTo):
            try await store.advance(
                transaction,
                generation,
                from: after,
                to: upTo,
                delivered: upTo - after - setAside,
                parked: setAside
            )
        case .streams(let after, let upTo, _):
            try await store.advance(
                transaction,
                generation,
                from: after,
                to: upTo,
                taken: count - setAside,
                aside: setAside
            )
        }
    }
}
