import Foundation
import Support
import Testing

@testable import EventStore

/// What a subscription delivers, and when.
@Suite struct SubscriptionTests {
    @Test func `the state reads on while pages are full, then waits, then reads again`() {
        var state = SubscriptionState(after: 7)
        #expect(state.next == .read(after: 7))
        state.read(upTo: 107, full: true)
        #expect(state.next == .read(after: 107))
        state.read(upTo: 110, full: false)
        #expect(state.next == .wait(beyond: 110))
        state.waited()
        #expect(state.next == .read(after: 110))
        state.read(upTo: 110, full: false)
        #expect(state.next == .wait(beyond: 110))
        #expect(state.checkpoint == 110)
    }

    @Test func `the checkpoint never goes back`() {
        var state = SubscriptionState(after: 50)
        state.read(upTo: 40, full: false)
        #expect(state.checkpoint == 50)
    }

    @Test func `the signal wakes at once, at the time limit, and when cancelled`() async throws {
        let signal = PositionSignal()
        signal.reached(5)
        let clock = ContinuousClock()
        #expect(await clock.measure { await signal.wait(beyond: 4, atMost: .seconds(60)) } < .seconds(5))
        #expect(await clock.measure { await signal.wait(beyond: 5, atMost: .milliseconds(50)) } >= .milliseconds(50))
        let woken = Task { await clock.measure { await signal.wait(beyond: 5, atMost: .seconds(60)) } }
        let cancelled = Task { await clock.measure { await signal.wait(beyond: 99, atMost: .seconds(60)) } }
        try await Task.sleep(for: .milliseconds(50))
        signal.reached(6)
        #expect(await woken.value < .seconds(30))
        cancelled.cancel()
        #expect(await cancelled.value < .seconds(30))
    }

    @Test func `no time limit is too short to be noticed`() async {
        let signal = PositionSignal()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<2000 { group.addTask { await signal.wait(beyond: 0, atMost: .zero) } }
        }
    }

    @Test func `everything is delivered once and in order while writers append`() async throws {
        let database = try await TestCluster.shared.database()
        let logs = [try await database.log(), try await database.log()]
        let received = Task {
            var positions: [Int64] = []
            for try await batch in logs[0].subscribe(batchSize: 50) {
                positions += batch.events.map(\.position)
                #expect(batch.upTo == positions.last)
                if positions.count >= 1200 { break }
            }
            return positions
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<12 {
                group.addTask {
                    for index in 0..<50 {
                        try await logs[writer % 2].append(stream("\(index % 7)"), .any, [event(1), event(2)])
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await received.value == Array(1...1200))
    }

    /// The time from an append to its delivery.
    private func delay(polling: Duration, byAnother: Bool) async throws -> Duration {
        let database = try await TestCluster.shared.database()
        var settings = EventLog.Settings()
        settings.polling = polling
        let log = try await database.log(settings: settings)
        let writer = byAnother ? try await database.log() : log
        try await writer.append(stream("1"), .noStream)
        let started = Counter()
        let received = Task {
            for try await batch in log.subscribe() {
                started.add()
                if batch.upTo == 2 { return ContinuousClock.now }
            }
            return ContinuousClock.now
        }
        _ = try await eventually { started.value > 0 }
        try await Task.sleep(for: .milliseconds(200))
        let begin = ContinuousClock.now
        try await writer.append(stream("1"), .exact(1))
        return try await received.value - begin
    }

    @Test func `an append of this process is delivered at once, without a look`() async throws {
        #expect(try await delay(polling: .seconds(60), byAnother: false) < .seconds(10))
    }

    @Test func `an append of another process is found by looking`() async throws {
        #expect(try await delay(polling: .milliseconds(30), byAnother: true) < .seconds(5))
    }

    @Test func `a category is delivered, and the checkpoint passes the others`() async throws {
        let log = try await TestCluster.shared.database().log()
        for index in 1...20 {
            try await log.append(StreamName(trusted: index % 5 == 0 ? "seal/1" : "case/\(index)"), .any)
        }
        var positions: [Int64] = []
        var last: Int64 = 0
        for try await batch in log.subscribe(after: 5, .category("seal"), batchSize: 2) {
            positions += batch.events.map(\.position)
            last = batch.upTo
            if last >= 20 { break }
        }
        #expect(positions == [10, 15, 20])
        #expect(last == 20)
        try await log.append(stream("x"), .any)
        // Nothing of the category, yet the checkpoint moves.
        for try await batch in log.subscribe(after: 20, .category("seal")) {
            #expect(batch.events.isEmpty)
            #expect(batch.upTo == 21)
            break
        }
    }

    @Test func `a refused request does not keep subscriptions awake`() async throws {
        // The signal must not run ahead of the log: a wait beyond the head would then return at once, for ever.
        let database = try await TestCluster.shared.database()
        let (log, other) = (try await database.log(), try await database.log())
        try await log.append(stream("a"), .noStream)
        try await other.append(stream("a"), .any)
        let tasks = try await holdingHead(of: database) {
            let first = Task { await outcome { try await log.append(stream("x"), .noStream) } }
            try await Task.sleep(for: .milliseconds(100))
            let tasks = [stream("a"), stream("b"), stream("c")].map { name in
                Task { await outcome { try await log.append(name, name == stream("a") ? .exact(1) : .noStream) } }
            }
            try await Task.sleep(for: .milliseconds(50))
            return [first] + tasks
        }
        for task in tasks { _ = await task.value }
        let head = try await log.head()
        #expect(head == 5)
        let waited = await ContinuousClock().measure {
            await log.signal.wait(beyond: head, atMost: .milliseconds(100))
        }
        #expect(waited >= .milliseconds(100))
    }

    @Test func `a subscription ends when its task is cancelled`() async throws {
        let log = try await TestCluster.shared.database().log()
        try await log.append(stream("1"), .any)
        let started = Counter()
        let task = Task {
            do {
                for try await _ in log.subscribe() { started.add() }
            } catch is CancellationError {}
        }
        #expect(try await eventually { started.value == 1 })
        task.cancel()
        try await task.value
        // The log goes on working.
        try await log.append(stream("1"), .any)
    }
}
