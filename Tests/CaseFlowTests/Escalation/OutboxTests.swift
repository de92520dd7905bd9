import EventStore
import Foundation
import PostgresClient
import Support
import Testing
import WorkingTime

@testable import CaseFlow

/// Notifications: at least once each, with retries and a list of what could not be delivered.
@Suite("The outbox")
struct OutboxTests {
    private static func scratch(_ name: String) -> String {
        FileManager.default.temporaryDirectory.appendingPathComponent("caseflow-\(UUID().uuidString)-\(name)").path
    }

    /// A case whose promise is overdue; what is raised is told from then on.
    private static func overdue(_ sink: NotificationSink, _ body: (WorkedLog, Outbox) async throws -> Void) async throws
    {
        try await WorkedLog.run("2026-03-02") { town in
            try await town.accept("1")
            let outbox = Outbox(town.log, to: sink)
            try await outbox.open()
            try town.go(to: "2026-03-17T08:00")
            try await town.work()
            try await body(town, outbox)
        }
    }

    @Test(arguments: ["", "file", "file:", "file:cards", "http://x", "command:tell", "mail:/x", "file:/a\u{7}"])
    func `a sink that is none is refused`(text: String) { #expect(NotificationSink(text) == nil) }

    @Test func `each rung is a line of the file, once, with the id of its event`() async throws {
        let path = Self.scratch("cards.jsonl")
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await Self.overdue(.file(path)) { town, outbox in
            let raised = try await town.raised("1")
            #expect(try await outbox.work() == Outbox.Round(delivered: raised.count, failed: 0))
            #expect(try await outbox.work() == Outbox.Round())
            // Opened again it goes on where it was.
            try await outbox.open()
            #expect(try await outbox.work() == Outbox.Round())
            let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
            let events = try lines.map {
                try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
            }
            #expect(
                events.count == raised.count && Set(events.compactMap { $0["id"] as? String }).count == raised.count
            )
            #expect(events.allSatisfy { $0["type"] as? String == "card.raised/1" })
            #expect(try await Outbox.rows(of: town.log).isEmpty)
        }
    }

    @Test func `a sink that is opened later does not get what was raised before`() async throws {
        let path = Self.scratch("late.jsonl")
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await Self.overdue(.file(Self.scratch("first.jsonl"))) { town, _ in
            let late = Outbox(town.log, to: .file(path))
            try await late.open()
            #expect(try await late.work() == Outbox.Round())
            try town.go(to: "2026-03-19T08:00")
            try await town.work()
            #expect(try await late.work().delivered == 1)
        }
    }

    @Test func `what cannot be delivered is tried again, dies, and is brought back`() async throws {
        let marker = Self.scratch("open")
        let script = Self.scratch("tell.sh")
        defer { for path in [marker, script] { try? FileManager.default.removeItem(atPath: path) } }
        let text = "#!/bin/sh\nif [ -e '\(marker)' ]; then cat >> '\(marker)'; else exit 3; fi\n"
        _ = FileManager.default.createFile(
            atPath: script,
            contents: Data(text.utf8),
            attributes: [.posixPermissions: 0o700]
        )
        try await Self.overdue(.command(script)) { town, outbox in
            let count = try await town.raised("1").count
            #expect(try await outbox.work() == Outbox.Round(delivered: 0, failed: count))
            let waiting = try await Outbox.rows(of: town.log)
            #expect(waiting.count == count && waiting.allSatisfy { $0.tries == 1 && !$0.isDead })
            #expect(waiting.allSatisfy { $0.error.hasSuffix("ended with status 3") })
            for _ in 2...Outbox.mostTries {
                try await town.log.pool.query(
                    "UPDATE caseflow.outbox SET next_try = '2000-01-01' WHERE log_id = $1",
                    [town.log.id.rawValue]
                )
                _ = try await outbox.deliver(limit: 100)
            }
            let dead = try await Outbox.rows(of: town.log, deadOnly: true)
            #expect(dead.count == count && dead.allSatisfy { $0.tries == Outbox.mostTries })
            // Dead is dead, until somebody says otherwise.
            #expect(try await outbox.work() == Outbox.Round())
            _ = FileManager.default.createFile(atPath: marker, contents: nil)
            #expect(try await Outbox.retry(in: town.log, position: dead[0].position) == 1)
            #expect(try await outbox.work().delivered == 1)
            #expect(try await Outbox.retry(in: town.log) == count - 1)
            #expect(try await outbox.work().delivered == count - 1)
            #expect(try await Outbox.rows(of: town.log).isEmpty)
            let told = try String(contentsOfFile: marker, encoding: .utf8).split(separator: "\n").count
            #expect(told == count)
        }
    }

    @Test func `a line is put behind whatever stands there, and half a line is ended first`() async throws {
        let path = Self.scratch("half.jsonl")
        defer { try? FileManager.default.removeItem(atPath: path) }
        try "half".write(toFile: path, atomically: true, encoding: .utf8)
        let sink = NotificationSink.file(path)
        #expect(await sink.deliver("{1}\n") == nil)
        #expect(await sink.deliver("{2}") == nil)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "half\n{1}\n{2}\n")
    }

    @Test func `a file system that hangs holds up its own file for as long as the patience lasts, and no other`() async
    {
        let hangs: @Sendable (String, String) -> String? = { _, _ in
            Thread.sleep(forTimeInterval: 60)
            return nil
        }
        let path = Self.scratch("hangs")
        let began = ContinuousClock.now
        for _ in 1...2 {
            let failure = await FileAppending.append("x", to: path, patience: .seconds(1), by: hangs)
            #expect(failure == "\(path) was not written within 1 seconds")
        }
        #expect(await FileAppending.append("x", to: Self.scratch("goes"), patience: .seconds(3)) { _, _ in nil } == nil)
        #expect(.now - began < .seconds(50))
    }

    @Test func `workers that write to one file at once lose no line and mix none`() async throws {
        let path = Self.scratch("shared.jsonl")
        defer { try? FileManager.default.removeItem(atPath: path) }
        let sink = NotificationSink.file(path)
        let lines = (1...200).map { "{\"n\":\($0),\"text\":\"\(String(repeating: "x", count: 500))\"}" }
        await withTaskGroup(of: Void.self) { group in
            for line in lines { group.addTask { #expect(await sink.deliver(line) == nil) } }
        }
        let written = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
        #expect(written.count == lines.count && Set(written) == Set(lines))
    }

    @Test func `what kills each worker that takes it is dead after its tries; what is on its way is not tried anew`()
        async throws
    {
        let path = Self.scratch("deadly.jsonl")
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await Self.overdue(.file(path)) { town, outbox in
            let count = try await outbox.feed()
            let now = RecordingClock.system.now()
            let claim = try #require(try await outbox.claim(limit: 1, dueBy: now, now: now).first)
            // Somebody has it: to try it anew would deliver it twice.
            #expect(try await Outbox.retry(in: town.log, position: claim.position) == 0)
            // Nine more have died of it, and the lease of the last is over.
            try await town.log.pool.query(
                "UPDATE caseflow.outbox SET tries = 10, next_try = '2000-01-01' WHERE log_id = $1 AND position = $2",
                [town.log.id.rawValue, claim.position]
            )
            #expect(try await outbox.work().delivered == count - 1)
            let dead = try await Outbox.rows(of: town.log)
            #expect(dead.map(\.position) == [claim.position] && dead.allSatisfy(\.isDead))
            #expect(dead.first?.error == Outbox.deadly)
            #expect(try await Outbox.dead(in: town.log) == 1)
            #expect(try await Outbox.retry(in: town.log, position: claim.position) == 1)
            #expect(try await outbox.work().delivered == 1)
        }
    }

    @Test func `the log is looked through in parts, and a sink can be forgotten`() async throws {
        let path = Self.scratch("parts.jsonl")
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await Self.overdue(.file(path)) { town, outbox in
            var parted = outbox
            parted.feedLength = 2
            let raised = try await town.raised("1").count
            #expect(try await parted.feed() == raised && raised >= 3)
            #expect(try await parted.feed() == 0)
            #expect(try await Outbox.sinks(of: town.log) == ["file:\(path)"])
            let forgotten = try await Outbox.forget("file:\(path)", in: town.log)
            #expect(forgotten == Outbox.Forgotten(wasKnown: true, notifications: raised))
            #expect(try await Outbox.rows(of: town.log).isEmpty)
            #expect(try await Outbox.sinks(of: town.log).isEmpty)
            #expect(try await Outbox.forget("file:\(path)", in: town.log).wasKnown == false)
            // A worker that names it still tells it nothing.
            try town.go(to: "2026-03-19T08:00")
            #expect(try await town.work().raised > 0)
            #expect(try await outbox.work() == Outbox.Round())
        }
    }

    @Test func `pauses grow`() {
        #expect([1, 2, 3, 40].map { Outbox.pause(after: $0) / 1_000_000 } == [2, 4, 8, 8192])
    }
}
