import EventStore
import Foundation
import WorkingTime

/// A clock of a case, read: when it started, how long it may run, when it is due, how much is used, what light it shows,
/// and how all that came about. Never stored in an event; computed by one function, `CaseClocks.readings`.
public struct ClockReading: Sendable {
    /// What the clock does on the day, or at the moment, asked about.
    public enum Phase: Sendable, Hashable {
        /// It runs.
        case running
        /// It stands still since then; so many days, or minutes of service, are left.
        case suspended(since: ClockPoint, left: Int)
        /// It was stopped then.
        case stopped(ClockPoint)
        /// Nothing stopped it in time, and the law itself drew the consequence: so from the day after its last on.
        case lapsed(CivilDate)
    }

    /// What people see of it.
    public enum Light: String, Sendable, Hashable, CaseIterable, Comparable {
        /// In time.
        case green
        /// In time, and not for long.
        case yellow
        /// Past its due date.
        case red

        /// Green before yellow before red.
        public static func < (left: Light, right: Light) -> Bool {
            allCases.firstIndex(of: left) ?? 0 < allCases.firstIndex(of: right) ?? 0
        }
    }

    /// How much of a limit is used: in days, working or calendar days, or in whole minutes of service.
    public struct Usage: Sendable, Hashable {
        /// What the limit comes to.
        public let total: Int
        /// What is used of it, at most `total`.
        public let used: Int
        /// `total - used`.
        public let left: Int
        /// What has passed since the due date or moment; a pause that begins after it does not stop that.
        public let overdue: Int
    }

    /// A limit that was in force before it was prolonged.
    public struct EarlierLimit: Sendable, Hashable {
        /// How long the clock could run then.
        public let limit: Limit
        /// When the extension took effect.
        public let until: ClockPoint
    }

    /// Its rule.
    public let rule: RulePack.Clock
    /// The stage that it watches; nil for a clock of the whole case.
    public let stage: String?
    /// Which start of this clock it is, from 1: a case may be suspended more than once.
    public let ordinal: Int
    /// Day 0, or for minutes of service the moment of the start.
    public let startedAt: ClockPoint
    /// The moment of the fact that started it, as claimed.
    public let began: Timestamp
    /// How long it may run, extensions included.
    public let limit: Limit
    /// The limits before each extension, in order: what was reached under them stays reached.
    public let earlierLimits: [EarlierLimit]
    /// The article of that length.
    public let article: LocalizedText
    /// The last day, or for minutes of service the last moment; nil while it stands still.
    public let due: ClockDue?
    /// What it does.
    public let phase: Phase
    /// How much is used when it is read or was when it stopped.
    public let usage: Usage
    /// What it shows.
    public let light: Light
    /// The suspensions that count, one that lasts included.
    public let pauses: Pauses<ClockPoint>
    /// The rungs of its ladder that are reached, in the ladder's order.
    public let rungs: [String]
    /// The legal calendar that it was computed with, or that its hours of service follow; nil where there is none.
    public let calendar: WorkCalendar?
    /// The hours of service that it was computed with; nil for a limit in days.
    public let service: CalendarBook.ServiceState?
    /// How it came about; nil where nobody asked for it.
    public let derivation: ClockDerivation?

    /// The local day of its start.
    public var startedOn: CivilDate { startedAt.date }

    /// Whether its end, or the day asked about while it runs, lies after its due date: a case due today is not late
    /// today. A limit in minutes of service is late at once after its due moment.
    public var isLate: Bool { light == .red }
}

/// How a clock's reading came about.
public struct ClockDerivation: Sendable, Hashable {
    /// What the law and the facts did to it, in the order in which they came.
    public let steps: [ClockStep]
    /// How days or minutes were counted.
    public enum Count: Sendable, Hashable {
        /// Days, in which unit.
        case days(Derivation, DayLimit.Unit)
        /// Minutes of service.
        case minutes(TimeDerivation)
    }

    /// How they were counted.
    public let count: Count
    /// What the count rests on.
    public let basis: DerivationText.Basis

    /// The count in words.
    public func words(_ language: Language) -> DerivationText {
        switch count {
        case .days(let count, let unit): DerivationText(count, of: unit, basis: basis, language: language)
        case .minutes(let count): DerivationText(count, basis: basis, language: language)
        }
    }
}

/// One step of a derivation: when, by which rule, and why.
public struct ClockStep: Sendable, Hashable {
    /// The day, or for minutes of service the moment.
    public let at: ClockPoint
    /// The article or rule.
    public let rule: LocalizedText
    /// What happened and what it means, for people.
    public let reason: LocalizedText
}

/// Why a clock cannot be read. Never a wrong date instead.
public enum ClockProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// The case goes by no rules.
    case noRules
    /// The rules are not those that the case is pinned to.
    case otherRules(pinned: String, given: String)
    /// The rules need a calendar that is not there.
    case noCalendar(ClockName, String)
    /// The calendar cannot answer.
    case calendar(ClockName, WorkingTimeError)
    /// The clock counts minutes of service, and the case goes by no service calendar.
    case noServiceCalendar(ClockName)
    /// Nothing was known of the service calendar that the case goes by.
    case serviceCalendarUnknown(ClockName, String)
    /// The moment asked about lies outside the years 1 to 9999.
    case noSuchDay(Timestamp)

    /// What is wrong and what to do.
    public var description: String {
        switch self {
        case .noRules: "the case goes by no rules, so it has no clocks of its own"
        case .otherRules(let pinned, let given): "the case goes by \(pinned), not by \(given)"
        case .noCalendar(let clock, let code):
            "clock '\(clock)' counts working days of calendar '\(code)', which is not known"
        case .calendar(let clock, let error): "clock '\(clock)': \(error)"
        case .noServiceCalendar(let clock):
            """
            clock '\(clock)' counts minutes of service, and the case goes by no service calendar: before its acceptance, \
            open it again with --service-calendar
            """
        case .serviceCalendarUnknown(let clock, let code):
            "clock '\(clock)' counts minutes of service calendar '\(code)', which was not known then"
        case .noSuchDay(let moment): "\(moment) lies outside the years 1 to 9999"
        }
    }
}
