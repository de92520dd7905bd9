import EventStore
import WorkingTime

/// What a unit is, as long as nothing changes.
public struct UnitProfile: Sendable, Hashable {
    /// Its code.
    public var code: UnitCode
    /// Its name.
    public var name: LocalizedText
    /// What it is.
    public var kind: UnitKind
    /// The unit that it belongs to; nil for a county, and for a centre of which no county is known.
    public var parent: UnitCode?
    /// Its region; nil where nothing is said.
    public var region: RegionCode?
    /// The matter for which it has a seal of its own (村章), as `village-certificate`; nil where it has none.
    public var seal: ShortName?
    /// The code of the calendar that tells its hours of service; nil where nothing is said.
    public var calendar: ShortName?

    /// A unit.
    public init(
        _ code: UnitCode,
        name: LocalizedText,
        kind: UnitKind,
        parent: UnitCode? = nil,
        region: RegionCode? = nil,
        seal: ShortName? = nil,
        calendar: ShortName? = nil
    ) {
        (self.code, self.name, self.kind, self.parent) = (code, name, kind, parent)
        (self.region, self.seal, self.calendar) = (region, seal, calendar)
    }
}

/// Days and hours at which people of a unit sit in another one: a village's cadres in the town hall on market days
/// (村事镇办, 圩日), a county department in a centre by appointment (预约).
public struct Duty: Sendable, Hashable {
    /// What it is.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// On duty: whoever comes is served (值班).
        case duty
        /// By appointment (预约).
        case appointment

        /// For people.
        public var title: LocalizedText {
            switch self {
            case .duty: LocalizedText("duty", "值班")
            case .appointment: LocalizedText("appointment", "预约")
            }
        }
    }

    /// On which days.
    public enum Days: Sendable, Hashable {
        /// On a first day and every so many days after it, 1...366. A market day every third day: `every: 3`.
        case every(Int, from: CivilDate)
        /// On these days of every week.
        case weekdays([Weekday])
        /// On these days.
        case dates([CivilDate])

        /// Whether a day is one of them.
        public func contains(_ day: CivilDate) -> Bool {
            switch self {
            case .every(let count, let first): count > 0 && day >= first && first.days(to: day) % count == 0
            case .weekdays(let weekdays): weekdays.contains(day.weekday)
            case .dates(let dates): dates.contains(day)
            }
        }

        /// In order and none twice; nil where there is none, or the distance is not in 1...366.
        public var normalised: Days? {
            switch self {
            case .every(let count, _): (1...366).contains(count) ? self : nil
            case .weekdays(let weekdays): weekdays.isEmpty ? nil : .weekdays(Set(weekdays).sorted())
            case .dates(let dates): dates.isEmpty ? nil : .dates(Set(dates).sorted())
            }
        }
    }

    /// Its name, once in the unit, as `market-day`.
    public var name: ShortName
    /// What it is.
    public var kind: Kind
    /// Where its people sit.
    public var place: UnitCode
    /// On which days.
    public var days: Days
    /// At which hours, local time.
    public var hours: DayHours
    /// Whether the unit's seal is there, too.
    public var hasSeal: Bool

    /// A duty.
    public init(
        _ name: ShortName,
        kind: Kind = .duty,
        at place: UnitCode,
        on days: Days,
        hours: DayHours,
        hasSeal: Bool = false
    ) {
        (self.name, self.kind, self.place) = (name, kind, place)
        (self.days, self.hours, self.hasSeal) = (days, hours, hasSeal)
    }
}

/// Something that has happened to a unit: an event of a stream `network/<unit>`.
public struct UnitEvent: Sendable, Hashable {
    /// When it was done, as claimed. From which day on it holds stands in the fact.
    public var effectiveAt: Timestamp
    /// Who did it.
    public var actor: Actor
    /// What.
    public var fact: Fact

    /// An event.
    public init(effectiveAt: Timestamp, actor: Actor, fact: Fact) {
        (self.effectiveAt, self.actor, self.fact) = (effectiveAt, actor, fact)
    }

    /// What can happen. Days are local. Names in storage are literals; see ``UnitEventCoding``.
    public enum Fact: Sendable, Hashable {
        /// There is such a unit, or again, from a day on.
        case established(UnitProfile, from: CivilDate)
        /// It is different from a day on.
        case changed(UnitProfile, from: CivilDate)
        /// It is closed from a day on.
        case closed(from: CivilDate, reason: String)
        /// It has a post.
        case postCreated(ShortName, role: OfficerRole, from: CivilDate)
        /// It has that post no more.
        case postAbolished(ShortName, from: CivilDate)
        /// An officer holds a post, instead of the one before.
        case postFilled(ShortName, PostHolder, OfficerID, from: CivilDate)
        /// Nobody holds it.
        case postVacated(ShortName, PostHolder, from: CivilDate)
        /// Its people sit somewhere on certain days.
        case dutySet(Duty, from: CivilDate)
        /// They do so no more.
        case dutyEnded(ShortName, from: CivilDate)
    }
}
