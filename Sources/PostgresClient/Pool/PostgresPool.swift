/// Sessions for many users: opened when wanted, up to a maximum, handed out in turn, kept for the next.
///
/// While the server is away, those who want a session wait, the pool tries again with growing pauses, and after
/// `acquireTimeout` the wait ends with the reason. A session that broke, or on which something was cancelled, is
/// not handed out again.
public actor PostgresPool {
    private typealias Waiter = CheckedContinuation<PostgresConnection, any Error>

    /// Where the sessions lead.
    public nonisolated let configuration: PostgresConfiguration
    private let acquireTimeout: Duration
    private let idleTimeout: Duration
    private var machine: PoolStateMachine<PostgresConnection, Waiter>
    private var nextID = 0
    private var lastFailure: PostgresError?
    private var reaper: Task<Void, Never>?

    /// A pool of at most `maximum` sessions. Idle ones are closed after `idleTimeout`.
    public init(
        _ configuration: PostgresConfiguration,
        maximum: Int = 8,
        acquireTimeout: Duration = .seconds(30),
        idleTimeout: Duration = .seconds(300)
    ) {
        self.configuration = configuration
        self.acquireTimeout = acquireTimeout
        self.idleTimeout = idleTimeout
        machine = PoolStateMachine(maximum: maximum)
    }

    /// Lends a session for the length of `body`.
    public nonisolated func withConnection<Result>(
        _ body: (PostgresConnection) async throws -> Result
    ) async throws -> Result {
        let connection = try await acquire()
        do {
            let result = try await body(connection)
            await release(connection)
            return result
        } catch {
            await release(connection)
            throw error
        }
    }

    /// Runs one statement on some session.
    @discardableResult
    public nonisolated func query(
        _ sql: String,
        _ parameters: [any PostgresEncodable] = [],
        prepare: Bool = true,
        timeout: Duration? = nil
    ) async throws -> PostgresResult {
        try await withConnection { try await $0.query(sql, parameters, prepare: prepare, timeout: timeout) }
    }

    /// Runs `body` in a transaction on some session; see ``PostgresConnection/transaction(_:readOnly:_:)``.
    public nonisolated func transaction<Result>(
        _ isolation: PostgresTransaction.Isolation = .readCommitted,
        readOnly: Bool = false,
        _ body: (PostgresTransaction) async throws -> Result
    ) async throws -> Result {
        try await withConnection { try await $0.transaction(isolation, readOnly: readOnly, body) }
    }

    /// Sessions that are idle, lent out, being opened, and callers who wait.
    public var counts: (idle: Int, leased: Int, opening: Int, waiting: Int) { machine.counts }

    /// Turns away who waits, ends idle sessions, and ends lent ones when they come back.
    public func close() async {
        reaper?.cancel()
        guard case .refuse(let waiters, let connections) = machine.close() else { return }
        for waiter in waiters { waiter.resume(throwing: Self.closed) }
        for connection in connections { await connection.close() }
    }

    private static var closed: PostgresError { PostgresError(.closed, "the pool is closed") }

    // MARK: Lending

    private func acquire() async throws -> PostgresConnection {
        try Task.checkCancellation()
        while let connection = machine.takeIdle() {
            // The server may have ended an idle session; its user should not be the one to notice.
            if await connection.checkAlive() { return connection }
            for action in machine.returned(connection, reusable: false, at: .now) { perform(action) }
        }
        try Task.checkCancellation()
        let id = nextID
        nextID += 1
        let timer = Task { [acquireTimeout] in
            try await Task.sleep(for: acquireTimeout)
            self.giveUp(id, nil)
        }
        defer { timer.cancel() }
        // Until the continuation is with the machine nothing suspends, so whoever gives up finds it there.
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { perform(machine.want(id, $0)) }
        } onCancel: {
            Task { await self.giveUp(id, CancellationError()) }
        }
    }

    private func giveUp(_ id: Int, _ error: (any Error)?) {
        machine.giveUp(id)?.resume(
            throwing: error ?? lastFailure ?? PostgresError(.timeout, "all sessions of the pool were busy for too long")
        )
    }

    private func release(_ connection: PostgresConnection) async {
        let reusable = await connection.isReusable
        for action in machine.returned(connection, reusable: reusable, at: .now) { perform(action) }
        if reaper == nil, !machine.isClosed { startReaper() }
    }

    private func perform(_ action: PoolStateMachine<PostgresConnection, Waiter>.Action) {
        switch action {
        case .none: break
        case .lease(let connection, let waiter): waiter.resume(returning: connection)
        case .open: Task { await self.open() }
        case .close(let connections): end(connections)
        case .refuse(let waiters, let connections):
            for waiter in waiters { waiter.resume(throwing: Self.closed) }
            end(connections)
        }
    }

    private func end(_ connections: [PostgresConnection]) {
        Task { for connection in connections { await connection.close() } }
    }

    private func open() async {
        var backoff = Backoff()
        while true {
            do {
                let connection = try await PostgresConnection.connect(configuration)
                lastFailure = nil
                return perform(machine.opened(connection, at: .now))
            } catch {
                let failure = error as? PostgresError ?? PostgresError(.cannotConnect, "no session could be opened")
                lastFailure = failure
                // A wrong password does not get better by waiting.
                if !failure.isTransient {
                    for waiter in machine.refuseAll() { waiter.resume(throwing: failure) }
                }
                if machine.isClosed || machine.counts.waiting == 0 { return perform(machine.failedToOpen()) }
                try? await Task.sleep(for: backoff.pause())
            }
        }
    }

    private func startReaper() {
        let interval = max(idleTimeout / 2, .milliseconds(10))
        reaper = Task { [weak self] in
            while !Task.isCancelled {
                try? await Task.sleep(for: interval)
                guard let self else { return }
                await self.reap()
            }
        }
    }

    private func reap() {
        perform(machine.expire(before: .now - idleTimeout))
    }
}
