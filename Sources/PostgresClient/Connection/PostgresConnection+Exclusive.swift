/// What one user does with the session for himself: transactions, and COPY and scripts outside pipeline mode.
extension PostgresConnection {
    // MARK: Transactions

    func beginTransaction(_ number: Int, _ sql: String) async throws {
        _ = try await perform(sql)
        transaction = number
    }

    /// Throws unless the transaction's handle may still be used.
    func check(_ number: Int) throws {
        if transaction != number {
            throw PostgresError(.misuse, "the transaction has ended; its handle cannot be used")
        }
    }

    /// Ends the transaction by COMMIT or ROLLBACK, which is sent even if the task was cancelled. From here on the handle
    /// is refused: nothing gets behind the end. A session that is then not outside any transaction is ended.
    func endTransaction(_ sql: String, timeout: Duration? = nil) async throws -> PostgresResult {
        transaction = nil
        if mode == .closed { throw unsent }
        do {
            let result = try await Task { try await self.perform(sql, timeout: timeout) }.value
            if !wire.isIdle { fail(with: lost()) }
            return result
        } catch {
            if mode != .pipeline || !wire.isIdle { fail(with: lost()) }
            throw error
        }
    }

    // MARK: COPY and scripts, outside pipeline mode

    /// Runs `body`, during which the session is outside pipeline mode; cancels on the server if the task is cancelled.
    nonisolated func outsidePipeline<Result>(
        in number: Int? = nil,
        _ body: (Int) async throws -> Result
    ) async throws -> Result {
        let id = try await leavePipeline(in: number)
        do {
            let result = try await withTaskCancellationHandler {
                try await body(id)
            } onCancel: {
                Task { await self.cancelOutsidePipeline(id) }
            }
            await reenterPipeline()
            return result
        } catch {
            await reenterPipeline()
            // The server's word for what we asked of it.
            if (error as? PostgresError)?.sqlState == .queryCanceled, Task.isCancelled { throw CancellationError() }
            throw error
        }
    }

    private func leavePipeline(in transaction: Int?) throws -> Int {
        if let transaction { try check(transaction) }
        try Task.checkCancellation()
        if mode == .closed { throw unsent }
        guard mode == .pipeline, queue.isEmpty else {
            throw PostgresError(.misuse, "a COPY or script was begun while the transaction does something else")
        }
        guard wire.exitPipeline() else { throw breakDown() }
        mode = .simple
        copyEnded = false
        let id = number()
        cancellable = id
        return id
    }

    private func reenterPipeline() {
        cancellable = nil
        guard mode == .simple else { return }
        if wire.enterPipeline() { mode = .pipeline } else { fail(with: lost()) }
    }

    private func cancelOutsidePipeline(_ id: Int) {
        if cancellable == id { cancelOnServer() }
    }

    func cancelOnServer() {
        wasCancelled = true
        queue.cancelWasRequested()
        wire.cancelOnServer()
    }

    /// Throws unless the COPY of this number still runs.
    func checkCopy(_ id: Int) throws {
        if mode == .closed { throw lost() }
        if cancellable != id { throw PostgresError(.misuse, "the COPY has ended; its writer cannot be used") }
    }
}
