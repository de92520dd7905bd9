import EventStore
import PostgresClient

/// Exports the cases of a log as XES (IEEE 1849-2016): each case a trace with its attributes as they came in, each
/// step an event, in recorded order; cards are no steps and are left out. What was imported with a mapping goes out as its source told it. Passes the standard's
/// schema.
public struct XESExport: Sendable {
    /// What an export has written.
    public struct Report: Sendable, Codable, Hashable {
        /// Traces.
        public var cases = 0
        /// Events.
        public var events = 0
    }

    private let log: EventLog

    /// An export of a log.
    public init(_ log: EventLog) { self.log = log }

    /// Writes to a file, compressed if its name ends in `.gz`. The file appears under its name when it is complete.
    /// `progress` is told how many cases are written, of how many.
    public func write(to path: String, progress: ((_ done: Int, _ of: Int) -> Void)? = nil) async throws -> Report {
        let writer = try XESWriter(path: path)
        var report = Report()
        let total = try await log.pool.query(
            "SELECT count(*) FROM caseflow.streams WHERE log_id = $1 AND starts_with(stream, 'case/')",
            [log.id.rawValue]
        )[0].decode(0, as: Int.self)
        try writer.begin(Self.header)
        var position: Int64 = 0
        while true {
            // The first event of each case, in the order of the log.
            let rows = try await log.pool.query(
                """
                SELECT position, stream FROM caseflow.events
                WHERE log_id = $1 AND position > $2 AND version = 1 AND starts_with(stream, 'case/')
                ORDER BY position LIMIT 200
                """,
                [log.id.rawValue, position]
            )
            for row in rows {
                position = try row.decode(0)
                report.events += try await writeCase(StreamName(trusted: try row.decode(1)), writer)
                report.cases += 1
            }
            progress?(report.cases, total)
            if rows.isEmpty { break }
        }
        try writer.end()
        return report
    }

    private func writeCase(_ stream: StreamName, _ writer: XESWriter) async throws -> Int {
        var begun = false
        var events = 0
        for try await recorded in log.readStream(stream) {
            let event = try Case.Coding.decode(recorded)
            switch event.fact {
            case .received(let number, _, let attributes, _):
                begun = true
                let named = attributes.contains { $0.key == "concept:name" }
                let name = XESAttribute(.string, key: "concept:name", value: number.rawValue)
                try writer.beginTrace(named ? attributes : [name] + attributes)
            case .stepRecorded, .deadlineSet, .closed, .reopened, .card: break
            case .procedure(let fact, let at) where event.source == nil:
                let step = Case.Step(
                    activity: fact.name,
                    performer: recorded.actor.rawValue,
                    lifecycle: "complete",
                    offsetSeconds: Int(at.offsetSeconds)
                )
                try writer.event(Self.attributes(of: step, at: recorded.effectiveAt))
                events += 1
            case .procedure: break
            }
            if let step = event.sourceStep {
                try writer.event(Self.attributes(of: step, at: recorded.effectiveAt))
                events += 1
            }
        }
        if begun { try writer.endTrace() }
        return events
    }

    private static func attributes(of step: Case.Step, at instant: Timestamp) -> [XESAttribute] {
        var attributes = [XESAttribute(.string, key: "concept:name", value: step.activity)]
        if let performer = step.performer {
            attributes.append(XESAttribute(.string, key: "org:resource", value: performer))
        }
        if let lifecycle = step.lifecycle {
            attributes.append(XESAttribute(.string, key: "lifecycle:transition", value: lifecycle))
        }
        let time = ZonedTime(
            microsecondsSinceEpoch: instant.microseconds,
            offsetSeconds: Int32(clamping: step.offsetSeconds)
        )
        attributes.append(XESAttribute(.date, key: "time:timestamp", value: time?.description ?? instant.description))
        return attributes + step.attributes
    }

    private static let header = XESLogHeader(
        extensions: [
            XESExtension(name: "Concept", prefix: "concept", uri: "http://www.xes-standard.org/concept.xesext"),
            XESExtension(name: "Time", prefix: "time", uri: "http://www.xes-standard.org/time.xesext"),
            XESExtension(name: "Organizational", prefix: "org", uri: "http://www.xes-standard.org/org.xesext"),
            XESExtension(name: "Lifecycle", prefix: "lifecycle", uri: "http://www.xes-standard.org/lifecycle.xesext"),
        ],
        classifiers: [XESClassifier(name: "Activity", keys: "concept:name")]
    )
}
