import Foundation
import Support
import Testing

/// A case's procedure from the command line: recorded, refused by article, explained.
@Suite struct ProcedureCommandTests {
    private static let officer = ["CASEFLOW_ACTOR": "officer/7", "CASEFLOW_LOG": "main"]

    private func prepared() async throws -> Caseflowd {
        let caseflowd = try Caseflowd(try await TestCluster.shared.database())
        let made = try await caseflowd("log", "create", "main", "--time-zone", "Asia/Shanghai")
        #expect(made.status == 0, "\(made.errors)")
        return caseflowd
    }

    @Test func `a case is opened, accepted and explained, in both languages`() async throws {
        let caseflowd = try await prepared()
        func act(_ arguments: String...) async throws -> Caseflowd.Run {
            try await caseflowd.run(["case"] + arguments, environment: Self.officer)
        }
        let opened = try await act(
            "open",
            "T-1",
            "--promise",
            "5 working-days",
            "--at",
            "2026-02-10T09:05",
            "--attribute",
            "department=land",
            "--json"
        )
        #expect(opened.status == 0, "\(opened.errors)")
        #expect(try opened.json()["version"] as? Int == 2)
        let id = UUID().uuidString
        for expected in [["accepted"], ["accepted"]] {
            let run = try await act("accept", "T-1", "--at", "2026-02-10T10:00", "--request", id, "--json")
            #expect(try run.json()["recorded"] as? [String] == expected)
            #expect(try run.json()["version"] as? Int == 3)
        }
        let again = try await act("accept", "T-1", "--at", "2026-02-10T10:00")
        #expect(again.output == "case T-1: nothing new: it was so already (version 3)\n")

        let report = try await act("explain", "T-1", "--as-of", "2026-03-10", "--json").json()
        let clocks = try #require(report["clocks"] as? [[String: Any]])
        #expect(clocks.compactMap { $0["clock"] as? String } == ["notice", "decision", "promise"])
        #expect(clocks[1]["due"] as? String == "2026-03-16" && clocks[1]["light"] as? String == "green")
        #expect(clocks[2]["due"] as? String == "2026-02-24" && clocks[2]["light"] as? String == "red")
        let steps = try #require(clocks[1]["derivation"] as? [[String: Any]])
        for key in ["date", "rule", "reason", "calendarVersion"] {
            #expect(steps.allSatisfy { ($0[key] as? String)?.isEmpty == false }, "\(key)")
        }
        let one = try await act("explain", "T-1", "--clock", "promise", "--as-of", "2026-02-12", "--language", "zh-CN")
        #expect(one.output.contains("承诺办结时限：到期日 2026-02-24") && !one.output.contains("法定"))
        // Before anything was recorded, nothing was known.
        let before = try await act("explain", "T-1", "--known-at", "2026-02-11")
        #expect(before.status == 1 && before.errors.contains("the case goes by no rules"))
        #expect(try await act("replay", "T-1").output.contains("rules-pinned: cn-licensing 1, promise 5 working-days"))
        #expect(try await caseflowd("log", "verify", "--log", "main").status == 0)
    }

    @Test func `an item that is settled on the spot is read by the minute`() async throws {
        let caseflowd = try await prepared()
        func act(_ arguments: String...) async throws -> Caseflowd.Run {
            try await caseflowd.run(["case"] + arguments, environment: Self.officer)
        }
        func hours(_ name: String) async throws {
            let week = "mon-fri 09:00-12:00 14:00-17:00"
            let set = try await caseflowd.run(
                ["calendar", "hours", name, "--weekday", week, "--follows", "cn", "--log", "main"],
                environment: Self.officer
            )
            #expect(set.status == 0, "\(set.errors)")
        }
        let open = ["open", "2026-0001", "--promise", "90 service-minutes", "--at", "2026-03-02T11:00"]
        let none = try await caseflowd.run(["case"] + open, environment: Self.officer)
        #expect(none.status == 1 && none.errors.contains("set one with `caseflowd calendar hours`"), "\(none.errors)")
        #expect(try await act("show", "2026-0001").status != 0)
        try await hours("hall")
        #expect(try await caseflowd.run(["case"] + open, environment: Self.officer).status == 0)
        // The only one is the default, and stays that of the case when another one comes.
        try await hours("market")
        let again = try await caseflowd.run(["case"] + open, environment: Self.officer)
        #expect(again.output.contains("nothing new"), "\(again.errors)")
        let several = try await act("open", "2026-0002", "--promise", "90 service-minutes")
        #expect(several.errors.contains("open it with --service-calendar, one of: hall, market"))
        let unknown = try await act("open", "2026-0002", "--service-calendar", "x")
        #expect(unknown.status == 1 && unknown.errors.contains("there are: hall, market"))
        let named = try await act("open", "2026-0002", "--promise", "9 service-minutes", "--service-calendar", "market")
        #expect(named.status == 0, "\(named.errors)")

        #expect(try await act("accept", "2026-0001", "--at", "2026-03-02T11:30").status == 0)
        func promise(_ asOf: String) async throws -> [String: Any] {
            let report = try await act("explain", "2026-0001", "--clock", "promise", "--as-of", asOf, "--json").json()
            return try #require((report["clocks"] as? [[String: Any]])?.first)
        }
        let running = try await promise("2026-03-02T14:30")
        #expect(running["due"] as? String == "2026-03-02T15:00" && running["light"] as? String == "green")
        #expect(running["used"] as? Int == 60 && running["left"] as? Int == 30)
        #expect(
            running["serviceCalendar"] as? String == "hall 1" && running["startedAt"] as? String == "2026-03-02T11:30"
        )
        #expect((running["calendar"] as? String)?.hasPrefix("cn ") == true)
        #expect(try await promise("2026-03-02T15:00")["light"] as? String == "yellow")
        #expect(try await promise("2026-03-02T15:00:01")["light"] as? String == "red")
        #expect(try await promise("2026-03-02T07:00:01Z")["light"] as? String == "red")
        #expect(try await promise("2026-03-02")["light"] as? String == "red")
        let text = try await act("explain", "2026-0001", "--clock", "promise", "--as-of", "2026-03-02T14:30")
        #expect(text.output.contains("case 2026-0001 as of 2026-03-02T14:30"))
        #expect(text.output.contains("due 2026-03-02T15:00, running, 60 min used, 30 min left, green"))
        #expect(try await act("decide", "2026-0001", "--granted", "--at", "2026-03-02T15:01").status == 0)
        let late = try await caseflowd("late", "--log", "main", "--clock", "promise", "--as-of", "2026-03-02")
        #expect(late.output.contains("2026-0001"), "\(late.output)\(late.errors)")
    }

    @Test func `a Chinese explanation has no English word in it`() async throws {
        let caseflowd = try await prepared()
        let week = "mon-fri 09:00-12:00 14:00-17:00"
        let commands = [
            ["calendar", "hours", "hall", "--weekday", week, "--follows", "cn", "--log", "main"],
            ["case", "open", "2026-0001", "--promise", "900 service-minutes", "--at", "2026-03-02T09:00"],
            [
                "case", "notice", "2026-0001", "--material", "x", "--within", "5 working-days", "--at",
                "2026-03-02T09:10",
            ],
            ["case", "supplement", "2026-0001", "--complete", "--at", "2026-03-02T09:20"],
            ["case", "accept", "2026-0001", "--at", "2026-03-02T09:30"],
            [
                "case", "stage", "begin", "2026-0001", "--stage", "现场核查", "--within", "2 working-days", "--at",
                "2026-03-02T09:30",
            ],
            [
                "case", "suspend", "2026-0001", "--ground", "hearing", "--told", "2 calendar-days", "--at",
                "2026-03-02T10:00",
            ],
            ["case", "resume", "2026-0001", "--at", "2026-03-03T10:00"],
            [
                "case", "extend", "2026-0001", "--clock", "decision", "--by", "10 working-days", "--authority",
                "organ-head", "--reason", "材料多", "--at", "2026-03-03T10:00",
            ],
            ["case", "decide", "2026-0001", "--granted", "--at", "2026-03-04T10:00"],
            ["case", "rate", "2026-0001", "--rating", "dissatisfied", "--at", "2026-03-05T10:00"],
        ]
        for command in commands {
            let run = try await caseflowd.run(command, environment: Self.officer)
            #expect(run.status == 0, "\(command): \(run.errors)")
        }
        let run = try await caseflowd.run(
            ["case", "explain", "2026-0001", "--language", "zh-CN"],
            environment: Self.officer
        )
        #expect(run.output.split(separator: "\n\n").count == 9, "\(run.output)\(run.errors)")
        var text = run.output.replacing(/\dT\d/, with: "")
        for code in ["cn-licensing", "hall", "cn"] { text = text.replacing(code, with: "") }
        let words = text.matches(of: /[A-Za-z]+/).map { String($0.output) }
        #expect(words == [], "\(run.output)")
    }

    @Test func `a case that may not be opened leaves nothing behind`() async throws {
        let caseflowd = try await prepared()
        func act(_ arguments: String...) async throws -> Caseflowd.Run {
            try await caseflowd.run(["case"] + arguments, environment: Self.officer)
        }
        let future = try await act("open", "FUT", "--at", "2099-12-01T09:00")
        #expect(future.status == 1 && future.errors.contains("record it when it has happened"), "\(future.errors)")
        let long = try await act("open", "FUT", "--at", "2026-03-02T09:00", "--promise", "100 working-days")
        #expect(long.status == 1 && long.errors.contains("longer than the statute of 20 working-days"))
        #expect(try await act("show", "FUT").status != 0)
        let id = UUID().uuidString
        for _ in 1...2 {
            let run = try await act("open", "FUT", "--at", "2026-03-02T09:00", "--request", id, "--json")
            #expect(run.status == 0, "\(run.errors)")
            #expect(try run.json()["recorded"] as? [String] == ["received", "rules-pinned"])
            #expect(try run.json()["version"] as? Int == 2)
        }
        #expect(try await act("open", "FUT", "--at", "2026-03-02T09:00").output.contains("nothing new"))
    }

    @Test func `a refusal names the rule and the article, and stores nothing`() async throws {
        let caseflowd = try await prepared()
        func act(_ arguments: String...) async throws -> Caseflowd.Run {
            try await caseflowd.run(["case"] + arguments, environment: Self.officer)
        }
        #expect(try await act("open", "T-1", "--at", "2026-03-02T09:00").status == 0)
        #expect(try await act("accept", "T-1", "--at", "2026-03-02T09:30").status == 0)
        for (arguments, told) in [
            (
                ["suspend", "T-1", "--ground", "holiday", "--told", "5 working-days"],
                "'holiday' is no ground to suspend"
            ),
            (["extend", "T-1", "--by", "10 working-days", "--authority", "clerk", "--reason", "x"], "(art. 42(1))"),
            (["decide", "T-1", "--denied", "--reasons", "x"], "(art. 38)"),
            (["resume", "T-1"], "does not stand still"),
            (["rate", "T-1", "--rating", "satisfied"], "is not decided yet"),
            (["accept", "T-1", "--at", "2026-03-03T09:00"], "accepted on 2026-03-02"),
        ] {
            let run = try await caseflowd.run(["case"] + arguments, environment: Self.officer)
            #expect(run.status == 1 && run.output.isEmpty)
            #expect(run.errors.contains(told), "\(arguments): \(run.errors)")
        }
        let events = try await act("show", "T-1", "--json").json()["events"] as? [Any]
        #expect(events?.count == 3)
    }

    @Test(arguments: [
        (["accept", "T-1"], "CASEFLOW_ACTOR"), (["accept", "T-1", "--actor", "officer/7", "--at", "tomorrow"], "--at"),
        (["accept", "T-1", "--actor", "officer/7", "--at", "2026-03-02"], "give a time of the day"),
        (["accept", "T-1", "--actor", "officer/7", "--request", "1"], "no UUID"),
        (["suspend", "T-1", "--actor", "officer/7", "--ground", "hearing", "--told", "5 days"], "is no limit"),
        (["decide", "T-1", "--actor", "officer/7"], "--granted or --denied"),
        (["rate", "T-1", "--actor", "officer/7", "--rating", "good"], "rating"),
        (["explain", "T-1", "--as-of", "whenever"], "--as-of"), (["explain", "T-1", "--clock", "A B"], "--clock"),
    ])
    func `a wrong call ends with status 2, before anything is connected`(arguments: [String], told: String) async throws
    {
        let run = try await Caseflowd(database: "host=/nowhere").run(["case"] + arguments)
        #expect(run.status == 2 && run.errors.contains(told), "\(run.errors)")
    }

    @Test(
        .enabled(
            if: sharedData("logs/receipt.xes.gz") != nil,
            "../shared/data/logs/receipt.xes.gz does not lie beside the repository"
        )
    )
    func `the Dutch rule agrees with 1,080 and 58 cases of a real municipality, and names the others`() async throws {
        let caseflowd = try Caseflowd(try await TestCluster.shared.database())
        let file = try #require(sharedData("logs/receipt.xes.gz"))
        #expect(try await caseflowd("import", "xes", file, "--log", "r", "-q").status == 0)
        let report = try await caseflowd("rules", "compare", "nl-wabo", "--log", "r", "--json").json()
        let agreements = try #require(report["agreements"] as? [[String: Any]])
        #expect(agreements.map { $0["cases"] as? Int } == [1080, 58])
        #expect((report["deviations"] as? [Any])?.count == 1434 - 1080 - 58)
    }

    @Test func `rule packs are shown and checked`() async throws {
        let caseflowd = try Caseflowd(database: nil)
        let shown = try await caseflowd("rules", "show", "--language", "zh-CN")
        #expect(shown.status == 0 && shown.output.contains("法定办结时限"))
        let wrong = try caseflowd.scratch.write("wrong.yaml", "pack: x\nversion: 0\n")
        let checked = try await caseflowd("rules", "check", wrong)
        #expect(checked.status == 1 && checked.errors.contains("wrong.yaml"))
        #expect(try await caseflowd("rules", "show", "nowhere").status == 2)
    }
}
