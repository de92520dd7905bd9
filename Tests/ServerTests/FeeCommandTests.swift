import Foundation
import Support
import Testing

/// Fees as windows record them and inspectors find them. In Puan one item costs 80 yuan, all others nothing.
@Suite struct FeeCommandTests {
    private static let town = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("examples/townships/puan").path
    private static let house = "512F0103501700-510823100000-000-510823100-1-00"
    private static let workshop = "512Z0104101800-510823100000-000-510823100-1-00"
    private static let window = "pa-0019"

    @Test func `a fee is charged once for a receipt, shown, and found where the catalogue has none`() async throws {
        let caseflowd = try Caseflowd(try await TestCluster.shared.database())
        func run(_ arguments: [String]) async throws -> Caseflowd.Run {
            try await caseflowd.run(
                arguments,
                environment: ["CASEFLOW_ACTOR": "officer/\(Self.window)", "CASEFLOW_LOG": "puan"]
            )
        }
        for what in ["network", "catalogue"] {
            let done = try await run([what, "import", "\(Self.town)/\(what).yaml"])
            #expect(done.status == 0, "\(done.errors)")
        }
        for (number, item) in [("F-1", Self.house), ("F-2", Self.workshop)] {
            let done = try await run(["case", "receive", number, "--item", item, "--material", "all"])
            #expect(done.status == 0, "\(done.errors)")
        }
        let next = try await run(["case", "next", "F-1", "--all"])
        #expect(next.output.contains("fee: window or agent\n"), "\(next.output)")
        #expect(try await !run(["case", "next", "F-2", "--all"]).output.contains("fee"))

        // The fee of the catalogue, and the same receipt again.
        let paid = try await run(["case", "fee", "F-1", "--amount", "80", "--receipt", "0042"])
        #expect(paid.status == 0 && paid.output.contains("F-1: fee-charged"), "\(paid.errors)")
        #expect(!paid.errors.contains("charged in all"), "\(paid.errors)")
        let again = try await run(["case", "fee", "F-1", "--amount", "80.00", "--receipt", "0042"])
        #expect(again.status == 0 && again.output.contains("nothing new"), "\(again.output)\(again.errors)")
        #expect(try await !run(["case", "next", "F-1", "--all"]).output.contains("fee: "))

        // Beyond it: recorded, and said.
        let more = try await run(["case", "fee", "F-1", "--amount", "0.5", "--receipt", "0043", "--json"])
        #expect(try more.json()["recorded"] as? [String] == ["fee-charged"])
        #expect(
            more.errors.contains(
                "80.50 yuan charged in all, but the item costs 80.00 yuan in version 1 of the catalogue (art. 59)"
            ),
            "\(more.errors)"
        )
        let document = try caseflowd.scratch.write("fee.json", #"{"fact": "fee-charged", "fen": 1250}"#)
        let free = try await run(["case", "do", "F-2", "--document", document])
        #expect(free.status == 0 && free.output.contains("F-2: fee-charged"), "\(free.errors)")
        #expect(
            free.errors.contains("the item has no fee in version 1 of the catalogue (art. 58(1))"),
            "\(free.errors)"
        )

        let shown = try await run(["case", "show", "F-1"])
        #expect(
            shown.output.contains("fees       80.50 yuan: 80.00 (receipt 0042), 0.50 (receipt 0043)\n"),
            "\(shown.output)"
        )
        let service = try await run(["case", "show", "F-2", "--json"]).json()["service"] as? [String: Any]
        let charges = try #require(service?["charges"] as? [[String: Any]])
        #expect(charges.count == 1 && charges[0]["yuan"] as? String == "12.50" && charges[0]["receipt"] == nil)
        #expect(service?["charged"] as? String == "12.50")
        let replay = try await run(["case", "replay", "F-1"])
        #expect(replay.output.contains("fee-charged: 0.50 yuan, receipt 0043"), "\(replay.output)")

        // Inspection finds both, with whose they are.
        let found = try await run(["findings", "--rule", "illegal-fee", "--json"])
        let rows = try #require(try found.json()["findings"] as? [[String: Any]], "\(found.errors)")
        #expect(Set(rows.compactMap { $0["case"] as? String }) == ["F-1", "F-2"] && rows.count == 2)
        #expect(rows.allSatisfy { $0["officer"] as? String == Self.window && $0["heading"] as? String == "arbitrary" })
        let house = try #require(rows.first { $0["case"] as? String == "F-1" })
        #expect((house["positions"] as? [Int])?.count == 2)
        let chinese = try await run(["findings", "F-2", "--language", "zh-CN"])
        for words in ["乱作为: 违规收费", "收取 12.50 元", "不收费", "行政许可法 58(1)"] {
            #expect(chinese.output.contains(words), "\(words): \(chinese.output)")
        }

        // What is no amount, and a receipt of another charge.
        for amount in ["0", "0.00", "12.505", "1e3", "5,50", "1000000.01", "five"] {
            let wrong = try await run(["case", "fee", "F-1", "--amount", amount])
            #expect(wrong.status == 2 && wrong.errors.contains("'\(amount)' is no amount in yuan"), "\(wrong.errors)")
        }
        let taken = try await run(["case", "fee", "F-1", "--amount", "81", "--receipt", "0042"])
        #expect(
            taken.status == 1 && taken.errors.contains("the receipt '0042' stands for 80.00 yuan"),
            "\(taken.errors)"
        )
        let personal = try await run(["case", "fee", "F-1", "--amount", "81", "--receipt", "138-0013-8000"])
        #expect(personal.status == 1 && !personal.errors.contains("8000"), "\(personal.errors)")
    }
}
