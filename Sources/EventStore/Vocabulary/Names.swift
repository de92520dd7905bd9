/// A text that the log stores as it is: never empty, bounded, without control characters, because each is one line of
/// what is hashed.
public protocol LogText: RawRepresentable<String>, Hashable, Comparable, Sendable, CustomStringConvertible {
    /// What it is, for error messages.
    static var kind: String { get }
    /// The most bytes of UTF-8 that it may have.
    static var limit: Int { get }
    /// A further rule of this kind of text: nil when it holds, else what is wrong.
    static func flaw(in text: String) -> String?
    /// Takes a text that has been checked, or comes from the log.
    init(trusted: String)
}

/// A text that cannot be stored under its name.
public struct InvalidText: Error, Sendable, CustomStringConvertible {
    /// What was wrong, and of what; the text itself is not repeated.
    public let description: String
}

extension LogText {
    /// Any UTF-8 without control characters will do.
    public static func flaw(in text: String) -> String? { nil }

    /// Checks a text. Throws when it is empty, too long, or holds a control character (Unicode category Cc).
    public init(_ text: String) throws(InvalidText) {
        if let flaw = Self.problem(with: text) { throw InvalidText(description: "\(Self.kind) \(flaw)") }
        self.init(trusted: text)
    }

    /// Checks a text; nil when it will not do.
    public init?(rawValue: String) {
        if Self.problem(with: rawValue) != nil { return nil }
        self.init(trusted: rawValue)
    }

    private static func problem(with text: String) -> String? {
        if text.isEmpty { return "must not be empty" }
        if text.utf8.count > limit { return "must not be longer than \(limit) bytes" }
        var previous: UInt8 = 0
        for byte in text.utf8 {
            // C0 and DEL are single bytes; C1 (U+0080-U+009F) is 0xc2 followed by 0x80-0x9f.
            if byte < 0x20 || byte == 0x7f || previous == 0xc2 && byte < 0xa0 && byte >= 0x80 {
                return "must not hold a control character"
            }
            previous = byte
        }
        return flaw(in: text)
    }

    /// Byte for byte, as PostgreSQL compares them: Swift's own comparison holds texts for equal that are written with
    /// different code points (an accented letter in one code point or in two), and those are two streams.
    public static func == (left: Self, right: Self) -> Bool {
        let (left, right) = (left.rawValue.utf8.span, right.rawValue.utf8.span)
        if left.count != right.count { return false }
        // Names differ at their ends rather than at their beginnings.
        var index = left.count
        while index > 0 {
            index -= 1
            if left[index] != right[index] { return false }
        }
        return true
    }

    /// By bytes, which for UTF-8 is by code points.
    public static func < (left: Self, right: Self) -> Bool {
        left.rawValue.utf8.lexicographicallyPrecedes(right.rawValue.utf8)
    }

    /// The text.
    public var description: String { rawValue }
}

/// Which log: one for each county. Stands first in every key.
public struct LogID: LogText {
    /// "the log's name"
    public static let kind = "the log's name"
    /// 64 bytes
    public static let limit = 64
    /// The text.
    public let rawValue: String
    /// Takes a checked text.
    public init(trusted: String) { rawValue = trusted }
    /// Letters, digits, `.`, `-`, `_`: the name appears in file names and addresses.
    public static func flaw(in text: String) -> String? {
        let plain = text.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
                || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
        }
        return plain ? nil : "may hold only letters, digits, '.', '-' and '_'"
    }
}

/// The name of a stream: a category, a slash, and what it is of, for example `case/0190b2…`.
public struct StreamName: LogText {
    /// "a stream's name"
    public static let kind = "a stream's name"
    /// 200 bytes
    public static let limit = 200
    /// The text.
    public let rawValue: String
    /// Takes a checked text.
    public init(trusted: String) { rawValue = trusted }
    /// A category and an identity, neither of them empty.
    public static func flaw(in text: String) -> String? {
        guard let slash = text.utf8.firstIndex(of: UInt8(ascii: "/")), slash > text.startIndex,
            text.utf8.index(after: slash) < text.endIndex
        else { return "must be a category, a slash and an identity" }
        return nil
    }

    /// What stands before the first slash.
    public var category: String { String(rawValue.prefix { $0 != "/" }) }
}

/// The type of an event with its version, for example `case.received/1`: a literal, never made from a Swift name.
public struct EventType: LogText, ExpressibleByStringLiteral {
    /// "an event's type"
    public static let kind = "an event's type"
    /// 100 bytes
    public static let limit = 100
    /// The text.
    public let rawValue: String
    /// Takes a checked text.
    public init(trusted: String) { rawValue = trusted }
    /// For constants in code.
    public init(stringLiteral value: String) { rawValue = value }
}

/// Who recorded an event: an officer, a system, an import. A code, never a person's name.
public struct Actor: LogText {
    /// "an actor"
    public static let kind = "an actor"
    /// 200 bytes
    public static let limit = 200
    /// The text.
    public let rawValue: String
    /// Takes a checked text.
    public init(trusted: String) { rawValue = trusted }

    /// How the actor of every imported event begins, and of no other: the mark that the database enforces.
    public static let importPrefix = "import:"
    /// Whether this is the mark of an import.
    public var isImport: Bool { rawValue.hasPrefix(Self.importPrefix) }
}
