import CaseFlowServer
import EventStore
import Foundation
import PostgresClient
import Support
import Testing
import WorkingTime

@testable import CaseFlow

/// The mappings that are shipped, on the logs that they are for, where those lie beside the repository.
@Suite struct MappedRealDataTests {
    private static let receipt = sharedData("logs/receipt.xes.gz")
    private static let declarations = sharedData("logs/BPI_2020_DomesticDeclarations.xes.gz")
    private static let absent: Comment = "../shared/data/logs does not lie beside the repository: see its README"

    private func options(_ name: String) throws -> XESImport.Options {
        XESImport.Options(try ImportMapping(path: ImportMappingTests.shipped(name)))
    }

    /// The events of a file, in its order, each as a set of attributes.
    private func content(_ path: String) async throws -> [[Set<XESAttribute>]] {
        var traces: [[Set<XESAttribute>]] = []
        for try await item in XESReader(path: path) {
            if case .traceBegin(let attributes, _, _) = item { traces.append([Set(attributes)]) }
            if case .events(let events) = item { traces[traces.count - 1] += events.map { Set($0.attributes) } }
        }
        return traces.sorted { ($0.first.map(Self.name) ?? "") < ($1.first.map(Self.name) ?? "") }
    }

    private static func name(_ attributes: Set<XESAttribute>) -> String {
        attributes.first { $0.key == "concept:name" }?.value ?? ""
    }

    @Test(.enabled(if: receipt != nil, absent))
    func `the receipt log with its mapping tells the same 309 late cases, and goes out as it came`() async throws {
        let path = try #require(Self.receipt)
        try await ImportBench.run { log, scratch in
            let report = try await XESImport(path: path, options: try options("receipt")).run(into: log)
            #expect(report.counts == [1434, 8577, 0, 0, 0])
            let mapped = try #require(report.mapped)
            #expect(mapped.mappedEvents + mapped.keptEvents == 8577)
            // Checks, and questions whose answer is not told; nothing that the mapping does not name.
            #expect(mapped.kept.map(\.events) == [1416, 1368, 1283, 41, 26])
            #expect(mapped.kept.allSatisfy { $0.reason.hasPrefix("the log does not tell") })
            #expect(mapped.facts.first { $0.name == "acceptance-refused" }?.cases == 39)
            try await Projections.catchUp(log)
            let day = try CivilDate("2026-01-01")
            func late(_ comparison: LateQuery.Comparison) async throws -> Int {
                let until = try Moment.endOfDay(day, in: .gmt)
                let query = LateQuery(asOf: day, until: until, state: .closed, comparison: comparison)
                return try await query.rows(log).total
            }
            #expect(try await late(.date) == 309)
            #expect(try await late(.instant) == 377)
            var clocks = LateClocks(asOf: day, knownAt: .latest, isNow: true)
            clocks.state = .closed
            #expect(try await clocks.count(log) == 309)
            let again = try await XESImport(path: path, options: try options("receipt")).run(into: log)
            #expect(again.counts == [0, 0, 0, 1434, 0])
            #expect(again.mapped == mapped)
            #expect(try await LogVerifier(log).verify().isSound)
            let exported = try await XESExport(log).write(to: scratch.path("out.xes.gz"))
            #expect(exported == XESExport.Report(cases: 1434, events: 8577))
            #expect(try await content(scratch.path("out.xes.gz")) == content(path))
        }
    }

    @Test(.enabled(if: declarations != nil, absent))
    func `of the declarations 1301 cases have a rejection and 1019 were submitted again`() async throws {
        let path = try #require(Self.declarations)
        try await ImportBench.run { log, _ in
            let options = try options("bpi2020-domestic-declarations")
            let report = try await XESImport(path: path, options: options).run(into: log)
            #expect(report.counts == [10_500, 56_437, 0, 0, 0])
            let mapped = try #require(report.mapped)
            #expect(mapped.mappedEvents + mapped.keptEvents == 56_437)
            func fact(_ name: String) -> MappingReport.Fact? { mapped.facts.first { $0.name == name } }
            #expect(fact("stage-signed objection")?.cases == 1301)
            // The submitter's own "rejections" are none.
            #expect(fact("stage-signed objection")?.events == 1481)
            #expect(fact("withdrawn")?.events == 1365)
            #expect(fact("returned")?.cases == 1301)
            #expect(fact("supplement-received")?.cases == 1019)
            #expect(fact("supplement-received")?.events == 11_531 - 10_365)
            #expect(fact("received")?.cases == 10_365)
            #expect(fact("delivered")?.cases == 10_044)
            #expect(mapped.kept.map(\.events) == [135, 1, 1, 1])
            // The log itself says the same.
            let rows = try await log.pool.query(
                """
                SELECT type, count(*), count(DISTINCT stream) FROM caseflow.events
                 WHERE log_id = $1 AND type IN ('case.returned/1', 'case.supplement-received/1') GROUP BY 1 ORDER BY 1
                """,
                [log.id.rawValue]
            )
            #expect(try rows.map { try $0.decode(2, as: Int.self) } == [1301, 1019])
        }
    }
}
