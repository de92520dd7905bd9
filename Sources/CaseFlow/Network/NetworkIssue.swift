/// Something that is wrong with a network as a file lists it, or worth a remark.
public struct NetworkIssue: Sendable, Hashable {
    /// What was broken. The names are part of the commands' JSON.
    public enum Rule: String, Sendable, Hashable, CaseIterable {
        /// The file cannot be read there.
        case unreadable
        /// A unit, a post, a duty or an officer stands there twice.
        case duplicate
        /// The unit that it belongs to is not there.
        case unknownParent = "unknown-parent"
        /// A unit of this kind belongs to no unit of that kind, or to none, or has to belong to one.
        case parentOfKind = "parent-of-kind"
        /// Units belong to each other in a circle.
        case circle
        /// A and B of a post are one person.
        case sameHolder = "same-holder"
        /// Who holds a post is no officer of the file or the log.
        case unknownOfficer = "unknown-officer"
        /// An officer holds two posts as A.
        case twoPosts = "two-posts"
        /// People sit in a unit that is not there.
        case unknownPlace = "unknown-place"
        /// The rules of the unit's or the officer's stream refuse it.
        case refused
        /// A remark: a post has no A.
        case vacant
        /// A remark: a post has no B; while A is away nobody acts.
        case noDeputy = "no-deputy"
        /// A remark: an officer holds no post.
        case noPost = "no-post"

        /// Whether it is only a remark: the network can be entered all the same.
        public var isRemark: Bool {
            switch self {
            case .vacant, .noDeputy, .noPost: true
            default: false
            }
        }
    }

    /// What was broken.
    public var rule: Rule
    /// What is wrong.
    public var what: LocalizedText
    /// What to do about it.
    public var mend: LocalizedText

    /// An issue.
    public init(_ rule: Rule, _ what: LocalizedText, mend: LocalizedText) {
        (self.rule, self.what, self.mend) = (rule, what, mend)
    }
}

extension NetworkIssue {
    /// Where the form of a network is told.
    private static let guide = LocalizedText(
        "docs/guides/network.md tells what stands there",
        "写法见 docs/guides/network.md"
    )

    static func unreadable(_ what: String) -> NetworkIssue {
        NetworkIssue(.unreadable, LocalizedText([.english: what]), mend: guide)
    }

    static func duplicate(_ what: String, _ place: String) -> NetworkIssue {
        NetworkIssue(
            .duplicate,
            LocalizedText("\(what) stands at \(place), too", "\(what) 重复，已见于 \(place)"),
            mend: LocalizedText("give each a code or a name of its own, or remove one of the two", "请改正其中一个，或删去重复的")
        )
    }

    static func unknownParent(_ parent: UnitCode) -> NetworkIssue {
        NetworkIssue(
            .unknownParent,
            LocalizedText("it belongs to \(parent), which there is not", "上级单位 \(parent) 不存在"),
            mend: LocalizedText(
                "correct the code, or add that unit; give both files where it stands in another",
                "请改正代码，或增加该单位；如在另一文件中，请一并给出"
            )
        )
    }

    static func parentOfKind(_ kind: UnitKind, _ parent: UnitKind?) -> NetworkIssue {
        let allowed = kind.parents.map(\.rawValue).joined(separator: " or ")
        let chinese = kind.parents.map { $0.title[.chinese] }.joined(separator: "或")
        let belongs = parent.map { "it belongs to a \($0.rawValue)" } ?? "it belongs to no unit"
        return NetworkIssue(
            .parentOfKind,
            LocalizedText(
                "\(belongs), and it is a \(kind.rawValue)",
                "“\(kind.title[.chinese])”的上级不应是\(parent.map { "“\($0.title[.chinese])”" } ?? "空")"
            ),
            mend: kind.parents.isEmpty
                ? LocalizedText("a \(kind.rawValue) has no parent", "“\(kind.title[.chinese])”没有上级")
                : LocalizedText("its parent is a \(allowed)", "上级应为\(chinese)")
        )
    }

    static func circle(_ codes: [UnitCode]) -> NetworkIssue {
        let way = codes.map(\.rawValue).joined(separator: " -> ")
        return NetworkIssue(
            .circle,
            LocalizedText("units belong to each other in a circle: \(way)", "上级关系成环：\(way)"),
            mend: LocalizedText("correct 'parent' of one of them", "请改正其中一个的 parent")
        )
    }

    static func sameHolder(_ post: ShortName, _ officer: OfficerID) -> NetworkIssue {
        NetworkIssue(
            .sameHolder,
            LocalizedText("\(officer) is A and B of '\(post)'", "\(officer) 同时是“\(post)”的主岗和副岗"),
            mend: LocalizedText("A and B are two persons; name another deputy", "主岗和副岗须为两人，请另定副岗")
        )
    }

    static func unknownOfficer(_ officer: OfficerID, _ post: ShortName) -> NetworkIssue {
        NetworkIssue(
            .unknownOfficer,
            LocalizedText(
                "\(officer) holds '\(post)' and is not among the officers",
                "\(officer) 担任“\(post)”，但未列入工作人员"
            ),
            mend: LocalizedText("list the code under 'officers', or correct it", "请在 officers 中列出，或改正代码")
        )
    }

    static func twoPosts(_ officer: OfficerID, _ first: PostCode, _ place: String) -> NetworkIssue {
        NetworkIssue(
            .twoPosts,
            LocalizedText("\(officer) is A of \(first), too (\(place))", "\(officer) 已是 \(first) 的主岗（\(place)）"),
            mend: LocalizedText(
                "one officer is A of one post; B of others is allowed",
                "一人只能担任一个主岗，可兼其他岗位的副岗"
            )
        )
    }

    static func unknownPlace(_ duty: ShortName, _ place: UnitCode) -> NetworkIssue {
        NetworkIssue(
            .unknownPlace,
            LocalizedText("'\(duty)' is at \(place), which there is not", "“\(duty)”的地点 \(place) 不存在"),
            mend: LocalizedText("correct the code, or add that unit", "请改正代码，或增加该单位")
        )
    }

    static func refused(_ why: String) -> NetworkIssue {
        NetworkIssue(
            .refused,
            LocalizedText([.english: why]),
            mend: LocalizedText("mend it in the file", "请在文件中改正")
        )
    }

    static func vacant(_ post: ShortName, deputy: OfficerID?) -> NetworkIssue {
        let now = deputy.map { "\($0) acts as B" } ?? "nobody acts there"
        let chinese = deputy.map { "由副岗 \($0) 代行" } ?? "无人办理"
        return NetworkIssue(
            .vacant,
            LocalizedText("'\(post)' has no A: \(now)", "“\(post)”没有主岗，\(chinese)"),
            mend: LocalizedText("name an officer, or take the post out", "请指定主岗，或删去该岗位")
        )
    }

    static func noDeputy(_ post: ShortName) -> NetworkIssue {
        NetworkIssue(
            .noDeputy,
            LocalizedText("'\(post)' has no B: while A is away nobody acts", "“\(post)”没有副岗，主岗不在时无人办理"),
            mend: LocalizedText("name a deputy (b)", "请指定副岗（b）")
        )
    }

    static func noPost(_ officer: OfficerID) -> NetworkIssue {
        NetworkIssue(
            .noPost,
            LocalizedText("\(officer) holds no post", "\(officer) 没有岗位"),
            mend: LocalizedText("give the officer a post, or take the code out", "请安排岗位，或删去该代码")
        )
    }
}
