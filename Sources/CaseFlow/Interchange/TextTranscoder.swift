import Foundation

/// Turns a stream of bytes in the encoding they are in into UTF-8.
///
/// UTF-8 passes as it is (its validity is checked where it is read). A byte order mark decides, then the XML
/// declaration (XML 1.0, 4.3.3 and appendix F); without either it is UTF-8.
struct TextTranscoder {
    private enum Scheme {
        case undecided
        case utf8
        case utf16(String.Encoding)
        /// An encoding in which the byte of `<` and of a line feed stands for nothing else, so that it may be cut there.
        case cuttable(String.Encoding, name: String)
    }

    /// Where the name of the encoding comes from.
    enum Declaration {
        case xml
        /// A name given by the user; `nil` for UTF-8 unless a byte order mark says other.
        case named(String?)
    }

    private let refill: () throws -> [UInt8]
    private let declaration: Declaration
    private var scheme = Scheme.undecided
    private var pending: [UInt8] = []
    /// The end of the bytes, to be thrown behind those that came before it.
    private var failure: (any Error)?

    init(_ declaration: Declaration, refill: @escaping () throws -> [UInt8]) {
        self.declaration = declaration
        self.refill = refill
    }

    /// The encodings understood, besides UTF-8 and UTF-16, by their IANA names in lower case.
    private static let known: [String: String.Encoding] = [
        "iso-8859-1": .isoLatin1, "latin1": .isoLatin1, "windows-1252": .windowsCP1252, "iso-8859-2": .isoLatin2,
        "gb18030": String.Encoding(rawValue: 0x8000_0632), "gbk": String.Encoding(rawValue: 0x8000_0632),
        "gb2312": String.Encoding(rawValue: 0x8000_0632),
    ]

    /// The next bytes in UTF-8; empty at the end.
    mutating func next() throws -> [UInt8] {
        if case .undecided = scheme {
            let first = gatherHead()
            if first.isEmpty { return try end() }
            scheme = try decide(first)
            switch scheme {
            case .utf8: return first.starts(with: [0xef, 0xbb, 0xbf]) ? try withoutMark(first) : first
            case .utf16: pending = Array(first.dropFirst(2))
            default: pending = first
            }
        }
        switch scheme {
        case .undecided, .utf8:
            let bytes = fetch()
            return bytes.isEmpty ? try end() : bytes
        case .utf16(let encoding): return try nextPiece(encoding, name: "UTF-16") { Self.cutUTF16($0, encoding) }
        case .cuttable(let encoding, let name):
            return try nextPiece(encoding, name: name) { bytes in
                bytes.lastIndex { $0 == Ascii.less || $0 == Ascii.newline } ?? 0
            }
        }
    }

    private mutating func withoutMark(_ first: [UInt8]) throws -> [UInt8] {
        let rest = first.count == 3 ? fetch() : Array(first.dropFirst(3))
        return rest.isEmpty ? try end() : rest
    }

    /// What the end is: nothing, or the failure.
    private func end() throws -> [UInt8] {
        if let failure { throw failure }
        return []
    }

    /// The next bytes; a failure is kept until all bytes before it are delivered, and looks like the end until then.
    private mutating func fetch() -> [UInt8] {
        if failure != nil { return [] }
        do {
            return try refill()
        } catch {
            failure = error
            return []
        }
    }

    /// At least the bytes that decide, unless the file is shorter.
    private mutating func gatherHead() -> [UInt8] {
        var head: [UInt8] = []
        while head.count < 256 {
            let bytes = fetch()
            if bytes.isEmpty { break }
            head += bytes
        }
        return head
    }

    private func decide(_ head: [UInt8]) throws(InterchangeError) -> Scheme {
        if head.starts(with: [0xef, 0xbb, 0xbf]) { return .utf8 }
        if head.starts(with: [0xff, 0xfe]) { return .utf16(.utf16LittleEndian) }
        if head.starts(with: [0xfe, 0xff]) { return .utf16(.utf16BigEndian) }
        let name: String?
        switch declaration {
        case .xml: name = Self.declaredEncoding(head)
        case .named(let given): name = given
        }
        guard let name else { return .utf8 }
        return try Self.scheme(name)
    }

    /// Throws when an encoding is not understood.
    static func check(_ name: String) throws(InterchangeError) { _ = try scheme(name) }

    private static func scheme(_ name: String) throws(InterchangeError) -> Scheme {
        let lower = name.lowercased()
        if lower == "utf-8" || lower == "utf8" || lower == "us-ascii" || lower == "ascii" { return .utf8 }
        if let encoding = known[lower] { return .cuttable(encoding, name: name) }
        throw InterchangeError(
            .encoding,
            line: 1,
            what: "the encoding \(name) is not understood",
            mend: "convert the file first, for example with: iconv -f \(name) -t UTF-8"
        )
    }

    /// The name in `encoding="..."` of the XML declaration.
    private static func declaredEncoding(_ head: [UInt8]) -> String? {
        guard head.starts(with: "<?xml".utf8), let end = head.firstIndex(of: Ascii.greater) else { return nil }
        let text = String(decoding: head[..<end], as: UTF8.self)
        guard let key = text.firstRange(of: "encoding") else { return nil }
        let rest = text[key.upperBound...].drop { $0 == "=" || $0.isWhitespace }
        guard let quote = rest.first, quote == "\"" || quote == "'" else { return nil }
        return String(rest.dropFirst().prefix { $0 != quote })
    }

    private mutating func nextPiece(
        _ encoding: String.Encoding,
        name: String,
        cut: ([UInt8]) -> Int
    ) throws -> [UInt8] {
        while true {
            let bytes = fetch()
            pending += bytes
            // Behind a failure the last character may be cut in two: what cannot be parted safely is given up.
            let size = bytes.isEmpty && failure == nil ? pending.count : cut(pending)
            if size == 0 {
                if bytes.isEmpty { return try end() }
                continue
            }
            guard let text = String(bytes: pending[..<size], encoding: encoding) else {
                throw InterchangeError(
                    .encoding,
                    what: "some bytes behind this place are not valid in \(name)",
                    mend: "check in which encoding the file was saved"
                )
            }
            pending.removeSubrange(..<size)
            return Array(text.utf8)
        }
    }

    /// The largest even count that does not part a surrogate pair.
    private static func cutUTF16(_ bytes: [UInt8], _ encoding: String.Encoding) -> Int {
        let end = bytes.count & ~1
        guard end >= 2 else { return 0 }
        let high = encoding == .utf16LittleEndian ? bytes[end - 1] : bytes[end - 2]
        return (0xd8...0xdb).contains(high) ? end - 2 : end
    }
}
