import EventStore
import Foundation
import PostgresClient
import Support
import Testing

/// Rebuilding a projection beside its live rows.
@Suite struct RebuildTests {
    private func prepare(_ events: Int) async throws -> (TestDatabase, EventLog) {
        let database = try await TestCluster.shared.database()
        try await TallyProjection.install(database)
        let log = try await database.log()
        for index in 0..<events { try await log.append(stream("\(index % 7)"), .any, [event(index)]) }
        return (database, log)
    }

    /// Generation, state, code version and checkpoint of each generation.
    private func generations(_ log: EventLog) async throws -> [String] {
        try await log.projectionStatus().map { "\($0.generation) \($0.state) v\($0.codeVersion) \($0.checkpoint)" }
    }

    @Test func `a rebuild gives the same rows, and readers see the old ones until the switch`() async throws {
        let (_, log) = try await prepare(60)
        let live = ProjectionRunner(TallyProjection(), on: log)
        try await live.catchUp()
        let before = try await TallyProjection.live(log)
        #expect(before == (try await TallyProjection.expected(log)))
        let gate = Gate()
        var slow = TallyProjection()
        slow.gate = { events in if events.contains(where: { $0.position == 41 }) { try await gate.pass() } }
        let rebuild = Task { [slow] in try await ProjectionRunner(slow, on: log).rebuild(batchSize: 10) }
        #expect(try await eventually { gate.arrived == 1 })
        #expect(try await generations(log) == ["1 live v1 60", "2 building v1 40"])
        #expect(try await TallyProjection.live(log) == before)
        // The live rows go on meanwhile; the new generation has to catch up with them before it takes their place.
        for index in 0..<5 { try await log.append(stream("new"), .any, [event(index)]) }
        try await live.catchUp()
        let after = try await TallyProjection.live(log)
        #expect(after != before)
        gate.open()
        try await rebuild.value
        #expect(try await generations(log) == ["2 live v1 65"])
        #expect(try await TallyProjection.live(log) == after)
        let old = try await log.pool.query("SELECT FROM caseflow.tally WHERE generation = 1")
        #expect(old.isEmpty)
    }

    @Test func `a rebuild that was interrupted goes on where it stopped`() async throws {
        struct Interrupted: Error {}
        let (_, log) = try await prepare(50)
        try await ProjectionRunner(TallyProjection(), on: log).catchUp()
        var interrupted = TallyProjection(codeVersion: 2)
        interrupted.gate = { events in if events[0].position > 20 { throw Interrupted() } }
        let runner = ProjectionRunner(interrupted, on: log)
        await #expect(throws: Interrupted.self) { try await runner.rebuild(batchSize: 10) }
        #expect(try await generations(log) == ["1 live v1 50", "2 building v2 20"])
        let seen = Counter()
        var resumed = TallyProjection(codeVersion: 2)
        resumed.gate = { events in seen.add(events.count) }
        try await ProjectionRunner(resumed, on: log).rebuild(batchSize: 10)
        #expect(seen.value == 30)
        #expect(try await generations(log) == ["2 live v2 50"])
        #expect(try await TallyProjection.live(log) == TallyProjection.expected(log))
    }

    @Test func `newer code rebuilds by itself, and older code then leaves the rows alone`() async throws {
        let (database, log) = try await prepare(20)
        let old = ProjectionRunner(TallyProjection(codeVersion: 1), on: log)
        let oldRun = Task { try await old.run() }
        #expect(try await eventually { try await generations(log) == ["1 live v1 20"] })
        let other = try await database.log()
        let newRun = Task { try await ProjectionRunner(TallyProjection(codeVersion: 2), on: other).run() }
        #expect(try await eventually { try await generations(log) == ["2 live v2 20"] })
        newRun.cancel()
        try await newRun.value
        for index in 0..<5 { try await log.append(stream("new"), .any, [event(index)]) }
        try await Task.sleep(for: .milliseconds(300))
        #expect(try await old.catchUp() == 20)
        #expect(try await old.retryParked().taken == 0)
        #expect(try await generations(log) == ["2 live v2 20"])
        oldRun.cancel()
        try await oldRun.value
        try await ProjectionRunner(TallyProjection(codeVersion: 2), on: other).catchUp()
        #expect(try await generations(log) == ["2 live v2 25"])
        #expect(try await TallyProjection.live(log) == TallyProjection.expected(log))
    }

    @Test func `a rebuild by older code cannot take the place of newer rows`() async throws {
        struct Interrupted: Error {}
        let (database, log) = try await prepare(20)
        try await ProjectionRunner(TallyProjection(codeVersion: 1), on: log).catchUp()
        var stopping = TallyProjection(codeVersion: 2)
        stopping.gate = { events in if events[0].position > 10 { throw Interrupted() } }
        let stopped = ProjectionRunner(stopping, on: log)
        await #expect(throws: Interrupted.self) { try await stopped.rebuild(batchSize: 10) }
        #expect(try await generations(log) == ["1 live v1 20", "2 building v2 10"])
        let other = try await database.log()
        try await ProjectionRunner(TallyProjection(codeVersion: 3), on: other).catchUp()
        #expect(try await generations(log) == ["3 live v3 20"])
        try await ProjectionRunner(TallyProjection(codeVersion: 2), on: log).rebuild(batchSize: 10)
        #expect(try await generations(log) == ["3 live v3 20"])
        #expect(try await TallyProjection.live(log) == TallyProjection.expected(log))
    }

    @Test(arguments: 1...8)
    func `rebuilds at once make one generation, and fold every event once`(round: Int) async throws {
        let (database, log) = try await prepare(60)
        try await ProjectionRunner(TallyProjection(), on: log).catchUp()
        let logs = [log, try await database.log(), try await database.log()]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for log in logs {
                group.addTask {
                    try await ProjectionRunner(TallyProjection(codeVersion: 2), on: log).rebuild(batchSize: 3)
                }
            }
            try await group.waitForAll()
        }
        #expect(try await generations(log).filter { $0.contains("live") }.count == 1)
        #expect(try await TallyProjection.live(log) == TallyProjection.expected(log))
    }

    @Test func `a rebuild of a log that has lost its last event ends with an error, and the live rows stay`()
        async throws
    {
        let (database, log) = try await prepare(20)
        try await ProjectionRunner(TallyProjection(), on: log).catchUp()
        let before = try await TallyProjection.live(log)
        let admin = try await database.superuser()
        try await admin.script(
            """
            ALTER TABLE caseflow.events DISABLE TRIGGER ALL;
            UPDATE caseflow.events SET position = 9223372036854775807 WHERE position = 20
            """
        )
        await admin.close()
        let error = await #expect(throws: EventsMissing.self) {
            try await ProjectionRunner(TallyProjection(codeVersion: 2), on: log).rebuild(batchSize: 5)
        }
        #expect(error?.after == 19 && error?.heldUpTo == 20)
        #expect(try await TallyProjection.live(log) == before)
    }
}
