import EventStore
import Foundation
import PostgresClient
import Synchronization
import WorkingTime

/// Watches every clock of a log: raises the rungs that are due, and records what the law brings about by itself.
///
/// Any number of workers may run at once, in one process or in many. Exactly once and never early follow from the append:
/// each rung is appended on top of the very event that its row is based on. Who is slower gets a conflict and leaves it.
public actor EscalationWorker {
    /// How a worker works.
    public struct Settings: Sendable {
        /// So many due rows at a time.
        public var page = 1000
        /// How often it looks for what was recorded meanwhile, where nothing is due before.
        public var polling: Duration = .milliseconds(500)
        /// Whether it ends when nothing is due.
        public var isOnce = false
        /// Whether it lets another worker sweep alone while it does; a hint that spares work in vain.
        public var givesWay = true
        /// After so long without a statement the server ends the session of a sweep, and with it the hint: a worker that is
        /// stopped in the midst of its work keeps no other from sweeping.
        public var idleLimit: Duration = .seconds(60)
        /// Whether it takes in the log itself before each sweep; else it waits for those who keep the read tables.
        public var projects = false
        /// Is told what it has done, at once and by whoever did it; must not wait for anything.
        public var report: @Sendable (Report) -> Void = { _ in }

        /// The defaults.
        public init() {}
    }

    /// What a worker has done.
    public struct Tally: Sendable, Codable, Hashable {
        /// Rungs raised.
        public var raised = 0
        /// Lapses recorded.
        public var lapsed = 0
        /// Rungs of which somebody else was faster, or whose case had gone on.
        public var left = 0
        /// Rungs that were set aside.
        public var parked = 0
        /// Sweeps.
        public var sweeps = 0
        /// Rungs and lapses that stand set aside in the log, whoever did it; told where the work is done once.
        public var standingAside = 0

        /// Nothing yet.
        public init() {}
    }

    let log: EventLog
    let zone: TimeZone
    let packs: String?
    private let projection: CaseClockProjection
    let settings: Settings
    let rules: [String: RulePack]
    let alarm: @Sendable (String) -> Void
    private var state: SweepState
    var knowledge: EscalationKnowledge?
    /// When the first page of this sweep was asked for.
    private var sweepBegan = ContinuousClock.now
    /// When the sweep began: what was due then was so by all that the read tables have taken in since.
    private var lookedAt: Timestamp?
    /// What was done so far.
    public internal(set) var tally = Tally()
    /// Streams that did not stand where their rows said, with that version and the sweep. In a later sweep, which begins behind
    /// whatever was faster, the rows say something else, or something is amiss. What no sweep brings again is forgotten.
    var conflicted: [String: (version: Int64, sweep: Int)] = [:]
    private let isStopped = Mutex(false)
    let heartbeat: WorkerHeartbeat

    /// A worker.
    /// - Parameters:
    ///   - zone: the log's time zone.
    ///   - packs: a folder of rule packs that do not come with the program.
    ///   - projection: the projection whose tables it reads, with those packs.
    ///   - alarm: is told, in a line, what went wrong.
    public init(
        _ log: EventLog,
        zone: TimeZone,
        packs: String? = nil,
        projection: CaseClockProjection = CaseClockProjection(),
        settings: Settings = Settings(),
        alarm: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        (self.log, self.zone, self.packs, self.projection) = (log, zone, packs, projection)
        (self.settings, self.alarm) = (settings, alarm)
        rules = Dictionary(projection.packs.map { ("\($0.code) \($0.version)", $0) }) { first, _ in first }
        state = SweepState(isOnce: settings.isOnce)
        heartbeat = WorkerHeartbeat(log)
    }

    /// Works until it is stopped, the task is cancelled, or, where that was asked for, nothing is due. A database that is away is
    /// waited for. Errors, only where it works once: those of the database.
    public func run() async throws {
        var backoff = Backoff(first: .milliseconds(200), limit: .seconds(10))
        while !Task.isCancelled {
            if isStopped.withLock(\.self) { state.stop() }
            let action = state.next
            if action == .end { break }
            do {
                try await perform(action)
                backoff = Backoff(first: .milliseconds(200), limit: .seconds(10))
            } catch is CancellationError {
                break
            } catch {
                if settings.isOnce { throw error }
                alarm("the worker begins again: \(error)")
                state.failed()
                await pause(backoff.pause())
            }
        }
        await heartbeat.end()
    }

    /// How the server carries out a sweep's first page and its look at what is due next, for people: EXPLAIN (ANALYZE,
    /// BUFFERS), as in a session that has planned it before. Nil before the read tables are there. Errors: the database's.
    public static func plan(of log: EventLog, now: Timestamp) async throws -> [String]? {
        try await log.pool.transaction(readOnly: true) { transaction in
            guard let generation = try await DueRungs.generation(log, transaction) else { return nil }
            for _ in 1...2 {
                _ = try await DueRungs.page(
                    log,
                    transaction,
                    generation: generation,
                    now: now,
                    after: nil,
                    limit: 100
                )
            }
            return try await DueRungs.explain(log, transaction, generation: generation, now: now)
        }
    }

    /// Asks it to end: it finishes the page that it is at. Returns at once.
    public nonisolated func stop() { isStopped.withLock { $0 = true } }

    private func perform(_ action: SweepState.Action) async throws {
        switch action {
        case .look:
            lookedAt = log.clock.now()
            state.looked(at: try await log.head())
            tally.sweeps += 1
            conflicted = conflicted.filter { $0.value.sweep >= tally.sweeps - Self.sweepsKept }
        case .wait(let position): try await wait(for: position)
        case .sweep(let place): try await sweep(after: place)
        case .rest(let moment): await rest(until: moment)
        case .end: break
        }
    }

    // MARK: Waiting

    private func wait(for position: Int64) async throws {
        if settings.projects { try await ProjectionRunner(projection, on: log).catchUp() }
        let rows = try await log.pool.query(
            """
            SELECT p.checkpoint, \(DueRungs.isMoving("p.generation"))
              FROM caseflow.projections p WHERE p.log_id = $1 AND p.name = $2 AND p.state = 'live'
            """,
            [log.id.rawValue, projection.name]
        )
        if let row = rows.first, try row.decode(0, as: Int64.self) >= position, try !row.decode(1, as: Bool.self) {
            return state.caughtUp()
        }
        await heartbeat.beat("waiting for the read tables", tally)
        await pause(.milliseconds(25))
    }

    private func rest(until moment: Timestamp?) async {
        await heartbeat.beat("resting", tally)
        let left = moment.map { Duration.microseconds(max(0, $0.microseconds - log.clock.now().microseconds)) }
        await pause(min(settings.polling, left ?? settings.polling))
        state.rested()
    }

    /// Sleeps, and wakes when it is to stop.
    private func pause(_ length: Duration) async {
        let end = ContinuousClock.now + length
        while ContinuousClock.now < end, !Task.isCancelled, !isStopped.withLock(\.self) {
            try? await Task.sleep(for: min(.milliseconds(50), end - .now))
        }
    }

    // MARK: A sweep

    /// For so many sweeps a conflict is remembered.
    private static let sweepsKept = 10

    private func sweep(after place: DueRungs.Place?) async throws {
        await heartbeat.beat("sweeping", tally)
        if place == nil { sweepBegan = .now }
        // Not the present moment: what was recorded since the sweep began may have moved what is due by now.
        let now = lookedAt ?? log.clock.now()
        let outcome: (last: DueRungs.Place?, moved: Bool, next: Timestamp?)? = try await log.pool.transaction {
            transaction in
            // While this transaction lasts, others need not do the same work in vain.
            if settings.givesWay {
                try await transaction.query(
                    "SELECT set_config('idle_in_transaction_session_timeout', $1, true)",
                    ["\(Int64(settings.idleLimit / .milliseconds(1)))ms"]
                )
                let rows = try await transaction.query(
                    "SELECT pg_try_advisory_xact_lock(hashtext('caseflow-work'), hashtext($1))",
                    [log.id.rawValue]
                )
                if try rows.first?.decode(0, as: Bool.self) != true { return nil }
            }
            guard let generation = try await DueRungs.generation(log, transaction) else { return (nil, false, nil) }
            // An amended calendar moves rungs part by part, behind the checkpoint: what is not moved yet may be early.
            if try await DueRungs.isMoving(log, transaction, generation) { return nil }
            if place == nil { try await ParkedRung.clear(log, generation: generation, now: now) }
            return try await pages(transaction, generation, after: place, now: now)
        }
        guard let outcome else {
            await pause(.milliseconds(50))
            return state.yielded()
        }
        if outcome.last == nil { settings.report(.swept(.now - sweepBegan)) }
        state.swept(through: outcome.last, moved: outcome.moved, nextDue: outcome.next)
    }

    /// So many pages at most in one transaction, so that none is long.
    private static let mostPages = 10

    /// Raises page after page; while one is raised, the next is read. Returns where to go on, whether anything has moved, and
    /// when the next rung is due.
    private func pages(
        _ transaction: PostgresTransaction,
        _ generation: Int32,
        after place: DueRungs.Place?,
        now: Timestamp
    ) async throws -> (last: DueRungs.Place?, moved: Bool, next: Timestamp?) {
        let (log, limit) = (log, settings.page)
        @Sendable func read(after place: DueRungs.Place?) async throws -> DueRungs.Page {
            try await DueRungs.page(log, transaction, generation: generation, now: now, after: place, limit: limit)
        }
        var page = try await read(after: place)
        var moved = false
        for number in 1...Self.mostPages {
            let last = page.isFull ? page.rows.last?.place : nil
            let goesOn = number < Self.mostPages && !isStopped.withLock(\.self)
            guard let last, goesOn else {
                let hasMoved = try await raise(page.rows, now: now)
                return (last, moved || hasMoved, page.next)
            }
            async let next = read(after: last)
            if try await raise(page.rows, now: now) { moved = true }
            page = try await next
        }
        return (nil, moved, page.next)
    }
}
