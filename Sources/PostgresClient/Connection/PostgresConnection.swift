import CLibPQ

/// One session with a PostgreSQL server.
///
/// Statements may be sent by many tasks at once: the session is kept in libpq's pipeline mode, so a statement is sent
/// at once and does not wait for the answers to those before it. Each statement outside a transaction is a transaction
/// of its own; the failure of one does not touch the others. Answers come in the order of sending.
///
/// Cancelling the task that waits for a statement cancels the statement on the server; the call returns when the
/// server has said so, because until then nobody knows whether the statement took effect. A statement that was sent
/// behind a slow one is cancelled when its turn comes. Notices of the server are not kept.
public actor PostgresConnection {
    enum Mode {
        case pipeline
        case simple
        case closed
    }

    /// One statement and its parameters.
    typealias Statement = (sql: String, parameters: [any PostgresEncodable])

    /// What a caller asked for and who waits for it.
    struct Request {
        let statements: [Statement]
        var prepare: Bool
        /// Whether it may be sent again when it failed through no fault of its own, having left no trace.
        let mayBeSentAgain: Bool
        let continuation: CheckedContinuation<[PostgresResult], any Error>
    }

    typealias Queue = PipelineQueue<Request, ResultStorage>

    let wire: Wire
    var mode = Mode.simple
    /// Why the session ended.
    private var ending: PostgresError?
    /// The server has sent the last row of the COPY that runs.
    var copyEnded = false
    var queue = Queue()
    var pumping = false
    private var nextNumber = 0
    /// Names of prepared statements by their text. A statement is prepared when it is first sent with parameters.
    var prepared: [String: String] = [:]
    var preparedCount = 0
    /// At most so many statements are kept prepared in a session; further ones are sent as text.
    let preparedLimit = 256
    private var turns = Turnstile<CheckedContinuation<Void, any Error>>()
    /// The number of the transaction, COPY or script that has the session for itself.
    var hold: Int?
    /// The transaction whose handle is valid.
    var transaction: Int?
    /// The COPY or script that runs outside pipeline mode, if it may be cancelled.
    var cancellable: Int?
    /// A cancel request was sent; a late one could still hit a later statement, so pools do not reuse the session.
    public internal(set) var wasCancelled = false
    /// How long the server may take to answer a cancel request; after that the session is given up.
    private let cancelPatience = Duration.seconds(10)

    private init(wire: Wire) { self.wire = wire }

    /// Opens a session. Errors: `cannotConnect` (with the server's SQLSTATE when it sent one), `timeout`, `misuse`
    /// (the connection string cannot be read).
    public static func connect(_ configuration: PostgresConfiguration) async throws -> PostgresConnection {
        let wire = try await Wire.connect(configuration)
        let connection = PostgresConnection(wire: wire)
        try await connection.prepareSession(configuration)
        return connection
    }

    private func prepareSession(_ configuration: PostgresConfiguration) async throws {
        guard wire.enterPipeline() else { throw breakDown() }
        mode = .pipeline
        if let timeout = configuration.statementTimeout {
            let milliseconds =
                timeout.components.seconds * 1000 + timeout.components.attoseconds / 1_000_000_000_000_000
            let sql = "SELECT set_config('statement_timeout', $1, false)"
            try await query(sql, [String(milliseconds)], prepare: false)
        }
    }

    /// Whether the session can still be used, as far as this side has been told.
    public var isOpen: Bool { mode != .closed && !wire.isBroken }

    /// Whether nothing is left of its last user: it is open, idle, outside any transaction, and nothing was cancelled.
    var isReusable: Bool { mode == .pipeline && !wasCancelled && queue.isEmpty && hold == nil && wire.isIdle }

    /// Takes in what the server has said meanwhile, its goodbye included. For a session that was idle.
    func checkAlive() -> Bool {
        guard mode == .pipeline else { return false }
        if queue.isEmpty, !wire.takeInWhileIdle() { fail(with: lost()) }
        return isOpen
    }

    /// The server's major version times 10000 plus its minor version, for example 150018; 0 when the session has ended.
    public var serverVersion: Int { Int(PQserverVersion(wire.pointer)) }

    /// Ends the session. Statements on their way are cancelled on the server as far as possible and fail with `closed`.
    public func close() {
        fail(with: PostgresError(.closed, "the connection was closed"))
    }

    // MARK: Statements

    /// Runs one statement and returns its rows. Parameters are `$1`, `$2`, … and travel in binary.
    ///
    /// A statement with parameters is prepared on first use and kept for the session; pass `prepare: false` for text
    /// that will not come again. `timeout` counts from the call, waiting for a transaction of others included; it
    /// cancels the statement on the server and throws `timeout`.
    @discardableResult
    public func query(
        _ sql: String,
        _ parameters: [any PostgresEncodable] = [],
        prepare: Bool = true,
        timeout: Duration? = nil
    ) async throws -> PostgresResult {
        try refuseInsideHold()
        return try await Self.last(send([(sql, parameters)], prepare: prepare, timeout: timeout, shared: true))
    }

    /// Runs several statements as one implicit transaction, with one round trip. Returns each statement's rows.
    public func pipeline(
        _ statements: [(sql: String, parameters: [any PostgresEncodable])]
    ) async throws -> [PostgresResult] {
        try refuseInsideHold()
        return try await send(statements, prepare: true, timeout: nil, shared: true)
    }

    /// A statement of the user who has the session for himself; for a transaction's handle, while it is valid.
    func perform(
        _ sql: String,
        _ parameters: [any PostgresEncodable] = [],
        prepare: Bool = false,
        timeout: Duration? = nil,
        in number: Int? = nil
    ) async throws -> PostgresResult {
        if let number { try check(number) }
        return try await Self.last(send([(sql, parameters)], prepare: prepare, timeout: timeout, shared: false))
    }

    private static func last(_ results: [PostgresResult]) throws -> PostgresResult {
        guard let last = results.last else { throw PostgresError(.misuse, "the statement is empty") }
        return last
    }

    private func send(
        _ statements: [Statement],
        prepare: Bool,
        timeout: Duration?,
        shared: Bool
    ) async throws -> [PostgresResult] {
        try Task.checkCancellation()
        let id = number()
        let timer = timeout.map { limit in
            Task { [weak self] in
                try await Task.sleep(for: limit)
                await self?.stop(id, reason: .timedOut)
            }
        }
        defer { timer?.cancel() }
        if shared { try await enter(id, exclusive: false) }
        defer { if shared { leave(exclusive: false) } }
        try Task.checkCancellation()
        // Between here and `transmit` nothing suspends: a stop that comes earlier finds the waiting caller, a later
        // one the unit that was sent.
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let again = shared && !statements.contains { Self.mayCommitInside($0.sql) }
                transmit(
                    id,
                    Request(statements: statements, prepare: prepare, mayBeSentAgain: again, continuation: continuation)
                )
            }
        } onCancel: {
            Task { await self.stop(id, reason: .cancelled) }
        }
    }

    /// Procedures and anonymous blocks can commit on their own; such a statement may leave traces although it failed.
    private static func mayCommitInside(_ sql: String) -> Bool {
        // Byte by byte: every statement is looked at, and searching it for texts would cost as much as sending it.
        func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7a).contains(byte | 0x20) || byte >= 0x80 }
        let word = sql.utf8.drop { !isLetter($0) }.prefix(while: isLetter).prefix(5).map { $0 | 0x20 }
        if word == Array("call".utf8) || word == Array("do".utf8) { return true }
        var last: UInt8 = 0
        for byte in sql.utf8 {
            if last == UInt8(ascii: "-") && byte == last || last == UInt8(ascii: "/") && byte == UInt8(ascii: "*") {
                return true
            }
            last = byte
        }
        return false
    }

    func stop(_ id: Int, reason: Queue.StopReason) async {
        if let (waiter, admitted) = turns.giveUp(id) {
            for next in admitted { next.resume() }
            let late = PostgresError(
                .timeout,
                "a statement had to wait for its turn longer than allowed; it was not sent"
            )
            waiter.resume(throwing: reason == .timedOut ? late : CancellationError())
            return
        }
        if queue.stop(id, reason: reason) == .cancelOnServer { await cancelFirst(id) }
    }

    /// Cancels what runs on the server. A request that comes there before the statement has begun is lost, so it is
    /// repeated while there is no answer. If none comes for long, nobody is there to answer.
    func cancelFirst(_ id: Int) async {
        wasCancelled = true
        wire.cancelOnServer()
        let end = ContinuousClock.now + cancelPatience
        while ContinuousClock.now < end {
            try? await Task.sleep(for: .seconds(1))
            guard queue.stopAgain(id) == .cancelOnServer else { return }
            wire.cancelOnServer()
        }
        if queue.contains(id) { fail(with: lost()) }
    }

    // MARK: The end

    /// Ends the session and fails all that is on its way and all who wait for their turn.
    func fail(with error: PostgresError) {
        guard mode != .closed else { return }
        let busy = !queue.isEmpty || mode == .simple
        mode = .closed
        ending = error
        if busy, !wire.isBroken { wire.cancelOnServer() }
        wire.close()
        for unit in queue.drain() { unit.ticket.continuation.resume(throwing: unit.failure ?? error) }
        for waiter in turns.drain() { waiter.resume(throwing: unsent) }
    }

    /// Ends the session because the server is gone or libpq is at a loss.
    func breakDown() -> PostgresError {
        let error = lost()
        fail(with: error)
        return error
    }

    func lost() -> PostgresError {
        if let ending { return ending }
        return PostgresError(
            .connectionLost,
            "the session broke; whether the statement took effect is unknown",
            serverMessage: wire.message
        )
    }

    /// For a statement that was never sent because the session had ended.
    var unsent: PostgresError {
        PostgresError(
            ending?.kind == .closed ? .closed : .connectionLost,
            "the session had ended before the statement was sent",
            sqlState: ending?.sqlState,
            serverMessage: ending?.serverMessage
        )
    }

    // MARK: Who may use the session

    func number() -> Int {
        nextNumber += 1
        return nextNumber
    }

    /// Waits for a turn. Throws when the task is cancelled meanwhile, or the session ends.
    func enter(_ id: Int, exclusive: Bool) async throws {
        try Task.checkCancellation()
        if mode == .closed { throw unsent }
        if turns.tryEnter(exclusive: exclusive) { return }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { turns.wait(id, exclusive: exclusive, $0) }
        } onCancel: {
            Task { await self.stop(id, reason: .cancelled) }
        }
    }

    func leave(exclusive: Bool) {
        for next in turns.leave(exclusive: exclusive) { next.resume() }
    }
}
