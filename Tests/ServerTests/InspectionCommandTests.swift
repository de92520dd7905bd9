import Foundation
import Support
import Testing

/// What an inspector asks from the command line.
@Suite struct InspectionCommandTests {
    private static let officer = ["CASEFLOW_ACTOR": "officer/7", "CASEFLOW_LOG": "main"]

    private func prepared() async throws -> Caseflowd {
        let caseflowd = try Caseflowd(try await TestCluster.shared.database())
        let made = try await caseflowd("log", "create", "main", "--time-zone", "Asia/Shanghai")
        #expect(made.status == 0, "\(made.errors)")
        for arguments in [
            ["open", "T-1", "--promise", "5 working-days", "--at", "2026-02-10T09:05"],
            ["accept", "T-1", "--at", "2026-02-10T10:00"],
            ["decide", "T-1", "--denied", "--reasons", "no title", "--remedy", "court", "--at", "2026-02-12T10:00"],
        ] {
            let run = try await caseflowd.run(["case"] + arguments, environment: Self.officer)
            #expect(run.status == 0, "\(arguments): \(run.errors)")
        }
        return caseflowd
    }

    @Test func `findings come with their evidence, by day, by filter and by case`() async throws {
        let caseflowd = try await prepared()
        func ask(_ arguments: String...) async throws -> Caseflowd.Run {
            try await caseflowd.run(["findings"] + arguments, environment: Self.officer)
        }
        let all = try await ask("--json")
        #expect(all.status == 0, "\(all.errors)")
        let rows = try #require(try all.json()["findings"] as? [[String: Any]])
        // All of it was keyed today, long after it is said to have happened: one sitting.
        #expect(rows.first?["rule"] as? String == "late-entry" && rows.first?["officer"] as? String == "7")
        #expect((rows.first?["positions"] as? [Int] ?? []).count >= 3)
        let late = try #require(rows.first)
        for key in ["title", "basis", "reason", "on", "heading", "case"] {
            #expect((late[key] as? String)?.isEmpty == false, "\(key)")
        }
        let of = try await ask("T-1", "--language", "zh-CN")
        #expect(of.output.contains("慢作为: 补录") && of.output.contains("事件"))
        #expect(try await ask("--heading", "arbitrary").output == "nothing found by \(try Self.today())\n")
        #expect(try await ask("--officer", "7", "--json").json()["findings"] as? [Any] != nil)
        #expect(try await ask("--as-of", "2026-02-11").output == "nothing found by 2026-02-11\n")
        for wrong in [
            ["--heading", "lazy"], ["--rule", "x"], ["--as-of", "soon"], ["--limit", "0"], ["--after", "x"],
            ["--unit", ""], ["--officer", ""],
        ] {
            let run = try await caseflowd.run(["findings"] + wrong, environment: Self.officer)
            #expect(run.status == 2, "\(wrong): \(run.errors)")
        }
        let both = try await ask("T-1", "--unit", "x")
        #expect(both.status == 2)
        let none = try await ask("T-9")
        #expect(none.status == 1 && none.errors.contains("has no case 'T-9'"))
    }

    private static func today() throws -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(identifier: "Asia/Shanghai"))
        let parts = calendar.dateComponents([.year, .month, .day], from: Date())
        let (year, month, day) = (parts.year ?? 0, parts.month ?? 0, parts.day ?? 0)
        return "\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
    }

    @Test func `the days of a case are split, and each clock's days with it`() async throws {
        let caseflowd = try await prepared()
        func ask(_ arguments: String...) async throws -> Caseflowd.Run {
            try await caseflowd.run(["holder-days"] + arguments, environment: Self.officer)
        }
        let answer = try await ask("T-1", "--as-of", "2026-02-14", "--json")
        #expect(answer.status == 0, "\(answer.errors)")
        let whole = try #require(try answer.json()["whole"] as? [String: Any])
        // Saturday 14 February 2026 is a make-up working day.
        #expect(whole["days"] as? Int == 4 && whole["isOpen"] as? Bool == true)
        let spans = try #require(whole["spans"] as? [[String: Any]])
        #expect(spans.compactMap { $0["days"] as? Int }.reduce(0, +) == 4)
        let clocks = try #require(try answer.json()["clocks"] as? [[String: Any]])
        #expect(clocks.compactMap { $0["clock"] as? String } == ["notice", "decision", "promise"])
        #expect(clocks[1]["days"] as? Int == 2)
        #expect(try await ask("T-1", "--clock", "decision").output.hasPrefix("decision: 2 working days"))
        #expect(try await ask("T-1", "--language", "zh-CN").output.contains("全程"))
        #expect(try await ask("--unit", "nowhere").output == "no days of nowhere\n")
        #expect(try await ask("T-1", "--clock", "delivery").status == 2)
        #expect(try await ask().status == 2)
        #expect(try await ask("T-1", "--unit", "x").status == 2)
        #expect(try await ask("--unit", "x", "--clock", "notice").status == 2)
        #expect(try await ask("--unit", "hall", "--after", "x").status == 2)
        #expect(try await ask("T-9").status == 1)
    }
}
