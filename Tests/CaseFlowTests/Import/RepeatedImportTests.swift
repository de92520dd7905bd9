import EventStore
import Foundation
import PostgresClient
import Support
import Testing

@testable import CaseFlow

/// Files that contradict themselves, imported more than once.
@Suite struct RepeatedImportTests {
    /// Deadlines by the name of a day in January.
    private func deadline(_ day: String) -> String { "2026-01-\(day)T00:00:00Z" }

    private func traces(_ days: [String], steps: Int = 1) -> [TraceText] {
        days.map { day in
            TraceText(
                "A",
                [("deadline", deadline(day))],
                (0..<steps).map { TraceText.Step("step \($0)", "2026-01-05T09:00:00Z") }
            )
        }
    }

    private func deadlines(_ log: EventLog, of number: String = "A") async throws -> [String] {
        try await log.facts(of: number).compactMap { fact in
            if case .deadlineSet(let at) = fact { String(at.description.prefix(10).suffix(2)) } else { nil }
        }
    }

    @Test(arguments: [
        (["10", "20"], ["10", "20"]), (["10", "20", "10"], ["10"]), (["10", "20", "30"], ["10", "30"]),
        (["10", "20", "10", "20"], ["10", "20"]),
    ])
    func `a file with several limits of one case leaves the last and adds nothing the second and third time`(
        days: [String],
        stored: [String]
    ) async throws {
        // 501 steps and more come in several pieces, each of which may tell the limit.
        for steps in [1, 1100] {
            try await ImportBench.run { log, scratch in
                let path = try scratch.write("a.xes", xes(traces(days, steps: steps)))
                #expect(try await log.importXES(path).appended == 1 + steps + stored.count)
                #expect(try await deadlines(log) == stored)
                for _ in 0..<2 {
                    let again = try await log.importXES(path)
                    #expect(again.appended == 0)
                    #expect(again.counts == [0, 0, 0, days.count, 0])
                }
                #expect(try await deadlines(log) == stored)
            }
        }
    }

    @Test func `many cases with two limits each end with their last, whatever runs at once`() async throws {
        try await ImportBench.run { log, scratch in
            let names = (0..<300).map { "c\($0)" }
            let text = xes(
                names.flatMap { name in
                    traces(["10", "20"]).map { TraceText(name, $0.attributes.map { ($0.key, $0.value) }, $0.steps) }
                }
            )
            let path = try scratch.write("a.xes", text)
            #expect(try await log.importXES(path).appended == 300 * 4)
            #expect(try await log.importXES(path).appended == 0)
            for name in names { #expect(try await deadlines(log, of: name) == ["10", "20"]) }
        }
    }

    @Test func `rows of a table with several limits add nothing the second and third time`() async throws {
        let days = ["10", "20", "10"]
        try await ImportBench.run { log, scratch in
            // One limit in each window of 4,096 rows.
            var text = "case,what,when,due\n"
            for (window, day) in days.enumerated() {
                for row in 0..<4_100 {
                    let number = row < 10 ? "A" : "c\(row % 40)"
                    text += "\(number),step \(window) \(row),2026-01-05 09:00:00,2026-01-\(day)\n"
                }
            }
            let path = try scratch.write("a.csv", text)
            func bringIn() async throws -> ImportReport {
                var columns = CSVImport.Columns(caseNumber: "case", activity: "what", time: "when")
                columns.deadline = "due"
                return try await CSVImport(path: path, columns: columns).run(into: log)
            }
            #expect(try await bringIn().counts == [41, 4_100 * days.count, 0, 0, 0])
            #expect(try await deadlines(log) == days)
            for _ in 0..<2 {
                let again = try await bringIn()
                #expect(again.appended == 0)
                #expect(again.counts == [0, 0, 0, 41, 0])
            }
        }
    }

    @Test func `a limit that a later file takes back is set again`() async throws {
        try await ImportBench.run { log, scratch in
            for (index, day) in ["10", "20", "10"].enumerated() {
                let path = try scratch.write("\(index).xes", xes(traces([day])))
                let report = try await log.importXES(path)
                #expect(report.counts == (index == 0 ? [1, 1, 0, 0, 0] : [0, 0, 0, 0, 1]))
                #expect(try await log.importXES(path).appended == 0)
            }
            #expect(try await deadlines(log) == ["10", "20", "10"])
        }
    }

    @Test func `limits told before a fault of the file are set, and once`() async throws {
        try await ImportBench.run { log, scratch in
            _ = try await log.importXES(scratch.write("a.xes", xes(traces(["10"]))))
            let text = xes(traces(["20"]) + traces(["30"]))
            let path = try scratch.write("b.xes", String(text.dropLast("</trace>\n</log>\n".count + 20)))
            for _ in 0..<2 {
                await #expect(throws: InterchangeError.self) { _ = try await log.importXES(path) }
                #expect(try await deadlines(log) == ["10", "20"])
            }
        }
    }

    @Test(arguments: [0, 1])
    func `a case whose head is never where its events end is refused after some tries`(more: Int) async throws {
        let database = try await TestCluster.shared.database()
        let log = try await database.log()
        let scratch = try ScratchDirectory()
        _ = try await log.importXES(scratch.write("a.xes", xes(traces(["10"]))))
        let admin = try await database.superuser()
        try await admin.script("UPDATE caseflow.streams SET version = version + 7")
        await admin.close()
        // Another limit alone, or with another step: the one waits for the end of the file, the other does not.
        let report = try await log.importXES(scratch.write("b.xes", xes(traces(["20"], steps: 1 + more))))
        #expect(report.appended == 0)
        #expect(report.skipped == 1)
        #expect(report.problems.contains { $0.contains("case A was changed by others") && $0.contains("log verify") })
        await log.close()
    }

    @Test func `a case in dispute gets no other limit`() async throws {
        try await ImportBench.run { log, scratch in
            _ = try await log.importXES(scratch.write("a.xes", xes(traces(["10"], steps: 1100))))
            var other = traces(["20"], steps: 1100)
            other[0].steps[1050].activity = "another"
            let report = try await log.importXES(scratch.write("b.xes", xes(other)))
            #expect(report.skipped == 1)
            #expect(report.appended == 0)
            #expect(try await deadlines(log) == ["10"])
        }
    }

    /// Traces of three numbers, of any length, that agree or not in steps, limits, ends and receipts.
    private func contradictions(_ random: inout SeededGenerator) -> [TraceText] {
        func dice(_ sides: Int) -> Int { Int.random(in: 0..<sides, using: &random) }
        return (0..<8).map { _ in
            let length = dice(8) == 0 ? 990 + dice(30) : 1 + dice(4)
            var steps = (0..<length).map { TraceText.Step("step \($0)", "2026-01-05T09:00:00Z") }
            if dice(4) == 0 { steps[dice(length)].activity = "another" }
            if dice(8) == 0 { steps[dice(length)].time = nil }
            var attributes: [(String, String)] = []
            if dice(4) > 0 { attributes.append(("deadline", deadline("1\(dice(3))"))) }
            if dice(3) == 0 { attributes.append(("enddate", "2026-02-0\(1 + dice(2))T00:00:00Z")) }
            if dice(8) == 0 { attributes.append(("startdate", "2026-01-04T00:00:00Z")) }
            return TraceText("c\(dice(3))", attributes, steps)
        }
    }

    @Test(arguments: 1...20)
    func `whatever a file says against itself, a second import of it adds nothing`(seed: UInt64) async throws {
        try await ImportBench.run { log, scratch in
            var random = SeededGenerator(seed: seed)
            // The log knows these cases from another file.
            if seed.isMultiple(of: 2) {
                _ = try await log.importXES(scratch.write("before.xes", xes(contradictions(&random))))
            }
            let path = try scratch.write("a.xes", xes(contradictions(&random)))
            let first = try await log.importXES(path)
            let head = try await log.head()
            for _ in 0..<2 {
                let again = try await log.importXES(path)
                #expect(again.appended == 0)
                #expect(again.problems.sorted() == first.problems.sorted())
                #expect(again.casesRead == first.casesRead)
            }
            #expect(try await log.head() == head)
        }
    }
}
