import EventStore
import PostgresClient
import WorkingTime

/// The statements on `case_rungs`: what happens next by itself. Those that look rows up are planned anew each time: a plan
/// that was made while the table was empty may look through all of it (decision 11), and planning costs a fraction of a
/// millisecond a batch.
extension ClockStore {
    /// Lays out anew what is next in cases. Rows whose moment stays are changed in place.
    func writeRungs(of cases: [CaseTimeline], new: Set<String>) async throws {
        // Cases without rules have no ladder, and had none; a case that was not looked at stays as it is.
        let cases = cases.filter { $0.ledger.pin != nil && $0.isLookedAt }
        if cases.isEmpty { return }
        let rows = cases.flatMap { timeline in
            timeline.nextRungs().compactMap { rung in timeline.head.map { (timeline.stream, rung, $0) } }
        }
        let old = cases.map(\.stream).filter { !new.contains($0) }
        if !old.isEmpty { try await removeRungs(of: old, but: rows.map { ($0.0, $0.1) }) }
        if rows.isEmpty { return }
        try await target.transaction.query(
            """
            INSERT INTO caseflow.case_rungs AS r (log_id, generation, stream, clock, ordinal, rung, lapse, level, due_at,
                   not_before, raised, version, position, head_leaf, recorded_at)
            SELECT $1, $2, n.stream, n.clock, n.ordinal, n.rung, n.lapse, n.level, n.due_at, n.not_before,
                   coalesce(string_to_array(nullif(n.raised, ''), ' '), '{}'), n.version, n.position, n.head_leaf,
                   n.recorded_at
              FROM unnest($3::text[], $4::text[], $5::integer[], $6::text[], $7::text[], $8::integer[],
                   $9::timestamptz[], $10::timestamptz[], $11::text[], $12::bigint[], $13::bigint[], $14::bytea[],
                   $15::timestamptz[])
                AS n(stream, clock, ordinal, rung, lapse, level, due_at, not_before, raised, version, position,
                     head_leaf, recorded_at)
            ON CONFLICT (generation, stream, clock, ordinal) DO UPDATE
               SET (rung, lapse, level, due_at, not_before, raised, version, position, head_leaf, recorded_at)
                 = (excluded.rung, excluded.lapse, excluded.level, excluded.due_at, excluded.not_before, excluded.raised,
                    excluded.version, excluded.position, excluded.head_leaf, excluded.recorded_at)
            """,
            [
                log, generation, rows.map(\.0), rows.map(\.1.clock), rows.map(\.1.ordinal), rows.map(\.1.rung),
                rows.map(\.1.lapse), rows.map(\.1.level), rows.map(\.1.at), rows.map(\.1.notBefore),
                // Names of rungs have no spaces.
                rows.map { $0.1.raised.joined(separator: " ") }, rows.map(\.2.version), rows.map(\.2.position),
                rows.map(\.2.leaf), rows.map(\.2.recordedAt),
            ]
        )
    }

    /// Removes what is next no more.
    private func removeRungs(of streams: [String], but rows: [(stream: String, rung: NextRung)]) async throws {
        let kept = Dictionary(grouping: rows, by: \.stream).mapValues { rows in
            " " + rows.map { "\($0.rung.clock):\($0.rung.ordinal) " }.joined()
        }
        try await target.transaction.query(
            """
            DELETE FROM caseflow.case_rungs r USING unnest($3::text[], $4::text[]) AS u(stream, kept)
             WHERE r.log_id = $1 AND r.generation = $2 AND r.stream = u.stream
               AND strpos(u.kept, ' ' || r.clock || ':' || r.ordinal || ' ') = 0
            """,
            [log, generation, streams, streams.map { kept[$0] ?? "" }],
            prepare: false
        )
    }

    /// Events on which no clock depends have moved streams on: what is next is based on them now.
    func noteHeads(_ heads: [String: CaseHead]) async throws {
        if heads.isEmpty { return }
        let all = heads.sorted { $0.key < $1.key }
        try await target.transaction.query(
            """
            UPDATE caseflow.case_rungs r
               SET version = u.version, position = u.position, head_leaf = u.head_leaf, recorded_at = u.recorded_at
              FROM unnest($3::text[], $4::bigint[], $5::bigint[], $6::bytea[], $7::timestamptz[])
                AS u(stream, version, position, head_leaf, recorded_at)
             WHERE r.log_id = $1 AND r.generation = $2 AND r.stream = u.stream
            """,
            [
                log, generation, all.map(\.key), all.map(\.value.version), all.map(\.value.position),
                all.map(\.value.leaf), all.map(\.value.recordedAt),
            ],
            prepare: false
        )
    }

    /// The last events of streams that this generation has taken in.
    func heads(of streams: [String]) async throws -> [String: CaseHead] {
        if streams.isEmpty { return [:] }
        let rows = try await target.transaction.query(
            """
            SELECT e.stream, e.version, e.position, e.leaf, e.recorded_at FROM unnest($3::text[]) AS u(stream)
             CROSS JOIN LATERAL (SELECT * FROM caseflow.events e
                                  WHERE e.log_id = $1 AND e.stream = u.stream
                                    AND e.position <= (SELECT checkpoint FROM caseflow.projections WHERE generation = $2)
                                  ORDER BY e.version DESC LIMIT 1) AS e
            """,
            [log, generation, streams]
        )
        var heads: [String: CaseHead] = [:]
        for row in rows {
            heads[try row.decode(0)] = CaseHead(
                version: try row.decode(1),
                position: try row.decode(2),
                leaf: try row.decode(3),
                recordedAt: try row.decode(4)
            )
        }
        return heads
    }

    // MARK: After a calendar has changed

    /// What is next for clocks whose dates follow from the same things, in the order in which it comes.
    struct MovedRungs {
        let group: Group
        let candidates: [NextRung.Candidate]
    }

    /// Open clocks of a range whose next rung may move: from the beginning of the first day that is touched on. What comes
    /// before that day stays; what comes behind it is looked up when its turn comes.
    private func rungsInRange(_ range: Range, from moment: Timestamp, before since: Timestamp) -> (
        sql: String, parameters: [any PostgresEncodable]
    ) {
        (
            """
            FROM caseflow.case_clocks c
             CROSS JOIN LATERAL (SELECT r.due_at, r.raised, r.not_before FROM caseflow.case_rungs r
                                  WHERE r.log_id = $1 AND r.generation = $2 AND r.stream = c.stream AND r.clock = c.clock
                                    AND r.ordinal = c.ordinal OFFSET 0) r
             WHERE c.log_id = $1 AND c.generation = $2 AND \(Self.open) AND c.case_number > $3
               AND ($4::text IS NULL OR c.case_number <= $4)
               AND (c.calendar = $5 OR c.limit_unit = '\(Limit.Unit.serviceMinutes.rawValue)')
               AND r.due_at >= $6
            """,
            [log, generation, range.after, range.through, range.calendar, moment]
        )
    }

    /// What of a range may move: the cases that have to be folded again, and what the dates of all other clocks follow from.
    func touchedRungs(_ range: Range, from moment: Timestamp, before since: Timestamp) async throws
        -> (streams: [String], groups: [Group])
    {
        let wanted = rungsInRange(range, from: moment, before: since)
        let rows = try await target.transaction.query(
            """
            SELECT DISTINCT CASE WHEN NOT p.is_like_others THEN c.stream END,
                   CASE WHEN p.is_like_others THEN c.rules END, CASE WHEN p.is_like_others THEN c.clock END,
                   CASE WHEN p.is_like_others THEN c.started_on END,
                   CASE WHEN p.is_like_others THEN c.limit_amount END,
                   CASE WHEN p.is_like_others THEN c.limit_unit END
              FROM (SELECT c.* \(wanted.sql)) c
             CROSS JOIN LATERAL (SELECT \(Self.likeOthers) AS is_like_others) p ORDER BY 1
            """,
            wanted.parameters + [since],
            prepare: false
        )
        var (streams, groups): ([String], [Group]) = ([], [])
        for row in rows {
            if let stream: String = try row.decode(0) {
                streams.append(stream)
            } else {
                let (rules, clock): (String, String) = (try row.decode(1), try row.decode(2))
                let start: PostgresDate = try row.decode(3)
                groups.append(Group(rules: rules, clock: clock, startedOn: start, limit: try Self.limit(row, 4)))
            }
        }
        return (streams, groups)
    }

    /// Moves what is next, group by group; before the clocks' own rows are moved.
    func moveRungs(_ moved: [MovedRungs], in range: Range, from moment: Timestamp, before since: Timestamp) async throws
    {
        let rows = moved.flatMap { moved in moved.candidates.map { (moved.group, $0) } }
        if rows.isEmpty { return }
        let wanted = rungsInRange(range, from: moment, before: since)
        try await target.transaction.query(
            """
            WITH new AS (
                SELECT * FROM unnest($8::text[], $9::text[], $10::date[], $11::integer[], $12::text[], $13::text[],
                       $14::text[], $15::integer[], $16::timestamptz[])
                    AS n(of_rules, of_clock, start, amount, unit_of_limit, rung, lapse, level, at)),
            next AS (
                SELECT DISTINCT ON (c.stream, c.clock, c.ordinal) c.stream, c.clock, c.ordinal, n.rung, n.lapse, n.level,
                       greatest(n.at, c.not_before) AS at
                  FROM (SELECT c.stream, c.clock, c.ordinal, c.rules, c.started_on, c.limit_amount, c.limit_unit,
                               c.is_plain, c.known_from, r.raised, r.not_before \(wanted.sql)) c
                  JOIN new n ON c.rules = n.of_rules AND c.clock = n.of_clock AND c.started_on = n.start
                   AND c.limit_amount = n.amount AND c.limit_unit = n.unit_of_limit
                 WHERE \(Self.likeOthers) AND n.rung <> ALL (c.raised)
                 ORDER BY c.stream, c.clock, c.ordinal, greatest(n.at, c.not_before), n.level)
            UPDATE caseflow.case_rungs r SET (rung, lapse, level, due_at) = (n.rung, n.lapse, n.level, n.at)
              FROM next n
             WHERE r.log_id = $1 AND r.generation = $2 AND r.stream = n.stream AND r.clock = n.clock
               AND r.ordinal = n.ordinal AND (r.rung, r.lapse, r.due_at) IS DISTINCT FROM (n.rung, n.lapse, n.at)
            """,
            wanted.parameters + [
                since, rows.map(\.0.rules), rows.map(\.0.clock), rows.map(\.0.startedOn),
                rows.map { $0.0.limit.map { Int32(clamping: $0.amount) } }, rows.map { $0.0.limit?.unit.rawValue },
                rows.map(\.1.rung), rows.map(\.1.lapse), rows.map(\.1.level), rows.map(\.1.at),
            ],
            prepare: false
        )
    }
}
