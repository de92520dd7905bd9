import Foundation
import Glibc
import Testing

@testable import PrivatePostgres

@Suite("Starting and stopping a private cluster", .serialized, .timeLimit(.minutes(3)))
struct StartTests {
    @Test("the first start makes everything, the second finds it running, a restart keeps the data")
    func lifeCycle() async throws {
        try await Bench.run { bench in
            let cluster = try bench.cluster()
            #expect(try await cluster.status() == .notInitialised)
            #expect(try await cluster.stop() == false)

            let first = try await cluster.start()
            #expect(first.startedNow && first.settingsInForce)
            #expect(first.socketDirectory == bench.directory + "/run")
            #expect(try await bench.sql("SELECT current_database() || current_user", at: first) == "caseflowpostgres")
            let settings = """
                SELECT string_agg(setting, '|' ORDER BY lower(name)) FROM pg_settings WHERE name IN ('data_checksums', \
                'fsync', 'listen_addresses', 'server_encoding', 'TimeZone', 'unix_socket_permissions')
                """
            #expect(try await bench.sql(settings, at: first) == "on|off||UTF8|UTC|0700")
            #expect(try await bench.sql("SELECT datcollate FROM pg_database LIMIT 1", at: first).hasPrefix("C"))
            let rules = "SELECT DISTINCT type || ' ' || auth_method FROM pg_hba_file_rules ORDER BY 1"
            #expect(try await bench.sql(rules, at: first) == "host reject\nlocal trust")
            for path in ["", "/pg", "/pg/data", "/run"] {
                #expect(FileFacts(bench.directory + path)?.mode == 0o700)
            }
            #expect((FileFacts(bench.directory + "/pg/log")?.mode ?? 0o777) & 0o077 == 0)

            _ = try await bench.sql("CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)", at: first)
            guard case .running(let pid, let since, let version) = try await cluster.status() else {
                Issue.record("not running")
                return
            }
            #expect(abs(since.timeIntervalSinceNow) < 120)
            #expect(version == FileFacts.text(of: first.dataDirectory + "/PG_VERSION")?.prefix(2).description)

            let again = try await bench.cluster(["work_mem": "5MB"]).start()
            #expect(!again.startedNow && !again.settingsInForce)
            #expect(try await bench.pid(of: cluster) == pid)

            #expect(try await cluster.stop())
            #expect(try await cluster.status() == .stopped)
            #expect(try await cluster.stop() == false)
            let restarted = try await bench.cluster(Bench.quick.merging(["work_mem": "5MB"]) { $1 }).start()
            #expect(restarted.startedNow && restarted.settingsInForce)
            #expect(try await bench.sql("SELECT n FROM kept", at: restarted) == "7")
            #expect(try await bench.sql("SHOW work_mem", at: restarted) == "5MB")

            let shell = try await cluster.shellCommand()
            #expect(try await bench.command(shell + ["-XAtc", "SELECT 1"]).succeed() == "1")

            try await cluster.destroy()
            #expect(FileFacts(bench.directory) == nil)
            #expect(FileManager.default.fileExists(atPath: "/proc/\(pid)/exe") == false)
        }
    }

    @Test("the server holds neither our lock nor any other file of ours, and is in a session of its own")
    func inheritance() async throws {
        try await Bench.run { bench in
            let cluster = try bench.cluster()
            _ = try await cluster.start()
            let pid = try await bench.pid(of: cluster)
            let links = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").map {
                try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/fd/\($0)")
            }
            #expect(
                !links.contains { $0.hasSuffix("/lock") || $0.hasPrefix("/tmp/caseflow-") && $0.contains("deleted") }
            )
            let files = links.filter { $0.hasPrefix("/") && !$0.hasPrefix("/dev/") }
            #expect(files.allSatisfy { $0.hasPrefix(bench.directory + "/pg/") })
            // Its own socket, and none of Foundation's.
            #expect(links.filter { $0.hasPrefix("socket:") }.count <= 2)
            #expect(getsid(pid) == pid)
        }
    }

    @Test("two starts at once: one makes and starts, the other waits and finds")
    func concurrent() async throws {
        try await Bench.run { bench in
            let cluster = try bench.cluster()
            async let one = cluster.start()
            async let other = bench.cluster().start()
            let both = try await [one, other]
            #expect(both.filter { $0.startedNow }.count == 1)
            #expect(both[0].socketDirectory == both[1].socketDirectory)
            #expect(try await bench.sql("SELECT 1", at: both[1]) == "1")
        }
    }

    @Test("a database that went missing is made again")
    func database() async throws {
        try await Bench.run { bench in
            let cluster = try bench.cluster()
            let endpoint = try await cluster.start()
            _ = try await bench.sql("DROP DATABASE caseflow", at: endpoint, database: "postgres")
            let again = try await cluster.start()
            #expect(try await bench.sql("SELECT 1", at: again) == "1")
        }
    }

    @Test("a path too long for a socket: the socket is in a short private directory, and goes with the cluster")
    func longPath() async throws {
        try await Bench.run { bench in
            try bench.letPass()
            let cluster = try bench.cluster(in: String(repeating: "long", count: 30))
            let endpoint = try await cluster.start()
            #expect(endpoint.socketDirectory.hasPrefix("/tmp/caseflow-"))
            #expect(FileFacts(endpoint.socketDirectory)?.mode == 0o700)
            #expect(try await bench.sql("SELECT 1", at: endpoint) == "1")
            try await cluster.destroy()
            #expect(FileFacts(endpoint.socketDirectory) == nil)
        }
    }

    @Test("a smart stop waits for the clients and says so; a fast one then ends them")
    func stopModes() async throws {
        try await Bench.run { bench in
            let cluster = try bench.cluster()
            let endpoint = try await cluster.start()
            let client = Task { try await bench.sql("SELECT pg_sleep(100)", at: endpoint) }
            try await Task.sleep(for: .seconds(1))
            let error = await failure(of: { try await cluster.stop(mode: .smart, timeout: .seconds(1)) })
            guard case .serverDidNotStop(_, "smart", 1) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(try await cluster.stop(mode: .fast))
            await #expect(throws: PrivateClusterError.self) { try await client.value }
        }
    }
}
