import EventStore
import Foundation
import PostgresClient
import Support
import Synchronization
import Testing

@testable import CaseFlow

/// A delivery takes as long as it takes: nothing else waits for it, and no worker's death loses it.
@Suite("The lease of a notification")
struct OutboxLeaseTests {
    /// A case whose promise is overdue, and what it has raised in the outbox of a sink.
    private static func fed(
        _ sink: NotificationSink,
        patience: Duration? = nil,
        also other: NotificationSink? = nil,
        _ body: (WorkedLog, Outbox, [Outbox.Row]) async throws -> Void
    ) async throws {
        try await WorkedLog.run("2026-03-02") { town in
            try await town.accept("1")
            let outbox = Outbox(town.log, to: sink, patience: patience)
            try await outbox.open()
            if let other { try await Outbox(town.log, to: other).open() }
            try town.go(to: "2026-03-17T08:00")
            try await town.work()
            _ = try await outbox.feed()
            let rows = try await Outbox.rows(of: town.log).filter { $0.sink == sink.description }
            #expect(rows.count >= 3)
            try await body(town, outbox, rows)
        }
    }

    /// Lets the time pass until all that waits is to be tried.
    private static func pass(_ log: EventLog) async throws {
        try await log.pool.query(
            "UPDATE caseflow.outbox SET next_try = '2000-01-01' WHERE log_id = $1",
            [log.id.rawValue]
        )
    }

    private static func sink(_ server: HTTPServer, _ path: String = "/cards") throws -> NotificationSink {
        .http(try HTTPReceiver(server.url(path)))
    }

    @Test func `a receiver that refuses is asked ten times, in order, and then no more`() async throws {
        let server = try HTTPServer { _, _ in .status(500) }
        defer { server.stop() }
        try await Self.fed(try Self.sink(server)) { town, outbox, rows in
            for _ in 1...Outbox.mostTries {
                #expect(try await outbox.work().failed == rows.count)
                try await Self.pass(town.log)
            }
            #expect(try await outbox.work() == Outbox.Round())
            let dead = try await Outbox.rows(of: town.log, deadOnly: true)
            #expect(dead.count == rows.count && dead.allSatisfy { $0.tries == Outbox.mostTries })
            #expect(dead.allSatisfy { $0.error.hasSuffix("answered 500") })
            let first = server.requests.prefix(rows.count).map(\.body)
            #expect(server.requests.count == rows.count * Outbox.mostTries)
            for (body, row) in zip(first, rows) { #expect(body.contains("\"id\":\"\(row.key)\"")) }
        }
    }

    @Test func `a receiver that asks for a pause gets it`() async throws {
        let server = try HTTPServer { _, _ in .status(503, headers: ["Retry-After": "600"]) }
        defer { server.stop() }
        try await Self.fed(try Self.sink(server)) { town, outbox, _ in
            _ = try await outbox.work()
            let waits = try await town.log.pool.query(
                "SELECT extract(epoch FROM min(next_try) - clock_timestamp())::double precision FROM caseflow.outbox WHERE log_id = $1",
                [town.log.id.rawValue]
            )
            let wait: Double = try #require(waits.first).decode(0)
            #expect(wait > 500 && wait <= 600)
        }
    }

    @Test func `while a receiver hangs, no transaction is open, no row is locked, and other sinks go on`() async throws
    {
        let server = try HTTPServer { request, _ in request.path == "/hangs" ? .hang : .status(204) }
        defer { server.stop() }
        let other = try Self.sink(server, "/takes")
        try await Self.fed(try Self.sink(server, "/hangs"), patience: .seconds(20), also: other) { town, outbox, rows in
            let began = ContinuousClock.now
            let delivering = Task { try await outbox.deliver(limit: 1) }
            while server.requests.isEmpty, .now - began < .seconds(18) { try await Task.sleep(for: .milliseconds(10)) }
            #expect(server.requests.map(\.path) == ["/hangs"])
            // It is on its way. All rows can be locked by others, and nobody idles in a transaction.
            let free = try await town.log.pool.transaction { transaction in
                try await transaction.query(
                    "SELECT position FROM caseflow.outbox WHERE log_id = $1 AND sink LIKE '%/hangs' FOR UPDATE SKIP LOCKED",
                    [town.log.id.rawValue]
                ).count
            }
            #expect(free == rows.count)
            // For longer than any statement of this suite takes.
            try await Task.sleep(for: .seconds(1))
            let idle = try await town.log.pool.query(
                """
                SELECT count(*) FROM pg_stat_activity
                 WHERE state LIKE 'idle in transaction%' AND query LIKE '%caseflow.outbox%'
                   AND state_change < clock_timestamp() - interval '0.8 seconds'
                """
            )
            #expect(try idle.first?.decode(0, as: Int.self) == 0)
            // What hangs is claimed: nobody else tries it, others can be tried, and another sink gets all of its own.
            let claimed = try await Outbox.rows(of: town.log).filter { $0.tries == 1 }
            #expect(claimed.count == 1 && claimed.first?.error == Outbox.unknown)
            #expect(try await Outbox(town.log, to: other).work().delivered == rows.count)
            #expect(.now - began < .seconds(20))
            #expect(try await delivering.value == Outbox.Round(delivered: 0, failed: 1))
            let after = try await Outbox.rows(of: town.log).filter { $0.tries == 1 }
            #expect(after.first?.error.hasSuffix("has not answered after 20 seconds") == true)
        }
    }

    @Test func `what a dead worker has claimed is tried again when its lease is over, with the same id`() async throws {
        let server = try HTTPServer { _, _ in .status(204) }
        defer { server.stop() }
        try await Self.fed(try Self.sink(server)) { town, outbox, rows in
            let now = RecordingClock.system.now()
            let claims = try await outbox.claim(limit: 100, dueBy: now, now: now)
            #expect(claims.map(\.position) == rows.map(\.position) && claims.allSatisfy { $0.tries == 1 })
            // It delivers the first, and dies before it can say so.
            #expect(await (try Self.sink(server)).deliver(claims[0].body) == nil)
            // As long as the lease lasts, others leave it alone; then they try all of it.
            #expect(try await outbox.work() == Outbox.Round())
            let lease = try await Outbox.rows(of: town.log).map(\.nextTry)
            #expect(lease.allSatisfy { $0 == now.advanced(byMicroseconds: outbox.lease).description })
            try await Self.pass(town.log)
            #expect(try await outbox.work().delivered == rows.count)
            let ids = try server.requests.map { request in
                try #require(
                    (JSONSerialization.jsonObject(with: Data(request.body.utf8)) as? [String: Any])?["id"] as? String
                )
            }
            #expect(ids == [rows[0].key] + rows.map(\.key))
            #expect(try await Outbox.rows(of: town.log).isEmpty)
        }
    }

    @Test func `who comes back after its lease does not spoil what another has tried since`() async throws {
        let server = try HTTPServer { _, _ in .status(500) }
        defer { server.stop() }
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("late-\(UUID().uuidString).sh").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        // The slow one takes a second, in which its lease is over and another tries, and fails as the third of its tries.
        let made = FileManager.default.createFile(
            atPath: path,
            contents: Data("#!/bin/sh\nsleep 1\nexit 4\n".utf8),
            attributes: [.posixPermissions: 0o700]
        )
        #expect(made)
        try await Self.fed(.command(path)) { town, outbox, rows in
            let slow = Task { try await outbox.deliver(limit: 1) }
            try await Task.sleep(for: .milliseconds(300))
            try await town.log.pool.query(
                "UPDATE caseflow.outbox SET tries = 3, error = 'another' WHERE log_id = $1 AND position = $2",
                [town.log.id.rawValue, rows[0].position]
            )
            #expect(try await slow.value.failed == 1)
            let row = try await Outbox.rows(of: town.log).first { $0.position == rows[0].position }
            #expect(row?.tries == 3 && row?.error == "another")
        }
    }

    @Test func `who is told to end gives back what it has not begun`() async throws {
        let server = try HTTPServer { _, _ in .status(204) }
        defer { server.stop() }
        try await Self.fed(try Self.sink(server)) { town, outbox, rows in
            let before = try await Outbox.rows(of: town.log)
            let asked = Mutex(0)
            let round = try await outbox.deliver {
                asked.withLock { asked in
                    asked += 1
                    return asked == 1
                }
            }
            #expect(round == Outbox.Round(delivered: 1, failed: 0))
            #expect(try await Outbox.rows(of: town.log) == Array(before.dropFirst()))
            #expect(try await outbox.work().delivered == rows.count - 1)
        }
    }

    @Test func `a program that does not end is ended, also one that will not`() async throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("deaf-\(UUID().uuidString).sh").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        for text in ["exec sleep 900", "trap '' TERM\nwhile :; do sleep 0.1; done"] {
            _ = FileManager.default.createFile(
                atPath: path,
                contents: Data("#!/bin/sh\n\(text)\n".utf8),
                attributes: [.posixPermissions: 0o700]
            )
            let began = ContinuousClock.now
            let failure = await NotificationSink.command(path).deliver("x", patience: .seconds(1))
            #expect(failure?.reason == "\(path) has not ended after 1 seconds")
            #expect(.now - began < .seconds(300), "\(text)")
        }
    }
}
