/// Reads a log in XES (IEEE 1849-2016, and the older 1.0 and 2.0 forms), plain or gzip, in constant memory.
///
/// ```swift
/// for try await item in XESReader(path: "log.xes.gz") { ... }
/// ```
/// Each iteration reads the file anew on a thread of its own. The thread and its `gzip` child end when the file ends,
/// when the iterator is freed, or when the consuming task is cancelled (`next()` then throws `CancellationError`); on
/// standard input that waits for the next bytes or its end.
///
/// What cannot be read at all is thrown, as an ``InterchangeError`` with line and column, behind the last item that
/// could be read. What is wrong in one place is an ``XESItem/problem(_:)``, and the reading goes on.
///
/// Values stay the text of the file: a wrong date is the importer's to judge. Nothing is taken from `<global>`.
/// Encodings: UTF-8, UTF-16 with a byte order mark, ISO-8859-1 and -2, windows-1252, GB 18030 with its subsets.
public struct XESReader: AsyncSequence, Sendable {
    /// The parts of a log in the order of the file.
    public typealias Element = XESItem

    /// What bounds a reader.
    public struct Options: Sendable, Hashable {
        /// The bytes that one tag may have; a longer value is an error. 16 MiB at first.
        public var maximumTokenSize = 16 * 1024 * 1024
        /// The bytes that the attributes of one log head, trace or event may have in memory. 64 MiB at first.
        public var maximumElementSize = 64 * 1024 * 1024
        /// Whether keys such as `case_x0020_id`, as ``XESWriter`` writes them, become `case id` again.
        public var restoresEscapedKeys = true

        /// The usual bounds.
        public init() {}
    }

    /// The most events in one ``XESItem/events(_:)``. Large events come in smaller batches.
    public static let maximumBatch = 256

    /// How far the reading is; for one iteration at a time.
    public let progress = ReadProgress()

    private let sequence: ThreadedSequence<XESItem>

    /// Nothing is opened before the iteration begins.
    /// - Parameter path: a file (plain or gzip, told by its content), or `"-"` for standard input.
    public init(path: String, options: Options = Options()) {
        let progress = progress
        sequence = ThreadedSequence(threadName: "xes-reader") { emitter in
            try Self.read(path, options, progress, emitter)
        }
    }

    /// Begins to read.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(base: sequence.makeAsyncIterator())
    }

    /// Delivers the items; to be used by one task at a time.
    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate var base: ThreadedSequence<XESItem>.AsyncIterator

        /// The next item; `nil` behind the end of the log.
        /// - Throws: ``InterchangeError``; `CancellationError` when the task is cancelled.
        public mutating func next() async throws -> XESItem? {
            try await base.next()
        }
    }

    private static func read(
        _ path: String,
        _ options: Options,
        _ progress: ReadProgress,
        _ emitter: ChunkEmitter<XESItem>
    ) throws {
        do {
            let source = try ByteSource(path: path, progress: progress)
            defer { source.close() }
            var transcoder = TextTranscoder(.xml) { try source.read() }
            let head = try transcoder.next()
            if head.isEmpty {
                throw InterchangeError(.empty, what: "the file is empty", mend: "export the log again")
            }
            var scanner = XMLScanner(maximumTokenSize: options.maximumTokenSize) { try transcoder.next() }
            scanner.window = head
            var assembler = XESAssembler(emitter: emitter, options: options)
            do {
                while let token = try scanner.next() { try assembler.take(token) }
            } catch var error as InterchangeError {
                try assembler.breakOff()
                if error.line == nil { (error.line, error.column) = scanner.endOfWindow }
                throw error
            }
            if let remark = source.remark {
                let problem = InterchangeProblem(
                    line: scanner.line,
                    what: "gzip warns: \(remark)",
                    mend: "what is unpacked has been read"
                )
                try emitter.emit(.problem(problem), weight: 64)
            }
        } catch var error as InterchangeError {
            error.path = path
            throw error
        }
    }
}
