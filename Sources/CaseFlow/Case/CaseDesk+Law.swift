import EventStore
import Foundation
import WorkingTime

extension CaseDesk {
    /// Hands a command to the decider; a refusal comes back with what is allowed now.
    func handle(_ command: Case.Command, on stream: StreamName, _ act: Act, _ law: Case.Law?) async throws -> Outcome {
        do {
            return try await handler.handle(command, on: stream, actor: act.actor, request: act.request)
        } catch let rejection as Case.Rejection {
            guard let law else { throw rejection }
            let state = try await handler.load(stream).state
            if state.phase == .unknown { throw rejection }
            throw Refused(rejection, allowed: Case.next(state, at: act.at, under: law))
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
            version: try pin.catalogue.map(catalogue.version)
        )
    }

    /// The law of a case and the post of the one who acts; nil where the case has none.
    func lawAndStanding(of stream: StreamName, as roles: [OfficerRole], _ act: Act) async throws
        -> (Case.Law?, Standing?)
    {
        let state = try await handler.load(stream).state
        let law = try state.progress.pin.map { try self.law($0, at: act.now) }
        if state.work == nil { return (law, nil) }
        return (law, try standing(of: act, as: roles, in: act.hands?.unit))
    }

    /// The capacity in which an officer acts: as said, or the first of those that the officer has on the day and that
    /// will do. Errors: ``NoStanding``, ``NoCapacity``.
    func standing(of act: Act, as roles: [OfficerRole], in unit: UnitCode?) throws -> Standing {
        guard let officer = OfficerID(actor: act.actor) else { throw NoCapacity(.noOfficer(act.actor)) }
        let question = StandingShelf.Question(
            officer: officer,
            unit: unit,
            roles: roles,
            role: act.hands?.role,
            day: act.at.localDate
        )
        return try standings.standing(question) { try look(question, act) }
    }

    private func look(_ question: StandingShelf.Question, _ act: Act) throws -> Standing {
        let (officer, unit, roles, day) = (question.officer, question.unit, question.roles, question.day)
        let known = network.latest
        if let unit, let role = act.hands?.role { return try known.standing(of: officer, in: unit, as: role, on: day) }
        let wanted = act.hands?.role.map { [$0] } ?? roles
        let postings = known.postings(of: officer, on: day)
        let fitting = postings.filter { posting in
            (wanted.isEmpty || wanted.contains(posting.role)) && (unit.map { $0 == posting.post.unit } ?? true)
        }
        var refused: NoStanding?
        for posting in fitting {
            do throws(NoStanding) {
                return try known.standing(of: officer, in: posting.post.unit, as: posting.role, on: day)
            } catch {
                refused = refused ?? error
            }
        }
        if let refused { throw refused }
        if let unit, wanted.count == 1 { return try known.standing(of: officer, in: unit, as: wanted[0], on: day) }
        // Another post will not do, but the decider says that better: with what it rests on and what is allowed.
        if let other = postings.first {
            return try known.standing(of: officer, in: other.post.unit, as: other.role, on: day)
        }
        throw NoCapacity(.noPost(officer, day))
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
}

/// Why nobody can be named in whose hands something lies.
public struct NoCapacity: Error, Sendable, Hashable, CustomStringConvertible {
    /// Why.
    public enum Reason: Sendable, Hashable {
        /// The actor is no officer.
        case noOfficer(Actor)
        /// The officer holds no post on that day.
        case noPost(OfficerID, CivilDate)
    }

    /// Why.
    public let reason: Reason

    init(_ reason: Reason) { self.reason = reason }

    /// Why, and what to do.
    public var description: String {
        switch reason {
        case .noOfficer(let actor): "'\(actor)' is no officer: a case of the catalogue is worked on by officer/…"
        case .noPost(let officer, let day):
            "\(officer) holds no post on \(day): `caseflowd network officer \(officer)` shows which there were"
        }
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
