import CaseFlow
import CaseFlowServer
import EventStore
import Foundation
import PostgresClient
import WorkingTime

/// A log of very many cases: a town is played for some months, its workers raise what is due, and its cases are then copied by
/// SQL under other numbers. The copies are events like any, but for their hashes, which no read table looks at.
struct GrownLog {
    let log: EventLog
    let clock: SimulatedClock
    /// Cases in all, and events.
    let cases: Int
    let events: Int64

    /// Plays a town of so many cases and copies them until there are `cases`.
    static func make(
        _ server: BenchServer,
        database: String,
        cases: Int,
        played: Int = 1000,
        profile: String
    ) async throws -> GrownLog {
        try await server.database(database)
        let town = try SimulatedTown.read(profile)
        let days = 120
        let options = TownSimulation.Options(from: try CivilDate("2026-01-05"), days: days, seed: 1, cases: played)
        let clock = try town.clock(from: options.from)
        let log = try await server.log("county", in: database, clock: clock.recording)
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
        let present = try await connection.query(
            "SELECT count(*) FROM caseflow.streams WHERE log_id = 'county' AND stream LIKE 'case/%'"
        )
        let originals = Int(try present[0].decode(0, as: Int64.self))
        let copies = max(0, (cases + originals - 1) / originals - 1)
        try await copy(copies, connection)
        await connection.close()
        return GrownLog(log: log, clock: clock, cases: originals * (copies + 1), events: try await log.head())
    }

    private static func copy(_ copies: Int, _ connection: PostgresConnection) async throws {
        let name = { (stream: String, copy: String) in "'case/' || md5(\(stream) || \(copy))::uuid" }
        try await connection.script(
            """
            SET session_replication_role = replica; SET synchronous_commit = off; SET work_mem = '256MB';
            CREATE TEMP TABLE played AS
                SELECT row_number() OVER (ORDER BY position) AS place, stream, version, type, effective_at, recorded_at, actor,
                       data, metadata, leaf
                  FROM caseflow.events WHERE log_id = 'county' AND stream LIKE 'case/%';
            INSERT INTO caseflow.events (log_id, position, stream, version, type, effective_at, recorded_at, actor, data,
                   metadata, leaf)
            SELECT 'county', l.position + (k - 1) * p.events + e.place, \(name("e.stream", "k")), e.version, e.type,
                   e.effective_at, e.recorded_at, e.actor,
                   CASE WHEN e.type = 'case.received/1'
                        THEN regexp_replace(e.data::text, '"number":"([^"]*)"', '"number":"\\1-' || k || '"')::json
                        ELSE e.data END,
                   e.metadata, e.leaf
              FROM generate_series(1, \(copies)) k, played e, (SELECT count(*) AS events FROM played) p,
                   (SELECT position FROM caseflow.logs WHERE log_id = 'county') l;
            INSERT INTO caseflow.streams (log_id, stream, version, head_leaf, recorded_at)
            SELECT 'county', \(name("s.stream", "k")), s.version, s.head_leaf, s.recorded_at
              FROM generate_series(1, \(copies)) k, caseflow.streams s WHERE s.log_id = 'county' AND s.stream LIKE 'case/%';
            UPDATE caseflow.logs SET position = (SELECT max(position) FROM caseflow.events WHERE log_id = 'county')
             WHERE log_id = 'county';
            RESET session_replication_role
            """
        )
        try await connection.query("VACUUM ANALYZE caseflow.events", prepare: false)
        try await connection.query("VACUUM ANALYZE caseflow.streams", prepare: false)
    }
}
