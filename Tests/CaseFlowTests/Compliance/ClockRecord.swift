import CaseFlow
import EventStore
import Foundation
import PostgresClient
import Support
import Testing
import WorkingTime

/// A log whose events were recorded at moments of the test's choosing: put into the tables by the superuser, because no
/// append of ours takes a time of recording from outside.
final class ClockRecord {
    let log: EventLog
    private let admin: PostgresConnection
    private var position: Int64 = 0
    private var versions: [String: Int64] = [:]
    private(set) var states: [String: Case.State] = [:]
    /// The packs of cases that go by another than most.
    private var packs: [String: RulePack] = [:]
    private(set) var ledgers: [String: CaseLedger] = [:]
    /// What the service calendars were set to.
    private var halls: [String: ServiceCalendar.State] = [:]
    /// What was adopted.
    private var calendars: [String: [CalendarEvent]] = [:]
    static let rules = Result { try RulePackLibrary.pack("cn-licensing") }
    private static let calendar = try? CalendarHistory.shipped("cn").latest

    private static let database = Task { try await TestCluster.shared.database() }

    private init(_ log: EventLog, _ admin: PostgresConnection) { (self.log, self.admin) = (log, admin) }

    /// A new log, given to `body`; closed afterwards.
    static func run<Result>(_ body: (ClockRecord) async throws -> Result) async throws -> Result {
        let database = try await database.value
        let log = try await database.log("clocks-\(UUID().uuidString)")
        let admin = try await database.superuser()
        do {
            let result = try await body(ClockRecord(log, admin))
            await log.close()
            await admin.close()
            return result
        } catch {
            await log.close()
            await admin.close()
            throw error
        }
    }

    /// Puts an event behind the last one.
    func add(_ stream: String, _ event: NewEvent, recordedAt: Timestamp) async throws {
        position += 1
        versions[stream, default: 0] += 1
        try await admin.query(
            """
            INSERT INTO caseflow.events (log_id, position, stream, version, type, effective_at, recorded_at, actor, data,
                   metadata, leaf)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '{}', decode(repeat('00', 32), 'hex'))
            """,
            [
                log.id.rawValue, position, stream, versions[stream] ?? 1, event.type.rawValue, event.effectiveAt,
                recordedAt, event.actor.rawValue, PostgresJSON(event.data),
            ]
        )
        try await admin.query(
            "UPDATE caseflow.logs SET position = $2 WHERE log_id = $1",
            [log.id.rawValue, position]
        )
    }

    /// Runs SQL as superuser.
    func run(_ sql: String) async throws { try await admin.script(sql) }

    // MARK: Cases

    private func take(_ number: String, _ command: Case.Command, recordedAt: Timestamp) async throws {
        var state = states[number] ?? Case.initial
        for event in try Case.decide(command, state) {
            Case.evolve(&state, event)
            ledgers[number, default: CaseLedger()].take(event, recordedAt: recordedAt)
            let stored = Case.Coding.encode(event, actor: Actor(trusted: "officer/1"))
            try await add("case/\(number)", stored, recordedAt: recordedAt)
        }
        states[number] = state
    }

    /// A case is received on a day, at nine, and goes by the licensing law.
    func receive(
        _ number: String,
        on day: String,
        statute: Limit? = nil,
        promise: Limit? = nil,
        attributes: [String: String] = [:],
        serviceCalendar: String? = nil,
        rules: RulePack? = nil
    ) async throws {
        let at = try moment(day)
        let given = attributes.sorted { $0.key < $1.key }.map { XESAttribute(.string, key: $0.key, value: $0.value) }
        let command = Case.Command.receive(number: CaseNumber(trusted: number), at: at, attributes: given)
        try await take(number, command, recordedAt: at.timestamp)
        packs[number] = rules
        let pin = Case.RulePin(
            try rules ?? Self.rules.get(),
            item: "item-1",
            statute: statute,
            promise: promise,
            serviceCalendar: serviceCalendar
        )
        try await on(day, number, .rulesPinned(pin))
    }

    /// A fact of a day, recorded on that day or on a later one.
    func on(_ day: String, _ number: String, _ fact: Case.ProcedureFact, recordedOn recorded: String? = nil)
        async throws
    {
        let at = try moment(day)
        // Each fact a microsecond after the one before: a stream's times of recording rise.
        let recordedAt = try moment(recorded ?? day).timestamp
            .advanced(byMicroseconds: 1_000_000 + (versions["case/\(number)"] ?? 0))
        let law = Case.Law(
            try packs[number] ?? Self.rules.get(),
            calendar: Self.calendar,
            serviceCalendars: halls.map(\.key),
            today: try moment(recorded ?? day).localDate
        )
        try await take(number, .record(fact, at: at, under: law), recordedAt: recordedAt)
    }

    /// A case ends, and goes on after its end.
    func reopen(_ number: String, closedOn end: String, on day: String) async throws {
        let (end, at) = (try moment(end), try moment(day))
        try await take(number, .close(at: end), recordedAt: end.timestamp)
        try await take(number, .reopen(at: at, reason: "a court said so"), recordedAt: at.timestamp)
    }

    /// What happened to a case of the catalogue, under a number of its own, each event recorded as it happened.
    func play(_ file: CentreCase, as number: String) async throws {
        for (index, event) in file.events.enumerated() {
            var renamed = event
            if case .received(_, let at, let attributes, let intake) = event.fact {
                renamed.fact = .received(
                    number: CaseNumber(trusted: number),
                    at: at,
                    attributes: attributes,
                    intake: intake
                )
            }
            let officer = event.by?.officer ?? OfficerID(trusted: "1")
            let at = event.effectiveAt.advanced(byMicroseconds: 1_000_000 + Int64(index))
            try await add("case/\(number)", Case.Coding.encode(renamed, actor: officer.actor), recordedAt: at)
        }
    }

    // MARK: Calendars

    /// An amendment of the calendar `cn`, entered and confirmed on a day, at ten.
    func amend(_ changes: [CalendarHistory.Change], on day: String, notice: String, entry: Int = 1) async throws {
        let at = try moment(day.contains("T") ? day : "\(day)T10:00").timestamp
        let amendment = LegalCalendar.Entry(
            number: entry,
            year: nil,
            knownSince: try CivilDate(String(day.prefix(10))),
            notice: notice,
            changes: changes
        )
        for (index, fact) in [CalendarEvent.Fact.amended(amendment), .confirmed(entry: entry)].enumerated() {
            let actor = Actor(trusted: "officer/\(index)")
            let event = CalendarEvent(effectiveAt: at, actor: actor, fact: fact)
            let stored = CalendarEventCoding.encode(event, actor: actor)
            try await add("calendar/cn", stored, recordedAt: at.advanced(byMicroseconds: Int64(index)))
        }
    }

    /// What a program ships is adopted at a moment, as by a process that opens the log to write.
    func adopt(_ shipped: ShippedCalendars, at text: String) async throws {
        let at = try moment(text).timestamp
        for (code, adoption) in try shipped.outstanding(calendars).sorted(by: { $0.key < $1.key }) {
            let event = CalendarEvent(effectiveAt: at, actor: ShippedCalendars.actor, fact: .adopted(adoption))
            calendars[code, default: []].append(event)
            let stored = CalendarEventCoding.encode(event, actor: event.actor)
            try await add("calendar/\(code)", stored, recordedAt: at)
        }
    }

    /// Sets the hours of a service calendar.
    func set(_ code: String, _ plan: ServiceCalendar.Plan, at text: String, from: CivilDate? = nil) async throws {
        let at = try moment(text).timestamp
        let actor = Actor(trusted: "officer/1")
        var state = halls[code] ?? ServiceCalendar.initial
        for event in try ServiceCalendar.decide(.set(plan, from: from, by: actor, at: at), state) {
            ServiceCalendar.evolve(&state, event)
            try await add("calendar/\(code)", CalendarEventCoding.encode(event, actor: actor), recordedAt: at)
        }
        halls[code] = state
    }

    // MARK: Questions

    func catchUp(portion: Int = 20_000, calendars: ShippedCalendars? = nil) async throws {
        try await ProjectionRunner(CaseClockProjection(portion: portion, calendars: calendars), on: log).catchUp()
    }

    static func question(_ day: String, known: String? = nil, sort: LateClocks.Sort = .days) throws -> LateClocks {
        let moment = try Moment.endOfDay(CivilDate(known ?? day), in: TownshipCase.zone)
        var question = LateClocks(asOf: try CivilDate(day), knownAt: moment, isNow: false)
        question.sort = sort
        return question
    }

    /// Late clocks as `number clock days`.
    func late(_ day: String, known: String? = nil, clock: String? = nil) async throws -> [String] {
        var question = try Self.question(day, known: known)
        question.filters.clock = clock
        return try await question.page(log, limit: nil).rows.map { "\($0.case) \($0.clock) \($0.daysLate ?? 0)" }
    }

    /// The rows of the live generation, as JSON texts without what differs between generations.
    func rows(_ table: String = "case_clocks") async throws -> [String] {
        let rows = try await log.pool.query(
            """
            SELECT (to_jsonb(t) - 'generation' - 'log_id')::text FROM caseflow.\(table) t
              JOIN caseflow.projections p USING (log_id, generation)
             WHERE log_id = $1 AND p.name = 'case-clocks' AND p.state = 'live' ORDER BY 1
            """,
            [log.id.rawValue]
        )
        return try rows.map { try $0.decode(0) }
    }

    /// What was known of a clock: `from..to due reason`, by day, in order.
    func history(_ number: String, _ clock: String) async throws -> [String] {
        let rows = try await log.pool.query(
            """
            SELECT (known_from AT TIME ZONE 'Asia/Shanghai')::date || '..'
                   || coalesce(nullif(known_to, 'infinity') AT TIME ZONE 'Asia/Shanghai', NULL)::date::text, ' '
                   || coalesce(due_on::text, 'stands still') || ' ' || phase || ' ' || reason
              FROM caseflow.case_clocks WHERE log_id = $1 AND case_number = $2 AND clock = $3 ORDER BY known_from
            """,
            [log.id.rawValue, number, clock]
        )
        return try rows.map { row in
            (try row.decode(0, as: String?.self) ?? "now") + (try row.decode(1, as: String.self))
        }
    }
}
