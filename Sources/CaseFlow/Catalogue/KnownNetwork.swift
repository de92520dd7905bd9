import EventStore

/// What a catalogue has to know of a network of places and people: which units there are, and which posts they have.
public protocol KnownNetwork: Sendable {
    /// How many posts of each role a unit has; nil where there is no such unit.
    func posts(of unit: UnitCode) -> [OfficerRole: Int]?
    /// The villages' stations, in the order of their codes.
    var villageStations: [UnitCode] { get }
}

/// Units and posts as a small catalogue's own file lists them: counts, without officers. A ``Network`` tells the same and more.
public struct NetworkOutline: KnownNetwork, Sendable, Hashable {
    /// A unit.
    public struct Unit: Sendable, Hashable {
        /// Its code.
        public var code: UnitCode
        /// Its name.
        public var name: LocalizedText?
        /// Whether it is a village's station.
        public var isVillage: Bool
        /// How many posts of each role it has. A and B of a post count as one: they never act side by side.
        public var posts: [OfficerRole: Int]

        /// A unit.
        public init(
            _ code: UnitCode,
            name: LocalizedText? = nil,
            isVillage: Bool = false,
            posts: [OfficerRole: Int] = [:]
        ) {
            (self.code, self.name, self.isVillage, self.posts) = (code, name, isVillage, posts)
        }
    }

    /// All units, by their codes.
    public private(set) var units: [UnitCode: Unit]

    /// A network; of units with one code the first counts.
    public init(_ units: [Unit]) {
        self.units = Dictionary(units.map { ($0.code, $0) }) { first, _ in first }
    }

    /// How many posts of each role a unit has; nil where there is no such unit.
    public func posts(of unit: UnitCode) -> [OfficerRole: Int]? { units[unit]?.posts }

    /// The villages' stations, in the order of their codes.
    public var villageStations: [UnitCode] { units.values.filter(\.isVillage).map(\.code).sorted() }
}

/// Several networks as one; of units with one code the first network's counts.
public struct JoinedNetwork: KnownNetwork {
    private let parts: [any KnownNetwork]

    /// The networks together; nil where there is none.
    public init?(_ parts: [any KnownNetwork]) {
        if parts.isEmpty { return nil }
        self.parts = parts
    }

    /// How many posts of each role a unit has; nil where there is no such unit.
    public func posts(of unit: UnitCode) -> [OfficerRole: Int]? {
        parts.lazy.compactMap { $0.posts(of: unit) }.first
    }

    /// The villages' stations, in the order of their codes.
    public var villageStations: [UnitCode] { Set(parts.flatMap(\.villageStations)).sorted() }
}
