import Foundation
import Support
import Testing

/// `caseflowd network`, as its users call it.
@Suite struct NetworkCommandTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("examples/townships").path

    private static func town(_ name: String) -> String { "\(folder)/\(name)/network.yaml" }
    private static let towns = ["guanyi", "jinjie", "langchenggang", "puan"]

    private static let faulty = """
        network: small
        from: 2026-01-01
        officers: [o-1, o-2]
        units:
          - {unit: hall, name: 中心, kind: centre, posts: [{post: director, role: director, a: o-1, b: o-1}]}
          - {unit: v01, name: 村, kind: village-station, parent: moon, posts: [{post: agent, role: agent, a: o-2}]}
          - {unit: v02, name: 村, kind: castle}

        """

    private static let small = """
        network: small
        from: 2026-01-01
        officers: [o-1, o-2, o-3, o-4, o-5]
        units:
          - {unit: hall, name: {zh-CN: 中心, en: Hall}, kind: centre, posts: [{post: director, role: director, a: o-1, b: o-2}]}
          - unit: v01
            name: {zh-CN: 村, en: Village}
            kind: village-station
            parent: hall
            seal: village-certificate
            posts: [{post: agent, role: agent, a: o-3, b: o-4}]
            duties: [{duty: market-day, at: hall, every: 3, first: 2026-01-03, hours: '09:00-16:00', seal: true}]
          - {unit: v02, name: {zh-CN: 村, en: Village}, kind: village-station, parent: hall, posts: [{post: agent, role: agent, b: o-5}]}

        """

    @Test func `the towns are sound, without a database`() async throws {
        let caseflowd = try Caseflowd(database: "host=/nowhere port=1")
        let run = try await caseflowd.run(["network", "validate"] + Self.towns.map(Self.town) + ["--json"])
        #expect(run.status == 0, "\(run.output)\(run.errors)")
        let answer = try run.json()
        #expect(answer["files"] as? Int == 4 && answer["faults"] as? Int == 0 && answer["remarks"] as? Int == 0)
    }

    @Test func `faults are told in both languages, with file, line and mend`() async throws {
        let caseflowd = try Caseflowd(database: "host=/nowhere port=1")
        let file = try caseflowd.scratch.write("n.yaml", Self.faulty)
        let run = try await caseflowd("network", "validate", file)
        #expect(run.status == 1)
        #expect(run.output == "1 files, 2 units and 2 officers that can be read: 3 faults, 1 remarks\n")
        #expect(run.errors.contains("fault: \(file):5: hall: o-1 is A and B of 'director'; A and B are two persons"))
        #expect(run.errors.contains("fault: \(file):6: v01: it belongs to moon, which there is not"))
        #expect(run.errors.contains("remark: \(file):6: v01: 'agent' has no B"))
        #expect(run.errors.contains("fault: \(file):7: v02: units[3].kind: 'castle' is not known here"))
        let chinese = try await caseflowd("network", "validate", file, "--language", "zh-CN")
        #expect(chinese.output == "1 个文件，可读单位 2 个、工作人员 2 名：错误 3 处，提示 1 处\n")
        #expect(chinese.errors.contains("错误: \(file):5: hall: o-1 同时是“director”的主岗和副岗；"))
        let json = try await caseflowd("network", "validate", file, "--json").json()
        let findings = try #require(json["findings"] as? [[String: Any]])
        let fault = try #require(findings.first { $0["rule"] as? String == "same-holder" })
        #expect(
            fault["line"] as? Int == 5 && fault["subject"] as? String == "hall" && fault["isRemark"] as? Bool == false
        )
    }

    @Test func `where there is a fault nothing is brought in`() async throws {
        let caseflowd = try Caseflowd(try await TestCluster.shared.database())
        let file = try caseflowd.scratch.write("n.yaml", Self.faulty)
        let refused = try await caseflowd("network", "import", file, "--actor", "officer/17")
        #expect(refused.status == 1 && refused.errors.contains("n.yaml: 3 faults, nothing was brought in"))
        let none = try await caseflowd("network", "show")
        #expect(none.status == 1 && none.errors.contains("main"), "\(none.output)\(none.errors)")
    }

    @Test(arguments: towns)
    func `a town is imported once, and shown`(town: String) async throws {
        let caseflowd = try Caseflowd(try await TestCluster.shared.database())
        let importing = ["network", "import", Self.town(town), "--actor", "officer/17", "--json"]
        let first = try await caseflowd.run(importing)
        #expect(first.status == 0, "\(first.errors)")
        let entered = try #require(try first.json()["entered"] as? Int)
        let again = try await caseflowd.run(importing).json()
        #expect(again["events"] as? Int == 0 && again["unchanged"] as? Int == entered && again["entered"] as? Int == 0)
        let list = try await caseflowd("network", "show", "--json").json()
        let units = try #require(list["units"] as? [[String: Any]])
        #expect(units.allSatisfy { $0["vacant"] as? Int == 0 })
        let officers = entered - units.count
        #expect(officers > 80, "\(officers)")
        #expect(
            try await caseflowd("network", "show", "--on", "2024-12-31", "--json").json()["units"] as? [String] == []
        )
        #expect(try await caseflowd("log", "verify", "--json").json()["ok"] as? Bool == true)
    }

    @Test func `who may act changes with absences, posts and those who leave`() async throws {
        let caseflowd = try Caseflowd(try await TestCluster.shared.database())
        func call(_ arguments: String...) async throws -> Caseflowd.Run {
            try await caseflowd.run(["network"] + arguments, environment: ["CASEFLOW_ACTOR": "officer/17"])
        }
        let file = try caseflowd.scratch.write("n.yaml", Self.small)
        let first = try await call("import", file)
        #expect(first.output.contains("8 units and officers entered, 0 changed"), "\(first.output)\(first.errors)")
        #expect(try await call("who", "v01", "agent", "--on", "2026-03-02").output == "o-3  v01/agent  A\n")
        #expect(
            try await call("who", "v02", "agent", "--on", "2026-03-02").output
                == "o-5  v02/agent  B for nobody (vacant)\n"
        )

        let before = ISO8601DateFormatter().string(from: Date())
        try await Task.sleep(for: .seconds(1))
        let away = try await call(
            "absence",
            "o-3",
            "--from",
            "2026-03-02",
            "--through",
            "2026-03-06",
            "--reason",
            "sick"
        )
        #expect(
            away.output == "log main: o-3 away from 2026-03-02 through 2026-03-06 (sick); recorded by officer/17\n",
            "\(away.errors)"
        )
        let again = try await call(
            "absence",
            "o-3",
            "--from",
            "2026-03-02",
            "--through",
            "2026-03-06",
            "--reason",
            "sick"
        )
        #expect(again.output.hasSuffix("; it was so already\n"))
        let who = try await call("who", "v01", "agent", "--on", "2026-03-02", "--json").json()
        let standing = try #require((who["who"] as? [[String: Any]])?.first)
        #expect(standing["officer"] as? String == "o-4" && standing["actingFor"] as? String == "o-3")
        #expect(standing["holder"] as? String == "b" && standing["post"] as? String == "agent")
        // Before it was recorded it was not known.
        let known = try await call("who", "v01", "agent", "--on", "2026-03-02", "--known-at", before)
        #expect(known.output == "o-3  v01/agent  A\n", "\(known.errors)")
        #expect(try await call("absence", "o-3", "--back", "2026-03-04").status == 0)
        #expect(
            try await call("who", "v01", "agent", "--on", "2026-03-04", "--language", "zh-CN").output
                == "o-3  v01/agent  主岗\n"
        )
        let officer = try await call("officer", "o-3", "--on", "2026-03-03")
        #expect(
            officer.output
                == "o-3  2026-03-03  away from 2026-03-02 through 2026-03-03 (sick)\n  v01/agent: village agent, A since 2026-01-01\n"
        )

        #expect(
            try await call("post", "v02", "agent", "o-3", "--holder", "a", "--from", "2026-05-01").errors.contains(
                "nobody holds two posts as A"
            )
        )
        #expect(try await call("post", "v01", "agent", "--vacate", "--holder", "a", "--from", "2026-05-01").status == 0)
        let filled = try await call("post", "v02", "agent", "o-3", "--holder", "a", "--from", "2026-05-01")
        #expect(filled.output == "log main: v02/agent has o-3 as A from 2026-05-01 on; recorded by officer/17\n")
        let json = try await call("officer", "o-3", "--on", "2026-05-01", "--json").json()
        #expect((json["posts"] as? [[String: Any]])?.compactMap { $0["post"] as? String } == ["v02/agent"])
        #expect(try await call("leave", "o-3", "--from", "2026-06-01").status == 0)
        #expect(try await call("leave", "o-5", "--from", "2026-06-01").status == 0)
        let nobody = try await call("who", "v02", "agent", "--on", "2026-06-01")
        #expect(nobody.status == 1 && nobody.output == "nobody  v02/agent\n")

        let unit = try await call("show", "v01", "--on", "2026-03-01")
        #expect(
            unit.output.contains("market-day: duty, hall, 09:00-16:00, with the seal; next 2026-03-01"),
            "\(unit.output)"
        )
        let show = try await call("show", "v01", "--on", "2026-03-02", "--json").json()
        let duty = try #require((show["duties"] as? [[String: Any]])?.first)
        #expect(
            duty["next"] as? String == "2026-03-04" && duty["seal"] as? Bool == true && duty["at"] as? String == "hall"
        )
        #expect(try await call("close", "hall", "--reason", "x").errors.contains("open units belong to hall: v01, v02"))
        #expect(try await call("close", "v01", "--reason", "并村", "--from", "2026-07-01").status == 0)
        let closed = try await call("show", "v01", "--on", "2026-07-01")
        #expect(closed.status == 2 && closed.errors.contains("v01 is closed since 2026-07-01 (并村)"))
        // An old file opens nothing again, and brings nobody back.
        let old = try await call("import", file)
        #expect(
            old.status == 1 && old.errors.contains("v01: the unit is closed since 2026-07-01 (并村)"),
            "\(old.errors)"
        )
        #expect(old.errors.contains("o-3: the officer left on 2026-06-01"))
        #expect(try await caseflowd("log", "verify", "--json").json()["ok"] as? Bool == true)
    }

    @Test func `what there is not is told`() async throws {
        let caseflowd = try Caseflowd(try await TestCluster.shared.database())
        let file = try caseflowd.scratch.write("n.yaml", Self.small)
        #expect(try await caseflowd("network", "import", file, "--actor", "officer/17").status == 0)
        let unit = try await caseflowd("network", "show", "moon")
        #expect(unit.status == 2 && unit.errors.contains("the network has no unit moon"))
        let early = try await caseflowd("network", "who", "hall", "director", "--on", "2025-12-31")
        #expect(early.status == 2 && early.errors.contains("hall begins on 2026-01-01, after 2025-12-31"))
        let role = try await caseflowd("network", "who", "hall", "auditor", "--on", "2026-02-01")
        #expect(role.status == 1 && role.output == "hall has no post of the role auditor on 2026-02-01\n")
        let officer = try await caseflowd("network", "officer", "o-9")
        #expect(officer.status == 2 && officer.errors.contains("the network has no officer o-9"))
        let absence = try await caseflowd("network", "absence", "o-9", "--from", "2026-02-02", "--reason", "leave")
        #expect(absence.status == 1 && absence.errors.contains("o-9: there is no such officer"))
        let post = try await caseflowd("network", "post", "hall", "baker", "--vacate", "--holder", "a")
        #expect(post.status == 1 && post.errors.contains("there is no post 'baker'; there are: director"))
    }

    @Test(arguments: [
        ["validate"], ["import"], ["import", "n.yaml", "--from", "today"], ["show", "单位"], ["show", "--on", "2026"],
        ["show", "--known-at", "then"], ["who", "hall"], ["who", "hall", "king"], ["officer", "张三"],
        ["absence", "o-1"], ["absence", "o-1", "--from", "2026-01-01"],
        ["absence", "o-1", "--from", "2026-01-01", "--reason", "tired"],
        ["absence", "o-1", "--back", "2026-01-01", "--reason", "sick"], ["post", "hall", "director", "o-1"],
        ["post", "hall", "director", "--holder", "a"],
        ["post", "hall", "director", "o-1", "--holder", "a", "--vacate"],
        ["post", "hall", "Director", "o-1", "--holder", "c"], ["close", "hall"], ["leave", "o-1", "--from", "x"],
    ])
    func `a wrong call ends with 2 and says what is wrong`(_ arguments: [String]) async throws {
        let run = try await Caseflowd(database: "host=/nowhere port=1").run(["network"] + arguments)
        #expect(run.status == 2, "\(arguments): \(run.output)\(run.errors)")
        #expect(run.output.isEmpty && !run.errors.isEmpty)
    }
}
