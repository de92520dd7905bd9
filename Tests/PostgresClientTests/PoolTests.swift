import PostgresClient
import PrivatePostgres
import Support
import Testing

@Suite struct PoolTests {
    private func pool(
        _ name: String,
        maximum: Int = 3,
        acquireTimeout: Duration = .seconds(10)
    ) async throws -> PostgresPool {
        PostgresPool(try await TestSession.configuration(name), maximum: maximum, acquireTimeout: acquireTimeout)
    }

    /// Until so many wait, or some seconds have passed and the test fails elsewhere.
    private func waiting(_ number: Int, in pool: PostgresPool) async {
        for _ in 0..<6000 where await pool.counts.waiting != number { try? await Task.sleep(for: .milliseconds(5)) }
    }

    @Test func `never more sessions than allowed, and everybody is served`() async throws {
        let pool = try await pool("busy")
        let most = Shared((now: 0, most: 0))
        try await soon {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<200 {
                    group.addTask {
                        try await pool.withConnection { connection in
                            most.withLock {
                                $0.now += 1
                                $0.most = max($0.most, $0.now)
                            }
                            try await connection.query("SELECT 1")
                            most.withLock { $0.now -= 1 }
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
        #expect(most.withLock { $0.most } == 3)
        let counts = await pool.counts
        #expect(counts.idle == 3 && counts.leased == 0 && counts.waiting == 0 && counts.opening == 0)
        await pool.close()
        try await TestSession.eventually("SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name = 'busy'")
    }

    @Test func `those who wait are served in order, time out, and can be cancelled`() async throws {
        let pool = try await pool("order", maximum: 1, acquireTimeout: .seconds(5))
        let served = Shared<[Int]>([])
        try await pool.withConnection { _ in
            var waiters: [Task<Void, any Error>] = []
            for number in 0..<5 {
                waiters.append(Task { try await pool.withConnection { _ in served.withLock { $0.append(number) } } })
                await waiting(number + 1, in: pool)
            }
            waiters[2].cancel()
            await #expect(throws: CancellationError.self) { try await waiters[2].value }
        }
        await waiting(0, in: pool)
        try await pool.withConnection { _ in
            #expect(served.withLock { $0 } == [0, 1, 3, 4])
            let late = try await soon {
                await #expect(throws: PostgresError.self) { try await pool.query("SELECT 1") }
            }
            #expect(late?.kind == .timeout)
        }
        #expect(try await pool.query("SELECT 1").count == 1)
        await pool.close()
    }

    @Test func `sessions that the server ended are replaced without anybody noticing`() async throws {
        let pool = try await pool("ended")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<3 { group.addTask { try await pool.query("SELECT pg_sleep(0.05)") } }
            try await group.waitForAll()
        }
        let admin = try await TestSession.open()
        try await admin.query(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'ended'"
        )
        await admin.close()
        for _ in 0..<5 { #expect(try await pool.query("SELECT 1").count == 1) }
        await pool.close()
    }

    @Test func `a session on which something was cancelled or left open is not lent again`() async throws {
        let pool = try await pool("used", maximum: 1)
        let first = try await pool.withConnection { connection in
            try await connection.query("BEGIN")
            return try await TestSession.pid(connection)
        }
        let second = try await pool.withConnection { connection in
            _ = try? await connection.query("SELECT pg_sleep(120)", timeout: .milliseconds(20))
            return try await TestSession.pid(connection)
        }
        let third = try await pool.withConnection { try await TestSession.pid($0) }
        #expect(Set([first, second, third]).count == 3)
        await pool.close()
    }

    @Test func `idle sessions are closed after a while`() async throws {
        let configuration = try await TestSession.configuration("idle")
        let pool = PostgresPool(configuration, maximum: 2, idleTimeout: .milliseconds(100))
        try await pool.query("SELECT 1")
        try await TestSession.eventually("SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name = 'idle'")
        #expect(try await pool.query("SELECT 1").count == 1)
        await pool.close()
    }

    @Test func `a pool that is dropped leaves no session behind`() async throws {
        for _ in 0..<3 { try await pool("forgotten").query("SELECT 1") }
        try await TestSession.eventually(
            "SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name = 'forgotten'"
        )
    }

    @Test func `closing turns away those who wait, and lent sessions end when they come back`() async throws {
        let pool = try await pool("closing", maximum: 1)
        try await pool.withConnection { connection in
            let waiter = Task { try await pool.query("SELECT 1") }
            await waiting(1, in: pool)
            await pool.close()
            let error = try await soon {
                await #expect(throws: PostgresError.self) { _ = try await waiter.value }
            }
            #expect(error?.kind == .closed)
            #expect(try await connection.query("SELECT 1").count == 1)
        }
        let late = await #expect(throws: PostgresError.self) { try await pool.query("SELECT 1") }
        #expect(late?.kind == .closed)
        await pool.close()
        try await TestSession.eventually("SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name = 'closing'")
    }

    @Test func `callers wait while the server is stopped, and go on when it is back`() async throws {
        let server = try await SeparateServer.start()
        defer { server.remove() }
        let pool = PostgresPool(server.configuration, maximum: 2)
        try await pool.query("SELECT 1")
        try await server.stop()
        let callers = (0..<4).map { number in
            Task { try await pool.query("SELECT $1::bigint", [number])[0].decode(0, as: Int.self) }
        }
        let impatient = PostgresPool(server.configuration, maximum: 1, acquireTimeout: .milliseconds(200))
        let error = await #expect(throws: PostgresError.self) { try await impatient.query("SELECT 1") }
        #expect(error?.kind == .cannotConnect)
        #expect(error?.isTransient == true)
        _ = try await server.cluster.start()
        try await soon {
            for (number, caller) in callers.enumerated() {
                let answer = try await caller.value
                #expect(answer == number)
            }
        }
        await pool.close()
        await impatient.close()
        try await server.stop()
    }
}
