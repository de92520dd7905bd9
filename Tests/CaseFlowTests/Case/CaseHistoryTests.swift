import CaseFlow
import EventStore
import Foundation
import Support
import Testing

/// Finding a case, and seeing it as it was.
@Suite struct CaseHistoryTests {
    @Test func `an imported case is found by number, id and stream`() async throws {
        try await ImportBench.run { log, scratch in
            let trace = TraceText("案-7 x", [], [.init("a", "2026-01-05T09:00:00Z")])
            _ = try await log.importXES(scratch.write("a.xes", xes([trace])))
            let stream = CaseNumber(trusted: "案-7 x").stream(in: log.id)
            let id = String(stream.rawValue.dropFirst("case/".count))
            for text in ["案-7 x", id, id.uppercased(), stream.rawValue] {
                #expect(try await CaseHistory.find(text, in: log) == stream)
            }
        }
    }

    @Test func `a case of the daily work is found by its number through the overview`() async throws {
        try await LiveCases.run { cases in
            let at = try zoned("2026-03-01T09:00:00+08:00")
            let received = Case.Fact.received(number: CaseNumber(trusted: "N-1"), at: at, attributes: [])
            try await cases.add("0190b2aa", [received])
            await #expect(throws: CaseHistory.Problem.self) { _ = try await CaseHistory.find("N-1", in: cases.log) }
            try await cases.catchUp()
            #expect(try await CaseHistory.find("N-1", in: cases.log).rawValue == "case/0190b2aa")
            #expect(try await CaseHistory.find("0190B2AA", in: cases.log).rawValue == "case/0190b2aa")
        }
    }

    @Test(arguments: ["no such", "", "case/none", "seal/1", String(repeating: "x", count: 300), "'; DROP TABLE x"])
    func `a case that is not there is told with the log and a way on`(text: String) async throws {
        try await LiveCases.run { cases in
            do {
                _ = try await CaseHistory.find(text, in: cases.log)
                Issue.record("it was found")
            } catch let problem as CaseHistory.Problem {
                #expect(
                    problem.description
                        == "log \(cases.log.id) has no case '\(text)': give its number or its id; "
                        + "`caseflowd late` and `log list` show what there is"
                )
            }
        }
    }

    @Test func `the two clocks tell two histories`() async throws {
        try await LiveCases.run { cases in
            func step(_ name: String, _ at: String) async throws {
                try await cases.add("1", [.stepRecorded(Case.Step(activity: name))], at: at)
            }
            try await cases.add("1", due: "2026-03-10T00:00:00+08:00")
            try await step("late entry", "2026-03-05T09:00:00+08:00")
            try await step("early entry", "2026-03-03T09:00:00+08:00")
            let stream = StreamName(trusted: "case/1")
            let all = try await CaseHistory(stream, in: cases.log)
            #expect(all.events.count == 4)
            #expect(all.later == 0)
            #expect(all.state.lastStep?.activity == "early entry")
            let recorded = all.events.map(\.recorded.recordedAt)
            #expect(recorded == recorded.sorted())
            func seen(_ moment: Timestamp, _ clock: CaseHistory.Clock) async throws -> String {
                let history = try await CaseHistory(stream, in: cases.log, asOf: moment, by: clock)
                return "\(history.events.count) \(history.later) \(history.state.lastStep?.activity ?? "-")"
            }
            // By recording: to the microsecond, and what was recorded at the moment itself is seen.
            #expect(try await seen(recorded[2], .recorded) == "3 1 late entry")
            #expect(try await seen(recorded[2].advanced(byMicroseconds: -1), .recorded) == "2 2 -")
            #expect(try await seen(recorded[3], .recorded) == "4 0 early entry")
            #expect(try await seen(.earliest, .recorded) == "0 4 -")
            // By effect: the step that was entered last had happened first.
            let third = try zoned("2026-03-03T09:00:00+08:00").timestamp
            #expect(try await seen(third, .effective) == "3 1 early entry")
            #expect(try await seen(third.advanced(byMicroseconds: -1), .effective) == "2 2 -")
            #expect(try await seen(.latest, .effective) == "4 0 early entry")
            // A case of the daily work goes by the record; what the other clock would show is told.
            let own = try await CaseHistory(stream, in: cases.log, asOf: third)
            #expect(own.clock == .recorded)
            #expect(own.events.isEmpty)
            #expect(own.byOtherClock == 3)
            let nothing = try await CaseHistory(StreamName(trusted: "case/none"), in: cases.log)
            #expect(nothing.events.isEmpty)
            #expect(nothing.state == Case.initial)
        }
    }

    @Test func `a report shows each event with both times, position, leaf and content`() async throws {
        try await LiveCases.run { cases in
            let attribute = XESAttribute(.string, key: "channel", value: "办 \"1\"")
            try await cases.add("1", due: "2026-03-10T00:00:00+08:00", attributes: [attribute])
            let history = try await CaseHistory(StreamName(trusted: "case/1"), in: cases.log)
            let data = try JSONEncoder().encode(try CaseReport(history, withEvents: true))
            let json = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
            #expect(json["case"] as? String == "1")
            let state = try #require(json["state"] as? [String: Any])
            #expect(state["phase"] as? String == "open")
            #expect(state["deadline"] as? String == "2026-03-10T00:00:00.000+08:00")
            #expect(state["attributes"] as? [String: String] == ["channel": "办 \"1\""])
            let events = try #require(json["events"] as? [[String: Any]])
            #expect(events.map { $0["position"] as? Int } == [1, 2])
            #expect(events[0]["effectiveAt"] as? String == "2026-03-01T01:00:00.000000Z")
            #expect(events[0]["recordedAt"] as? String == history.events[0].recorded.recordedAt.description)
            #expect(events[0]["actor"] as? String == "officer/1")
            #expect((events[0]["leaf"] as? String)?.count == 44)
            let content = try #require(events[0]["data"] as? [String: Any])
            #expect(content["number"] as? String == "1")
            #expect(content["attributes"] as? [[String]] == [["string", "channel", "办 \"1\""]])
            let without = try JSONEncoder().encode(try CaseReport(history, withEvents: false))
            #expect(!String(decoding: without, as: UTF8.self).contains("\"events\""))
        }
    }
}
