import EventStore
import Foundation

/// Imports a table in which each row is one step of a case (RFC 4180, with a header).
///
/// Rows of different cases may be mixed; the order of each case's rows is kept. A row's other columns become
/// attributes of the step, or of the case where they are named as such. Memory grows by two numbers for each case.
public struct CSVImport: Sendable {
    /// Which column is what; names as in the header.
    public struct Columns: Sendable {
        /// The case's number.
        public var caseNumber: String
        /// What was done.
        public var activity: String
        /// When it was done.
        public var time: String
        /// Who did it.
        public var performer: String?
        /// Begun, completed, …
        public var lifecycle: String?
        /// The case's time limit.
        public var deadline: String?
        /// The end of the case.
        public var closed: String?
        /// The receipt of the case; without it the time of its first row is taken.
        public var received: String?
        /// Columns that tell about the case, not about the step; read from its first row.
        public var ofCase: [String] = []

        /// The three columns that every table must have.
        public init(caseNumber: String, activity: String, time: String) {
            self.caseNumber = caseNumber
            self.activity = activity
            self.time = time
        }
    }

    /// How the table is to be read.
    public struct Options: Sendable {
        /// As for XES: the zone whose days count; nil: each time's own offset.
        public var timeZone: TimeZone?
        /// The zone of times without an offset.
        public var zoneWithoutOffset: TimeZone = TimeZone(identifier: "Asia/Shanghai") ?? .gmt
        /// What to do with a row that cannot be read.
        public var policy = ProblemPolicy.skip
        /// Who imports; stored as `import:NAME`.
        public var importer = "csv"
        /// Delimiter, encoding, limits of the file.
        public var format = CSVReader.Options()

        /// The defaults.
        public init() {}
    }

    private let path: String
    private let columns: Columns
    private let options: Options
    private let reader: CSVReader
    /// Rows that are grouped by case before they are stored.
    private static let windowSize = 4096
    private static let partSize = 500

    /// An import of a table, `.csv` or `.csv.gz`.
    public init(path: String, columns: Columns, options: Options = Options()) {
        self.path = path
        self.columns = columns
        self.options = options
        reader = CSVReader(path: path, options: options.format)
    }

    /// How far the file has been read.
    public var progress: ReadProgress { reader.progress }

    /// Imports into a log; errors as for ``XESImport/run(into:)``, and ``WrongColumns``.
    public func run(into log: EventLog) async throws -> ImportReport {
        try await outcome { log }.get()
    }

    /// Imports into the log that `open` gives, which is asked once the file is open and its header has the columns.
    /// Throws what is wrong until then; what ends the import later stands in the outcome, with what was done.
    public func outcome(into open: () async throws -> EventLog) async throws -> ImportOutcome {
        try columns.check()
        let actor = try Actor(Actor.importPrefix + options.importer)
        let source = path == "-" ? "standard input" : URL(fileURLWithPath: path).lastPathComponent
        var items = reader.makeAsyncIterator()
        // Before the header only rows that cannot be read.
        var early: [InterchangeProblem] = []
        var layout: CSVLayout?
        while layout == nil, let item = try await items.next() {
            switch item {
            case .header(let row): layout = try CSVLayout(row.fields, columns)
            case .problem(let problem): early.append(problem)
            case .rows: break
            }
        }
        let importer = CaseImporter(try await open(), actor: actor, source: source)
        return await withThrowingTaskGroup(of: ImportQueue.Done.self) { group in
            var queue = ImportQueue(importer, policy: options.policy)
            var window = Window()
            var failure: (any Error)?
            do {
                for problem in early { try queue.note(problem) }
                while let layout, let item = try await items.next() {
                    switch item {
                    case .header: break
                    case .problem(let problem): try queue.note(problem)
                    case .rows(let rows):
                        for row in rows { try take(row, layout, &window, &queue) }
                        if window.rows >= Self.windowSize { try await flush(&window, &queue, &group) }
                    }
                }
            } catch {
                failure = error
            }
            do {
                // Also what was read before a fault.
                try await flush(&window, &queue, &group)
            } catch {
                failure = failure ?? error
            }
            return await queue.finish(after: failure, &group)
        }
    }

    /// Rows that wait to be stored, by case, in the order of each case's first row.
    private struct Window {
        struct Pending {
            var receivedAt: ZonedTime
            var attributes: [XESAttribute]
            var steps: [CasePart.SourceStep] = []
            var deadline: CasePart.Told?
            var closings: [CasePart.Told] = []
            var line: Int

            /// The last limit counts.
            mutating func tell(deadline at: ZonedTime, _ line: Int) {
                if deadline?.at != at { deadline = CasePart.Told(at: at, line: line) }
            }

            mutating func tell(closed at: ZonedTime, _ line: Int) {
                if !closings.contains(where: { $0.at == at }) { closings.append(CasePart.Told(at: at, line: line)) }
            }
        }

        var order: [CaseNumber] = []
        var pending: [CaseNumber: Pending] = [:]
        var rows = 0
        /// Steps of each case in earlier windows.
        var stepsBefore: [CaseNumber: Int] = [:]
    }

    private func take(_ row: CSVRow, _ layout: CSVLayout, _ window: inout Window, _ queue: inout ImportQueue) throws {
        queue.readEvents(1)
        do {
            let number: CaseNumber
            do {
                number = try CaseNumber(row.fields[layout.caseNumber])
            } catch {
                throw InterchangeProblem(
                    line: row.line,
                    what: "\(error)",
                    mend: "correct the column '\(columns.caseNumber)'"
                )
            }
            let at = try time(row.fields[layout.time], columns.time, row)
            let activity = row.fields[layout.activity]
            guard !activity.isEmpty else {
                throw InterchangeProblem(
                    line: row.line,
                    what: "'\(columns.activity)' is empty",
                    mend: "name what was done"
                )
            }
            func moment(_ column: Int?, _ name: String?) throws(InterchangeProblem) -> ZonedTime? {
                guard let column, !row.fields[column].isEmpty else { return nil }
                return try time(row.fields[column], name ?? "", row)
            }
            let received = try moment(layout.received, columns.received)
            let deadline = try moment(layout.deadline, columns.deadline)
            let closed = try moment(layout.closed, columns.closed)
            func text(_ column: Int?) -> String? { column.map { row.fields[$0] }.flatMap { $0.isEmpty ? nil : $0 } }
            if window.pending[number] == nil {
                if window.stepsBefore[number] == nil { queue.readCase() }
                window.order.append(number)
                window.pending[number] = Window.Pending(
                    receivedAt: received ?? at,
                    attributes: layout.ofCase.map { XESAttribute(.string, key: $0.1, value: row.fields[$0.0]) },
                    line: row.line
                )
            }
            let step = Case.Step(
                activity: activity,
                performer: text(layout.performer),
                lifecycle: text(layout.lifecycle),
                offsetSeconds: Int(at.offsetSeconds),
                attributes: layout.ofStep.filter { !row.fields[$0.0].isEmpty }
                    .map { XESAttribute(.string, key: $0.1, value: row.fields[$0.0]) }
            )
            window.pending[number]?.steps.append(.init(step: step, at: at.timestamp, line: row.line))
            if let deadline { window.pending[number]?.tell(deadline: deadline, row.line) }
            if let closed { window.pending[number]?.tell(closed: closed, row.line) }
            window.rows += 1
        } catch let problem as InterchangeProblem {
            try queue.note(problem)
        }
    }

    private func flush(_ window: inout Window, _ queue: inout ImportQueue, _ group: inout ImportQueue.Group)
        async throws
    {
        let (order, waiting) = (window.order, window.pending)
        window.order = []
        window.pending = [:]
        window.rows = 0
        for number in order {
            guard let pending = waiting[number] else { continue }
            var rest = pending.steps[...]
            while !rest.isEmpty {
                let steps = Array(rest.prefix(Self.partSize))
                rest = rest.dropFirst(Self.partSize)
                let before = window.stepsBefore[number] ?? 0
                let part = CasePart(
                    number: number,
                    receivedAt: pending.receivedAt,
                    attributes: pending.attributes,
                    firstStep: before,
                    steps: steps,
                    deadline: pending.deadline,
                    closings: rest.isEmpty ? pending.closings : [],
                    line: pending.line,
                    mayContinue: true
                )
                window.stepsBefore[number] = before + steps.count
                if before == 0, rest.isEmpty {
                    try await queue.start(part, in: &group)
                } else {
                    try await queue.bringIn(part, in: &group)
                }
            }
        }
    }

    private func time(_ text: String, _ column: String, _ row: CSVRow) throws(InterchangeProblem) -> ZonedTime {
        try ImportedTime.read(
            text,
            what: "'\(column)'",
            line: row.line,
            zone: options.timeZone,
            fallback: options.zoneWithoutOffset
        )
    }
}
