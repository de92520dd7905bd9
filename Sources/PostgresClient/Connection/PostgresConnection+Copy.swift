import CLibPQ

extension PostgresConnection {
    /// Runs SQL text of one or more statements by the simple protocol: for schema scripts. No parameters; all
    /// statements are one transaction unless the text says otherwise. Cancelling the task cancels on the server.
    public nonisolated func script(_ sql: String) async throws {
        try await exclusively { _ in try await performScript(sql) }
    }

    /// COPY … TO STDOUT: hands the rows to `body` in batches of about `batchBytes` and waits for it before reading
    /// on, so memory stays flat. If `body` throws, the COPY is cancelled on the server.
    public nonisolated func copyOut(
        _ sql: String,
        batchBytes: Int = 1 << 18,
        _ body: (inout CopyBatch) async throws -> Void
    ) async throws {
        try await exclusively { _ in try await performCopyOut(sql, batchBytes: batchBytes, body) }
    }

    /// COPY … FROM STDIN: `body` writes rows. If it throws, nothing is stored. Returns the number of rows stored.
    @discardableResult
    public nonisolated func copyIn(
        _ sql: String,
        _ body: (inout CopyWriter) async throws -> Void
    ) async throws -> Int {
        try await exclusively { _ in try await performCopyIn(sql, body) }
    }

    nonisolated func performScript(_ sql: String, in transaction: Int? = nil) async throws {
        try await outsidePipeline(in: transaction) { _ in try await runScript(sql) }
    }

    nonisolated func performCopyOut(
        _ sql: String,
        batchBytes: Int,
        in transaction: Int? = nil,
        _ body: (inout CopyBatch) async throws -> Void
    ) async throws {
        try await outsidePipeline(in: transaction) { _ in
            try await start(sql, expecting: PGRES_COPY_OUT)
            var batch = CopyBatch()
            do {
                while let bytes = try await readCopy(limit: max(1, batchBytes)) {
                    try Task.checkCancellation()
                    batch.refill(bytes)
                    try await body(&batch)
                }
            } catch {
                // Where the session is lost there is nothing to abandon, and the first error says more.
                try? await abandonCopyOut()
                throw error
            }
            if let failure = try await finishStatement() { throw failure }
        }
    }

    nonisolated func performCopyIn(
        _ sql: String,
        in transaction: Int? = nil,
        _ body: (inout CopyWriter) async throws -> Void
    ) async throws -> Int {
        try await outsidePipeline(in: transaction) { id in
            try await start(sql, expecting: PGRES_COPY_IN)
            var writer = CopyWriter(connection: self, number: id)
            do {
                try await body(&writer)
                try Task.checkCancellation()
                try await writer.finish()
            } catch {
                try? await abandonCopyIn()
                throw error
            }
            return try await endCopyIn()
        }
    }

    // MARK: Steps

    private func runScript(_ sql: String) async throws {
        if let flaw = Wire.flaw(in: sql) { throw PostgresError(.misuse, flaw) }
        guard wire.sendScript(sql) else { throw breakDown() }
        if let failure = try await finishStatement() { throw failure }
    }

    private func start(_ sql: String, expecting status: ExecStatusType) async throws {
        if let flaw = Wire.flaw(in: sql) { throw PostgresError(.misuse, flaw) }
        guard wire.sendScript(sql) else { throw breakDown() }
        guard let result = try await nextResult() else { throw breakDown() }
        if result.status == status { return }
        let failure =
            result.status == PGRES_FATAL_ERROR ? result.error : PostgresError(.misuse, "the statement is no such COPY")
        try await refuseCopy(result)
        _ = try await finishStatement()
        throw failure
    }

    /// The next rows, at most about `limit` bytes; nil when the COPY has ended.
    private func readCopy(limit: Int) async throws -> [UInt8]? {
        if copyEnded { return nil }
        if mode == .closed { throw lost() }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(limit + 4096)
        while true {
            switch wire.readCopy(into: &bytes, limit: limit) {
            case .wait:
                // Rows that are here are worth handing over before the socket is waited for.
                if bytes.count >= limit / 2, !bytes.isEmpty { return bytes }
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
        if mode == .closed { return }
        if !copyEnded {
            cancelOnServer()
            try await discardCopy()
        }
        _ = try await finishStatement()
    }

    private func abandonCopyIn() async throws {
        if mode == .closed { return }
        try await endCopy(error: "the client gave up")
        _ = try await finishStatement()
    }

    private func endCopyIn() async throws -> Int {
        try await endCopy(error: nil)
        var stored = 0
        var failure: PostgresError?
        while let result = try await nextResult() {
            if result.status == PGRES_FATAL_ERROR { failure = failure ?? result.error }
            stored += PostgresResult(result).affectedRows
        }
        if let failure { throw failure }
        return stored
    }

    /// Sends bytes of the COPY IN of this number; waits while the socket is full.
    func put(_ bytes: [UInt8], in id: Int) async throws {
        try checkCopy(id)
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

    /// Ends a COPY that nobody wants, or libpq would report it for ever.
    private func refuseCopy(_ result: ResultStorage) async throws {
        if result.status == PGRES_COPY_IN { try await endCopy(error: "not wanted") }
        if result.status == PGRES_COPY_OUT { try await discardCopy() }
    }

    private func discardCopy() async throws {
        var rest: [UInt8] = []
        while true {
            rest.removeAll(keepingCapacity: true)
            switch wire.readCopy(into: &rest, limit: 1 << 20) {
            case .wait: try await awaitInput()
            case nil: continue
            case .done, .failed:
                copyEnded = true
                return
            }
        }
    }

    /// Reads results up to the end of the statement; the first error among them.
    private func finishStatement() async throws -> PostgresError? {
        var failure: PostgresError?
        do {
            while let result = try await nextResult() {
                if result.status == PGRES_FATAL_ERROR { failure = failure ?? result.error }
                if result.status == PGRES_COPY_IN || result.status == PGRES_COPY_OUT {
                    failure = failure ?? PostgresError(.misuse, "COPY goes through copyIn and copyOut")
                    try await refuseCopy(result)
                }
            }
        } catch {
            // The server's reason for ending the session says more than that it has ended.
            throw failure ?? error
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
        guard mode != .closed else { throw lost() }
        await wire.wait(for: .read)
        guard mode != .closed, wire.consume() else { throw breakDown() }
    }

    private func drainOutput() async throws {
        while true {
            guard mode != .closed, let out = wire.flush() else { throw breakDown() }
            if out { return }
            await wire.wait(for: [.read, .write])
            guard mode != .closed, wire.consume() else { throw breakDown() }
        }
    }
}
