import EventStore
import WorkingTime

/// Places and people: the units of a county with their posts, and the officers. All answers are for a local day.
///
/// It is a value: what was known at some moment (``NetworkBook``), or what a file says. Looking up a unit, a post or an
/// officer costs a look into a dictionary.
public struct Network: Sendable, Hashable {
    /// A post that an officer holds.
    public struct Posting: Sendable, Hashable {
        /// The post.
        public var post: PostCode
        /// Its role.
        public var role: OfficerRole
        /// As what.
        public var holder: PostHolder
        /// Since when.
        public var since: CivilDate
    }

    /// A post, and who holds it.
    public struct Seat: Sendable, Hashable {
        /// The post.
        public var post: PostCode
        /// Its role.
        public var role: OfficerRole
        /// A; nil where it is vacant.
        public var a: OfficerID?
        /// B; nil where it is vacant.
        public var b: OfficerID?
    }

    /// What is known of each unit.
    public private(set) var units: [UnitCode: NetworkUnit.State] = [:]
    /// What is known of each officer.
    public private(set) var officers: [OfficerID: Officer.State] = [:]
    /// The units that ever belonged to a unit.
    private var belonging: [UnitCode: Set<UnitCode>] = [:]
    /// The posts that an officer ever held.
    private var held: [OfficerID: Set<PostCode>] = [:]

    /// No units, no officers.
    public init() {}

    /// Takes in the next event of a unit.
    public mutating func take(_ event: UnitEvent, of unit: UnitCode) {
        NetworkUnit.evolve(&units[unit, default: NetworkUnit.initial], event)
        switch event.fact {
        case .established(let profile, _), .changed(let profile, _):
            if let parent = profile.parent { belonging[parent, default: []].insert(unit) }
        case .postFilled(let post, _, let officer, _): held[officer, default: []].insert(PostCode(unit, post))
        case .closed, .postCreated, .postAbolished, .postVacated, .dutySet, .dutyEnded: break
        }
    }

    /// Takes in the next event of an officer.
    public mutating func take(_ event: OfficerEvent, of officer: OfficerID) {
        Officer.evolve(&officers[officer, default: Officer.initial], event)
    }

    /// What a unit is on a day; nil where there is none, or it is not open.
    public func unit(_ code: UnitCode, on day: CivilDate) -> UnitProfile? { units[code]?.profile(on: day) }

    /// The units that are open on a day, by their codes.
    public func open(on day: CivilDate) -> [UnitProfile] {
        units.values.compactMap { $0.profile(on: day) }.sorted { $0.code < $1.code }
    }

    /// The open units that belong to a unit on a day, by their codes.
    public func children(of code: UnitCode, on day: CivilDate) -> [UnitProfile] {
        let candidates = belonging[code, default: []].compactMap { unit($0, on: day) }
        return candidates.filter { $0.parent == code }.sorted { $0.code < $1.code }
    }

    /// The villages' stations that are open on a day, by their codes.
    public func villageStations(on day: CivilDate) -> [UnitCode] {
        open(on: day).filter { $0.kind == .villageStation }.map(\.code)
    }

    /// The posts of a unit on a day, and those of its windows, by their codes.
    public func seats(in code: UnitCode, as role: OfficerRole? = nil, on day: CivilDate) -> [Seat] {
        guard unit(code, on: day) != nil else { return [] }
        var seats = ownSeats(in: code, as: role, on: day)
        for child in belonging[code, default: []] {
            guard let profile = unit(child, on: day), profile.kind == .window, profile.parent == code else { continue }
            seats += ownSeats(in: child, as: role, on: day)
        }
        return seats.sorted { $0.post < $1.post }
    }

    /// The posts of a unit, and those of its windows, that an officer holds on a day, by their codes.
    func seats(of officer: OfficerID, in code: UnitCode, as role: OfficerRole, on day: CivilDate) -> [Seat] {
        let seats = held[officer, default: []].compactMap { post -> Seat? in
            guard let seat = seat(post, on: day), seat.role == role, seat.a == officer || seat.b == officer
            else { return nil }
            if post.unit == code { return seat }
            guard let profile = unit(post.unit, on: day), profile.kind == .window, profile.parent == code
            else { return nil }
            return seat
        }
        return seats.sorted { $0.post < $1.post }
    }

    private func ownSeats(in code: UnitCode, as role: OfficerRole?, on day: CivilDate) -> [Seat] {
        units[code]?.posts.compactMap { name, post in
            guard let own = post.role(on: day), role == nil || own == role else { return nil }
            return Seat(
                post: PostCode(code, name),
                role: own,
                a: post.officer(.a, on: day),
                b: post.officer(.b, on: day)
            )
        } ?? []
    }

    /// Who holds a post on a day; nil where there is no such post, its unit is not open, or it is vacant.
    public func holder(of post: PostCode, _ holder: PostHolder = .a, on day: CivilDate) -> OfficerID? {
        seat(post, on: day).flatMap { holder == .a ? $0.a : $0.b }
    }

    /// A post on a day; nil where there is none, or its unit is not open.
    public func seat(_ code: PostCode, on day: CivilDate) -> Seat? {
        guard unit(code.unit, on: day) != nil, let post = units[code.unit]?.posts[code.name],
            let role = post.role(on: day)
        else { return nil }
        return Seat(post: code, role: role, a: post.officer(.a, on: day), b: post.officer(.b, on: day))
    }

    /// The posts that an officer holds on a day, by their codes.
    public func postings(of officer: OfficerID, on day: CivilDate) -> [Posting] {
        held[officer, default: []].sorted().flatMap { code -> [Posting] in
            guard let seat = seat(code, on: day), let post = units[code.unit]?.posts[code.name] else { return [] }
            return PostHolder.allCases.compactMap { holder in
                guard let span = post.line(holder).span(on: day), span.value == officer else { return nil }
                return Posting(post: code, role: seat.role, holder: holder, since: span.from)
            }
        }
    }

    /// Whether an officer is in service and not away on a day.
    public func isPresent(_ officer: OfficerID, on day: CivilDate) -> Bool {
        officers[officer]?.isPresent(on: day) ?? false
    }

    /// What a catalogue has to know of it, for a day.
    public func on(_ day: CivilDate) -> OnDay { OnDay(network: self, day: day) }

    /// A network on a day.
    public struct OnDay: KnownNetwork {
        /// The network.
        public let network: Network
        /// The day.
        public let day: CivilDate

        /// How many posts of each role a unit has, those of its windows included; nil where it is not open. A and B of a
        /// post are one: B acts only while A is away.
        public func posts(of unit: UnitCode) -> [OfficerRole: Int]? {
            guard network.unit(unit, on: day) != nil else { return nil }
            return Dictionary(grouping: network.seats(in: unit, on: day), by: \.role).mapValues(\.count)
        }

        /// The villages' stations, in the order of their codes.
        public var villageStations: [UnitCode] { network.villageStations(on: day) }
    }
}
