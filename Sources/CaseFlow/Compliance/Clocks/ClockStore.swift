import EventStore
import Foundation
import PostgresClient

/// The statements on the rows of `case_clocks` and `case_clock_revisions` of one generation.
struct ClockStore {
    let target: ProjectionTarget

    init(_ target: ProjectionTarget) { self.target = target }

    var log: String { target.log.rawValue }
    var generation: Int32 { target.generation }

    /// Plans are kept for the life of a session, and the first one may meet empty tables (decision 11).
    func preferIndexes() async throws {
        try await target.transaction.query(
            """
            SELECT set_config('enable_seqscan', 'off', true), set_config('enable_mergejoin', 'off', true),
                   set_config('enable_bitmapscan', 'off', true)
            """
        )
    }

    /// The time zone of the log.
    func zone() async throws -> TimeZone {
        let rows = try await target.transaction.query(
            "SELECT time_zone FROM caseflow.logs WHERE log_id = $1",
            [log]
        )
        return try rows.first.flatMap { TimeZone(identifier: try $0.decode(0)) } ?? .gmt
    }

    /// When the event at a position was recorded.
    func recordedAt(_ position: Int64) async throws -> Timestamp? {
        try await target.transaction.query(
            "SELECT recorded_at FROM caseflow.events WHERE log_id = $1 AND position = $2",
            [log, position]
        ).first?.decode(0)
    }

    // MARK: Cases

    /// What there is of cases: their events before a position each (all of them where none is given), steps left out,
    /// and the rows that are known now.
    func timelines(_ streams: [String], before: [String: Int64]) async throws -> [String: CaseTimeline] {
        if streams.isEmpty { return [:] }
        var cases = Dictionary(uniqueKeysWithValues: streams.map { ($0, CaseTimeline(stream: $0)) })
        let wanted = streams.map { (stream: $0, before: before[$0] ?? .max) }
        for event in try await target.events(of: wanted, leavingOut: [Case.Coding.stepRecorded.rawValue]) {
            // Events that could not be taken are set aside with all that follow, and are not before the batch.
            _ = try? cases[event.stream.rawValue]?.take(event)
        }
        for (stream, row) in try await known(streams, of: cases) { cases[stream]?.load(row) }
        return cases
    }

    private func known(_ streams: [String], of cases: [String: CaseTimeline]) async throws -> [(String, ClockRow)] {
        let rows = try await target.transaction.query(
            """
            SELECT u.stream, c.clock, c.ordinal, c.stage, c.rules, c.is_default, c.started_on, c.limit_amount, c.limit_unit,
                   c.is_plain, c.due_on, c.is_provisional, c.phase, c.suspended_since, c.days_left, c.yellow_on,
                   c.stopped_on, c.is_ahead, c.calendar, c.calendar_version, c.known_from, c.reason, c.position,
                   c.case_number, c.unit, c.department, c.officer, c.item, c.channel, c.light, c.due_at,
                   c.holder, c.held_since, c.held_stage
              FROM unnest($3::text[]) AS u(stream)
             CROSS JOIN LATERAL (SELECT * FROM caseflow.case_clocks c
                                  WHERE c.log_id = $1 AND c.generation = $2 AND c.stream = u.stream
                                    AND c.known_to = 'infinity' ORDER BY c.clock, c.ordinal) AS c
            """,
            [log, generation, streams]
        )
        return try rows.map { row in
            let stream: String = try row.decode(0)
            let filters = CaseFilters(
                number: try row.decode(23),
                unit: try row.decode(24),
                department: try row.decode(25),
                officer: try row.decode(26),
                item: try row.decode(27),
                channel: try row.decode(28)
            )
            var facts = ClockRow.Facts(startedOn: try row.decode(6), filters: filters)
            facts.stage = try row.decode(3)
            facts.rules = try row.decode(4)
            facts.isDefault = try row.decode(5)
            facts.limit = try Self.limit(row, 7)
            facts.isPlain = try row.decode(9)
            facts.dueOn = try row.decode(10)
            facts.dueAt = try row.decode(30)
            facts.isProvisional = try row.decode(11)
            facts.phase = ClockRow.Phase(rawValue: try row.decode(12)) ?? .running
            facts.suspendedSince = try row.decode(13)
            facts.daysLeft = try row.decode(14)
            facts.yellowOn = try row.decode(15)
            facts.stoppedOn = try row.decode(16)
            facts.light = try row.decode(29, as: String?.self).flatMap(ClockReading.Light.init)
            facts.calendar = try row.decode(18)
            facts.held = .init(
                kind: CaseHolder.Kind(rawValue: try row.decode(31)),
                since: try row.decode(32),
                stage: try row.decode(33)
            )
            let known = ClockRow(
                key: ClockRow.Key(clock: try row.decode(1), ordinal: try row.decode(2)),
                facts: facts,
                calendarVersion: try row.decode(19),
                knownFrom: try row.decode(20),
                isAhead: try row.decode(17),
                reason: try row.decode(21),
                position: try row.decode(22)
            )
            return (stream, known)
        }
    }

    /// A limit from its two columns; nil where there is none.
    static func limit(_ row: PostgresRow, _ column: Int) throws -> Limit? {
        guard let amount: Int32 = try row.decode(column), let name: String = try row.decode(column + 1),
            let unit = Limit.Unit(rawValue: name)
        else { return nil }
        return Limit(Int(amount), unit)
    }

    /// Closes the rows that end and adds those that begin, and lays out anew what is to be done in the cases, what happens
    /// next by itself, and their cards.
    /// - Parameter new: the streams that have no rows yet.
    func write(_ cases: [CaseTimeline], new: Set<String>) async throws {
        try await writeClocks(of: cases, new: new)
        // Their dates come from the clocks.
        try await writeTasks(of: cases, new: new)
        try await writeRungs(of: cases, new: new)
        try await writeCards(of: cases)
    }

    /// A row that never was known is written over. Looking for one costs a tenth of a rebuild, in which there is none.
    private static let overwriting = """
        ON CONFLICT (generation, stream, clock, ordinal, known_from) DO UPDATE
           SET (\(NewClockRow.columns)) = (\(NewClockRow.excluded))
        """

    private func writeClocks(of cases: [CaseTimeline], new: Set<String>) async throws {
        let ends = cases.flatMap { timeline in timeline.closed.map { (timeline.stream, $0.row, $0.at) } }
        if !ends.isEmpty {
            try await target.transaction.query(
                """
                UPDATE caseflow.case_clocks c SET known_to = u.known_to, known_period = u.period
                  FROM unnest($3::text[], $4::text[], $5::integer[], $6::timestamptz[], $7::timestamptz[], $8::integer[])
                    AS u(stream, clock, ordinal, known_from, known_to, period)
                 WHERE c.log_id = $1 AND c.generation = $2 AND c.stream = u.stream AND c.clock = u.clock
                   AND c.ordinal = u.ordinal AND c.known_from = u.known_from
                """,
                [
                    log, generation, ends.map(\.0), ends.map(\.1.key.clock), ends.map(\.1.key.ordinal),
                    ends.map(\.1.knownFrom), ends.map(\.2), ends.map { ClockRow.period(of: $0.2) },
                ]
            )
        }
        let rows = cases.flatMap(NewClockRow.all)
        if rows.isEmpty { return }
        try await target.transaction.query(
            """
            INSERT INTO caseflow.case_clocks AS c (log_id, generation, \(NewClockRow.columns))
            SELECT $1, $2, stream, clock, ordinal, known_from, coalesce(known_to, 'infinity'), \(NewClockRow.rest)
              FROM unnest(\(NewClockRow.parameters(from: 3))) AS u(\(NewClockRow.columns))
            \(cases.allSatisfy { new.contains($0.stream) } ? "" : Self.overwriting)
            """,
            [log, generation] + NewClockRow.arrays(rows)
        )
    }
}
