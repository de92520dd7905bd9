import EventStore
import Foundation
import PostgresClient
import Support
import Synchronization
import Testing

/// The trap of sequence-numbered stores: a number is drawn before its row is committed, so a reader that asks for
/// `position > checkpoint` passes rows that appear later. This log's positions appear in the order of commits.
@Suite struct MissedEventTrial {
    private static let writers = 24
    private static let rounds = 12

    /// Appends from 24 writers to 40 hot streams, with pauses, while other sessions roll back on the same log.
    private func write(_ logs: [EventLog], _ database: TestDatabase) async throws -> Int64 {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<Self.writers {
                group.addTask {
                    for _ in 0..<Self.rounds {
                        let hot = stream("hot-\(Int.random(in: 0..<40))")
                        let known = try await logs[writer % logs.count].head(of: hot)
                        // Some lose the race for the version: refused, as a rollback is.
                        let expected: ExpectedVersion =
                            known.version > 0 && Bool.random() ? .exact(known.version) : .any
                        _ = await outcome { try await logs[writer % logs.count].append(hot, expected) }
                        try await Task.sleep(for: .milliseconds(Int.random(in: 0...4)))
                    }
                }
            }
            group.addTask {
                let admin = try await database.superuser()
                for _ in 0..<20 {
                    try await admin.script(
                        "BEGIN; SELECT FROM caseflow.logs FOR UPDATE; SELECT pg_sleep(0.003); ROLLBACK"
                    )
                    try await Task.sleep(for: .milliseconds(3))
                }
                await admin.close()
            }
            try await group.waitForAll()
        }
        return try await logs[0].head()
    }

    @Test func `four subscriptions miss nothing where a reader by sequence misses events`() async throws {
        let database = try await TestCluster.shared.database()
        let logs = [try await database.log(), try await database.log()]
        let seen = (0..<4).map { _ in Positions() }
        let readers = (0..<4).map { reader in
            Task {
                do {
                    for try await batch in logs[reader % 2].subscribe(batchSize: 20) {
                        seen[reader].add(batch.events.map(\.position))
                    }
                } catch is CancellationError {}
            }
        }
        let end = try await write(logs, database)
        #expect(end >= Int64(Self.writers * Self.rounds / 2))
        _ = try await eventually { seen.allSatisfy { $0.all.last == end } }
        try await Task.sleep(for: .milliseconds(100))
        for reader in readers { reader.cancel() }
        for reader in readers { try await reader.value }
        for positions in seen { #expect(positions.all == Array(1...end)) }
        #expect(try await LogVerifier(logs[0]).verify().isSound)

        #expect(try await missedBySequence(database) > 0)
    }

    /// How many rows a reader by `position > checkpoint` misses in a table with a sequence.
    private func missedBySequence(_ database: TestDatabase) async throws -> Int {
        let reader = try await database.superuser()
        try await reader.script("CREATE TABLE control (position bigserial PRIMARY KEY, writer integer NOT NULL)")
        let done = Counter()
        let seen = try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<Self.writers {
                group.addTask {
                    let session = try await database.superuser()
                    for _ in 0..<Self.rounds {
                        let (pause, ending) = (Double.random(in: 0...0.006), Int.random(in: 0..<10) == 0)
                        try await session.script(
                            """
                            BEGIN; INSERT INTO control (writer) VALUES (\(writer));
                            SELECT pg_sleep(\(pause)); \(ending ? "ROLLBACK" : "COMMIT")
                            """
                        )
                    }
                    await session.close()
                    done.add()
                }
            }
            var checkpoint: Int64 = 0
            var seen = 0
            while true {
                let last = done.value == Self.writers
                let rows = try await reader.query(
                    "SELECT position FROM control WHERE position > $1 ORDER BY 1",
                    [checkpoint]
                )
                seen += rows.count
                if let row = rows.last { checkpoint = try row.decode(0) }
                if last { break }
            }
            try await group.waitForAll()
            return seen
        }
        let stored = try await reader.query("SELECT count(*) FROM control")[0].decode(0, as: Int.self)
        await reader.close()
        return stored - seen
    }
}

/// What a reader was given, in order.
private final class Positions: Sendable {
    private let positions = Mutex<[Int64]>([])
    var all: [Int64] { positions.withLock(\.self) }
    func add(_ more: [Int64]) { positions.withLock { $0 += more } }
}
