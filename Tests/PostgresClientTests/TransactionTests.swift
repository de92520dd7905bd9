import PostgresClient
import Support
import Testing

@Suite struct TransactionTests {
    private struct Stop: Error {}

    private func table(_ connection: PostgresConnection) async throws {
        try await connection.script("CREATE TEMP TABLE t (v bigint PRIMARY KEY)")
    }

    private func count(_ connection: PostgresConnection) async throws -> Int {
        try await connection.query("SELECT count(*) FROM t")[0].decode(0)
    }

    @Test func `a transaction commits, and rolls back when its body throws`() async throws {
        let connection = try await TestSession.open()
        try await table(connection)
        let answer = try await connection.transaction(.serializable) { transaction in
            try await transaction.query("INSERT INTO t VALUES ($1)", [1])
            try await transaction.script("INSERT INTO t VALUES (2); INSERT INTO t VALUES (3)")
            return 42
        }
        #expect(answer == 42)
        #expect(try await count(connection) == 3)
        await #expect(throws: Stop.self) {
            try await connection.transaction { transaction in
                try await transaction.query("DELETE FROM t")
                throw Stop()
            }
        }
        #expect(try await count(connection) == 3)
        await connection.close()
    }

    @Test func `a read-only transaction refuses to write`() async throws {
        let connection = try await TestSession.open()
        let error = await #expect(throws: PostgresError.self) {
            try await connection.transaction(readOnly: true) { try await $0.query("CREATE TABLE no (v int)") }
        }
        #expect(error?.sqlState == "25006")
        await connection.close()
    }

    @Test func `a cancelled transaction is rolled back`() async throws {
        let connection = try await TestSession.open()
        try await table(connection)
        let pid = try await TestSession.pid(connection)
        let (inside, signal) = AsyncStream.makeStream(of: Void.self)
        let task = Task {
            try await connection.transaction { transaction in
                try await transaction.query("INSERT INTO t VALUES (1)")
                signal.finish()
                try await transaction.query("SELECT pg_sleep(120)")
            }
        }
        for await _ in inside {}
        // A cancel request that comes before the statement has begun on the server is lost.
        try await TestSession.eventually(
            "SELECT state = 'active' AND query LIKE '%pg_sleep%' FROM pg_stat_activity WHERE pid = $1::bigint::int",
            [pid]
        )
        task.cancel()
        try await soon { await #expect(throws: CancellationError.self) { try await task.value } }
        #expect(try await count(connection) == 0)
        await connection.close()
    }

    @Test func `a body that returns although its task was cancelled is rolled back`() async throws {
        let connection = try await TestSession.open()
        try await table(connection)
        let task = Task {
            try await connection.transaction { transaction in
                try await transaction.query("INSERT INTO t VALUES (1)")
                withUnsafeCurrentTask { $0?.cancel() }
            }
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try await count(connection) == 0)
        await connection.close()
    }

    @Test func `a transaction's handle is refused after its end`() async throws {
        let connection = try await TestSession.open()
        let handle = try await connection.transaction { $0 }
        let uses: [() async throws -> Void] = [
            { try await handle.query("SELECT 1") }, { try await handle.script("SELECT 1") },
            { try await handle.copyOut("COPY (SELECT 1) TO STDOUT") { _ in } },
        ]
        for use in uses {
            #expect(await #expect(throws: PostgresError.self) { try await use() }?.kind == .misuse)
            let during = try await connection.transaction { _ in
                await #expect(throws: PostgresError.self) { try await use() }
            }
            #expect(during?.kind == .misuse)
        }
        await connection.close()
    }

    @Test func `the connection inside its own transaction is a mistake, not a hang`() async throws {
        let connection = try await TestSession.open()
        let other = try await TestSession.open()
        try await soon {
            try await connection.transaction { _ in
                // Inside another session's transaction too.
                try await other.transaction { _ in
                    let misuse = await #expect(throws: PostgresError.self) { try await connection.query("SELECT 1") }
                    #expect(misuse?.kind == .misuse)
                }
                let misuse = await #expect(throws: PostgresError.self) { try await connection.transaction { _ in } }
                #expect(misuse?.kind == .misuse)
                #expect(try await other.query("SELECT 1").count == 1)
            }
            try await connection.copyOut("COPY (SELECT 1) TO STDOUT") { _ in
                let misuse = await #expect(throws: PostgresError.self) { try await connection.query("SELECT 1") }
                #expect(misuse?.kind == .misuse)
            }
        }
        #expect(try await connection.query("SELECT 1").count == 1)
        await connection.close()
        await other.close()
    }

    @Test func `a swallowed failure comes out at the commit`() async throws {
        let connection = try await TestSession.open()
        try await table(connection)
        let error = await #expect(throws: PostgresError.self) {
            try await connection.transaction { transaction in
                try await transaction.query("INSERT INTO t VALUES (1)")
                _ = try? await transaction.query("SELECT 1 / 0")
            }
        }
        #expect(error?.kind == .misuse)
        #expect(try await count(connection) == 0)
        await connection.close()
    }

    @Test func `statements of others wait while a transaction runs, and go on after it`() async throws {
        let connection = try await TestSession.open()
        try await table(connection)
        let (inside, entered) = AsyncStream.makeStream(of: Void.self)
        let (go, leave) = AsyncStream.makeStream(of: Void.self)
        let transaction = Task {
            try await connection.transaction { transaction in
                try await transaction.query("INSERT INTO t VALUES (1)")
                entered.finish()
                for await _ in go {}
                try await transaction.query("INSERT INTO t VALUES (2)")
            }
        }
        for await _ in inside {}
        let reader = Task { try await count(connection) }
        let late = await #expect(throws: PostgresError.self) {
            try await connection.query("SELECT 1", timeout: .milliseconds(30))
        }
        #expect(late?.kind == .timeout)
        let cancelled = Task { try await connection.query("SELECT 1") }
        let exclusive = Task { try await connection.transaction { _ in } }
        try await Task.sleep(for: .milliseconds(20))
        cancelled.cancel()
        exclusive.cancel()
        try await soon {
            await #expect(throws: CancellationError.self) { _ = try await cancelled.value }
            await #expect(throws: CancellationError.self) { try await exclusive.value }
        }
        leave.finish()
        try await transaction.value
        #expect(try await reader.value == 2)
        await connection.close()
    }

    @Test func `many small transactions of many tasks on one connection`() async throws {
        let connection = try await TestSession.open()
        try await table(connection)
        try await soon {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<100 {
                    group.addTask {
                        _ = try await connection.transaction {
                            try await $0.query("INSERT INTO t VALUES ($1)", [number])
                        }
                    }
                    group.addTask { _ = try await connection.query("SELECT count(*) FROM t") }
                }
                try await group.waitForAll()
            }
        }
        #expect(try await count(connection) == 100)
        await connection.close()
    }

    @Test func `statements side by side inside a transaction`() async throws {
        let connection = try await TestSession.open()
        try await table(connection)
        try await connection.transaction { transaction in
            async let first = transaction.query("INSERT INTO t VALUES (1)")
            async let second = transaction.query("INSERT INTO t VALUES ($1)", [2])
            async let third = transaction.query("INSERT INTO t VALUES ($1)", [3])
            _ = try await (first, second, third)
        }
        #expect(try await count(connection) == 3)
        await connection.close()
    }
}
