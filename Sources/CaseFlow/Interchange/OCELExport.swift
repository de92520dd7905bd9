import EventStore
import Foundation
import PostgresClient

/// Exports a log as an object-centric event log in OCEL 2.0 (JSON): each event of the log an event, with the cases,
/// officers, units, items, seals and visits that it is about; cases related to item, units and visit.
///
/// The type of an event is its type in the log; a step recorded from another system has the name that its source gives
/// it. Values are texts, as the format's schema wants. Nothing that is sealed is in the file. Memory goes by the number
/// of officers, units, items, performers and kinds of events, not by that of cases and events.
public struct OCELExport: Sendable {
    /// What an export has written.
    public struct Report: Sendable, Codable, Hashable {
        /// Events.
        public var events = 0
        /// Objects, by type.
        public var objects: [String: Int] = [:]
    }

    private let log: EventLog

    /// An export of a log.
    public init(_ log: EventLog) { self.log = log }

    /// Writes to a file, compressed if its name ends in `.gz`. The file appears under its name when it is complete. The log
    /// is read twice; what is appended meanwhile is left out. Errors: ``InterchangeError``, ``UnreadableEvent``.
    public func write(to path: String, progress: ((_ done: Int, _ of: Int) -> Void)? = nil) async throws -> Report {
        let output = try OutputBuffer(file: path)
        let source = try await ExportedLog(log)
        var report = Report()
        let total = 2 * Int(source.end)
        // First what occurs: the format declares its types in front.
        var (types, mentioned): (Set<String>, Set<String>) = ([], [])
        var read = 0
        try await source.forEachPage { page in
            for recorded in page {
                let told = try ExportedEvent(recorded)
                types.insert(told.activity)
                for link in told.links where !Self.isOfCases(link.object) { mentioned.insert(link.object) }
            }
            read += page.count
            progress?(read, total)
        }
        try await head(types, output)
        try await objects(&mentioned, source, output, &report)
        output.append("\n],\n\"events\":[")
        try await source.forEachPage { page in
            for recorded in page {
                output.append(report.events == 0 ? "\n" : ",\n")
                output.append(Self.event(try ExportedEvent(recorded)))
                try output.flushIfFull()
                report.events += 1
            }
            progress?(read + report.events, total)
        }
        output.append("\n]\n}\n")
        try output.finish()
        return report
    }

    /// Things of which there are as many as cases: they are written as they come, and not kept in memory.
    private static func isOfCases(_ object: String) -> Bool {
        ["case", "subject", "visit"].contains(ObjectLink.type(of: object))
    }

    // MARK: Types

    private static let eventAttributes: [(String, String)] = [
        ("position", "integer"), ("version", "integer"), ("recorded", "time"), ("actor", "string"), ("role", "string"),
        ("stage", "string"), ("details", "string"), ("activity", "string"), ("performer", "string"),
        ("lifecycle", "string"),
    ]
    private static let caseAttributes: [(String, String)] = [("number", "string"), ("channel", "string")]
    private static let knownTypes = ["case", "item", "officer", "performer", "seal", "unit", "visit"]

    private func head(_ types: Set<String>, _ output: OutputBuffer) async throws {
        let rows = try await log.pool.query(
            "SELECT DISTINCT split_part(stream, '/', 1) FROM caseflow.streams WHERE log_id = $1",
            [log.id.rawValue]
        )
        var objectTypes = Set(Self.knownTypes)
        for row in rows { objectTypes.insert(ObjectLink.type(of: try row.decode(0, as: String.self) + "/")) }
        output.append("{\n\"objectTypes\":[")
        declare(objectTypes.sorted(), output) { $0 == "case" ? Self.caseAttributes : [] }
        output.append("\n],\n\"eventTypes\":[")
        declare(types.sorted(), output) { _ in Self.eventAttributes }
        output.append("\n],\n\"objects\":[")
    }

    private func declare(
        _ names: [String],
        _ output: OutputBuffer,
        _ attributes: (String) -> [(name: String, type: String)]
    ) {
        for (index, name) in names.enumerated() {
            var json = StoredJSONWriter()
            json.member("name", name)
            json.member(
                "attributes",
                json: Self.array(
                    attributes(name).map { attribute in
                        var json = StoredJSONWriter()
                        json.member("name", attribute.name)
                        json.member("type", attribute.type)
                        return json.finish()
                    }
                )
            )
            output.append(index == 0 ? "\n" : ",\n")
            output.append(json.finish())
        }
    }

    // MARK: Objects

    private func objects(
        _ mentioned: inout Set<String>,
        _ source: ExportedLog,
        _ output: OutputBuffer,
        _ report: inout Report
    ) async throws {
        func write(_ id: String, _ attributes: [[UInt8]] = [], _ links: [ObjectLink] = []) throws {
            let type = ObjectLink.type(of: id)
            var json = StoredJSONWriter()
            json.member("id", id)
            json.member("type", type)
            json.member("attributes", json: Self.array(attributes))
            json.member("relationships", json: Self.relationships(links))
            output.append(report.objects.isEmpty ? "\n" : ",\n")
            output.append(json.finish())
            report.objects[type, default: 0] += 1
            try output.flushIfFull()
        }
        var last = ""
        while true {
            let rows = try await log.pool.query(
                """
                SELECT s.stream FROM caseflow.streams s WHERE s.log_id = $1 AND s.stream > $2 ORDER BY s.stream LIMIT 500
                """,
                [log.id.rawValue, last]
            )
            if rows.isEmpty { break }
            let streams = try rows.map { try $0.decode(0, as: String.self) }
            last = streams.last ?? last
            let cases = try await facts(of: streams.filter { $0.hasPrefix("case/") }, upTo: source.end)
            for stream in streams {
                mentioned.remove(stream)
                // A case that came in after the export began has no events in it.
                if stream.hasPrefix("case/"), cases[stream] == nil { continue }
                try write(stream, cases[stream]?.attributes ?? [], cases[stream]?.links ?? [])
            }
        }
        for id in mentioned.sorted() { try write(id) }
        try await log.pool.withConnection { connection in
            // The name of a log holds nothing that SQL would read as more than a text.
            let sql = """
                COPY (SELECT DISTINCT coalesce(data->'intake'->>'visit', data->>'visit') COLLATE "C" AS visit
                        FROM caseflow.events
                       WHERE log_id = '\(log.id.rawValue)' AND position <= \(source.end)
                         AND type IN ('case.received/1', 'case.visited/1')
                         AND coalesce(data->'intake'->>'visit', data->>'visit') IS NOT NULL
                       ORDER BY 1) TO STDOUT (FORMAT binary)
                """
            try await connection.copyOut(sql) { batch in
                while try batch.nextRow() { try write("visit/\(try batch.field(as: String.self))") }
            }
        }
    }

    private struct CaseObject {
        var attributes: [[UInt8]] = []
        var links: [ObjectLink] = []
    }

    /// Attributes and relations of some cases.
    private func facts(of streams: [String], upTo end: Int64) async throws -> [String: CaseObject] {
        if streams.isEmpty { return [:] }
        let rows = try await log.pool.query(
            """
            SELECT e.stream, e.effective_at, e.data->>'number', e.data->'intake'->>'channel',
                   e.data->'intake'->>'place', e.data->'intake'->>'village', e.data->'intake'->>'visit', e.data->>'item'
              FROM unnest($2::text[]) AS u(stream)
             CROSS JOIN LATERAL (SELECT * FROM caseflow.events e
                                  WHERE e.log_id = $1 AND e.stream = u.stream AND e.position <= $3
                                    AND (e.version = 1 OR e.type = 'case.rules-pinned/1')
                                  ORDER BY e.version LIMIT 1000) AS e
             ORDER BY e.stream, e.version
            """,
            [log.id.rawValue, streams, end]
        )
        var cases: [String: CaseObject] = [:]
        for row in rows {
            let at = try row.decode(1, as: Timestamp.self)
            var object = cases[try row.decode(0)] ?? CaseObject()
            func text(_ column: Int) throws -> String? { try row.decode(column, as: String?.self) }
            for (name, column) in [("number", 2), ("channel", 3)] {
                if let value = try text(column) { object.attributes.append(Self.attribute(name, value, at: at)) }
            }
            func link(_ qualifier: String, _ prefix: String, _ column: Int) throws {
                guard let value = try text(column) else { return }
                let link = ObjectLink(qualifier, "\(prefix)/\(value)")
                if !object.links.contains(link) { object.links.append(link) }
            }
            try link("received at", UnitEventCoding.category, 4)
            try link("of the village of", UnitEventCoding.category, 5)
            try link("handed in on", "visit", 6)
            try link("of", ItemEventCoding.category, 7)
            cases[try row.decode(0)] = object
        }
        return cases
    }

    // MARK: Events

    private static func event(_ told: ExportedEvent) -> [UInt8] {
        let recorded = told.recorded
        var json = StoredJSONWriter()
        json.member("id", "e\(recorded.position)")
        json.member("type", told.activity)
        json.member("time", recorded.effectiveAt.description)
        let step = told.event?.sourceStep
        let values: [(String, String?)] = [
            ("position", String(recorded.position)), ("version", String(recorded.version)),
            ("recorded", recorded.recordedAt.description), ("actor", recorded.actor.rawValue),
            ("role", told.event?.by?.role.rawValue), ("stage", told.stage), ("details", told.details),
            ("activity", step?.activity), ("performer", step?.performer), ("lifecycle", step?.lifecycle),
        ]
        json.member(
            "attributes",
            json: array(
                values.compactMap { name, value in
                    value.map { attribute(name, $0, at: nil) }
                }
            )
        )
        json.member("relationships", json: relationships(told.links))
        return json.finish()
    }

    private static func attribute(_ name: String, _ value: String, at moment: Timestamp?) -> [UInt8] {
        var json = StoredJSONWriter()
        json.member("name", name)
        json.member("time", moment?.description)
        json.member("value", value)
        return json.finish()
    }

    private static func relationships(_ links: [ObjectLink]) -> [UInt8] {
        array(
            links.map { link in
                var json = StoredJSONWriter()
                json.member("objectId", link.object)
                json.member("qualifier", link.qualifier)
                return json.finish()
            }
        )
    }

    private static func array(_ elements: [[UInt8]]) -> [UInt8] {
        Array("[".utf8) + Array(elements.joined(separator: [UInt8(ascii: ",")])) + Array("]".utf8)
    }
}
