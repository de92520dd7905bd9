import EventStore
import Foundation
import PostgresClient
import PrivatePostgres
import Support
import Testing

/// Personal data is planted into a run of the real program on a PostgreSQL of its own, and then looked for in everything
/// that the run has left behind: tables, indexes, WAL, the server's log with all its statements, outputs, exports,
/// temporary files.
///
/// Fails when anything stores, logs or prints a planted value: add `note` to the event of a look, or print the data in an
/// error, and its file is named. That the search can find is shown by a marker which is stored in clear.
@Suite struct PlantedDataTests {
    private static let name = "褚庐槊椿楸"
    private static let number = "110000190001010012"
    private static let phone = "17000135790"
    private static let address = "虚构乡枳棘村七十三组之乙"
    private static let note = "轮椅出行先约坡道"
    private static let firm = "虚构县橐籥锻造合作社"
    private static let code = "52510000MJXXXX123F"
    private static let wrongNumber = "110000190001010013"
    private static var planted: [String] { [name, number, phone, address, note, firm, code, wrongNumber] }

    private static let town = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("examples/townships/guanyi").path

    private static let marker = "刍狗标记物"

    private static var document: String {
        """
        {"kind": "person", "name": "\(name)", "identityNumber": "\(number)", "phone": "\(phone)", "address": "\(address)",
         "note": "\(note)"}
        """
    }

    @Test func `nothing that was planted is found in what a run leaves behind`() async throws {
        let caseflowd = try Caseflowd(database: nil)
        // Files that hold the data on purpose lie apart.
        let inputs = try Scratch()
        let state = caseflowd.scratch.path("state")
        let outputs = caseflowd.scratch.path("outputs")
        let temporary = caseflowd.scratch.path("tmp")
        for folder in [outputs, temporary] {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o1777], ofItemAtPath: temporary)

        var count = 0
        /// Runs the program; what it says is kept to be searched, but for what it was asked to show.
        func run(_ arguments: String..., input: String? = nil, status: Int32? = 0, shows: Bool = false) async throws
            -> Caseflowd.Run
        {
            try await run(arguments, input: input, status: status, shows: shows)
        }
        func run(_ arguments: [String], input: String? = nil, status: Int32? = 0, shows: Bool = false) async throws
            -> Caseflowd.Run
        {
            let run = try await Caseflowd(database: nil).run(
                arguments + ["--state-dir", state],
                environment: ["TMPDIR": temporary, "CASEFLOW_ACTOR": "officer/31"],
                input: input
            )
            if let status { #expect(run.status == status, "\(arguments): \(run.errors)") }
            count += 1
            let said = (shows ? "" : run.output) + run.errors
            try Data(said.utf8).write(to: URL(fileURLWithPath: "\(outputs)/\(count)"))
            return run
        }

        do {
            _ = try await run("log", "create", "main")
            // The server writes every statement with its parameters into its log.
            let cluster = try PrivateCluster(stateDirectory: state)
            let endpoint = try await cluster.start()
            let admin = try await PostgresConnection.connect(
                PostgresConfiguration(overrides: endpoint.connectionParameters(user: PrivateCluster.superuser))
            )
            for statement in [
                "ALTER SYSTEM SET log_statement = 'all'", "ALTER SYSTEM SET log_min_duration_statement = 0",
                "ALTER SYSTEM SET log_parameter_max_length_on_error = -1", "SELECT pg_reload_conf()",
            ] {
                try await admin.query(statement)
            }

            // In: by standard input and by file, sound and unsound.
            let made = try await run("vault", "register", "-", "--json", input: Self.document)
            #expect(made.errors.contains("made the master key of the vault of log main"), "\(made.errors)")
            let subject = try #require(try made.json()["subject"] as? String)
            let box = try #require(try made.json()["box"] as? String)
            let firmFile = try inputs.write(
                "firm.json",
                #"{"kind": "organisation", "name": "\#(Self.firm)", "creditCode": "\#(Self.code)", "address": "\#(Self.address)"}"#
            )
            _ = try await run("vault", "register", firmFile)
            let wrong = [
                Self.document.replacing(Self.number, with: Self.wrongNumber), Self.document.replacing("}", with: ""),
                Self.document.replacing("\"phone\"", with: "\"\(Self.name)\""), "[\"\(Self.name)\"]",
                Self.document.replacing("person", with: Self.name),
                Self.document.replacing("\"\(Self.phone)\"", with: Self.phone),
                Self.document.replacing(Self.phone, with: Self.phone + "0"), #"{"name": "\#(Self.name)\u0000"}"#,
                Self.document.replacing("identityNumber", with: "creditCode"),
            ]
            for document in wrong { _ = try await run("vault", "register", "-", input: document, status: 1) }
            for language in ["en", "zh-CN"] {
                let refused = try await run(
                    "vault",
                    "register",
                    "-",
                    "--language",
                    language,
                    input: wrong[0],
                    status: 1
                )
                #expect(refused.errors.contains("'identityNumber': "), "\(refused.errors)")
            }

            // Stored: a case that carries the box, and the marker in clear, through the import.
            let xes = smallLog.replacing(
                #"<string key="department" value="land"/>"#,
                with: #"<string key="department" value="\#(Self.marker)"/><string key="applicant" value="\#(box)"/>"#
            )
            _ = try await run("import", "xes", try inputs.write("a.xes", xes))

            // A case of the catalogue, from the window to the village's agent, and what officers write on its way.
            for what in ["network", "catalogue"] { _ = try await run(what, "import", "\(Self.town)/\(what).yaml") }
            let applicant = try inputs.write("applicant.json", Self.document)
            let (window, reviewer, approver) = ("officer/gy-0023", "officer/gy-0027", "officer/gy-0029")
            func work(_ arguments: [String], _ actor: String, status: Int32 = 0) async throws -> Caseflowd.Run {
                try await run(["case"] + arguments + ["--actor", actor], status: status)
            }
            let item = "512B0104000400-510725106000-000-510725106-1-00"
            let intake = ["receive", "P-1", "--item", item, "--material", "all", "--applicant"]
            let wrongApplicant = try inputs.write("wrong.json", wrong[0])
            _ = try await work(intake + [wrongApplicant], window, status: 1)
            let named = try await work(
                intake + [applicant, "--attribute", "house=\(Self.address)"],
                window,
                status: 1
            )
            #expect(named.errors.contains("the text names the applicant"), "\(named.errors)")
            _ = try await work(intake + [applicant], window)
            _ = try await work(["accept", "P-1"], window)
            for text in ["\(Self.name)的材料齐全", "回拨\(Self.phone)", "住\(Self.address)", "核对 \(Self.number)"] {
                let refused = try await work(
                    ["sign", "P-1", "--stage", "review", "--remark", text],
                    reviewer,
                    status: 1
                )
                #expect(refused.errors.contains("个人信息保护") || refused.errors.contains("personal data"))
            }
            let document = try inputs.write(
                "sign.json",
                #"{"fact": "stage-signed", "stage": "review", "finding": "agreement", "remark": "\#(Self.name)"}"#
            )
            _ = try await work(["do", "P-1", "--document", document], reviewer, status: 1)
            _ = try await work(["sign", "P-1", "--stage", "review", "--remark", "材料齐全"], reviewer)
            _ = try await work(["decide", "P-1", "--granted"], approver)
            _ = try await work(["issue", "P-1", "--result", "就业创业证"], window)
            _ = try await work(["deliver", "P-1", "--way", "window"], window)
            for what in ["show", "next", "replay", "explain"] { _ = try await run("case", what, "P-1") }
            _ = try await run("queue", "--officer", "gy-0027")
            for form in ["ocel", "csv", "cloudevents"] { _ = try await run("export", form, "\(outputs)/out.\(form)") }

            // Shown, refused, listed, exported, verified.
            let reason = "核实\(Self.name)（\(Self.address)）来电"
            let shown = try await run(
                "vault",
                "show",
                subject,
                "--case",
                "A-1",
                "--reason",
                reason,
                "--json",
                shows: true
            )
            for value in [Self.name, Self.number, Self.phone, Self.address, Self.note] {
                #expect(shown.output.contains(value))
            }
            for wrong in ["核对 \(Self.number)", "回拨\(Self.phone)"] {
                _ = try await run("vault", "show", subject, "--reason", wrong, status: 1)
            }
            let looks = try await run("vault", "looks", subject, "--json")
            #expect(looks.output.contains("核实〔隐〕（〔隐〕）来电"), "\(looks.output)")
            _ = try await run("vault", "audit", "--unused")
            _ = try await run("case", "show", "A-1")
            _ = try await run("late", "--json")
            _ = try await run("export", "xes", "\(outputs)/out.xes")
            _ = try await run("vault", "rotate", "--new-key-file", caseflowd.scratch.path("new.key"))
            _ = try await run("vault", "erase", subject, "--reason", "\(Self.name)申请删除")
            let gone = try await run("vault", "show", subject, "--reason", "复查", status: 1)
            #expect(gone.errors.contains("was erased on"), "\(gone.errors)")
            let verified = try await run("log", "verify", "--json")
            #expect(try verified.json()["ok"] as? Bool == true)
            // Nobody watches the clocks of this log, which the doctor may find to be late by now.
            _ = try await run("doctor", status: nil)

            let inLog = try await admin.query("SELECT count(*) FROM caseflow.vault_keys")
            #expect(try inLog[0].decode(0, as: Int.self) == 1)
            try await admin.query("CHECKPOINT")
            await admin.close()

            let planted = try Traces(of: Self.planted)
            let marker = try Traces(of: [Self.marker])
            let all = [state, outputs, temporary, caseflowd.scratch.path("new.key")]
            let left = try planted.files(in: all, scratch: inputs)
            #expect(left.isEmpty, "\(left)")
            // The same search in the same places: a table's file, the WAL, the server's log, the export.
            let found = try marker.files(in: all, scratch: inputs)
            for place in ["/pg/data/base/", "/pg/data/pg_wal/", "/pg/log", "/outputs/out.xes"] {
                #expect(found.contains { $0.contains(place) }, "\(place): \(found)")
            }
            // And the box itself got everywhere: what was searched is where the data would be.
            #expect(try Traces(of: [box]).files(in: all, scratch: inputs).count >= 4)
            #expect(try await run("db", "stop").output == "stopped\n")
            #expect(try planted.files(in: all, scratch: inputs) == [])
        } catch {
            _ = try? await caseflowd.run(["db", "stop", "--state-dir", state])
            throw error
        }
    }

    @Test func `a number is checked from standard input, and not repeated`() async throws {
        let caseflowd = try Caseflowd(database: "host=/nowhere port=1")
        for (input, kind, isSound) in [
            (Self.number, "identity-number", true), (Self.wrongNumber, "identity-number", false),
            ("11010519491231002x\n", "identity-number", true), (Self.code, "credit-code", true),
            ("52510000MJXXXX123E", "credit-code", false), (Self.phone, "phone", true),
            ("123", "identity-number", false),
        ] {
            let run = try await caseflowd.run(["vault", "check", "--json"], input: input)
            #expect(run.status == (isSound ? 0 : 1), "\(input): \(run.errors)")
            #expect(try run.json()["kind"] as? String == kind && run.json()["isSound"] as? Bool == isSound, "\(input)")
            #expect(input.count < 10 || !(run.output + run.errors).contains(input.prefix(8)))
        }
        let words = try await caseflowd.run(["vault", "check", "--language", "zh-CN"], input: Self.wrongNumber)
        #expect(words.output == "身份证号码：校验码不符，至少有一位填写有误；请对照证件逐位核对\n")
        let forced = try await caseflowd.run(["vault", "check", "--kind", "phone"], input: Self.number)
        #expect(forced.status == 1 && forced.output.hasPrefix("telephone: it is neither"))
        #expect(try await caseflowd.run(["vault", "check"]).status == 2)
    }
}
