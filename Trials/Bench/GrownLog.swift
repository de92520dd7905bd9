import CaseFlow
import CaseFlowServer
import EventStore
import Foundation
import PostgresClient
import WorkingTime

/// A log of very many cases: a town is played for some months, its workers raise what is due, and its cases are then copied by
/// SQL under other names, until there are so many. The copies are events like any, but for their hashes, which no read table
/// and no replay looks at.
struct GrownLog {
    static let name = "county"

    let log: EventLog
    let clock: SimulatedClock
    let cases: Int
    let events: Int64

    /// Plays a town and copies its cases, in a database of its own. A copy's names lie together, as those of cases do that came
    /// in at the same time.
    static func make(
        _ server: BenchServer,
        database: String,
        cases: Int,
        played: Int = 400,
        days: Int = 60,
        profile: String
    ) async throws -> GrownLog {
        try await server.database(database)
        let town = try SimulatedTown.read(profile)
        let options = TownSimulation.Options(from: try CivilDate("2026-03-02"), days: days, seed: 1, cases: played)
        let clock = try town.clock(from: options.from)
        let log = try await server.log(name, in: database, clock: clock.recording)
        let source = SimulatedSource(seed: 1, of: "vault")
        let simulation = try await TownSimulation(
            town.profile,
            network: town.network,
            catalogue: town.catalogue,
            on: log,
            vault: Vault(log, key: MasterKey(source.vault), random: source.vault, clock: clock.recording),
            clock: clock,
            options: options
        )
        try await simulation.run()
        _ = try await LogWorker.once(log) { _ in }
        let connection = try await PostgresConnection.connect(server.configuration(database))
        try await copy(until: cases, connection)
        await connection.close()
        return GrownLog(log: log, clock: clock, cases: cases, events: try await log.head())
    }

    private static func copy(until cases: Int, _ connection: PostgresConnection) async throws {
        try await connection.script(
            """
            SET session_replication_role = replica; SET synchronous_commit = off;
            CREATE TEMP TABLE ranked AS
                SELECT stream, row_number() OVER (ORDER BY stream) AS rank FROM caseflow.streams
                 WHERE log_id = '\(name)' AND stream LIKE 'case/%';
            CREATE TEMP TABLE played AS
                SELECT r.rank, row_number() OVER (ORDER BY e.position) AS place, e.*
                  FROM caseflow.events e JOIN ranked r USING (stream) WHERE e.log_id = '\(name)';
            ANALYZE played
            """
        )
        let counted = try await connection.query(
            "SELECT count(*), max(rank), (SELECT position FROM caseflow.logs WHERE log_id = $1) FROM played",
            [name],
            prepare: false
        )[0]
        let (events, originals): (Int, Int) = (try counted.decode(0), try counted.decode(1))
        let head: Int64 = try counted.decode(2)
        guard originals > 0, originals <= cases else { throw BenchFailure("\(originals) cases were played") }
        // The last copy may be a part of one: positions follow on each other all the same.
        let copies = (cases - 1) / originals
        for first in stride(from: 1, through: copies, by: 50) {
            try await connection.script(
                """
                INSERT INTO caseflow.events (log_id, position, stream, version, type, effective_at, recorded_at, actor, data,
                       metadata, leaf)
                SELECT '\(name)', \(head) + (k - 1)::bigint * \(events) + row_number() OVER (PARTITION BY k ORDER BY p.place),
                       'case/' || lpad(to_hex(k), 8, '0') || '-' || left(md5(p.stream || k), 27), p.version, p.type,
                       p.effective_at, p.recorded_at, p.actor,
                       CASE WHEN p.type = 'case.received/1'
                            THEN regexp_replace(p.data::text, '"number":"([^"]*)"', '"number":"\\1-' || k || '"')::json
                            ELSE p.data END,
                       p.metadata, p.leaf
                  FROM generate_series(\(first), \(min(first + 49, copies))) k CROSS JOIN played p
                 WHERE k::bigint * \(originals) + p.rank <= \(cases) ORDER BY k, p.place
                """
            )
        }
        try await connection.script(
            """
            INSERT INTO caseflow.streams (log_id, stream, version, head_leaf, recorded_at)
            SELECT DISTINCT ON (stream) log_id, stream, version, leaf, recorded_at FROM caseflow.events
             WHERE log_id = '\(name)' AND position > \(head) ORDER BY stream, version DESC;
            UPDATE caseflow.logs SET position = (SELECT max(position) FROM caseflow.events WHERE log_id = '\(name)')
             WHERE log_id = '\(name)';
            DROP TABLE played; DROP TABLE ranked; RESET session_replication_role
            """
        )
        try await connection.query("VACUUM ANALYZE caseflow.events", prepare: false)
        try await connection.query("VACUUM ANALYZE caseflow.streams", prepare: false)
    }
}
