/// What an XML document is made of, as far as an exchange format of elements and attributes needs it.
enum XMLToken: Equatable {
    /// A start tag or an empty element's tag; `line` is that of its `<`.
    case start(name: String, attributes: [XMLAttribute], isEmpty: Bool, line: Int)
    case end
    /// Text that is not only white space.
    case text(line: Int)
}

struct XMLAttribute: Equatable {
    var name: String
    var value: String
}

/// A pull scanner for well-formed XML 1.0 (fifth edition) in UTF-8, in constant memory.
///
/// Own code and not FoundationXML's `XMLParser`: that one, on Linux, traps the whole process on a comment or a name
/// with invalid UTF-8, does not report declarations in a DTD (so that an attribute default can multiply a file's size),
/// and answers a value above 10 MB with "internal error".
///
/// What it accepts: elements, attributes, the five predefined entities, character references, comments, processing
/// instructions, CDATA, and a document type declaration without an internal subset, whose external part is never
/// fetched. What it refuses: an internal subset, any other entity, more than 256 nested elements, and one tag, comment
/// or section larger than `maximumTokenSize`.
struct XMLScanner {
    private let refill: () throws -> [UInt8]
    private let maximumTokenSize: Int

    /// Bytes not yet scanned, from `cursor`; the token under way begins at `cursor`.
    var window: [UInt8] = []
    var cursor = 0
    /// The line of `cursor`, from 1, and the column of `cursor`, from 1.
    private(set) var line = 1
    private(set) var column = 1
    var openNames: [String] = []
    var hasRoot = false
    private var pendingEnd = false
    var isAtEnd = false

    static var maximumDepth: Int { 256 }

    /// - Parameter refill: gives the following bytes, empty at the end.
    init(maximumTokenSize: Int, refill: @escaping () throws -> [UInt8]) {
        self.maximumTokenSize = maximumTokenSize
        self.refill = refill
    }

    // MARK: - Tokens

    /// The next token; `nil` at the end of a complete document.
    mutating func next() throws -> XMLToken? {
        if pendingEnd {
            pendingEnd = false
            openNames.removeLast()
            return .end
        }
        while true {
            if let text = try skipText() { return text }
            guard try has(2) else {
                if cursor < window.count { throw truncated("a tag") }
                if !openNames.isEmpty { throw truncated("<\(openNames[openNames.count - 1])>") }
                if !hasRoot { throw fault(at: cursor, .notWellFormed, "there is no element in it", "give an XML file") }
                return nil
            }
            switch window[cursor + 1] {
            case Ascii.slash: return try endTag()
            case Ascii.question:
                try skip(opening: 2, closing: [Ascii.question, Ascii.greater], "a processing instruction")
            case Ascii.exclamation: try skipDeclaration()
            default: return try startTag()
            }
        }
    }

    private mutating func startTag() throws -> XMLToken {
        let end = try endOfTag()
        if hasRoot, openNames.isEmpty {
            throw fault(at: cursor, .notWellFormed, "there is a second root element", "keep one document in a file")
        }
        let startLine = line
        var parser = XMLTagParser(bytes: window, from: cursor + 1, to: end - 1)
        let tag: (name: String, attributes: [XMLAttribute], isEmpty: Bool)
        do {
            tag = try parser.parse()
        } catch {
            throw fault(at: error.offset, error.reason, error.what, error.mend)
        }
        if openNames.count >= Self.maximumDepth {
            throw fault(
                at: cursor,
                .tooLarge,
                "more than \(Self.maximumDepth) elements are nested",
                "flatten the attributes"
            )
        }
        hasRoot = true
        openNames.append(tag.name)
        pendingEnd = tag.isEmpty
        advance(to: end)
        return .start(name: tag.name, attributes: tag.attributes, isEmpty: tag.isEmpty, line: startLine)
    }

    private mutating func endTag() throws -> XMLToken {
        let end = try endOfTag()
        var nameEnd = end - 1
        while nameEnd > cursor + 2, Ascii.isSpace(window[nameEnd - 1]) { nameEnd -= 1 }
        let bytes = window[(cursor + 2)..<nameEnd]
        guard let open = openNames.last else {
            throw fault(at: cursor, .notWellFormed, "an end tag has no start tag", "remove it")
        }
        if !open.utf8.elementsEqual(bytes) {
            let name = String(decoding: bytes.prefix(60), as: UTF8.self)
            throw fault(
                at: cursor,
                .notWellFormed,
                "</\(name)> stands where </\(open)> is due",
                "close the elements in order"
            )
        }
        openNames.removeLast()
        advance(to: end)
        return .end
    }

    /// The offset behind the `>` of the tag at the cursor; a `>` between quotes does not count.
    private mutating func endOfTag() throws -> Int {
        var offset = 1
        var quote: UInt8 = 0
        while true {
            let bytes = window
            var i = cursor + offset
            while i < bytes.count {
                let byte = bytes[i]
                i += 1
                if byte == quote {
                    quote = 0
                } else if byte == Ascii.less {
                    throw fault(at: i - 1, .notWellFormed, "a < stands inside a tag", "write &lt;, or close the tag")
                } else if quote != 0 {
                    continue
                } else if byte == Ascii.greater {
                    return i
                } else if byte == Ascii.quote || byte == Ascii.apostrophe {
                    quote = byte
                }
            }
            offset = i - cursor
            if try !more(keeping: offset) { throw truncated("a tag") }
        }
    }

    // MARK: - The window

    /// Whether `count` bytes stand at the cursor, after reading on if need be.
    mutating func has(_ count: Int) throws -> Bool {
        while window.count - cursor < count {
            if try !more(keeping: window.count - cursor) { return false }
        }
        return true
    }

    /// Reads on; what lies before the cursor is dropped.
    mutating func more(keeping size: Int) throws -> Bool {
        if isAtEnd { return false }
        if size > maximumTokenSize {
            throw fault(
                at: cursor,
                .tooLarge,
                "one tag, text or comment is larger than \(maximumTokenSize) bytes",
                "shorten the value, or raise maximumTokenSize"
            )
        }
        let bytes = try refill()
        if bytes.isEmpty {
            isAtEnd = true
            return false
        }
        if cursor >= window.count {
            window = bytes
        } else {
            window.removeSubrange(0..<cursor)
            window.append(contentsOf: bytes)
        }
        cursor = 0
        return true
    }

    mutating func advance(to offset: Int) {
        (line, column) = position(of: offset)
        cursor = offset
    }

    /// The line and column of an offset at or behind the cursor.
    private func position(of offset: Int) -> (line: Int, column: Int) {
        var line = line
        var column = column
        for i in cursor..<min(offset, window.count) {
            let byte = window[i]
            if byte == Ascii.newline {
                line += 1
                column = 1
            } else if byte & 0b1100_0000 != 0b1000_0000 {
                column += 1
            }
        }
        return (line, column)
    }

    /// The line and column behind the last byte read.
    var endOfWindow: (line: Int?, column: Int?) {
        let place = position(of: window.count)
        return (place.line, place.column)
    }

    // MARK: - Faults

    func fault(
        at offset: Int,
        _ reason: InterchangeError.Reason,
        _ what: String,
        _ mend: String
    ) -> InterchangeError {
        let place = position(of: offset)
        return InterchangeError(reason, line: place.line, column: place.column, what: what, mend: mend)
    }

    func truncated(_ part: String) -> InterchangeError {
        let place = position(of: window.count)
        return InterchangeError(
            .truncated,
            line: place.line,
            column: place.column,
            what: "the file ends inside \(part), which began at or before line \(line)",
            mend: "fetch the whole file again; what lay before has been read"
        )
    }
}
