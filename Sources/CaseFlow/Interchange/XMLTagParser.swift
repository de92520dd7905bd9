/// Parses one start tag.
struct XMLTagParser {
    private var decoder: XMLTextDecoder
    private var position: Int
    private let end: Int

    /// - Parameters:
    ///   - start: the offset behind `<`.
    ///   - end: the offset of `>`.
    init(bytes: [UInt8], from start: Int, to end: Int) {
        decoder = XMLTextDecoder(bytes: bytes)
        position = start
        self.end = end
    }

    mutating func parse() throws(XMLFault) -> (name: String, attributes: [XMLAttribute], isEmpty: Bool) {
        let name = try self.name()
        var attributes: [XMLAttribute] = []
        while true {
            let before = position
            skipSpace()
            if position == end { return (name, attributes, false) }
            if decoder.bytes[position] == Ascii.slash, position + 1 == end { return (name, attributes, true) }
            if position == before {
                throw XMLFault(offset: position, what: "there is no space before an attribute", mend: "put one there")
            }
            let start = position
            let attributeName = try self.name()
            if attributes.contains(where: { $0.name == attributeName }) {
                throw XMLFault(
                    offset: start,
                    what: "the XML attribute \(attributeName) stands twice in one tag",
                    mend: "keep one of the two"
                )
            }
            if attributes.isEmpty { attributes.reserveCapacity(2) }
            attributes.append(XMLAttribute(name: attributeName, value: try value()))
        }
    }

    private mutating func skipSpace() {
        while position < end, Ascii.isSpace(decoder.bytes[position]) { position += 1 }
    }

    private mutating func name() throws(XMLFault) -> String {
        let start = position
        var isPlain = true
        while position < end {
            let byte = decoder.bytes[position]
            if Ascii.isSpace(byte) || byte == Ascii.equals || byte == Ascii.slash { break }
            if byte | 0x20 < 0x61 || byte | 0x20 > 0x7a { isPlain = false }
            position += 1
        }
        let text = try decoder.text(start..<position)
        if !(isPlain && !text.isEmpty), !XMLCharacters.isName(text) {
            throw XMLFault(offset: start, what: "a name is missing or not a name of XML", mend: "write &lt; for <")
        }
        return text
    }

    private mutating func value() throws(XMLFault) -> String {
        skipSpace()
        guard position < end, decoder.bytes[position] == Ascii.equals else {
            throw XMLFault(offset: position, what: "an XML attribute has no value", mend: "write name=\"value\"")
        }
        position += 1
        skipSpace()
        guard position < end, decoder.bytes[position] == Ascii.quote || decoder.bytes[position] == Ascii.apostrophe
        else {
            throw XMLFault(offset: position, what: "a value is not in quotes", mend: "write name=\"value\"")
        }
        let quote = decoder.bytes[position]
        let start = position + 1
        position = start
        while position < end, decoder.bytes[position] != quote { position += 1 }
        defer { position += 1 }
        return try decoder.decode(start..<min(position, end))
    }
}
