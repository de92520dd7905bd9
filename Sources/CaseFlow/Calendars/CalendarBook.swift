import EventStore
import Foundation
import WorkingTime

/// No calendar of that name, or none was known at that moment.
public struct CalendarUnknown: Error, Sendable, Hashable, CustomStringConvertible {
    /// The name that was asked for.
    public let code: String
    /// What was wrong, and what there is.
    public let description: String
}

/// All calendars as they were known at any moment: those that come with the program, joined with those of a log.
///
/// What came with the program when the log was begun is known since the beginning of the day of its notice, in the log's
/// zone. What a log holds is known since the moment at which its confirmation was *recorded*, whatever day the notice
/// bears; what a later program brought, since the log's adoption of it was recorded. A log that has adopted nothing goes
/// by all that the program ships, as if it were begun with it. So a later entry never changes what was known before. All
/// calendars are made once, when the book is made; looking one up costs a hash and a binary search.
public struct CalendarBook: Sendable {
    /// One state of a legal calendar.
    public struct Version: Sendable {
        /// The calendar; its version's number is the place of this state in the history, from 1.
        public let calendar: WorkCalendar
        /// From this moment on it was known.
        public let knownSince: Timestamp
        /// The date of the notice.
        public let noticeDate: CivilDate
        /// The number of the notice; empty where there is none.
        public let notice: String
        /// The year that it published; nil for an amendment.
        public let year: Int?
        /// The entry of the log; nil for what comes with the program.
        public let entry: Int?
        /// Whether it came with a later program than that with which the log was begun: then it is known since it was
        /// adopted.
        public let isAdopted: Bool
        /// Who entered and who confirmed it; nil for what comes with the program.
        public let enteredBy, confirmedBy: Actor?

        /// From 1.
        public var number: Int { calendar.version.number }
    }

    /// Hours of service as they were set at one time.
    public struct ServiceVersion: Sendable {
        /// The plan.
        public let plan: ServiceCalendar.Plan
        /// From this day on it was set; nil for all days.
        public let from: CivilDate?
        /// When it was recorded.
        public let knownSince: Timestamp
        /// Who set it.
        public let setBy: Actor
    }

    /// A service calendar as it was known at a moment: the hours of each day by what was set last for it, with the legal
    /// calendar that they follow as known then.
    public struct ServiceState: Sendable {
        /// The service calendar's name.
        public let code: String
        /// Which setting of its hours, from 1.
        public let version: Int
        /// The hours.
        public let hours: ServiceHours

        /// A state.
        public init(code: String, version: Int, hours: ServiceHours) {
            self.code = code
            self.version = version
            self.hours = hours
        }

        /// Its name and version, for people.
        public var title: LocalizedText {
            LocalizedText("service calendar \(code), version \(version)", "服务日历 \(code) 第 \(version) 版")
        }
    }

    /// What a log has adopted of a calendar.
    public struct Adopted: Sendable, Hashable {
        /// The adoption.
        public let adoption: CalendarAdoption
        /// When it was recorded.
        public let recordedAt: Timestamp
        /// By whom.
        public let actor: Actor
    }

    /// One confirmed entry, with what is known about it.
    struct Item {
        let knownSince: Timestamp
        let noticeDate: CivilDate
        let notice: String
        let year: Int?
        /// The calendar's week; of a publication.
        let week: WorkWeek?
        let changes: [CalendarHistory.Change]
        var isAdopted = false
        var entry: Int?
        var enteredBy, confirmedBy: Actor?
    }

    /// The zone in which the days of notices begin.
    public let zone: TimeZone
    /// What the program ships.
    let shipped: ShippedCalendars
    /// What the log has adopted of it, by the calendar's code, in order.
    public internal(set) var adoptions: [String: [Adopted]] = [:]
    /// How many entries of each calendar the program ships that the log has not adopted yet: it does when a process opens
    /// it to write. Nothing of a log that has adopted nothing.
    public internal(set) var outstanding: [String: Int] = [:]
    var legal: [String: [Version]] = [:]
    var service: [String: [ServiceVersion]] = [:]
    /// The states of each service calendar, and since when each was known, in order.
    var serviceStates: [String: [(knownSince: Timestamp, state: Result<ServiceState, any Error>)]] = [:]
    /// Entries of the log that wait for a second person, by the calendar's code.
    public internal(set) var waiting: [String: [LegalCalendar.Held]] = [:]

    /// The calendars that come with a program; this one, if none is given.
    public init(zone: TimeZone, shipped: ShippedCalendars? = nil) throws(CalendarHistory.NotShipped) {
        self.zone = zone
        self.shipped = if let shipped { shipped } else { try ShippedCalendars.program() }
        for (code, history) in self.shipped.histories {
            legal[code] = Self.versions(code, Self.items(history, in: zone))
        }
    }

    /// The legal calendars' names, in order.
    public var codes: [String] { legal.keys.sorted() }

    /// The local service calendars' names, in order.
    public var serviceCodes: [String] { service.keys.sorted() }

    /// The calendar as it was known at a moment.
    public func calendar(_ code: String, knownAt moment: Timestamp) throws(CalendarUnknown) -> WorkCalendar {
        let versions = try versionsOf(code)
        var (low, high) = (0, versions.count)
        while low < high {
            let middle = (low + high) / 2
            if versions[middle].knownSince <= moment { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else {
            throw CalendarUnknown(
                code: code,
                description: "nothing of calendar \(code) was known at \(moment), only since \(versions[0].knownSince)"
            )
        }
        return versions[low - 1].calendar
    }

    /// The calendar as it is known by all entries.
    public func latest(_ code: String) throws(CalendarUnknown) -> WorkCalendar {
        let versions = try versionsOf(code)
        return versions[versions.count - 1].calendar
    }

    /// A state of the calendar by its number.
    public func calendar(_ code: String, version: Int) throws(CalendarUnknown) -> WorkCalendar {
        let versions = try versionsOf(code)
        guard versions.indices.contains(version - 1) else {
            throw CalendarUnknown(
                code: code,
                description: "calendar \(code) has no version \(version), only 1 to \(versions.count)"
            )
        }
        return versions[version - 1].calendar
    }

    /// All states of a calendar in the order in which they became known; empty for a name that is not known.
    public func versions(_ code: String) -> [Version] { legal[code] ?? [] }

    /// All settings of a service calendar in order; empty for a name that is not known.
    public func serviceVersions(_ code: String) -> [ServiceVersion] { service[code] ?? [] }

    /// The hours of service as they were known at a moment, with the legal calendar that they follow as known then.
    public func serviceHours(_ code: String, knownAt moment: Timestamp) throws -> ServiceHours {
        try serviceState(code, knownAt: moment).hours
    }

    /// A service calendar as it was known at a moment. Throws ``CalendarUnknown``, `ServiceHours.Invalid`.
    public func serviceState(_ code: String, knownAt moment: Timestamp) throws -> ServiceState {
        guard let known = serviceStates[code]?.last(where: { $0.knownSince <= moment }) else {
            let known =
                serviceCodes.isEmpty
                ? "there is none; set one with `calendar hours`" : "there are: \(serviceCodes.joined(separator: ", "))"
            throw CalendarUnknown(code: code, description: "no service calendar \"\(code)\" was known then: \(known)")
        }
        return try known.state.get()
    }

    /// The calendar as it would be with these drafts confirmed, in their order; nil when no year of it is published.
    /// Nothing is stored. Years that are known already may be given again: what the draft says takes their place.
    public func preview(_ drafts: [LegalCalendar.Draft], of code: String) throws(LegalCalendar.Rejection)
        -> WorkCalendar?
    {
        let known = legal[code]?.last?.calendar
        var facts = LegalCalendar.Known()
        for range in known?.coverage ?? [] { facts.years.formUnion(range.lowerBound.year...range.upperBound.year) }
        for exception in known?.exceptions ?? [] { facts.exceptions[exception.date] = exception }
        for draft in drafts {
            if let year = draft.year {
                guard (1...9999).contains(year) else { throw .year(year) }
                facts.begin(year)
            }
            try facts.check(draft.changes, isAmendment: draft.year == nil)
            facts.apply(year: nil, draft.changes)
        }
        let number = (known?.version.number ?? 0) + drafts.count
        return try? WorkCalendar(
            code: code,
            version: CalendarVersion(number, label: drafts.last?.notice ?? ""),
            years: facts.years,
            week: known?.week ?? drafts.first?.week ?? .mondayToFriday,
            exceptions: facts.exceptions.values
        )
    }

    private func versionsOf(_ code: String) throws(CalendarUnknown) -> [Version] {
        if let versions = legal[code] { return versions }
        if service[code] != nil {
            throw CalendarUnknown(code: code, description: "\(code) holds hours of service and is no legal calendar")
        }
        if let first = waiting[code]?.first {
            throw CalendarUnknown(
                code: code,
                description: "calendar \(code) waits: let a second person confirm entry \(first.entry.number)"
            )
        }
        throw CalendarUnknown(
            code: code,
            description: "there is no calendar \"\(code)\", only: \(codes.joined(separator: ", "))"
        )
    }

    /// Entries of a shipped calendar; known since the days of their notices unless a moment is given.
    static func items(
        _ history: CalendarHistory,
        behind first: Int = 0,
        through last: Int = .max,
        in zone: TimeZone,
        adoptedAt: Timestamp? = nil
    ) -> [Item] {
        history.entries.prefix(last).dropFirst(first).map { entry in
            // A day that no clock of the zone can show lies outside the years that are stored: known for ever.
            let since = adoptedAt ?? WrittenTime.date(entry.knownSince).resolved(in: zone)?.timestamp ?? .earliest
            return Item(
                knownSince: since,
                noticeDate: entry.knownSince,
                notice: entry.notice,
                year: entry.year,
                week: entry.year == nil ? nil : history.week,
                changes: entry.changes,
                isAdopted: adoptedAt != nil
            )
        }
    }

    /// The states of a calendar, one for each entry that takes effect. Of entries that became known at the same moment
    /// the order stays.
    static func versions(_ code: String, _ items: [Item]) -> [Version] {
        let items = items.enumerated().sorted {
            ($0.element.knownSince, $0.offset) < ($1.element.knownSince, $1.offset)
        }
        .map(\.element)
        let week = items.lazy.compactMap(\.week).first ?? .mondayToFriday
        var known = LegalCalendar.Known()
        var versions: [Version] = []
        for item in items {
            guard known.adopt(year: item.year, item.changes, item.isAdopted ? .recording : .notice) else { continue }
            let calendar = try? WorkCalendar(
                code: code,
                version: CalendarVersion(versions.count + 1, label: item.notice),
                years: known.years,
                week: week,
                exceptions: known.exceptions.values.filter { known.years.contains($0.date.year) }
            )
            // Only without any published year there is none; the decider lets no such entry in.
            guard let calendar else { continue }
            versions.append(
                Version(
                    calendar: calendar,
                    knownSince: item.knownSince,
                    noticeDate: item.noticeDate,
                    notice: item.notice,
                    year: item.year,
                    entry: item.entry,
                    isAdopted: item.isAdopted,
                    enteredBy: item.enteredBy,
                    confirmedBy: item.confirmedBy
                )
            )
        }
        return versions
    }
}
