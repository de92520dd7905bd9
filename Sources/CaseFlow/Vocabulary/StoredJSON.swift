/// Writes the JSON of events: members in the order in which they are added, no white space, so that the same event
/// always gives the same bytes (RFC 8259).
struct StoredJSONWriter {
    private(set) var bytes: [UInt8] = [UInt8(ascii: "{")]
    private var isFirst = true

    /// The finished object.
    consuming func finish() -> [UInt8] {
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    mutating func member(_ key: StaticString, _ value: String?) {
        guard let value else { return }
        name(key)
        Self.append(value, to: &bytes)
    }

    mutating func member(_ key: StaticString, _ value: Int) {
        name(key)
        bytes.append(contentsOf: String(value).utf8)
    }

    /// A member whose value is JSON text already.
    mutating func member(_ key: StaticString, json: [UInt8]) {
        name(key)
        bytes.append(contentsOf: json)
    }

    /// A member whose name is data, too.
    mutating func member(named key: String, _ value: String) {
        begin(key)
        Self.append(value, to: &bytes)
    }

    private mutating func name(_ key: StaticString) { begin(key.description) }

    private mutating func begin(_ key: String) {
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        isFirst = false
        Self.append(key, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
    }

    /// Appends a JSON string. Control characters, quotes and backslashes are escaped; everything else stands as it is.
    static func append(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0..<0x20:
                bytes.append(contentsOf: "\\u00".utf8)
                let hex = Array("0123456789abcdef".utf8)
                bytes.append(hex[Int(byte >> 4)])
                bytes.append(hex[Int(byte & 15)])
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

/// A JSON value read back from an event. Numbers keep their text.
enum StoredJSON: Sendable, Hashable {
    case string(String)
    case number(String)
    case bool(Bool)
    case null
    case array([StoredJSON])
    case object([String: StoredJSON])

    /// JSON that is not JSON, and where.
    struct Malformed: Error, CustomStringConvertible {
        let offset: Int
        var description: String { "the JSON is malformed at byte \(offset)" }
    }

    /// Reads one value; nothing may follow it.
    init(_ bytes: [UInt8]) throws(Malformed) {
        var reader = Reader(bytes: bytes)
        self = try reader.value(depth: 0)
        reader.skipSpace()
        guard reader.offset == bytes.count else { throw Malformed(offset: reader.offset) }
    }

    /// The same for a document that somebody wrote by hand: also a member that stands twice in one object, where only the
    /// last would count. Nil where none does.
    static func written(_ bytes: [UInt8]) throws(Malformed) -> (value: StoredJSON, repeated: String?) {
        var reader = Reader(bytes: bytes)
        let value = try reader.value(depth: 0)
        reader.skipSpace()
        guard reader.offset == bytes.count else { throw Malformed(offset: reader.offset) }
        return (value, reader.repeated)
    }

    subscript(key: String) -> StoredJSON? {
        guard case .object(let members) = self else { return nil }
        return members[key]
    }

    var string: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    var int: Int? {
        guard case .number(let text) = self else { return nil }
        return Int(text)
    }

    var array: [StoredJSON]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }

    private struct Reader {
        let bytes: [UInt8]
        var offset = 0
        /// The first member that stood twice.
        var repeated: String?

        mutating func skipSpace() {
            while offset < bytes.count, [0x20, 0x09, 0x0a, 0x0d].contains(bytes[offset]) { offset += 1 }
        }

        private mutating func take(_ byte: UInt8) throws(Malformed) {
            guard offset < bytes.count, bytes[offset] == byte else { throw Malformed(offset: offset) }
            offset += 1
        }

        private var peek: UInt8? { offset < bytes.count ? bytes[offset] : nil }

        mutating func value(depth: Int) throws(Malformed) -> StoredJSON {
            guard depth < 300 else { throw Malformed(offset: offset) }
            skipSpace()
            switch peek {
            case UInt8(ascii: "\""): return .string(try string())
            case UInt8(ascii: "{"): return try object(depth)
            case UInt8(ascii: "["): return try array(depth)
            case UInt8(ascii: "t"): return try word("true", .bool(true))
            case UInt8(ascii: "f"): return try word("false", .bool(false))
            case UInt8(ascii: "n"): return try word("null", .null)
            case .some(0x2d), .some(0x30...0x39): return try number()
            default: throw Malformed(offset: offset)
            }
        }

        private mutating func word(_ text: StaticString, _ value: StoredJSON) throws(Malformed) -> StoredJSON {
            for byte in text.description.utf8 { try take(byte) }
            return value
        }

        private mutating func number() throws(Malformed) -> StoredJSON {
            let start = offset
            if peek == UInt8(ascii: "-") { offset += 1 }
            let isZero = peek == UInt8(ascii: "0")
            let first = offset
            try digits()
            if isZero, offset > first + 1 { throw Malformed(offset: first) }
            if peek == UInt8(ascii: ".") {
                offset += 1
                try digits()
            }
            if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
                offset += 1
                if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { offset += 1 }
                try digits()
            }
            return .number(String(decoding: bytes[start..<offset], as: UTF8.self))
        }

        /// At least one digit.
        private mutating func digits() throws(Malformed) {
            let start = offset
            while let byte = peek, (0x30...0x39).contains(byte) { offset += 1 }
            if offset == start { throw Malformed(offset: offset) }
        }

        private mutating func array(_ depth: Int) throws(Malformed) -> StoredJSON {
            try take(UInt8(ascii: "["))
            var elements: [StoredJSON] = []
            skipSpace()
            if peek == UInt8(ascii: "]") {
                offset += 1
                return .array([])
            }
            while true {
                elements.append(try value(depth: depth + 1))
                skipSpace()
                if peek == UInt8(ascii: ",") {
                    offset += 1
                    continue
                }
                try take(UInt8(ascii: "]"))
                return .array(elements)
            }
        }

        private mutating func object(_ depth: Int) throws(Malformed) -> StoredJSON {
            try take(UInt8(ascii: "{"))
            var members: [String: StoredJSON] = [:]
            skipSpace()
            if peek == UInt8(ascii: "}") {
                offset += 1
                return .object([:])
            }
            while true {
                skipSpace()
                let key = try string()
                skipSpace()
                try take(UInt8(ascii: ":"))
                if members.updateValue(try value(depth: depth + 1), forKey: key) != nil { repeated = repeated ?? key }
                skipSpace()
                if peek == UInt8(ascii: ",") {
                    offset += 1
                    continue
                }
                try take(UInt8(ascii: "}"))
                return .object(members)
            }
        }

        private mutating func string() throws(Malformed) -> String {
            try take(UInt8(ascii: "\""))
            let start = offset
            while let byte = peek, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") { offset += 1 }
            if peek == UInt8(ascii: "\"") {
                defer { offset += 1 }
                return String(decoding: bytes[start..<offset], as: UTF8.self)
            }
            var text = Array(bytes[start..<offset])
            while let byte = peek, byte != UInt8(ascii: "\"") {
                offset += 1
                if byte == UInt8(ascii: "\\") { try escape(into: &text) } else { text.append(byte) }
            }
            try take(UInt8(ascii: "\""))
            return String(decoding: text, as: UTF8.self)
        }

        private mutating func escape(into text: inout [UInt8]) throws(Malformed) {
            guard let byte = peek else { throw Malformed(offset: offset) }
            offset += 1
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
            case UInt8(ascii: "b"): text.append(0x08)
            case UInt8(ascii: "f"): text.append(0x0c)
            case UInt8(ascii: "n"): text.append(0x0a)
            case UInt8(ascii: "r"): text.append(0x0d)
            case UInt8(ascii: "t"): text.append(0x09)
            case UInt8(ascii: "u"):
                var code = try hex()
                if (0xd800..<0xdc00).contains(code) {
                    try take(UInt8(ascii: "\\"))
                    try take(UInt8(ascii: "u"))
                    let low = try hex()
                    guard (0xdc00..<0xe000).contains(low) else { throw Malformed(offset: offset) }
                    code = 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00)
                }
                guard let scalar = Unicode.Scalar(code) else { throw Malformed(offset: offset) }
                text.append(contentsOf: String(Character(scalar)).utf8)
            default: throw Malformed(offset: offset)
            }
        }

        private mutating func hex() throws(Malformed) -> UInt32 {
            guard offset + 4 <= bytes.count else { throw Malformed(offset: offset) }
            var code: UInt32 = 0
            for byte in bytes[offset..<(offset + 4)] {
                switch byte {
                case 0x30...0x39: code = code << 4 | UInt32(byte - 0x30)
                case 0x41...0x46, 0x61...0x66: code = code << 4 | UInt32(byte & 0xdf - 0x37)
                default: throw Malformed(offset: offset)
                }
            }
            offset += 4
            return code
        }
    }
}
