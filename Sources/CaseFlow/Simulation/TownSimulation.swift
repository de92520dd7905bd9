import EventStore
import Foundation
import WorkingTime

/// Plays a town: citizens come, officers work, and everything that they do is recorded by the same desks as the work of a
/// real town, on a log that is a simulation. Discrete events: between two things that happen no time is spent.
///
/// The same profile, files, seed, days and number of cases give the same log, event by event, under the same log's name.
/// Memory is bounded by the cases that are not over, whatever the number of days.
public actor TownSimulation {
    /// How a town is played.
    public struct Options: Sendable {
        /// The first day.
        public var from: CivilDate
        /// So many days are played, the first one included.
        public var days: Int
        /// What all numbers are drawn from.
        public var seed: UInt64
        /// How many cases come; nil for as many as the profile says. Where more come than that, officers work faster by as
        /// much, as if the town had more of them.
        public var cases: Int?

        /// How a town is played.
        public init(from: CivilDate, days: Int, seed: UInt64, cases: Int? = nil) {
            (self.from, self.days, self.seed, self.cases) = (from, days, seed, cases)
        }
    }

    /// Why a town cannot be played.
    public struct Problem: Error, Sendable, CustomStringConvertible {
        /// What is wrong and what to do.
        public let description: String

        init(_ description: String) { self.description = description }
    }

    let log: EventLog
    let vault: Vault
    let clock: SimulatedClock
    let ids: SimulatedSource
    let profile: TownProfile
    let options: Options
    let zone: TimeZone
    let citizens: InventedCitizens
    let population: Int
    let progress: @Sendable (Int, Int) -> Void

    var random: SimulationRandom
    var tally = SimulationTally()
    var moments = SimulationQueue<SimulatedMoment>()
    var now: Int64 = 0

    // What was brought into the log before the first day.
    var desk: CaseDesk
    var networkBook = NetworkBook()
    var legal: WorkCalendar
    var items: [ServiceItem] = []
    var itemsByChannel: [ServiceItem.Channel: [ServiceItem]] = [:]
    var villages: [UnitCode] = []
    var points: [UnitCode: [UnitCode]] = [:]
    var officers: [OfficerID] = []
    var partners: [OfficerID: Set<OfficerID>] = [:]
    var director = OfficerID(trusted: "nobody")

    // The day that is played.
    var today: CivilDate
    var midnight: Int64 = 0
    var hours: [Range<Int64>] = []
    var countyHours: [Range<Int64>] = []

    // The cases that are not over, and the places at which work waits.
    var cases: [Int: SimulatedCase] = [:]
    var places: [SimulatedPlace: WorkingPlace] = [:]
    var placeOrder: [SimulatedPlace] = []
    var placesOf: [OfficerID: [SimulatedPlace]] = [:]
    var busyUntil: [OfficerID: Int64] = [:]

    // The arrivals.
    let total: Int
    var arrived = 0
    var weightSoFar = 0.0
    var weightInAll = 0.0
    let pace: Double

    /// A place with its work, the most urgent first, and those who serve it today.
    struct WorkingPlace {
        var waiting = SimulationQueue<SimulatedTask>()
        var officers: [OfficerID] = []
        let isOfCounty: Bool
    }

    /// Makes a simulation on a log that was created with the clock, and brings calendar, network and catalogue into it,
    /// through their desks, at six in the morning of the first day. The log must be empty.
    /// Errors: ``Problem``, those of the desks, `AppendError`.
    public init(
        _ profile: TownProfile,
        network: NetworkFile,
        catalogue: CatalogueFile,
        on log: EventLog,
        vault: Vault,
        clock: SimulatedClock,
        options: Options,
        progress: @escaping @Sendable (_ done: Int, _ of: Int) -> Void = { _, _ in }
    ) async throws {
        guard let zone = TimeZone(identifier: profile.zone) else {
            throw Problem("the profile's time zone '\(profile.zone)' is not known; give an IANA name, as Asia/Shanghai")
        }
        guard options.days >= 1, let last = options.from.adding(days: options.days), last < CivilDate.last,
            let start = SimulatedClock.start(of: options.from, in: zone)
        else { throw Problem("\(options.days) days from \(options.from) on are not in the calendar") }
        guard clock.now == start else { throw Problem("the clock of the simulation does not stand at \(start)") }
        if try await log.head() > 0 {
            throw Problem("log \(log.id) holds events already; a simulation begins with an empty log: name another one")
        }
        (self.profile, self.options, self.log, self.vault, self.clock) = (profile, options, log, vault, clock)
        (self.zone, self.progress, today) = (zone, progress, options.from)
        random = SimulationRandom(seed: options.seed, of: "town")
        ids = SimulatedSource(seed: options.seed, of: "requests")
        citizens = InventedCitizens(seed: options.seed, town: profile.town, region: profile.region)
        let usual = Double(profile.cases) * Double(options.days) / Double(profile.days)
        total = options.cases ?? max(1, Int(usual.rounded()))
        pace = max(1, Double(total) / max(1, usual))
        population = max(500, min(2_000_000, total * 6 / 10 + 200))
        let book = try await Self.enter(profile, network, catalogue, on: log, clock, ids, options, zone)
        desk = CaseDesk(
            log,
            zone: zone,
            calendars: book.calendars,
            catalogue: book.catalogue,
            network: book.network,
            cachedStates: 1000
        )
        networkBook = book.network
        legal = try book.calendars.latest("cn")
        items = book.catalogue.codes.compactMap { book.catalogue.entries[$0]?.inForce?.item }
        try learn()
    }

    /// What is in the log before the first day.
    private struct Books {
        let calendars: CalendarBook
        let catalogue: CatalogueBook
        let network: NetworkBook
    }

    private static func enter(
        _ profile: TownProfile,
        _ network: NetworkFile,
        _ catalogue: CatalogueFile,
        on log: EventLog,
        _ clock: SimulatedClock,
        _ ids: SimulatedSource,
        _ options: Options,
        _ zone: TimeZone
    ) async throws -> Books {
        let moment = clock.now
        let actor = ShippedCalendars.actor
        try await ShippedCalendars.program().adopt(in: log, at: moment, request: ids.id())
        var plan = ServiceCalendar.Plan(weekly: [:], follows: "cn", makeUp: profile.hours)
        for day in Weekday.allCases where day != .saturday && day != .sunday { plan.weekly[day] = profile.hours }
        if let market = profile.market {
            plan.marketDays = [
                try ServiceHours.MarketDays(from: market.first, every: market.every, hours: market.hours)
            ]
        }
        _ = try await CommandHandler(ServiceCalendar.self, CalendarEventCoding.self, on: log).handle(
            .set(plan, by: actor, at: moment),
            on: try CalendarStream.of(profile.town.rawValue.lowercased()),
            actor: actor,
            request: ids.id()
        )
        // A file may begin later than the simulation does: then all of it begins with the simulation.
        func first(_ day: CivilDate?) -> CivilDate? { day.flatMap { $0 <= options.from ? $0 : nil } }
        let officers = network.officers.map { OfficerEntry($0.entry.officer, from: first($0.entry.from)) }
        let units = network.units.map { unit in
            var entry = unit.entry
            entry.from = first(entry.from)
            return entry
        }
        _ = try await NetworkDesk(log, requests: { ids.id() }).enter(
            officers: officers,
            units: units,
            on: options.from,
            at: moment,
            actor: actor
        )
        _ = try await CatalogueDesk(log, requests: { ids.id() }).enter(
            catalogue.entries.map(\.item),
            at: moment,
            actor: actor
        )
        return Books(
            calendars: try await CalendarBook.load(log, zone: zone),
            catalogue: try await CatalogueBook.load(log),
            network: try await NetworkBook.load(log)
        )
    }

    /// Plays the days. Errors: those of the desks and the log; a command that the rules refuse is counted, not thrown.
    public func run() async throws {
        for offset in 0..<options.days {
            if let day = options.from.adding(days: offset) { weightInAll += weight(of: day) }
        }
        guard weightInAll > 0 else {
            throw Problem(
                "the hall is not open on any of the \(options.days) days from \(options.from) on; play more days"
            )
        }
        let end = instant(options.from.adding(days: options.days) ?? today, second: 0)
        schedule(.day(options.from), at: instant(options.from, second: 7 * 3600))
        while let first = moments.firstRank, first < end, let (at, moment) = moments.pop() {
            try Task.checkCancellation()
            now = max(now, at)
            try await play(moment)
        }
        now = end
        clock.set(Timestamp(microseconds: end))
        progress(options.days, options.days)
    }

    private func play(_ moment: SimulatedMoment) async throws {
        switch moment {
        case .day(let day): try await begin(day)
        case .opening: for place in placeOrder { dispatch(place) }
        case .ready(let task, let place): put(task, at: place)
        case .done(let task, let place, let officer):
            try await perform(task, at: place, by: officer)
            for other in placesOf[officer] ?? [] { dispatch(other) }
        }
    }

    func schedule(_ moment: SimulatedMoment, at time: Int64) { moments.push(moment, rank: time) }
}
