import EventStore
import Foundation
import Support
import Testing

/// `caseflowd vault`, as its users call it, on a named PostgreSQL.
@Suite struct VaultCommandTests {
    private static let person = #"{"name": "测试甲乙", "identityNumber": "110000190001010012", "phone": "13800138000"}"#

    /// The program with a master key beside it.
    private struct Vault {
        let database: TestDatabase
        let caseflowd: Caseflowd
        let key: String

        init() async throws {
            database = try await TestCluster.shared.database()
            caseflowd = try Caseflowd(database)
            key = caseflowd.scratch.path("master.key")
            try Vault.writeKey(at: key, 1)
            #expect(try await caseflowd("log", "create", "main").status == 0)
        }

        static func writeKey(at path: String, _ byte: UInt8, mode: Int = 0o600) throws {
            let text = Data([UInt8](repeating: byte, count: 32)).base64EncodedString()
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        }

        func callAsFunction(_ arguments: String..., input: String? = nil, key other: String? = nil) async throws
            -> Caseflowd.Run
        {
            try await caseflowd.run(
                ["vault"] + arguments,
                environment: ["CASEFLOW_VAULT_KEY_FILE": other ?? key],
                input: input
            )
        }

        /// A subject, and the member that an event carries.
        func sealed(_ document: String) async throws -> (subject: String, json: String) {
            let answer = try await self("register", "-", "--json", input: document).json()
            let subject = try #require(answer["subject"] as? String)
            let box = try #require(answer["box"] as? String)
            return (subject, #"{"subject":"\#(subject)","box":"\#(box)"}"#)
        }

        func persons(in name: String) async throws -> [[String: Any]] {
            let run = try await self("show", name, "--actor", "officer/9", "--reason", "抽查", "--json")
            #expect(run.status == 0, "\(run.errors)")
            return try #require(try run.json()["persons"] as? [[String: Any]])
        }

        func register(_ document: String = person) async throws -> String {
            let run = try await self("register", "-", "--json", input: document)
            #expect(run.status == 0, "\(run.errors)")
            return try #require(try run.json()["subject"] as? String)
        }
    }

    @Test(arguments: [
        ["vault", "show", "A-1"], ["vault", "show", "A-1", "--reason", "x"],
        ["vault", "erase", "abc", "--reason", "x"],
        ["vault", "show", "A-1", "--reason", "x", "--actor", "import:a"], ["vault", "rotate"],
        ["vault", "show", "A-1", "--reason", "x", "--actor", "officer/1", "--role", "king"],
        ["vault", "show", "A-1", "--reason", "x", "--actor", "officer/1", "--field", "face"],
        ["vault", "register"], ["vault", "register", "a.json", "--subject", "abc"], ["vault", "looks"],
        ["vault", "erase", "0123456789abcdef0123456789abcdef", "--actor", "officer/1"],
        [
            "vault", "erase", "0123456789abcdef0123456789abcdef", "--actor", "officer/1", "--reason", "x", "--request",
            "1",
        ],
    ])
    func `a wrong call ends with 2 and says what is wrong`(_ arguments: [String]) async throws {
        let run = try await Caseflowd(database: "host=/nowhere port=1").run(arguments)
        #expect(run.status == 2, "\(arguments): \(run.output)\(run.errors)")
        #expect(run.output.isEmpty && !run.errors.isEmpty)
    }

    @Test func `data is sealed, shown on the record, and erased`() async throws {
        let vault = try await Vault()
        let subject = try await vault.register()
        #expect(try await vault.register() == subject)
        let shown = try await vault("show", subject, "--actor", "officer/9", "--reason", "测试甲乙投诉", "--field", "phone")
        #expect(shown.status == 0, "\(shown.errors)")
        let position = try #require(shown.output.split(separator: " ").compactMap { Int($0.dropLast()) }.last)
        #expect(
            shown.output == """
                subject \(subject)
                  telephone: 13800138000
                  look recorded at position \(position), reason: 〔隐〕投诉

                """
        )
        let chinese = try await vault(
            "show",
            subject,
            "--actor",
            "officer/9",
            "--reason",
            "复核",
            "--role",
            "auditor",
            "--language",
            "zh-CN"
        )
        #expect(chinese.output.contains("姓名（名称）: 测试甲乙") && chinese.output.contains("已登记本次查阅，位置号 \(position + 1)，理由：复核"))

        let looks = try #require(try await vault("looks", subject, "--json").json()["subjects"] as? [[String: Any]])
        let list = try #require(looks.first?["looks"] as? [[String: Any]])
        #expect(list.map { $0["who"] as? String } == ["officer/9", "officer/9"])
        #expect(list.map { $0["role"] as? String } == ["inspector", "auditor"])
        #expect(list[0]["fields"] as? [String] == ["phone"] && list[0]["reason"] as? String == "〔隐〕投诉")
        #expect(try await vault("looks", subject, "--language", "zh-CN").output.contains("审计人员"))

        let erased = try await vault("erase", subject, "--actor", "officer/2", "--reason", "本人申请", "--json")
        let day = try #require(try erased.json()["erasedOn"] as? String)
        #expect(try erased.json()["isNew"] as? Bool == true && day.count == 10)
        let again = try await vault("erase", subject, "--actor", "officer/2", "--reason", "本人申请", "--json")
        #expect(again.status == 0)
        #expect(try again.json()["isNew"] as? Bool == false && again.json()["erasedOn"] as? String == day)
        let refused = try await vault("show", subject, "--actor", "officer/9", "--reason", "复核", "--language", "zh-CN")
        #expect(refused.status == 1 && refused.output.isEmpty)
        #expect(refused.errors == "caseflowd: 个人信息已于 \(day) 删除；日志中只保留不含个人信息的记录\n")
        #expect(try await vault("looks", subject).output.contains("erased on \(day): 本人申请"))
        #expect(try await vault.caseflowd("log", "verify", "--json").json()["ok"] as? Bool == true)
        #expect(try await vault.register() != subject)
    }

    @Test func `a look is in the record though nobody was left to read the answer`() async throws {
        let vault = try await Vault()
        let subject = try await vault.register()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(Caseflowd.path))
        process.arguments = ["vault", "show", subject, "--actor", "officer/9", "--reason", "抽查"]
        process.environment = [
            "CASEFLOW_DATABASE_URL": vault.caseflowd.database ?? "", "CASEFLOW_VAULT_KEY_FILE": vault.key,
        ]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try pipe.fileHandleForReading.close()
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in continuation.resume() }
            do {
                try process.run()
                try pipe.fileHandleForWriting.close()
            } catch { continuation.resume(throwing: error) }
        }
        let looks = try #require(try await vault("looks", subject, "--json").json()["subjects"] as? [[String: Any]])
        #expect((looks.first?["looks"] as? [Any])?.count == 1)
    }

    @Test func `without a key, with an open one or with another, nothing is done`() async throws {
        let vault = try await Vault()
        let none = try await vault("register", "-", input: Self.person, key: "")
        #expect(none.status == 1 && none.errors.contains("name it by CASEFLOW_VAULT_KEY_FILE"), "\(none.errors)")
        let missing = try await vault("register", "-", input: Self.person, key: "/nowhere/a.key")
        #expect(missing.status == 1 && missing.errors.contains("/nowhere/a.key: there is no master key file"))
        let open = vault.caseflowd.scratch.path("open.key")
        try Vault.writeKey(at: open, 1, mode: 0o644)
        let refused = try await vault("register", "-", input: Self.person, key: open)
        #expect(refused.status == 1 && refused.errors.contains("\(open): the master key file has mode 644"))
        #expect(refused.errors.contains("chmod 600"))
        let subject = try await vault.register()
        let other = vault.caseflowd.scratch.path("other.key")
        try Vault.writeKey(at: other, 2)
        let wrong = try await vault("show", subject, "--actor", "officer/9", "--reason", "抽查", key: other)
        #expect(wrong.status == 1 && wrong.errors.contains("goes by the master key"), "\(wrong.errors)")
        #expect(wrong.output.isEmpty)
        let looks = try #require(try await vault("looks", subject, "--json").json()["subjects"] as? [[String: Any]])
        #expect((looks.first?["looks"] as? [Any])?.isEmpty == true)
    }

    @Test func `the master key is changed, the former one is refused`() async throws {
        let vault = try await Vault()
        let subject = try await vault.register()
        let new = vault.caseflowd.scratch.path("new.key")
        let rotated = try await vault("rotate", "--new-key-file", new, "--json")
        #expect(rotated.status == 0, "\(rotated.errors)")
        #expect(try rotated.json()["subjects"] as? Int == 1 && rotated.json()["keyFile"] as? String == new)
        let former = try await vault("show", subject, "--actor", "officer/9", "--reason", "抽查")
        #expect(former.status == 1 && former.errors.contains("after `vault rotate` that is the new one"))
        let now = try await vault("show", subject, "--actor", "officer/9", "--reason", "抽查", key: new)
        #expect(now.output.contains("identity number: 110000190001010012"), "\(now.errors)")
        func doctor(_ key: String) async throws -> Caseflowd.Run {
            try await vault.caseflowd.run(["doctor"], environment: ["CASEFLOW_VAULT_KEY_FILE": key])
        }
        let well = try await doctor(new)
        #expect(well.output.contains("ok      vault of log main: master key "), "\(well.output)")
        let ill = try await doctor(vault.key)
        #expect(ill.status == 1 && ill.output.contains("PROBLEM vault of log main: it goes by the master key "))
        let lost = try await doctor("/nowhere/a.key")
        #expect(lost.output.contains("warning vault of log main: /nowhere/a.key: "), "\(lost.output)")
        let audit = try await vault("audit", "--unused", "--json")
        #expect(audit.status == 0)
        #expect(try audit.json()["subjects"] as? Int == 1 && audit.json()["underOtherMasterKey"] as? Int == 0)
    }

    @Test func `who is not there is told, and a case without personal data too`() async throws {
        let vault = try await Vault()
        let nobody = String(repeating: "0", count: 32)
        let show = try await vault("show", nobody, "--actor", "officer/9", "--reason", "抽查")
        #expect(show.status == 1 && show.errors.contains("has no subject \(nobody)"))
        let file = try vault.caseflowd.scratch.write("a.xes", smallLog)
        #expect(try await vault.caseflowd("import", "xes", file).status == 0)
        let bare = try await vault("show", "A-1", "--actor", "officer/9", "--reason", "抽查")
        #expect(bare.status == 1 && bare.errors.contains("case A-1 holds no personal data"), "\(bare.errors)")
        #expect(try await vault("looks", "A-1").status == 0)
    }

    @Test func `a case shows everybody in it, each look on the record; one who was erased hides nobody else`()
        async throws
    {
        let vault = try await Vault()
        let applicant = try await vault.sealed(Self.person)
        let agent = try await vault.sealed(#"{"name": "代办丙丁"}"#)
        // Registered again with another telephone: the case goes on showing what was handed in with it.
        _ = try await vault("register", "-", input: Self.person.replacing("13800138000", with: "13900139000"))
        let log = try await vault.database.log("main")
        let stream = StreamName(trusted: "case/1")
        let event = NewEvent(
            type: "case.test/1",
            effectiveAt: RecordingClock.system.now(),
            actor: Actor(trusted: "officer/1"),
            data: Array(#"{"agent":\#(agent.json),"applicant":\#(applicant.json)}"#.utf8)
        )
        _ = try await log.append(
            AppendRequest(id: UUID(), writes: [StreamWrite(stream, expected: .noStream, events: [event])])
        )
        await log.close()

        let both = try await vault.persons(in: "case/1")
        #expect(both.map { $0["subject"] as? String } == [agent.subject, applicant.subject])
        #expect((both[0]["values"] as? [String: String]) == ["name": "代办丙丁"])
        #expect((both[1]["values"] as? [String: String])?["phone"] == "13800138000")
        #expect(try await vault("erase", agent.subject, "--actor", "officer/2", "--reason", "申请").status == 0)
        let one = try await vault.persons(in: "case/1")
        #expect((one[0]["problem"] as? String)?.contains("was erased on") == true && one[0]["values"] == nil)
        #expect((one[1]["values"] as? [String: String])?["name"] == "测试甲乙")
        let subjects = try #require(try await vault("looks", "case/1", "--json").json()["subjects"] as? [[String: Any]])
        #expect(subjects.map { ($0["looks"] as? [[String: Any]])?.count } == [1, 2])
        let looks = try #require(subjects[1]["looks"] as? [[String: Any]])
        #expect(looks.allSatisfy { $0["case"] as? String == "case/1" })
    }
}
