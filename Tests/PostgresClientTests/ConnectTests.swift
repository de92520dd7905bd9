import Foundation
import PostgresClient
import Support
import Testing

@Suite struct ConnectTests {
    private func refusal(_ configuration: PostgresConfiguration) async throws -> PostgresError? {
        try await soon {
            await #expect(throws: PostgresError.self) { _ = try await PostgresConnection.connect(configuration) }
        }
    }

    @Test func `an unknown role or database is told by its SQLSTATE`() async throws {
        let configuration = try await TestSession.configuration()
        let database = try await refusal(configuration.with(["dbname": "nowhere"]))
        #expect(database?.sqlState == "3D000")
        #expect(database?.isTransient == false)
        let role = try await refusal(configuration.with(["user": "nobody"]))
        #expect(role?.sqlState == "28000")
        #expect(role?.isTransient == false)
        #expect(role?.description.contains("nobody") == false)
    }

    @Test func `a wrong password is told by its SQLSTATE`() async throws {
        let server = try await SeparateServer.start(hba: "local all postgres trust\nlocal all all scram-sha-256\n")
        defer { server.remove() }
        let admin = try await PostgresConnection.connect(server.configuration)
        try await admin.script("CREATE ROLE guarded LOGIN PASSWORD 'right'")
        await admin.close()
        let guarded = server.configuration.with(["user": "guarded", "passfile": "/dev/null"])
        for wrong in [guarded, guarded.with(["password": "wrong"])] {
            let error = try await refusal(wrong)
            #expect(error?.sqlState?.errorClass == "28")
            #expect(error?.isTransient == false)
            let pool = PostgresPool(wrong)
            let pooled = try await soon {
                await #expect(throws: PostgresError.self) { try await pool.query("SELECT 1") }
            }
            #expect(pooled?.kind == .cannotConnect)
            await pool.close()
        }
        let right = try await PostgresConnection.connect(guarded.with(["password": "right"]))
        await right.close()
        try await server.stop()
    }

    @Test func `a server that is not there can be there later`() async throws {
        let error = try await refusal(PostgresConfiguration(connectionString: "host=/nonexistent user=x dbname=x"))
        #expect(error?.kind == .cannotConnect)
        #expect(error?.sqlState == nil)
        #expect(error?.isTransient == true)
    }

    @Test func `a connection string that cannot be read is a mistake, in a pool too`() async throws {
        let configuration = PostgresConfiguration(connectionString: "host=/tmp colour=green")
        #expect(try await refusal(configuration)?.kind == .misuse)
        let pool = PostgresPool(configuration)
        let error = try await soon {
            await #expect(throws: PostgresError.self) { try await pool.query("SELECT 1") }
        }
        #expect(error?.kind == .misuse)
        await pool.close()
    }

    @Test func `settings go behind the options of the connection string, and win where both set one`() async throws {
        var configuration = try await TestSession.configuration()
        configuration.connectionString = "options='-c work_mem=5MB -c statement_timeout=7s'"
        configuration = configuration.setting("statement_timeout", "9s").setting("test.note", #"a b\ c"#)
        func settings(_ configuration: PostgresConfiguration) async throws -> [String] {
            let connection = try await PostgresConnection.connect(configuration)
            let rows = try await connection.query(
                """
                SELECT current_setting('work_mem'), current_setting('statement_timeout'),
                       current_setting('test.note')
                """
            )
            await connection.close()
            return try (0..<3).map { try rows[0].decode($0) }
        }
        #expect(try await settings(configuration) == ["5MB", "9s", #"a b\ c"#])
        let overridden = configuration.with(["options": "-c work_mem=6MB"])
        #expect(try await settings(overridden) == ["6MB", "9s", #"a b\ c"#])
    }

    @Test func `the next host is tried when the first is dead`() async throws {
        var configuration = try await TestSession.configuration()
        let socket = try #require(configuration.overrides["host"])
        configuration.overrides["host"] = "/nonexistent,\(socket)"
        let connection = try await PostgresConnection.connect(configuration)
        #expect(try await connection.query("SELECT 1").count == 1)
        await connection.close()
        let writable = try await PostgresConnection.connect(configuration.with(["target_session_attrs": "read-write"]))
        await writable.close()
        let standby = try await refusal(configuration.with(["target_session_attrs": "standby"]))
        #expect(standby?.kind == .cannotConnect)
        #expect(standby?.isTransient == true)
    }

    @Test func `a host that never answers costs its share of the time, then the next is tried`() async throws {
        let silent = try SilentServer()
        var configuration = try await TestSession.configuration()
        let socket = try #require(configuration.overrides["host"])
        let port = try #require(configuration.overrides["port"])
        configuration.overrides["host"] = "127.0.0.1,\(socket)"
        configuration.overrides["port"] = "\(silent.port),\(port)"
        configuration.connectTimeout = .seconds(16)
        let connection = try await PostgresConnection.connect(configuration)
        #expect(try await connection.query("SELECT 1").count == 1)
        await connection.close()
    }

    @Test func `a server that never answers ends in a time-out, and cancelling ends the wait`() async throws {
        let silent = try SilentServer()
        let configuration = PostgresConfiguration(
            connectionString: "host=127.0.0.1 port=\(silent.port) user=x dbname=x",
            connectTimeout: .milliseconds(200)
        )
        let start = ContinuousClock.now
        #expect(try await refusal(configuration)?.kind == .timeout)
        #expect(ContinuousClock.now - start < .seconds(20))
        var patient = configuration
        patient.connectTimeout = .seconds(120)
        let task = Task { [patient] in _ = try await PostgresConnection.connect(patient) }
        try await Task.sleep(for: .milliseconds(50))
        task.cancel()
        try await soon { await #expect(throws: CancellationError.self) { try await task.value } }
    }

    @Test func `TLS options are passed through to libpq`() async throws {
        // A unix socket has no TLS, and libpq says so when it is demanded over TCP of a server that has none.
        let silent = try SilentServer()
        let error = try await refusal(
            PostgresConfiguration(
                overrides: [
                    "host": "127.0.0.1", "port": "\(silent.port)", "sslmode": "verify-full",
                    "sslrootcert": "/nonexistent/root.crt", "user": "x",
                ],
                connectTimeout: .milliseconds(200)
            )
        )
        #expect(error?.kind == .timeout || error?.kind == .cannotConnect)
        #expect(try await refusal(PostgresConfiguration(overrides: ["sslmode": "sometimes"]))?.kind == .cannotConnect)
    }
}
