import EventStore
import PostgresClient
import TransparencyLog
import WorkingTime

/// What is due by a moment, read from `case_rungs` in the order of time; with each what the card needs.
struct DueRungs: Sendable {
    /// Where a row stands in the order.
    struct Place: Sendable, Hashable {
        let at: Timestamp
        let stream: String
        let clock: String
        let ordinal: Int32
    }

    /// A rung or a lapse that is due.
    struct Row: Sendable {
        let place: Place
        let rung: String
        let lapse: String
        let level: Int
        let raised: [String]
        let version: Int64
        let position: Int64
        let leaf: Digest?
        let recordedAt: Timestamp
        /// How often it was tried and parked.
        let tries: Int32
        /// What the card is raised on; nil where the clock's row is not to be understood.
        let draft: CardDraft?

        var stream: StreamName { StreamName(trusted: place.stream) }
    }

    /// The rows of a page, and whether there are more behind them.
    struct Page: Sendable {
        let rows: [Row]
        let isFull: Bool
        /// When the next row behind them is due; nil where nothing is, or where the page is full.
        let next: Timestamp?
    }

    /// The generation that is read.
    static func generation(_ log: EventLog, _ transaction: PostgresTransaction) async throws -> Int32? {
        try await transaction.query(
            """
            SELECT generation FROM caseflow.projections
             WHERE log_id = $1 AND name = 'case-clocks' AND state = 'live'
            """,
            [log.id.rawValue]
        ).first?.decode(0)
    }

    /// SQL that says whether a calendar has changed and its clocks are being moved still; `$1` is the log.
    static func isMoving(_ generation: String) -> String {
        """
        EXISTS (SELECT FROM caseflow.case_clock_revisions v
                 WHERE v.log_id = $1 AND v.generation = \(generation) AND NOT v.is_done)
        """
    }

    /// Whether a calendar has changed and its clocks are being moved still.
    static func isMoving(_ log: EventLog, _ transaction: PostgresTransaction, _ generation: Int32) async throws -> Bool
    {
        try await transaction.query("SELECT \(isMoving("$2::integer"))", [log.id.rawValue, generation]).first?.decode(0)
            ?? false
    }

    /// SQL that says whether a row `r` of `case_rungs` is not set aside.
    static let isNotAside = """
        NOT EXISTS (SELECT FROM caseflow.parked_rungs a
                     WHERE a.log_id = r.log_id AND a.stream = r.stream AND a.clock = r.clock
                       AND a.ordinal = r.ordinal AND a.rung = r.rung)
        """

    /// A page of what is due by `now`, from behind a place. What is parked is passed over until it is to be tried again. Where
    /// nothing is due it costs one look into an index.
    static func page(
        _ log: EventLog,
        _ transaction: PostgresTransaction,
        generation: Int32,
        now: Timestamp,
        after: Place?,
        limit: Int
    ) async throws -> Page {
        try await transaction.query(
            """
            SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),
                   set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
                   set_config('jit', 'off', true)
            """
        )
        let after = after ?? Place(at: .earliest, stream: "", clock: "", ordinal: 0)
        let rows = try await transaction.query(
            sql,
            [log.id.rawValue, generation, now, after.at, after.stream, after.clock, after.ordinal, limit],
            // A plan that was made while the tables were empty may look through all of them (decision 11).
            prepare: false
        ).map(read)
        if rows.count == limit { return Page(rows: rows, isFull: true, next: nil) }
        let next = try await transaction.query(nextSQL, [log.id.rawValue, generation, now]).first
        return Page(rows: rows, isFull: false, next: try next?.decode(0))
    }

    /// When the next row that is not due is: `$1` log, `$2` generation, `$3` now.
    static let nextSQL = """
        SELECT due_at FROM caseflow.case_rungs WHERE log_id = $1 AND generation = $2 AND due_at > $3
         ORDER BY generation, due_at LIMIT 1
        """

    private static let sql = """
        SELECT r.due_at, r.stream, r.clock, r.ordinal, r.rung, r.lapse, r.level, r.raised, r.version, r.position,
               r.head_leaf, r.recorded_at, coalesce(p.tries, 0),
               c.stage, c.rules, c.limit_amount, c.limit_unit, c.started_on, c.due_on, c.due_at, c.is_provisional,
               c.calendar, c.calendar_version, c.stopped_on IS NULL, c.unit, c.officer,
               t.tasks, t.acts, t.units, t.roles, t.assignees, t.since, t.waiting, t.watched
          FROM (SELECT * FROM caseflow.case_rungs r
                 WHERE r.log_id = $1 AND r.generation = $2 AND r.due_at <= $3
                   AND (r.due_at, r.stream, r.clock, r.ordinal) > ($4, $5, $6, $7)
                   AND NOT EXISTS (SELECT FROM caseflow.parked_rungs p
                                    WHERE p.log_id = $1 AND p.stream = r.stream AND p.clock = r.clock
                                      AND p.ordinal = r.ordinal AND p.rung = r.rung AND p.next_try > $3)
                 ORDER BY r.generation, r.due_at, r.stream, r.clock, r.ordinal LIMIT $8) r
          LEFT JOIN LATERAL (SELECT * FROM caseflow.case_clocks c
                              WHERE c.log_id = $1 AND c.generation = $2 AND c.stream = r.stream AND c.clock = r.clock
                                AND c.ordinal = r.ordinal AND c.known_to = 'infinity' LIMIT 1) c ON true
          LEFT JOIN LATERAL (SELECT p.tries FROM caseflow.parked_rungs p
                              WHERE p.log_id = $1 AND p.stream = r.stream AND p.clock = r.clock
                                AND p.ordinal = r.ordinal AND p.rung = r.rung LIMIT 1) p ON true
          LEFT JOIN LATERAL (SELECT array_agg(k.task) AS tasks, array_agg(k.act) AS acts, array_agg(k.unit) AS units,
                                    array_agg(k.role) AS roles, array_agg(k.assignee) AS assignees,
                                    array_agg(k.since) AS since, array_agg(k.is_waiting) AS waiting,
                                    array_agg(k.watched) AS watched
                               FROM caseflow.case_tasks k
                              WHERE k.log_id = $1 AND k.generation = $2 AND k.case_number = c.case_number
                                AND k.stream = r.stream) t ON true
         ORDER BY r.due_at, r.stream, r.clock, r.ordinal
        """

    /// How the server carries out the first page, and the look at what is due next.
    static func explain(_ log: EventLog, _ transaction: PostgresTransaction, generation: Int32, now: Timestamp)
        async throws
        -> [String]
    {
        let key: [any PostgresEncodable] = [log.id.rawValue, generation, now]
        let first: [any PostgresEncodable] = [Timestamp.earliest, "", "", Int32(0), 100]
        var plan: [String] = []
        for (statement, parameters) in [(sql, key + first), (nextSQL, key)] {
            plan += try await transaction.query("EXPLAIN (ANALYZE, BUFFERS) \(statement)", parameters, prepare: false)
                .map { try $0.decode(0) }
        }
        return plan
    }

    private static func read(_ row: PostgresRow) throws -> Row {
        let place = Place(
            at: try row.decode(0),
            stream: try row.decode(1),
            clock: try row.decode(2),
            ordinal: try row.decode(3)
        )
        let position: Int64 = try row.decode(9)
        return Row(
            place: place,
            rung: try row.decode(4),
            lapse: try row.decode(5),
            level: Int(try row.decode(6, as: Int32.self)),
            raised: try row.decode(7),
            version: try row.decode(8),
            position: position,
            leaf: Digest(try row.decode(10, as: PostgresBytes.self).bytes),
            recordedAt: try row.decode(11),
            tries: try row.decode(12),
            draft: try draft(row, place, position)
        )
    }

    private static func draft(_ row: PostgresRow, _ place: Place, _ position: Int64) throws -> CardDraft? {
        guard let rules: String = try row.decode(14), let limit = try ClockStore.limit(row, 15),
            let startedOn = try row.decode(17, as: PostgresDate?.self)?.civil,
            let clock = ClockName(rawValue: place.clock)
        else { return nil }
        let calendar: String = try row.decode(21)
        let officer: String = try row.decode(25)
        return CardDraft(
            key: Case.CardKey(clock, Int(place.ordinal)),
            stage: try row.decode(13),
            rules: rules,
            limit: limit,
            startedOn: startedOn,
            dueOn: try row.decode(18, as: PostgresDate?.self)?.civil,
            dueAt: try row.decode(19),
            isProvisional: try row.decode(20),
            calendar: calendar.isEmpty ? nil : calendar,
            calendarVersion: try row.decode(22, as: Int32?.self).map { Int($0) },
            basedOn: position,
            isOpen: try row.decode(23),
            unit: try row.decode(24),
            officer: officer.isEmpty ? nil : officer,
            tasks: try tasks(row)
        )
    }

    private static func tasks(_ row: PostgresRow) throws -> [CardDraft.Task] {
        guard let names = try row.decode(26, as: [String]?.self) else { return [] }
        let (acts, units): ([String], [String]) = (try row.decode(27), try row.decode(28))
        let (roles, assignees): ([String], [String]) = (try row.decode(29), try row.decode(30))
        let (since, waiting): ([Timestamp], [Bool]) = (try row.decode(31), try row.decode(32))
        let watched: [String] = try row.decode(33)
        return names.indices.compactMap { index in
            guard let role = OfficerRole(rawValue: roles[index]) else { return nil }
            return CardDraft.Task(
                name: names[index],
                act: acts[index],
                unit: UnitCode(trusted: units[index]),
                role: role,
                assignee: assignees[index].isEmpty ? nil : OfficerID(trusted: assignees[index]),
                since: since[index],
                isWaiting: waiting[index],
                watched: watched[index].isEmpty ? nil : watched[index]
            )
        }
    }
}
