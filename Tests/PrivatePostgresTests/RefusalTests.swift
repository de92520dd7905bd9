import Foundation
import Glibc
import Testing

@testable import PrivatePostgres

@Suite("What a private cluster refuses, and how it says so", .serialized, .timeLimit(.minutes(3)))
struct RefusalTests {
    @Test("data of another major version: both versions are named, nothing is touched")
    func otherVersion() async throws {
        try await Bench.run { bench in
            let data = bench.directory + "/pg/data"
            try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
            try Data("14\n".utf8).write(to: URL(fileURLWithPath: data + "/PG_VERSION"))
            let cluster = try bench.cluster()
            guard case .foreignVersion("14", let installed) = try await cluster.status() else {
                Issue.record("\(try await cluster.status())")
                return
            }
            let error = await failure(of: { _ = try await cluster.start() })
            #expect(error == .foreignVersion(dataDirectory: data, data: "14", installed: installed))
            let text = error?.description ?? ""
            #expect(text.contains("PostgreSQL 14") && installed.allSatisfy { text.contains($0) })
            #expect(text.contains("CASEFLOW_PG_BIN") && text.contains("pg_upgrade"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: data) == ["PG_VERSION"])
            #expect(try FileManager.default.contentsOfDirectory(atPath: bench.directory) == ["pg"])
        }
    }

    @Test("no server programs: says where it looked and what to install, makes nothing")
    func noBinaries() async throws {
        try await Bench.run { bench in
            let cluster = try bench.cluster(environment: ["CASEFLOW_PG_BIN": bench.directory], in: "state")
            let error = await failure(of: { _ = try await cluster.start() })
            #expect(error == .noBinaries(searched: [bench.directory]))
            #expect(error?.description.contains("apt-get install postgresql") == true)
            #expect(FileFacts(cluster.stateDirectory) == nil)
        }
    }

    @Test("files where the cluster should be, and no cluster")
    func notACluster() async throws {
        try await Bench.run { bench in
            let cluster = try bench.cluster()
            let site = try await cluster.site()
            try await site.prepareDirectories()
            try await site.account.script(
                #"mkdir "$1" && : > "$1/file""#,
                [bench.directory + "/pg/data"],
                cluster.surroundings
            ).succeed()
            let error = await failure(of: { _ = try await cluster.start() })
            #expect(error == .notACluster(dataDirectory: bench.directory + "/pg/data"))
        }
    }

    @Test("a directory full of other things is not taken over")
    func otherThings() async throws {
        try await Bench.run { bench in
            try Data().write(to: URL(fileURLWithPath: bench.directory + "/letter.txt"))
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: bench.directory)
            let error = await failure(of: { _ = try await bench.cluster().start() })
            guard case .notOurs(bench.directory, let reason) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(reason.contains("letter.txt"))
            #expect(FileFacts(bench.directory)?.mode == 0o755)
            #expect(FileFacts(bench.directory)?.owner == geteuid())
        }
    }

    @Test("a bad setting: the end of the log is in the error; afterwards a good one starts")
    func badSetting() async throws {
        try await Bench.run { bench in
            let error = await failure(of: { _ = try await bench.cluster(["max_connections": "many"]).start() })
            guard case .serverDidNotStart(_, _, let tail) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(tail.contains { $0.contains("max_connections") })
            let good = try bench.cluster()
            #expect(try await good.start().startedNow)
        }
    }

    @Test("somebody else holds the short socket directory")
    func foreignSocketDirectory() async throws {
        try await Bench.run { bench in
            try bench.letPass()
            let cluster = try bench.cluster(in: String(repeating: "long", count: 30))
            let site = try await cluster.site()
            let squatted = site.socketDirectory
            try Data().write(to: URL(fileURLWithPath: squatted))
            defer { try? FileManager.default.removeItem(atPath: squatted) }
            let error = await failure(of: { _ = try await cluster.start() })
            guard case .notOurs(squatted, _) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            try await cluster.destroy()
        }
    }

    @Test("while another process works on the cluster, the lock is waited for, then named")
    func lockBusy() async throws {
        try await Bench.run { bench in
            let path = bench.directory + "/lock"
            try Data().write(to: URL(fileURLWithPath: path))
            let held = try await DirectoryLock(path, timeout: .seconds(1))
            let error = await failure(of: { _ = try await DirectoryLock(path, timeout: .seconds(1)) })
            #expect(error == .lockBusy(path: path, seconds: 1))
            held.release()
            try await DirectoryLock(path, timeout: .seconds(1)).release()
        }
    }

    @Test("root: a directory above that the server's account cannot enter is named", .enabled(if: geteuid() == 0))
    func unreachable() async throws {
        try await Bench.run { bench in
            let cluster = try bench.cluster(in: "sub/state")
            let error = await failure(of: { _ = try await cluster.start() })
            #expect(
                error
                    == .unreachable(
                        directory: bench.directory,
                        stateDirectory: bench.directory + "/sub/state",
                        account: ServerAccount.defaultName
                    )
            )
        }
    }

    @Test("root: an account that is none, or is root", .enabled(if: geteuid() == 0), arguments: ["no-such", "root"])
    func noAccount(name: String) async throws {
        try await Bench.run { bench in
            let cluster = try bench.cluster(environment: ["CASEFLOW_PG_USER": name])
            #expect(await failure(of: { _ = try await cluster.start() }) == .noServerAccount(name: name))
        }
    }

    @Test("an ordinary user: somebody else's directory", .enabled(if: geteuid() != 0))
    func somebodyElses() async throws {
        let cluster = try PrivateCluster(stateDirectory: "/usr/lib")
        guard case .notOurs("/usr/lib", _) = await failure(of: { _ = try await cluster.start() }) else {
            Issue.record("root's directory was taken")
            return
        }
    }
}
