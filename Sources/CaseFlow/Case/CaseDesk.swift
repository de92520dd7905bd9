import EventStore
import Foundation
import WorkingTime

/// Where officers record what happens to a case: finds the case, the rules and the item that it goes by, the calendar that
/// is known and the post in which the officer acts, and hands the command to the decider.
///
/// It knows calendars, catalogue and network as they were when it was made: make a new one for each command of a shell,
/// and every so often in a service.
public struct CaseDesk: Sendable {
    /// The log in which it records.
    public let log: EventLog
    let zone: TimeZone
    let shelf: RulePackShelf
    private(set) var standings = StandingShelf()
    let calendars: CalendarBook
    let catalogue: CatalogueBook
    private(set) var network: NetworkBook
    let vault: @Sendable () async throws -> Vault?
    let handler: CommandHandler<Case, Case.Coding>

    /// A desk.
    /// - Parameters:
    ///   - zone: the centre's time zone, in which its days begin and end.
    ///   - packs: a folder of rule packs that do not come with the program.
    ///   - calendars: the legal calendars, as each was known when.
    ///   - catalogue: the service items, in all their versions.
    ///   - network: units, posts and officers.
    ///   - vault: opens the vault; nil where this process has no key. With it texts are held against the applicant's data.
    ///   - cachedStates: how many cases are kept in memory.
    public init(
        _ log: EventLog,
        zone: TimeZone,
        packs: String? = nil,
        calendars: CalendarBook,
        catalogue: CatalogueBook = CatalogueBook(),
        network: NetworkBook = NetworkBook(),
        vault: @escaping @Sendable () async throws -> Vault? = { nil },
        cachedStates: Int = 20_000
    ) {
        self.log = log
        self.zone = zone
        shelf = RulePackShelf(folder: packs)
        self.calendars = calendars
        self.catalogue = catalogue
        self.network = network
        self.vault = vault
        handler = CommandHandler(Case.self, Case.Coding.self, on: log, cachedStates: cachedStates)
    }

    /// The same desk, with another network: what has changed since this one was made is known to it. Cases that were read
    /// stay read.
    public func knowing(_ network: NetworkBook) -> CaseDesk {
        var desk = self
        desk.network = network
        desk.standings = StandingShelf()
        return desk
    }

    /// The state of a case whose stream is known.
    public func state(on stream: StreamName) async throws -> Case.State { try await handler.load(stream).state }

    /// What was recorded: the events, and the state that they lead to. No events: it was so already.
    public typealias Outcome = CommandHandler<Case, Case.Coding>.Outcome

    /// When and by whom something is done.
    public struct Act: Sendable {
        /// When it took effect, as the officer says.
        public var at: ZonedTime
        /// When the command is given.
        public var now: Timestamp
        /// Who gives it.
        public var actor: Actor
        /// The same id again is the same command again.
        public var request: UUID
        /// In which capacity, where that has to be said: an officer with one post only need not.
        public var hands: Hands?

        /// An act.
        public init(at: ZonedTime, now: Timestamp, actor: Actor, request: UUID, hands: Hands? = nil) {
            self.at = at
            self.now = now
            self.actor = actor
            self.request = request
            self.hands = hands
        }
    }

    /// The capacity in which an officer acts.
    public struct Hands: Sendable, Hashable {
        /// The unit; nil for the only one in which the officer can do it.
        public var unit: UnitCode?
        /// The role; nil for the only one.
        public var role: OfficerRole?

        /// A capacity.
        public init(unit: UnitCode? = nil, role: OfficerRole? = nil) { (self.unit, self.role) = (unit, role) }
    }

    /// A command that was refused, with what would be allowed now.
    public struct Refused: Error, CustomStringConvertible {
        /// Why.
        public let rejection: Case.Rejection
        /// What may be done instead.
        public let allowed: [Case.NextAct]

        /// Both, in one line.
        public var description: String {
            let names = allowed.filter(\.isOnTheWay).map { next in
                next.stage.map { "\(next.act) \($0)" } ?? next.act
            }
            var seen: Set<String> = []
            let told = names.filter { seen.insert($0).inserted }
            return told.isEmpty ? "\(rejection)" : "\(rejection); possible now: \(told.joined(separator: ", "))"
        }

        /// A rejection with what is allowed.
        init(_ rejection: Case.Rejection, allowed: [Case.NextAct]) {
            (self.rejection, self.allowed) = (rejection, allowed)
        }
    }

    // MARK: Cases with rules of their own choice

    /// Takes a case in, and pins the rules that it goes by. Where the pin names no service calendar, that is the only one
    /// of the log, if there is just one. Errors: ``Case/Rejection``, ``RulePackLibrary/Problem``.
    public func open(
        _ number: CaseNumber,
        attributes: [XESAttribute],
        under pin: Case.RulePin,
        _ act: Act
    ) async throws -> Outcome {
        let stream = number.stream(in: log.id)
        let law = try law(pin, at: act.now)
        var pin = pin
        if pin.serviceCalendar == nil { pin.serviceCalendar = try await serviceCalendar(of: stream, pin, law) }
        do throws(Case.ProcedureRejection) { try law.checkService(pin) } catch {
            throw Case.Rejection.procedure(error, law.rules.citation(of: error))
        }
        let opening = Case.Opening(number, pin: pin, attributes: attributes)
        return try await handle(.open(opening, at: act.at, under: law), on: stream, act, law)
    }

    // MARK: Cases of the catalogue

    /// Takes a case of an item in, in the version that is in force when it is received and under the item's rule pack.
    /// Errors: ``Case/Rejection``, ``CatalogueBook/Problem``, ``RulePackLibrary/Problem``.
    public func receive(
        _ number: CaseNumber,
        of code: ItemCode,
        _ intake: Case.Intake,
        attributes: [XESAttribute] = [],
        serviceCalendar: String? = nil,
        _ act: Act
    ) async throws -> Outcome {
        let stream = number.stream(in: log.id)
        func open(_ before: Case.RulePin?) async throws -> (Case.Command, Case.Law) {
            try await opening(number, code, intake, attributes, serviceCalendar, on: stream, act, before)
        }
        // Most cases that come in are new: no look whether this one is, the append finds that out.
        if !handler.knows(stream), let (command, _) = try? await open(nil),
            let outcome = try await handler.begin(command, on: stream, actor: act.actor, request: act.request)
        {
            return outcome
        }
        let (command, law) = try await open(try await handler.load(stream).state.progress.pin)
        return try await handle(command, on: stream, act, law)
    }

    /// The command that takes a case in. The same command again finds the version and the rules that it pinned `before`.
    private func opening(
        _ number: CaseNumber,
        _ code: ItemCode,
        _ intake: Case.Intake,
        _ attributes: [XESAttribute],
        _ serviceCalendar: String?,
        on stream: StreamName,
        _ act: Act,
        _ before: Case.RulePin?
    ) async throws -> (Case.Command, Case.Law) {
        let version: CatalogueBook.Version
        let rules: RulePack
        if let before, before.item == code.rawValue, let pin = before.catalogue {
            (version, rules) = (try catalogue.version(pin), try shelf.pack(before))
        } else {
            version = try catalogue.version(code, inForceAt: min(act.at.timestamp, act.now))
            rules = try shelf.newest(version.item.rulePack?.rawValue ?? RulePackLibrary.standard)
        }
        var pin = Case.RulePin(rules, version: version, serviceCalendar: serviceCalendar)
        if pin.serviceCalendar == nil {
            pin.serviceCalendar =
                before?.serviceCalendar ?? (calendars.serviceCodes.count == 1 ? calendars.serviceCodes[0] : nil)
        }
        let law = try law(pin, at: act.now)
        let standing = try await refusing(on: stream, act, law) {
            try check(intake, on: act.at.localDate)
            try await check(attributes.map(\.value), against: intake.applicant)
            return try self.standing(of: act, as: [.window, .agent], in: act.hands?.unit)
        }
        let opening = Case.Opening(number, pin: pin, attributes: attributes, intake: intake, by: standing)
        return (.open(opening, at: act.at, under: law), law)
    }

    /// Records a fact of a case's procedure. Errors: ``Refused``, ``Case/Rejection``, ``CaseHistory/Problem``.
    public func record(_ fact: Case.ProcedureFact, of name: String, _ act: Act) async throws -> Outcome {
        try await record(fact, on: try await CaseHistory.find(name, in: log), act)
    }

    /// The same for a case whose stream is known.
    public func record(_ fact: Case.ProcedureFact, on stream: StreamName, _ act: Act) async throws -> Outcome {
        let known = try await handler.load(stream)
        guard let pin = known.state.progress.pin else { throw Case.Rejection.procedure(.noRules, nil) }
        let law = try law(pin, at: act.now)
        var standing: Standing?
        var fact = fact
        // What the law itself brings about is recorded by the system, in nobody's post.
        let isOfItself = act.actor == Case.worker && Case.mayHappenByItself(fact)
        if !isOfItself, let work = known.state.work, let item = law.item {
            let place = fact.place(in: item, work)
            var who = act
            // Nobody acted on the day of receipt: who records it stands there on the day on which it is recorded.
            if case .accepted(isDeemed: true) = fact {
                let now = ZonedTime(microsecondsSinceEpoch: act.now.microseconds, offsetSeconds: 0)
                who.at = now?.shifted(to: zone) ?? act.at
            }
            standing = try await refusing(on: stream, act, law) {
                try check(fact, in: item, work, on: act.at.localDate)
                try await check(fact.texts, against: known.state.intake?.applicant)
                let standing = try self.standing(of: who, as: place.roles, in: act.hands?.unit ?? place.unit)
                try check(standing, worksOn: work, item, on: act.at.localDate)
                return standing
            }
            if case .sealed(var use) = fact, let standing {
                use.keeper = standing.officer
                fact = .sealed(use)
            }
        }
        return try await handle(.record(fact, at: act.at, under: law, by: standing), on: stream, act, law)
    }

    /// Ends a case. Errors: ``Refused``, ``Case/Rejection``, ``CaseHistory/Problem``.
    public func close(_ name: String, _ act: Act) async throws -> Outcome {
        try await close(on: try await CaseHistory.find(name, in: log), act)
    }

    /// The same for a case whose stream is known.
    public func close(on stream: StreamName, _ act: Act) async throws -> Outcome {
        let (law, standing) = try await lawAndStanding(of: stream, as: [.window, .agent, .director], act)
        return try await handle(.close(at: act.at, under: law, by: standing), on: stream, act, law)
    }

    /// Goes on with a case that has ended. Errors: ``Refused``, ``Case/Rejection``, ``CaseHistory/Problem``.
    public func reopen(_ name: String, reason: String, _ act: Act) async throws -> Outcome {
        let stream = try await CaseHistory.find(name, in: log)
        let (law, standing) = try await lawAndStanding(of: stream, as: [.director], act)
        if let law {
            let applicant = try await handler.load(stream).state.intake?.applicant
            try await refusing(on: stream, act, law) { try await check([reason], against: applicant) }
        }
        return try await handle(.reopen(at: act.at, reason: reason, under: law, by: standing), on: stream, act, law)
    }

    /// What may be done with a case now, and the state that it is in.
    public func next(_ name: String, at: ZonedTime, now: Timestamp) async throws -> (Case.State, [Case.NextAct]) {
        let stream = try await CaseHistory.find(name, in: log)
        let state = try await handler.load(stream).state
        guard let pin = state.progress.pin else { throw Case.Rejection.procedure(.noRules, nil) }
        return (state, Case.next(state, at: at, under: try law(pin, at: now)))
    }

    /// The unit in which an officer would act in one of these roles. Errors: ``Case/Rejection``.
    public func unit(of act: Act, as roles: [OfficerRole]) throws(Case.Rejection) -> UnitCode {
        do throws(Case.ServiceRejection) {
            return try standing(of: act, as: roles, in: act.hands?.unit).unit
        } catch {
            throw .service(error, "rule: \(error.obligation.title[.english])")
        }
    }

    /// What a citizen has to hand in for an item that is received at a moment, by the names that records know it by.
    public func materials(of code: ItemCode, at moment: Timestamp) throws -> [String] {
        try catalogue.version(code, inForceAt: moment).item.materials.filter(\.isHandedIn).map(\.key)
    }

    /// The clocks of a case at a moment (limits in days: at the end of its local day), by what was known at another.
    public func clocks(of history: CaseHistory, at moment: Timestamp, knownAt: Timestamp) throws -> [ClockReading] {
        guard let pin = history.state.progress.pin else { throw ClockProblem.noRules }
        let rules = try shelf.pack(pin)
        let reader = CaseClocks(rules, zone: zone) { [calendars] code, moment in
            try calendars.serviceState(code, knownAt: moment)
        } calendar: { [calendars] moment in
            try rules.calendar.map { try calendars.calendar($0, knownAt: moment) }
        }
        return try reader.readings(of: history.ledger, at: moment, knownAt: knownAt)
    }
}
