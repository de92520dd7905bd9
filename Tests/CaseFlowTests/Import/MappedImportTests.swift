import CaseFlowServer
import EventStore
import Foundation
import PostgresClient
import Support
import Testing
import WorkingTime

@testable import CaseFlow

/// Bringing logs in with a mapping.
@Suite struct MappedImportTests {
    private static let rules = """
        mapping: test
        activities:
          - { activity: submit, occurrence: first, facts: [received] }
          - activity: submit
            facts:
              - reopened: { reason: again }
              - supplement-received: { materials: form, complete: true }
          - activity: reject *
            facts:
              - stage-signed: { stage: '{*}', finding: objection, remark: no }
              - returned: { from: '{*}', to: submission, reason: no }
          - { activity: back, facts: [withdrawn] }
          - { activity: pay, facts: [delivered, closed] }
          - { activity: save, step: a draft }

        """

    private func options(_ text: String = rules) throws -> XESImport.Options {
        XESImport.Options(try ImportMapping(yaml: text, file: "m.yaml"))
    }

    private func bringIn(_ path: String, into log: EventLog, _ text: String = rules) async throws -> ImportReport {
        try await XESImport(path: path, options: try options(text)).run(into: log)
    }

    private func day(_ day: Int, _ offset: String = "+02:00") -> String {
        "2026-01-\(day < 10 ? "0" : "")\(day)T09:00:00.000\(offset)"
    }

    private var long: TraceText {
        let names = ["submit", "reject clerk", "back", "submit", "look", "reject clerk", "submit", "pay", "save"]
        return TraceText("A", [("town", "Xin")], names.enumerated().map { .init($1, day($0 + 1), by: "w\($0)") })
    }

    private var traces: [TraceText] {
        [
            long, TraceText("B", [], [.init("save", day(3)), .init("submit", day(4))]),
            TraceText("C", [("startdate", day(1))], [.init("submit", day(2), more: "<int key=\"n\" value=\"1\"/>")]),
        ]
    }

    @Test func `activities become facts, the others are kept and listed, and nothing is missing`() async throws {
        try await ImportBench.run { log, scratch in
            let report = try await bringIn(scratch.write("a.xes", xes(traces)), into: log)
            #expect(report.counts == [3, 12, 0, 0, 0])
            let events = try await log.events(of: "A")
            #expect(
                events.map(\.type.rawValue) == [
                    "case.received/1", "case.stage-signed/1", "case.returned/1", "case.withdrawn/1", "case.reopened/1",
                    "case.supplement-received/1", "case.step-recorded/1", "case.stage-signed/1", "case.returned/1",
                    "case.supplement-received/1", "case.delivered/1", "case.closed/1", "case.step-recorded/1",
                ]
            )
            let decoded = try events.map(Case.Coding.decode)
            #expect(decoded.compactMap(\.sourceStep).map(\.activity) == long.steps.compactMap(\.activity))
            #expect(decoded.compactMap(\.sourceStep).map(\.performer) == (0..<9).map { "w\($0)" })
            #expect(decoded.filter { $0.source == .sameStep }.map(\.fact.isProcedureOrEnd) == [true, true, true, true])
            let state = decoded.reduce(into: Case.initial, Case.evolve)
            #expect(state.steps == 9)
            #expect(state.phase == .closed)
            #expect(state.closedAt?.description == day(8))
            #expect(state.reopened == 1)
            #expect(state.progress.abandonedAt == nil)
            #expect(state.progress.deliveredAt?.description == day(8))
            #expect(state.lastStep?.activity == "save")
            // Which mapping made it stands with the event.
            let digest = try options().mapping?.digest
            let metadata = try events.map { try StoredJSON($0.metadata) }
            #expect(
                metadata.map { $0["mapping"]?.string != nil } == [true] + Array(repeating: true, count: 5) + [
                    false, true, true, true, true, true, false,
                ]
            )
            #expect(metadata[1]["mappingDigest"]?.string == digest)
            #expect(metadata[1]["line"]?.int == 6)

            let mapped = try #require(report.mapped)
            #expect(mapped.mapping == "test")
            #expect(mapped.digest == digest)
            #expect(mapped.mappedEvents == 7)
            #expect(mapped.keptEvents == 5)
            #expect(
                mapped.facts == [
                    .init(name: "closed", events: 1, cases: 1, casesWithMore: 0),
                    .init(name: "delivered", events: 1, cases: 1, casesWithMore: 0),
                    .init(name: "received", events: 1, cases: 1, casesWithMore: 0),
                    .init(name: "reopened", events: 1, cases: 1, casesWithMore: 0),
                    .init(name: "returned", events: 2, cases: 1, casesWithMore: 1),
                    .init(name: "stage-signed objection", events: 2, cases: 1, casesWithMore: 1),
                    .init(name: "supplement-received", events: 2, cases: 1, casesWithMore: 1),
                    .init(name: "withdrawn", events: 1, cases: 1, casesWithMore: 0),
                ]
            )
            #expect(
                Set(mapped.kept) == [
                    .init(activity: "save", reason: "a draft", events: 2),
                    .init(activity: "look", reason: "the mapping does not name it", events: 1),
                    .init(activity: "submit", reason: "the case was received at another moment", events: 2),
                ]
            )
            #expect(mapped.mappedEvents + mapped.keptEvents == report.eventsRead)
        }
    }

    @Test func `a second import adds nothing and reports the same of the file, a longer trace only what is new`()
        async throws
    {
        try await ImportBench.run { log, scratch in
            var shorter = long
            for count in [1, 2, 3, 6, 8, 9] {
                shorter.steps = Array(long.steps.prefix(count))
                let path = try scratch.write("\(count).xes", xes([shorter]))
                let before = try await log.steps(of: "A").count
                let report = try await bringIn(path, into: log)
                #expect(report.skipped == 0, "\(report.problems)")
                let head = try await log.head()
                let again = try await bringIn(path, into: log)
                #expect(again.counts == [0, 0, 0, 1, 0])
                #expect(again.mapped == report.mapped)
                #expect(try await log.head() == head)
                #expect(try await log.steps(of: "A").count >= before)
            }
            // Piece by piece it is the same as at once.
            let path = try scratch.write("a.xes", xes([long]))
            let facts = try await log.facts(of: "A")
            try await ImportBench.run { other, _ in
                _ = try await bringIn(path, into: other)
                #expect(try await other.facts(of: "A") == facts)
            }
        }
    }

    @Test func `a trace of more pieces than one comes in whole, and again adds nothing`() async throws {
        try await ImportBench.run { log, scratch in
            let names = ["submit"] + (0..<700).map { $0.isMultiple(of: 3) ? "reject r\($0)" : "submit" }
            let trace = TraceText("A", [], names.map { .init($0, day(5)) })
            let path = try scratch.write("a.xes", xes([trace]))
            let report = try await bringIn(path, into: log)
            #expect(report.counts == [1, 701, 0, 0, 0])
            let steps = try await log.events(of: "A").map(Case.Coding.decode).compactMap(\.sourceStep)
            #expect(steps.map(\.activity) == names)
            #expect(try await bringIn(path, into: log).counts == [0, 0, 0, 1, 0])
            let verdict = try await LogVerifier(log).verify()
            #expect(verdict.isSound)
        }
    }

    @Test(arguments: [true, false])
    func `the same file with and without the mapping is refused, and says how`(mappedFirst: Bool) async throws {
        try await ImportBench.run { log, scratch in
            let path = try scratch.write("a.xes", xes([long]))
            _ = try await mappedFirst ? bringIn(path, into: log) : log.importXES(path)
            let head = try await log.head()
            let report = try await mappedFirst ? log.importXES(path) : bringIn(path, into: log)
            #expect(report.counts == [0, 0, 1, 0, 0])
            #expect(try await log.head() == head)
            let (has, wants) = ("stage-signed and returned", "a recorded step")
            #expect(
                report.problems == [
                    "line 6: case A is in the log already, with step 2 ('reject clerk') as "
                        + "\(mappedFirst ? has : wants), and this import makes it \(mappedFirst ? wants : has); "
                        + "import with the mapping that the case came in with, or none if it had none; "
                        + "or into a log of its own"
                ]
            )
        }
    }

    @Test func `a mapping that has changed is refused where it matters, and not elsewhere`() async throws {
        try await ImportBench.run { log, scratch in
            let path = try scratch.write("a.xes", xes(traces))
            _ = try await bringIn(path, into: log)
            let other = Self.rules.replacingOccurrences(of: "facts: [withdrawn]", with: "step: nothing")
            let report = try await bringIn(path, into: log, other)
            #expect(report.counts == [0, 0, 1, 2, 0])
            #expect(report.problems.first?.contains("step 3 ('back') as withdrawn") == true)
        }
    }

    @Test func `what goes out is what came in, to the attribute and the offset`() async throws {
        try await ImportBench.run { log, scratch in
            var given = traces
            given[0].steps[1].time = day(2, "-03:30")
            given[0].steps[1].more =
                "<string key=\"lifecycle:transition\" value=\"complete\"/><list key=\"l\"><values><id key=\"a\" value=\"b\"/></values></list>"
            let path = try scratch.write("a.xes", xes(given))
            _ = try await bringIn(path, into: log)
            let report = try await XESExport(log).write(to: scratch.path("b.xes"))
            #expect(report == XESExport.Report(cases: 3, events: 12))
            func content(_ path: String) async throws -> [String: [Set<XESAttribute>]] {
                var content: [String: [Set<XESAttribute>]] = [:]
                var name = ""
                for item in try await readAll(xes: path).items {
                    if case .traceBegin(let attributes, _, _) = item {
                        name = attributes.first { $0.key == "concept:name" }?.value ?? ""
                        content[name] = [Set(attributes)]
                    }
                    if case .events(let events) = item {
                        content[name, default: []] += events.map { Set($0.attributes) }
                    }
                }
                return content
            }
            let (before, after) = (try await content(path), try await content(scratch.path("b.xes")))
            #expect(before == after)
            #expect(after["A"]?.count == 10)
        }
    }

    @Test func `a mapping for another log is refused before anything is stored`() async throws {
        let scratch = try ScratchDirectory()
        let named = xes([long]).replacingOccurrences(
            of: "<trace>",
            with: "<string key=\"concept:name\" value=\"Other\"/><trace>"
        )
        let (path, text) = (
            try scratch.write("a.xes", named),
            Self.rules.replacingOccurrences(of: "activities:", with: "log: This\nactivities:")
        )
        try await ImportBench.run { log, _ in
            await #expect(throws: ImportMapping.OtherLog(mapping: "test", wanted: "This", found: "Other")) {
                _ = try await bringIn(path, into: log, text)
            }
            let head = try await log.head()
            #expect(head == 0)
        }
    }

    @Test func `the read tables know an imported fact as the step that it was`() async throws {
        try await ImportBench.run { log, scratch in
            _ = try await bringIn(scratch.write("a.xes", xes(traces)), into: log)
            try await Projections.catchUp(log)
            let rows = try await log.pool.query(
                """
                SELECT o.case_number, o.steps, o.last_step, o.last_performer, o.state, c.last_step_at IS NOT NULL
                  FROM caseflow.case_overview o JOIN caseflow.case_compliance c USING (log_id, stream)
                 WHERE o.log_id = $1 ORDER BY 1
                """,
                [log.id.rawValue]
            )
            let told = try rows.map { row in
                let (performer, state) = (
                    try row.decode(3, as: String?.self) ?? "-", try row.decode(4, as: String.self)
                )
                return "\(try row.decode(0, as: String.self)) \(try row.decode(1, as: Int64.self)) "
                    + "\(try row.decode(2, as: String.self)) \(performer) \(state) \(try row.decode(5, as: Bool.self))"
            }
            #expect(told == ["A 9 save w8 closed true", "B 2 submit - open true", "C 1 submit - open true"])
        }
    }
}

extension Case.Fact {
    fileprivate var isProcedureOrEnd: Bool {
        switch self {
        case .procedure, .closed: true
        default: false
        }
    }
}
