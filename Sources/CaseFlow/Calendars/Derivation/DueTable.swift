import WorkingTime

/// Due dates of a table, row by row, in constant memory: each row is written as it was read, with the due date behind it.
///
/// The columns are found by their names: the start (`start`, `accepted`, `accepted_at`, `from`, `date`), the length (`n`,
/// `days`, `limit`), and pauses (`pause1`, `resume1`, `pause2`, …). A pause whose resume is empty is open. A table whose
/// first field is a date has no header: start, n, pause1, resume1, …. Days are taken as they are written; of a time with an offset its local date counts. By
/// the clock, times are taken in the offset of the row's start.
public struct DueTable: Sendable {
    /// What the lengths count.
    public enum Unit: Sendable, Hashable {
        /// Days, weeks or months.
        case days(DayLimit.Unit)
        /// Minutes of service.
        case serviceMinutes
        /// Days of so many hours of service, from the day after the start.
        case serviceDays(DayHours)
    }

    /// How the due dates are computed.
    public struct Settings: Sendable {
        /// What the lengths count.
        public var unit = Unit.days(.workingDays)
        /// Where a last day goes that is a rest day; of calendar days, weeks and months.
        public var roll = Roll.following
        /// The legal calendar.
        public var calendar: WorkCalendar
        /// The hours of service, for limits by the clock.
        public var hours: ServiceHours?
        /// How pauses of days are counted.
        public var counting = PauseCounting.civil
        /// Stop at a row without a due date, or go on.
        public var policy = ProblemPolicy.stop
        /// Append the column `provisional`, too.
        public var tellsProvisional = false

        /// Working days of a calendar.
        public init(calendar: WorkCalendar) { self.calendar = calendar }
    }

    /// What was done.
    public struct Summary: Sendable, Hashable {
        /// Rows with a due date, or with an open pause.
        public var rows = 0
        /// Due dates beyond the calendar's horizon.
        public var provisional = 0
        /// Rows without.
        public var problems = 0
    }

    /// A table whose columns are not understood.
    public struct WrongColumns: Error, Sendable, CustomStringConvertible {
        /// What is missing and what there is.
        public let description: String
    }

    /// A row without a due date, at which the table stopped. What came before it has been written.
    public struct BadRow: Error, Sendable, CustomStringConvertible {
        /// The file.
        public let path: String
        /// The row's line, what is wrong with it, and what to do.
        public let problem: InterchangeProblem

        /// `cases.csv: line 12: …`.
        public var description: String { "\(path): \(problem)" }
    }

    let settings: Settings

    /// A table's computation.
    public init(_ settings: Settings) { self.settings = settings }

    /// Computes a table. Blocks the thread while it reads and writes.
    /// - Parameters:
    ///   - path: a file, plain or gzip; `-` for standard input.
    ///   - output: takes chunks of about 64 KiB.
    ///   - problem: is told of each row that is none, when the policy is to go on. A row that is no CSV, such as one with
    ///     an open quote, has no fields to write and is left out; any other is written without a due date.
    ///   - remark: is told of columns that look like pauses and are not read, or have the name of one that is appended.
    /// - Throws: ``InterchangeError`` (the file), ``BadRow``, ``WrongColumns``.
    public func run(
        path: String,
        output: @escaping ([UInt8]) throws -> Void,
        problem: (InterchangeProblem) -> Void,
        remark: (String) -> Void = { _ in }
    ) throws -> Summary {
        let source = try ByteSource(path: path, progress: ReadProgress())
        defer { source.close() }
        var transcoder = TextTranscoder(.named(nil)) { try source.read() }
        let head = try transcoder.next()
        var scanner = CSVScanner(head: head, delimiter: nil, maximumRowSize: 1024 * 1024) { try transcoder.next() }
        let buffer = OutputBuffer(sink: output)
        var summary = Summary()
        var columns: Columns?
        func pass(_ what: InterchangeProblem) throws {
            summary.problems += 1
            if settings.policy == .stop {
                try buffer.finish()
                throw BadRow(path: path, problem: what)
            }
            problem(what)
        }
        while let record = try scanner.next() {
            switch record {
            case .problem(let what): try pass(what)
            case .row(let row, _):
                let delimiter = scanner.delimiter ?? Ascii.comma
                if columns == nil {
                    let found = try Columns(firstRow: row.fields, tellsProvisional: settings.tellsProvisional)
                    columns = found
                    found.remarks.forEach(remark)
                    if found.isNamed {
                        write(row.fields, to: buffer, delimiter)
                        append("due", settings.tellsProvisional ? "provisional" : nil, to: buffer, delimiter)
                        continue
                    }
                }
                guard let columns else { continue }
                var due = ""
                var isProvisional = false
                do throws(RowFault) {
                    (due, isProvisional) = try answer(row.fields, columns)
                    summary.rows += 1
                    if isProvisional { summary.provisional += 1 }
                } catch {
                    let mend = "mend the row, or go on without its due date: --on-problem skip"
                    try pass(InterchangeProblem(line: row.line, what: error.what, mend: mend))
                }
                // A short row gets its due date into its column, too.
                let missing = max(0, (columns.width ?? 0) - row.fields.count)
                write(row.fields + Array(repeating: "", count: missing), to: buffer, delimiter)
                let mark = isProvisional ? "1" : due.isEmpty ? "" : "0"
                append(due, settings.tellsProvisional ? mark : nil, to: buffer, delimiter)
                try buffer.flushIfFull()
            }
        }
        guard columns != nil || summary.problems > 0 else {
            throw InterchangeError(
                .empty,
                path: path,
                what: "there is no row in it",
                mend: "write start,n and the rows"
            )
        }
        try buffer.finish()
        return summary
    }

    private func append(_ due: String, _ provisional: String?, to buffer: OutputBuffer, _ delimiter: UInt8) {
        buffer.append(delimiter)
        Self.write(due, to: buffer, delimiter)
        if let provisional {
            buffer.append(delimiter)
            buffer.append(provisional)
        }
        buffer.append(Ascii.newline)
    }

    private func write(_ fields: [String], to buffer: OutputBuffer, _ delimiter: UInt8) {
        for (index, field) in fields.enumerated() {
            if index > 0 { buffer.append(delimiter) }
            Self.write(field, to: buffer, delimiter)
        }
    }

    private static func write(_ field: String, to buffer: OutputBuffer, _ delimiter: UInt8) {
        let needsQuotes = field.utf8.contains { byte in
            byte == delimiter || byte == Ascii.quote || byte == Ascii.newline || byte == Ascii.carriageReturn
        }
        if !needsQuotes { return buffer.append(field) }
        buffer.append(Ascii.quote)
        for byte in field.utf8 {
            if byte == Ascii.quote { buffer.append(byte) }
            buffer.append(byte)
        }
        buffer.append(Ascii.quote)
    }
}
