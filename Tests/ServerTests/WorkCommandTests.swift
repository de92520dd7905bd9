import Foundation
import Support
import Testing

/// `caseflowd work` and `caseflowd cards`, as operators and officers call them.
@Suite struct WorkCommandTests {
    private static let town = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("examples/townships/guanyi").path
    private static let item = "512B0104000400-510725106000-000-510725106-1-00"
    private static let database = Task { try await TestCluster.shared.database() }

    private let caseflowd: Caseflowd
    private let log = "work-\(UUID().uuidString.lowercased().prefix(8))"

    init() async throws { caseflowd = try Caseflowd(try await Self.database.value) }

    private func run(_ arguments: String..., by officer: String? = nil) async throws -> Caseflowd.Run {
        let who = officer.map { ["--actor", "officer/\($0)"] } ?? []
        return try await caseflowd.run(arguments + who + ["--log", log])
    }

    /// A case that was received and accepted long ago, entered now.
    private func lateCase() async throws {
        for what in ["network", "catalogue"] {
            let done = try await run(what, "import", "\(Self.town)/\(what).yaml", by: "gy-0019")
            #expect(done.status == 0, "\(done.errors)")
        }
        let received = try await run(
            "case",
            "receive",
            "W-1",
            "--item",
            Self.item,
            "--material",
            "all",
            "--visit",
            "2026-17",
            "--at",
            "2026-03-02T09:00:00+08:00",
            by: "gy-0023"
        )
        #expect(received.status == 0, "\(received.errors)")
        let accepted = try await run("case", "accept", "W-1", "--at", "2026-03-02T09:10:00+08:00", by: "gy-0023")
        #expect(accepted.status == 0, "\(accepted.errors)")
    }

    @Test(arguments: [
        ["work", "--at", "2026-03-01"], ["work", "--once", "--at", "soon"], ["cards", "--limit", "0"],
        ["cards", "feedback", "W-1", "Promise", "--cause", "other", "--text", "x", "--actor", "officer/1"],
        ["cards", "feedback", "W-1", "promise", "--cause", "laziness", "--text", "x", "--actor", "officer/1"],
        ["cards", "withdraw", "W-1", "promise", "--actor", "officer/1"],
        ["work", "--notify", "mail:someone"], ["outbox", "list", "--limit", "0"],
    ])
    func `a wrong call ends with status 2, a message, and no answer`(arguments: [String]) async throws {
        let caseflowd = try Caseflowd(database: "host=/nonexistent connect_timeout=1")
        let run = try await caseflowd.run(arguments)
        #expect(run.status == 2, "\(run.errors)")
        #expect(!run.errors.isEmpty && run.output.isEmpty)
    }

    @Test func `what is overdue is raised, answered, withdrawn, and told to whom the ladder names`() async throws {
        try await lateCase()
        let before = try await run("work", "status", "--json")
        #expect(before.status == 0 || before.status == 1, "\(before.errors)")
        let told = caseflowd.scratch.path("told.jsonl")
        let done = try await run("work", "--once", "--json", "--notify", "file:\(told)")
        #expect(done.status == 0, "\(done.errors)")
        let raised = try #require(try done.json()["raised"] as? Int)
        #expect(raised >= 6)
        #expect(try String(contentsOfFile: told, encoding: .utf8).split(separator: "\n").count == raised)
        let outbox = try await run("outbox")
        #expect(outbox.status == 0 && outbox.output.contains("nothing waits"), "\(outbox.output)")
        #expect(try await run("work", "--once", "--json").json()["raised"] as? Int == 0)
        let status = try await run("work", "status", "--json")
        #expect(status.status == 0, "\(status.output)")
        #expect(try status.json()["parkedCount"] as? Int == 0)

        func cards(_ arguments: String...) async throws -> [[String: Any]] {
            try await caseflowd.run(["cards", "--json", "--log", log] + arguments).json()["cards"] as? [[String: Any]]
                ?? []
        }
        let promise = try #require(try await cards("--case", "W-1").first { $0["clock"] as? String == "promise" })
        #expect(promise["level"] as? String == "discipline-inspection")
        #expect(promise["unit"] as? String == "510725106-renshe")
        let basis = try #require(promise["basis"] as? [String: Any])
        let addressee = try #require(basis["addressee"] as? [String: Any])
        #expect(addressee["unit"] as? String == "510725-jijian")
        #expect((addressee["persons"] as? [[String: Any]])?.first?["officer"] as? String == "gy-0001")
        #expect(try await cards("--open", "--level", "yellow").isEmpty)
        #expect(try await cards("--unit", "510725106-renshe").count == (try await cards()).count)

        let other = try await run(
            "cards",
            "feedback",
            "W-1",
            "promise",
            "--cause",
            "other",
            "--text",
            "x",
            by: "gy-0023"
        )
        #expect(other.status == 1 && other.errors.contains("not gy-0023's to answer"), "\(other.errors)")
        let answered = try await run(
            "cards",
            "feedback",
            "W-1",
            "promise",
            "--cause",
            "workload",
            "--text",
            "two colleagues are away",
            by: "gy-0027"
        )
        #expect(answered.status == 0 && answered.output.contains("card-answered"), "\(answered.errors)")
        // The inspector who was told is away now: B sees the card, and answers it.
        #expect(try await cards("--told", "gy-0002").isEmpty)
        let deputy = ["cards", "feedback", "W-1", "decision", "--cause", "absence", "--text", "the inspector is ill"]
        let present = try await caseflowd.run(deputy + ["--actor", "officer/gy-0002", "--log", log])
        #expect(present.status == 1, "\(present.output)")
        let away = try await run(
            "network",
            "absence",
            "gy-0001",
            "--from",
            "2026-01-01",
            "--through",
            "2026-12-31",
            "--reason",
            "sick",
            by: "gy-0019"
        )
        #expect(away.status == 0, "\(away.errors)")
        #expect(try await cards("--told", "gy-0002").contains { $0["clock"] as? String == "decision" })
        let stoodIn = try await caseflowd.run(deputy + ["--actor", "officer/gy-0002", "--log", log])
        #expect(stoodIn.status == 0, "\(stoodIn.errors)")
        let back = try await run("network", "absence", "gy-0001", "--back", "2026-01-01", by: "gy-0019")
        #expect(back.status == 0, "\(back.errors)")
        let refused = try await run("cards", "withdraw", "W-1", "decision", "--reason", "x", by: "gy-0019")
        #expect(refused.status == 1, "\(refused.output)")
        let withdrawn = try await run("cards", "withdraw", "W-1", "promise", "--reason", "entered late", by: "gy-0001")
        #expect(withdrawn.status == 0, "\(withdrawn.errors)")
        let shown = try await run("cards", "--case", "W-1")
        #expect(shown.output.contains("withdrawn"), "\(shown.output)")
        let state = try await run("case", "show", "W-1")
        #expect(state.output.contains("promise: discipline-inspection since"), "\(state.output)")
        let history = try await run("case", "replay", "W-1")
        #expect(history.output.contains("card-raised: promise: red"), "\(history.output)")
        for what in ["xes", "csv", "ocel", "cloudevents"] {
            let file = caseflowd.scratch.path("out.\(what)")
            let exported = try await run("export", what, file)
            #expect(exported.status == 0, "\(what): \(exported.errors)")
            let text = try String(contentsOfFile: file, encoding: .utf8)
            #expect(text.contains("card.raised/1") == (what != "xes"), "\(what)")
        }
        let verified = try await run("log", "verify")
        #expect(verified.status == 0, "\(verified.errors)")
    }

    @Test func `a daemon raises what is due, says what it does, and ends when it is told to`() async throws {
        try await lateCase()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(Caseflowd.path))
        process.arguments = ["work", "--log", log]
        var surroundings = ProcessInfo.processInfo.environment.filter { name, _ in
            !name.hasPrefix("PG") && !name.hasPrefix("CASEFLOW_")
        }
        surroundings["CASEFLOW_DATABASE_URL"] = caseflowd.database
        process.environment = surroundings
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        defer { if process.isRunning { process.terminate() } }
        let deadline = ContinuousClock.now + .seconds(60)
        var workers: [[String: Any]] = []
        var (due, raised) = (1, 0)
        while ContinuousClock.now < deadline, due > 0 || raised < 6 {
            let status = try await run("work", "status", "--json").json()
            due = status["due"] as? Int ?? 1
            workers = status["workers"] as? [[String: Any]] ?? []
            raised = workers.compactMap { $0["raised"] as? Int }.reduce(0, +)
        }
        #expect(workers.first?["isAlive"] as? Bool == true)
        #expect(raised >= 6)
        process.terminate()
        process.waitUntilExit()
        #expect(process.terminationReason == .exit && process.terminationStatus == 0)
        // It says good-bye.
        let after = try await run("work", "status", "--json").json()
        #expect((after["workers"] as? [[String: Any]])?.isEmpty == true)
    }

    @Test func `a simulated log is worked on up to a moment, and a real one is not`() async throws {
        let key = caseflowd.scratch.path("vault.key")
        let bytes = Data((0..<32).map { UInt8($0 * 5 % 251) }).base64EncodedString()
        _ = FileManager.default.createFile(
            atPath: key,
            contents: Data((bytes + "\n").utf8),
            attributes: [.posixPermissions: 0o600]
        )
        let played = try await caseflowd.run(
            [
                "simulate", "town", "--town", "guanyi", "--days", "12", "--cases", "20", "--log", "\(log)-sim",
                "--quiet",
            ],
            environment: ["CASEFLOW_VAULT_KEY_FILE": key]
        )
        // So short a play may miss the town's figures.
        #expect(played.status <= 1, "\(played.errors)")
        let without = try await caseflowd("work", "--once", "--log", "\(log)-sim")
        #expect(without.status == 2 && without.errors.contains("--at"), "\(without.errors)")
        let early = try await caseflowd("work", "--once", "--at", "2026-03-02", "--log", "\(log)-sim")
        #expect(early.status == 2 && early.errors.contains("goes on until"), "\(early.errors)")
        let done = try await caseflowd("work", "--once", "--at", "2026-04-01", "--log", "\(log)-sim", "--json")
        #expect(done.status == 0, "\(done.errors)")
        #expect(try (done.json()["raised"] as? Int ?? 0) > 0)
        let again = try await caseflowd("work", "--once", "--at", "2026-04-01", "--log", "\(log)-sim", "--json")
        #expect(try again.json()["raised"] as? Int == 0, "\(again.errors)")
        try await lateCase()
        let real = try await run("work", "--once", "--at", "2027-01-01")
        #expect(real.status == 2 && real.errors.contains("a real one"), "\(real.errors)")
    }
}
