import EventStore
import Foundation
import Support
import Testing

@testable import CaseFlow

/// A trace of a file made for a test.
struct TraceText {
    /// An event: its line of attributes.
    struct Step {
        var activity: String?
        var time: String?
        var performer: String?
        var more = ""

        init(_ activity: String?, _ time: String?, by performer: String? = nil, more: String = "") {
            self.activity = activity
            self.time = time
            self.performer = performer
            self.more = more
        }

        var xml: String {
            var xml = "<event>"
            if let activity { xml += "<string key=\"concept:name\" value=\"\(activity)\"/>" }
            if let performer { xml += "<string key=\"org:resource\" value=\"\(performer)\"/>" }
            if let time { xml += "<date key=\"time:timestamp\" value=\"\(time)\"/>" }
            return xml + more + "</event>"
        }
    }

    var name: String?
    var attributes: [(key: String, value: String)]
    var steps: [Step]

    init(_ name: String?, _ attributes: [(key: String, value: String)] = [], _ steps: [Step]) {
        self.name = name
        self.attributes = attributes
        self.steps = steps
    }
}

/// The text of a log: two lines of head; a line each for the beginning of a trace with its name, for its attributes,
/// for each event, and for its end.
func xes(_ traces: [TraceText]) -> String {
    var lines = ["<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "<log xes.version=\"1849.2016\">"]
    for trace in traces {
        lines.append("<trace>" + (trace.name.map { "<string key=\"concept:name\" value=\"\($0)\"/>" } ?? ""))
        lines.append(trace.attributes.map { "<string key=\"\($0.key)\" value=\"\($0.value)\"/>" }.joined())
        lines += trace.steps.map(\.xml)
        lines.append("</trace>")
    }
    return (lines + ["</log>", ""]).joined(separator: "\n")
}

/// One database for all tests of imports; each takes a log of its own.
enum ImportBench {
    private static let database = Task { try await TestCluster.shared.database() }

    /// A new log, given to `body` together with a directory; closed afterwards.
    static func run<Result>(
        _ body: (EventLog, ScratchDirectory) async throws -> Result
    ) async throws -> Result {
        let log = try await database.value.log("log-\(UUID().uuidString)")
        do {
            let result = try await body(log, try ScratchDirectory())
            await log.close()
            return result
        } catch {
            await log.close()
            throw error
        }
    }
}

extension EventLog {
    /// The events of a case by its number.
    func events(of number: String) async throws -> [RecordedEvent] {
        var events: [RecordedEvent] = []
        for try await event in readStream(CaseNumber(trusted: number).stream(in: id)) { events.append(event) }
        return events
    }

    /// The facts of a case by its number.
    func facts(of number: String) async throws -> [Case.Fact] {
        try await events(of: number).map { try Case.Coding.decode($0).fact }
    }

    /// The steps of a case by its number, by name.
    func steps(of number: String) async throws -> [String] {
        try await facts(of: number).compactMap { fact in
            if case .stepRecorded(let step) = fact { step.activity } else { nil }
        }
    }

    /// Imports a file.
    func importXES(_ path: String, _ change: (inout XESImport.Options) -> Void = { _ in }) async throws -> ImportReport
    {
        var options = XESImport.Options()
        change(&options)
        return try await XESImport(path: path, options: options).run(into: self)
    }
}

extension ImportReport {
    /// The counts: new cases, events brought in, skipped, unchanged, grown.
    var counts: [Int] { [cases, events, skipped, unchanged, grown] }
}
