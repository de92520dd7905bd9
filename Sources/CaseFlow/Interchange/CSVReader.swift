/// One row of a table in CSV.
public struct CSVRow: Sendable, Hashable {
    /// The fields in the order of the file, unquoted.
    public var fields: [String]
    /// The line on which the row begins, from 1.
    public var line: Int

    /// Creates a row.
    public init(fields: [String], line: Int) {
        self.fields = fields
        self.line = line
    }
}

/// What a reader of CSV delivers, in the order of the file.
public enum CSVItem: Sendable, Hashable {
    /// The first row, when the options say that it is a header; before all others.
    case header(CSVRow)
    /// The next rows, at least one and at most 256.
    case rows([CSVRow])
    /// A row that could not be read, and is left out; the reading goes on behind it.
    case problem(InterchangeProblem)
}

/// Reads a table in CSV (RFC 4180), plain or gzip, in constant memory.
///
/// Fields in quotes may hold delimiters, line ends and doubled quotes. Lines may end with CRLF, LF or CR. A quote inside
/// a field that does not begin with one stands for itself. Empty lines are skipped. All rows must have as many fields
/// as the first. A row with a wrong number of fields, with bytes that are not UTF-8, with a NUL, or with a quote that
/// nothing closes is reported and left out; behind such a quote the reading goes on at the next line.
///
/// Threads, cancellation and errors are as with ``XESReader``.
public struct CSVReader: AsyncSequence, Sendable {
    /// The parts of a table in the order of the file.
    public typealias Element = CSVItem

    /// How a table is to be read.
    public struct Options: Sendable, Hashable {
        /// Between the fields; `nil` to take the one of comma, semicolon, tab and bar that the first row has most of.
        /// One ASCII character.
        public var delimiter: Character?
        /// Whether the first row holds the names of the columns.
        public var hasHeader = true
        /// The IANA name of the encoding, such as `GB18030` or `windows-1252`; `nil` for UTF-8, or UTF-16 with a byte
        /// order mark.
        public var encoding: String?
        /// The bytes that one row may have. 1 MiB at first.
        public var maximumRowSize = 1024 * 1024

        /// A header, a delimiter found by itself, UTF-8.
        public init() {}

        /// Throws ``InterchangeError`` when the delimiter or the encoding is none that is understood.
        public func check() throws(InterchangeError) {
            if let delimiter { _ = try CSVReader.asciiByte(delimiter) }
            if let encoding { try TextTranscoder.check(encoding) }
        }
    }

    /// The most rows in one ``CSVItem/rows(_:)``.
    public static let maximumBatch = 256

    /// How far the reading is; for one iteration at a time.
    public let progress = ReadProgress()

    private let sequence: ThreadedSequence<CSVItem>

    /// Nothing is opened before the iteration begins.
    /// - Parameter path: a file (plain or gzip, told by its content), or `"-"` for standard input.
    public init(path: String, options: Options = Options()) {
        let progress = progress
        sequence = ThreadedSequence(threadName: "csv-reader") { emitter in
            try Self.read(path, options, progress, emitter)
        }
    }

    /// Begins to read.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(base: sequence.makeAsyncIterator())
    }

    /// Delivers the items; to be used by one task at a time.
    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate var base: ThreadedSequence<CSVItem>.AsyncIterator

        /// The next item; `nil` behind the last row.
        /// - Throws: ``InterchangeError``; `CancellationError` when the task is cancelled.
        public mutating func next() async throws -> CSVItem? {
            try await base.next()
        }
    }

    private static func read(
        _ path: String,
        _ options: Options,
        _ progress: ReadProgress,
        _ emitter: ChunkEmitter<CSVItem>
    ) throws {
        do {
            let source = try ByteSource(path: path, progress: progress)
            defer { source.close() }
            var transcoder = TextTranscoder(.named(options.encoding)) { try source.read() }
            let head = try transcoder.next()
            if head.isEmpty {
                throw InterchangeError(.empty, what: "the file is empty", mend: "export the table again")
            }
            let delimiter = try options.delimiter.map(asciiByte)
            var scanner = CSVScanner(
                head: head,
                delimiter: delimiter,
                maximumRowSize: options.maximumRowSize
            ) { try transcoder.next() }
            var batcher = CSVBatcher(emitter: emitter, expectsHeader: options.hasHeader)
            do {
                while let record = try scanner.next() { try batcher.take(record) }
            } catch var error as InterchangeError {
                try batcher.deliver()
                error.line = error.line ?? scanner.line
                throw error
            }
            try batcher.deliver()
        } catch var error as InterchangeError {
            error.path = path
            throw error
        }
    }

    fileprivate static func asciiByte(_ character: Character) throws(InterchangeError) -> UInt8 {
        guard let byte = character.asciiValue, ![Ascii.quote, Ascii.newline, Ascii.carriageReturn].contains(byte) else {
            throw InterchangeError(
                .misuse,
                what: "the delimiter \(character) is not an ASCII character that can part fields",
                mend: "use a comma, semicolon, tab or bar"
            )
        }
        return byte
    }
}

/// Makes the items of a table out of its rows.
struct CSVBatcher {
    private let emitter: ChunkEmitter<CSVItem>
    private var expectsHeader: Bool
    private var width: Int?
    private var rows: [CSVRow] = []
    private var weight = 0

    init(emitter: ChunkEmitter<CSVItem>, expectsHeader: Bool) {
        self.emitter = emitter
        self.expectsHeader = expectsHeader
    }

    mutating func take(_ record: CSVScanner.Record) throws {
        switch record {
        case .problem(let problem):
            try deliver()
            try emitter.emit(.problem(problem), weight: 128)
        case .row(let row, let size):
            if let width, row.fields.count != width {
                try deliver()
                let problem = InterchangeProblem(
                    line: row.line,
                    what: "the row has \(row.fields.count) fields, not \(width) as the first row",
                    mend: "it is left out; check its delimiters and quotes"
                )
                return try emitter.emit(.problem(problem), weight: 128)
            }
            width = row.fields.count
            if expectsHeader {
                expectsHeader = false
                return try emitter.emit(.header(row), weight: size)
            }
            rows.append(row)
            weight += 32 + size
            if rows.count >= CSVReader.maximumBatch || weight >= ChunkEmitter<CSVItem>.chunkWeight { try deliver() }
        }
    }

    mutating func deliver() throws {
        guard !rows.isEmpty else { return }
        let batch = rows
        rows = []
        try emitter.emit(.rows(batch), weight: weight)
        weight = 0
    }
}
