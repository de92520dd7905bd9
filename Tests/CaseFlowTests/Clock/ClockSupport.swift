import CaseFlow
import EventStore
import Foundation
import Testing
import WorkingTime

/// A case under the licensing law, told day by day: `on("2026-02-10", .accepted(isDeemed: false))`. Every fact passes the
/// decider, at nine o'clock of its day in China or at the time of `2026-02-10T10:30`, and is recorded a second later
/// unless said otherwise.
struct TownshipCase {
    static let zone = TimeZone(identifier: "Asia/Shanghai") ?? .gmt
    static let rules = Result { try RulePackLibrary.pack("cn-licensing") }
    static let calendars = Result { try CalendarHistory.shipped("cn") }

    private(set) var state = Case.initial
    private(set) var ledger = CaseLedger()
    let rules: RulePack
    /// The service calendar `hall` is there when its hours are.
    let hall: ServiceCalendar.Plan?

    /// Received on a day, and going by the rules.
    init(
        received day: String,
        handling: RulePack.Handling = .single,
        statute: Limit? = nil,
        promise: Limit? = nil,
        rules: RulePack? = nil,
        hall: ServiceCalendar.Plan? = nil,
        serviceCalendar: String? = nil
    ) throws {
        self.rules = try rules ?? Self.rules.get()
        self.hall = hall
        let at = try moment(day)
        try take(.receive(number: CaseNumber(trusted: "T-1"), at: at, attributes: []), recordedAt: at.timestamp)
        let pin = Case.RulePin(
            self.rules,
            handling: handling,
            statute: statute,
            promise: promise,
            serviceCalendar: serviceCalendar
        )
        try on(day, .rulesPinned(pin))
    }

    /// Records a fact of a day, on that day or on a later one.
    mutating func on(_ day: String, _ fact: Case.ProcedureFact, recordedOn recorded: String? = nil) throws {
        let recordedAt = try moment(recorded ?? day)
        let calendar = try Self.calendars.get().latest
        let law = Case.Law(
            rules,
            calendar: calendar,
            serviceCalendars: hall == nil ? [] : ["hall"],
            today: recordedAt.localDate
        )
        let command = Case.Command.record(fact, at: try moment(day), under: law)
        try take(command, recordedAt: recordedAt.timestamp.advanced(byMicroseconds: 1_000_000))
    }

    /// Records a fact at a moment of any offset, a second later.
    mutating func take(_ fact: Case.ProcedureFact, at: ZonedTime) throws {
        let law = Case.Law(rules, calendar: try Self.calendars.get().latest, today: at.localDate)
        let recordedAt = at.timestamp.advanced(byMicroseconds: 1_000_000)
        try take(.record(fact, at: at, under: law), recordedAt: recordedAt)
    }

    private mutating func take(_ command: Case.Command, recordedAt: Timestamp) throws {
        for event in try Case.decide(command, state) {
            Case.evolve(&state, event)
            ledger.take(event, recordedAt: recordedAt)
        }
    }

    /// The clock of a name on a day or at a moment, as known then or at the end of another day.
    func clock(_ name: String, asOf day: String, knownOn known: String? = nil, ordinal: Int = 1) throws -> ClockReading?
    {
        let zone = Self.zone
        let history = try Self.calendars.get()
        let code = rules.calendar
        let service: @Sendable (String, Timestamp) throws -> CalendarBook.ServiceState? = { [hall] code, moment in
            let calendar = Moment.day(of: moment, in: zone).flatMap { history.calendar(knownOn: $0) }
            return try hall.map { .init(code: code, version: 1, hours: try $0.hours(following: calendar)) }
        }
        let reader = CaseClocks(rules, zone: zone, service: service) { moment in
            code == nil ? nil : Moment.day(of: moment, in: zone).flatMap { history.calendar(knownOn: $0) }
        }
        let knownAt = try Moment.parse(known ?? String(day.prefix(10)), in: zone)
        let readings =
            day.contains("T")
            ? try reader.readings(of: ledger, at: Moment.parse(day, in: zone), knownAt: knownAt)
            : try reader.readings(of: ledger, asOf: CivilDate(day), knownAt: knownAt)
        return readings.first { $0.rule.name.rawValue == name && $0.ordinal == ordinal }
    }

    /// `due`, `green due, 3 left` …, short.
    func told(_ name: String, asOf day: String, knownOn known: String? = nil) throws -> String {
        guard let clock = try clock(name, asOf: day, knownOn: known) else { return "none" }
        let due = clock.due.map { "due \($0)" } ?? "no due date"
        switch clock.phase {
        case .running: return "\(clock.light), \(due), \(clock.usage.left) left"
        case .suspended(let since, let left): return "\(clock.light), suspended since \(since), \(left) left"
        case .stopped(let date): return "\(clock.light), \(due), stopped \(date)"
        case .lapsed(let date): return "\(clock.light), lapsed \(date)"
        }
    }
}

/// Nine o'clock of a day in China, or the time of `2026-02-10T10:30`.
func moment(_ text: String) throws -> ZonedTime {
    try zoned(text.contains("T") ? "\(text):00+08:00" : "\(text)T09:00:00+08:00")
}

/// Why the decider refuses a fact.
func refusal(_ body: () throws -> Void) -> Case.ProcedureRejection? {
    do {
        try body()
        return nil
    } catch Case.Rejection.procedure(let rejection, _) {
        return rejection
    } catch {
        Issue.record("another error: \(error)")
        return nil
    }
}

/// A day of a test.
func day(_ text: String) -> CivilDate {
    guard let date = try? CivilDate(text) else { preconditionFailure("a constant of the test: \(text)") }
    return date
}
