import EventStore
import Foundation
import WorkingTime

/// Where officers record what happens to a case: finds the case, the rules that it goes by and the calendar that is known,
/// and hands the command to the decider.
public struct CaseDesk: Sendable {
    private let log: EventLog
    private let zone: TimeZone
    private let packs: String?
    private let calendars: CalendarBook
    private let handler: CommandHandler<Case, Case.Coding>

    /// A desk.
    /// - Parameters:
    ///   - zone: the centre's time zone, in which its days begin and end.
    ///   - packs: a folder of rule packs that do not come with the program.
    ///   - calendars: the legal calendars, as each was known when.
    public init(_ log: EventLog, zone: TimeZone, packs: String? = nil, calendars: CalendarBook) {
        self.log = log
        self.zone = zone
        self.packs = packs
        self.calendars = calendars
        handler = CommandHandler(Case.self, Case.Coding.self, on: log)
    }

    /// What was recorded: the events, and the state that they lead to. No events: it was so already.
    public typealias Outcome = CommandHandler<Case, Case.Coding>.Outcome

    /// Takes a case in, and pins the rules that it goes by. Where the pin names no service calendar, that is the only one
    /// of the log, if there is just one. Errors: ``Case/Rejection``, ``RulePackLibrary/Problem``.
    public func open(
        _ number: CaseNumber,
        at: ZonedTime,
        attributes: [XESAttribute],
        under pin: Case.RulePin,
        now: Timestamp,
        actor: Actor,
        request: UUID
    ) async throws -> Outcome {
        let stream = number.stream(in: log.id)
        let law = try law(pin, at: now)
        var pin = pin
        if pin.serviceCalendar == nil { pin.serviceCalendar = try await serviceCalendar(of: stream, pin, law) }
        do throws(Case.ProcedureRejection) { try law.checkService(pin) } catch {
            throw Case.Rejection.procedure(error, law.rules.citation(of: error))
        }
        let opened = Case.Command.open(number: number, at: at, attributes: attributes, pin: pin, under: law)
        return try await handler.handle(opened, on: stream, actor: actor, request: request)
    }

    /// The service calendar of a case that names none: what it was pinned to before, so that the command can be repeated
    /// after another calendar has come; else the only one that there is.
    private func serviceCalendar(of stream: StreamName, _ pin: Case.RulePin, _ law: Case.Law) async throws -> String? {
        let before = try await CaseHistory(stream, in: log).state.progress.pin
        if let before, before.serviceCalendar != nil || !law.rules.countsServiceMinutes(pin) {
            return before.serviceCalendar
        }
        return law.serviceCalendars.count == 1 ? law.serviceCalendars.first : nil
    }

    /// Records a fact of a case's procedure. Errors: ``Case/Rejection``, ``CaseHistory/Problem``.
    public func record(
        _ fact: Case.ProcedureFact,
        of name: String,
        at: ZonedTime,
        now: Timestamp,
        actor: Actor,
        request: UUID
    ) async throws -> Outcome {
        let stream = try await CaseHistory.find(name, in: log)
        guard let pin = try await CaseHistory(stream, in: log).state.progress.pin else {
            throw Case.Rejection.procedure(.noRules, nil)
        }
        let command = Case.Command.record(fact, at: at, under: try law(pin, at: now))
        return try await handler.handle(command, on: stream, actor: actor, request: request)
    }

    /// Ends a case. Errors: ``Case/Rejection``, ``CaseHistory/Problem``.
    public func close(_ name: String, at: ZonedTime, now: Timestamp, actor: Actor, request: UUID) async throws
        -> Outcome
    {
        let stream = try await CaseHistory.find(name, in: log)
        let pin = try await CaseHistory(stream, in: log).state.progress.pin
        let command = Case.Command.close(at: at, under: try pin.map { try law($0, at: now) })
        return try await handler.handle(command, on: stream, actor: actor, request: request)
    }

    /// The clocks of a case at a moment (limits in days: at the end of its local day), by what was known at another.
    public func clocks(of history: CaseHistory, at moment: Timestamp, knownAt: Timestamp) throws -> [ClockReading] {
        guard let pin = history.state.progress.pin else { throw ClockProblem.noRules }
        let rules = try RulePackLibrary.pack(pin, folder: packs)
        let reader = CaseClocks(rules, zone: zone) { [calendars] code, moment in
            try calendars.serviceState(code, knownAt: moment)
        } calendar: { [calendars] moment in
            try rules.calendar.map { try calendars.calendar($0, knownAt: moment) }
        }
        return try reader.readings(of: history.ledger, at: moment, knownAt: knownAt)
    }

    private func law(_ pin: Case.RulePin, at now: Timestamp) throws -> Case.Law {
        let rules = try RulePackLibrary.pack(pin, folder: packs)
        guard let today = Moment.day(of: now, in: zone) else {
            throw Case.Rejection.procedure(.calendarUnknown("the clock"), nil)
        }
        return Case.Law(
            rules,
            calendar: try rules.calendar.map { try calendars.calendar($0, knownAt: now) },
            serviceCalendars: calendars.serviceCodes,
            today: today
        )
    }
}
