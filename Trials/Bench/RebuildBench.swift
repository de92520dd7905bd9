import CaseFlow
import CaseFlowServer
import EventStore
import Foundation
import PostgresClient
import WorkingTime

/// All read tables of a log of real events, rebuilt side by side while the daemon works and cases come in, against the rate at
/// which the server gives the events out; and whether the rows are those that the live tables had.
struct RebuildBench {
    let server: BenchServer
    let cases: Int
    let profile: String

    init(_ server: BenchServer, cases: Int, _ profile: String) {
        (self.server, self.cases, self.profile) = (server, cases, profile)
    }

    func run() async throws -> [Measurement] {
        func say(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }
        say("playing a town and copying its cases: \(cases)")
        let grown = try await GrownLog.make(
            server,
            database: "grown",
            cases: cases,
            played: min(1000, cases),
            days: 120,
            profile: profile
        )
        let log = grown.log
        say("\(grown.cases) cases, \(grown.events) events; keeping their read tables")
        var (rates, copies): ([Double], [Double]) = ([], [])
        let live = try await timed { try await Projections.catchUp(log) }
        say("live tables: \(Int(Double(grown.events) / live)) events/s")
        let before = try await digests(log)
        let working = Task { try await Self.daemon(grown) }
        for _ in 1...3 {
            copies.append(Double(grown.events) / (try await timed { try await copy() }))
            let seconds = try await timed { try await ProjectionGroup(Projections.all, on: log).rebuild() }
            say("  rebuilt: \(Int(Double(grown.events) / seconds)) events/s")
            rates.append(Double(grown.events) / seconds)
        }
        working.cancel()
        do { try await working.value } catch is CancellationError {
            // As it was told to.
        }
        let differing = zip(before, try await digests(log)).filter { $0 != $1 }.map(\.0.table)
        await log.close()
        let same = differing.isEmpty ? "rows equal the live ones" : "NOT EQUAL: \(differing.joined(separator: ", "))"
        return [
            Measurement(
                "4 rebuild of all read tables",
                ours: rates,
                peer: copies,
                unit: "events/s",
                wanted: 0.05,
                note:
                    "peer: psql COPY (SELECT * ... ORDER BY position) TO STDOUT; \(grown.cases) cases, \(grown.events) "
                    + "events, four projections at once beside the daemon; \(same)"
            )
        ]
    }

    private func timed(_ body: () async throws -> Void) async throws -> Double {
        let started = ContinuousClock.now
        try await body()
        return (ContinuousClock.now - started) / .seconds(1)
    }

    private func copy() async throws {
        try await server.run([
            "psql", "-q", "-d", "grown", "-o", "/dev/null", "-c",
            "COPY (SELECT * FROM caseflow.events WHERE log_id = '\(GrownLog.name)' ORDER BY position) TO STDOUT",
        ])
    }

    // MARK: The daemon

    private static let arriving = "B-"

    /// The daemon's read tables and its watch, and twenty cases a second that come in, until it is cancelled.
    private static func daemon(_ grown: GrownLog) async throws {
        let log = grown.log
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await Projections.run(log) }
            group.addTask { try await EscalationWorker(log, zone: TimeZone(identifier: "Asia/Shanghai") ?? .gmt).run() }
            group.addTask {
                let actor = try Actor("officer/b")
                for number in 0... {
                    let name = CaseNumber(trusted: "\(arriving)\(number)")
                    guard
                        let at = ZonedTime(microsecondsSinceEpoch: grown.clock.now.microseconds, offsetSeconds: 28_800)
                    else { throw BenchFailure("the time cannot be written") }
                    let event = Case.Event(
                        effectiveAt: at.timestamp,
                        fact: .received(number: name, at: at, attributes: [])
                    )
                    let write = StreamWrite(
                        name.stream(in: log.id),
                        expected: .noStream,
                        events: [Case.Coding.encode(event, actor: actor)]
                    )
                    _ = try await log.append(AppendRequest(id: UUID(), writes: [write]))
                    try await Task.sleep(for: .milliseconds(50))
                }
            }
            for try await _ in group {}
        }
    }

    // MARK: Rows

    private struct Digest: Equatable {
        let table: String
        let rows: Int
        let sum: String
    }

    /// The live rows of each read table, those of the cases that came in meanwhile left out.
    private func digests(_ log: EventLog) async throws -> [Digest] {
        var all: [Digest] = []
        for projection in Projections.all {
            for table in projection.tables {
                let rows = try await log.pool.query(
                    """
                    SELECT count(*), coalesce(sum(hashtextextended(t.row, 0)::numeric), 0)::text
                      FROM (SELECT (to_jsonb(t) - 'generation')::text AS row, to_jsonb(t)->>'case_number' AS number
                              FROM caseflow.\(table) t JOIN caseflow.projections p ON p.log_id = t.log_id
                               AND p.generation = t.generation AND p.name = $2 AND p.state = 'live'
                             WHERE t.log_id = $1) t
                     WHERE coalesce(number, '') NOT LIKE '\(Self.arriving)%'
                    """,
                    [log.id.rawValue, projection.name]
                )
                all.append(
                    Digest(
                        table: table,
                        rows: Int(try rows[0].decode(0, as: Int64.self)),
                        sum: try rows[0].decode(1)
                    )
                )
            }
        }
        return all
    }
}
