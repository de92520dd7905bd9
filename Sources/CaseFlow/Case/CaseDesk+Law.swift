import EventStore
import Foundation
import WorkingTime

extension CaseDesk {
    /// Hands a command to the decider; a refusal comes back with what is allowed now.
    func handle(_ command: Case.Command, on stream: StreamName, _ act: Act, _ law: Case.Law?) async throws -> Outcome {
        do {
            return try await handler.handle(command, on: stream, actor: act.actor, request: act.request)
        } catch let rejection as Case.Rejection {
            throw try await refused(rejection, on: stream, act, law)
        }
    }

    /// A rejection with what is allowed now, where the case and its law are known.
    func refused(_ rejection: Case.Rejection, on stream: StreamName, _ act: Act, _ law: Case.Law?) async throws
        -> any Error
    {
        guard let law else { return rejection }
        let state = try await handler.load(stream).state
        if state.phase == .unknown { return rejection }
        return Refused(rejection, allowed: Case.next(state, at: law.now ?? act.at, under: law))
    }

    /// Does what the network or the vault may refuse; the refusal comes back like one of the decider.
    func refusing<Answer>(
        on stream: StreamName,
        _ act: Act,
        _ law: Case.Law,
        _ body: () async throws -> Answer
    ) async throws -> Answer {
        do {
            return try await body()
        } catch let rejection as Case.ServiceRejection {
            throw try await refused(law.refusal(rejection), on: stream, act, law)
        }
    }

    /// The law as it is known at a moment, for a case that is pinned so.
    func law(_ pin: Case.RulePin, at now: Timestamp) throws -> Case.Law {
        let rules = try shelf.pack(pin)
        guard let today = Moment.day(of: now, in: zone) else {
            throw Case.Rejection.procedure(.calendarUnknown("the clock"), nil)
        }
        return Case.Law(
            rules,
            calendar: try rules.calendar.map { try calendars.calendar($0, knownAt: now) },
            serviceCalendars: calendars.serviceCodes,
            today: today,
            now: ZonedTime(microsecondsSinceEpoch: now.microseconds, offsetSeconds: 0)?.shifted(to: zone),
            version: try pin.catalogue.map(catalogue.version)
        )
    }

    /// The law of a case and the post of the one who acts; nil where the case has none.
    func lawAndStanding(of stream: StreamName, as roles: [OfficerRole], _ act: Act) async throws
        -> (Case.Law?, Standing?)
    {
        let state = try await handler.load(stream).state
        let law = try state.progress.pin.map { try self.law($0, at: act.now) }
        guard let work = state.work, let law else { return (law, nil) }
        let standing = try await refusing(on: stream, act, law) {
            let standing = try self.standing(of: act, as: roles, in: act.hands?.unit)
            if let item = law.item { try check(standing, worksOn: work, item, on: act.at.localDate) }
            return standing
        }
        return (law, standing)
    }

    /// The service calendar of a case that names none: what it was pinned to before, so that the command can be repeated
    /// after another calendar has come; else the only one that there is.
    func serviceCalendar(of stream: StreamName, _ pin: Case.RulePin, _ law: Case.Law) async throws -> String? {
        let before = try await handler.load(stream).state.progress.pin
        if let before, before.serviceCalendar != nil || !law.rules.countsServiceMinutes(pin) {
            return before.serviceCalendar
        }
        return law.serviceCalendars.count == 1 ? law.serviceCalendars.first : nil
    }

    /// What is wrong with the fees of a case, in a sentence with the article that says so; nil where nothing is, and for a
    /// case that is of no item of the catalogue. Errors: ``CatalogueBook/Problem``, ``RulePackLibrary/Problem``.
    public func feeWarning(on state: Case.State) throws -> String? {
        guard let work = state.work, let pin = state.progress.pin, let item = pin.catalogue else { return nil }
        let version = try catalogue.version(item)
        guard let excess = Case.FeeExcess(charged: work.charged, of: version.item, version: version.number) else {
            return nil
        }
        let rule = try shelf.pack(pin).citation(of: excess.obligation)
        let charged = ServiceItem.Fee.yuan(fen: excess.charged)
        return
            "\(charged) yuan charged in all, but \(excess.words[.english]) (\(rule)); it is recorded, and inspection finds it"
    }
}

extension Case.RulePin {
    /// The version of the catalogue that the case is pinned to; nil for a case that is not of the catalogue.
    var catalogue: CatalogueBook.Pin? {
        guard let item, let code = ItemCode(rawValue: item), let itemVersion, let itemDigest else { return nil }
        return CatalogueBook.Pin(code: code, version: itemVersion, digest: itemDigest)
    }
}

extension Case.ProcedureFact {
    /// Where it is done on a case: the roles that will do, and the unit if it has to be a certain one.
    func place(in item: ServiceItem, _ work: Case.Work) -> (roles: [OfficerRole], unit: UnitCode?) {
        let name: String? =
            switch self {
            case .stageSigned(let stage, _, _), .returned(let stage, _, _, _): stage
            case .decided: item.decision?.name.rawValue
            default: nil
            }
        guard let stage = name.flatMap({ item.stage($0) }) else { return (roles, nil) }
        return ([stage.role], work.unit(of: stage))
    }
}
