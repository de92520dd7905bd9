/// What a file of a catalogue holds, and all that is to be said about it.
public struct CatalogueFile: Sendable, Hashable {
    /// An item, and where it stands.
    public struct Entry: Sendable, Hashable {
        /// The item.
        public var item: ServiceItem
        /// The line on which it begins, from 1.
        public var line: Int
        /// The lines of its parts.
        var lines: [ItemIssue.Part: Int] = [:]

        /// The line of a part; the item's own where the part has none.
        public func line(of part: ItemIssue.Part) -> Int { lines[part] ?? line }
    }

    /// A finding: an issue with its place. Everything that a person needs to mend it.
    public struct Finding: Error, Sendable, Hashable, CustomStringConvertible {
        /// The file.
        public var file: String
        /// The line, from 1; nil where the file as a whole is meant.
        public var line: Int?
        /// The item; nil where none is meant, or its code cannot be read.
        public var item: ItemCode?
        /// What is wrong with it.
        public var issue: ItemIssue

        /// Whether it is only a remark.
        public var isRemark: Bool { issue.rule.isRemark }

        /// `FILE:LINE: CODE: what; mend`
        public func words(_ language: Language) -> String {
            let place = "\(file)\(line.map { ":\($0)" } ?? "")"
            let code = item.map { "\($0): " } ?? ""
            let (what, mend) = (issue.what[language], issue.mend[language])
            return "\(place): \(code)\(what)\(language == .chinese ? "；" : "; ")\(mend)"
        }

        /// In English.
        public var description: String { words(.english) }
    }

    /// The file's name.
    public let name: String
    /// Whose catalogue it is, as the file says; nil for a table.
    public internal(set) var title: ShortName?
    /// The items that could be read, in the order of the file.
    public internal(set) var entries: [Entry] = []
    /// The units and posts that the file lists; nil where it lists none.
    public internal(set) var network: NetworkOutline?
    /// What could not be read, in the order of the file. What is wrong with readable items is told by the check.
    public internal(set) var findings: [Finding] = []

    init(name: String) { self.name = name }

    /// All findings about files: what could not be read, what is wrong with the items, and codes that occur twice, in one
    /// file or in two of them. By file and line; the first of two equal codes counts.
    public static func findings(in files: [CatalogueFile], _ check: ItemCheck) -> [Finding] {
        var seen: [ItemCode: (file: String, line: Int)] = [:]
        var findings: [Finding] = []
        for file in files {
            var own = file.findings
            if check.network == nil, !file.entries.isEmpty {
                own.append(Finding(file: file.name, line: nil, item: nil, issue: .noNetwork()))
            }
            for entry in file.entries {
                let code = entry.item.code
                if let first = seen[code] {
                    let issue = ItemIssue.duplicateCode(code, "\(first.file):\(first.line)")
                    own.append(Finding(file: file.name, line: entry.line(of: .code), item: code, issue: issue))
                } else {
                    seen[code] = (file.name, entry.line)
                }
                for issue in check.issues(of: entry.item) {
                    own.append(Finding(file: file.name, line: entry.line(of: issue.part), item: code, issue: issue))
                }
            }
            // Sorting is not stable by itself: what stands on one line keeps the order in which it was found.
            findings += own.enumerated().sorted { left, right in
                (left.element.line ?? 0, left.offset) < (right.element.line ?? 0, right.offset)
            }.map(\.element)
        }
        return findings
    }
}

extension ItemIssue {
    static func duplicateCode(_ code: ItemCode, _ place: String) -> ItemIssue {
        ItemIssue(
            .duplicateCode,
            .code,
            LocalizedText("the code stands at \(place), too", "代码重复，已见于 \(place)"),
            mend: LocalizedText("give each item a code of its own, or remove one of the two", "请改正其中一个代码，或删去重复事项")
        )
    }

    static func noNetwork() -> ItemIssue {
        ItemIssue(
            .noNetwork,
            .item,
            LocalizedText("no network is given: units and posts are not checked", "未提供机构网络，单位和岗位未核对"),
            mend: LocalizedText(
                "put network.yaml beside the file, or name one by --network",
                "请在旁边放 network.yaml，或用 --network 指明文件"
            )
        )
    }

    /// What the reader of the file says; `mend` tells where the form is described.
    static func unreadable(_ what: String, mend: LocalizedText = .guide) -> ItemIssue {
        ItemIssue(.unreadable, .item, LocalizedText([.english: what]), mend: mend)
    }
}

extension LocalizedText {
    /// Where the form of a catalogue is told.
    static let guide = LocalizedText(
        "docs/guides/catalogue.md tells what stands there",
        "写法见 docs/guides/catalogue.md"
    )
}
