import CaseFlow
import CaseFlowServer
import EventStore
import Foundation
import PostgresClient
import WorkingTime

/// The cases of the escalation trial: received over three weeks, then worked on by desks that know nothing of the workers.
struct EscalationTown: Sendable {
    static let zone = TimeZone(identifier: "Asia/Shanghai") ?? .gmt
    static let firstDay = "2026-03-02"
    /// Days over which the cases are received, and days for which the workers then watch them.
    static let intakeDays = 21
    static let watchedDays = 28

    let stand: Stand
    let rules: RulePack
    let seed: UInt64
    let cases: Int
    /// What may happen to a case; what its state forbids is refused.
    private let facts: [Case.ProcedureFact]

    init(_ stand: Stand, seed: UInt64, cases: Int) throws {
        (self.stand, self.seed, self.cases) = (stand, seed, cases)
        rules = try RulePackLibrary.pack(RulePackLibrary.standard)
        guard let decision = ClockName(rawValue: "decision"), let three = Limit(3, .workingDays),
            let five = Limit(5, .workingDays)
        else { throw TrialBroken("no limits") }
        let granted = Case.ProcedureFact.decided(isGranted: true, reasons: "", remedy: "")
        facts = [
            .accepted(isDeemed: false), .suspended(ground: "testing", told: three), .resumed, .resumed, granted,
            granted,
            .withdrawn, .extended(decision, by: five, authority: "organ-head", reason: "x"),
        ]
    }

    /// Nine in the morning of a day, counted from the first.
    func morning(_ day: Int) throws -> Timestamp {
        guard let first = try? CivilDate(Self.firstDay), let date = first.adding(days: day),
            let six = SimulatedClock.start(of: date, in: Self.zone)
        else { throw TrialBroken("day \(day) cannot be written") }
        return six.advanced(byMicroseconds: 3 * 3_600_000_000)
    }

    func number(_ index: Int) -> CaseNumber { CaseNumber(trusted: "N-\(index)") }

    func desk(on log: EventLog) async throws -> CaseDesk {
        CaseDesk(log, zone: Self.zone, calendars: try await CalendarBook.load(log, zone: Self.zone))
    }

    func act(at now: Timestamp) throws -> CaseDesk.Act {
        guard let at = ZonedTime(microsecondsSinceEpoch: now.microseconds, offsetSeconds: 28_800) else {
            throw TrialBroken("\(now) cannot be written")
        }
        return CaseDesk.Act(at: at, now: now, actor: Actor(trusted: "officer/o-1"), request: UUID())
    }

    // MARK: Intake

    /// Receives all cases, every second with a promise of one to twenty working days; a tenth is not accepted by anybody.
    func receiveAll() async throws {
        let clock = SimulatedClock(try morning(0))
        var settings = EventLog.Settings()
        settings.clock = clock.recording
        let log = try stand.eventLog(settings: settings)
        let desk = try await desk(on: log)
        let perDay = (cases + Self.intakeDays - 1) / Self.intakeDays
        for day in 0..<Self.intakeDays {
            clock.set(try morning(day))
            let today = min(day * perDay, cases)..<min((day + 1) * perDay, cases)
            try await concurrently(today) { try await receive($0, at: desk, clock.now) }
        }
        // They run, and the workers know it, before time begins to fly.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for projection in Projections.all {
                group.addTask { try await ProjectionRunner(projection, on: log).catchUp() }
            }
            try await group.waitForAll()
        }
        await log.close()
    }

    private func concurrently(_ range: Range<Int>, _ body: @escaping @Sendable (Int) async throws -> Void) async throws
    {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (place, index) in range.enumerated() {
                if place >= 64 { try await group.next() }
                group.addTask { try await body(index) }
            }
            try await group.waitForAll()
        }
    }

    private func receive(_ index: Int, at desk: CaseDesk, _ now: Timestamp) async throws {
        let promise = index % 2 == 0 ? Limit(1 + index / 2 % 20, .workingDays) : nil
        let pin = Case.RulePin(rules, item: "i", promise: promise)
        _ = try await desk.open(number(index), attributes: [], under: pin, act(at: now))
        if index % 10 != 3 {
            _ = try await desk.record(.accepted(isDeemed: false), of: number(index).rawValue, act(at: now))
        }
    }

    // MARK: Desks

    /// Lets things happen to cases until the clock stands still. Returns what was recorded and what was refused.
    func work(on log: EventLog, pausing: ClosedRange<Int>, amendments: Int) async throws -> (done: Int, refused: Int) {
        var dice = Dice(seed)
        var (done, refused, amended) = (0, 0, 0)
        let (begins, ends) = (try morning(Self.intakeDays), try morning(Self.intakeDays + Self.watchedDays))
        var desk = try await desk(on: log)
        while log.clock.now() < ends {
            let now = log.clock.now()
            let share = Double(now.microseconds - begins.microseconds) / Double(ends.microseconds - begins.microseconds)
            do {
                if share * Double(amendments + 1) > Double(amended + 1), amended < amendments {
                    try await amend(entry: amended + 1, at: log, &dice)
                    amended += 1
                    desk = try await self.desk(on: log)
                } else {
                    let number = number(Int.random(in: 0..<cases, using: &dice)).rawValue
                    let fact = facts[Int.random(in: 0..<facts.count, using: &dice)]
                    _ = try await desk.record(fact, of: number, act(at: now))
                    done += 1
                }
            } catch let error as AppendError {
                // The server is away for a moment, or a worker was faster; what is then unknown the record tells.
                switch error {
                case .unavailable, .contention, .conflict: break
                default: throw error
                }
            } catch let error as PostgresError where error.isTransient {
                // Away while a case was read.
            } catch is CaseDesk.Refused {
                refused += 1
            } catch is Case.Rejection {
                refused += 1
            }
            try await Task.sleep(for: dice.milliseconds(pausing))
        }
        return (done, refused)
    }

    /// Today or a day ahead becomes a holiday.
    private func amend(entry: Int, at log: EventLog, _ dice: inout Dice) async throws {
        let now = log.clock.now()
        guard let today = Moment.day(of: now, in: Self.zone),
            let day = today.adding(days: Int.random(in: 0...12, using: &dice))
        else { throw TrialBroken("no day at \(now)") }
        let amendment = LegalCalendar.Entry(
            number: entry,
            year: nil,
            knownSince: today,
            notice: "notice \(entry)",
            changes: [.exception(DayException(day, .holiday, name: "x"))]
        )
        var events: [NewEvent] = []
        for (person, fact) in [CalendarEvent.Fact.amended(amendment), .confirmed(entry: entry)].enumerated() {
            let actor = Actor(trusted: "officer/c-\(person)")
            events.append(
                CalendarEventCoding.encode(CalendarEvent(effectiveAt: now, actor: actor, fact: fact), actor: actor)
            )
        }
        let write = StreamWrite(StreamName(trusted: "calendar/cn"), expected: .any, events: events)
        _ = try await log.persist(AppendRequest(id: UUID(), writes: [write]))
    }
}
