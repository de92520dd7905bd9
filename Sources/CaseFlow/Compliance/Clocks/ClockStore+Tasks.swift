import EventStore
import PostgresClient

/// The statements on `case_tasks`: what is to be done in a case follows from its events, and until when from its clocks.
extension ClockStore {
    /// Lays out the tasks of cases anew.
    func writeTasks(of cases: [CaseTimeline]) async throws {
        // A case that is not of the catalogue has none, and had none.
        let cases = cases.filter { $0.state.work != nil }
        if cases.isEmpty { return }
        try await target.transaction.query(
            "DELETE FROM caseflow.case_tasks WHERE log_id = $1 AND generation = $2 AND stream = ANY($3::text[])",
            [log, generation, cases.map(\.stream)]
        )
        let rows = cases.flatMap { timeline in Case.tasks(timeline.state).map { (timeline, $0) } }
        if rows.isEmpty { return }
        let ends = rows.map { timeline, task in timeline.firstEnd(for: task) }
        try await target.transaction.query(
            """
            INSERT INTO caseflow.case_tasks (log_id, generation, stream, task, assignee, case_number, item, act, unit, role,
                   since, clock, due_on, is_waiting)
            SELECT $1, $2, u.stream, u.task, u.assignee, u.number, u.item, u.act, u.unit, u.role, u.since, u.clock,
                   coalesce(u.due_on, 'infinity'), u.is_waiting
              FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                   $9::text[], $10::text[], $11::timestamptz[], $12::text[], $13::date[], $14::boolean[])
                AS u(stream, task, assignee, number, item, act, unit, role, since, clock, due_on, is_waiting)
            ON CONFLICT DO NOTHING
            """,
            [
                log, generation, rows.map(\.0.stream), rows.map(\.1.name), rows.map { $0.1.assignee?.rawValue ?? "" },
                rows.map(\.0.filters.number), rows.map(\.0.filters.item), rows.map(\.1.act),
                rows.map(\.1.unit.rawValue), rows.map(\.1.role.rawValue), rows.map(\.1.since.timestamp),
                ends.map { $0?.clock ?? "" }, ends.map { $0?.dueOn }, rows.map(\.1.isWaiting),
            ]
        )
    }

    /// After clocks of a range have moved: the dates of the tasks that hang on them.
    func moveTasks(in range: Range) async throws {
        try await target.transaction.query(
            """
            UPDATE caseflow.case_tasks t SET clock = n.clock, due_on = n.due_on
              FROM (SELECT k.stream, k.task, k.assignee, c.clock, c.due_on FROM caseflow.case_tasks k
                     CROSS JOIN LATERAL (
                        SELECT c.clock, c.due_on FROM caseflow.case_clocks c
                         WHERE c.log_id = $1 AND c.generation = $2 AND c.stream = k.stream AND \(Self.open)
                           AND c.due_on IS NOT NULL AND (c.stage IS NULL OR c.stage = k.task)
                         ORDER BY c.due_on, c.clock LIMIT 1) c
                     WHERE k.log_id = $1 AND k.generation = $2 AND k.case_number > $3
                       AND ($4::text IS NULL OR k.case_number <= $4)) n
             WHERE t.log_id = $1 AND t.generation = $2 AND t.stream = n.stream AND t.task = n.task
               AND t.assignee = n.assignee AND (t.clock, t.due_on) IS DISTINCT FROM (n.clock, n.due_on)
            """,
            [log, generation, range.after, range.through]
        )
    }
}

extension CaseTimeline {
    /// The running clock that ends first, of those of the whole case and of the task's own stage.
    func firstEnd(for task: Case.Task) -> (clock: String, dueOn: PostgresDate)? {
        current.values.compactMap { row -> (clock: String, dueOn: PostgresDate)? in
            guard row.facts.phase == .running, row.facts.stoppedOn == nil, let due = row.facts.dueOn else { return nil }
            if let stage = row.facts.stage, stage != task.name, "follow \(stage)" != task.name { return nil }
            return (row.key.clock, due)
        }.min { ($0.dueOn.daysSinceUnixEpoch, $0.clock) < ($1.dueOn.daysSinceUnixEpoch, $1.clock) }
    }
}
