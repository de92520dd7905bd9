import EventStore
import Foundation
import PostgresClient
import Support
import Testing

/// Projections: exactly once, in order, and nothing skipped in silence.
@Suite struct ProjectionTests {
    private func prepare() async throws -> (TestDatabase, EventLog) {
        let database = try await TestCluster.shared.database()
        try await TallyProjection.install(database)
        return (database, try await database.log())
    }

    private func fill(_ log: EventLog, _ count: Int, from first: Int = 0) async throws {
        for index in first..<first + count { try await log.append(stream("\(index % 5)"), .any, [event(index)]) }
    }

    private func status(_ log: EventLog) async throws -> ProjectionStatus {
        let all = try await log.projectionStatus(audit: true)
        return try #require(all.first { $0.name == "tally" && $0.state == "live" })
    }

    @Test func `two runners at once fold every event exactly once`() async throws {
        let (database, log) = try await prepare()
        let other = try await database.log()
        let runners = [log, other].map { log in Task { try await ProjectionRunner(TallyProjection(), on: log).run() } }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<6 {
                group.addTask {
                    for index in 0..<60 { try await log.append(stream("\(index % 7)"), .any, [event(writer + index)]) }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await eventually { try await status(log).checkpoint == 360 })
        for runner in runners { runner.cancel() }
        for runner in runners { try await runner.value }
        #expect(try await TallyProjection.live(log) == TallyProjection.expected(log))
        let reached = try await status(log)
        #expect(reached.delivered == 360)
        #expect(reached.isComplete)
        #expect(reached.lagEvents == 0)
        #expect(reached.lagSeconds == 0)
    }

    @Test func `a runner that was paused cannot write on an old checkpoint`() async throws {
        let (database, log) = try await prepare()
        try await fill(log, 10)
        let other = try await database.log()
        // The zombie has read its checkpoint and its page; it is stopped before it may move the checkpoint, by
        // somebody who holds the row.
        _ = try await ProjectionRunner(TallyProjection(), on: log).catchUp()
        try await fill(log, 10, from: 10)
        let holder = try await database.superuser()
        try await holder.script("BEGIN; SELECT FROM caseflow.projections FOR UPDATE")
        let zombie = Task { try await ProjectionRunner(TallyProjection(), on: other).catchUp() }
        #expect(
            try await eventually {
                try await log.pool.query(
                    "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
                ).count == 1
            }
        )
        // Meanwhile the batch was taken in, as another runner would have done it.
        try await holder.script(
            """
            INSERT INTO caseflow.tally SELECT 'test', 1, stream, count(*), sum((data->>'n')::bigint)
              FROM caseflow.events WHERE position > 10 GROUP BY stream
            ON CONFLICT (log_id, generation, stream) DO UPDATE
               SET events = tally.events + excluded.events, sum = tally.sum + excluded.sum;
            UPDATE caseflow.projections SET checkpoint = 20, delivered = 20;
            COMMIT
            """
        )
        await holder.close()
        #expect(try await zombie.value == 20)
        #expect(try await TallyProjection.live(log) == TallyProjection.expected(log))
        #expect(try await status(log).isComplete)
    }

    @Test func `a runner that dies in the middle of a batch leaves nothing of it`() async throws {
        struct Died: Error {}
        let (_, log) = try await prepare()
        try await fill(log, 10)
        let dying = Counter()
        var projection = TallyProjection()
        projection.gate = { _ in
            dying.add()
            if dying.value == 1 { throw Died() }
        }
        let runner = ProjectionRunner(projection, on: log)
        await #expect(throws: Died.self) { try await runner.catchUp() }
        #expect(try await status(log).checkpoint == 0)
        #expect(try await TallyProjection.live(log).isEmpty)
        #expect(try await runner.catchUp() == 10)
        #expect(try await TallyProjection.live(log) == TallyProjection.expected(log))
    }

    @Test func `a poison event sets its stream aside in order, and others go on`() async throws {
        let (_, log) = try await prepare()
        try await fill(log, 20)  // position 8 is of stream 2, 10 of stream 4
        let bad = ProjectionRunner(TallyProjection(poison: [8, 10]), on: log)
        #expect(try await bad.catchUp() == 20)
        try await fill(log, 10, from: 20)
        #expect(try await bad.catchUp() == 30)
        let aside: Set = [stream("2"), stream("4")]
        let rows = try await TallyProjection.live(log)
        #expect(
            rows.filter { !$0.hasPrefix("case/2") && !$0.hasPrefix("case/4") }
                == (try await TallyProjection.expected(log, without: aside))
        )
        // What came before the poison was folded: one event each.
        #expect(rows.contains("case/2 1 2"))
        #expect(rows.contains("case/4 1 4"))
        var status = try await self.status(log)
        #expect(status.parkedStreams == 2)
        #expect(status.parked == 10)
        #expect(status.delivered == 20)
        #expect(status.isComplete)
        let parked = try await log.pool.query("SELECT position, events, reason FROM caseflow.parked_streams ORDER BY 1")
        #expect(try parked.map { try $0.decode(0, as: Int.self) } == [8, 10])
        #expect(try parked.map { try $0.decode(1, as: Int.self) } == [5, 5])
        #expect(try parked.map { try $0.decode(2, as: String.self) } == ["a test's poison", "a test's poison"])

        let stillBad = try await ProjectionRunner(TallyProjection(poison: [8]), on: log).retryParked()
        #expect(stillBad.taken == 1)
        #expect(stillBad.failures.map(\.position) == [8])
        let mended = try await ProjectionRunner(TallyProjection(), on: log).retryParked()
        #expect(mended.taken == 1)
        #expect(mended.failures.isEmpty)
        #expect(try await TallyProjection.live(log) == TallyProjection.expected(log))
        status = try await self.status(log)
        #expect(status.parkedStreams == 0)
        #expect(status.delivered == 30)
        #expect(status.isComplete)
    }

    @Test func `two who retry at once take a stream in once`() async throws {
        let (database, log) = try await prepare()
        try await fill(log, 20)
        try await ProjectionRunner(TallyProjection(poison: [3]), on: log).catchUp()
        let gate = Gate()
        var slow = TallyProjection()
        slow.gate = { _ in try await gate.pass() }
        let logs = [log, try await database.log(), try await database.log()]
        let retries = logs.map { log in
            Task { [slow] in try await ProjectionRunner(slow, on: log).retryParked().taken }
        }
        #expect(try await eventually { gate.arrived == 1 })
        try await Task.sleep(for: .milliseconds(100))
        gate.open()
        var taken = 0
        for retry in retries { taken += try await retry.value }
        #expect(taken == 1)
        #expect(try await TallyProjection.live(log) == TallyProjection.expected(log))
        #expect(try await status(log).isComplete)
    }

    @Test func `lag and completeness are measured`() async throws {
        let (database, log) = try await prepare()
        let runner = ProjectionRunner(TallyProjection(), on: log)
        try await fill(log, 4)
        try await runner.catchUp()
        try await fill(log, 3, from: 4)
        try await Task.sleep(for: .milliseconds(200))
        var status = try await self.status(log)
        #expect(status.lagEvents == 3)
        #expect(status.lagSeconds >= 0.2)
        #expect(status.lagSeconds < 60)
        #expect(status.isComplete)
        #expect(status.checkpoint == 4)
        try await runner.catchUp()
        try await tamper(database, "DELETE FROM caseflow.events WHERE position = 2")
        status = try await self.status(log)
        #expect(!status.isComplete)
        #expect(status.lagEvents == 0)
    }
}
