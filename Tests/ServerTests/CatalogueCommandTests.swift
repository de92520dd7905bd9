import Foundation
import Support
import Testing

/// `caseflowd catalogue`, as its users call it.
@Suite struct CatalogueCommandTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("examples/townships").path

    private static func town(_ name: String) -> String { "\(folder)/\(name)/catalogue.yaml" }
    private static let towns = ["guanyi": 23, "puan": 22, "langchenggang": 29, "jinjie": 24]

    private static let faulty = """
        items:
          - item: one-11
            name: {zh-CN: 甲, en: A}
            category: direct-service
            kind: promised
            statute: 5 working-days
            promise: 6 working-days
          - {item: two-22, name: {zh-CN: 乙, en: B}, category: direct-service, kind: promised, promise: 3 working-days}
          - {item: three-33, name: {zh-CN: 丙, en: C}, category: other, kind: promised}

        """

    @Test func `the towns are sound, without a database`() async throws {
        let caseflowd = try Caseflowd(database: "host=/nowhere port=1")
        let run = try await caseflowd.run(
            ["catalogue", "validate"] + Self.towns.keys.sorted().map(Self.town) + ["--json"]
        )
        #expect(run.status == 0, "\(run.output)\(run.errors)")
        let answer = try run.json()
        #expect(answer["items"] as? Int == Self.towns.values.reduce(0, +))
        #expect(answer["faults"] as? Int == 0 && answer["remarks"] as? Int == 0)
        // The networks lie beside them.
        let networks = Self.towns.keys.sorted().map { Self.town($0).replacing("catalogue.yaml", with: "network.yaml") }
        #expect(answer["networks"] as? [String] == networks)
        let told = try await caseflowd("catalogue", "validate", Self.town("puan"))
        #expect(told.errors == "units and posts: \(Self.folder)/puan/network.yaml\n")
    }

    @Test func `units and posts stand in a file, else beside the catalogue, else in the log`() async throws {
        let caseflowd = try Caseflowd(try await TestCluster.shared.database())
        let text = try String(contentsOfFile: Self.town("puan"), encoding: .utf8)
        let alone = try caseflowd.scratch.write("alone.yaml", text)
        let network = Self.town("puan").replacing("catalogue.yaml", with: "network.yaml")
        // Nothing is known: a remark. A log that is not there yet is no error.
        let unknown = try await caseflowd("catalogue", "import", alone, "--actor", "officer/17", "--json").json()
        #expect(unknown["networks"] as? [String] == [])
        let rules = (unknown["findings"] as? [[String: Any]])?.compactMap { $0["rule"] as? String }
        #expect(rules == ["no-network"])
        let named = try await caseflowd("catalogue", "validate", alone, "--network", network, "--json").json()
        #expect(named["networks"] as? [String] == [network] && named["remarks"] as? Int == 0)
        #expect(try await caseflowd("network", "import", network, "--actor", "officer/17").status == 0)
        let logged = try await caseflowd("catalogue", "import", alone, "--actor", "officer/17", "--json").json()
        #expect(logged["networks"] as? [String] == ["log main"] && (logged["findings"] as? [Any])?.isEmpty == true)
        let changed = text.replacing("unit: 510823100-sifa, role", with: "unit: 510823100-moon, role")
        let wrong = try caseflowd.scratch.write("wrong.yaml", changed)
        let refused = try await caseflowd("catalogue", "import", wrong, "--actor", "officer/17")
        #expect(refused.status == 1 && refused.errors.contains("the network has no unit '510823100-moon'"))
        #expect(refused.errors.contains("units and posts: log main"), "\(refused.errors)")
        // A network with faults is no measure.
        let faulty = try String(contentsOfFile: network, encoding: .utf8).replacing(
            "parent: 510823100-v01",
            with: "parent: x1"
        )
        let broken = try caseflowd.scratch.write("network.yaml", faulty)
        let told = try await caseflowd("catalogue", "validate", alone)
        #expect(told.status == 1 && told.errors.contains("it belongs to x1, which there is not"), "\(told.errors)")
        #expect(told.errors.contains("`caseflowd network validate \(broken)` tells all"))
    }

    @Test func `faults are told in both languages, with file, line and mend`() async throws {
        let caseflowd = try Caseflowd(database: "host=/nowhere port=1")
        let file = try caseflowd.scratch.write("a.yaml", Self.faulty)
        let run = try await caseflowd("catalogue", "validate", file)
        #expect(run.status == 1)
        #expect(run.output == "1 files, 2 items that can be read: 2 faults, 3 remarks\n")
        let told = run.errors.split(separator: "\n").filter { $0.hasPrefix("fault: ") }
        try #require(told.count == 2, "\(run.errors)")
        #expect(
            told[0].hasPrefix("fault: \(file):7: one-11: the promise of 6 working-days is longer than the statute's 5")
        )
        #expect(told[0].hasSuffix("; promise 5 working-days at most"))
        #expect(
            told[1].hasPrefix("fault: \(file):9: three-33: items[3].category: 'other' is not known here; known are: ")
        )
        let chinese = try await caseflowd("catalogue", "validate", file, "--language", "zh-CN")
        #expect(chinese.output == "1 个文件，可读事项 2 个：错误 2 处，提示 3 处\n")
        #expect(chinese.errors.contains("错误: \(file):7: one-11: 承诺时限 6 working-days 长于法定时限 5 working-days；"))
        let findings = try #require(
            try await caseflowd("catalogue", "validate", file, "--json").json()["findings"] as? [[String: Any]]
        )
        let fault = try #require(findings.first { $0["rule"] as? String == "promise-exceeds-statute" })
        #expect(fault["line"] as? Int == 7 && fault["item"] as? String == "one-11" && fault["file"] as? String == file)
        // A network of its own file is used; the second unit is unknown.
        let network = try caseflowd.scratch.write("n.yaml", "network: [{unit: hall, posts: {approver: 1}}]\n")
        let items = try caseflowd.scratch.write(
            "b.yaml",
            "items:\n- {item: two-22, name: {zh-CN: 乙, en: B}, category: direct-service, kind: promised, promise: 3 working-days, "
                + "stages: [{stage: a, kind: decision, unit: hall, role: approver}], unit: barn}\n"
        )
        let checked = try await caseflowd("catalogue", "validate", items, "--network", network)
        #expect(checked.status == 1 && checked.errors.contains("the network has no unit 'barn'"), "\(checked.errors)")
        #expect(checked.output == "1 files, 1 items that can be read: 1 faults, 0 remarks\n")
    }

    @Test(arguments: [
        ["catalogue", "validate"], ["catalogue", "validate", "a.csv", "--column", "x=y"],
        ["catalogue", "validate", "a.csv", "--column", "code"],
        ["catalogue", "validate", "a.csv", "--encoding", "klingon"],
        ["catalogue", "validate", "a.yaml", "--rule-pack", "My Pack"], ["catalogue", "import"],
        ["catalogue", "import", "a.yaml", "--on-problem", "perhaps"], ["catalogue", "show", "事项"],
        ["catalogue", "show", "--version", "1"], ["catalogue", "show", "item-1", "--version", "0"],
        ["catalogue", "withdraw", "item-1"], ["catalogue", "withdraw", "!", "--reason", "x"],
    ])
    func `a wrong call ends with 2 and says what is wrong`(_ arguments: [String]) async throws {
        let run = try await Caseflowd(database: "host=/nowhere port=1").run(arguments)
        #expect(run.status == 2, "\(arguments): \(run.output)\(run.errors)")
        #expect(run.output.isEmpty && !run.errors.isEmpty)
    }

    @Test func `a file that is not there, or no table of items, is named`() async throws {
        let caseflowd = try Caseflowd(database: "host=/nowhere port=1")
        let missing = try await caseflowd("catalogue", "validate", "/nowhere/a.yaml")
        #expect(missing.status == 1 && missing.errors.contains("/nowhere/a.yaml: it cannot be read"))
        let table = try caseflowd.scratch.write("a.csv", "x,y\n1,2\n")
        let wrong = try await caseflowd("catalogue", "validate", table)
        #expect(wrong.status == 2 && wrong.errors.contains("the table has no column for 'code', as item_code"))
        let empty = try caseflowd.scratch.write("n.yaml", "items: []\n")
        let network = try await caseflowd("catalogue", "validate", empty, "--network", empty)
        #expect(
            network.status == 2
                && network.errors.contains("is no network: it has neither a section 'units' nor 'network'"),
            "\(network.errors)"
        )
    }

    @Test(arguments: towns.keys.sorted())
    func `a town is imported once, shown, and every version stays`(town: String) async throws {
        let caseflowd = try Caseflowd(try await TestCluster.shared.database())
        let importing = ["catalogue", "import", Self.town(town), "--actor", "officer/17", "--json"]
        let first = try await caseflowd.run(importing)
        #expect(first.status == 0, "\(first.errors)")
        #expect(try first.json()["published"] as? Int == Self.towns[town])
        let again = try await caseflowd.run(importing).json()
        #expect(again["published"] as? Int == 0 && again["unchanged"] as? Int == Self.towns[town])
        let list = try #require(
            try await caseflowd("catalogue", "show", "--language", "zh-CN", "--json").json()["items"]
                as? [[String: Any]]
        )
        #expect(list.count == Self.towns[town])
        let row = try #require(list.first { $0["kind"] as? String == "promised" && $0["statute"] is String })
        let code = try #require(row["item"] as? String)

        // One statute is lengthened in the file: one item has a new version, and the old one can still be seen.
        let old = try #require(row["promise"] as? String)
        let text = try String(contentsOfFile: Self.town(town), encoding: .utf8)
        let place = try #require(text.range(of: "item: \(code)"))
        let start = try #require(text.range(of: "statute: ", range: place.upperBound..<text.endIndex))
        let longer = text.replacingCharacters(in: start, with: "statute: 9")
        let changed = try caseflowd.scratch.write("changed.yaml", longer)
        let amended = try await caseflowd("catalogue", "import", changed, "--actor", "officer/18")
        #expect(amended.status == 0, "\(amended.errors)")
        #expect(amended.output.contains("0 items published, 1 amended, "), "\(amended.output)")
        let latest = try await caseflowd("catalogue", "show", code, "--json").json()
        #expect(latest["version"] as? Int == 2 && latest["enteredBy"] as? String == "officer/18")
        let before = try await caseflowd("catalogue", "show", code, "--version", "1", "--json").json()
        #expect(before["statute"] as? String == row["statute"] as? String && before["promise"] as? String == old)
        #expect(before["digest"] as? String == row["digest"] as? String)
        #expect(before["digest"] as? String != latest["digest"] as? String)
        #expect((before["versions"] as? [Any])?.count == 2)
        let none = try await caseflowd("catalogue", "show", code, "--version", "3")
        #expect(none.status == 2 && none.errors.contains("\(code) has no version 3, only 1 to 2"))
        let words = try await caseflowd("catalogue", "show", code, "--language", "zh-CN").output
        #expect(words.contains("第 2 版，共 2 版") && words.contains("法定时限") && words.contains("申请材料"), "\(words)")
        #expect(try await caseflowd("catalogue", "show").output.hasPrefix("log main: \(Self.towns[town] ?? 0) items\n"))
        let withdrawn = try await caseflowd("catalogue", "withdraw", code, "--reason", "取消", "--actor", "officer/18")
        #expect(withdrawn.output == "log main: \(code) withdrawn by officer/18\n", "\(withdrawn.errors)")
        #expect(try await caseflowd("catalogue", "show", code, "--json").json()["withdrawn"] as? String == "取消")
        let unknown = try await caseflowd("catalogue", "withdraw", "never-1", "--reason", "x")
        #expect(unknown.status == 1 && unknown.errors.contains("never-1: the item was never published"))
        #expect(try await caseflowd("log", "verify", "--json").json()["ok"] as? Bool == true)
    }

    @Test func `where there is a fault nothing is brought in, unless the faulty items are left out`() async throws {
        let caseflowd = try Caseflowd(try await TestCluster.shared.database())
        let file = try caseflowd.scratch.write("a.yaml", Self.faulty)
        let refused = try await caseflowd("catalogue", "import", file, "--actor", "officer/17")
        #expect(refused.status == 1)
        #expect(refused.errors.contains("a.yaml: 2 faults, nothing was brought in"), "\(refused.errors)")
        let skipped = try await caseflowd(
            "catalogue",
            "import",
            file,
            "--actor",
            "officer/17",
            "--on-problem",
            "skip",
            "--json"
        )
        #expect(skipped.status == 1)
        let answer = try skipped.json()
        #expect(answer["published"] as? Int == 1 && answer["skipped"] as? Int == 2)
        #expect((answer["items"] as? [[String: Any]])?.first?["item"] as? String == "two-22")
        let show = try await caseflowd("catalogue", "show", "one-11")
        #expect(show.status == 2 && show.errors.contains("the catalogue has no item one-11"))
    }

    @Test(.enabled(if: sharedData("catalogue/guangan-511602-items.csv") != nil, "the shared data are not here"))
    func `the table of a real county is imported`() async throws {
        let caseflowd = try Caseflowd(try await TestCluster.shared.database())
        let path = try #require(sharedData("catalogue/guangan-511602-items.csv"))
        let run = try await caseflowd("catalogue", "import", path, "--actor", "officer/17", "--json")
        #expect(run.status == 0, "\(run.errors)")
        #expect(try run.json()["published"] as? Int == 1135)
    }
}
