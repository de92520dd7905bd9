import EventStore
import PostgresClient
import WorkingTime

/// The statements that go through open clocks after a calendar has changed.
extension ClockStore {
    /// Open clocks of a calendar, and all that count minutes of service, from behind one case number through another (to
    /// the end where none is given), that the days from one on may touch.
    struct Range {
        let after: String
        let through: String?
        let calendar: String
        let touching: CivilDate
    }

    /// Clocks whose dates follow from the same things.
    struct Group: Hashable {
        let rules: String
        let clock: String
        let startedOn: PostgresDate
        let limit: Limit?
    }

    /// What their dates are now.
    struct Moved {
        let group: Group
        let dueOn: PostgresDate
        let isProvisional: Bool
        let yellowOn: PostgresDate?
    }

    /// What is known now of clocks that have not stopped.
    static let open = "c.known_period = 2147483647 AND c.stopped_on IS NULL"

    /// `$1` to `$7`: log, generation, case numbers, calendar, first day, moment.
    private func inRange(_ range: Range, before moment: Timestamp) -> (sql: String, parameters: [any PostgresEncodable])
    {
        (
            """
            c.log_id = $1 AND c.generation = $2 AND \(Self.open) AND c.case_number > $3
               AND ($4::text IS NULL OR c.case_number <= $4)
               AND (c.calendar = $5 OR c.limit_unit = '\(Limit.Unit.serviceMinutes.rawValue)')
               AND coalesce(c.due_on, c.suspended_since) >= $6
            """,
            [
                log, generation, range.after, range.through, range.calendar, PostgresDate(range.touching), moment,
            ]
        )
    }

    /// Rows whose new dates follow from what they share with others. The clock of another machine may have made a row
    /// known at a later time than a calendar that stands behind it in the log: such a case is folded again, too.
    static let likeOthers = "c.is_plain AND c.known_from < $7"

    /// What of a range may move: the cases whose pauses and extensions have to be judged again, and what the dates of all
    /// other clocks follow from.
    func touched(_ range: Range, before moment: Timestamp) async throws -> (streams: [String], groups: [Group]) {
        let wanted = inRange(range, before: moment)
        let rows = try await target.transaction.query(
            """
            SELECT DISTINCT CASE WHEN NOT p.is_like_others THEN c.stream END,
                   CASE WHEN p.is_like_others THEN c.rules END, CASE WHEN p.is_like_others THEN c.clock END,
                   CASE WHEN p.is_like_others THEN c.started_on END,
                   CASE WHEN p.is_like_others THEN c.limit_amount END,
                   CASE WHEN p.is_like_others THEN c.limit_unit END
              FROM caseflow.case_clocks c CROSS JOIN LATERAL (SELECT \(Self.likeOthers) AS is_like_others) p
             WHERE \(wanted.sql) ORDER BY 1
            """,
            wanted.parameters,
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

    /// Ends the rows of clocks that have moved and adds the new ones.
    func move(_ moved: [Moved], in range: Range, _ boundary: KnownLaw.Boundary, version: Int32) async throws {
        if moved.isEmpty { return }
        let wanted = inRange(range, before: boundary.since)
        let taken: Set<String> = [
            "known_from", "known_to", "known_period", "due_on", "is_provisional", "yellow_on", "calendar_version",
            "reason", "position",
        ]
        let kept = NewClockRow.columns.split(separator: ", ").map(String.init).filter { !taken.contains($0) }
        let columns = kept.joined(separator: ", ")
        let ofRow = kept.map { "c.\($0)" }.joined(separator: ", ")
        let limits = moved.map(\.group.limit)
        try await target.transaction.query(
            """
            WITH new AS (
                SELECT * FROM unnest($8::text[], $9::text[], $10::date[], $11::integer[], $12::text[], $13::date[],
                       $14::boolean[], $15::date[])
                    AS n(of_rules, of_clock, start, amount, unit_of_limit, new_due, new_provisional, new_yellow)),
            ended AS (
                UPDATE caseflow.case_clocks c SET known_to = $7, known_period = $16 FROM new n
                 WHERE \(wanted.sql) AND \(Self.likeOthers) AND c.rules = n.of_rules AND c.clock = n.of_clock
                   AND c.started_on = n.start AND c.limit_amount = n.amount AND c.limit_unit = n.unit_of_limit
                   AND (c.due_on, c.is_provisional, c.yellow_on)
                       IS DISTINCT FROM (n.new_due, n.new_provisional, n.new_yellow)
                RETURNING \(ofRow), n.new_due, n.new_provisional, n.new_yellow)
            INSERT INTO caseflow.case_clocks (log_id, generation, known_from, known_to, known_period, calendar_version,
                   reason, position, \(columns), due_on, is_provisional, yellow_on)
            SELECT $1, $2, $7, 'infinity', 2147483647, $17, $18, $19, \(columns), new_due, new_provisional, new_yellow
              FROM ended
            """,
            wanted.parameters
                + [
                    moved.map(\.group.rules), moved.map(\.group.clock), moved.map(\.group.startedOn),
                    limits.map { $0.map { Int32(clamping: $0.amount) } }, limits.map { $0?.unit.rawValue },
                    moved.map(\.dueOn), moved.map(\.isProvisional), moved.map(\.yellowOn),
                    ClockRow.period(of: boundary.since), version, boundary.reason, boundary.position,
                ],
            prepare: false
        )
    }
}
