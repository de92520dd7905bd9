import EventStore
import Foundation
import PostgresClient
import PrivatePostgres
import Synchronization

/// The trap of sequence-numbered stores: a reader that asks for "greater than my checkpoint" passes over rows whose
/// transaction commits later than one with a higher number. Ours must miss nothing; a control reader that is naive on
/// purpose, beside it under the same load, must miss something, or the trial has proved nothing.
struct MissedEventsTrial: Trial {
    static let name = "missed-events"
    static let abstract =
        "24 writers on 40 hot streams, pauses and rollbacks, 4 subscribers, and a naive control reader."
    private static let writers = 24

    func run(_ conditions: Conditions, _ tally: Tally) async throws {
        try await withStand(in: conditions.directory) { stand in
            try await stand.script("CREATE TABLE public.control (id bigserial PRIMARY KEY, writer integer NOT NULL)")
            let workload = Workload(seed: conditions.seed, hot: 40)
            let log = try stand.eventLog()
            let distant = try stand.eventLog()
            let control = PostgresPool(stand.configuration(as: PrivateCluster.superuser), maximum: Self.writers + 1)
            try await log.open(workload)
            let child = try Child(
                Child.thisProgram,
                [
                    "subscriber", "--host", stand.endpoint.socketDirectory, "--port", String(stand.endpoint.port),
                    "--database", stand.endpoint.database,
                ],
                output: conditions.directory + "/subscriber.out"
            )
            let finished = Atomic(false)
            let length: Duration = conditions.pick(short: .seconds(5), long: .seconds(40))
            async let near = Seen.following(log)
            async let slow = Seen.following(log, batchSize: 7)
            async let polling = Seen.following(distant)
            async let naive = Self.read(control, until: finished)
            try await Self.write(log, control, workload, for: length, tally)
            try await Task.sleep(for: .milliseconds(100))
            finished.store(true, ordering: .releasing)
            try await Self.end(log, skipping: conditions.sabotage ? stand : nil)
            let stored = try await log.head()
            tally.count("events", Int(stored))
            for (name, seen) in [("near", try await near), ("slow", try await slow), ("polling", try await polling)] {
                Self.judge(name, (seen.count, seen.missed, seen.disorder), stored, tally)
            }
            let end = try await child.wait(atMost: .seconds(30))
            let answer = child.answer.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
            if end == .exited(0), answer.count == 3 {
                Self.judge("other process", (answer[0], answer[1], answer[2]), stored, tally)
            } else {
                tally.fault("the subscriber in another process: \(end), \(child.text)")
            }
            let committed = try await stand.number("SELECT count(*) FROM public.control")
            let missed = committed - (try await naive)
            tally.count("control rows", committed)
            tally.count("missed by the naive control", missed)
            tally.expect(missed > 0, "the naive control missed nothing: the trial proves nothing")
            tally.expect(try await LogVerifier(log).verify().isSound, "log verify finds damage")
            await control.close()
            await distant.close()
            await log.close()
        }
    }

    private static func judge(
        _ name: String,
        _ seen: (count: Int, missed: Int, disorder: Int),
        _ stored: Int64,
        _ tally: Tally
    ) {
        tally.count("subscribers")
        let missed = max(seen.missed, Int(stored) - seen.count)
        tally.count("missed", missed)
        tally.expect(missed == 0, "\(name): missed \(missed) of \(stored)")
        tally.expect(
            seen.disorder == 0 && seen.count <= stored,
            "\(name): \(seen.disorder) out of order, \(seen.count) delivered"
        )
    }

    private static func write(
        _ log: EventLog,
        _ control: PostgresPool,
        _ workload: Workload,
        for length: Duration,
        _ tally: Tally
    ) async throws {
        let deadline = ContinuousClock.now + length
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<writers {
                group.addTask {
                    var dice = Dice(workload.seed &+ UInt64(writer))
                    var number = 0
                    while ContinuousClock.now < deadline {
                        try await naively(control, writer, &dice, tally)
                        if Int.random(in: 0..<6, using: &dice) == 0 { try await refuse(log, workload, &dice, tally) }
                        _ = try await log.append(workload.request(writer: writer, number: number))
                        number += 1
                        try await Task.sleep(for: dice.milliseconds(0...5))
                    }
                }
            }
            for try await _ in group {}
        }
    }

    /// A row of the control table: a number from a sequence, a pause, then commit or roll back.
    private static func naively(_ control: PostgresPool, _ writer: Int, _ dice: inout Dice, _ tally: Tally) async throws
    {
        let pause = dice.milliseconds(0...8)
        let rollsBack = Int.random(in: 0..<10, using: &dice) == 0
        struct RollBack: Error {}
        do {
            try await control.transaction { transaction in
                try await transaction.query("INSERT INTO public.control (writer) VALUES ($1)", [Int32(writer)])
                try await Task.sleep(for: pause)
                if rollsBack { throw RollBack() }
            }
        } catch is RollBack {
            tally.count("rolled back")
        }
    }

    /// A request that must be refused: nothing of it may ever be seen.
    private static func refuse(_ log: EventLog, _ workload: Workload, _ dice: inout Dice, _ tally: Tally) async throws {
        var request = workload.request(writer: 999, number: Int.random(in: 0..<1000, using: &dice))
        request.id = UUID()
        request.writes = [request.writes[request.writes.count - 1]]
        request.writes[0].stream = workload.hotStream(Int.random(in: 0..<workload.hot, using: &dice))
        request.writes[0].expected = Bool.random(using: &dice) ? .noStream : .exact(1_000_000_000)
        do {
            _ = try await log.append(request)
            tally.fault("a request was taken that contradicts what it expects")
        } catch AppendError.conflict {
            tally.count("refused")
        }
    }

    /// The event that ends the trial; sabotaged: after a position that is never delivered.
    private static func end(_ log: EventLog, skipping stand: Stand?) async throws {
        if let stand { try await stand.script("UPDATE caseflow.logs SET position = position + 1") }
        let event = NewEvent(
            type: Seen.end,
            effectiveAt: RecordingClock.system.now(),
            actor: Actor(trusted: "trial"),
            data: Array("{}".utf8)
        )
        let write = StreamWrite(StreamName(trusted: "trial/end"), expected: .any, events: [event])
        _ = try await log.append(AppendRequest(id: UUID(), writes: [write]))
    }

    /// The control: what comes after the highest number seen. How many rows it has seen.
    private static func read(_ control: PostgresPool, until finished: borrowing Atomic<Bool>) async throws -> Int {
        var checkpoint: Int64 = 0
        var seen = 0
        while true {
            let last = finished.load(ordering: .acquiring)
            let rows = try await control.query("SELECT id FROM public.control WHERE id > $1 ORDER BY id", [checkpoint])
            seen += rows.count
            if let row = rows.last { checkpoint = try row.decode(0) }
            if last { return seen }
            try await Task.sleep(for: .milliseconds(2))
        }
    }
}
