import Foundation
import PostgresClient
import Support
import Testing

/// How the program answers to wrong calls, missing files and missing databases.
@Suite struct CallingTests {
    @Test(arguments: [
        ["frobnicate"], ["late", "--as-of", "yesterday"], ["late", "--limit", "0"], ["late", "--state", "slow"],
        ["late", "--log", "a/b"], ["import", "xes"], ["import", "xes", "a.xes", "--time-zone", "CST"],
        ["import", "xes", "a.xes", "--on-problem", "panic"], ["case", "show"], ["case", "show", "1", "--by", "guess"],
        ["projection", "rebuild", "no-such"], ["import", "csv", "a.csv", "--case", "c"], ["log", "create", "a b"],
        ["export", "xes", "--json"], ["db", "status"], ["import", "xes", "a.xes", "--importer", ""],
        ["import", "xes", "a.xes", "--importer", "a\u{7}b"], columns(["--encoding", "klingon"]),
        columns(["--delimiter", "\""]), columns(["--deadline", "t"]), columns(["--case-attribute", "c"]),
        columns(["--case-attribute", "x", "--case-attribute", "x"]), ["case", "show", "1", "--as-of", "garbage"],
        ["case", "replay", "1", "--as-of", "9999-12-31"], ["case", "show", "1", "--as-of", "10000-01-01"],
        ["late", "--as-of", "9999-12-31"],
    ])
    func `a wrong call ends with status 2, a message, and no answer`(arguments: [String]) async throws {
        // The database is named and not there: a wrong call is told before anything is connected.
        let caseflowd = try Caseflowd(database: "host=/nonexistent connect_timeout=1")
        let run = try await caseflowd.run(arguments)
        #expect(run.status == 2, "\(run.errors)")
        #expect(!run.errors.isEmpty)
        #expect(run.output.isEmpty)
    }

    private static func columns(_ more: [String]) -> [String] {
        ["import", "csv", "a.csv", "--case", "c", "--activity", "a", "--time", "t"] + more
    }

    @Test func `help goes to standard output with status 0`() async throws {
        let run = try await Caseflowd(database: nil).run(["--help"])
        #expect(run.status == 0)
        #expect(run.output.contains("SUBCOMMANDS:"))
        #expect(run.errors.isEmpty)
    }

    @Test func `a file that is not there, or is none of ours, is told on standard error`() async throws {
        let caseflowd = try Caseflowd(try await TestCluster.shared.database())
        let path = caseflowd.scratch.path("none.xes")
        for format in [["xes"], ["csv", "--case", "a", "--activity", "b", "--time", "c"]] {
            let run = try await caseflowd.run(["import", format[0], path, "--json"] + format.dropFirst())
            #expect(run.status == 1)
            #expect(run.output.isEmpty)
            #expect(run.errors.contains("caseflowd: \(path): "), "\(run.errors)")
        }
        let html = try caseflowd.scratch.write("a.xes", "<html></html>")
        let run = try await caseflowd("import", "xes", html)
        #expect(run.status == 1)
        #expect(run.errors.hasPrefix("caseflowd: \(html)"))
        let out = try await caseflowd("export", "xes", caseflowd.scratch.path("no/such/out.xes"))
        #expect(out.status == 1)
        #expect(!out.errors.isEmpty)
        // Of a file that could not be opened no log remains.
        #expect(try #require(try await caseflowd("log", "list", "--json").json()["logs"] as? [[String: Any]]).isEmpty)
    }

    @Test func `an import that breaks off tells what it has done, and its cases are to be seen`() async throws {
        let caseflowd = try Caseflowd(try await TestCluster.shared.database())
        let half = smallLog.range(of: "<trace><string key=\"concept:name\" value=\"A-2\"/>")?.upperBound
        let file = try caseflowd.scratch.write("half.xes", String(smallLog[..<(try #require(half))]))
        let run = try await caseflowd("import", "xes", file, "--json")
        #expect(run.status == 1)
        let summary = try run.json()
        #expect(["cases", "events", "appended"].map { summary[$0] as? Int } == [1, 3, 6])
        let error = try #require(summary["error"] as? String)
        #expect(error.hasPrefix("\(file):"))
        #expect(run.errors == "caseflowd: \(error)\n")
        let rows = try #require(
            try await caseflowd("projection", "status", "--json").json()["projections"] as? [[String: Any]]
        )
        #expect(rows.allSatisfy { $0["checkpoint"] as? Int == 8 })
        let whole = try await caseflowd("import", "xes", try caseflowd.scratch.write("small.xes", smallLog), "--json")
        #expect(try whole.json()["error"] == nil)
        #expect(whole.status == 0)
    }

    @Test func `a log that is not there is told with the way to create it`() async throws {
        let caseflowd = try Caseflowd(try await TestCluster.shared.database())
        for arguments in [["late"], ["log", "verify"], ["case", "show", "1"], ["projection", "status"]] {
            let run = try await caseflowd.run(arguments + ["--log", "nowhere"])
            #expect(run.status == 1)
            #expect(
                run.errors == "caseflowd: there is no log nowhere: create it with `caseflowd log create nowhere`\n",
                "\(arguments)"
            )
        }
        let created = try await caseflowd("log", "create", "nowhere", "--time-zone", "Europe/Amsterdam", "--json")
            .json()
        #expect(created["timeZone"] as? String == "Europe/Amsterdam")
        let empty = try await caseflowd("late", "--log", "nowhere", "--json")
        #expect(empty.status == 0)
        #expect(try empty.json()["total"] as? Int == 0)
    }

    @Test func `a database that cannot be reached is told, and the doctor finds it too`() async throws {
        let caseflowd = try Caseflowd(database: "host=/nonexistent connect_timeout=1")
        let late = try await caseflowd("late")
        #expect(late.status == 1)
        #expect(late.errors.hasPrefix("caseflowd: "))
        let doctor = try await caseflowd("doctor", "--json")
        #expect(doctor.status == 1)
        #expect(doctor.output.contains("\"level\":\"problem\""))
    }

    @Test func `a state directory that is a file is told by every command`() async throws {
        let caseflowd = try Caseflowd(database: nil)
        let file = try caseflowd.scratch.write("state", "")
        for command in [["db", "status"], ["db", "start"], ["db", "stop"], ["db", "shell"], ["log", "list"]] {
            for path in [file, file + "/below"] {
                let run = try await caseflowd.run(command + ["--state-dir", path])
                #expect(run.status == 1, "\(command)")
                #expect(run.output.isEmpty)
                #expect(run.errors.contains("is not a directory"), "\(run.errors)")
                #expect(run.errors.contains(path), "\(run.errors)")
            }
        }
    }

    @Test func `options of the connection string and of the environment stay in force beside the role`() async throws {
        let database = try await TestCluster.shared.database()
        let plain = Caseflowd.connectionString(database)
        let readOnly = "-c default_transaction_read_only=on"
        for (string, environment) in [
            ("\(plain) options='\(readOnly)'", [:]), (plain, ["PGOPTIONS": readOnly]),
        ] {
            let caseflowd = try Caseflowd(database: string)
            #expect(try await caseflowd.run(["log", "list"], environment: environment).status == 0)
            let create = try await caseflowd.run(["log", "create", "a"], environment: environment)
            #expect(create.status == 1)
            #expect(create.errors.contains("25006"), "\(create.errors)")
        }
        // The role is ours: a reader could not create.
        let caseflowd = try Caseflowd(database: "\(plain) options='-c role=caseflow_reader'")
        #expect(try await caseflowd("log", "create", "a").status == 0)
    }

    @Test func `a schema of a newer program: the doctor says to install that program`() async throws {
        let database = try await TestCluster.shared.database()
        let admin = try await database.superuser()
        try await admin.script("INSERT INTO caseflow.schema_migrations VALUES (9999, 'later', now(), 'x')")
        await admin.close()
        let caseflowd = try Caseflowd(database)
        let doctor = try await caseflowd("doctor")
        #expect(doctor.status == 1)
        #expect(doctor.output.contains("mend: install the newer program"), "\(doctor.output)")
        #expect(!doctor.output.contains("migrate`"))
        let older = try await Caseflowd(try await TestCluster.shared.emptyDatabase())("doctor")
        #expect(older.output.contains("mend: run `caseflowd migrate`"), "\(older.output)")
    }

    @Test func `with a state directory it keeps a PostgreSQL of its own`() async throws {
        let caseflowd = try Caseflowd(database: nil)
        let state = caseflowd.scratch.path("state")
        func run(_ arguments: String...) async throws -> Caseflowd.Run {
            try await caseflowd.run(arguments + ["--state-dir", state])
        }
        let none = try await run("db", "status", "--json")
        #expect(none.status == 1)
        #expect(try none.json()["state"] as? String == "not-initialised")
        do {
            let start = try await run("db", "start", "--json")
            #expect(start.status == 0, "\(start.errors)")
            #expect(try start.json()["state"] as? String == "running")
            #expect(try await run("db", "status").status == 0)
            #expect(try await run("db", "start").output.hasPrefix("runs already: \(state)"))
            let file = try caseflowd.scratch.write("small.xes", smallLog)
            let imported = try await run("import", "xes", file, "--json")
            #expect(imported.status == 0)
            #expect(imported.errors.isEmpty)
            #expect(try imported.json()["events"] as? Int == 4)
            let doctor = try await run("doctor", "--json")
            #expect(doctor.status == 0, "\(doctor.output)")
            #expect(try await run("db", "stop").output == "stopped\n")
            #expect(try await run("db", "stop").output == "it was not running\n")
            #expect(try await run("db", "status", "--json").json()["state"] as? String == "stopped")
            // Any command starts it again, says so, and finds everything as it was.
            let verify = try await run("log", "verify", "--json")
            #expect(
                verify.errors == "caseflowd: started a private PostgreSQL in \(state); `caseflowd db stop` stops it\n"
            )
            #expect(try verify.json()["events"] as? Int == 11)
        } catch {
            _ = try? await run("db", "stop")
            throw error
        }
        #expect(try await run("db", "stop", "--json").json()["state"] as? String == "stopped")
    }
}
