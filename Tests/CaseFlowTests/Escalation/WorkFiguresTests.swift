import CaseFlowServer
import EventStore
import Foundation
import PostgresClient
import Support
import Testing

@testable import CaseFlow

/// What metrics are made of: the figures are those of the log, and as cheap as they are said to be.
@Suite("The figures of the work")
struct WorkFiguresTests {
    /// The samples of a log's metrics, without the log's name, collected now.
    private static func samples(_ log: EventLog, _ metrics: WorkMetrics? = nil) async throws -> [String: Double] {
        let metrics = metrics ?? WorkMetrics(log: log.id)
        try await metrics.collect(log)
        let read = try Exposition(metrics.text)
        let own = "log=\"\(log.id)\""
        return Dictionary(
            read.samples.map { key, value in
                #expect(key.contains(own), "\(key)")
                return (
                    key.replacing(",\(own)", with: "").replacing("\(own),", with: "").replacing("{\(own)}", with: ""),
                    value
                )
            }
        ) { first, _ in first }
    }

    @Test func `lag, due rungs, clocks, cards and parked rungs are those of the log`() async throws {
        try await WorkedLog.run("2026-03-02") { town in
            for number in ["1", "2", "3"] { try await town.accept(number) }
            try await town.on(.suspended(ground: "testing", told: #require(Limit(30, .workingDays))), "3")
            try await town.catchUp()
            let known = try await town.log.head()
            // Half of ten working days has gone by: the promises of two cases have to be reminded of. Nobody works, and three
            // cases come in that the read tables do not know yet.
            try town.go(to: "2026-03-10T08:00")
            for number in ["4", "5", "6"] { try await town.receive(number) }
            let lag = try await town.log.head() - known
            #expect(lag >= 3)
            let before = try await Self.samples(town.log)
            #expect(before["caseflow_up"] == 1)
            #expect(before["caseflow_log_position"] == Double(known + lag))
            #expect(before["caseflow_projection_lag_events{projection=\"case-clocks\"}"] == Double(lag))
            // Nobody has begun this one.
            #expect(before["caseflow_projection_lag_events{projection=\"inspection\"}"] == Double(known + lag))
            #expect(before["caseflow_projection_complete{projection=\"case-clocks\"}"] == 1)
            #expect(before["caseflow_due_rungs"] == 2)
            // Since 00:00 of 9 March; this is 08:00 of the 10th.
            let overdue = try #require(before["caseflow_due_overdue_seconds"])
            #expect(abs(overdue - 32 * 3600) < 1)
            #expect(before["caseflow_running_clocks{clock=\"promise\"}"] == 2)
            #expect(before["caseflow_suspended_clocks{clock=\"promise\"}"] == 1)
            #expect(before["caseflow_suspended_clocks{clock=\"decision\"}"] == 1)
            #expect(before.keys.contains { $0.hasPrefix("caseflow_open_cards") } == false)
            #expect(before["caseflow_workers_alive"] == 0 && before["caseflow_parked_rungs"] == 0)

            // One of the two cannot be raised: it is set aside. The worker tells the metrics what it does.
            try await town.log.pool.query(
                """
                UPDATE caseflow.case_clocks SET rules = 'nobody 1'
                 WHERE log_id = $1 AND case_number = '2' AND clock = 'promise' AND known_to = 'infinity'
                """,
                [town.log.id.rawValue]
            )
            let metrics = WorkMetrics(log: town.log.id, levels: CaseClockProjection().rungNames)
            var settings = EscalationWorker.Settings()
            (settings.isOnce, settings.projects) = (true, true)
            settings.report = { metrics.take($0) }
            let worker = EscalationWorker(town.log, zone: WorkedLog.zone, settings: settings)
            try await worker.run()
            let tally = await worker.tally
            let after = try await Self.samples(town.log, metrics)
            #expect(tally.raised == 1 && after["caseflow_raised_cards_total{level=\"remind\"}"] == 1)
            // A rung that was not raised yet is told as 0, so that its first step is seen.
            #expect(after["caseflow_raised_cards_total{level=\"red\"}"] == 0)
            #expect(after["caseflow_set_aside_rungs_total"] == Double(tally.parked))
            #expect(after["caseflow_parked_rungs"] == 1 && tally.parked >= 1)
            // A reminder waits for nothing.
            #expect(after["caseflow_open_cards{level=\"remind\"}"] == nil)
            #expect(after["caseflow_lapses_total{lapse=\"deemed-accepted\"}"] == 0)
            #expect(after["caseflow_due_rungs"] == 0 && after["caseflow_due_overdue_seconds"] == 0)
            #expect((after["caseflow_sweep_seconds_count"] ?? 0) >= 2)
            #expect(after["caseflow_projection_lag_events{projection=\"case-clocks\"}"] == 0)
        }
    }

    @Test func `what waits in the outbox is told by sink, and what is gone is told no more`() async throws {
        try await WorkedLog.run("2026-03-02") { town in
            try await town.accept("1")
            let sinks = ["file:/nowhere/a", "file:/nowhere/b \"quoted\""].compactMap { NotificationSink($0) }
            for sink in sinks { try await Outbox(town.log, to: sink).open() }
            try town.go(to: "2026-03-17T08:00")
            try await town.work()
            let metrics = WorkMetrics(log: town.log.id, levels: [])
            let unfed = try await Self.samples(town.log, metrics)
            for sink in sinks { #expect(unfed["caseflow_outbox_waiting{sink=\"\(sink)\"}"] == 0) }
            let outbox = Outbox(town.log, to: sinks[0])
            let count = try await outbox.feed()
            try await town.log.pool.query(
                """
                UPDATE caseflow.outbox SET is_dead = true
                 WHERE log_id = $1 AND position = (SELECT min(position) FROM caseflow.outbox WHERE log_id = $1)
                """,
                [town.log.id.rawValue]
            )
            let fed = try await Self.samples(town.log, metrics)
            #expect(count >= 3 && fed["caseflow_outbox_waiting{sink=\"\(sinks[0])\"}"] == Double(count - 1))
            #expect(fed["caseflow_outbox_dead{sink=\"\(sinks[0])\"}"] == 1)
            #expect(fed["caseflow_outbox_dead{sink=\"\(sinks[1])\"}"] == 0)
            try await town.log.pool.query(
                "DELETE FROM caseflow.outbox_sinks WHERE log_id = $1 AND sink = $2",
                [town.log.id.rawValue, sinks[1].description]
            )
            let less = try await Self.samples(town.log, metrics)
            #expect(less["caseflow_outbox_waiting{sink=\"\(sinks[1])\"}"] == nil)
            // The database cannot be asked: its figures are told no more, what was counted is, with its moment.
            metrics.down()
            let away = try Exposition(metrics.text).samples
            #expect(away["caseflow_up{log=\"\(town.log.id)\"}"] == 0)
            #expect(away.keys.allSatisfy { !$0.contains("outbox") && !$0.contains("due") })
            #expect(away.keys.contains { $0.hasPrefix("caseflow_running_clocks") })
            #expect(try await Self.samples(town.log, metrics)["caseflow_up"] == 1)
            // Of a worker that has ended only what it did itself is left.
            metrics.end()
            let last = try Exposition(metrics.text).samples
            #expect(last["caseflow_up{log=\"\(town.log.id)\"}"] == 0)
            #expect(last.keys.allSatisfy { !$0.contains("outbox") && !$0.contains("due") && !$0.contains("clocks") })
            #expect(last.keys.contains { $0.hasPrefix("caseflow_sweep_seconds_count") })
        }
    }

    @Test func `ages of a real log are those of its oldest events`() async throws {
        let log = try await TestCluster.shared.database().log("aged")
        let event = NewEvent(
            type: "test.happened/1",
            effectiveAt: RecordingClock.system.now(),
            actor: Actor(trusted: "system/test"),
            data: Array("{}".utf8)
        )
        let write = StreamWrite(StreamName(trusted: "test/aged"), expected: .noStream, events: [event])
        _ = try await log.append(AppendRequest(id: UUID(), writes: [write]))
        try await Task.sleep(for: .milliseconds(1200))
        let samples = try await Self.samples(log)
        let age = try #require(samples["caseflow_projection_lag_seconds{projection=\"case-clocks\"}"])
        #expect(samples["caseflow_projection_lag_events{projection=\"case-clocks\"}"] == 1)
        #expect(age >= 1.2 && age < 60)
        #expect(samples["caseflow_projection_complete{projection=\"case-clocks\"}"] == nil)
        await log.close()
    }

    @Test func `open clocks are counted in one index, without a look at most rows`() async throws {
        try await WorkedLog.run("2026-03-02") { town in
            for number in 1...3 { try await town.accept("\(number)") }
            try await town.catchUp()
            // Many more, and many that have stopped: copies of the rows, under streams of their own.
            try await town.log.pool.query(
                """
                INSERT INTO caseflow.case_clocks
                SELECT (jsonb_populate_record(c, jsonb_build_object('stream', c.stream || '-' || n))).*
                  FROM caseflow.case_clocks c, generate_series(1, 2000) n WHERE c.log_id = $1
                """,
                [town.log.id.rawValue]
            )
            let counted = try await CountedFigures.of(town.log)
            #expect(counted.clocks["promise"] == CountedFigures.Clocks(running: 3 * 2001, suspended: 0))
            #expect(counted.clocks["decision"]?.running == 3 * 2001 && counted.clocks["notice"] == nil)
            // A page counts as seen by all when nobody's snapshot is older and nobody writes to it: other tests may.
            let deadline = ContinuousClock.now + .seconds(20)
            var (plan, fetches) = ([String](), Int.max)
            while fetches > 120, ContinuousClock.now < deadline {
                try await town.vacuum("case_clocks")
                plan = try await Self.plan(town.log)
                fetches =
                    plan.compactMap { $0.firstMatch(of: /Heap Fetches: (\d+)/).flatMap { Int($0.1) } }.max() ?? .max
            }
            #expect(plan.contains { $0.contains("Index Only Scan using case_clocks_open") }, "\(plan)")
            #expect(fetches <= 120, "\(plan.joined(separator: "\n"))")
        }
    }

    private static func plan(_ log: EventLog) async throws -> [String] {
        try await log.pool.transaction { transaction in
            let generation = try #require(try await DueRungs.generation(log, transaction))
            try await transaction.query(CountedFigures.preferIndexSQL)
            return try await transaction.query(
                "EXPLAIN (ANALYZE, BUFFERS) \(CountedFigures.openClocksSQL)",
                [generation],
                prepare: false
            ).map { try $0.decode(0) }
        }
    }
}
