/// A pull scanner for the rows of RFC 4180 in UTF-8, in constant memory.
struct CSVScanner {
    /// What stands in one row.
    enum Record {
        case row(CSVRow, size: Int)
        case problem(InterchangeProblem)
    }

    private enum Place {
        case fieldStart, plain, quoted, quoteInQuoted
    }

    private enum Ending {
        case row, unclosed, tooLong
    }

    private let refill: () throws -> [UInt8]
    private let maximumRowSize: Int
    private(set) var delimiter: UInt8?
    private var window: [UInt8]
    private var cursor = 0
    private var isAtEnd = false
    private var unclosedQuotes = 0
    /// The line of the cursor, from 1.
    private(set) var line = 1

    // Of the row under way, relative to the cursor.
    private var fields: [Range<Int>] = []
    private var length = 0
    private var quoteOffset = 0
    private var strayOffset: Int?

    /// So many quotes that nothing closes are passed over; more mean that the file is no CSV.
    static var maximumUnclosedQuotes: Int { 100 }

    init(head: [UInt8], delimiter: UInt8?, maximumRowSize: Int, refill: @escaping () throws -> [UInt8]) {
        window = head
        self.delimiter = delimiter
        self.maximumRowSize = maximumRowSize
        self.refill = refill
    }

    /// The next row or problem; `nil` at the end.
    mutating func next() throws -> Record? {
        try skipEmptyLines()
        guard cursor < window.count else { return nil }
        if delimiter == nil { delimiter = try sniff() }
        switch try findEnd() {
        case .row: return finishRow()
        case .unclosed: return try passUnclosedQuote()
        case .tooLong where quoteOffset > 0: return try passUnclosedQuote()
        case .tooLong:
            throw InterchangeError(
                .tooLarge,
                line: line,
                what: "the row is longer than \(maximumRowSize) bytes",
                mend: "check the line ends, or raise maximumRowSize"
            )
        }
    }

    private mutating func skipEmptyLines() throws {
        while true {
            while cursor < window.count, window[cursor] == Ascii.newline || window[cursor] == Ascii.carriageReturn {
                try step()
            }
            if cursor < window.count { return }
            if try !more() { return }
        }
    }

    /// Over one byte of a line end; CRLF counts as one line.
    private mutating func step() throws {
        if window[cursor] == Ascii.carriageReturn {
            if cursor + 1 >= window.count { _ = try more() }
            if cursor + 1 < window.count, window[cursor + 1] == Ascii.newline { cursor += 1 }
        }
        cursor += 1
        line += 1
    }

    /// The one of the usual delimiters that the first row has most of, outside quotes; a comma when it has none.
    private mutating func sniff() throws -> UInt8 {
        var counts: [UInt8: Int] = [:]
        var isQuoted = false
        var offset = 0
        while offset < maximumRowSize {
            if cursor + offset >= window.count, try !more() { break }
            let byte = window[cursor + offset]
            if byte == Ascii.quote { isQuoted.toggle() }
            if !isQuoted, byte == Ascii.newline || byte == Ascii.carriageReturn { break }
            if !isQuoted { counts[byte, default: 0] += 1 }
            offset += 1
        }
        var best = Ascii.comma
        for candidate in [Ascii.comma, Ascii.semicolon, Ascii.tab, Ascii.bar]
        where counts[candidate, default: 0] > counts[best, default: 0] {
            best = candidate
        }
        return best
    }

    /// Finds the end of the row at the cursor and the places of its fields.
    private mutating func findEnd() throws -> Ending {
        let delimiter = delimiter ?? Ascii.comma
        var place = Place.fieldStart
        var start = 0
        fields.removeAll(keepingCapacity: true)
        (length, quoteOffset, strayOffset) = (0, 0, nil)
        while true {
            let bytes = window
            let base = cursor
            let limit = min(bytes.count, base + maximumRowSize + 1)
            while base + length < limit {
                let byte = bytes[base + length]
                switch place {
                case .quoted:
                    if byte == Ascii.quote { place = .quoteInQuoted }
                case .quoteInQuoted where byte == Ascii.quote: place = .quoted
                default:
                    if byte == delimiter {
                        fields.append(start..<length)
                        start = length + 1
                        place = .fieldStart
                    } else if byte == Ascii.newline || byte == Ascii.carriageReturn {
                        fields.append(start..<length)
                        return .row
                    } else if place == .fieldStart, byte == Ascii.quote {
                        place = .quoted
                        quoteOffset = length + 1
                    } else if place == .quoteInQuoted {
                        strayOffset = strayOffset ?? length
                        place = .plain
                    } else {
                        place = .plain
                    }
                }
                length += 1
            }
            if length > maximumRowSize {
                if place != .quoted { quoteOffset = 0 }
                return .tooLong
            }
            if try !more() {
                if place == .quoted { return .unclosed }
                fields.append(start..<length)
                return .row
            }
        }
    }

    /// Makes the row whose fields were found and goes behind it.
    private mutating func finishRow() -> Record {
        let startLine = line
        var texts: [String] = []
        texts.reserveCapacity(fields.count)
        var problem: InterchangeProblem?
        if let strayOffset {
            problem = leftOut(strayOffset, "text follows a closing quote", "double the quotes inside a quoted field")
        }
        for field in fields where problem == nil {
            let range = (cursor + field.lowerBound)..<(cursor + field.upperBound)
            if window[range].contains(0) {
                problem = leftOut(field.lowerBound, "a field holds a NUL", "remove it where the file is made")
            } else if let text = text(range) {
                texts.append(text)
            } else {
                problem = leftOut(
                    field.lowerBound,
                    "a field is not valid UTF-8",
                    "save the file as UTF-8 or name its encoding"
                )
            }
        }
        let size = length
        line += lineEnds(length)
        cursor += length
        if let problem { return .problem(problem) }
        return .row(CSVRow(fields: texts, line: startLine), size: size)
    }

    private func text(_ range: Range<Int>) -> String? {
        guard let first = range.first, window[first] == Ascii.quote else {
            return Self.validated(window.span.extracting(range))
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count)
        var i = first + 1
        while i < range.upperBound - 1 {
            bytes.append(window[i])
            i += window[i] == Ascii.quote ? 2 : 1
        }
        return Self.validated(bytes.span)
    }

    private static func validated(_ bytes: Span<UInt8>) -> String? {
        do {
            return String(copying: try UTF8Span(validating: bytes))
        } catch {
            return nil
        }
    }

    /// Reports a quote that nothing closes and goes behind the line on which it stands.
    private mutating func passUnclosedQuote() throws -> Record {
        let problem = leftOut(
            quoteOffset - 1,
            "a quote is opened and nothing closes it",
            "close or double it; the reading goes on at the next line"
        )
        unclosedQuotes += 1
        if unclosedQuotes > Self.maximumUnclosedQuotes {
            throw InterchangeError(
                .notWellFormed,
                line: problem.line,
                what: "more than \(Self.maximumUnclosedQuotes) quotes are opened and nothing closes them",
                mend: "check that the file is CSV with the quote \""
            )
        }
        line += lineEnds(quoteOffset - 1)
        cursor += quoteOffset - 1
        while true {
            while cursor < window.count, window[cursor] != Ascii.newline, window[cursor] != Ascii.carriageReturn {
                cursor += 1
            }
            if cursor < window.count { break }
            if try !more() { break }
        }
        return .problem(problem)
    }

    private func leftOut(_ offset: Int, _ what: String, _ mend: String) -> InterchangeProblem {
        InterchangeProblem(line: line + lineEnds(offset), what: what, mend: "the row is left out; \(mend)")
    }

    /// The line ends in the first `count` bytes behind the cursor.
    private func lineEnds(_ count: Int) -> Int {
        var ends = 0
        var previous: UInt8 = 0
        for byte in window[cursor..<(cursor + count)] {
            if byte == Ascii.carriageReturn || (byte == Ascii.newline && previous != Ascii.carriageReturn) { ends += 1 }
            previous = byte
        }
        return ends
    }

    /// Reads on; what lies before the cursor is dropped.
    private mutating func more() throws -> Bool {
        if isAtEnd { return false }
        let bytes = try refill()
        if bytes.isEmpty {
            isAtEnd = true
            return false
        }
        window.removeSubrange(0..<cursor)
        window.append(contentsOf: bytes)
        cursor = 0
        return true
    }
}
