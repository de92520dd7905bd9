/// The inside of a transaction. Valid until the closure that received it has ended; later use throws `misuse`.
public final class PostgresTransaction: Sendable {
    /// How concurrent transactions see each other (SQL standard; PostgreSQL manual, 13.2).
    public enum Isolation: String, Sendable {
        /// Each statement sees what was committed before it.
        case readCommitted = "READ COMMITTED"
        /// All statements see what was committed before the first.
        case repeatableRead = "REPEATABLE READ"
        /// As if transactions ran one after the other.
        case serializable = "SERIALIZABLE"
    }

    private let connection: PostgresConnection
    private let state = TransactionState()

    init(connection: PostgresConnection) { self.connection = connection }

    /// Runs one statement in the transaction.
    @discardableResult
    public func query(
        _ sql: String,
        _ parameters: [any PostgresEncodable] = [],
        prepare: Bool = true,
        timeout: Duration? = nil
    ) async throws -> PostgresResult {
        try await state.check()
        return try await connection.perform(sql, parameters, prepare: prepare, timeout: timeout)
    }

    /// Runs SQL text of one or more statements in the transaction; no parameters.
    public func script(_ sql: String) async throws {
        try await state.check()
        try await connection.performScript(sql)
    }

    /// COPY … FROM STDIN inside the transaction. Returns the number of rows stored.
    @discardableResult
    public func copyIn(_ sql: String, _ body: (inout CopyWriter) async throws -> Void) async throws -> Int {
        try await state.check()
        return try await connection.performCopyIn(sql, body)
    }

    /// COPY … TO STDOUT inside the transaction.
    public func copyOut(
        _ sql: String,
        batchBytes: Int = 1 << 18,
        _ body: (inout CopyBatch) async throws -> Void
    ) async throws {
        try await state.check()
        try await connection.performCopyOut(sql, batchBytes: batchBytes, body)
    }

    func end() async { await state.end() }

    private actor TransactionState {
        private var ended = false
        func end() { ended = true }
        func check() throws {
            if ended { throw PostgresError(.misuse, "the transaction has ended; its handle cannot be used") }
        }
    }
}

extension PostgresConnection {
    /// Runs `body` in a transaction: committed when it returns, rolled back when it throws or is cancelled.
    ///
    /// The session is the transaction's alone meanwhile. If the commit's answer is lost, the error's
    /// `isOutcomeUnknown` is true.
    public nonisolated func transaction<Result>(
        _ isolation: PostgresTransaction.Isolation = .readCommitted,
        readOnly: Bool = false,
        _ body: (PostgresTransaction) async throws -> Result
    ) async throws -> Result {
        try await refuseInsideTransaction()
        await enter(exclusive: true)
        do {
            let result = try await performTransaction(isolation, readOnly: readOnly, body)
            await leave(exclusive: true)
            return result
        } catch {
            await leave(exclusive: true)
            throw error
        }
    }

    private nonisolated func performTransaction<Result>(
        _ isolation: PostgresTransaction.Isolation,
        readOnly: Bool,
        _ body: (PostgresTransaction) async throws -> Result
    ) async throws -> Result {
        let begin = "BEGIN ISOLATION LEVEL \(isolation.rawValue)\(readOnly ? " READ ONLY" : "")"
        _ = try await perform(begin, [], prepare: false, timeout: nil)
        let handle = PostgresTransaction(connection: self)
        let result: Result
        do {
            result = try await Self.$insideTransaction.withValue(ObjectIdentifier(self)) { try await body(handle) }
            try Task.checkCancellation()
        } catch {
            await handle.end()
            await rollback()
            throw error
        }
        await handle.end()
        let commit = try await uncancelled { try await self.perform("COMMIT", [], prepare: false, timeout: nil) }
        // A transaction in which a statement failed and the failure was swallowed commits as a rollback.
        guard commit.commandTag == "COMMIT" else {
            throw PostgresError(.misuse, "a statement of the transaction had failed, so it was rolled back")
        }
        return result
    }

    /// A rollback that cannot be sent ends the session: nobody else may find the transaction open.
    private func rollback() async {
        guard isOpen else { return }
        do {
            _ = try await uncancelled { try await self.perform("ROLLBACK", [], prepare: false, timeout: .seconds(5)) }
        } catch {
            close()
        }
    }

    /// The end of a transaction must be sent even if the task was cancelled meanwhile.
    private func uncancelled(
        _ body: @escaping @Sendable () async throws -> PostgresResult
    ) async throws -> PostgresResult {
        try await Task { try await body() }.value
    }
}
