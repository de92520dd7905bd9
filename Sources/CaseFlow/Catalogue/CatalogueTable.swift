import EventStore

/// Reads the items of a catalogue from a table in CSV, as the provinces' platforms export them: one row an item.
///
/// The columns are found by their headings (``Column/headings``), or named by the caller. A table tells codes, names, and
/// at best limits; it knows no materials and no stages. What a column holds and this catalogue has no place for is told as
/// a remark.
public enum CatalogueTable {
    /// What a column can hold.
    public enum Column: String, Sendable, Hashable, CaseIterable {
        /// The item's code; needed.
        case code
        /// Its name; needed.
        case name
        /// The code of the unit that answers for it.
        case unit
        /// That unit's name.
        case department
        /// The region's code.
        case region
        /// The number or the name of the kind of power.
        case power
        /// The class of the catalogue.
        case group
        /// How the centre handles it: a name of ``ServiceItem/Category``, or its Chinese words.
        case category
        /// On the spot or promised: a name of ``ServiceItem/Kind``, or its Chinese words.
        case kind
        /// The statutory limit: a number, or a number with its unit.
        case statute
        /// In what it is counted.
        case statuteUnit = "statute-unit"
        /// The promised limit.
        case promise
        /// In what it is counted.
        case promiseUnit = "promise-unit"
        /// A special procedure (特别程序) that stops the limit: never taken over, because the law lists its grounds.
        case special

        /// The headings by which it is found, in this order.
        public var headings: [String] {
            switch self {
            case .code: ["item_code", "task_code", "code", "事项编码", "实施编码", "事项编号"]
            case .name: ["name", "item", "task_name", "事项名称"]
            case .unit: ["dept_code", "unit", "实施主体编码", "部门编码"]
            case .department: ["department", "dept", "实施主体", "部门", "承办部门"]
            case .region: ["area_code", "region", "行政区划代码", "区划"]
            case .power: ["task_type", "power", "事项类型"]
            case .group: ["main_item", "group", "主项名称", "主项"]
            case .category: ["category", "办理类别"]
            case .kind: ["kind", "办件类型"]
            case .statute: ["anticipate_day", "statute", "法定办结时限", "法定时限"]
            case .statuteUnit: ["anticipate_type", "statute_unit", "法定办结时限单位", "法定时限单位"]
            case .promise: ["promise_day", "promise", "承诺办结时限", "承诺时限"]
            case .promiseUnit: ["promise_type", "promise_unit", "承诺办结时限单位", "承诺时限单位"]
            case .special: ["special_name", "special", "特别程序"]
            }
        }
    }

    /// How a table is to be read.
    public struct Options: Sendable, Hashable {
        /// The headings of columns that have others than the usual ones.
        public var columns: [Column: String] = [:]
        /// The category of items whose row tells none; nil: public services are settled directly, all else is approved by
        /// a stationed department.
        public var category: ServiceItem.Category?
        /// The rule pack of the items.
        public var rulePack: ShortName?
        /// Delimiter, encoding.
        public var format = CSVReader.Options()

        /// The usual headings, UTF-8.
        public init() {}
    }

    /// Columns that do not fit the table's header.
    public struct WrongColumns: Error, Sendable, CustomStringConvertible {
        /// Which is wrong, and which there are.
        public let description: String
    }

    /// Reads a table. Rows that cannot be read are among the findings.
    /// Errors: ``InterchangeError``, ``WrongColumns``.
    public static func read(path: String, options: Options = Options()) async throws -> CatalogueFile {
        var file = CatalogueFile(name: path)
        var reader: CatalogueRowReader?
        for try await part in CSVReader(path: path, options: options.format) {
            switch part {
            case .header(let header): reader = try CatalogueRowReader(header, options, into: &file)
            case .rows(let rows): for row in rows { reader?.read(row, into: &file) }
            case .problem(let problem):
                file.tell(
                    line: problem.line,
                    nil,
                    .unreadable(problem.what, mend: LocalizedText([.english: problem.mend]))
                )
            }
        }
        return file
    }
}

extension CatalogueFile {
    mutating func tell(line: Int, _ item: ItemCode?, _ issue: ItemIssue) {
        findings.append(Finding(file: name, line: line, item: item, issue: issue))
    }
}

/// Makes items out of rows.
struct CatalogueRowReader {
    private let index: [CatalogueTable.Column: Int]
    private let header: [String]
    private let options: CatalogueTable.Options

    init(_ row: CSVRow, _ options: CatalogueTable.Options, into file: inout CatalogueFile) throws {
        let header = row.fields.map(\.trimmed)
        var index: [CatalogueTable.Column: Int] = [:]
        for column in CatalogueTable.Column.allCases {
            if let name = options.columns[column] {
                guard let found = header.firstIndex(of: name) else {
                    throw CatalogueTable.WrongColumns(
                        description: "the table has no column '\(name)'; it has: \(header.joined(separator: ", "))"
                    )
                }
                index[column] = found
            } else {
                index[column] = column.headings.lazy.compactMap { header.firstIndex(of: $0) }.first
            }
        }
        for column in [CatalogueTable.Column.code, .name] where index[column] == nil {
            throw CatalogueTable.WrongColumns(
                description: """
                    the table has no column for '\(column.rawValue)', as \(column.headings.joined(separator: ", ")); it has: \
                    \(header.joined(separator: ", ")); name it by --column \(column.rawValue)=HEADING
                    """
            )
        }
        let left = header.enumerated().filter { !index.values.contains($0.offset) }.map(\.element)
        if !left.isEmpty { file.tell(line: row.line, nil, .columnsLeft(left)) }
        (self.index, self.header, self.options) = (index, header, options)
    }

    private func text(_ column: CatalogueTable.Column, _ row: CSVRow) -> String? {
        guard let place = index[column] else { return nil }
        let text = row.fields[place].trimmed
        return text.isEmpty ? nil : text
    }

    private func heading(_ column: CatalogueTable.Column) -> String {
        index[column].map { header[$0] } ?? column.rawValue
    }

    func read(_ row: CSVRow, into file: inout CatalogueFile) {
        var issues: [ItemIssue] = []
        let code = checked(ItemCode.self, .code, row, &issues)
        if code == nil, issues.isEmpty { issues.append(.cellMissing(heading(.code))) }
        let name = text(.name, row)
        if name == nil { issues.append(.cellMissing(heading(.name))) }
        var item = ServiceItem(
            code: code ?? ItemCode(trusted: "unknown"),
            name: LocalizedText([.chinese: name ?? "-"]),
            category: .stationedApproval,
            kind: .promised
        )
        item.unit = checked(UnitCode.self, .unit, row, &issues)
        item.region = checked(RegionCode.self, .region, row, &issues)
        item.department = text(.department, row).map { LocalizedText([.chinese: $0]) }
        // 未分类: not in a class.
        item.group = text(.group, row).flatMap { $0 == "未分类" ? nil : LocalizedText([.chinese: $0]) }
        item.power = power(row, &issues)
        let usual: ServiceItem.Category = item.power == .publicService ? .directService : .stationedApproval
        item.category = named(.category, row, &issues) { $0.title } ?? options.category ?? usual
        item.kind = named(.kind, row, &issues) { $0.title } ?? .promised
        item.statute = limit(.statute, .statuteUnit, row, &issues)
        item.promise = limit(.promise, .promiseUnit, row, &issues)
        item.rulePack = options.rulePack
        for issue in issues { file.tell(line: row.line, code, issue) }
        if let special = text(.special, row) {
            file.tell(line: row.line, code, .specialLeft(special))
        }
        if issues.isEmpty { file.entries.append(CatalogueFile.Entry(item: item, line: row.line)) }
    }

    private func checked<Code: LogText>(
        _: Code.Type,
        _ column: CatalogueTable.Column,
        _ row: CSVRow,
        _ issues: inout [ItemIssue]
    ) -> Code? {
        guard let text = text(column, row) else { return nil }
        do throws(InvalidText) { return try Code(text) } catch {
            issues.append(.unreadable("\(heading(column)) '\(text)': \(error)"))
            return nil
        }
    }

    private func power(_ row: CSVRow, _ issues: inout [ItemIssue]) -> ServiceItem.Power? {
        guard let text = text(.power, row) else { return nil }
        if let power = ServiceItem.Power(number: text) { return power }
        return named(.power, row, &issues) { $0.title }
    }

    private func named<Names: RawRepresentable & CaseIterable>(
        _ column: CatalogueTable.Column,
        _ row: CSVRow,
        _ issues: inout [ItemIssue],
        _ title: (Names) -> LocalizedText
    ) -> Names? where Names.RawValue == String {
        guard let text = text(column, row) else { return nil }
        if let found = Names.allCases.first(where: { $0.rawValue == text || title($0)[.chinese] == text }) {
            return found
        }
        let known = Names.allCases.map { "\($0.rawValue) (\(title($0)[.chinese]))" }.joined(separator: ", ")
        issues.append(.unreadable("\(heading(column)) '\(text)' is not known; known are: \(known)"))
        return nil
    }

    /// `20`, with its unit in the next column or none (working days, Licensing Law art. 82); or `20 working-days`.
    private func limit(
        _ column: CatalogueTable.Column,
        _ unitColumn: CatalogueTable.Column,
        _ row: CSVRow,
        _ issues: inout [ItemIssue]
    ) -> Limit? {
        guard let text = text(column, row) else { return nil }
        if let limit = Limit(text) { return limit }
        var unit: Limit.Unit?
        switch self.text(unitColumn, row) {
        case nil, "1", "工作日", "个工作日": unit = .workingDays
        case "自然日", "日", "天": unit = .calendarDays
        case "周": unit = .calendarWeeks
        case "月", "个月": unit = .calendarMonths
        case "分钟": unit = .serviceMinutes
        case let other?: unit = Limit.Unit(rawValue: other)
        }
        guard let unit else {
            issues.append(
                .unreadable(
                    """
                    \(heading(unitColumn)) '\(self.text(unitColumn, row) ?? "")' is no unit; write 工作日, 自然日 or one of \
                    \(Limit.Unit.allCases.map(\.rawValue).joined(separator: ", "))
                    """
                )
            )
            return nil
        }
        guard let amount = Int(text), let limit = Limit(amount, unit) else {
            issues.append(.unreadable("\(heading(column)) '\(text)' is no whole number up to \(Limit.maximum)"))
            return nil
        }
        return limit
    }
}

extension ItemIssue {
    static func cellMissing(_ heading: String) -> ItemIssue {
        ItemIssue(
            .unreadable,
            .item,
            LocalizedText("the row has no \(heading)", "该行缺少 \(heading)"),
            mend: LocalizedText("fill it in, or take the row out", "请补上，或删去该行")
        )
    }

    static func columnsLeft(_ columns: [String]) -> ItemIssue {
        let names = columns.joined(separator: ", ")
        return ItemIssue(
            .notTakenOver,
            .item,
            LocalizedText("these columns are not taken over: \(names)", "以下列未导入：\(names)"),
            mend: LocalizedText("name what they are by --column, or leave it so", "可用 --column 指明其含义，或不予理会")
        )
    }

    static func specialLeft(_ text: String) -> ItemIssue {
        ItemIssue(
            .notTakenOver,
            .item,
            LocalizedText("its special procedure '\(text)' is not taken over", "特别程序“\(text)”未导入"),
            mend: LocalizedText(
                "the rule pack lists the grounds that stop a limit (Licensing Law art. 45); nothing is to be done",
                "中止时限的情形以规则所列为准（行政许可法第45条），无须处理"
            )
        )
    }
}
