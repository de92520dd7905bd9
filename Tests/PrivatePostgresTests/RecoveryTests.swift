import Foundation
import Glibc
import Testing

@testable import PrivatePostgres

@Suite("After a crash", .serialized, .timeLimit(.minutes(3)))
struct RecoveryTests {
    @Test("a killed server, with a child that lives on for a while, starts again and has its data")
    func killed() async throws {
        try await Bench.run { bench in
            // Synchronous: what is committed must be there after the kill.
            let cluster = try bench.cluster(Bench.quick.merging(["synchronous_commit": "on"]) { $1 })
            let endpoint = try await cluster.start()
            _ = try await bench.sql("CREATE TABLE kept AS SELECT 7 AS n", at: endpoint)
            // A busy child does not notice the end of its postmaster until its statement ends.
            let busy = Task {
                try await bench.sql(
                    "SET statement_timeout = 0; SELECT count(*) FROM generate_series(1, 20000000)",
                    at: endpoint
                )
            }
            // On a busy machine that takes its time.
            let isBusy = """
                SELECT count(*) FROM pg_stat_activity
                 WHERE backend_type = 'client backend' AND state = 'active' AND pid <> pg_backend_pid()
                """
            while try await bench.sql(isBusy, at: endpoint) == "0" { try await Task.sleep(for: .milliseconds(50)) }
            let pid = try await bench.pid(of: cluster)
            #expect(kill(pid, SIGKILL) == 0)
            try await Task.sleep(for: .milliseconds(200))
            guard case .staleLock(pid, let leftover) = try await cluster.status(), !leftover.isEmpty else {
                Issue.record("\(try await cluster.status())")
                return
            }
            let again = try await cluster.start()
            #expect(again.startedNow)
            #expect(try await bench.sql("SELECT n FROM kept", at: again) == "7")
            #expect(try await bench.pid(of: cluster) != pid)
            _ = await busy.result
        }
    }

    @Test("lock files that name a living process which is no server of ours")
    func foreignProcess() async throws {
        try await Bench.run { bench in
            let cluster = try bench.cluster()
            _ = try await cluster.start()
            let text = try #require(FileFacts.text(of: bench.directory + "/pg/data/postmaster.pid"))
            try await cluster.stop(mode: .immediate)
            let site = try await cluster.site()
            // The same account as the server's: PostgreSQL itself would stop at such a process.
            let sleeper = Process()
            sleeper.executableURL = URL(fileURLWithPath: try cluster.surroundings.require("env", to: "test"))
            sleeper.arguments = site.account.prefix + ["sleep", "300"]
            try sleeper.run()
            // Not by a softer signal: a program started from a thread of a pool has those blocked.
            defer { _ = kill(sleeper.processIdentifier, SIGKILL) }
            let rest = text.drop { $0 != "\n" }
            for file in ["pg/data/postmaster.pid", "run/.s.PGSQL.5432.lock"] {
                try await site.account.script(
                    #"cat > "$1""#,
                    [bench.directory + "/" + file],
                    cluster.surroundings,
                    input: "\(sleeper.processIdentifier)" + rest
                ).succeed()
            }
            #expect(try await cluster.status() == .staleLock(pid: sleeper.processIdentifier, leftover: []))
            #expect(try await cluster.stop() == false)
            #expect(try await cluster.start().startedNow)
            #expect(sleeper.isRunning)
        }
    }

    @Test("an empty lock file, as after a power failure")
    func emptyLock() async throws {
        try await Bench.run { bench in
            let cluster = try bench.cluster()
            _ = try await cluster.start()
            try await cluster.stop()
            try Data().write(to: URL(fileURLWithPath: bench.directory + "/pg/data/postmaster.pid"))
            #expect(try await cluster.status() == .staleLock(pid: nil, leftover: []))
            #expect(try await cluster.start().startedNow)
        }
    }

    @Test("a server whose lock file was taken away is not doubled")
    func lostLock() async throws {
        try await Bench.run { bench in
            let cluster = try bench.cluster()
            _ = try await cluster.start()
            let pid = try await bench.pid(of: cluster)
            let file = bench.directory + "/pg/data/postmaster.pid"
            let text = try #require(FileFacts.text(of: file))
            try FileManager.default.removeItem(atPath: file)
            guard case .staleLock(nil, let leftover) = try await cluster.status(), leftover.contains(pid) else {
                Issue.record("the server was overlooked")
                return
            }
            let start = Task { try await cluster.start() }
            try await Task.sleep(for: .seconds(1))
            let site = try await cluster.site()
            try await site.account.script(#"cat > "$1""#, [file], cluster.surroundings, input: text).succeed()
            #expect(try await start.value.startedNow == false)
            #expect(try await bench.pid(of: cluster) == pid)
        }
    }

    @Test("a half-made cluster of a killed initdb does not count, and is removed")
    func unfinished() async throws {
        try await Bench.run { bench in
            let cluster = try bench.cluster()
            let site = try await cluster.site()
            try await site.prepareDirectories()
            let half = bench.directory + "/pg/data.initdb.x"
            try await site.account.script(
                #"mkdir "$1" && echo 15 > "$1/PG_VERSION""#,
                [half],
                cluster.surroundings
            ).succeed()
            #expect(try await cluster.status() == .notInitialised)
            #expect(try await cluster.start().startedNow)
            #expect(FileFacts(half) == nil)
        }
    }
}
