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
        await perform(machine.close())
    }

    // MARK: Lending

    private func acquire() async throws -> PostgresConnection {
        try Task.checkCancellation()
        let id = nextID
        nextID += 1
        let timer = Task { [acquireTimeout] in
            try await Task.sleep(for: acquireTimeout)
            self.giveUp(id, nil)
        }
        defer { timer.cancel() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let action = machine.want(id, continuation)
                Task { await self.perform(action) }
            }
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
        let open = await connection.isOpen
        let cancelled = await connection.wasCancelled
        for action in machine.returned(connection, reusable: open && !cancelled, at: .now) { await perform(action) }
        if reaper == nil { startReaper() }
    }

    private func perform(_ action: PoolStateMachine<PostgresConnection, Waiter>.Action) async {
        switch action {
        case .none: break
        case .lease(let connection, let waiter):
            // The server may have ended an idle session; the next user should not be the one to notice.
            if await connection.checkAlive() {
                waiter.resume(returning: connection)
            } else {
                let id = nextID
                nextID += 1
                let actions = machine.returned(connection, reusable: false, at: .now) + [machine.want(id, waiter)]
                for action in actions { await perform(action) }
            }
        case .open: Task { await self.open() }
        case .close(let connections): for connection in connections { await connection.close() }
        case .refuse(let waiters, let connections):
            for waiter in waiters { waiter.resume(throwing: PostgresError(.closed, "the pool is closed")) }
            for connection in connections { await connection.close() }
        }
    }

    private func open() async {
        var backoff = Backoff()
        while true {
            do {
                let connection = try await PostgresConnection.connect(configuration)
                lastFailure = nil
                return await perform(machine.opened(connection, at: .now))
            } catch {
                let failure = error as? PostgresError ?? PostgresError(.cannotConnect, "no session could be opened")
                lastFailure = failure
                // A wrong password does not get better by waiting.
                if !failure.isTransient {
                    for waiter in machine.refuseAll() { waiter.resume(throwing: failure) }
                }
                if machine.isClosed || machine.counts.waiting == 0 { return await perform(machine.failedToOpen()) }
                try? await Task.sleep(for: backoff.pause())
            }
        }
    }

    private func startReaper() {
        let interval = idleTimeout / 2
        reaper = Task { [weak self] in
            while !Task.isCancelled {
                try? await Task.sleep(for: interval)
                await self?.reap()
            }
        }
    }

    private func reap() async {
        await perform(machine.expire(before: .now - idleTimeout))
    }
}
