import EventStore
import Foundation
import PostgresClient
import Support
import Testing
import WorkingTime

@testable import CaseFlow

/// The worker's state, and what happens when a request is asked again.
@Suite("Sweeps")
struct SweepTests {
    private static let place = DueRungs.Place(at: .earliest, stream: "case/1", clock: "promise", ordinal: 1)

    @Test func `a sweep looks, waits for the read tables, and reads page after page`() {
        var state = SweepState(isOnce: false)
        #expect(state.next == .look)
        state.looked(at: 7)
        #expect(state.next == .wait(7))
        state.caughtUp()
        #expect(state.next == .sweep(after: nil))
        state.swept(through: Self.place, moved: true, nextDue: nil)
        #expect(state.next == .sweep(after: Self.place))
        // What was raised may bring more.
        state.swept(through: nil, moved: false, nextDue: .latest)
        #expect(state.next == .look)
        state.looked(at: 9)
        state.caughtUp()
        state.swept(through: nil, moved: false, nextDue: .latest)
        #expect(state.next == .rest(until: .latest))
        state.rested()
        #expect(state.next == .look)
    }

    @Test func `once, it ends when nothing is due, and not while somebody else sweeps`() {
        var state = SweepState(isOnce: true)
        state.looked(at: 7)
        state.caughtUp()
        state.yielded()
        #expect(state.next == .look)
        state.looked(at: 7)
        state.caughtUp()
        state.swept(through: nil, moved: false, nextDue: .latest)
        #expect(state.next == .end)
    }

    @Test func `a stop ends it behind the page that it is at; what fails begins again`() {
        var state = SweepState(isOnce: false)
        state.looked(at: 7)
        state.caughtUp()
        state.failed()
        #expect(state.next == .look)
        state.stop()
        #expect(state.next == .end)
        state.swept(through: Self.place, moved: true, nextDue: nil)
        #expect(state.next == .end)
    }

    @Test func `pauses of what is set aside grow to a day`() {
        #expect([1, 2, 3, 11, 12, 60].map { ParkedRung.pause(after: $0) / 60_000_000 } == [1, 2, 4, 1024, 1440, 1440])
    }

    @Test func `killed between append and answer: the same page again stores nothing again`() async throws {
        try await WorkedLog.run("2026-03-02") { town in
            try await town.accept("1")
            try town.go(to: "2026-03-09T08:00")
            try await town.catchUp()
            let known = try await EscalationKnowledge.load(town.log, zone: WorkedLog.zone, packs: nil, since: nil)
            let packs = Dictionary(
                uniqueKeysWithValues: CaseClockProjection().packs.map { ("\($0.code) \($0.version)", $0) }
            )
            let raising = RungRaising(log: town.log, zone: WorkedLog.zone, packs: packs, known: known, now: town.now)
            let rows = try await town.log.pool.transaction { transaction in
                let generation = try #require(try await DueRungs.generation(town.log, transaction))
                return try await DueRungs.page(
                    town.log,
                    transaction,
                    generation: generation,
                    now: town.now,
                    after: nil,
                    limit: 10
                ).rows
            }
            #expect(rows.map(\.rung) == ["remind"])
            let head = try await town.log.head()
            for _ in 1...3 { _ = try await raising.raise(rows) }
            // Another process asks with the same rows, and knows nothing of the answer.
            let other = try await town.again()
            let again = RungRaising(log: other, zone: WorkedLog.zone, packs: packs, known: known, now: town.now)
            _ = try await again.raise(rows)
            await other.close()
            #expect(try await town.log.head() == head + 1)
            #expect(try await town.raised("1").count == 1)
        }
    }

    @Test func `while an amended calendar still moves clocks, nothing is raised by the old one`() async throws {
        try await WorkedLog.run("2026-03-02") { town in
            try await town.accept("1")
            try town.go(to: "2026-03-04")
            try await town.amend(["2026-04-08"])
            try await town.catchUp()
            func moving(_ isMoving: Bool) async throws {
                let rows = try await town.log.pool.query(
                    "UPDATE caseflow.case_clock_revisions SET is_done = $2 WHERE log_id = $1",
                    [town.log.id.rawValue, !isMoving]
                )
                #expect(rows.affectedRows == 1)
            }
            try town.go(to: "2026-03-09T08:00")
            // As another process leaves it in the midst of its parts.
            try await moving(true)
            // A daemon, whose read tables others keep.
            let worker = EscalationWorker(town.log, zone: WorkedLog.zone)
            let working = Task { try await worker.run() }
            try await Task.sleep(for: .milliseconds(500))
            #expect(await worker.tally.raised == 0)
            try await moving(false)
            let end = ContinuousClock.now + .seconds(60)
            while await worker.tally.raised == 0, ContinuousClock.now < end {
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(await worker.tally.raised == 1)
            worker.stop()
            try await working.value
        }
    }

    @Test func `a case that cannot be read keeps no other from being accepted by lapse`() async throws {
        try await WorkedLog.run("2026-03-02") { town in
            for number in ["bad", "good"] { try await town.receive(number) }
            try await town.catchUp()
            let event = NewEvent(
                type: EventType(trusted: "case.unheard-of/1"),
                effectiveAt: town.now,
                actor: Actor(trusted: "officer/1"),
                data: Array("{}".utf8)
            )
            let stream = CaseNumber(trusted: "bad").stream(in: town.log.id)
            _ = try await town.log.append(
                AppendRequest(id: UUID(), writes: [StreamWrite(stream, expected: .exists, events: [event])])
            )
            try town.go(to: "2026-03-10T08:00")
            let tally = try await town.work()
            #expect(tally.lapsed == 1 && tally.parked > 0)
            let good = CaseNumber(trusted: "good").stream(in: town.log.id)
            var types: [String] = []
            for try await event in town.log.readStream(good) { types.append(event.type.rawValue) }
            #expect(types.contains("case.accepted/1"), "\(types)")
            #expect(try await !ParkedRung.all(of: town.log).isEmpty)
        }
    }

    @Test func `a step, on which no clock depends, does not keep a rung from being raised`() async throws {
        try await WorkedLog.run("2026-03-02") { town in
            try await town.accept("1")
            try await town.catchUp()
            let step = Case.Event(effectiveAt: town.now, fact: .stepRecorded(.init(activity: "telephone call")))
            let stream = CaseNumber(trusted: "1").stream(in: town.log.id)
            let write = StreamWrite(
                stream,
                expected: .exists,
                events: [Case.Coding.encode(step, actor: Actor(trusted: "officer/1"))]
            )
            _ = try await town.log.append(AppendRequest(id: UUID(), writes: [write]))
            try town.go(to: "2026-03-09T08:00")
            let tally = try await town.work()
            #expect(tally.raised == 1 && tally.left == 0)
        }
    }

    @Test func `a sweep with nothing due reads one page of its index`() async throws {
        try await WorkedLog.run("2026-03-02") { town in
            for number in 1...5 { try await town.accept("\(number)") }
            try await town.catchUp()
            // Many more that run: copies of the rows, under streams of their own.
            try await town.log.pool.query(
                """
                INSERT INTO caseflow.case_rungs (log_id, generation, stream, clock, ordinal, rung, lapse, level, due_at,
                       not_before, raised, version, position, head_leaf, recorded_at)
                SELECT log_id, generation, stream || '-' || n, clock, ordinal, rung, lapse, level,
                       due_at + n * interval '1 second', not_before, raised, version, position, head_leaf, recorded_at
                  FROM caseflow.case_rungs, generate_series(1, 4000) n WHERE log_id = $1
                """,
                [town.log.id.rawValue]
            )
            let plan = try await town.log.pool.transaction { transaction in
                let generation = try #require(try await DueRungs.generation(town.log, transaction))
                let page = try await DueRungs.page(
                    town.log,
                    transaction,
                    generation: generation,
                    now: town.now,
                    after: nil,
                    limit: 100
                )
                #expect(page.rows.isEmpty && page.next != nil)
                return try await DueRungs.explain(town.log, transaction, generation: generation, now: town.now)
            }
            let carriedOut = plan.prefix { !$0.contains("Planning") }
            #expect(carriedOut.contains { $0.contains("case_rungs_due") }, "\(plan)")
            // Whether a page was at hand or had to be read.
            let buffers = carriedOut.compactMap { line -> Int? in
                guard let found = line.firstMatch(of: /shared(?: hit=(\d+))?(?: read=(\d+))?/) else { return nil }
                return [found.1, found.2].compactMap { $0.flatMap { Int($0) } }.reduce(0, +)
            }.max()
            #expect((buffers ?? .max) <= 8, "\(plan.joined(separator: "\n"))")
        }
    }
}
