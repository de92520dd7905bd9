import Foundation
import Logging
import PostgresClient
import TransparencyLog

/// The only way into a log: collects what is waiting and stores it as one transaction (group commit).
///
/// While one batch commits, the next collects; a lone request goes at once. A request, once accepted by `append`, is
/// carried through even if the caller's task is cancelled: the outcome of something that may already be on disk must
/// not be guessed. When the session breaks, the appender opens another and asks again with the same request ids.
actor Appender {
    let log: LogID
    private let configuration: PostgresConfiguration
    private let clock: RecordingClock
    private let patience: Duration
    private let logger: Logger
    private let onCommit: @Sendable (Int64) -> Void
    var queue: AppendQueue
    private var connection: PostgresConnection?
    private var connecting = false
    private var flushing = false
    private var closed = false
    /// Requests whose answer is being looked up.
    var settling = 0

    init(
        log: LogID,
        configuration: PostgresConfiguration,
        clock: RecordingClock,
        patience: Duration,
        limits: AppendQueue.Limits,
        cachedHeads: Int,
        logger: Logger,
        onCommit: @escaping @Sendable (Int64) -> Void
    ) {
        self.log = log
        self.configuration = configuration
        self.clock = clock
        self.patience = patience
        self.logger = logger
        self.onCommit = onCommit
        queue = AppendQueue(limits: limits, headLimit: cachedHeads)
    }

    func append(_ request: AppendRequest, _ entrance: Entrance) async throws -> AppendResult {
        try Self.check(request, entrance)
        return try await withCheckedThrowingContinuation { continuation in
            if closed { return continuation.resume(throwing: AppendError.unavailable(sent: false, reason: "closed")) }
            queue.enqueue(AppendTicket(request, entrance, deadline: .now + patience, continuation))
            schedule()
        }
    }

    func close() async {
        closed = true
        while !queue.isEmpty || queue.batchesOnTheWay > 0 || settling > 0 {
            try? await Task.sleep(for: .milliseconds(5))
        }
        await connection?.close()
        connection = nil
    }

    private static func check(_ request: AppendRequest, _ entrance: Entrance) throws(AppendError) {
        let events = request.writes.reduce(0) { $0 + $1.events.count }
        if request.writes.isEmpty || request.writes.contains(where: \.events.isEmpty) {
            throw .invalid("it has no events, or a write without events")
        }
        if events > AppendRequest.maximumEvents {
            throw .invalid("it has \(events) events, the most is \(AppendRequest.maximumEvents): split it")
        }
        var bytes = 0
        var streams: Set<StreamName> = []
        for write in request.writes {
            if request.writes.count > 1, !streams.insert(write.stream).inserted {
                throw .invalid("\(write.stream) occurs twice: put its events into one write")
            }
            if case .exact(let version) = write.expected, version < 1 {
                throw .invalid("an exact version is at least 1; use noStream for a new stream")
            }
            for event in write.events {
                bytes += event.data.count + event.metadata.count
                if !event.effectiveAt.isStorable {
                    throw .invalid("an effective time lies outside the years 1 to 9999")
                }
                if event.actor.isImport != (entrance == .imported) {
                    throw .invalid("actors that begin with \(Actor.importPrefix) are for imports, and for them alone")
                }
            }
        }
        if bytes > AppendRequest.maximumBytes {
            throw .invalid("it has \(bytes) bytes, the most is \(AppendRequest.maximumBytes): split it")
        }
    }

    // MARK: Sending

    /// Flushes after whoever else is about to hand in a request has had a turn: while requests keep coming, and no
    /// longer.
    func schedule() {
        if flushing { return }
        if queue.isLone { return flush() }
        flushing = true
        Task {
            var seen = -1
            while queue.expectsMore, queue.waitingCount > seen {
                seen = queue.waitingCount
                await Task.yield()
            }
            flushing = false
            flush()
        }
    }

    private func flush() {
        guard let connection else { return connect() }
        while true {
            let (batch, lookUp, refused) = queue.next(now: clock.now())
            if !refused.isEmpty {
                settling += 1
                Task { await self.settle(refused, on: connection) }
            }
            if !lookUp.isEmpty { Task { await self.lookUp(lookUp, on: connection) } }
            guard let batch else { return }
            // The database idles while an answer waits behind the work of those who are about to hand something in.
            Task(priority: .high) { await self.send(batch, on: connection) }
        }
    }

    private func send(_ batch: AppendBatch, on connection: PostgresConnection) async {
        do {
            let outcome = try AppendOutcome(await connection.query(AppendBatch.sql, batch.parameters(for: log)))
            let (done, duplicates, head) = queue.answered(batch, outcome)
            resolve(done)
            if head > outcome.head { onCommit(head) }
            if !duplicates.isEmpty {
                settling += 1
                Task {
                    await self.answerDuplicates(duplicates, on: connection)
                    self.settled()
                }
            }
        } catch let error as PostgresError {
            handle(error, batch, connection)
        } catch {
            resolve(queue.refused(batch, .refused("\(error)")))
        }
        schedule()
    }

    private func handle(_ error: PostgresError, _ batch: AppendBatch, _ connection: PostgresConnection) {
        if error.isOutcomeUnknown || error.kind == .closed {
            queue.failed(batch, careful: true)
            drop(connection, because: error)
            return
        }
        let said = error.serverMessage ?? error.summary
        switch error.sqlState {
        // The stamps grew old while the batch waited for the log's head row; with new ones it may pass.
        case "ZC001" where ContinuousClock.now - batch.built > .seconds(2):
            queue.failed(batch)
            resolve(queue.expire(now: .now, reason: said))
        case "ZC001": resolve(queue.refused(batch, .clockRefused(said)))
        // A request that was stored before, or a stream that exists: which, only a look can tell.
        case .uniqueViolation where !batch.isCareful: queue.failed(batch, careful: true)
        case "ZC003": resolve(queue.refused(batch, .noSuchLog(log)))
        case "ZC006": resolve(queue.refused(batch, .isSimulation(log)))
        case .some(let state) where state.errorClass == "40": queue.failed(batch)
        // Several requests, and the database does not say which of them it minds: each by itself.
        case .some where batch.entries.count > 1 && error.sqlState?.errorClass != "53":
            queue.failed(batch, alone: true)
        case .diskFull:
            let what = "its disk is full, make room on its volume and try again (\(said))"
            resolve(queue.refused(batch, .refused(what)))
        default: resolve(queue.refused(batch, .refused("\(error.description): \(said)")))
        }
    }

    func resolve(_ resolutions: [AppendQueue.Resolution]) {
        for (ticket, result) in resolutions { ticket.continuation.resume(with: result.mapError { $0 as any Error }) }
    }

    private func lookUp(_ streams: [StreamName], on connection: PostgresConnection) async {
        do {
            let rows = try await connection.query(
                """
                SELECT s.stream, s.version, s.head_leaf, s.recorded_at FROM unnest($2::text[]) AS u(stream)
                 CROSS JOIN LATERAL (SELECT * FROM caseflow.streams s
                                      WHERE s.log_id = $1 AND s.stream = u.stream LIMIT 1) AS s
                """,
                [log.rawValue, streams.map(\.rawValue)]
            )
            var found: [StreamName: StreamHead] = [:]
            for row in rows {
                let name = StreamName(trusted: try row.decode(0))
                found[name] = StreamHead(
                    version: try row.decode(1),
                    leaf: Digest(try row.decode(2, as: PostgresBytes.self).bytes),
                    recordedAt: try row.decode(3)
                )
            }
            queue.found(found, asked: streams)
        } catch {
            queue.lookUpFailed(streams)
            if let error = error as? PostgresError, error.isOutcomeUnknown || error.kind == .closed {
                drop(connection, because: error)
            } else {
                // Not a lost session: tell those who wait instead of asking for ever.
                try? await Task.sleep(for: .milliseconds(100))
                resolve(queue.expire(now: .now, reason: "\(error)"))
            }
        }
        schedule()
    }

    // MARK: The session

    func drop(_ broken: PostgresConnection, because error: PostgresError) {
        guard connection === broken else { return }
        connection = nil
        logger.warning("the appender lost its session and opens another", metadata: ["error": "\(error)"])
        Task { await broken.close() }
        schedule()
    }

    private func connect() {
        if connecting || queue.isEmpty { return }
        connecting = true
        Task {
            var backoff = Backoff(first: .milliseconds(20), limit: .seconds(1))
            while true {
                do {
                    connection = try await PostgresConnection.connect(configuration)
                    break
                } catch {
                    let failure = error as? PostgresError
                    let reason = failure?.serverMessage ?? "\(error)"
                    let now = ContinuousClock.now
                    resolve(queue.expire(now: failure?.isTransient == false ? now + patience : now, reason: reason))
                    if queue.isEmpty { break }
                    try? await Task.sleep(for: backoff.pause())
                }
            }
            connecting = false
            flush()
        }
    }
}
