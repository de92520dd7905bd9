import PostgresClient
import Support
import Testing

@Suite struct CancellationTests {
    private static let idle = "SELECT state = 'idle' FROM pg_stat_activity WHERE pid = $1::bigint::int"
    private static let running = """
        SELECT state = 'active' AND query LIKE '%pg_sleep%' FROM pg_stat_activity WHERE pid = $1::bigint::int
        """

    @Test func `a cancelled statement ends at once, on the server too`() async throws {
        let connection = try await TestSession.open()
        let pid = try await TestSession.pid(connection)
        let task = Task { try await connection.query("SELECT pg_sleep($1)", [120.0]) }
        try await TestSession.eventually(Self.running, [pid])
        task.cancel()
        try await soon { await #expect(throws: CancellationError.self) { _ = try await task.value } }
        try await TestSession.eventually(Self.idle, [pid])
        #expect(await connection.wasCancelled)
        await connection.close()
    }

    @Test func `a statement queued behind a slow one is cancelled, and its neighbours are not`() async throws {
        let connection = try await TestSession.open()
        try await connection.script("CREATE TEMP TABLE c (v bigint)")
        let slow = Task { try await connection.query("SELECT pg_sleep(0.3)") }
        try await Task.sleep(for: .milliseconds(50))
        let queued = Task { try await connection.query("SELECT pg_sleep(120)") }
        try await Task.sleep(for: .milliseconds(50))
        let behind = (0..<50).map { number in
            Task { try await connection.query("INSERT INTO c VALUES ($1)", [number]) }
        }
        queued.cancel()
        try await soon {
            _ = try await slow.value
            await #expect(throws: CancellationError.self) { _ = try await queued.value }
            for task in behind { _ = try await task.value }
        }
        #expect(try await connection.query("SELECT count(*) FROM c")[0].decode(0, as: Int.self) == 50)
        await connection.close()
    }

    @Test func `cancelling short statements never harms those of others`() async throws {
        let connection = try await TestSession.open()
        try await connection.script("CREATE TEMP TABLE h (v bigint)")
        try await soon {
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<200 {
                    let task = Task { try await connection.query("SELECT pg_sleep(0.001)") }
                    group.addTask {
                        if number % 4 == 0 { task.cancel() }
                        _ = try? await task.value
                    }
                    group.addTask {
                        await #expect(throws: Never.self) {
                            try await connection.query("INSERT INTO h SELECT $1::bigint FROM pg_sleep(0.001)", [number])
                        }
                    }
                }
            }
        }
        #expect(try await connection.query("SELECT count(*) FROM h")[0].decode(0, as: Int.self) == 200)
        await connection.close()
    }

    @Test func `a task that was cancelled before sends nothing`() async throws {
        let connection = try await TestSession.open()
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await connection.query("SELECT 1")
        }
        await #expect(throws: CancellationError.self) { _ = try await task.value }
        #expect(await !connection.wasCancelled)
        await connection.close()
    }

    @Test func `a time-out cancels on the server`() async throws {
        let connection = try await TestSession.open()
        let pid = try await TestSession.pid(connection)
        let error = try await soon {
            await #expect(throws: PostgresError.self) {
                try await connection.query("SELECT pg_sleep(120)", timeout: .milliseconds(50))
            }
        }
        #expect(error?.kind == .timeout)
        try await TestSession.eventually(Self.idle, [pid])
        #expect(try await connection.query("SELECT 1", timeout: .seconds(30)).count == 1)
        await connection.close()
    }

    @Test func `the server's own statement_timeout is set from the configuration`() async throws {
        var configuration = try await TestSession.configuration()
        configuration.statementTimeout = .milliseconds(50)
        let connection = try await PostgresConnection.connect(configuration)
        let error = await #expect(throws: PostgresError.self) { try await connection.query("SELECT pg_sleep(120)") }
        #expect(error?.sqlState == .queryCanceled)
        #expect(error?.kind == .server)
        await connection.close()
    }

    @Test func `a script and a COPY that do not end are cancelled`() async throws {
        let uses: [@Sendable (PostgresConnection) async throws -> Void] = [
            { try await $0.script("SELECT pg_sleep(120)") },
            { try await $0.copyOut("COPY (SELECT pg_sleep(120)) TO STDOUT") { _ in } },
        ]
        for use in uses {
            // A session for each, as the pool gives one: the request can hit twice, and what is no lone statement is not
            // sent again.
            let connection = try await TestSession.open()
            let pid = try await TestSession.pid(connection)
            let task = Task { try await use(connection) }
            try await TestSession.eventually(Self.running, [pid])
            task.cancel()
            try await soon { await #expect(throws: CancellationError.self) { try await task.value } }
            #expect(try await connection.query("SELECT 1").count == 1)
            await connection.close()
        }
    }
}
