import CaseFlow
import EventStore
import Foundation
import Support
import Testing

/// Catalogues as tables, as the provinces' platforms export them.
@Suite struct CatalogueTableTests {
    private static func read(
        _ text: String,
        _ options: CatalogueTable.Options = .init(),
        encoding: String.Encoding = .utf8
    ) async throws -> CatalogueFile {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).csv").path
        try #require(text.data(using: encoding)).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try await CatalogueTable.read(path: path, options: options)
    }

    private static let head = "item_code,name,task_type,promise_day,promise_type,anticipate_day,anticipate_type\n"

    @Test func `a row is an item`() async throws {
        let file = try await Self.read(
            Self.head + "511A0138000000-1,林木采伐许可,01,5,1,20,工作日\n511B0138000000-1,政策咨询,20,3,自然日,,\n"
        )
        #expect(file.findings.isEmpty, "\(file.findings)")
        let items = file.entries.map(\.item)
        #expect(items.map(\.promise) == [Limit(5, .workingDays), Limit(3, .calendarDays)])
        #expect(items.map(\.statute) == [Limit(20, .workingDays), nil])
        #expect(items.map(\.power) == [.licence, .publicService])
        #expect(items.map(\.category) == [.stationedApproval, .directService])
        #expect(file.entries.map(\.line) == [2, 3] && items[0].name[.chinese] == "林木采伐许可")
    }

    static let wrong: [(row: String, told: String)] = [
        (",甲,1,5,1,20,1", "the row has no item_code"),
        ("甲乙丙丁,甲,1,5,1,20,1", "item_code '甲乙丙丁': an item's code may hold only"),
        ("abcdef,,1,5,1,20,1", "the row has no name"),
        ("abcdef,甲,99,5,1,20,1", "task_type '99' is not known; known are: licence (行政许可)"),
        ("abcdef,甲,1,five,1,20,1", "promise_day 'five' is no whole number up to 100000"),
        ("abcdef,甲,1,5,2,20,1", "promise_type '2' is no unit; write 工作日, 自然日 or one of working-days"),
        ("abcdef,甲,1,-5,1,20,1", "promise_day '-5' is no whole number"),
        ("abcdef,甲,1,5,1,20", "the row has 6 fields, not 7"),
    ]

    @Test(arguments: wrong)
    func `a row that is wrong is told with its line, and the next one is read`(row: String, told: String) async throws {
        let file = try await Self.read(Self.head + row + "\nabcdeg,乙,1,5,1,20,1\n")
        #expect(file.findings.count == 1 && file.findings[0].line == 2, "\(file.findings)")
        #expect(file.findings[0].description.contains(told), "\(file.findings)")
        #expect(file.entries.map(\.item.code.rawValue) == ["abcdeg"])
    }

    @Test func `columns with other headings are named by the caller, and what has no place is told`() async throws {
        var options = CatalogueTable.Options()
        options.columns = [.code: "编号", .name: "叫什么"]
        options.category = .villageAgent
        options.rulePack = ShortName(rawValue: "cn-licensing")
        let file = try await Self.read("编号;叫什么;电话\nabcdef;甲;x\n", options)
        #expect(
            file.entries.map(\.item.category) == [.villageAgent]
                && file.entries[0].item.rulePack?.rawValue == "cn-licensing"
        )
        #expect(file.findings.map(\.issue.rule) == [.notTakenOver])
        #expect(file.findings[0].issue.what[.chinese] == "以下列未导入：电话")
        await #expect(throws: CatalogueTable.WrongColumns.self) { try await Self.read("编号,叫什么\na,b\n") }
        await #expect(throws: CatalogueTable.WrongColumns.self) { try await Self.read("name,x\na,b\n", options) }
    }

    @Test func `Chinese headings and words are understood, also in GB18030`() async throws {
        let gb18030 = String.Encoding(rawValue: 0x8000_0632)
        var options = CatalogueTable.Options()
        options.format.encoding = "GB18030"
        let text = "事项编码,事项名称,事项类型,办件类型,办理类别,承诺时限\nabcdef,高龄津贴,行政给付,承诺件,村级代办,15\n"
        let file = try await Self.read(text, options, encoding: gb18030)
        let item = try #require(file.entries.first?.item, "\(file.findings)")
        #expect(item.name[.chinese] == "高龄津贴" && item.power == .benefit && item.category == .villageAgent)
        #expect(item.promise == Limit(15, .workingDays) && item.kind == .promised)
    }

    @Test(.enabled(if: sharedData("catalogue/guangan-511602-items.csv") != nil, "the shared data are not here"))
    func `the 1,135 items of a real county are read`() async throws {
        let path = try #require(sharedData("catalogue/guangan-511602-items.csv"))
        let file = try await CatalogueTable.read(path: path)
        #expect(file.entries.count == 1135 && file.findings.isEmpty, "\(file.findings.prefix(3))")
        let items = file.entries.map(\.item)
        #expect(items.count { $0.power == .licence } == 536 && items.count { $0.power == .publicService } == 348)
        #expect(items.allSatisfy { $0.region?.rawValue == "511602000000" && $0.unit != nil && $0.department != nil })
        #expect(items.count { $0.group == nil } == 615)
        // A name with a comma, in quotes.
        #expect(items.contains { $0.name[.chinese].contains("省政府令第349号,部分省级权限下放成都等８市") })
        let findings = CatalogueFile.findings(in: [file], try ItemCheck.shipped())
        let faults = findings.filter { !$0.isRemark }
        #expect(faults.isEmpty, "\(faults.prefix(3))")
        #expect(findings.count { $0.issue.rule == .noLimit } == 1135)
    }

    @Test(.enabled(if: sharedData("catalogue/items-with-limits.csv") != nil, "the shared data are not here"))
    func `real items with limits are read, and the one without a code is told`() async throws {
        let path = try #require(sharedData("catalogue/items-with-limits.csv"))
        let file = try await CatalogueTable.read(path: path)
        #expect(file.entries.map(\.item.promise) == [Limit(5, .workingDays), Limit(5, .workingDays)])
        #expect(file.entries.map(\.item.statute) == [Limit(20, .workingDays), Limit(20, .workingDays)])
        #expect(file.entries[0].item.code.rawValue == "1145072100811537184452004020000")
        let told = file.findings.map { "\($0.line ?? 0) \($0.issue.rule.rawValue)" }
        #expect(told == ["1 not-taken-over", "2 not-taken-over", "3 not-taken-over", "4 unreadable"])
        #expect(file.findings[3].description.hasSuffix(":4: the row has no task_code; fill it in, or take the row out"))
    }
}
