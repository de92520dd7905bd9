/// What carries no data: text, comments, processing instructions, sections and the document type.
extension XMLScanner {
    /// Skips text up to the next `<` or the end.
    mutating func skipText() throws -> XMLToken? {
        while true {
            let bytes = window
            var i = cursor
            while i < bytes.count, Ascii.isSpace(bytes[i]) { i += 1 }
            advance(to: i)
            if i < bytes.count {
                if bytes[i] == Ascii.less { return nil }
                return try skipSolidText()
            }
            if try !more(keeping: 0) { return nil }
        }
    }

    private mutating func skipSolidText() throws -> XMLToken {
        if openNames.isEmpty {
            throw fault(
                at: cursor,
                .notWellFormed,
                hasRoot ? "text follows the document" : "it does not begin with an element",
                "give an XML file"
            )
        }
        let startLine = line
        var offset = 0
        while true {
            let bytes = window
            var i = cursor + offset
            while i < bytes.count, bytes[i] != Ascii.less { i += 1 }
            offset = i - cursor
            if i < bytes.count { break }
            if try !more(keeping: offset) { throw truncated("text") }
        }
        do {
            var decoder = XMLTextDecoder(bytes: window)
            _ = try decoder.decode(cursor..<(cursor + offset))
        } catch {
            throw fault(at: error.offset, error.reason, error.what, error.mend)
        }
        advance(to: cursor + offset)
        return .text(line: startLine)
    }

    mutating func skipDeclaration() throws {
        _ = try has(9)
        let head = window[cursor...].prefix(9)
        if head.starts(with: "<!--".utf8) {
            try skip(opening: 4, closing: Array("-->".utf8), "a comment")
        } else if head.starts(with: "<![CDATA[".utf8), !openNames.isEmpty {
            try skip(opening: 9, closing: Array("]]>".utf8), "a CDATA section")
        } else if head.starts(with: "<!DOCTYPE".utf8), !hasRoot {
            try skipDocumentType()
        } else if isAtEnd, head.count < 9 {
            throw truncated("a declaration")
        } else {
            throw fault(at: cursor, .notWellFormed, "<! begins nothing that may stand here", "remove it")
        }
    }

    private mutating func skipDocumentType() throws {
        var offset = 9
        while true {
            while cursor + offset < window.count {
                let byte = window[cursor + offset]
                if byte == Ascii.bracket {
                    throw fault(
                        at: cursor + offset,
                        .entityRefused,
                        "the document type declaration has an internal subset, which can declare entities that expand without bound",
                        "remove the <!DOCTYPE ...> declaration; an XES log needs none"
                    )
                }
                offset += 1
                if byte == Ascii.greater {
                    advance(to: cursor + offset)
                    return
                }
            }
            if try !more(keeping: offset) { throw truncated("<!DOCTYPE") }
        }
    }

    /// Skips from the cursor to behind `closing`, and checks that the bytes are characters of XML.
    mutating func skip(opening: Int, closing: [UInt8], _ part: String) throws {
        var offset = opening
        let last = closing[closing.count - 1]
        while true {
            let bytes = window
            var i = cursor + offset
            while i < bytes.count {
                if bytes[i] == last, i - cursor >= opening + closing.count - 1,
                    bytes[(i + 1 - closing.count)...i].elementsEqual(closing)
                {
                    do {
                        try XMLCharacters.check(bytes, cursor..<(i + 1))
                    } catch {
                        throw fault(at: error.offset, error.reason, error.what, error.mend)
                    }
                    advance(to: i + 1)
                    return
                }
                i += 1
            }
            offset = i - cursor
            if try !more(keeping: offset) { throw truncated(part) }
        }
    }
}
