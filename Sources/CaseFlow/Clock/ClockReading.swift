import EventStore
import Foundation
import WorkingTime

/// A clock of a case, read: when it started, how long it may run, when it is due, how much is used, what light it shows,
/// and how all that came about. Never stored in an event; computed by one function, `CaseClocks.readings`.
public struct ClockReading: Sendable {
    /// What the clock does on the day asked about.
    public enum Phase: Sendable, Hashable {
        /// It runs.
        case running
        /// It stands still since a day; so many days of its unit are left.
        case suspended(since: CivilDate, left: Int)
        /// It was stopped on a day.
        case stopped(CivilDate)
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

    /// Its rule.
    public let rule: RulePack.Clock
    /// The stage that it watches; nil for a clock of the whole case.
    public let stage: String?
    /// Which start of this clock it is, from 1: a case may be suspended more than once.
    public let ordinal: Int
    /// Day 0.
    public let startedOn: CivilDate
    /// How long it may run, extensions included.
    public let limit: Limit
    /// The article of that length.
    public let article: LocalizedText
    /// The last day; nil while it stands still.
    public let due: DueDate?
    /// What it does.
    public let phase: Phase
    /// How much is used, in days of its unit, on the day asked about or when it stopped.
    public let usage: DayLimit.Usage
    /// What it shows.
    public let light: Light
    /// The suspensions that count, one that lasts included.
    public let pauses: Pauses<CivilDate>
    /// The rungs of its ladder that are reached, in the ladder's order.
    public let rungs: [String]
    /// The legal calendar that it was computed with; nil for rules without one.
    public let calendar: WorkCalendar?
    /// How it came about; nil where nobody asked for it.
    public let derivation: ClockDerivation?

    /// Whether its end, or the day asked about while it runs, lies after its due date. A case due today is not late today.
    public var isLate: Bool { light == .red }
}

/// How a clock's reading came about.
public struct ClockDerivation: Sendable, Hashable {
    /// What the law and the facts did to it, in the order in which they came.
    public let steps: [ClockStep]
    /// How the days were counted.
    public let count: Derivation
    /// In what.
    public let unit: DayLimit.Unit
    /// What the count rests on.
    public let basis: DerivationText.Basis

    /// The count in words.
    public func words(_ language: Language) -> DerivationText {
        DerivationText(count, of: unit, basis: basis, language: language)
    }
}

/// One step of a derivation: on which day, by which rule, and why.
public struct ClockStep: Sendable, Hashable {
    /// The day.
    public let date: CivilDate
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
    /// The clock counts service minutes, and no service hours are known.
    case serviceMinutes(ClockName)

    /// What is wrong and what to do.
    public var description: String {
        switch self {
        case .noRules: "the case goes by no rules, so it has no clocks of its own"
        case .otherRules(let pinned, let given): "the case goes by \(pinned), not by \(given)"
        case .noCalendar(let clock, let code):
            "clock '\(clock)' counts working days of calendar '\(code)', which is not known"
        case .calendar(let clock, let error): "clock '\(clock)': \(error)"
        case .serviceMinutes(let clock):
            "clock '\(clock)' counts service minutes; it is read by instants, not by days"
        }
    }
}
