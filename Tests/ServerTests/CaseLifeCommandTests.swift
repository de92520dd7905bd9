import Foundation
import Support
import Testing

/// A case of the catalogue, from the receipt to its rating, as officers call it.
@Suite struct CaseLifeCommandTests {
    private static let town = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("examples/townships/guanyi").path
    private static let item = "512B0104000400-510725106000-000-510725106-1-00"
    private static let (window, reviewer, deputy, approver) = ("gy-0023", "gy-0027", "gy-0030", "gy-0029")
    private static let database = Task { try await TestCluster.shared.database() }
    private static let applicant =
        #"{"kind": "person", "name": "测试甲", "identityNumber": "11010519491231002X", "phone": "13800138000"}"#

    private let caseflowd: Caseflowd
    private let log = "life-\(UUID().uuidString.lowercased().prefix(8))"

    init() async throws { caseflowd = try Caseflowd(try await Self.database.value) }

    private func run(_ arguments: String..., by officer: String? = nil, input: String? = nil) async throws
        -> Caseflowd.Run
    {
        let who = officer.map { ["--actor", "officer/\($0)"] } ?? []
        return try await caseflowd.run(arguments + who + ["--log", log], input: input)
    }

    /// The town's network and catalogue in a log of its own.
    private func settle() async throws {
        for what in ["network", "catalogue"] {
            let done = try await run(what, "import", "\(Self.town)/\(what).yaml", by: "gy-0019")
            #expect(done.status == 0, "\(done.errors)")
        }
    }

    @Test func `a case goes through the hands that its item names, and its queue follows`() async throws {
        try await settle()
        let received = try await run(
            "case",
            "receive",
            "L-1",
            "--item",
            Self.item,
            "--material",
            "all",
            "--visit",
            "2026-17",
            "--json",
            by: Self.window
        )
        #expect(received.status == 0, "\(received.errors)")
        #expect(try received.json()["recorded"] as? [String] == ["received", "rules-pinned"])
        // The same command again is so already.
        let again = try await run("case", "accept", "L-1", by: Self.window)
        #expect(again.output.contains("accepted, stage-begun"))

        let next = try await run("case", "next", "L-1", "--json")
        let acts = try next.json()["next"] as? [[String: Any]] ?? []
        #expect(acts.contains { $0["act"] as? String == "sign" && $0["unit"] as? String == "510725106-renshe" })

        let early = try await run("case", "decide", "L-1", "--granted", by: Self.approver)
        #expect(early.status == 1)
        #expect(early.errors.contains("these stages have to end before the decision: review"))
        #expect(early.errors.contains("possible now: sign review"))
        let stranger = try await run("case", "sign", "L-1", "--stage", "review", by: Self.window)
        #expect(stranger.status == 1)
        #expect(stranger.errors.contains("gy-0023"))

        func queue(_ officer: String) async throws -> [String] {
            let answer =
                try await run("queue", "--officer", officer, "--json").json()["tasks"] as? [[String: Any]] ?? []
            return answer.map { "\($0["case"] ?? "") \($0["act"] ?? "") \($0["task"] ?? "")" }
        }
        #expect(try await queue(Self.reviewer) == ["L-1 sign review"])
        #expect(try await queue(Self.approver) == [])
        // B acts only while A is away.
        let b = try await run("case", "sign", "L-1", "--stage", "review", by: Self.deputy)
        #expect(b.status == 1)
        #expect(b.errors.contains("while A, gy-0027, is away"))
        let document = try caseflowd.scratch.write(
            "sign.json",
            #"{"fact": "stage-signed", "stage": "review", "finding": "agreement"}"#
        )
        let signed = try await run("case", "do", "L-1", "--document", document, by: Self.reviewer)
        #expect(signed.output.contains("stage-signed, stage-ended, stage-begun"), "\(signed.errors)")
        #expect(try await queue(Self.approver) == ["L-1 decide decision"])
        for step in [
            (["case", "decide", "L-1", "--granted"], Self.approver),
            (["case", "issue", "L-1", "--result", "就业创业证"], Self.window),
            (["case", "deliver", "L-1", "--way", "window"], Self.window),
            (["case", "close", "L-1"], Self.window),
            (["case", "rate", "L-1", "--rating", "very-satisfied"], Self.window),
        ] {
            let done = try await caseflowd.run(step.0 + ["--actor", "officer/\(step.1)", "--log", log])
            #expect(done.status == 0, "\(step.0): \(done.errors)")
        }
        #expect(try await queue(Self.window) == [])
        #expect(try await run("log", "verify").status == 0)
    }

    @Test func `the applicant is sealed, and a wrong document is refused without being repeated`() async throws {
        try await settle()
        let key = caseflowd.scratch.path("vault.key")
        let environment = ["CASEFLOW_VAULT_KEY_FILE": key]
        let bytes = Data((0..<32).map { UInt8($0 * 7 % 251) }).base64EncodedString()
        _ = FileManager.default.createFile(
            atPath: key,
            contents: Data((bytes + "\n").utf8),
            attributes: [.posixPermissions: 0o600]
        )
        let arguments = [
            "case", "receive", "L-2", "--item", Self.item, "--material", "all", "--applicant", "-", "--actor",
            "officer/\(Self.window)", "--log", log,
        ]
        let wrong = Self.applicant.replacing("002X", with: "0021")
        let refused = try await caseflowd.run(arguments, environment: environment, input: wrong)
        #expect(refused.status != 0)
        #expect(!refused.errors.contains("110105"))
        let received = try await caseflowd.run(arguments, environment: environment, input: Self.applicant)
        #expect(received.status == 0, "\(received.errors)")
        let shown = try await run("case", "replay", "L-2", "--json")
        #expect(!shown.output.contains("测试甲") && !shown.output.contains("110105"))
        #expect(shown.output.contains("\"box\""))
        let looked = try await caseflowd.run(
            [
                "vault", "show", "L-2", "--actor", "officer/gy-0019", "--role", "director", "--reason", "a question",
                "--log", log,
            ],
            environment: environment
        )
        #expect(looked.status == 0, "\(looked.errors)")
        #expect(looked.output.contains("测试甲"))
    }

    @Test func `units and officers that a command names have to be there`() async throws {
        try await settle()
        let intake = ["case", "receive", "L-3", "--item", Self.item, "--material", "all"]
        for (more, why) in [
            (["--place", "nowhere"], "there is no unit nowhere"),
            (["--village", "nowhere"], "there is no unit nowhere"),
            (["--village", "510725106-renshe"], "510725106-renshe is no village's station"),
            (["--first-contact", "gy-9999"], "there is no officer gy-9999"),
        ] {
            let refused = try await caseflowd.run(
                intake + more + ["--actor", "officer/\(Self.window)", "--log", log]
            )
            #expect(refused.status == 1 && refused.errors.contains(why), "\(more): \(refused.errors)")
        }
        let nobody = try await run("case", "receive", "L-3", "--item", Self.item, by: "gy-9999")
        #expect(nobody.status == 1 && nobody.errors.contains("gy-9999 holds no post on"), "\(nobody.errors)")
        _ = try await run("case", "receive", "L-3", "--item", Self.item, "--material", "all", by: Self.window)
        _ = try await run("case", "accept", "L-3", by: Self.window)
        for (officer, why) in [
            ("gy-9999", "there is no officer gy-9999"), (Self.window, "holds no post of the role"),
            (Self.deputy, "may act only while A, gy-0027, is away"),
        ] {
            let refused = try await run(
                "case",
                "assign",
                "L-3",
                "--stage",
                "review",
                "--to",
                officer,
                by: Self.reviewer
            )
            #expect(refused.status == 1 && refused.errors.contains(why), "\(refused.errors)")
            #expect(refused.errors.contains("rule: "), "\(refused.errors)")
            #expect(refused.errors.contains("possible now: sign review"), "\(refused.errors)")
        }
    }

    @Test func `only the centre and the units of its stages work on a case, and an id is for one command`() async throws
    {
        try await settle()
        _ = try await run("case", "receive", "L-5", "--item", Self.item, "--material", "all", by: Self.window)
        _ = try await run("case", "accept", "L-5", by: Self.window)
        // A reviewer of another department.
        let suspend = ["case", "suspend", "L-5", "--ground", "testing", "--told", "3 working-days", "--log", log]
        let stranger = try await caseflowd.run(suspend + ["--actor", "officer/gy-0031"])
        #expect(stranger.status == 1)
        #expect(stranger.errors.contains("does not work on this case; who does: 510725106-hall, 510725106-renshe"))
        let own = try await caseflowd.run(suspend + ["--actor", "officer/\(Self.reviewer)"])
        #expect(own.status == 0, "\(own.errors)")

        let id = UUID().uuidString
        let resume = ["case", "resume", "L-5", "--request", id, "--log", log, "--actor", "officer/\(Self.reviewer)"]
        #expect(try await caseflowd.run(resume).output.contains("resumed"))
        // The same command again is the same, though the clock has gone on.
        #expect(try await caseflowd.run(resume).output.contains("resumed"))
        let other = try await run("case", "withdraw", "L-5", "--request", id, by: Self.window)
        #expect(other.status == 1)
        #expect(other.errors.contains(id.lowercased()) || other.errors.contains(id), "\(other.errors)")
        let state = try await run("case", "replay", "L-5", "--json")
        #expect(!state.output.contains("case.withdrawn/1"))
    }

    @Test func `a deemed acceptance is recorded by somebody who was away on its day`() async throws {
        try await settle()
        func days(_ count: Int) -> String {
            Date(timeIntervalSinceNow: Double(count) * 86_400).formatted(.iso8601.year().month().day())
        }
        let away = try await run(
            "network",
            "absence",
            Self.window,
            "--from",
            days(-30),
            "--through",
            days(-29),
            "--reason",
            "leave",
            by: "gy-0019"
        )
        #expect(away.status == 0, "\(away.errors)")
        // Another window received it; nobody answered within five working days.
        let received = try await run(
            "case",
            "receive",
            "L-4",
            "--item",
            Self.item,
            "--material",
            "all",
            "--at",
            "\(days(-30))T09:30",
            by: "gy-0024"
        )
        #expect(received.status == 0, "\(received.errors)")
        let at = ["--at", "\(days(-30))T09:30"]
        let accept = ["case", "accept", "L-4", "--log", log, "--actor", "officer/\(Self.window)"] + at
        let real = try await caseflowd.run(accept)
        #expect(real.status == 1 && real.errors.contains("is away from"), "\(real.errors)")
        let deemed = try await caseflowd.run(accept + ["--deemed"])
        #expect(deemed.output.contains("accepted, stage-begun"), "\(deemed.errors)")
    }

    @Test func `what is shown and replayed names item, place, hands and result`() async throws {
        try await settle()
        func days(_ count: Int) -> String {
            Date(timeIntervalSinceNow: Double(count) * 86_400).formatted(.iso8601.year().month().day())
        }
        // A is away today: B acts, and both names are kept.
        for step in [
            (
                ["network", "absence", Self.reviewer, "--from", days(-1), "--through", days(1), "--reason", "sick"],
                "gy-0019"
            ),
            (["case", "receive", "L-5", "--item", Self.item, "--material", "all", "--visit", "v-5"], Self.window),
            (["case", "accept", "L-5"], Self.window),
        ] {
            let done = try await caseflowd.run(step.0 + ["--actor", "officer/\(step.1)", "--log", log])
            #expect(done.status == 0, "\(step.0): \(done.errors)")
        }
        let open = try await run("case", "show", "L-5")
        for line in [
            "item       \(Self.item), version 1: ",
            "intake     window at 510725106-w01, by gy-0023, first contact gy-0023", "accepted   ",
            "stage      review, open since ", "reviewer of 510725106-renshe", "visits     1",
        ] { #expect(open.output.contains(line), "\(line): \(open.output)") }
        #expect(!open.output.contains("steps"))
        // The unit's queue has it, and names who has it, once it is somebody's.
        let claimed = try await run("case", "assign", "L-5", "--stage", "review", "--role", "reviewer", by: Self.deputy)
        #expect(claimed.status == 0, "\(claimed.errors)")
        let queue = try await run("queue", "--unit", "510725106-renshe")
        #expect(queue.output.contains("L-5  sign review") && queue.output.contains(Self.deputy), "\(queue.output)")
        for step in [
            (["case", "sign", "L-5", "--stage", "review"], Self.deputy),
            (["case", "decide", "L-5", "--granted"], Self.approver),
            (["case", "issue", "L-5", "--result", "就业创业证"], Self.window),
            (["case", "deliver", "L-5", "--way", "window"], Self.window),
            (["case", "close", "L-5"], Self.window), (["case", "rate", "L-5", "--rating", "satisfied"], Self.window),
        ] {
            let done = try await caseflowd.run(step.0 + ["--actor", "officer/\(step.1)", "--log", log])
            #expect(done.status == 0, "\(step.0): \(done.errors)")
        }
        let closed = try await run("case", "show", "L-5")
        for line in [
            "\(Self.deputy) for \(Self.reviewer): agreement", "decision   granted ", ", by \(Self.approver)",
            "issued     就业创业证", ", by window", "rating     satisfied ",
        ] { #expect(closed.output.contains(line), "\(line): \(closed.output)") }
        let service = try await run("case", "show", "L-5", "--json").json()["service"] as? [String: Any]
        #expect(service?["decision"] as? String == "granted" && service?["delivery"] as? String == "window")
        let replay = try await run("case", "replay", "L-5")
        #expect(replay.output.contains("\(Self.deputy) for \(Self.reviewer), reviewer of 510725106-renshe"))
        let reopened = try await run("case", "reopen", "L-5", "--reason", "a new paper", by: "gy-0019")
        #expect(reopened.output.contains("L-5: reopened"), "\(reopened.output)\(reopened.errors)")
    }

    @Test func `a document with a member that is not known, or twice, is refused by its name`() async throws {
        try await settle()
        _ = try await run("case", "receive", "L-6", "--item", Self.item, "--material", "all", by: Self.window)
        _ = try await run("case", "accept", "L-6", by: Self.window)
        _ = try await run("case", "sign", "L-6", "--stage", "review", by: Self.reviewer)
        for (document, why) in [
            (#"{"fact": "stage-signed", "nonsense": 1}"#, "has no member 'nonsense'; it has stage, finding, remark"),
            (#"{"fact": "withdrawn", "at": "2026-01-01T09:00"}"#, "said by --at"),
            (#"{"fact": "withdrawn", "fact": "accepted"}"#, "'fact' stands there twice"), ("{", "it is no JSON"),
            (#"{"fact": "returned", "from": "decision", "to": "review"}"#, "it has no 'reason'"),
        ] {
            let path = try caseflowd.scratch.write("wrong.json", document)
            let refused = try await run("case", "do", "L-6", "--document", path, by: Self.approver)
            #expect(refused.status == 1 && refused.errors.contains(why), "\(refused.status) \(refused.errors)")
        }
        // What a return undoes follows from the procedure.
        let back = #"{"fact": "returned", "from": "decision", "to": "review", "reason": "a page is missing"}"#
        let path = try caseflowd.scratch.write("back.json", back)
        let returned = try await run("case", "do", "L-6", "--document", path, by: Self.approver)
        #expect(returned.output.contains("returned, stage-begun"), "\(returned.errors)")
    }

    @Test func `messages do not repeat what may be personal`() async throws {
        try await settle()
        let intake = ["case", "receive", "L-7", "--item", Self.item, "--actor", "officer/\(Self.window)", "--log", log]
        for (more, status) in [
            (["--applicant", Self.applicant], Int32(2)), (["--attribute", "测试甲13800138000"], 2),
            (["--attribute", "138 0013 8000=x"], 2), (["--attribute", "note=138 0013 8000"], 1),
        ] {
            let refused = try await caseflowd.run(intake + more)
            #expect(refused.status == status, "\(refused.errors)")
            for value in ["测试甲", "110105", "8000"] { #expect(!refused.errors.contains(value), "\(refused.errors)") }
        }
        for arguments in [
            ["catalogue", "withdraw", Self.item, "--reason", "电话 0816-2221234"],
            ["network", "close", "510725106-renshe", "--reason", "问 138-0013-8000"],
        ] {
            let refused = try await caseflowd.run(arguments + ["--actor", "officer/gy-0019", "--log", log])
            #expect(refused.status == 1 && refused.errors.contains("may not stand in the log"), "\(refused.errors)")
        }
    }

    @Test func `a wrong option that a command finds late shows the command's usage`() async throws {
        let run = try await caseflowd.run(["case", "receive", "C", "--item", "a b", "--actor", "officer/1"])
        #expect(run.status == 2)
        #expect(run.errors.contains("Usage: caseflowd case receive ["), "\(run.errors)")
        #expect(run.errors.contains("See 'caseflowd case receive --help'"))
    }

    @Test(arguments: [
        ["queue"], ["queue", "--officer", "a", "--unit", "b"], ["queue", "--unit", "a", "--limit", "0"],
        ["case", "hearing", "ask", "C", "--on", "2026-03-10", "--actor", "officer/1"],
        ["case", "seal", "C", "--matter", "approval", "--actor", "officer/1"],
        ["case", "receive", "C", "--item", "x", "--actor", "officer/1"],
    ])
    func `a wrong call ends with status 2`(arguments: [String]) async throws {
        let run = try await caseflowd.run(arguments)
        #expect([2, 64].contains(run.status), "\(run.status) \(run.errors)")
    }
}
