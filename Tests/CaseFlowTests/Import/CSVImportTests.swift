import EventStore
import Foundation
import Support
import Testing

@testable import CaseFlow

/// Bringing tables into a real database.
@Suite struct CSVImportTests {
    private func bringIn(
        _ path: String,
        into log: EventLog,
        _ change: (inout CSVImport.Columns, inout CSVImport.Options) -> Void = { _, _ in }
    ) async throws -> ImportReport {
        var columns = CSVImport.Columns(caseNumber: "case", activity: "what", time: "when")
        var options = CSVImport.Options()
        change(&columns, &options)
        return try await CSVImport(path: path, columns: columns, options: options).run(into: log)
    }

    private let mixed = """
        case,what,when,who,town,due,end
        A,receive,2026-01-05 09:00:00,w1,Xin,2026-01-20,
        B,receive,2026-01-05 10:00:00,w2,He,,
        A,review,2026-01-06 09:00:00,,Xin,2026-01-20,
        B,review,2026-01-06 10:00:00,w1,,,2026-01-30 08:00:00
        A,sign,2026-01-04 09:00:00,w3,Xin,2026-01-20,2026-01-19

        """

    private func mapping(_ columns: inout CSVImport.Columns, _ options: inout CSVImport.Options) {
        columns.performer = "who"
        columns.deadline = "due"
        columns.closed = "end"
        columns.ofCase = ["town"]
    }

    @Test func `rows of several cases may be mixed, each case keeps its order`() async throws {
        try await ImportBench.run { log, scratch in
            let report = try await bringIn(scratch.write("a.csv", mixed), into: log, mapping)
            #expect(report.counts == [2, 5, 0, 0, 0])
            #expect(report.casesRead == 2)
            #expect(report.eventsRead == 5)
            #expect(try await log.steps(of: "A") == ["receive", "review", "sign"])
            #expect(try await log.steps(of: "B") == ["receive", "review"])
            let a = Case.state(after: try await log.facts(of: "A"))
            #expect(a.receivedAt?.description == "2026-01-05T09:00:00.000+08:00")
            #expect(a.deadline?.description == "2026-01-20T00:00:00.000+08:00")
            #expect(a.closedAt?.description == "2026-01-19T00:00:00.000+08:00")
            #expect(a.attributes == [XESAttribute(.string, key: "town", value: "Xin")])
            #expect(a.lastStep?.performer == "w3")
            let b = Case.state(after: try await log.facts(of: "B"))
            #expect(b.deadline == nil)
            #expect(b.closedAt?.description == "2026-01-30T08:00:00.000+08:00")
            let events = try await log.events(of: "B")
            #expect(Set(events.map(\.actor.rawValue)) == ["import:csv"])
            let metadata = try events.map { try StoredJSON($0.metadata) }
            #expect(metadata.map { $0["line"]?.int } == [3, 3, 5, 5])
            #expect(metadata.allSatisfy { $0["source"]?.string == "a.csv" })
        }
    }

    @Test func `columns without a part become attributes of the step`() async throws {
        try await ImportBench.run { log, scratch in
            _ = try await bringIn(scratch.write("a.csv", mixed), into: log)
            guard case .stepRecorded(let step) = try await log.facts(of: "B")[2] else {
                Issue.record("no step")
                return
            }
            #expect(step.attributes.map { "\($0.key)=\($0.value)" } == ["who=w1", "end=2026-01-30 08:00:00"])
        }
    }

    @Test func `a second import adds nothing, a longer table only its new rows`() async throws {
        try await ImportBench.run { log, scratch in
            let path = try scratch.write("a.csv", mixed)
            _ = try await bringIn(path, into: log, mapping)
            let head = try await log.head()
            #expect(try await bringIn(path, into: log, mapping).counts == [0, 0, 0, 2, 0])
            #expect(try await log.head() == head)
            let longer = try scratch.write("b.csv", mixed + "B,archive,2026-02-06 10:00:00,w1,,,\n")
            #expect(try await bringIn(longer, into: log, mapping).counts == [0, 1, 0, 1, 1])
        }
    }

    @Test(arguments: ["case", "what", "when", "who"])
    func `a column that is not there is named, with those that are`(missing: String) async throws {
        try await ImportBench.run { log, scratch in
            let header = ["case", "what", "when", "who"].filter { $0 != missing }
            let path = try scratch.write("a.csv", header.joined(separator: ",") + "\na,b,2026-01-01\n")
            do {
                _ = try await bringIn(path, into: log) { columns, _ in columns.performer = "who" }
                Issue.record("it was imported")
            } catch let error as CSVImport.WrongColumns {
                #expect(
                    error.description
                        == "the table has no column '\(missing)'; it has: \(header.joined(separator: ", "))"
                )
            }
            #expect(try await log.head() == 0)
        }
    }

    @Test func `rows that cannot be read are left out and named`() async throws {
        try await ImportBench.run { log, scratch in
            let path = try scratch.write(
                "a.csv",
                """
                case,what,when
                A,a,2026-01-05 09:00:00
                ,b,2026-01-05 09:00:00
                A,,2026-01-05 09:00:00
                A,d,05.01.2026
                A,e
                A,f,2026-01-06 09:00:00
                A,g\u{0},2026-01-06 09:00:00

                """
            )
            let report = try await bringIn(path, into: log)
            #expect(report.counts == [1, 2, 5, 0, 0])
            #expect(report.problems.count == 5)
            #expect(report.problems[0] == "line 3: a case's number must not be empty; correct the column 'case'")
            #expect(report.problems[1] == "line 4: 'what' is empty; name what was done")
            #expect(report.problems[2].hasPrefix("line 5: 'when': it does not begin with a date such as 2011-10-11"))
            #expect(report.problems[3].hasPrefix("line 6: "))
            #expect(report.problems[4].hasPrefix("line 8: a field holds a NUL"))
            await #expect(throws: ImportStopped.self) {
                _ = try await bringIn(path, into: log) { _, options in options.policy = .stop }
            }
        }
    }

    @Test func `a table longer than a window keeps the order of each case`() async throws {
        try await ImportBench.run { log, scratch in
            // 6,000 rows: a window holds 4,096. One case has 3,000 rows, more than a request may hold.
            var text = "case,what,when,due,end\n"
            for row in 0..<6_000 {
                let number = row.isMultiple(of: 2) ? "long" : "c\(row % 50)"
                text += "\(number),step \(row),2026-01-05 09:00:00,2026-01-20,\(row >= 5_950 ? "2026-01-21" : "")\n"
            }
            let path = try scratch.write("a.csv", text)
            func mapping(_ columns: inout CSVImport.Columns, _ options: inout CSVImport.Options) {
                columns.deadline = "due"
                columns.closed = "end"
            }
            let report = try await bringIn(path, into: log, mapping)
            #expect(report.counts == [26, 6_000, 0, 0, 0])
            #expect(try await log.steps(of: "long") == stride(from: 0, to: 6_000, by: 2).map { "step \($0)" })
            for number in stride(from: 1, to: 50, by: 2) {
                let steps = try await log.steps(of: "c\(number)")
                #expect(steps == stride(from: number, to: 6_000, by: 50).map { "step \($0)" })
            }
            let state = Case.state(after: try await log.facts(of: "long"))
            #expect(state.phase == .closed)
            #expect(try await bringIn(path, into: log, mapping).counts == [0, 0, 0, 26, 0])
        }
    }
}
