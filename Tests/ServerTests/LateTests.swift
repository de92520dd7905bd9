import Foundation
import PostgresClient
import Support
import Testing

/// `caseflowd late`: its options, its pages, its files.
@Suite struct LateTests {
    @Test(arguments: [
        ["--known-at", "yesterday"], ["--light", "blue"], ["--sort", "name"], ["--at-least", "0"],
        ["--at-least", "3", "--light", "green"], ["--after", "garbage"], ["--csv", "-", "--json"],
        ["--group-by", "unit", "--csv", "-"], ["--group-by", "unit", "--sort", "due"],
        ["--compare", "instant", "--unit", "x"], ["--compare", "instant", "--known-at", "2026-01-01"],
    ])
    func `a wrong call ends with status 2, a message, and no answer`(arguments: [String]) async throws {
        let caseflowd = try Caseflowd(database: "host=/nonexistent connect_timeout=1")
        let run = try await caseflowd.run(["late"] + arguments)
        #expect(run.status == 2, "\(run.errors)")
        #expect(!run.errors.isEmpty)
        #expect(run.output.isEmpty)
    }

    @Test func `imported cases by filters, page by page, in CSV, and as known before they came in`() async throws {
        let caseflowd = try Caseflowd(try await TestCluster.shared.database())
        let file = try caseflowd.scratch.write("small.xes", smallLog)
        #expect(try await caseflowd("import", "xes", file, "--log", "xin").status == 0)
        func late(_ arguments: String...) async throws -> Caseflowd.Run {
            try await caseflowd.run(["late", "--log", "xin", "--as-of", "2026-03-01"] + arguments)
        }
        func cases(_ answer: [String: Any]) -> [String?] {
            (answer["rows"] as? [[String: Any]] ?? []).map { $0["case"] as? String }
        }
        let whole = try await late("--json").json()
        #expect(cases(whole) == ["A-2", "A-1"])
        #expect(whole["total"] as? Int == 2)
        #expect(whole["next"] == nil)
        let row = try #require((whole["rows"] as? [[String: Any]])?.last)
        #expect(row["clock"] as? String == "imported")
        // What a source says of its cases is all that is known of whose they are.
        #expect(row["reason"] as? String == "its source names land" && row["event"] as? String == "case.closed/1")
        #expect(row["holder"] == nil)
        #expect([row["deadlineOn"] as? String, row["closedOn"] as? String] == ["2026-01-20", "2026-01-21"])
        let first = try await late("--json", "--limit", "1").json()
        #expect(first["total"] as? Int == 2)
        let next = try #require(first["next"] as? String)
        let second = try await late("--json", "--limit", "1", "--after", next).json()
        #expect(cases(first) + cases(second) == ["A-2", "A-1"])
        #expect(second["total"] == nil && second["next"] == nil)
        let counted = try await late("--json", "--limit", "1", "--after", next, "--count").json()
        #expect(counted["total"] as? Int == 2)
        #expect(first["knownAt"] as? String == second["knownAt"] as? String)
        // A cursor goes with the options that it was given under.
        let other = try await late("--after", next, "--unit", "x")
        #expect(other.status == 2 && other.output.isEmpty, "\(other.errors)")
        #expect(cases(try await late("--json", "--department", "land").json()) == ["A-1"])
        #expect(cases(try await late("--json", "--at-least", "2").json()) == ["A-2"])
        #expect(cases(try await late("--json", "--sort", "case").json()) == ["A-1", "A-2"])
        #expect(cases(try await late("--json", "--clock", "decision").json()) == [])
        #expect(cases(try await late("--json", "--known-at", "2020-01-01").json()) == [])
        let moment = try #require(whole["knownAt"] as? String)
        #expect(cases(try await late("--json", "--known-at", moment).json()) == ["A-2", "A-1"])
        let green = try await caseflowd("late", "--log", "xin", "--as-of", "2026-01-10", "--light", "green", "--json")
        #expect(cases(try green.json()) == ["A-1", "A-2"])
        let table = try await late("--csv", "-").output.split(separator: "\r\n")
        #expect(table.count == 3)
        #expect(table.first?.hasPrefix("case,clock,stage,") == true)
        #expect(
            table.last?.hasPrefix("A-1,imported,,1,closed,stopped,red,2026-01-05,2026-01-20,false,2026-01-21,") == true
        )
        #expect(table.first?.contains(",holder,held_since,reason,known_from,event,") == true)
        let chinese = try await late("--language", "zh-CN", "--department", "land").output
        #expect(chinese.contains("来源载明：land"))
        let path = caseflowd.scratch.path("late.csv")
        #expect(try await late("--csv", path, "--json").json()["total"] as? Int == 2)
        #expect(try String(contentsOfFile: path, encoding: .utf8).split(separator: "\r\n") == table)
        let words = try await late("--limit", "1").output
        #expect(words.contains("2 late\n") && words.contains("… and 1 more (--limit, or --after "), "\(words)")
    }

    @Test(arguments: [("case-overview", []), ("case-clocks", ["date"]), ("case-compliance", ["instant"])])
    func `cases that the asked projection has set aside are told, and no others`(name: String, told: [String])
        async throws
    {
        let database = try await TestCluster.shared.database()
        let caseflowd = try Caseflowd(database)
        let file = try caseflowd.scratch.write("small.xes", smallLog)
        #expect(try await caseflowd("import", "xes", file, "--log", "xin").status == 0)
        #expect(try await caseflowd("late", "--log", "xin").errors == "")
        let admin = try await database.superuser()
        try await admin.script(
            """
            INSERT INTO caseflow.parked_streams SELECT log_id, name, generation, 'case/x', 1, 1, 'a test', now()
              FROM caseflow.projections WHERE name = '\(name)'
            """
        )
        await admin.close()
        for compare in ["date", "instant"] {
            let errors = try await caseflowd("late", "--log", "xin", "--compare", compare).errors
            #expect(errors.contains("1 cases are set aside") == told.contains(compare), "\(errors)")
        }
    }
}
