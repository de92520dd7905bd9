import EventStore

/// Exports a log as CloudEvents 1.0 in the JSON format, one event on each line, in the order of the log.
///
/// `id` is the log's name and the position, `source` the log, `type` the type, `subject` the stream, `time` when the event
/// took effect, `data` the data as they are stored, sealed boxes included. Extension attributes, all of them texts:
/// `position`, `streamversion`, `recordedat`, `actor`, `leaf`. A position does not fit into an Integer of CloudEvents,
/// which has 32 bits.
public struct CloudEventsExport: Sendable {
    /// What an export has written.
    public struct Report: Sendable, Codable, Hashable {
        /// Lines.
        public var events = 0
    }

    private let log: EventLog

    /// An export of a log.
    public init(_ log: EventLog) { self.log = log }

    /// Writes to a file, compressed if its name ends in `.gz`. The file appears under its name when it is complete. What is
    /// appended meanwhile is left out. Errors: ``InterchangeError``.
    public func write(to path: String, progress: ((_ done: Int, _ of: Int) -> Void)? = nil) async throws -> Report {
        let output = try OutputBuffer(file: path)
        let source = try await ExportedLog(log)
        var report = Report()
        try await source.forEachPage { page in
            for recorded in page {
                output.append(Self.line(of: recorded, in: log.id))
                try output.flushIfFull()
                report.events += 1
            }
            progress?(report.events, Int(source.end))
        }
        try output.finish()
        return report
    }

    /// An event as JSON, with a newline behind it.
    static func line(of recorded: RecordedEvent, in log: LogID) -> [UInt8] {
        var json = StoredJSONWriter()
        json.member("specversion", "1.0")
        json.member("id", "\(log):\(recorded.position)")
        json.member("source", "/logs/\(log)")
        json.member("type", recorded.type.rawValue)
        json.member("subject", recorded.stream.rawValue)
        json.member("time", recorded.effectiveAt.description)
        json.member("datacontenttype", "application/json")
        json.member("position", String(recorded.position))
        json.member("streamversion", String(recorded.version))
        json.member("recordedat", recorded.recordedAt.description)
        json.member("actor", recorded.actor.rawValue)
        json.member("leaf", recorded.leafText)
        json.member("data", json: recorded.data)
        return json.finish() + [UInt8(ascii: "\n")]
    }
}
