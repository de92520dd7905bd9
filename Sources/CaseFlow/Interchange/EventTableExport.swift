import EventStore

/// Exports a log as a table in CSV (RFC 4180): one row for each event, in the order of the log.
///
/// Times are UTC. What a case's source says beside activity, performer and lifecycle, and whatever is sealed, is not in
/// the table.
public struct EventTableExport: Sendable {
    /// What an export has written.
    public struct Report: Sendable, Codable, Hashable {
        /// Rows.
        public var events = 0
    }

    /// The columns, in their order.
    public static let columns = [
        "position", "case", "stream", "version", "type", "effective", "recorded", "actor", "officer", "acting_for",
        "unit",
        "role", "stage", "details", "activity", "performer", "lifecycle",
    ]

    private let log: EventLog
    private let options: CSVWriter.Options

    /// An export of a log.
    public init(_ log: EventLog, options: CSVWriter.Options = CSVWriter.Options()) {
        self.log = log
        self.options = options
    }

    /// Writes to a file, compressed if its name ends in `.gz`. The file appears under its name when it is complete.
    /// Errors: ``InterchangeError``, ``UnreadableEvent``.
    public func write(to path: String, progress: ((_ done: Int, _ of: Int) -> Void)? = nil) async throws -> Report {
        let writer = try CSVWriter(path: path, options: options)
        let source = try await ExportedLog(log)
        var report = Report()
        try writer.row(Self.columns)
        try await source.forEachPage { page in
            let numbers = try await source.caseNumbers(of: page)
            for recorded in page {
                try writer.row(Self.row(try ExportedEvent(recorded), numbers[recorded.stream]))
                report.events += 1
            }
            progress?(report.events, Int(source.end))
        }
        try writer.end()
        return report
    }

    private static func row(_ told: ExportedEvent, _ number: String?) -> [String] {
        let recorded = told.recorded
        let step = told.event?.sourceStep
        return [
            String(recorded.position), number ?? "", recorded.stream.rawValue, String(recorded.version),
            recorded.type.rawValue, recorded.effectiveAt.description, recorded.recordedAt.description,
            recorded.actor.rawValue, told.officer?.rawValue ?? "", told.event?.by?.actingFor?.rawValue ?? "",
            told.event?.by?.unit.rawValue ?? "", told.event?.by?.role.rawValue ?? "", told.stage ?? "",
            told.details ?? "", step?.activity ?? "", step?.performer ?? "", step?.lifecycle ?? "",
        ]
    }
}
