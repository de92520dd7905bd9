import Foundation
import PostgresClient
import Support
import Testing

/// The commands on a PostgreSQL that is named to them.
@Suite struct CommandTests {
    @Test func `from an empty database to a list of late cases that can be replayed, exported and verified`()
        async throws
    {
        let caseflowd = try Caseflowd(try await TestCluster.shared.emptyDatabase())
        let file = try caseflowd.scratch.write("small.xes", smallLog)

        let early = try await caseflowd("late")
        #expect(early.status == 1)
        #expect(early.errors.contains("caseflowd migrate"))

        let migrate = try await caseflowd("migrate", "--json")
        #expect(migrate.status == 0)
        #expect(try migrate.json()["from"] as? Int == 0)
        #expect(try await caseflowd("migrate").output.hasPrefix("the schema is at version "))

        let imported = try await caseflowd("import", "xes", file, "--json", "--log", "xin")
        #expect(imported.status == 0, "\(imported.errors)")
        let summary = try imported.json()
        for (key, count) in ["cases": 2, "events": 4, "skipped": 0, "unchanged": 0, "appended": 9] {
            #expect(summary[key] as? Int == count, "\(key)")
        }
        #expect(summary["log"] as? String == "xin")
        let again = try await caseflowd("import", "xes", file, "--json", environment: ["CASEFLOW_LOG": "xin"]).json()
        #expect(["cases", "events", "skipped", "unchanged"].map { again[$0] as? Int } == [0, 0, 0, 2])
        #expect(
            try await caseflowd("import", "xes", file, "--log", "xin").output.contains(
                ": 0 cases and 0 events brought in"
            )
        )

        try await late(caseflowd)
        try await cases(caseflowd)

        let verify = try await caseflowd("log", "verify", "--json", "--log", "xin")
        #expect(verify.status == 0)
        let verdict = try verify.json()
        #expect(verdict["events"] as? Int == 11)
        #expect(verdict["streams"] as? Int == 4)
        #expect(verdict["ok"] as? Bool == true)

        let out = caseflowd.scratch.path("out.xes")
        let export = try await caseflowd("export", "xes", out, "--json", "--log", "xin").json()
        #expect([export["cases"] as? Int, export["events"] as? Int] == [2, 4])
        let back = try await caseflowd("import", "xes", out, "--json", "--log", "copy").json()
        #expect([back["cases"] as? Int, back["events"] as? Int] == [2, 4])
        #expect(try await caseflowd("log", "list").output.contains("xin"))
    }

    private func late(_ caseflowd: Caseflowd) async throws {
        let answer = try await caseflowd("late", "--log", "xin", "--as-of", "2026-02-01", "--json").json()
        #expect(answer["total"] as? Int == 1)
        let row = try #require((answer["rows"] as? [[String: Any]])?.first)
        #expect(row["case"] as? String == "A-1")
        #expect(row["state"] as? String == "closed")
        #expect(row["daysLate"] as? Int == 1)
        for (arguments, total) in [
            (["--as-of", "2026-01-20"], 0), (["--as-of", "2026-01-21", "--state", "open"], 0),
            (["--as-of", "2026-03-01"], 2), (["--as-of", "2026-03-01", "--state", "closed"], 1), ([], 2),
            (["--as-of", "2026-02-20", "--compare", "instant", "--state", "open"], 1),
        ] {
            let run = try await caseflowd.run(["late", "--log", "xin", "--json"] + arguments)
            #expect(try run.json()["total"] as? Int == total, "\(arguments)")
            #expect(run.status == 0)
        }
        let grouped = try await caseflowd("late", "--log", "xin", "--group-by", "department", "--json").json()
        let groups = try #require(grouped["groups"] as? [[String: Any]])
        #expect(groups.map { $0["group"] as? String } == ["land", nil])
        #expect(groups.map { $0["late"] as? Int } == [1, 1])
        #expect((grouped["rows"] as? [Any])?.isEmpty == true)
        #expect(grouped["total"] as? Int == 2)
        let first = try await caseflowd(
            "late",
            "--log",
            "xin",
            "--group-by",
            "department",
            "--limit",
            "1",
            "--json"
        ).json()
        #expect((first["groups"] as? [Any])?.count == 1)
        #expect(first["total"] as? Int == 2)
        let unknown = try await caseflowd("late", "--log", "xin", "--group-by", "town")
        #expect(unknown.status == 2)
        #expect(unknown.output.isEmpty)
        #expect(unknown.errors.contains("no case has 'town'; the cases have: concept:name, "), "\(unknown.errors)")
        let words = try await caseflowd("late", "--log", "xin", "--as-of", "2026-02-01").output
        #expect(words.hasPrefix("log xin, as of 2026-02-01, all cases, by date: 1 late\n"))
        #expect(words.contains("A-1"))
    }

    private func cases(_ caseflowd: Caseflowd) async throws {
        for command in ["show", "replay"] {
            let report = try await caseflowd("case", command, "A-1", "--log", "xin", "--json").json()
            #expect(report["case"] as? String == "A-1")
            #expect((report["state"] as? [String: Any])?["phase"] as? String == "closed")
            let events = try #require(report["events"] as? [[String: Any]])
            #expect(events.count == 6)
            let positions = events.compactMap { $0["position"] as? Int }
            #expect(positions == positions.sorted())
            #expect(events.allSatisfy { $0["actor"] as? String == "import:xes" })
            #expect(events.allSatisfy { ($0["leaf"] as? String)?.count == 44 })
            #expect(events.allSatisfy { ($0["recordedAt"] as? String)?.hasSuffix("Z") == true })
            #expect(events[2]["effectiveAt"] as? String == "2026-01-05T01:00:00.000000Z")
        }
        let before = try await caseflowd(
            "case",
            "replay",
            "A-1",
            "--log",
            "xin",
            "--json",
            "--by",
            "effective",
            "--as-of",
            "2026-01-09"
        ).json()
        #expect(before["later"] as? Int == 2)
        let show = ["case", "show", "A-1", "--log", "xin", "--as-of"]
        // An imported case goes by what had taken effect, unless asked otherwise, and says so.
        let imported = try await caseflowd.run(show + ["2026-01-09", "--json"]).json()
        #expect(imported["by"] as? String == "effective")
        #expect(imported["later"] as? Int == 2)
        #expect(imported["byOtherClock"] as? Int == 0)
        #expect(
            try await caseflowd.run(show + ["2026-01-09"]).output.hasSuffix(
                "as of 2026-01-09, by effective time: 2 events were in effect later; --by recorded shows 0\n"
            )
        )
        #expect(try await !caseflowd("case", "show", "A-1", "--log", "xin").output.contains("--by"))
        let early = try await caseflowd.run(show + ["2020-01-01"])
        #expect(early.errors.contains("nothing of case 'A-1' was in effect by then; all 6 events came later"))
        let nothing = try await caseflowd.run(show + ["2020-01-01", "--by", "recorded"])
        #expect(nothing.status == 0)
        #expect(nothing.errors.contains("nothing of case 'A-1' was recorded by then; all 6 events came later"))
        let replay = try await caseflowd("case", "replay", "A-1", "--log", "xin").output
        #expect(replay.contains("received as A-1"))
        #expect(replay.contains("state      closed"))
        let missing = try await caseflowd("case", "show", "A-9", "--log", "xin")
        #expect(missing.status == 1)
        #expect(missing.errors.hasPrefix("caseflowd: log xin has no case 'A-9': "))
        #expect(missing.output.isEmpty)
    }

    @Test func `a row that a superuser changed is found, and the exit status says so`() async throws {
        let database = try await TestCluster.shared.database()
        let caseflowd = try Caseflowd(database)
        let file = try caseflowd.scratch.write("small.xes", smallLog)
        #expect(try await caseflowd("import", "xes", file).status == 0)
        let admin = try await database.superuser()
        try await admin.script(
            """
            ALTER TABLE caseflow.events DISABLE TRIGGER ALL;
            UPDATE caseflow.events SET actor = 'import:somebody' WHERE position = 5;
            """
        )
        await admin.close()
        let verify = try await caseflowd("log", "verify", "--json")
        #expect(verify.status == 1)
        let verdict = try verify.json()
        #expect(verdict["ok"] as? Bool == false)
        #expect((verdict["damage"] as? [String: Any])?["position"] as? Int == 5)
        let words = try await caseflowd("log", "verify")
        #expect(words.status == 1)
        #expect(words.output.hasPrefix("log main: position 5 (case/"))
        let doctor = try await caseflowd("doctor", "--json")
        #expect(doctor.status == 1)
        #expect(doctor.output.contains("triggers are armed"))
    }

    @Test func `a log whose head row was removed is damaged, not absent`() async throws {
        let database = try await TestCluster.shared.database()
        let caseflowd = try Caseflowd(database)
        let file = try caseflowd.scratch.write("small.xes", smallLog)
        #expect(try await caseflowd("import", "xes", file).status == 0)
        let admin = try await database.superuser()
        try await admin.script("ALTER TABLE caseflow.logs DISABLE TRIGGER ALL; DELETE FROM caseflow.logs")
        await admin.close()
        let verify = try await caseflowd("log", "verify")
        #expect(verify.status == 1)
        #expect(
            verify.output.contains("the log's head row (caseflow.logs) is missing, but 11 events of the log are there"),
            "\(verify.output)\(verify.errors)"
        )
        let verdict = try await caseflowd("log", "verify", "--json").json()
        #expect((verdict["damage"] as? [String: Any])?["kind"] as? String == "books")
    }

    @Test func `projections and the doctor tell how things are`() async throws {
        let caseflowd = try Caseflowd(try await TestCluster.shared.database())
        let file = try caseflowd.scratch.write("small.xes", smallLog)
        #expect(try await caseflowd("import", "xes", file).status == 0)
        let status = try await caseflowd("projection", "status", "--json")
        #expect(status.status == 0)
        let rows = try #require(try status.json()["projections"] as? [[String: Any]])
        #expect(
            rows.map { $0["name"] as? String } == ["case-clocks", "case-compliance", "case-overview", "inspection"]
        )
        #expect(rows.allSatisfy { $0["checkpoint"] as? Int == 11 && $0["isComplete"] as? Bool == true })
        #expect(try await caseflowd("projection", "rebuild", "--json").status == 0)
        let after = try #require(
            try await caseflowd("projection", "status", "--json").json()["projections"] as? [[String: Any]]
        )
        let old = rows.compactMap { $0["generation"] as? Int }
        let new = after.compactMap { $0["generation"] as? Int }
        #expect(new.count == 4 && Set(new).isDisjoint(with: old) && Set(new).count == 4)
        #expect(try await caseflowd("projection", "retry", "--json").json()["taken"] as? Int == 0)
        // The cluster of the tests runs without fsync: that is what the doctor finds, and nothing else.
        let doctor = try await caseflowd("doctor", "--json")
        let findings = try #require(try doctor.json()["findings"] as? [[String: Any]])
        let amiss = findings.filter { $0["level"] as? String != "ok" }
        #expect(amiss.compactMap { $0["check"] as? String } == ["setting fsync"])
        #expect(doctor.status == 1)
        #expect(try await caseflowd("doctor").output.contains("PROBLEM setting fsync: off"))
    }

    @Test func `a table comes in by its columns`() async throws {
        let caseflowd = try Caseflowd(try await TestCluster.shared.database())
        let text = "id;what;when;who\nA;receive;2026-01-05 09:00;w1\nB;receive;2026-01-05 10:00;w2\nA;sign;soon;w1\n"
        let file = try caseflowd.scratch.write("a.csv", text)
        let columns = ["--case", "id", "--activity", "what", "--time", "when", "--resource", "who"]
        let run = try await caseflowd.run(["import", "csv", file, "--json"] + columns)
        #expect(run.status == 1)
        let summary = try run.json()
        #expect(["cases", "events", "skipped"].map { summary[$0] as? Int } == [2, 2, 1])
        #expect(run.errors.contains("\(file): line 4: 'when': "))
        let stop = try await caseflowd.run(["import", "csv", file, "--on-problem", "stop"] + columns)
        #expect(stop.status == 1)
        #expect(stop.errors.hasPrefix("caseflowd: stopped at line 4: "))
        #expect(stop.errors.split(separator: "\n").count == 1)
        let wrong = try await caseflowd("import", "csv", file, "--case", "x", "--activity", "what", "--time", "when")
        #expect(wrong.status == 2)
        #expect(wrong.errors.hasPrefix("caseflowd: \(file): the table has no column 'x'; it has: id, what, when, who"))
        let twice = try caseflowd.scratch.write("b.csv", "id;what;when;what\nA;receive;2026-01-05 09:00;w1\n")
        let ambiguous = try await caseflowd(
            "import",
            "csv",
            twice,
            "--case",
            "id",
            "--activity",
            "what",
            "--time",
            "when"
        )
        #expect(ambiguous.status == 2)
        #expect(ambiguous.errors.contains("the table has more than one column 'what'"))
    }
}
