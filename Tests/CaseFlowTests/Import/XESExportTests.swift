import EventStore
import Foundation
import Support
import Testing

@testable import CaseFlow

/// Handing cases out again.
@Suite struct XESExportTests {
    private let traces = [
        TraceText(
            "A-1",
            [("deadline", "2026-01-20T00:00:00+08:00"), ("a key", "ä &lt;b&gt; &quot;c&quot;")],
            [
                .init("receive", "2026-01-05T09:00:00.123+08:00", by: "w1"),
                .init(
                    "review",
                    "2026-01-04T09:00:00.000-03:30",
                    more: """
                        <string key="lifecycle:transition" value="complete"/><int key="cost" value="3"><string key="unit" \
                        value="CNY"/></int><list key="papers"><values><boolean key="p" value="true"/></values></list>
                        """
                ),
            ]
        ),
        TraceText("A-2", [], [.init("receive", "2026-01-05T09:00:00.000Z")]),
    ]

    /// Traces by name: their attributes, then each event's, sorted by key.
    private func content(_ path: String) async throws -> [String: [[XESAttribute]]] {
        var content: [String: [[XESAttribute]]] = [:]
        var name = ""
        for item in try await readAll(xes: path).items {
            switch item {
            case .traceBegin(let attributes, _, _):
                name = attributes.first { $0.key == "concept:name" }?.value ?? ""
                content[name] = [attributes.sorted { $0.key < $1.key }]
            case .events(let events):
                content[name, default: []] += events.map { $0.attributes.sorted { $0.key < $1.key } }
            default: break
            }
        }
        return content
    }

    @Test(arguments: ["b.xes", "b.xes.gz"])
    func `what is exported and read again is what was imported`(file: String) async throws {
        try await ImportBench.run { log, scratch in
            let path = try scratch.write("a.xes", xes(traces))
            _ = try await log.importXES(path)
            let report = try await XESExport(log).write(to: scratch.path(file))
            #expect(report == XESExport.Report(cases: 2, events: 3))
            let (before, after) = (try await content(path), try await content(scratch.path(file)))
            #expect(after == before)
            #expect(after["A-1"]?.count == 3)
            // The order of attributes within an event: what is common first.
            let events = try await readAll(xes: scratch.path(file)).events
            #expect(
                events.first { $0.attributes.count > 4 }?.attributes.map(\.key)
                    == ["concept:name", "lifecycle:transition", "time:timestamp", "cost", "papers"]
            )
            // And it can be brought in elsewhere, with the same result.
            try await ImportBench.run { other, _ in
                #expect(try await other.importXES(scratch.path(file)).counts == [2, 3, 0, 0, 0])
                for number in ["A-1", "A-2"] {
                    let (one, two) = (try await log.facts(of: number), try await other.facts(of: number))
                    #expect(one.count == two.count)
                    #expect(one.dropFirst() == two.dropFirst())
                }
            }
        }
    }

    @Test func `a log without cases gives a file without traces`() async throws {
        try await ImportBench.run { log, scratch in
            let report = try await XESExport(log).write(to: scratch.path("b.xes"))
            #expect(report == XESExport.Report(cases: 0, events: 0))
            let reading = try await readAll(xes: scratch.path("b.xes"))
            #expect(reading.failure == nil)
            #expect(reading.header?.version == "1849.2016" || reading.header?.version != nil)
        }
    }

    @Test func `a case with an event that cannot be read leaves no file behind`() async throws {
        try await LiveCases.run { cases in
            let scratch = try ScratchDirectory()
            try await cases.add("1", due: nil)
            try await cases.add("1", type: "case.unheard-of/1", json: "{}")
            await #expect(throws: UnreadableEvent.self) {
                _ = try await XESExport(cases.log).write(to: scratch.path("b.xes"))
            }
            #expect(!(try scratch.names.contains("b.xes")))
        }
    }

    @Test func `progress is told up to the end`() async throws {
        try await ImportBench.run { log, scratch in
            _ = try await log.importXES(scratch.write("a.xes", xes(traces)))
            var told: [String] = []
            _ = try await XESExport(log).write(to: scratch.path("b.xes")) { told.append("\($0)/\($1)") }
            #expect(told.last == "2/2")
        }
    }
}
