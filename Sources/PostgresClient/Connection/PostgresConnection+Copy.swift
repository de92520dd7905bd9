import CLibPQ

extension PostgresConnection {
    /// Runs SQL text of one or more statements by the simple protocol: for schema scripts. No parameters; all
    /// statements are one transaction unless the text says otherwise.
    public func script(_ sql: String) async throws {
        try refuseInsideTransaction()
        await enter(exclusive: true)
        defer { leave(exclusive: true) }
        try await performScript(sql)
    }

    func performScript(_ sql: String) async throws {
        try leavePipeline()
        defer { reenterPipeline() }
        guard wire.sendScript(sql) else { throw breakDown() }
        var failure: PostgresError?
        while let result = try await nextResult() {
            if result.status == PGRES_FATAL_ERROR { failure = failure ?? result.error }
        }
        if let failure { throw failure }
    }

    /// COPY … TO STDOUT: hands the rows to `body` in batches of about `batchBytes` and waits for it before reading
    /// on, so memory stays flat. If `body` throws, the COPY is cancelled on the server.
    public nonisolated func copyOut(
        _ sql: String,
        batchBytes: Int = 1 << 18,
        _ body: (inout CopyBatch) async throws -> Void
    ) async throws {
        try await refuseInsideTransaction()
        await enter(exclusive: true)
        do {
            try await performCopyOut(sql, batchBytes: batchBytes, body)
        } catch {
            await leave(exclusive: true)
            throw error
        }
        await leave(exclusive: true)
    }

    /// COPY … FROM STDIN: `body` writes rows. If it throws, nothing is stored. Returns the number of rows stored.
    @discardableResult
    public nonisolated func copyIn(
        _ sql: String,
        _ body: (inout CopyWriter) async throws -> Void
    ) async throws -> Int {
        try await refuseInsideTransaction()
        await enter(exclusive: true)
        do {
            let stored = try await performCopyIn(sql, body)
            await leave(exclusive: true)
            return stored
        } catch {
            await leave(exclusive: true)
            throw error
        }
    }

    nonisolated func performCopyOut(
        _ sql: String,
        batchBytes: Int,
        _ body: (inout CopyBatch) async throws -> Void
    ) async throws {
        try await beginCopy(sql, expecting: PGRES_COPY_OUT)
        var batch = CopyBatch()
        do {
            while let bytes = try await readCopy(limit: batchBytes) {
                try Task.checkCancellation()
                batch.refill(bytes)
                try await body(&batch)
            }
        } catch let error as PostgresError where error.kind == .connectionLost {
            throw error
        } catch {
            try await abandonCopyOut()
            throw error
        }
        try await endCopyOut()
    }

    nonisolated func performCopyIn(_ sql: String, _ body: (inout CopyWriter) async throws -> Void) async throws -> Int {
        try await beginCopy(sql, expecting: PGRES_COPY_IN)
        var writer = CopyWriter(connection: self)
        do {
            try await body(&writer)
            try Task.checkCancellation()
            try await writer.finish()
        } catch let error as PostgresError where error.kind == .connectionLost {
            throw error
        } catch {
            try await abandonCopyIn()
            throw error
        }
        return try await endCopyIn()
    }

    // MARK: Steps

    private func beginCopy(_ sql: String, expecting status: ExecStatusType) async throws {
        try leavePipeline()
        copyEnded = false
        do {
            try await start(sql, expecting: status)
        } catch {
            reenterPipeline()
            throw error
        }
    }

    /// The next rows, at most about `limit` bytes; nil when the COPY has ended.
    private func readCopy(limit: Int) async throws -> [UInt8]? {
        if copyEnded { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(limit + 4096)
        while true {
            switch wire.readCopy(into: &bytes, limit: limit) {
            case .wait:
                // Rows that are here are worth handing over before the socket is waited for.
                if bytes.count >= limit / 2 { return bytes }
                try await awaitInput()
            case nil: return bytes
            case .done:
                copyEnded = true
                return bytes.isEmpty ? nil : bytes
            case .failed: throw breakDown()
            }
        }
    }

    private func abandonCopyOut() async throws {
        markCancelled()
        if !copyEnded {
            await wire.cancelOnServer()
            try await discardCopy()
        } else {
            _ = try await finishStatement()
        }
        reenterPipeline()
    }

    private func endCopyOut() async throws {
        let failure = try await finishStatement()
        reenterPipeline()
        if let failure { throw failure }
    }

    private func abandonCopyIn() async throws {
        try await endCopy(error: "the client gave up")
        _ = try await finishStatement()
        reenterPipeline()
    }

    private func endCopyIn() async throws -> Int {
        try await endCopy(error: nil)
        var stored = 0
        var failure: PostgresError?
        while let result = try await nextResult() {
            if result.status == PGRES_FATAL_ERROR { failure = failure ?? result.error }
            stored += PostgresResult(result).affectedRows
        }
        reenterPipeline()
        if let failure { throw failure }
        return stored
    }

    /// Sends bytes of a COPY IN; waits while the socket is full.
    func put(_ bytes: [UInt8]) async throws {
        while true {
            guard let accepted = wire.writeCopy(bytes) else { throw breakDown() }
            if accepted { break }
            try await drainOutput()
        }
        guard let out = wire.flush() else { throw breakDown() }
        if !out { try await drainOutput() }
    }

    private func endCopy(error: String?) async throws {
        while true {
            guard let accepted = wire.endCopy(error: error) else { throw breakDown() }
            if accepted { break }
            try await drainOutput()
        }
        try await drainOutput()
    }

    private func start(_ sql: String, expecting status: ExecStatusType) async throws {
        guard wire.sendScript(sql) else { throw breakDown() }
        guard let result = try await nextResult() else { throw breakDown() }
        if result.status == status { return }
        let failure =
            result.status == PGRES_FATAL_ERROR ? result.error : PostgresError(.misuse, "the statement is no such COPY")
        if result.status == PGRES_COPY_IN { try await endCopy(error: "not wanted") }
        if result.status == PGRES_COPY_OUT { try await discardCopy() }
        _ = try await finishStatement()
        throw failure
    }

    private func discardCopy() async throws {
        var rest: [UInt8] = []
        while true {
            rest.removeAll(keepingCapacity: true)
            switch wire.readCopy(into: &rest, limit: 1 << 20) {
            case .wait: try await awaitInput()
            case nil: continue
            case .done, .failed:
                _ = try await finishStatement()
                return
            }
        }
    }

    /// Reads results up to the end of the statement; the first error among them.
    private func finishStatement() async throws -> PostgresError? {
        var failure: PostgresError?
        while let result = try await nextResult() {
            if result.status == PGRES_FATAL_ERROR { failure = failure ?? result.error }
        }
        return failure
    }

    private func nextResult() async throws -> ResultStorage? {
        try await drainOutput()
        while wire.isBusy { try await awaitInput() }
        let result = wire.next()
        if result == nil, wire.isBroken { throw breakDown() }
        return result
    }

    private func awaitInput() async throws {
        await SocketReactor.shared.wait(for: .read, on: wire.socket)
        guard mode != .closed, wire.consume() else { throw breakDown() }
    }

    private func drainOutput() async throws {
        while true {
            guard mode != .closed, let out = wire.flush() else { throw breakDown() }
            if out { return }
            await SocketReactor.shared.wait(for: [.read, .write], on: wire.socket)
            guard mode != .closed, wire.consume() else { throw breakDown() }
        }
    }

    private func breakDown() -> PostgresError {
        let error = lost()
        fail(with: error)
        return error
    }
}
