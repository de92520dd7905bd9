import Foundation

/// Writes a table in CSV (RFC 4180): UTF-8 without a byte order mark, CRLF, quotes only where needed.
///
/// Not for use by two tasks at once. A writer to a file that is freed before ``end()`` leaves no file.
public final class CSVWriter {
    /// How a table is to be written.
    public struct Options: Sendable, Hashable {
        /// Between the fields; one ASCII character.
        public var delimiter: Character = ","
        /// Puts an apostrophe before a field that a spreadsheet would run as a formula: one that begins with `=`, `+`,
        /// `-`, `@`, a tab or a carriage return and is not a number. The file then no longer holds the very text.
        public var guardsAgainstFormulas = false

        /// A comma, and every field as it is.
        public init() {}
    }

    private let output: OutputBuffer
    private let options: Options

    /// Writes a file, which appears complete at ``end()``; gzip when it ends in `.gz`.
    /// - Throws: ``InterchangeError`` `.notWritable`, `.isDirectory`.
    public init(path: String, options: Options = Options()) throws(InterchangeError) {
        output = try OutputBuffer(file: path)
        self.options = options
    }

    /// Hands over the bytes in chunks of about 64 KiB.
    public init(options: Options = Options(), sink: @escaping ([UInt8]) throws -> Void) {
        output = OutputBuffer(sink: sink)
        self.options = options
    }

    /// Writes a row; the header is the first row.
    public func row(_ fields: [String]) throws {
        // A row of one empty field would be an empty line, which readers skip.
        if fields == [""] {
            output.append("\"\"")
        } else {
            for (index, field) in fields.enumerated() {
                if index > 0 { output.append(String(options.delimiter)) }
                write(field)
            }
        }
        output.append("\r\n")
        try output.flushIfFull()
    }

    /// Hands over the rest. For a file: gives it its name.
    public func end() throws {
        try output.finish()
    }

    private func write(_ original: String) {
        let field = options.guardsAgainstFormulas && Self.isFormula(original) ? "'" + original : original
        let delimiter = options.delimiter.asciiValue
        let needsQuotes = field.utf8.contains { byte in
            byte == delimiter || byte == Ascii.quote || byte == Ascii.newline || byte == Ascii.carriageReturn
        }
        if !needsQuotes { return output.append(field) }
        output.append(Ascii.quote)
        for byte in field.utf8 {
            if byte == Ascii.quote { output.append(byte) }
            output.append(byte)
        }
        output.append(Ascii.quote)
    }

    private static func isFormula(_ field: String) -> Bool {
        guard let first = field.utf8.first, "=+-@\t\r".utf8.contains(first) else { return false }
        return Double(field) == nil
    }
}
