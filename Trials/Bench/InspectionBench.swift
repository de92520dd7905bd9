import ArgumentParser
import CaseFlow
import CaseFlowServer
import EventStore
import Foundation
import PostgresClient
import WorkingTime

/// The bars of inspection: first pages of late clocks, findings and compliance over very many cases against few, and the
/// rebuild of all read tables side by side while the daemon works.
struct InspectionBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspection",
        abstract: "Pages of late, findings and compliance over a million cases, and the rebuild of all read tables."
    )

    @Flag(help: "Answer in JSON.")
    var json = false

    @Option(help: "Cases of the large tables.")
    var cases = 1_000_000

    @Option(help: "Cases of the small tables.")
    var smallCases = 10_000

    @Option(help: "Cases of the log whose read tables are rebuilt.")
    var rebuildCases = 50_000

    @Option(help: "Times that each query is asked, of both in turn; the median counts.")
    var times = 41

    @Option(help: "The town whose cases are copied.")
    var profile = "examples/townships/guanyi/profile.yaml"

    @Option(help: "Measure one part only: pages or rebuild.")
    var only: Part?

    enum Part: String, ExpressibleByArgument { case pages, rebuild }

    func run() async throws {
        let server = try await BenchServer.start(["shared_buffers": "2GB", "max_wal_size": "8GB"])
        do {
            var measurements: [Measurement] = []
            if only != .rebuild { measurements += try await pages(server) }
            if only != .pages { measurements += try await RebuildBench(server, cases: rebuildCases, profile).run() }
            try await server.remove()
            try Measurement.print(measurements, json: json)
        } catch {
            try? await server.remove()
            throw error
        }
    }

    // MARK: Pages

    private typealias Question = @Sendable (EventLog) async throws -> Int

    private func questions() throws -> [(String, Question)] {
        let now = RecordingClock.system.now()
        guard let today = Moment.day(of: now, in: .gmt) else { throw BenchFailure("the clock is out of range") }
        var questions: [(String, Question)] = []
        func late(_ name: String, _ change: (inout LateClocks) -> Void = { _ in }) {
            var question = LateClocks(asOf: today, knownAt: now, isNow: true)
            change(&question)
            let asked = question
            questions.append(("late, \(name)", { try await asked.page($0, limit: 20).rows.count }))
        }
        late("no filter")
        // As the command answers: the page, and how many there are as far as that is counted with it.
        let first = LateClocks(asOf: today, knownAt: now, isNow: true)
        questions.append(
            (
                "late, with its count",
                {
                    let page = try await first.page($0, limit: 20)
                    _ = try await first.count($0, atMost: LateClocks.countedWithPage)
                    return page.rows.count
                }
            )
        )
        late("unit") { $0.filters.unit = "town-7" }
        late("department") { $0.filters.department = "department-3" }
        late("officer") { $0.filters.officer = "officer/77" }
        late("item") { $0.filters.item = "item-42" }
        late("channel") { $0.filters.channel = "channel-2" }
        func findings(_ name: String, _ change: (inout FindingsQuery) -> Void = { _ in }) {
            var question = FindingsQuery(asOf: today)
            change(&question)
            let asked = question
            questions.append(("findings, \(name)", { try await asked.page($0, limit: 20).rows.count }))
        }
        findings("no filter")
        findings("heading") { $0.heading = .slow }
        findings("rule") { $0.rule = .lateEntry }
        findings("unit") { $0.unit = "town-7" }
        findings("officer") { $0.officer = "officer/77" }
        findings("item") { $0.item = "item-42" }
        for grouping in ComplianceQuery.Grouping.allCases {
            let asked = ComplianceQuery(by: grouping)
            questions.append(
                ("compliance, \(grouping)", { try await asked.page($0, limit: 20) { $0 }.rows.count })
            )
        }
        let months = ComplianceQuery(by: .department, from: today.adding(days: -60), through: today)
        questions.append(("compliance, two months", { try await months.page($0, limit: 20) { $0 }.rows.count }))
        return questions
    }

    private func pages(_ server: BenchServer) async throws -> [Measurement] {
        var logs: [EventLog] = []
        for (name, cases) in [("small", smallCases), ("large", cases)] {
            FileHandle.standardError.write(Data("filling the read tables of \(cases) cases\n".utf8))
            let rows = try await ClockRows(server, database: name)
            try await rows.fill(cases)
            try await InspectionRows(server, database: name).fill(cases)
            logs.append(rows.log)
        }
        var measurements: [Measurement] = []
        for (name, question) in try questions() {
            var (ours, peer): ([Double], [Double]) = ([], [])
            var shown = 0
            for round in -3..<times {
                let few = try await ask(question, logs[0]).milliseconds
                let many = try await ask(question, logs[1])
                shown = many.rows
                if round < 0 { continue }
                peer.append(few)
                ours.append(many.milliseconds)
            }
            measurements.append(
                Measurement(
                    "4 \(name)",
                    ours: [ours.median],
                    peer: [peer.median],
                    unit: "ms median",
                    wanted: 2,
                    atLeast: false,
                    note: "peer: \(smallCases) cases; first page, \(shown) rows shown"
                )
            )
        }
        for log in logs { await log.close() }
        return measurements
    }

    private func ask(_ question: Question, _ log: EventLog) async throws -> (milliseconds: Double, rows: Int) {
        let started = ContinuousClock.now
        let rows = try await question(log)
        return ((ContinuousClock.now - started) / .milliseconds(1), rows)
    }
}

/// Rows of findings and of counted outcomes for measuring, made by SQL: the same county as ``ClockRows``.
struct InspectionRows {
    let server: BenchServer
    let database: String

    init(_ server: BenchServer, database: String) { (self.server, self.database) = (server, database) }

    private static func pick(_ salt: Int, _ count: Int) -> String { "abs(hashint4(i + \(salt))) % \(count)" }

    /// Every second case has a finding; all were received within three years and three in four are decided.
    func fill(_ cases: Int) async throws {
        let connection = try await PostgresConnection.connect(server.configuration(database))
        let rules = FindingRule.allCases.map { "('\($0.rawValue)', '\($0.heading.rawValue)')" }
        try await connection.script(
            """
            SET synchronous_commit = off; SET work_mem = '512MB';
            INSERT INTO caseflow.projections (log_id, name, generation, code_version, state, updated_at)
            VALUES ('county', 'inspection', 2, 1, 'live', now());
            CREATE TEMP TABLE c AS
                SELECT i, 'town-' || \(Self.pick(0, 20)) AS place, 'department-' || \(Self.pick(1_000_003, 11)) AS department,
                       'officer/' || \(Self.pick(2_000_003, 500)) AS officer, 'item-' || \(Self.pick(3_000_017, 200)) AS item,
                       'channel-' || \(Self.pick(4_000_037, 5)) AS channel,
                       current_date - \(Self.pick(5_000_011, 1095)) AS day, \(Self.pick(6_000_011, 40)) AS days
                  FROM generate_series(1, \(cases)) i;
            INSERT INTO caseflow.case_findings (log_id, generation, stream, rule, position, heading, since_on, case_number,
                   item, unit, officer, acting_for, positions, basis_en, basis_zh, reason_en, reason_zh)
            SELECT 'county', 2, 'case/' || md5(c.i::text)::uuid, r.rule, c.i, r.heading, c.day, 'N-' || c.i, c.item, c.place,
                   c.officer, '', json_build_array(c.i), 'the rule', '规则', 'the reason', '理由'
              FROM c JOIN (SELECT rule, heading, row_number() OVER () - 1 AS n FROM (VALUES \(rules.joined(separator: ", ")))
                           AS v(rule, heading)) r ON r.n = \(Self.pick(9, rules.count)) WHERE c.i % 2 = 0;
            INSERT INTO caseflow.outcome_counts (log_id, generation, dimension, period, value, measure, bucket, n)
            SELECT 'county', 2, d.dimension, p.period, d.value, m.measure, m.bucket, count(*)
              FROM c, LATERAL (VALUES ('all', ''), ('place', place), ('department', department), ('officer', officer),
                                      ('item', item), ('channel', channel)) d(dimension, value),
                   LATERAL (VALUES (to_char(c.day, 'YYYY-MM')), (to_char(c.day, 'YYYY')), ('')) p(period),
                   LATERAL (VALUES ('received', 0), ('decided', 0), ('granted', 0), ('days', days), ('visits', i % 4),
                                   ('steps', 5 + i % 9), ('hand-overs', i % 5), ('rated', 1 + i % 5),
                                   (CASE WHEN days > 20 THEN 'promise-broken' ELSE 'promise-kept' END, 0)) m(measure, bucket)
             WHERE m.measure = 'received' OR c.i % 4 > 0
             GROUP BY 1, 2, 3, 4, 5, 6, 7
            """
        )
        for table in ["case_findings", "outcome_counts"] {
            try await connection.query("VACUUM ANALYZE caseflow.\(table)", prepare: false)
        }
        await connection.close()
    }
}
