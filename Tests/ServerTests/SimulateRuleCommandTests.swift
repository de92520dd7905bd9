import Foundation
import Support
import Testing

/// What if, from the command line.
@Suite struct SimulateRuleCommandTests {
    private static let officer = ["CASEFLOW_ACTOR": "officer/7", "CASEFLOW_LOG": "main"]

    /// T-1: accepted on 10 February 2026 under a promise of five days, decided on the second one. T-2: without a promise.
    private func prepared() async throws -> Caseflowd {
        let caseflowd = try Caseflowd(try await TestCluster.shared.database())
        let made = try await caseflowd("log", "create", "main", "--time-zone", "Asia/Shanghai")
        #expect(made.status == 0, "\(made.errors)")
        for arguments in [
            ["open", "T-1", "--item", "item-1", "--promise", "5 working-days", "--at", "2026-02-10T09:05"],
            ["accept", "T-1", "--at", "2026-02-10T10:00"],
            ["decide", "T-1", "--denied", "--reasons", "no title", "--remedy", "court", "--at", "2026-02-12T10:00"],
            ["open", "T-2", "--item", "item-2", "--at", "2026-02-10T09:05"],
            ["accept", "T-2", "--at", "2026-02-10T10:00"],
        ] {
            let run = try await caseflowd.run(["case"] + arguments, environment: Self.officer)
            #expect(run.status == 0, "\(arguments): \(run.errors)")
        }
        return caseflowd
    }

    private func ask(_ caseflowd: Caseflowd, _ arguments: [String]) async throws -> Caseflowd.Run {
        try await caseflowd.run(["simulate", "rule"] + arguments, environment: Self.officer)
    }

    private static let day = ["--over", "2026-02", "--as-of", "2026-02-13"]

    @Test func `a promise turns a case, in words, in JSON and in CSV`() async throws {
        let caseflowd = try await prepared()
        let question = ["--promise", "item-1=1"] + Self.day
        let words = try await ask(caseflowd, question + ["--list"])
        #expect(words.status == 0, "\(words.errors)")
        #expect(
            words.output.contains(
                "T-1  item-1  promise: green → red; due 2026-02-24 → 2026-02-11, stopped 2026-02-12; "
                    + "1 working day instead of 5 working days"
            ),
            "\(words.output)"
        )
        #expect(words.output.contains("of 2 cases 2 were judged (1 still run, 0 were withdrawn)"), "\(words.output)")
        let json = try await ask(caseflowd, question + ["--list", "--json"]).json()
        let changes = try #require(json["changes"] as? [[String: Any]])
        #expect(changes.count == 1 && changes.first?["caseWouldBe"] as? String == "red")
        let total = try #require(json["total"] as? [String: Any])
        #expect(total["turnedRed"] as? Int == 1 && total["judged"] as? Int == 2 && json["notJudged"] as? Int == 0)
        #expect((json["different"] as? [String]) == ["item item-1 promised in 1"])
        #expect(json["over"] as? String == "2026-02-01..2026-02-28" && json["asOf"] as? String == "2026-02-13")
        let plain = try await ask(caseflowd, question + ["--json", "--by", "item"]).json()
        #expect(plain["changes"] == nil && (plain["groups"] as? [String: Any])?.keys.sorted() == ["item-1", "item-2"])
        let none = try await ask(caseflowd, ["--promise", "item-1=4", "--list", "--json"] + Self.day).json()
        #expect((none["changes"] as? [Any])?.isEmpty == true)
        let file = caseflowd.scratch.path("changes.csv")
        let written = try await ask(caseflowd, question + ["--csv", file, "--clock", "promise", "--language", "zh-CN"])
        #expect(written.status == 0 && written.output.contains("共 2 件，判定 1 件"), "\(written.output)")
        let lines = try String(contentsOfFile: file, encoding: .utf8).components(separatedBy: "\r\n")
        #expect(lines.count == 3 && lines[0].hasPrefix("case,unit,item,clock") && lines[1].hasPrefix("T-1,"))
        let same = try await ask(caseflowd, question + ["--csv", "-", "--clock", "promise", "--language", "zh-CN"])
        #expect(same.output == lines.joined(separator: "\r\n"))
        // An item that no case has is said to be one.
        let other = try await ask(caseflowd, ["--promise", "item-9=1"] + Self.day)
        #expect(other.status == 0 && other.errors.contains("no case of item item-9"), "\(other.errors)")
    }

    @Test func `a pack and a calendar come from files, and what is wrong with these is told by line`() async throws {
        let caseflowd = try await prepared()
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Sources/CaseFlow/Clock/Packs/cn-licensing.yaml").path
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let shorter = try caseflowd.scratch.write(
            "shorter.yaml",
            text.replacingOccurrences(of: "version: 1\n", with: "version: 2\n")
                .replacingOccurrences(
                    of: "limit: 20 working-days\n    item-limit",
                    with: "limit: 1 working-days\n    item-limit"
                )
        )
        let pack = try await ask(caseflowd, ["--pack", shorter, "--list"] + Self.day)
        #expect(pack.status == 0, "\(pack.errors)")
        #expect(pack.output.contains("T-2  item-2  decision: green → red"), "\(pack.output)")
        #expect(pack.output.contains("rules cn-licensing 2 instead of cn-licensing 1"))
        let broken = try caseflowd.scratch.write(
            "broken.yaml",
            text.replacingOccurrences(of: "starts: received", with: "starts: sometime")
        )
        let wrong = try await ask(caseflowd, ["--pack", broken] + Self.day)
        #expect(wrong.status == 2 && wrong.errors.contains("broken.yaml:"), "\(wrong.errors)")
        #expect(try await ask(caseflowd, ["--pack", "no-such"] + Self.day).status == 2)
        // Two days off more: what was late by the second day of one is in time.
        let days = try caseflowd.scratch.write(
            "2026.csv",
            "date,kind,name\n2026-02-11,holiday,x\n2026-02-12,holiday,x\n"
        )
        let both = ["--promise", "item-1=1", "--calendar", days, "--year", "2026", "--clock", "promise"] + Self.day
        let calendar = try await ask(caseflowd, both + ["--list"])
        #expect(calendar.status == 0, "\(calendar.errors)")
        #expect(calendar.output.contains("T-1  item-1  promise: green → yellow"), "\(calendar.output)")
        #expect(calendar.output.contains("calendar cn by 2026.csv"), "\(calendar.output)")
        let bad = try caseflowd.scratch.write("bad.csv", "date,kind,name\n2026-02-31,holiday,x\n")
        let refused = try await ask(caseflowd, ["--calendar", bad] + Self.day)
        #expect(refused.status == 1 && refused.errors.contains("line 2"), "\(refused.errors)")
        let old = try caseflowd.scratch.write("2019.csv", "date,kind,name\n2019-02-04,holiday,x\n")
        let idle = try await ask(caseflowd, ["--calendar", old] + Self.day)
        #expect(idle.status == 2 && idle.errors.contains("speaks of 2019"), "\(idle.errors)")
    }

    @Test func `market days that nobody knows are said to be unknown`() async throws {
        let caseflowd = try await prepared()
        let run = try await ask(caseflowd, ["--closed-on", "market-days"] + Self.day)
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.output.contains("no market days are known for cases of - (2)"), "\(run.output)")
        #expect(run.output.contains("no clock would show another light"))
    }

    @Test func `a wrong call says what is right`() async throws {
        let caseflowd = try await prepared()
        for (arguments, words) in [
            (["--over", "2026"], "say what is to be different"),
            (["--promise", "item-1=1"], "--over"),
            (["--promise", "item-1", "--over", "2026"], "write ITEM=7"),
            (["--promise", "item-1=x", "--over", "2026"], "write ITEM=7"),
            (["--promise", "=1", "--over", "2026"], "write ITEM=7"),
            (["--promise", "a=1", "--promise", "a=2", "--over", "2026"], "promised twice"),
            (["--promise", "a=1", "--over", "next year"], "is no period"),
            (["--promise", "a=1", "--over", "2026-03..2026-02"], "empty period"),
            (["--promise", "a=1", "--over", "2019"], "its cases came in from 2026-02-10 to 2026-02-10"),
            (["--promise", "a=1", "--over", "2030"], "has not begun"),
            (["--promise", "a=1", "--over", "2026", "--all-packs"], "goes with --pack"),
            (["--promise", "a=1", "--over", "2026", "--csv", "-", "--json"], "--csv -"),
            (["--promise", "a=1", "--over", "2026", "--closed-on", "sundays"], "market-days"),
            (["--promise", "a=1", "--over", "2026", "--clock", "Big Ben"], "no name of a clock"),
            (["--promise", "a=1", "--over", "2026", "--as-of", "soon"], "--as-of"),
        ] {
            let run = try await ask(caseflowd, arguments)
            #expect(run.status == 2 && run.errors.contains(words), "\(arguments): \(run.status) \(run.errors)")
            #expect(run.output.isEmpty)
        }
        let missing = try await caseflowd("simulate", "rule", "--promise", "a=1", "--over", "2026", "--log", "none")
        #expect(missing.status == 1, "\(missing.errors)")
        // Without a subcommand a town is played, as ever.
        let town = try await caseflowd("simulate", "--town", "nowhere")
        #expect(town.status == 2 && town.errors.contains("there is no town 'nowhere'"), "\(town.errors)")
    }
}
