import EventStore
import TransparencyLog

/// Whom personal data is about, as a pseudonym: 128 bits, written as 32 small hexadecimal digits. It says nothing about the
/// citizen, and after erasure nobody can tell whose it was.
public struct SubjectID: LogText {
    /// "a subject's id"
    public static let kind = "a subject's id"
    /// 32 bytes
    public static let limit = 32
    /// The category of the streams.
    public static let category = "subject"
    /// The text.
    public let rawValue: String
    /// Takes a checked text.
    public init(trusted: String) { rawValue = trusted }

    /// 32 small hexadecimal digits.
    public static func flaw(in text: String) -> String? {
        let isHex = text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
        return isHex && text.utf8.count == 32 ? nil : "must have 32 digits from 0 to 9 and a to f"
    }

    /// A new one.
    public init(_ random: VaultRandom) { rawValue = Self.hex(random.bytes(16)) }

    /// One that is the same whenever it is made of the same names, so that a command that is repeated means the same
    /// subject: the first 128 bits of SHA-256 over the names, each preceded by its length. The names must not be personal
    /// data: `["case", "guanyi", "2026-000123"]`.
    public init(nameBased names: [String]) {
        let text = names.flatMap { Array("\($0.utf8.count):\($0)".utf8) }
        rawValue = Self.hex(Digest.sha256(Array("caseflow-subject/v1\n".utf8) + text).bytes.prefix(16))
    }

    /// From what people write: the id, or the name of its stream.
    public init?(written text: String) {
        let prefix = "\(Self.category)/"
        self.init(rawValue: String(text.hasPrefix(prefix) ? text.dropFirst(prefix.count) : text[...]).lowercased())
    }

    /// The stream in which looks and the erasure are recorded.
    public var stream: StreamName { StreamName(trusted: "\(Self.category)/\(rawValue)") }

    static func hex(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}

/// Personal data as it may stand in an event: whose it is, and a box that only the vault opens. Once the subject's key is
/// erased nobody opens it, and the event is as valid as before.
public struct SealedPerson: Sendable, Hashable {
    /// Whose data it is.
    public var subject: SubjectID
    /// The box: base64 (RFC 4648, section 4) of a version byte, nonce, ciphertext and tag; see decision 17.
    public var box: String

    /// A box from the vault or the log.
    public init(subject: SubjectID, box: String) { (self.subject, self.box) = (subject, box) }
}

extension SealedPerson: CustomStringConvertible, CustomDebugStringConvertible {
    /// The subject; the box says nothing to anybody.
    public var description: String { "subject \(subject)" }
    /// The same.
    public var debugDescription: String { description }
}

extension SealedPerson {
    /// From a member of an event's data, `{"subject":"…","box":"…"}`; nil for anything else.
    init?(_ json: StoredJSON?) {
        guard let subject = json?["subject"]?.string.flatMap(SubjectID.init(rawValue:)), let box = json?["box"]?.string
        else { return nil }
        self.init(subject: subject, box: box)
    }

    /// As it stands in an event's data.
    var stored: [UInt8] {
        var json = StoredJSONWriter()
        json.member("subject", subject.rawValue)
        json.member("box", box)
        return json.finish()
    }

    /// All that stand in an event's data, whatever the event is, in the order of their members' names.
    static func all(in json: StoredJSON) -> [SealedPerson] {
        if let person = SealedPerson(json) { return [person] }
        switch json {
        case .object(let members): return members.sorted { $0.key < $1.key }.flatMap { all(in: $0.value) }
        case .array(let elements): return elements.flatMap(all)
        default: return []
        }
    }
}

extension StoredJSONWriter {
    /// A member that holds a sealed person; none for nil.
    mutating func member(_ key: StaticString, _ person: SealedPerson?) {
        if let person { member(key, json: person.stored) }
    }
}
