import EventStore

/// The code of an officer, as `gy-0012`. A code, never a name: names are personal data and stand nowhere in the log.
public struct OfficerID: LogText {
    /// "an officer's code"
    public static let kind = "an officer's code"
    /// 60 bytes
    public static let limit = 60
    /// The text.
    public let rawValue: String
    /// Takes a checked text.
    public init(trusted: String) { rawValue = trusted }
    /// Letters, digits, `-` and `_`.
    public static func flaw(in text: String) -> String? { codeFlaw(text, atLeast: 1) }

    /// How the officer stands as the actor of an event: `officer/<code>`.
    public var actor: Actor { Actor(trusted: "\(OfficerEventCoding.category)/\(rawValue)") }

    /// The officer's own stream. It has the actor's form.
    public var stream: StreamName { StreamName(trusted: "\(OfficerEventCoding.category)/\(rawValue)") }

    /// The officer who is an event's actor; nil for a system, an import, or a text that is no officer's code.
    public init?(actor: Actor) {
        let prefix = "\(OfficerEventCoding.category)/"
        guard actor.rawValue.hasPrefix(prefix) else { return nil }
        self.init(rawValue: String(actor.rawValue.dropFirst(prefix.utf8.count)))
    }
}

extension UnitCode {
    /// The stream of the unit.
    public var stream: StreamName { StreamName(trusted: "\(UnitEventCoding.category)/\(rawValue)") }
}

/// A post (岗): a place for one officer in a unit. `510725106-minzheng/reviewer-1`
public struct PostCode: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The unit.
    public var unit: UnitCode
    /// The post's name, once in the unit.
    public var name: ShortName

    /// A post's code.
    public init(_ unit: UnitCode, _ name: ShortName) { (self.unit, self.name) = (unit, name) }

    /// Parses `unit/name`; nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, let unit = UnitCode(rawValue: parts[0]), let name = ShortName(rawValue: parts[1])
        else { return nil }
        self.init(unit, name)
    }

    /// `unit/name`
    public var description: String { "\(unit)/\(name)" }

    /// By unit, then by name.
    public static func < (left: PostCode, right: PostCode) -> Bool {
        (left.unit, left.name) < (right.unit, right.name)
    }
}

/// As what an officer holds a post.
public enum PostHolder: String, Sendable, Hashable, CaseIterable {
    /// The one whose post it is (主岗, A 岗).
    case a
    /// The deputy, who acts with A's powers while A is away (副岗, B 岗).
    case b

    /// The other one.
    public var other: PostHolder { self == .a ? .b : .a }

    /// For people.
    public var title: LocalizedText {
        switch self {
        case .a: LocalizedText("A", "主岗")
        case .b: LocalizedText("B", "副岗")
        }
    }
}

/// What a unit is.
public enum UnitKind: String, Sendable, Hashable, CaseIterable {
    /// The county (县).
    case county
    /// A service centre (便民服务中心).
    case centre
    /// A department of the county or the township (部门).
    case department
    /// A village's service station (村便民服务站).
    case villageStation = "village-station"
    /// A point at which a villagers' group hands in (组级收集点).
    case collectionPoint = "collection-point"
    /// A window of a centre (窗口). It is a part of the unit that it belongs to: its posts are that unit's, too.
    case window

    /// What the unit that it belongs to may be.
    public var parents: [UnitKind] {
        switch self {
        case .county: []
        case .centre: [.county]
        case .department: [.county, .centre]
        case .villageStation: [.centre]
        case .collectionPoint: [.villageStation]
        case .window: [.centre, .department]
        }
    }

    /// Whether it may stand alone.
    public var mayStandAlone: Bool { self == .county || self == .centre }

    /// For people.
    public var title: LocalizedText {
        switch self {
        case .county: LocalizedText("county", "县")
        case .centre: LocalizedText("centre", "便民服务中心")
        case .department: LocalizedText("department", "部门")
        case .villageStation: LocalizedText("village station", "村便民服务站")
        case .collectionPoint: LocalizedText("group collection point", "组级收集点")
        case .window: LocalizedText("window", "窗口")
        }
    }
}
