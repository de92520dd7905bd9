import EventStore
import WorkingTime

extension Case {
    /// Which rules a case goes by, and what its item adds to them. Pinned: a later version does not touch it.
    public struct RulePin: Sendable, Hashable {
        /// The pack's name.
        public var pack: String
        /// The pack's version.
        public var version: Int
        /// SHA-256 of the pack's file, base64: what exactly was pinned.
        public var digest: String
        /// The code of the service item; nil if none is named.
        public var item: String?
        /// The version of the item in the catalogue, and its digest; nil for a case that is not of the catalogue.
        public var itemVersion: Int?
        /// SHA-256 of that version, base64.
        public var itemDigest: String?
        /// The matter under which the item's results are sealed; nil where nothing is.
        public var seal: ShortName?
        /// How the organs work together on it.
        public var handling: RulePack.Handling
        /// The limit that the item's own law sets.
        public var statute: Limit?
        /// The limit that the centre promises for it.
        public var promise: Limit?
        /// The service calendar that limits in minutes of service are counted by; nil where the case has none.
        public var serviceCalendar: String?

        /// A pin.
        public init(
            _ pack: RulePack,
            item: String? = nil,
            handling: RulePack.Handling = .single,
            statute: Limit? = nil,
            promise: Limit? = nil,
            serviceCalendar: String? = nil
        ) {
            self.init(
                pack: pack.code,
                version: pack.version,
                digest: pack.digest,
                item: item,
                handling: handling,
                statute: statute,
                promise: promise,
                serviceCalendar: serviceCalendar
            )
        }

        /// A pin, member by member.
        public init(
            pack: String,
            version: Int,
            digest: String,
            item: String?,
            handling: RulePack.Handling,
            statute: Limit?,
            promise: Limit?,
            serviceCalendar: String? = nil
        ) {
            self.pack = pack
            self.version = version
            self.digest = digest
            self.item = item
            self.handling = handling
            self.statute = statute
            self.promise = promise
            self.serviceCalendar = serviceCalendar
        }

        /// A pin of an item of the catalogue: its limits are the case's.
        public init(_ pack: RulePack, version: CatalogueBook.Version, serviceCalendar: String?) {
            let item = version.item
            self.init(
                pack,
                item: item.code.rawValue,
                statute: item.statute,
                promise: item.promise,
                serviceCalendar: serviceCalendar
            )
            (itemVersion, itemDigest, seal) = (version.number, version.digest, item.seal)
        }

        /// Whether the case is of the catalogue.
        public var isOfCatalogue: Bool { itemDigest != nil }
    }

    /// The law as it stands for a decision: the pinned rules, the legal calendar that is known, and the day.
    public struct Law: Sendable {
        /// The rules.
        public var rules: RulePack
        /// The legal calendar; nil where the rules count no working days.
        public var calendar: WorkCalendar?
        /// The names of the local service calendars.
        public var serviceCalendars: [String]
        /// The local day on which the decision is made.
        public var today: CivilDate
        /// The moment at which it is made; nil where only the day is known.
        public var now: ZonedTime?
        /// The version of the item that the case is pinned to; nil for a case that is not of the catalogue.
        public var version: CatalogueBook.Version?
        /// That item.
        public var item: ServiceItem? { version?.item }

        /// The law.
        public init(
            _ rules: RulePack,
            calendar: WorkCalendar?,
            serviceCalendars: [String] = [],
            today: CivilDate,
            now: ZonedTime? = nil,
            version: CatalogueBook.Version? = nil
        ) {
            self.rules = rules
            self.calendar = calendar
            self.serviceCalendars = serviceCalendars
            self.today = today
            self.now = now
            self.version = version
        }
    }
}
