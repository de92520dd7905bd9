import EventStore
import Foundation
import PostgresClient
import Support
import Synchronization
import Testing

/// The tally, rebuilt stream by stream.
private struct StreamTally: StreamwiseProjection {
    var name = "tally"
    let tables = ["tally"]
    let category = "m"
    var codeVersion = 2
    var tally = TallyProjection()
    /// Told of what is given at once, and up to where whole streams are.
    var seen: @Sendable ([RecordedEvent], Int64?) async throws -> Void = { _, _ in }
    /// What is made of events, ahead or when they are folded.
    var read: @Sendable (RecordedEvent) -> Int64 = { $0.position }
    var atEnd: @Sendable (ProjectionTarget) async throws -> Void = { _ in }

    func apply(_ events: [RecordedEvent], in target: ProjectionTarget) async throws {
        try await seen(events, target.through)
        for event in events { #expect(target.reading(of: event, read) == event.position) }
        try await tally.apply(events, in: target)
    }

    func prepare(_ events: [RecordedEvent], _ shared: SharedReadings) {
        for event in events { _ = shared.reading(of: event, read) }
    }

    func finish(in target: ProjectionTarget) async throws { try await atEnd(target) }
}

/// Rebuilding a projection whose rows come from single streams: whole streams first, then what came meanwhile.
@Suite struct StreamwiseRebuildTests {
    /// Streams before, in and behind the category, by turns; the first one of it longer than a page.
    private static let names = ["a/1", "m/1", "m-a/1", "m/2", "n/1", "m/3", "z/9", "n/2"]

    private func prepare(_ events: Int) async throws -> (TestDatabase, EventLog) {
        let database = try await TestCluster.shared.database()
        try await TallyProjection.install(database)
        let log = try await database.log()
        for index in 0..<events {
            try await log.append(StreamName(Self.names[index % Self.names.count]), .any, [event(index)])
            if index < 12 { try await log.append(StreamName("m/1"), .any, [event(index)]) }
        }
        try await ProjectionRunner(TallyProjection(), on: log).catchUp()
        return (database, log)
    }

    private func generations(_ log: EventLog) async throws -> [String] {
        try await log.projectionStatus().map { status in
            "\(status.generation) \(status.state) \(status.checkpoint) \(status.delivered) \(status.parked)"
        }
    }

    @Test(arguments: [1, 3, 5, 100])
    func `each stream is given once and whole, those of other categories first`(size: Int) async throws {
        let (_, log) = try await prepare(40)
        let order = Recorder()
        var projection = StreamTally()
        projection.seen = { events, through in
            #expect(through == 52)
            #expect(events.map(\.position) == events.map(\.position).sorted())
            order.note(Set(events.map(\.stream.rawValue)), versions: events.filter { $0.version == 1 }.count)
        }
        projection.atEnd = { target in
            #expect(target.through == 52)
            order.note(["end"], versions: 0)
        }
        try await ProjectionRunner(projection, on: log).rebuild(batchSize: size)
        let streams = order.notes
        #expect(streams.joined().count == Self.names.count + 1, "no stream is given twice")
        let ranks = streams.map { part in Set(part.map { $0 == "end" ? 2 : $0.hasPrefix("m/") ? 1 : 0 }) }
        #expect(zip(ranks, ranks.dropFirst()).allSatisfy { ($0.max() ?? 0) <= ($1.min() ?? 0) })
        #expect(order.versions == Self.names.count)
        #expect(try await generations(log) == ["2 live 52 52 0"])
        #expect(try await TallyProjection.live(log) == TallyProjection.expected(log))
    }

    @Test func `what came meanwhile follows by position`() async throws {
        let (_, log) = try await prepare(16)
        let added = Recorder()
        var projection = StreamTally()
        projection.seen = { events, through in
            if through == nil { added.note(Set(events.map(\.stream.rawValue)), versions: 0) }
        }
        projection.atEnd = { _ in
            try await log.append(StreamName("m/1"), .any, [event(1)])
            try await log.append(StreamName("b/1"), .any, [event(2)])
        }
        try await ProjectionRunner(projection, on: log).rebuild(batchSize: 4)
        #expect(added.notes == [["m/1", "b/1"]])
        #expect(try await generations(log) == ["2 live 30 30 0"])
        #expect(try await TallyProjection.live(log) == TallyProjection.expected(log))
    }

    @Test func `one that was interrupted goes on behind the last stream, and several at once make one`() async throws {
        struct Interrupted: Error {}
        let (database, log) = try await prepare(40)
        var stopping = StreamTally()
        stopping.seen = { events, _ in
            if events.contains(where: { $0.stream.rawValue == "m/2" }) { throw Interrupted() }
        }
        let stopped = ProjectionRunner(stopping, on: log)
        await #expect(throws: Interrupted.self) { try await stopped.rebuild(batchSize: 5) }
        #expect(try await generations(log) == ["1 live 52 52 0", "2 building 0 0 0"])
        let lag = try await log.projectionStatus().map(\.lagEvents)
        #expect(lag[0] == 0 && lag[1] > 0 && lag[1] < 52)
        let logs = [log, try await database.log(), try await database.log()]
        let order = Recorder()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for log in logs {
                group.addTask {
                    var projection = StreamTally()
                    projection.seen = { events, _ in order.note(Set(events.map(\.stream.rawValue)), versions: 0) }
                    try await ProjectionRunner(projection, on: log).rebuild(batchSize: 1)
                }
            }
            try await group.waitForAll()
        }
        #expect(Set(order.notes.joined()).isSuperset(of: ["m/2", "m/3"]))
        #expect(!order.notes.joined().contains("a/1"))
        #expect(try await TallyProjection.live(log) == TallyProjection.expected(log))
    }

    @Test func `a stream that cannot be taken is set aside, and counted`() async throws {
        let (_, log) = try await prepare(40)
        var projection = StreamTally()
        let bad = try await log.read().reduce(into: Int64(0)) { found, event in
            if event.stream.rawValue == "m/3", event.version == 2 { found = event.position }
        }
        projection.tally.poison = [bad]
        try await ProjectionRunner(projection, on: log).rebuild(batchSize: 100)
        #expect(try await generations(log) == ["2 live 52 48 4"])
        let expected = try await TallyProjection.expected(log, without: [StreamName("m/3")])
        #expect(try await TallyProjection.live(log).filter { !$0.hasPrefix("m/3 ") } == expected)
    }

    @Test func `streams that do not hold all events are gone through by position instead`() async throws {
        let (database, log) = try await prepare(40)
        let admin = try await database.superuser()
        try await admin.script(
            """
            ALTER TABLE caseflow.events DISABLE TRIGGER ALL;
            DELETE FROM caseflow.events WHERE position = 20
            """
        )
        await admin.close()
        try await ProjectionRunner(StreamTally(), on: log).rebuild(batchSize: 100)
        #expect(try await generations(log) == ["3 live 52 52 0"])
        #expect(try await log.projectionStatus(audit: true).map(\.isComplete) == [false])
        #expect(try await TallyProjection.live(log) == TallyProjection.expected(log))
        let left = try await log.pool.query("SELECT FROM caseflow.tally WHERE generation = 2")
        #expect(left.isEmpty)
    }
}

/// Several projections at once.
extension StreamwiseRebuildTests {
    @Test func `several are given the same pages, and each event is read once for all`() async throws {
        let (_, log) = try await prepare(40)
        let (reads, given) = (Recorder(), Recorder())
        var projections: [any Projection] = []
        for name in ["tally", "tally-two", "tally-three"] {
            var projection = StreamTally(name: name)
            projection.read = { event in
                reads.note([event.leafText], versions: 1)
                return event.position
            }
            projection.seen = { events, _ in given.note(Set(events.map(\.stream.rawValue)), versions: events.count) }
            projections.append(projection)
        }
        var byPosition = TallyProjection(codeVersion: 2)
        byPosition.name = "tally-four"
        try await ProjectionGroup(projections + [byPosition], on: log).rebuild(batchSize: 7)
        #expect(reads.versions == 52 && reads.notes.count == 52)
        #expect(given.versions == 3 * 52)
        let rows = try await log.projectionStatus().map { "\($0.name) \($0.state) \($0.checkpoint) \($0.delivered)" }
        #expect(
            rows == [
                "tally live 52 52", "tally-four live 52 52", "tally-three live 52 52", "tally-two live 52 52",
            ]
        )
        #expect(try await TallyProjection.live(log) == TallyProjection.expected(log))
        let sums = try await log.pool.query(
            "SELECT generation, sum(events)::bigint FROM caseflow.tally GROUP BY generation"
        )
        #expect(try sums.map { try $0.decode(1, as: Int64.self) } == [52, 52, 52, 52])
    }

    @Test func `one that fails ends the others, and all go on where they stopped`() async throws {
        struct Interrupted: Error {}
        let (_, log) = try await prepare(40)
        var failing = StreamTally(name: "tally-two")
        failing.seen = { events, _ in
            if events.contains(where: { $0.stream.rawValue == "m/2" }) { throw Interrupted() }
        }
        await #expect(throws: Interrupted.self) {
            try await ProjectionGroup([StreamTally(), failing], on: log).rebuild(batchSize: 5)
        }
        #expect(try await TallyProjection.live(log) == TallyProjection.expected(log))
        try await ProjectionGroup([StreamTally(), StreamTally(name: "tally-two")], on: log).rebuild(batchSize: 5)
        #expect(try await log.projectionStatus().map(\.state) == ["live", "live"])
        #expect(try await log.projectionStatus().map(\.delivered) == [52, 52])
        #expect(try await TallyProjection.live(log) == TallyProjection.expected(log))
    }
}

/// What a projection was given, in order.
private final class Recorder: Sendable {
    private let state = Mutex<(notes: [Set<String>], versions: Int)>(([], 0))

    var notes: [Set<String>] { state.withLock { $0.notes } }
    var versions: Int { state.withLock { $0.versions } }

    func note(_ streams: Set<String>, versions: Int) {
        state.withLock {
            $0.notes.append(streams)
            $0.versions += versions
        }
    }
}
