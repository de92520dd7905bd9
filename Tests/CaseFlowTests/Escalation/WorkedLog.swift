import CaseFlow
import EventStore
import Foundation
import PostgresClient
import Support
import Testing
import WorkingTime

/// A log whose time a test sets by hand, a desk at which cases are recorded, and workers.
final class WorkedLog: Sendable {
    let log: EventLog
    let clock: SimulatedClock
    let desk: CaseDesk
    private let database: TestDatabase
    static let zone = TownshipCase.zone

    private static let database = Task { try await TestCluster.shared.database() }

    private init(_ log: EventLog, _ clock: SimulatedClock, _ desk: CaseDesk, _ database: TestDatabase) {
        (self.log, self.clock, self.desk, self.database) = (log, clock, desk, database)
    }

    /// A new log that stands at nine o'clock of a day, given to `body`; closed afterwards.
    static func run<Result>(
        _ day: String,
        network: NetworkBook = NetworkBook(),
        _ body: (WorkedLog) async throws -> Result
    )
        async throws -> Result
    {
        let database = try await database.value
        let clock = SimulatedClock(try moment(day).timestamp)
        let log = try await open(database, "worked-\(UUID().uuidString)", clock)
        do {
            let calendars = try await CalendarBook.load(log, zone: zone)
            let desk = CaseDesk(log, zone: zone, calendars: calendars, network: network)
            let result = try await body(WorkedLog(log, clock, desk, database))
            await log.close()
            return result
        } catch {
            await log.close()
            throw error
        }
    }

    private static func open(_ database: TestDatabase, _ name: String, _ clock: SimulatedClock) async throws -> EventLog
    {
        var settings = EventLog.Settings()
        settings.clock = clock.recording
        return try await database.log(name, settings: settings)
    }

    /// The same log, as another process has it open.
    func again() async throws -> EventLog { try await Self.open(database, log.id.rawValue, clock) }

    /// Sets the time: nine o'clock of a day, or `2026-03-10T00:00`.
    func go(to text: String) throws { clock.set(try moment(text).timestamp) }

    var now: Timestamp { clock.now }

    func act(at: String? = nil, by officer: String = "officer/o-3") throws -> CaseDesk.Act {
        let here = ZonedTime(microsecondsSinceEpoch: now.microseconds, offsetSeconds: 0)?.shifted(to: Self.zone)
        let at = try at.map(moment) ?? #require(here)
        return CaseDesk.Act(at: at, now: now, actor: Actor(trusted: officer), request: UUID())
    }

    /// A case is received now, with a promise, and accepted.
    func accept(_ number: String, promise: Limit? = Limit(10, .workingDays)) async throws {
        try await receive(number, promise: promise)
        try await on(.accepted(isDeemed: false), number)
    }

    func receive(_ number: String, promise: Limit? = nil) async throws {
        let pin = Case.RulePin(try TownshipCase.rules.get(), item: "i", promise: promise)
        _ = try await desk.open(CaseNumber(trusted: number), attributes: [], under: pin, act())
    }

    /// Something happens now, or is told now of an earlier moment.
    func on(_ fact: Case.ProcedureFact, _ number: String, at: String? = nil) async throws {
        _ = try await desk.record(fact, of: number, act(at: at))
    }

    func worker(on other: EventLog? = nil, givesWay: Bool = true, page: Int = 1000) -> EscalationWorker {
        var settings = EscalationWorker.Settings()
        (settings.isOnce, settings.projects, settings.givesWay, settings.page) = (true, true, givesWay, page)
        return EscalationWorker(other ?? log, zone: Self.zone, settings: settings)
    }

    /// Works until nothing is due.
    @discardableResult
    func work(page: Int = 1000) async throws -> EscalationWorker.Tally {
        let worker = worker(page: page)
        try await worker.run()
        return await worker.tally
    }

    func catchUp() async throws { try await ProjectionRunner(CaseClockProjection(), on: log).catchUp() }

    /// What was raised in a case, in order: `promise yellow due 2026-03-13T00:00 raised 2026-03-13T09:00`.
    func raised(_ number: String, clock: String? = nil) async throws -> [String] {
        var lines: [String] = []
        for try await event in log.readStream(CaseNumber(trusted: number).stream(in: log.id)) {
            guard case .card(.raised(let rung), let at) = try Case.Coding.decode(event).fact else { continue }
            if let clock, rung.key.clock.rawValue != clock { continue }
            #expect(event.recordedAt >= event.effectiveAt, "early")
            #expect(at.timestamp == event.effectiveAt)
            lines.append(
                "\(rung.key) \(rung.rung) due \(Self.local(event.effectiveAt)) raised \(Self.local(event.recordedAt))"
            )
        }
        return lines
    }

    static func local(_ at: Timestamp) -> String {
        let local = ZonedTime(microsecondsSinceEpoch: at.microseconds, offsetSeconds: 28_800)
        return String((local?.description ?? "").prefix(16))
    }

    /// What happens next by itself: `1 promise yellow 2026-03-13T00:00`.
    func next() async throws -> [String] {
        try await log.pool.query(
            """
            SELECT c.case_number, r.clock, r.rung || r.lapse, r.due_at FROM caseflow.case_rungs r
              JOIN caseflow.projections p ON p.generation = r.generation AND p.state = 'live'
              JOIN caseflow.case_clocks c ON c.generation = r.generation AND c.stream = r.stream AND c.clock = r.clock
               AND c.ordinal = r.ordinal AND c.known_to = 'infinity'
             WHERE r.log_id = $1 ORDER BY c.case_number, r.clock
            """,
            [log.id.rawValue]
        ).map { row in
            let (number, clock, rung): (String, String, String) = (
                try row.decode(0), try row.decode(1), try row.decode(2)
            )
            return "\(number) \(clock) \(rung) \(Self.local(try row.decode(3)))"
        }
    }

    /// Clears a table of what is gone, as the server does by itself after a while.
    func vacuum(_ table: String) async throws {
        let owner = try await database.superuser()
        try await owner.query("VACUUM caseflow.\(table)", prepare: false)
        await owner.close()
    }

    /// The live rows of a table, as JSON without the generation.
    func rows(_ table: String) async throws -> [String] {
        try await log.pool.query(
            """
            SELECT (to_jsonb(t) - 'generation' - 'log_id')::text AS row FROM caseflow.\(table) t
              JOIN caseflow.projections p USING (log_id, generation)
             WHERE log_id = $1 AND p.state = 'live' ORDER BY 1
            """,
            [log.id.rawValue]
        ).map { try $0.decode(0) }
    }
}
