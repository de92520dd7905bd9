import EventStore
import Foundation
import PostgresClient
import Support
import Synchronization
import Testing
import WorkingTime

@testable import CaseFlow

/// What goes wrong around a worker stays where it is: one that freezes, one clock, one stream, one that was slower.
@Suite("Faults around a worker")
struct WorkerFaultTests {
    private static func due(_ town: WorkedLog) async throws -> [DueRungs.Row] {
        try await town.log.pool.transaction { transaction in
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
    }

    private static func raising(_ town: WorkedLog) async throws -> RungRaising {
        let known = try await EscalationKnowledge.load(town.log, zone: WorkedLog.zone, packs: nil, since: nil)
        let packs = Dictionary(
            uniqueKeysWithValues: CaseClockProjection().packs.map { ("\($0.code) \($0.version)", $0) }
        )
        return RungRaising(log: town.log, zone: WorkedLog.zone, packs: packs, known: known, now: town.now)
    }

    /// An event that nobody can read, at the end of a stream.
    private static func spoil(_ stream: String, _ town: WorkedLog) async throws {
        let event = NewEvent(
            type: EventType(trusted: "\(stream.prefix { $0 != "/" }).unheard-of/1"),
            effectiveAt: town.now,
            actor: Actor(trusted: "officer/1"),
            data: Array("{}".utf8)
        )
        let write = StreamWrite(StreamName(trusted: stream), expected: .any, events: [event])
        _ = try await town.log.append(AppendRequest(id: UUID(), writes: [write]))
    }

    @Test func `a worker that freezes in the midst of a sweep keeps no other from sweeping`() async throws {
        try await WorkedLog.run("2026-03-02") { town in
            for number in ["1", "2"] { try await town.accept(number) }
            try town.go(to: "2026-03-09T08:00")
            let other = try await town.again()
            var settings = EscalationWorker.Settings()
            (settings.projects, settings.page, settings.idleLimit) = (true, 1, .milliseconds(300))
            let isFrozen = Mutex(false)
            let frozen = DispatchSemaphore(value: 0)
            settings.report = { report in
                guard case .raised = report,
                    !isFrozen.withLock({
                        let was = $0; $0 = true; return was
                    })
                else { return }
                // A closed lid, a stopped virtual machine: nothing of this worker goes on.
                _ = frozen.wait(timeout: .now() + 60)
            }
            let worker = EscalationWorker(other, zone: WorkedLog.zone, settings: settings)
            let freezing = Task { try await worker.run() }
            let end = ContinuousClock.now + .seconds(60)
            while !isFrozen.withLock(\.self), .now < end { try await Task.sleep(for: .milliseconds(10)) }
            let began = ContinuousClock.now
            let tally = try await town.work()
            #expect(tally.raised == 1 && .now - began < .seconds(50))
            frozen.signal()
            worker.stop()
            try await freezing.value
            await other.close()
            for number in ["1", "2"] { #expect(try await town.raised(number).count == 1) }
        }
    }

    @Test func `a worker that waits for the database ends at once when it is told to`() async throws {
        try await WorkedLog.run("2026-03-02") { town in
            let away = try await town.again()
            await away.close()
            let worker = EscalationWorker(away, zone: WorkedLog.zone)
            let working = Task { try await worker.run() }
            // Long enough that its pauses have grown.
            try await Task.sleep(for: .seconds(4))
            let told = ContinuousClock.now
            worker.stop()
            try await working.value
            #expect(.now - told < .seconds(1))
        }
    }

    @Test func `one clock that cannot be dealt with keeps the others of its case from nothing`() async throws {
        try await WorkedLog.run("2026-03-02") { town in
            // Promise and statute are the same: their rungs are due at the same moments.
            try await town.accept("1", promise: Limit(20, .workingDays))
            try town.go(to: "2026-03-16T08:00")
            try await town.catchUp()
            try await town.log.pool.query(
                """
                UPDATE caseflow.case_clocks SET rules = 'nobody 1'
                 WHERE log_id = $1 AND clock = 'promise' AND known_to = 'infinity'
                """,
                [town.log.id.rawValue]
            )
            let result = try await Self.raising(town).raise(try await Self.due(town))
            #expect(result.rows.map(\.place.clock) == ["decision"])
            #expect(result.refused.map(\.row.place.clock) == ["promise"])
            #expect(result.refused.first?.reason.contains("nobody 1 are not here") == true)
            #expect(try await town.raised("1") == ["decision remind due 2026-03-16T00:00 raised 2026-03-16T08:00"])
        }
    }

    @Test func `a lapse that somebody else was faster with is left, and not set aside`() async throws {
        try await WorkedLog.run("2026-03-02") { town in
            try await town.receive("1")
            try town.go(to: "2026-03-10T08:00")
            try await town.work()
            try await town.receive("2")
            try town.go(to: "2026-03-18T08:00")
            try await town.catchUp()
            let raising = try await Self.raising(town)
            // The cards come first, and then the row of the lapse.
            for _ in 1...5 {
                for row in try await Self.due(town) where row.lapse.isEmpty { _ = try await raising.raise([row]) }
                try await town.catchUp()
            }
            let row = try #require(try await Self.due(town).first { !$0.lapse.isEmpty })
            // The window refuses to take it, in the moment in which the worker records that it counts as accepted.
            let refusal = Case.ProcedureFact.withdrawn
            _ = try await town.desk.record(refusal, of: "2", town.act())
            guard case .left = try await raising.lapse(row) else {
                Issue.record("it was \(try await raising.lapse(row))")
                return
            }
        }
    }

    @Test func `what is put off is set aside no more`() async throws {
        try await WorkedLog.run("2026-03-02") { town in
            try await town.accept("1")
            try await town.catchUp()
            try await town.log.pool.query(
                """
                INSERT INTO caseflow.parked_rungs (log_id, stream, clock, ordinal, rung, due_at, reason, tries, parked_at,
                       next_try)
                SELECT log_id, stream, clock, ordinal, rung, due_at - interval '1 day', 'a test', 3, due_at, due_at
                  FROM caseflow.case_rungs WHERE log_id = $1
                """,
                [town.log.id.rawValue]
            )
            #expect(try await ParkedRung.count(in: town.log) == 2)
            // Neither is due: both were put off since.
            try await town.work()
            #expect(try await ParkedRung.count(in: town.log) == 0)
        }
    }

    @Test func `an officer, an item or a calendar that cannot be read is set aside by itself, at the first look too`()
        async throws
    {
        try await WorkedLog.run("2026-03-02") { town in
            try await town.amend(["2026-04-08"])
            try await NetworkDesk(town.log).enter(
                officers: SmallTown.officers,
                units: SmallTown.units,
                on: SmallTown.start,
                at: town.now,
                actor: SmallTown.actor
            ).forEach { #expect($0.events > 0) }
            for stream in ["calendar/cn", "catalogue/511A", "officer/o-3", SmallTown.department.stream.rawValue] {
                try await Self.spoil(stream, town)
            }
            let known = try await EscalationKnowledge.load(town.log, zone: WorkedLog.zone, packs: nil, since: nil)
            #expect(known.problems.count == 4, "\(known.problems)")
            #expect(known.problems.first?.hasPrefix("calendar/cn cannot be read") == true)
            // Days are not counted by a part of a calendar.
            #expect(throws: EscalationKnowledge.Unreadable.self) { try known.calendar("cn", at: town.now) }
            let today = SmallTown.day("2026-03-02")
            func draft(_ unit: UnitCode, _ role: OfficerRole, _ officer: OfficerID?) -> CardDraft {
                var draft = CardDraftTests.draft([CardDraftTests.task("sign", officer)])
                (draft.tasks[0].unit, draft.tasks[0].role) = (unit, role)
                return draft
            }
            func raised(_ draft: CardDraft, _ rung: String) -> Case.RaisedRung {
                draft.rung(RulePack.Rung.of(rung), level: 3, in: known.network.latest, on: today, answerBy: today)
            }
            // The village's card goes on, to the director as well.
            for rung in ["red", "director"] {
                try known.check(raised(draft(SmallTown.village, .agent, nil), rung), on: today)
            }
            // That of the department waits; and that of the county's, of which nobody knows where its inspectors are.
            #expect(throws: EscalationKnowledge.Unreadable.self) {
                try known.check(raised(draft(SmallTown.department, .approver, nil), "red"), on: today)
            }
            #expect(throws: EscalationKnowledge.Unreadable.self) {
                try known.check(raised(draft(SmallTown.village, .agent, "o-3"), "red"), on: today)
            }
            #expect(throws: EscalationKnowledge.Unreadable.self) {
                try known.check(raised(draft(SmallTown.village, .agent, nil), "discipline-inspection"), on: today)
            }
        }
    }

    @Test func `beside a daemon that keeps the read tables, an amended calendar moves what is raised`() async throws {
        try await WorkedLog.run("2026-03-02") { town in
            for number in ["1", "2", "3"] { try await town.accept(number) }
            let keeping = Task {
                while !Task.isCancelled {
                    try await town.catchUp()
                    try? await Task.sleep(for: .milliseconds(20))
                }
            }
            let worker = EscalationWorker(town.log, zone: WorkedLog.zone)
            let working = Task { try await worker.run() }
            // 9 March becomes a day off: the reminders come a day later.
            try await town.amend(["2026-03-09"])
            try town.go(to: "2026-03-09T08:00")
            try await Task.sleep(for: .milliseconds(1500))
            #expect(await worker.tally.raised == 0)
            try town.go(to: "2026-03-10T08:00")
            let end = ContinuousClock.now + .seconds(60)
            while await worker.tally.raised < 3, .now < end { try await Task.sleep(for: .milliseconds(20)) }
            worker.stop()
            try await working.value
            keeping.cancel()
            _ = await keeping.result
            for number in ["1", "2", "3"] {
                #expect(
                    try await town.raised(number) == ["promise remind due 2026-03-10T00:00 raised 2026-03-10T08:00"]
                )
            }
        }
    }

    @Test func `a worker that was killed long ago is forgotten by the next`() async throws {
        try await WorkedLog.run("2026-03-02") { town in
            try await town.log.pool.query(
                """
                INSERT INTO caseflow.workers
                VALUES ($1, gen_random_uuid(), now(), now() - interval '2 days', 'sweeping', 0, 0, 0)
                """,
                [town.log.id.rawValue]
            )
            await WorkerHeartbeat(town.log).beat("resting", EscalationWorker.Tally())
            let workers = try await WorkStatus.of(town.log).workers
            #expect(workers.map(\.doing) == ["resting"])
        }
    }
}
