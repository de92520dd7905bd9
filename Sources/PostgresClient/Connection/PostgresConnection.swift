import CLibPQ
import DequeModule
import Dispatch

/// One session with a PostgreSQL server.
///
/// Statements may be sent by many tasks at once: the session is kept in libpq's pipeline mode, so a statement is sent
/// at once and does not wait for the answers to those before it. Each statement outside a transaction is a transaction
/// of its own; the failure of one does not touch the others. Answers come in the order of sending.
///
/// Cancelling the task that waits for a statement cancels the statement on the server.
public actor PostgresConnection {
    enum Mode {
        case pipeline
        case simple
        case closed
    }

    let wire: Wire
    var mode = Mode.simple
    /// The server has sent the last row of the COPY that runs.
    var copyEnded = false
    private var queue = PipelineQueue<CheckedContinuation<[PostgresResult], any Error>>()
    private var nextUnit = 0
    private var pumping = false
    /// Names of prepared statements by their text. A statement is prepared when it is first sent with parameters.
    private var prepared: [String: String] = [:]
    private var preparedCount = 0
    /// Everything that needs the session for itself: transactions, COPY, scripts. Statements wait in the same queue.
    private var exclusive = false
    private var turnstile: Deque<(exclusive: Bool, continuation: CheckedContinuation<Void, Never>)> = []
    private var shared = 0
    /// A cancel request was sent; a late one could still hit a later statement, so pools do not reuse the session.
    public private(set) var wasCancelled = false
    private let statementLimit = 256

    /// The session whose transaction the current task is in, to tell a mistake from a wait without end.
    @TaskLocal static var insideTransaction: ObjectIdentifier?

    private init(wire: Wire) { self.wire = wire }

    /// Opens a session. Errors: `cannotConnect` (with the server's SQLSTATE when it sent one), `timeout`.
    public static func connect(_ configuration: PostgresConfiguration) async throws -> PostgresConnection {
        let wire = try await Wire.connect(configuration)
        let connection = PostgresConnection(wire: wire)
        try await connection.prepareSession(configuration)
        return connection
    }

    private func prepareSession(_ configuration: PostgresConfiguration) async throws {
        guard wire.enterPipeline() else { throw lost() }
        mode = .pipeline
        if let timeout = configuration.statementTimeout {
            let milliseconds = timeout.components.seconds * 1000 + timeout.components.attoseconds / 1_000_000_000_000_000
            try await query("SELECT set_config('statement_timeout', $1, false)", [String(milliseconds)])
        }
    }

    /// Whether the session can still be used, as far as this side has been told.
    public var isOpen: Bool { mode != .closed && !wire.isBroken }

    /// Takes in what the server has said meanwhile, its goodbye included. For a session that was idle.
    func checkAlive() -> Bool {
        guard mode == .pipeline else { return false }
        if queue.isEmpty, !wire.consume() { fail(with: lost()) }
        return isOpen
    }

    /// The server's major version times 10000 plus its minor version, for example 150018.
    public var serverVersion: Int { Int(PQserverVersion(wire.pointer)) }

    /// Ends the session. Statements on their way fail with `closed`.
    public func close() {
        fail(with: PostgresError(.closed, "the connection was closed"))
    }

    // MARK: Statements

    /// Runs one statement and returns its rows. Parameters are `$1`, `$2`, … and travel in binary.
    ///
    /// A statement with parameters is prepared on first use and kept for the session; pass `prepare: false` for text
    /// that will not come again. `timeout` cancels the statement on the server and throws `timeout`.
    @discardableResult
    public func query(
        _ sql: String,
        _ parameters: [any PostgresEncodable] = [],
        prepare: Bool = true,
        timeout: Duration? = nil
    ) async throws -> PostgresResult {
        try refuseInsideTransaction()
        await enter(exclusive: false)
        defer { leave(exclusive: false) }
        return try await perform(sql, parameters, prepare: prepare, timeout: timeout)
    }

    /// Runs several statements as one implicit transaction, with one round trip. Returns each statement's rows.
    public func pipeline(
        _ statements: [(sql: String, parameters: [any PostgresEncodable])]
    ) async throws -> [PostgresResult] {
        try refuseInsideTransaction()
        await enter(exclusive: false)
        defer { leave(exclusive: false) }
        return try await send(statements, prepare: true, timeout: nil)
    }

    func perform(
        _ sql: String,
        _ parameters: [any PostgresEncodable],
        prepare: Bool,
        timeout: Duration?
    ) async throws -> PostgresResult {
        let results = try await send([(sql, parameters)], prepare: prepare, timeout: timeout)
        guard let last = results.last else { throw PostgresError(.misuse, "the statement is empty") }
        return last
    }

    private func send(
        _ statements: [(sql: String, parameters: [any PostgresEncodable])],
        prepare: Bool,
        timeout: Duration?
    ) async throws -> [PostgresResult] {
        try Task.checkCancellation()
        let id = nextUnit
        nextUnit += 1
        let timer = timeout.map { limit in
            Task { [weak self] in
                try await Task.sleep(for: limit)
                await self?.stop(id, reason: .timedOut)
            }
        }
        defer { timer?.cancel() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                transmit(id, statements, prepare: prepare, continuation)
            }
        } onCancel: {
            Task { await self.stop(id, reason: .cancelled) }
        }
    }

    private func transmit(
        _ id: Int,
        _ statements: [(sql: String, parameters: [any PostgresEncodable])],
        prepare: Bool,
        _ continuation: CheckedContinuation<[PostgresResult], any Error>
    ) {
        guard mode == .pipeline else {
            let closed = mode == .closed
            continuation.resume(
                throwing: closed ? lost() : PostgresError(.misuse, "a statement was sent while the session does a COPY")
            )
            return
        }
        var names: [String] = []
        var sent = true
        for (sql, values) in statements where sent {
            let parameters = PostgresParameters(values)
            guard prepare, !values.isEmpty, prepared[sql] != nil || prepared.count < statementLimit else {
                sent = wire.send(sql, prepared: false, parameters)
                continue
            }
            let name: String
            if let known = prepared[sql] {
                name = known
            } else {
                preparedCount += 1
                name = "s\(preparedCount)"
                prepared[sql] = name
                names.append(sql)
                sent = wire.sendPrepare(name, sql, types: parameters.types)
            }
            sent = sent && wire.send(name, prepared: true, parameters)
        }
        guard sent, wire.sync() else {
            let error = lost()
            fail(with: error)
            continuation.resume(throwing: error)
            return
        }
        queue.sent(id, ticket: continuation, prepares: names)
        startPump()
    }

    private func stop(_ id: Int, reason: PipelineQueue<CheckedContinuation<[PostgresResult], any Error>>.StopReason) async {
        if case .cancelOnServer = queue.stop(id, reason: reason) {
            wasCancelled = true
            await wire.cancelOnServer()
        }
    }

    // MARK: The pump: reads answers while statements are on their way

    private func startPump() {
        guard let out = wire.flush() else { return fail(with: lost()) }
        if pumping {
            // The pump waits for input; it must wait for room to write as well.
            if !out { SocketReactor.shared.interrupt(wire.socket) }
            return
        }
        pumping = true
        Task { await self.pump() }
    }

    private func pump() async {
        defer { pumping = false }
        while !queue.isEmpty, mode == .pipeline {
            guard let out = wire.flush(), wire.consume() else { return fail(with: lost()) }
            var finished: [PipelineQueue<CheckedContinuation<[PostgresResult], any Error>>.Unit] = []
            while !queue.isEmpty, !wire.isBusy {
                guard let result = wire.next() else {
                    if wire.isBroken { break }
                    continue
                }
                if take(result, &finished) {
                    wasCancelled = true
                    await wire.cancelOnServer()
                }
            }
            for unit in finished { finish(unit) }
            if queue.isEmpty { break }
            if wire.isBroken { return fail(with: lost()) }
            if finished.isEmpty || wire.isBusy {
                await SocketReactor.shared.wait(for: out ? .read : [.read, .write], on: wire.socket)
            }
        }
    }

    /// Takes in one result. True when the unit that begins now should be cancelled.
    private func take(
        _ result: ResultStorage,
        _ finished: inout [PipelineQueue<CheckedContinuation<[PostgresResult], any Error>>.Unit]
    ) -> Bool {
        switch result.status {
        case PGRES_PIPELINE_SYNC:
            let (unit, next) = queue.synced()
            if let unit { finished.append(unit) }
            if case .cancelOnServer = next { return true }
        case PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE:
            queue.received(result, failure: result.error)
        case PGRES_PIPELINE_ABORTED:
            break  // a statement after the failed one of the same unit
        case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
            let refusal = PostgresError(.misuse, "COPY goes through copyIn and copyOut")
            queue.received(result, failure: refusal)
            fail(with: refusal)
        default:
            queue.received(result, failure: nil)
        }
        return false
    }

    private func finish(_ unit: PipelineQueue<CheckedContinuation<[PostgresResult], any Error>>.Unit) {
        guard let failure = unit.failure else {
            // A prepared statement answers too; what the caller asked for comes after it.
            let results = unit.results.suffix(unit.results.count - unit.prepares.count)
            return unit.ticket.resume(returning: results.map(PostgresResult.init))
        }
        for sql in unit.prepares { prepared[sql] = nil }
        if failure.sqlState == "26000" { prepared = [:] }  // the pooler between us gave us another session
        switch unit.stopReason {
        case .cancelled where failure.sqlState == .queryCanceled: unit.ticket.resume(throwing: CancellationError())
        case .timedOut where failure.sqlState == .queryCanceled:
            unit.ticket.resume(
                throwing: PostgresError(.timeout, "a statement took longer than allowed and was cancelled on the server")
            )
        default: unit.ticket.resume(throwing: failure)
        }
    }

    /// Ends the session and fails all that is on its way.
    func fail(with error: PostgresError) {
        guard mode != .closed else { return }
        mode = .closed
        SocketReactor.shared.interrupt(wire.socket)
        for unit in queue.drain() { unit.ticket.resume(throwing: unit.failure ?? error) }
        wire.close()
    }

    func lost() -> PostgresError {
        PostgresError(
            .connectionLost,
            "the session broke; whether the statement took effect is unknown",
            serverMessage: wire.message
        )
    }

    // MARK: Who may use the session

    func refuseInsideTransaction() throws {
        if Self.insideTransaction == ObjectIdentifier(self) {
            throw PostgresError(.misuse, "inside a transaction its own handle must be used, not the connection")
        }
    }

    /// Waits for a turn: statements run side by side, whatever needs the session for itself runs alone; in order.
    func enter(exclusive wanted: Bool) async {
        if turnstile.isEmpty, !exclusive, !wanted || shared == 0 {
            if wanted { exclusive = true } else { shared += 1 }
            return
        }
        await withCheckedContinuation { turnstile.append((wanted, $0)) }
    }

    func leave(exclusive held: Bool) {
        if held { exclusive = false } else { shared -= 1 }
        while let next = turnstile.first, !exclusive, !next.exclusive || shared == 0 {
            turnstile.removeFirst()
            if next.exclusive { exclusive = true } else { shared += 1 }
            next.continuation.resume()
        }
    }

    /// Leaves pipeline mode. Only while the session is held exclusively, so nothing is on its way.
    func leavePipeline() throws {
        guard mode == .pipeline, queue.isEmpty, wire.exitPipeline() else {
            let error = lost()
            fail(with: error)
            throw error
        }
        mode = .simple
    }

    func reenterPipeline() {
        guard mode == .simple else { return }
        if wire.enterPipeline() { mode = .pipeline } else { fail(with: lost()) }
    }

    func markCancelled() { wasCancelled = true }
}
