import EventStore
import Foundation
import Support
import Testing

@testable import CaseFlow

/// Bringing logs in XES into a real database.
@Suite struct XESImportTests {
    private let two = [
        TraceText(
            "A-1",
            [("startdate", "2026-01-05T09:00:00+08:00"), ("deadline", "2026-01-20T00:00:00+08:00")],
            [
                .init("receive", "2026-01-05T09:00:00+08:00", by: "w1"), .init("review", "2026-01-07T10:00:00+08:00"),
                // Out of the order of time: the file's order is kept.
                .init("sign", "2026-01-06T10:00:00+08:00", more: "<string key=\"seal\" value=\"3\"/>"),
            ]
        ),
        TraceText(
            "A-2",
            [("enddate", "2026-02-02T00:00:00+08:00"), ("channel", "Desk")],
            [.init("receive", "2026-01-08T09:00:00+08:00"), .init("receive", "2026-01-08T09:00:00+08:00")]
        ),
    ]

    @Test func `each trace becomes a stream, in the order of the file`() async throws {
        try await ImportBench.run { log, scratch in
            let report = try await log.importXES(scratch.write("a.xes", xes(two)))
            #expect(report.counts == [2, 5, 0, 0, 0])
            #expect(report.casesRead == 2)
            #expect(report.eventsRead == 5)
            #expect(report.appended == 9)
            #expect(report.problems.isEmpty)
            #expect(try await log.head() == 9)
            let events = try await log.events(of: "A-1")
            #expect(
                events.map(\.type.rawValue) == [
                    "case.received/1", "case.deadline-set/1", "case.step-recorded/1", "case.step-recorded/1",
                    "case.step-recorded/1",
                ]
            )
            #expect(try await log.steps(of: "A-1") == ["receive", "review", "sign"])
            #expect(events[4].effectiveAt == (try zoned("2026-01-06T10:00:00+08:00").timestamp))
            let facts = try await log.facts(of: "A-2")
            guard case .received(let number, let at, let attributes, _) = facts[0] else {
                Issue.record("the first fact is no receipt")
                return
            }
            #expect(number.rawValue == "A-2")
            #expect(at == (try zoned("2026-01-08T09:00:00+08:00")))
            #expect(attributes.map(\.key) == ["concept:name", "enddate", "channel"])
            #expect(facts.last == .closed(at: try zoned("2026-02-02T00:00:00+08:00")))
            guard case .stepRecorded(let step) = try await log.facts(of: "A-1")[4] else { return }
            #expect(step.attributes == [XESAttribute(.string, key: "seal", value: "3")])
            #expect(step.offsetSeconds == 28_800)
        }
    }

    @Test func `every event is marked as imported and says where it comes from`() async throws {
        try await ImportBench.run { log, scratch in
            _ = try await log.importXES(scratch.write("town \"7\".xes", xes(two))) { $0.importer = "old-system" }
            let events = try await log.events(of: "A-1")
            #expect(Set(events.map(\.actor.rawValue)) == ["import:old-system"])
            let metadata = try events.map { try StoredJSON($0.metadata) }
            #expect(Set(metadata.map { $0["source"]?.string }) == ["town \"7\".xes"])
            #expect(metadata.map { $0["line"]?.int } == [3, 3, 5, 6, 7])
        }
    }

    @Test func `a second import adds nothing`() async throws {
        try await ImportBench.run { log, scratch in
            let path = try scratch.write("a.xes", xes(two))
            _ = try await log.importXES(path)
            let report = try await log.importXES(path)
            #expect(report.counts == [0, 0, 0, 2, 0])
            #expect(report.casesRead == 2)
            #expect(report.appended == 0)
            #expect(try await log.head() == 9)
        }
    }

    @Test func `of a case that has grown only what is new is added`() async throws {
        try await ImportBench.run { log, scratch in
            _ = try await log.importXES(scratch.write("a.xes", xes(two)))
            var grown = two
            grown[0].steps.append(.init("deliver", "2026-01-22T10:00:00+08:00"))
            grown[0].attributes.append(("enddate", "2026-01-22T10:00:00+08:00"))
            let report = try await log.importXES(scratch.write("b.xes", xes(grown)))
            #expect(report.counts == [0, 1, 0, 1, 1])
            #expect(report.appended == 2)
            #expect(try await log.steps(of: "A-1") == ["receive", "review", "sign", "deliver"])
            #expect(try await log.facts(of: "A-1").last == .closed(at: try zoned("2026-01-22T10:00:00+08:00")))
            #expect(try await log.importXES(scratch.path("b.xes")).counts == [0, 0, 0, 2, 0])
        }
    }

    @Test func `the same number with other content is refused, and the line is named`() async throws {
        try await ImportBench.run { log, scratch in
            _ = try await log.importXES(scratch.write("a.xes", xes(two)))
            var other = two
            other[0].steps[1].activity = "reject"
            other[1].steps[0].time = "2026-01-09T09:00:00+08:00"
            let report = try await log.importXES(scratch.write("b.xes", xes(other)))
            #expect(report.counts == [0, 0, 2, 0, 0])
            let problems = report.problems.sorted()
            try #require(problems.count == 2)
            #expect(problems[0].hasPrefix("line 6: case A-1 is in the log already, with another step 2; "))
            #expect(problems[1].hasPrefix("line 9: case A-2 is in the log already, received at another time; "))
            #expect(try await log.head() == 9)
            await #expect(throws: ImportStopped.self) {
                _ = try await log.importXES(scratch.path("b.xes")) { $0.policy = .stop }
            }
        }
    }

    @Test func `a number that a file has twice with other steps is taken once`() async throws {
        try await ImportBench.run { log, scratch in
            let twice = [
                TraceText("B", [], [.init("a", "2026-01-05T09:00:00Z"), .init("b", "2026-01-05T09:00:00Z")]),
                TraceText("B", [], [.init("a", "2026-01-05T09:00:00Z"), .init("c", "2026-01-05T09:00:00Z")]),
            ]
            let report = try await log.importXES(scratch.write("a.xes", xes(twice)))
            #expect(report.cases == 1)
            #expect(report.skipped == 1)
            #expect(report.problems.first?.contains("with another step 2") == true)
        }
    }

    @Test func `a trace of 1,200 events comes in several requests, in order`() async throws {
        try await ImportBench.run { log, scratch in
            let steps = (0..<1200).map { TraceText.Step("step \($0)", "2026-01-05T09:00:00Z") }
            let trace = TraceText(
                "long",
                [("enddate", "2026-02-01T00:00:00Z"), ("deadline", "2026-01-30T00:00:00Z")],
                steps
            )
            let path = try scratch.write("a.xes", xes([two[1], trace, two[0]]))
            let report = try await log.importXES(path)
            #expect(report.counts == [3, 1205, 0, 0, 0])
            #expect(try await log.steps(of: "long") == (0..<1200).map { "step \($0)" })
            let events = try await log.events(of: "long")
            #expect(events.count == 1203)
            #expect(events.last?.type == "case.closed/1")
            let requests = try events.map { try StoredJSON($0.metadata)["request"]?.string }
            #expect(Set(requests).count == 3)
            #expect(try await log.importXES(path).counts == [0, 0, 0, 3, 0])
            var grown = trace
            grown.steps.append(.init("late", "2026-01-05T09:00:00Z"))
            #expect(try await log.importXES(scratch.write("b.xes", xes([grown]))).counts == [0, 1, 0, 0, 1])
            #expect(try await log.steps(of: "long").last == "late")
        }
    }

    @Test func `a long case whose limit has changed is compared to its end before it grows`() async throws {
        try await ImportBench.run { log, scratch in
            var trace = TraceText(
                "long",
                [("deadline", "2026-01-30T00:00:00Z")],
                (0..<1100).map { TraceText.Step("step \($0)", "2026-01-05T09:00:00Z") }
            )
            _ = try await log.importXES(scratch.write("a.xes", xes([trace])))
            trace.attributes = [("deadline", "2026-02-15T00:00:00Z")]
            trace.steps.append(.init("late", "2026-02-01T09:00:00Z"))
            let report = try await log.importXES(scratch.write("b.xes", xes([trace])))
            #expect(report.counts == [0, 1, 0, 0, 1])
            #expect(report.appended == 2)
            #expect(try await log.steps(of: "long").count == 1101)
            trace.steps[1050].activity = "another"
            let refused = try await log.importXES(scratch.write("c.xes", xes([trace])))
            #expect(refused.skipped == 1)
            #expect(
                refused.problems.first?.hasPrefix("line 1055: case long is in the log already, with another step 1051")
                    == true
            )
        }
    }

    @Test func `what cannot be read is left out and named by its line`() async throws {
        try await ImportBench.run { log, scratch in
            let traces = [
                TraceText(
                    "C",
                    [("deadline", "soon")],
                    [
                        .init("a", "2026-01-05T09:00:00Z"), .init(nil, "2026-01-06T09:00:00Z"), .init("c", nil),
                        .init("d", "2026-02-30T09:00:00Z"), .init("e", "2026-01-07T09:00:00Z"),
                    ]
                ),
                TraceText(nil, [], [.init("a", "2026-01-05T09:00:00Z")]), TraceText("D", [], [.init("a", nil)]),
                TraceText(String(repeating: "n", count: 101), [], []),
            ]
            let report = try await log.importXES(scratch.write("a.xes", xes(traces)))
            #expect(report.cases == 1)
            #expect(report.events == 2)
            #expect(report.skipped == 8)
            #expect(report.problems.count == 8)
            let expected = [
                "line 6: the event has no concept:name; name what was done",
                "line 7: the event has no time:timestamp; say when it happened",
                "line 8: time:timestamp: 2026-02 has no day 30, its days are 01...28; write it as 2011-10-11T13:42:22+02:00",
                "line 3: deadline: it does not begin with a date such as 2011-10-11; write it as 2011-10-11T13:42:22+02:00",
                "line 11: trace 2 has no concept:name; give it one: it becomes the number of the case",
                "line 17: the event has no time:timestamp; say when it happened",
                "line 15: case D has neither startdate nor an event with a time; give it one of them",
                "line 19: the concept:name of the trace: a case's number must not be longer than 100 bytes; shorten it",
            ]
            #expect(report.problems == expected)
            #expect(try await log.steps(of: "C") == ["a", "e"])
        }
    }

    @Test func `with the policy stop an import ends at the first such record and can be repeated`() async throws {
        try await ImportBench.run { log, scratch in
            var broken = two
            broken[1].steps[1].time = nil
            let path = try scratch.write("a.xes", xes(broken))
            do {
                _ = try await log.importXES(path) { $0.policy = .stop }
                Issue.record("it did not stop")
            } catch let stop as ImportStopped {
                #expect(stop.problem.line == 12)
                #expect(stop.description.hasPrefix("stopped at line 12: the event has no time:timestamp; "))
                #expect(stop.report.skipped == 1)
            }
            #expect(try await log.importXES(scratch.write("a.xes", xes(two))).events <= 5)
            #expect(try await log.steps(of: "A-1").count == 3)
            #expect(try await log.steps(of: "A-2").count == 2)
        }
    }

    @Test func `the attributes of receipt, limit and end may be named`() async throws {
        try await ImportBench.run { log, scratch in
            let trace = TraceText(
                "E",
                [("got", "2026-01-01T08:00:00Z"), ("until", "2026-01-20T00:00:00Z"), ("done", "2026-01-21T00:00:00Z")],
                [.init("a", "2026-01-05T09:00:00Z")]
            )
            let path = try scratch.write("a.xes", xes([trace]))
            _ = try await log.importXES(path) {
                $0.receivedAttribute = "got"
                $0.deadlineAttribute = "until"
                $0.closedAttribute = "done"
            }
            let state = Case.state(after: try await log.facts(of: "E"))
            #expect(state.receivedAt == (try zoned("2026-01-01T08:00:00Z")))
            #expect(state.deadline == (try zoned("2026-01-20T00:00:00Z")))
            #expect(state.closedAt == (try zoned("2026-01-21T00:00:00Z")))
        }
    }

    @Test(arguments: [
        (nil, "2026-01-05T23:30:00.000Z", "2026-01-05T12:00:00.000+08:00", 0),
        ("Asia/Shanghai", "2026-01-06T07:30:00.000+08:00", "2026-01-05T12:00:00.000+08:00", 28_800),
        ("Europe/Amsterdam", "2026-01-06T00:30:00.000+01:00", "2026-01-05T12:00:00.000+01:00", 3600),
    ])
    func `the zone decides the local date, and the meaning of times without an offset`(
        zone: String?,
        received: String,
        deadline: String,
        offset: Int
    ) async throws {
        try await ImportBench.run { log, scratch in
            let trace = TraceText(
                "F",
                [("startdate", "2026-01-05T23:30:00Z"), ("deadline", "2026-01-05T12:00:00")],
                [.init("a", "2026-01-05T09:00:00Z")]
            )
            let path = try scratch.write("a.xes", xes([trace]))
            _ = try await log.importXES(path) { $0.timeZone = zone.flatMap(TimeZone.init(identifier:)) }
            let state = Case.state(after: try await log.facts(of: "F"))
            #expect(state.receivedAt?.description == received)
            #expect(state.deadline?.description == deadline)
            #expect(state.lastStep?.offsetSeconds == offset)
        }
    }

    @Test func `what stood before a fault of the file is in the log`() async throws {
        try await ImportBench.run { log, scratch in
            let path = try scratch.write("a.xes", String(xes(two).dropLast("</trace>\n</log>\n".count + 20)))
            await #expect(throws: InterchangeError.self) { _ = try await log.importXES(path) }
            #expect(try await log.steps(of: "A-1").count == 3)
            #expect(try await log.importXES(scratch.write("a.xes", xes(two))).counts == [1, 2, 0, 1, 0])
        }
    }
}
