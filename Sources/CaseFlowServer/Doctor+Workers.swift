import CaseFlow
import EventStore
import PostgresClient

extension Doctor {
    /// Whether somebody watches the clocks of each log, what is set aside, and what could not be told. Simulated logs are
    /// passed over: their time stands still.
    func examineWorkers(_ connection: PostgresConnection) async -> [Finding] {
        do {
            let real = Set(try await LogInformation.all(connection).filter { !$0.isSimulation }.map(\.log))
            let rows = try await connection.query(
                """
                SELECT l.log_id,
                       EXISTS (SELECT FROM caseflow.case_rungs r WHERE r.log_id = l.log_id AND r.generation = p.generation),
                       EXISTS (SELECT FROM caseflow.case_rungs r
                                WHERE r.log_id = l.log_id AND r.generation = p.generation
                                  AND r.due_at < clock_timestamp() - interval '1 minute'
                                  AND NOT EXISTS (SELECT FROM caseflow.parked_rungs a
                                                   WHERE a.log_id = r.log_id AND a.stream = r.stream AND a.clock = r.clock
                                                     AND a.ordinal = r.ordinal AND a.rung = r.rung)),
                       (SELECT count(*) FROM caseflow.workers w
                         WHERE w.log_id = l.log_id AND w.seen_at > clock_timestamp() - interval '30 seconds'),
                       (SELECT count(*) FROM caseflow.parked_rungs a WHERE a.log_id = l.log_id),
                       (SELECT count(*) FROM caseflow.parked_streams s JOIN caseflow.projections q
                            ON q.generation = s.generation AND q.state = 'live' WHERE s.log_id = l.log_id),
                       (SELECT count(*) FROM caseflow.outbox o WHERE o.log_id = l.log_id AND o.is_dead)
                  FROM caseflow.logs l
                  LEFT JOIN caseflow.projections p
                         ON p.log_id = l.log_id AND p.name = 'case-clocks' AND p.state = 'live'
                 ORDER BY l.log_id
                """
            )
            return try rows.flatMap { row in
                let log: String = try row.decode(0)
                if !real.contains(log) { return [Finding]() }
                return Self.findings(
                    of: log,
                    Work(
                        hasClocks: try row.decode(1),
                        isOverdue: try row.decode(2),
                        workers: try row.decode(3),
                        rungs: try row.decode(4),
                        streams: try row.decode(5),
                        dead: try row.decode(6)
                    )
                )
            }
        } catch {
            return [Finding(check: "workers", level: .warning, found: "\(error)", mend: "run `caseflowd migrate`")]
        }
    }

    private struct Work {
        let hasClocks: Bool
        /// A rung is due for more than a minute, and is not set aside.
        let isOverdue: Bool
        let workers, rungs, streams, dead: Int
    }

    private static func findings(of log: String, _ work: Work) -> [Finding] {
        var findings: [Finding] = []
        func note(_ check: String, _ level: Finding.Level, _ found: String, _ mend: String? = nil) {
            findings.append(Finding(check: "\(check) of log \(log)", level: level, found: found, mend: mend))
        }
        func some(_ count: Int, _ one: String, _ many: String) -> String { "\(count) \(count == 1 ? one : many)" }
        if work.workers > 0, work.isOverdue {
            // A worker that lives and does not work, or cannot: its tables lag, it hangs, another holds it up.
            note(
                "worker",
                .problem,
                "\(some(work.workers, "watches its clocks", "watch its clocks")), and rungs are overdue all the same",
                "`caseflowd work status --log \(log)` says by how much; if it does not fall, see what the worker tells on standard error, and start it anew"
            )
        } else if work.workers > 0 {
            note("worker", .ok, some(work.workers, "watches its clocks", "watch its clocks"))
        } else if work.hasClocks {
            // What is overdue with nobody to raise it is what the program is there to prevent.
            note(
                "worker",
                work.isOverdue ? .problem : .warning,
                work.isOverdue
                    ? "clocks run, rungs are overdue, and nobody raises them" : "clocks run, and nobody watches them",
                "run `caseflowd work --log \(log)` as a service of the system, or `work --once` by a timer"
            )
        }
        if work.rungs > 0 {
            note(
                "escalation",
                .warning,
                "\(some(work.rungs, "rung is", "rungs are")) set aside",
                "`caseflowd work status --log \(log)` says why; they are tried again by themselves"
            )
        }
        if work.streams > 0 {
            note(
                "read tables",
                .warning,
                "\(some(work.streams, "stream is", "streams are")) set aside",
                "`caseflowd projection status --log \(log)` says why, `projection retry` tries again"
            )
        }
        if work.dead > 0 {
            note(
                "outbox",
                .warning,
                "\(some(work.dead, "notification is", "notifications are")) tried no more",
                "`caseflowd outbox list --dead --log \(log)` says why, `outbox retry` tries again"
            )
        }
        return findings
    }
}
