/// A fault at an offset of a window; the scanner turns the offset into a line and a column.
struct XMLFault: Error {
    var offset: Int
    var reason = InterchangeError.Reason.notWellFormed
    var what: String
    var mend: String
}

/// The characters of XML 1.0, production 2, and names, production 4 and 5.
enum XMLCharacters {
    /// Whether the scalar may stand in an XML 1.0 document.
    static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0a, 0x0d, 0x20...0xd7ff, 0xe000...0xfffd, 0x10000...0x10ffff: true
        default: false
        }
    }

    static func isNameStart(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x3a, 0x41...0x5a, 0x5f, 0x61...0x7a, 0xc0...0xd6, 0xd8...0xf6, 0xf8...0x2ff, 0x370...0x37d,
            0x37f...0x1fff, 0x200c...0x200d, 0x2070...0x218f, 0x2c00...0x2fef, 0x3001...0xd7ff, 0xf900...0xfdcf,
            0xfdf0...0xfffd, 0x10000...0xeffff:
            true
        default: false
        }
    }

    static func isNamePart(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x2d, 0x2e, 0x30...0x39, 0xb7, 0x300...0x36f, 0x203f...0x2040: true
        default: isNameStart(scalar)
        }
    }

    /// Whether the text is an `xs:Name` (XML 1.0, production 5).
    static func isName(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first, isNameStart(first) else { return false }
        return text.unicodeScalars.dropFirst().allSatisfy(isNamePart)
    }

    /// Checks that the bytes are UTF-8 and allowed characters.
    static func check(_ bytes: [UInt8], _ range: Range<Int>) throws(XMLFault) {
        var decoder = XMLTextDecoder(bytes: bytes)
        _ = try decoder.text(range)
    }
}

/// Turns bytes of a document into text.
struct XMLTextDecoder {
    let bytes: [UInt8]

    /// The text of plain bytes: valid UTF-8, allowed characters, no reference resolved.
    mutating func text(_ range: Range<Int>) throws(XMLFault) -> String {
        var mayHoldNoncharacter = false
        for i in range {
            let byte = bytes[i]
            if byte < 0x20, !Ascii.isSpace(byte) { throw Self.forbidden(UInt32(byte), at: i) }
            if byte == 0xef { mayHoldNoncharacter = true }
        }
        let text: String
        do {
            text = String(copying: try UTF8Span(validating: bytes.span.extracting(range)))
        } catch {
            throw XMLFault(
                offset: range.lowerBound + error.byteOffsets.lowerBound,
                reason: .encoding,
                what: "a byte is not valid UTF-8",
                mend: "save the file as UTF-8, or name its encoding in the XML declaration"
            )
        }
        if mayHoldNoncharacter, let bad = text.unicodeScalars.first(where: { !XMLCharacters.isAllowed($0) }) {
            throw Self.forbidden(bad.value, at: range.lowerBound)
        }
        return text
    }

    /// The text with its references resolved; white space becomes spaces as in an attribute value (XML 1.0, 3.3.3).
    mutating func decode(_ range: Range<Int>) throws(XMLFault) -> String {
        var isPlain = true
        for i in range {
            let byte = bytes[i]
            if byte == Ascii.ampersand || byte < 0x20 {
                isPlain = false
                break
            }
        }
        if isPlain { return try text(range) }
        var result = ""
        var start = range.lowerBound
        var i = start
        while i < range.upperBound {
            let byte = bytes[i]
            if byte == Ascii.ampersand {
                result += try text(start..<i)
                result.unicodeScalars.append(try reference(at: &i, end: range.upperBound))
                start = i
            } else if byte == Ascii.tab || byte == Ascii.newline || byte == Ascii.carriageReturn {
                result += try text(start..<i)
                // A line end of two characters is one (2.11), hence one space.
                if byte != Ascii.newline || i == range.lowerBound || bytes[i - 1] != Ascii.carriageReturn {
                    result += " "
                }
                i += 1
                start = i
            } else {
                i += 1
            }
        }
        result += try text(start..<range.upperBound)
        return result
    }

    private func reference(at position: inout Int, end: Int) throws(XMLFault) -> Unicode.Scalar {
        let start = position
        var stop = start + 1
        while stop < min(end, start + 64), bytes[stop] != Ascii.semicolon { stop += 1 }
        let name = String(decoding: bytes[(start + 1)..<min(stop, end)], as: UTF8.self)
        guard stop < end, bytes[stop] == Ascii.semicolon else {
            throw XMLFault(offset: start, what: "an & begins no reference", mend: "write &amp; for the character &")
        }
        position = stop + 1
        switch name {
        case "amp": return "&"
        case "lt": return "<"
        case "gt": return ">"
        case "quot": return "\""
        case "apos": return "'"
        default: break
        }
        guard name.hasPrefix("#") else {
            throw XMLFault(
                offset: start,
                reason: .entityRefused,
                what: "&\(name); is none of the five entities of XML, and no other is resolved",
                mend: "write the character itself"
            )
        }
        let digits = name.dropFirst()
        let number = digits.hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
        guard let number, !digits.contains("+"), let scalar = Unicode.Scalar(number) else {
            throw XMLFault(offset: start, what: "&\(name); is no character", mend: "write the character itself")
        }
        if !XMLCharacters.isAllowed(scalar) { throw Self.forbidden(scalar.value, at: start) }
        return scalar
    }

    private static func forbidden(_ value: UInt32, at offset: Int) -> XMLFault {
        let name = value == 0 ? "a NUL (U+0000)" : "the character U+\(hexadecimal(value))"
        return XMLFault(
            offset: offset,
            what: "\(name) is not allowed in XML 1.0",
            mend: "remove it where the file is made"
        )
    }

    private static func hexadecimal(_ value: UInt32) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
