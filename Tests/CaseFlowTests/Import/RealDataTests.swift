import CaseFlowServer
import EventStore
import Foundation
import Support
import Testing
import WorkingTime

@testable import CaseFlow

/// The records of a real municipality, where they lie beside the repository.
@Suite struct RealDataTests {
    private static let receipt = sharedData("logs/receipt.xes.gz")
    private static let absent: Comment =
        "../shared/data/logs/receipt.xes.gz does not lie beside the repository: see its README"

    @Test(.enabled(if: receipt != nil, absent))
    func `the receipt log of a municipality comes in whole, tells who is late, and goes out whole`() async throws {
        let path = try #require(Self.receipt)
        try await ImportBench.run { log, scratch in
            let report = try await log.importXES(path) { $0.timeZone = TimeZone(identifier: "Europe/Amsterdam") }
            #expect(report.counts == [1434, 8577, 0, 0, 0])
            #expect(report.appended == 1434 + 1434 + 8577 + 1329)
            try await Projections.catchUp(log)
            let day = try CivilDate("2026-01-01")
            func late(_ comparison: LateQuery.Comparison) async throws -> Int {
                let until = try Moment.endOfDay(day, in: .gmt)
                return try await LateQuery(asOf: day, until: until, state: .closed, comparison: comparison).rows(log)
                    .total
            }
            #expect(try await late(.date) == 309)
            #expect(try await late(.instant) == 377)
            var clocks = LateClocks(asOf: day, knownAt: .latest, isNow: true)
            clocks.state = .closed
            #expect(try await clocks.page(log, limit: nil).rows.count == 309)
            #expect(try await clocks.count(log) == 309)
            let open = LateQuery(asOf: day, until: try Moment.endOfDay(day, in: .gmt), state: .open)
            #expect(try await open.groups(log, by: "channel").groups.reduce(0) { $0 + $1.cases } == 105)
            let again = try await log.importXES(path) { $0.timeZone = TimeZone(identifier: "Europe/Amsterdam") }
            #expect(again.counts == [0, 0, 0, 1434, 0])
            let verdict = try await LogVerifier(log).verify()
            #expect(verdict.isSound)
            #expect(verdict.events == 12_774)
            #expect(verdict.streams == 1434)
            let exported = try await XESExport(log).write(to: scratch.path("out.xes.gz"))
            #expect(exported == XESExport.Report(cases: 1434, events: 8577))
            let reading = try await readAll(xes: scratch.path("out.xes.gz"))
            #expect(reading.events.count == 8577)
        }
    }
}
