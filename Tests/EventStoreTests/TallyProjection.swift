import EventStore
import Foundation
import PostgresClient
import Support
import Synchronization

/// A projection for tests: for each stream how many events it has taken in, and the sum of their numbers. A sum shows
/// an event that was folded twice.
struct TallyProjection: Projection {
    var name = "tally"
    var codeVersion = 1
    let tables = ["tally"]
    /// Positions that it cannot take, as a program with a mistake.
    var poison: Set<Int64> = []
    /// Waited for before rows are written, for tests that stop a runner in the middle of a batch.
    var gate: @Sendable ([RecordedEvent]) async throws -> Void = { _ in }

    func apply(_ events: [RecordedEvent], in target: ProjectionTarget) async throws {
        try await gate(events)
        var counts: [StreamName: (events: Int64, sum: Int64)] = [:]
        for event in events {
            if poison.contains(event.position) {
                throw PoisonEvent(position: event.position, reason: "a test's poison")
            }
            let number = try JSONDecoder().decode([String: Int64].self, from: Data(event.data))["n"] ?? 0
            counts[event.stream, default: (0, 0)].events += 1
            counts[event.stream, default: (0, 0)].sum += number
        }
        let rows = counts.sorted { $0.key < $1.key }
        try await target.transaction.query(
            """
            INSERT INTO caseflow.tally AS t (log_id, generation, stream, events, sum)
            SELECT $1, $2, u.* FROM unnest($3::text[], $4::bigint[], $5::bigint[]) u
            ON CONFLICT (log_id, generation, stream)
            DO UPDATE SET events = t.events + excluded.events, sum = t.sum + excluded.sum
            """,
            [
                target.log.rawValue, target.generation,
                rows.map(\.key.rawValue), rows.map(\.value.events), rows.map(\.value.sum),
            ]
        )
    }

    /// Makes the table, as an administrator would by a migration.
    static func install(_ database: TestDatabase) async throws {
        let admin = try await database.superuser()
        try await admin.script(
            """
            CREATE TABLE caseflow.tally (
                log_id text NOT NULL, generation integer NOT NULL, stream text NOT NULL,
                events bigint NOT NULL, sum bigint NOT NULL, PRIMARY KEY (log_id, generation, stream));
            GRANT SELECT, INSERT, UPDATE, DELETE ON caseflow.tally TO caseflow_app
            """
        )
        await admin.close()
    }

    /// The rows of the live generation, `stream events sum`, as a reader sees them.
    static func live(_ log: EventLog) async throws -> [String] {
        try await log.pool.query(
            """
            SELECT t.stream || ' ' || t.events || ' ' || t.sum FROM caseflow.tally t
              JOIN caseflow.projections p ON p.log_id = t.log_id AND p.generation = t.generation
             WHERE t.log_id = $1 AND p.name = 'tally' AND p.state = 'live' ORDER BY t.stream COLLATE "C"
            """,
            [log.id.rawValue]
        ).map { try $0.decode(0) }
    }

    /// What the rows should be, from the events themselves.
    static func expected(_ log: EventLog, without streams: Set<StreamName> = []) async throws -> [String] {
        try await log.pool.query(
            """
            SELECT stream || ' ' || count(*) || ' ' || sum((data->>'n')::bigint) FROM caseflow.events
             WHERE log_id = $1 AND stream <> ALL ($2) GROUP BY stream ORDER BY stream
            """,
            [log.id.rawValue, streams.map(\.rawValue)]
        ).map { try $0.decode(0) }
    }
}

/// A gate that a test opens.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var arrived = 0
    }
    private let state = Mutex(State())

    /// How many have come to the gate.
    var arrived: Int { state.withLock(\.arrived) }

    func open() { state.withLock { $0.isOpen = true } }

    /// Returns when the gate is open.
    func pass() async throws {
        state.withLock { $0.arrived += 1 }
        while !state.withLock(\.isOpen) { try await Task.sleep(for: .milliseconds(2)) }
    }
}
