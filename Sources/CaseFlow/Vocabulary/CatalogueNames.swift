import EventStore

/// A plain code: ASCII letters and digits, hyphens and underscores between them.
func codeFlaw(_ text: String, atLeast minimum: Int) -> String? {
    func isPlain(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
    }
    guard text.utf8.allSatisfy({ isPlain($0) || $0 == 0x2d || $0 == 0x5f }) else {
        return "may hold only the letters A to Z and a to z, digits, '-' and '_'"
    }
    guard let first = text.utf8.first, let last = text.utf8.last, isPlain(first), isPlain(last) else {
        return "must begin and end with a letter or a digit"
    }
    return text.utf8.count < minimum ? "must have \(minimum) characters at least" : nil
}

/// The code of a service item (事项编码), 6 to 100 characters, as the provinces' catalogues give it.
///
/// Two forms are in use: `511A0138600000-511602000000-000-115113010833722043-1-00` (basic code, region, three digits, the
/// organ's code, two more numbers) and an unbroken implementation code of 31 characters that begins with the organ's
/// unified social credit code. Both name the organ, so that a code is unique in a county. Letters are kept as written:
/// `…u` and `…U` are two codes.
public struct ItemCode: LogText {
    /// "an item's code"
    public static let kind = "an item's code"
    /// 100 bytes
    public static let limit = 100
    /// The text.
    public let rawValue: String
    /// Takes a checked text.
    public init(trusted: String) { rawValue = trusted }
    /// Letters, digits, `-` and `_`; 6 characters at least.
    public static func flaw(in text: String) -> String? { codeFlaw(text, atLeast: 6) }

    /// The stream of the item.
    public var stream: StreamName { StreamName(trusted: "\(ItemEventCoding.category)/\(rawValue)") }
}

/// The code of a unit: a centre, a department, a village's station. Often the organ's unified social credit code, or one
/// of the county's own, as `510725106-minzheng`. 2 to 60 characters.
public struct UnitCode: LogText {
    /// "a unit's code"
    public static let kind = "a unit's code"
    /// 60 bytes
    public static let limit = 60
    /// The text.
    public let rawValue: String
    /// Takes a checked text.
    public init(trusted: String) { rawValue = trusted }
    /// Letters, digits, `-` and `_`.
    public static func flaw(in text: String) -> String? { codeFlaw(text, atLeast: 2) }
}

/// The code of an administrative division (行政区划代码, GB/T 2260 and GB/T 10114): 6 digits for a county, 9 for a
/// township, 12 for a village; a county's is also written with 12.
public struct RegionCode: LogText {
    /// "a region's code"
    public static let kind = "a region's code"
    /// 12 bytes
    public static let limit = 12
    /// The text.
    public let rawValue: String
    /// Takes a checked text.
    public init(trusted: String) { rawValue = trusted }
    /// 6, 9 or 12 digits.
    public static func flaw(in text: String) -> String? {
        let isDigits = text.utf8.allSatisfy { (0x30...0x39).contains($0) }
        return isDigits && [6, 9, 12].contains(text.utf8.count) ? nil : "must have 6, 9 or 12 digits"
    }
}

/// A short name that rules and catalogues use: `review`, `approval-seal`. Lower-case letters, digits and hyphens, at most
/// 60.
public struct ShortName: LogText {
    /// "a short name"
    public static let kind = "a short name"
    /// 60 bytes
    public static let limit = 60
    /// The text.
    public let rawValue: String
    /// Takes a checked text.
    public init(trusted: String) { rawValue = trusted }
    /// Lower-case letters, digits and `-`.
    public static func flaw(in text: String) -> String? {
        let isPlain = text.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte) || byte == 0x2d
        }
        return isPlain ? nil : "may hold only lower-case letters, digits and '-'"
    }
}

/// What somebody is in a unit; powers are bound to it.
public enum OfficerRole: String, Sendable, Hashable, CaseIterable {
    /// Takes in and hands out (窗口人员).
    case window
    /// A village's agent (代办员).
    case agent
    /// Examines (审核人员).
    case reviewer
    /// Decides (审批人员).
    case approver
    /// Keeps the seal (印章保管人).
    case sealKeeper = "seal-keeper"
    /// Heads the centre (中心主任).
    case director
    /// Watches over discipline (监察人员).
    case inspector
    /// Audits (审计人员).
    case auditor
    /// Looks after the system (系统管理员).
    case administrator

    /// For people.
    public var title: LocalizedText {
        switch self {
        case .window: LocalizedText("window officer", "窗口人员")
        case .agent: LocalizedText("village agent", "代办员")
        case .reviewer: LocalizedText("reviewer", "审核人员")
        case .approver: LocalizedText("approver", "审批人员")
        case .sealKeeper: LocalizedText("seal keeper", "印章保管人")
        case .director: LocalizedText("director", "中心主任")
        case .inspector: LocalizedText("inspector", "监察人员")
        case .auditor: LocalizedText("auditor", "审计人员")
        case .administrator: LocalizedText("administrator", "系统管理员")
        }
    }
}
