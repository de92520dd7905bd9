import CaseFlow
import EventStore
import Foundation
import PostgresClient
import WorkingTime

/// Rows of `case_clocks` for measuring, made by SQL: the log of a county with 20 towns, 500 officers, 11 departments,
/// 200 items and 5 channels.
struct ClockRows {
    let server: BenchServer
    let database: String
    let log: EventLog

    init(_ server: BenchServer, database: String) async throws {
        (self.server, self.database) = (server, database)
        try await server.database(database)
        log = try await server.log("county", in: database)
    }

    private static let columns = """
        log_id, generation, stream, clock, ordinal, known_from, known_to, known_period, case_number, unit, department,
        officer, item, channel, holder, is_default, rules, started_on, limit_amount, limit_unit, is_plain, due_on,
        is_provisional, phase, yellow_on, stopped_on, light, in_time, is_ahead, calendar, calendar_version, reason, position
        """

    private static func filters(_ i: String) -> String {
        """
        'town-' || abs(hashint4(\(i))) % 20, 'department-' || abs(hashint4(\(i) + 1000003)) % 11,
        'officer/' || abs(hashint4(\(i) + 2000003)) % 500, 'item-' || abs(hashint4(\(i) + 3000017)) % 200,
        'channel-' || abs(hashint4(\(i) + 4000037)) % 5, 'reviewer', true, 'cn-licensing 1'
        """
    }

    /// Names that begin with the time, as those of cases do.
    private static func stream(_ i: String, _ kind: String = "7000") -> String {
        "'case/0' || lpad(to_hex(\(i)), 11, '0') || '-\(kind)-' || left(md5((\(i))::text), 18)"
    }

    /// A tenth of the rows are clocks that run, begun over the last 60 days; the others are clocks that have stopped
    /// within three years, one in six of them late, each with the row of the time in which it ran.
    func fill(_ rows: Int) async throws {
        let (running, stopped) = (rows / 10, rows * 9 / 20)
        try await load(
            """
            INSERT INTO caseflow.case_clocks (\(Self.columns))
            SELECT 'county', 1, \(Self.stream("i")), 'decision', 1, start + interval '9 hours', 'infinity', 2147483647,
                   'N-' || lpad(i::text, 9, '0'), \(Self.filters("i")), start, 20, 'working-days', true, start + 50, false, 'running',
                   start + 45, NULL, NULL, NULL, false, 'cn', 15, 'case.accepted/1', i
              FROM (SELECT i, current_date - abs(hashint4(i + 5000011)) % 60 AS start
                      FROM generate_series(1, \(running)) i) r;
            INSERT INTO caseflow.case_clocks (\(Self.columns))
            SELECT 'county', 1, \(Self.stream("i", "7001")), 'decision', 1, start + interval '9 hours', stop + interval '10 hours',
                   floor(extract(epoch FROM stop + interval '10 hours') / 86400)::integer,
                   'O-' || lpad(i::text, 9, '0'), \(Self.filters("i")), start, 20, 'working-days', true, start + 28, false, 'running',
                   start + 25, NULL, NULL, NULL, false, 'cn', 15, 'case.accepted/1', i
              FROM (SELECT i, start, (start + 1 + abs(hashint4(i + 6000011)) % 33)::timestamptz AS stop
                      FROM (SELECT i, current_date - 34 - abs(hashint4(i + 7000003)) % 1061 AS start
                              FROM generate_series(1, \(stopped)) i) s) r;
            INSERT INTO caseflow.case_clocks (\(Self.columns))
            SELECT 'county', 1, \(Self.stream("i", "7001")), 'decision', 1, stop + interval '10 hours', 'infinity', 2147483647,
                   'O-' || lpad(i::text, 9, '0'), \(Self.filters("i")), start, 20, 'working-days', true, start + 28, false, 'stopped',
                   start + 25, stop, CASE WHEN stop > start + 28 THEN 'red' WHEN stop >= start + 25 THEN 'yellow'
                   ELSE 'green' END, start + 28 - stop, false, 'cn', 15, 'case.decided/1', i
              FROM (SELECT i, start, start + 1 + abs(hashint4(i + 6000011)) % 33 AS stop
                      FROM (SELECT i, current_date - 34 - abs(hashint4(i + 7000003)) % 1061 AS start
                              FROM generate_series(1, \(stopped)) i) s) r
            """
        )
    }

    /// Open clocks under the licensing law, two in each case with the same dates, begun on the working days of ten weeks
    /// from 2 March 2026. Returns a working day such that about a third of them are due on it or later.
    func fillOpen(_ clocks: Int) async throws -> CivilDate {
        guard let calendar = try CalendarHistory.shipped("cn").latest, let first = try? CivilDate("2026-03-02") else {
            throw BenchFailure("the calendar cn is missing")
        }
        var starts: [CivilDate] = []
        var dues: [CivilDate] = []
        var yellows: [CivilDate] = []
        for n in 0..<50 {
            let start = try calendar.adding(workingDays: n, to: first)
            starts.append(start)
            dues.append(try calendar.adding(workingDays: 20, to: start))
            yellows.append(try calendar.adding(workingDays: 18, to: start))
        }
        func array(_ days: [CivilDate]) -> String {
            "ARRAY[" + days.map { "'\($0)'" }.joined(separator: ",") + "]::date[]"
        }
        try await load(
            """
            INSERT INTO caseflow.case_clocks (\(Self.columns))
            SELECT 'county', 1, \(Self.stream("i")), clock, 1, start + interval '9 hours', 'infinity', 2147483647,
                   'N-' || lpad(i::text, 9, '0'), \(Self.filters("i")), start, 20, 'working-days', true, due, false, 'running',
                   yellow, NULL, NULL, NULL, false, 'cn', \(calendar.version.number), 'case.accepted/1', i
              FROM (SELECT i, clock, (\(array(starts)))[1 + i % 50] AS start, (\(array(dues)))[1 + i % 50] AS due,
                           (\(array(yellows)))[1 + i % 50] AS yellow
                      FROM generate_series(1, \(clocks / 2)) i, unnest(ARRAY['decision', 'promise']) clock) r
            """
        )
        return dues[35]
    }

    /// Fills the table before its indexes are made, as a restore would.
    private func load(_ sql: String) async throws {
        let connection = try await PostgresConnection.connect(server.configuration(database))
        let indexes = try await connection.query(
            """
            SELECT indexname, indexdef FROM pg_indexes
             WHERE schemaname = 'caseflow' AND tablename = 'case_clocks' AND indexname <> 'case_clocks_pk'
            """
        )
        let definitions = try indexes.map { (try $0.decode(0, as: String.self), try $0.decode(1, as: String.self)) }
        try await connection.script(
            "SET synchronous_commit = off; SET maintenance_work_mem = '1GB'; SET work_mem = '256MB'; "
                + definitions.map { "DROP INDEX caseflow.\($0.0)" }.joined(separator: "; ")
        )
        try await connection.script(sql)
        for (_, definition) in definitions { try await connection.script(definition) }
        try await connection.script(
            """
            INSERT INTO caseflow.projections (log_id, name, generation, code_version, state, updated_at)
            VALUES ('county', 'case-clocks', 1, 1, 'live', now()) ON CONFLICT DO NOTHING
            """
        )
        try await connection.query("VACUUM ANALYZE caseflow.case_clocks", prepare: false)
        await connection.close()
    }
}
