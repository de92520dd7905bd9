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
    private let number: Int

    init(connection: PostgresConnection, number: Int) {
        self.connection = connection
        self.number = number
    }

    /// Runs one statement in the transaction.
    @discardableResult
    public func query(
        _ sql: String,
        _ parameters: [any PostgresEncodable] = [],
        prepare: Bool = true,
        timeout: Duration? = nil
    ) async throws -> PostgresResult {
        try await connection.perform(sql, parameters, prepare: prepare, timeout: timeout, in: number)
    }

    /// Runs SQL text of one or more statements in the transaction; no parameters.
    public func script(_ sql: String) async throws {
        try await connection.performScript(sql, in: number)
    }

    /// COPY … FROM STDIN inside the transaction. Returns the number of rows stored.
    @discardableResult
    public func copyIn(_ sql: String, _ body: (inout CopyWriter) async throws -> Void) async throws -> Int {
        try await connection.performCopyIn(sql, in: number, body)
    }

    /// COPY … TO STDOUT inside the transaction.
    public func copyOut(
        _ sql: String,
        batchBytes: Int = 1 << 18,
        _ body: (inout CopyBatch) async throws -> Void
    ) async throws {
        try await connection.performCopyOut(sql, batchBytes: batchBytes, in: number, body)
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
        let begin = "BEGIN ISOLATION LEVEL \(isolation.rawValue)\(readOnly ? " READ ONLY" : "")"
        return try await exclusively { number in
            try await beginTransaction(number, begin)
            let result: Result
            do {
                result = try await body(PostgresTransaction(connection: self, number: number))
                try Task.checkCancellation()
            } catch {
                // A rollback that cannot be sent ends the session, and with it the transaction.
                _ = try? await endTransaction("ROLLBACK", timeout: .seconds(5))
                throw error
            }
            let commit = try await endTransaction("COMMIT")
            // A transaction in which a statement failed and the failure was swallowed commits as a rollback.
            guard commit.commandTag == "COMMIT" else {
                throw PostgresError(.misuse, "a statement of the transaction had failed, so it was rolled back")
            }
            return result
        }
    }
}
