import EventStore
import Foundation
import Support
import Testing
import WorkingTime

@testable import CaseFlow

/// What is left out of an import is told once, and nothing else is left out with it.
@Suite struct SkippedRecordTests {
    private func bringIn(
        _ path: String,
        into log: EventLog,
        policy: ProblemPolicy = .skip
    ) async throws -> ImportOutcome {
        var columns = CSVImport.Columns(caseNumber: "case", activity: "what", time: "when")
        columns.closed = "end"
        var options = CSVImport.Options()
        options.policy = policy
        return try await CSVImport(path: path, columns: columns, options: options).outcome { log }
    }

    /// Rows of the case `A` and of forty others, with one end of `A` in the first row and others where told.
    private func table(rows: Int, ends: [Int: String], change: [Int: String] = [:]) -> String {
        var text = "case,what,when,end\n"
        for row in 0..<rows {
            let number = row.isMultiple(of: 100) ? "A" : "c\(row % 40)"
            text += "\(number),\(change[row] ?? "step \(row)"),2026-01-05 09:00:00,\(ends[row] ?? "")\n"
        }
        return text
    }

    @Test(arguments: [300, 9_000])
    func `of two ends of a case the second is reported by its line, and every step is stored`(row: Int) async throws {
        try await ImportBench.run { log, scratch in
            let ends = [0: "2026-02-01", row: "2026-02-02", row + 100: "2026-02-02"]
            let path = try scratch.write("a.csv", table(rows: 10_000, ends: ends))
            let report = try await bringIn(path, into: log).get()
            #expect(report.counts == [41, 10_000, 1, 0, 0])
            #expect(
                report.problems == [
                    """
                    line \(row + 2): case A was closed at 2026-02-01T00:00:00.000+08:00: its other end, \
                    2026-02-02T00:00:00.000+08:00, is left out; correct the one that is wrong
                    """
                ]
            )
            #expect(try await log.steps(of: "A").count == 100)
            #expect(Case.state(after: try await log.facts(of: "A")).closedAt?.localDate.description == "2026-02-01")
            let again = try await bringIn(path, into: log).get()
            #expect(again.counts == [0, 0, 1, 41, 0])
            #expect(again.appended == 0)
        }
    }

    @Test func `a trace with another end than the log has brings its new steps`() async throws {
        try await ImportBench.run { log, scratch in
            var trace = TraceText("A", [("enddate", "2026-02-01T00:00:00Z")], [.init("a", "2026-01-05T09:00:00Z")])
            _ = try await log.importXES(scratch.write("a.xes", xes([trace])))
            trace.attributes = [("enddate", "2026-02-02T00:00:00Z")]
            trace.steps.append(.init("b", "2026-01-06T09:00:00Z"))
            let report = try await log.importXES(scratch.write("b.xes", xes([trace])))
            #expect(report.counts == [0, 1, 1, 0, 1])
            #expect(report.problems.first?.hasPrefix("line 3: case A was closed at 2026-02-01T00:00:00.000Z") == true)
            #expect(try await log.steps(of: "A") == ["a", "b"])
        }
    }

    @Test func `a case whose piece is refused is told once, and its later pieces are left out with it`() async throws {
        try await ImportBench.run { log, scratch in
            _ = try await bringIn(scratch.write("a.csv", table(rows: 14_000, ends: [:])), into: log).get()
            let head = try await log.head()
            // Row 100 is of `A`, in the first window of four.
            let other = table(rows: 15_000, ends: [:], change: [100: "another"])
            let report = try await bringIn(scratch.write("b.csv", other), into: log).get()
            #expect(report.skipped == 1)
            #expect(
                report.problems.first?.hasPrefix("line 102: case A is in the log already, with another step 2") == true
            )
            #expect(try await log.steps(of: "A").count == 140)
            #expect(report.events == 990)
            #expect(try await log.head() == head + 990)

            let steps = (0..<1800).map { TraceText.Step("step \($0)", "2026-01-05T09:00:00Z") }
            var trace = TraceText("long", [], steps)
            _ = try await log.importXES(scratch.write("a.xes", xes([trace])))
            trace.steps[3].activity = "another"
            trace.steps[1700].activity = "another"
            let refused = try await log.importXES(scratch.write("b.xes", xes([trace, TraceText("long", [], steps)])))
            #expect(refused.counts == [0, 0, 1, 1, 0])
            #expect(refused.problems.count == 1)
        }
    }

    @Test func `a limit that cannot be read is told once, however long the trace`() async throws {
        try await ImportBench.run { log, scratch in
            let steps = (0..<1800).map { TraceText.Step("step \($0)", "2026-01-05T09:00:00Z") }
            let trace = TraceText("long", [("deadline", "soon")], steps)
            let report = try await log.importXES(scratch.write("a.xes", xes([trace])))
            #expect(report.counts == [1, 1800, 1, 0, 0])
            #expect(report.problems.count == 1)
        }
    }

    @Test func `an import that stops has brought in all rows before the one it stops at`() async throws {
        try await ImportBench.run { log, scratch in
            let text = "case,what,when,end\nA,a,2026-01-05,\nB,b,2026-01-05,\nB,c,soon,\nB,d,2026-01-05,\n"
            let outcome = try await bringIn(scratch.write("a.csv", text), into: log, policy: .stop)
            let stop = try #require(outcome.error as? ImportStopped)
            #expect(stop.problem.line == 4)
            #expect(stop.report == outcome.report)
            #expect(outcome.report.counts == [2, 2, 1, 0, 0])
            #expect(stop.description.contains("Brought in until then: 2 cases, 2 events."))
            #expect(try await log.steps(of: "B") == ["b"])
        }
    }

    @Test func `what was read of a table before a fault of the file is in the log`() async throws {
        try await ImportBench.run { log, scratch in
            let text =
                "case,what,when,end\nA,a,2026-01-05,\nB,b,2026-01-05,\nB,\(String(repeating: "x", count: 1 << 21)),"
            let outcome = try await bringIn(scratch.write("a.csv", text), into: log)
            #expect((outcome.error as? InterchangeError)?.reason == .tooLarge)
            #expect(outcome.report.counts == [2, 2, 0, 0, 0])
            #expect(try await log.head() == 4)
        }
    }

    @Test func `the log is asked for once the file is open and has its columns`() async throws {
        struct Asked: Error {}
        let scratch = try ScratchDirectory()
        let columns = CSVImport.Columns(caseNumber: "case", activity: "what", time: "when")
        for path in [scratch.path("none.csv"), try scratch.write("a.csv", "case,what\n")] {
            await #expect {
                _ = try await CSVImport(path: path, columns: columns).outcome { throw Asked() }
            } throws: {
                !($0 is Asked)
            }
        }
        for path in [scratch.path("none.xes"), try scratch.write("a.xes", "<html/>")] {
            await #expect(throws: InterchangeError.self) {
                _ = try await XESImport(path: path).outcome { throw Asked() }
            }
        }
        await #expect(throws: Asked.self) {
            _ = try await XESImport(path: scratch.write("b.xes", xes([]))).outcome { throw Asked() }
        }
    }
}
