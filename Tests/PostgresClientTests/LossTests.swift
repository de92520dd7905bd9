import PostgresClient
import Support
import Testing

/// What happens when the session is taken away.
@Suite struct LossTests {
    private func expectLoss(
        of connection: PostgresConnection,
        _ pid: Int,
        when ready: AsyncStream<Void>,
        _ use: @escaping @Sendable () async throws -> Void
    ) async throws {
        let task = Task { try await use() }
        for await _ in ready {}
        try await TestSession.terminate(pid)
        let error = try await soon { await #expect(throws: PostgresError.self) { try await task.value } }
        #expect(error?.kind == .connectionLost)
        #expect(error?.isOutcomeUnknown == true)
        #expect(await !connection.isOpen)
        let later = await #expect(throws: PostgresError.self) { try await connection.query("SELECT 1") }
        #expect(later?.kind == .connectionLost)
    }

    @Test func `in the middle of a statement, with others behind it`() async throws {
        let connection = try await TestSession.open()
        let pid = try await TestSession.pid(connection)
        let (ready, signal) = AsyncStream.makeStream(of: Void.self)
        try await expectLoss(of: connection, pid, when: ready) {
            async let first = connection.query("SELECT pg_sleep(120)")
            try await Task.sleep(for: .milliseconds(20))
            let behind = Task { try await connection.query("SELECT 1") }
            try await Task.sleep(for: .milliseconds(20))
            signal.finish()
            await #expect(throws: PostgresError.self) { _ = try await behind.value }
            _ = try await first
        }
    }

    @Test func `in the middle of a transaction`() async throws {
        let connection = try await TestSession.open()
        let pid = try await TestSession.pid(connection)
        let (ready, signal) = AsyncStream.makeStream(of: Void.self)
        try await expectLoss(of: connection, pid, when: ready) {
            try await connection.transaction { transaction in
                try await transaction.query("SELECT 1")
                signal.finish()
                try await TestSession.eventually(
                    "SELECT count(*) = 0 FROM pg_stat_activity WHERE pid = $1::bigint::int",
                    [pid]
                )
                try await transaction.query("SELECT 1")
            }
        }
    }

    @Test func `in the middle of a COPY out`() async throws {
        let connection = try await TestSession.open()
        let pid = try await TestSession.pid(connection)
        let (ready, signal) = AsyncStream.makeStream(of: Void.self)
        try await expectLoss(of: connection, pid, when: ready) {
            try await connection.copyOut("COPY (SELECT generate_series(1, 100000000)) TO STDOUT") { _ in
                signal.finish()
            }
        }
    }

    @Test func `in the middle of a COPY in`() async throws {
        let connection = try await TestSession.open()
        try await connection.script("CREATE TEMP TABLE c (n bigint)")
        let pid = try await TestSession.pid(connection)
        let (ready, signal) = AsyncStream.makeStream(of: Void.self)
        try await expectLoss(of: connection, pid, when: ready) {
            _ = try await connection.copyIn("COPY c FROM STDIN (FORMAT binary)") { copy in
                for n in 0... {
                    try await copy.row([n])
                    if n == 20_000 { signal.finish() }
                }
            }
        }
    }

    @Test func `while it was idle`() async throws {
        let connection = try await TestSession.open()
        try await TestSession.terminate(try await TestSession.pid(connection))
        let error = try await soon {
            await #expect(throws: PostgresError.self) {
                for _ in 0..<1000 { try await connection.query("SELECT 1") }
            }
        }
        #expect(error?.kind == .connectionLost)
    }

    @Test func `closing with statements on their way fails them and ends them on the server`() async throws {
        let connection = try await TestSession.open()
        let pid = try await TestSession.pid(connection)
        let tasks = (0..<10).map { _ in Task { try await connection.query("SELECT pg_sleep(120)") } }
        try await TestSession.eventually(
            "SELECT state = 'active' FROM pg_stat_activity WHERE pid = $1::bigint::int",
            [pid]
        )
        await connection.close()
        await connection.close()
        try await soon {
            for task in tasks {
                let error = await #expect(throws: PostgresError.self) { _ = try await task.value }
                #expect(error?.kind == .closed)
            }
        }
        let later = await #expect(throws: PostgresError.self) { try await connection.query("SELECT 1") }
        #expect(later?.kind == .closed)
        #expect(await !connection.isOpen)
        try await TestSession.eventually("SELECT count(*) = 0 FROM pg_stat_activity WHERE pid = $1::bigint::int", [pid])
    }

    @Test func `closing fails a transaction, a COPY and those who wait for their turn`() async throws {
        for copies in [false, true] {
            let connection = try await TestSession.open()
            let (ready, signal) = AsyncStream.makeStream(of: Void.self)
            let holder = Task {
                if copies {
                    try await connection.copyOut("COPY (SELECT pg_sleep(120)) TO STDOUT") { _ in }
                } else {
                    try await connection.transaction { transaction in
                        signal.finish()
                        try await transaction.query("SELECT pg_sleep(120)")
                    }
                }
            }
            if copies { signal.finish() }
            for await _ in ready {}
            try await Task.sleep(for: .milliseconds(30))
            let waiter = Task { try await connection.query("SELECT 1") }
            try await Task.sleep(for: .milliseconds(30))
            await connection.close()
            try await soon {
                let error = await #expect(throws: PostgresError.self) { try await holder.value }
                #expect(error?.kind == .closed)
                let turnedAway = await #expect(throws: PostgresError.self) { _ = try await waiter.value }
                #expect(turnedAway?.kind == .closed)
            }
        }
    }

    @Test func `a connection that is dropped leaves no server process behind`() async throws {
        for _ in 0..<10 {
            let connection = try await TestSession.open("dropped")
            try await connection.query("SELECT 1")
        }
        try await TestSession.eventually("SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name = 'dropped'")
    }
}
