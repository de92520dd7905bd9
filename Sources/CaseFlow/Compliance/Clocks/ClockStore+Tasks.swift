import EventStore
import PostgresClient

/// The statements on `case_tasks`: what is to be done in a case follows from its events, and until when from its clocks.
extension ClockStore {
    /// Lays out the tasks of cases anew.
    func writeTasks(of cases: [CaseTimeline], new: Set<String>) async throws {
        // A case that is not of the catalogue has none, and had none.
        let cases = cases.filter { $0.state.work != nil }
        if cases.isEmpty { return }
        let old = cases.map(\.stream).filter { !new.contains($0) }
        if !old.isEmpty {
            try await target.transaction.query(
                "DELETE FROM caseflow.case_tasks WHERE log_id = $1 AND generation = $2 AND stream = ANY($3::text[])",
                [log, generation, old]
            )
        }
        let rows = cases.flatMap { timeline in Case.tasks(timeline.state).map { (timeline, $0) } }
        if rows.isEmpty { return }
        try await target.transaction.query(
            """
            INSERT INTO caseflow.case_tasks (log_id, generation, stream, task, assignee, case_number, item, act, unit, role,
                   since, is_waiting, watched, clock, due_on, due_at)
            SELECT $1, $2, k.*, coalesce(n.clock, ''), coalesce(n.due_on, 'infinity'), coalesce(n.due_at, 'infinity')
              FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                   $9::text[], $10::text[], $11::timestamptz[], $12::boolean[], $13::text[])
                AS k(stream, task, assignee, case_number, item, act, unit, role, since, is_waiting, watched)
              LEFT JOIN LATERAL (\(Self.firstEnd)) n ON true
            ON CONFLICT DO NOTHING
            """,
            [
                log, generation, rows.map(\.0.stream), rows.map(\.1.name), rows.map { $0.1.assignee?.rawValue ?? "" },
                rows.map(\.0.filters.number), rows.map(\.0.filters.item), rows.map(\.1.act),
                rows.map(\.1.unit.rawValue), rows.map(\.1.role.rawValue), rows.map(\.1.since.timestamp),
                rows.map(\.1.isWaiting), rows.map { $0.1.watched ?? "" },
            ]
        )
    }

    /// Of a task `k`: the running clock that ends first, of those of the whole case and of what the task watches. `$1`, `$2`:
    /// log and generation. No row where none runs. The case is named by its number, too, and the order stands outside: so every
    /// index that a plan may take leads to the few clocks of the case, also for a plan that was made while the table was
    /// empty (decision 11).
    private static let firstEnd = """
        SELECT a.clock, a.due_on, a.due_at FROM (
            SELECT c.clock, c.due_on, c.due_at FROM caseflow.case_clocks c
             WHERE c.log_id = $1 AND c.generation = $2 AND c.case_number = k.case_number AND c.stream = k.stream
               AND \(open) AND c.due_on IS NOT NULL AND (c.stage IS NULL OR c.stage = k.watched) OFFSET 0) a
         ORDER BY a.due_on, a.due_at NULLS LAST, a.clock LIMIT 1
        """

    /// After clocks of a range have moved: the dates of the tasks that hang on them.
    func moveTasks(in range: Range) async throws {
        try await target.transaction.query(
            """
            UPDATE caseflow.case_tasks t SET clock = n.clock, due_on = n.due_on, due_at = n.due_at
              FROM (SELECT k.stream, k.task, k.assignee, c.clock, c.due_on, coalesce(c.due_at, 'infinity') AS due_at
                      FROM caseflow.case_tasks k CROSS JOIN LATERAL (\(Self.firstEnd)) c
                     WHERE k.log_id = $1 AND k.generation = $2 AND k.case_number > $3
                       AND ($4::text IS NULL OR k.case_number <= $4)) n
             WHERE t.log_id = $1 AND t.generation = $2 AND t.stream = n.stream AND t.task = n.task
               AND t.assignee = n.assignee
               AND (t.clock, t.due_on, t.due_at) IS DISTINCT FROM (n.clock, n.due_on, n.due_at)
            """,
            [log, generation, range.after, range.through]
        )
    }
}
