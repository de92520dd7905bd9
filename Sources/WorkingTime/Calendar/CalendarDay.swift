/// Which state of a calendar an answer was computed with. A published calendar that is amended becomes a new version;
/// the old one stays what it was.
public struct CalendarVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Rises with every publication and amendment, from 1.
    public let number: Int
    /// For people: what the version rests on, for example the number of a notice.
    public let label: String

    /// A version with its number and its name.
    public init(_ number: Int, label: String = "") {
        self.number = number
        self.label = label
    }

    /// By number.
    public static func < (left: CalendarVersion, right: CalendarVersion) -> Bool { left.number < right.number }

    /// `3 (notice 12/2026)`.
    public var description: String { label.isEmpty ? "\(number)" : "\(number) (\(label))" }
}

/// A day that does not follow the weekly pattern.
public struct DayException: Sendable, Hashable {
    /// Whether it is a day off or a working day.
    public enum Kind: String, Sendable, Hashable {
        /// Off work, whatever the weekday.
        case holiday
        /// Worked, whatever the weekday: in China a Saturday or Sunday that makes up for a bridged day (调休).
        case makeUp
    }

    /// The day.
    public let date: CivilDate
    /// Off or worked.
    public let kind: Kind
    /// The holiday that it is, or that it makes up for. For people.
    public let name: String

    /// One exception.
    public init(_ date: CivilDate, _ kind: Kind, name: String = "") {
        self.date = date
        self.kind = kind
        self.name = name
    }
}

/// What a calendar says of one day.
public struct CalendarDay: Sendable, Hashable {
    /// Why the day is worked or not.
    public enum Kind: String, Sendable, Hashable {
        /// A working day of the weekly pattern.
        case weekday
        /// A rest day of the weekly pattern.
        case weekend
        /// Off by exception, on whatever weekday it falls.
        case holiday
        /// Worked by exception, on whatever weekday it falls.
        case makeUp
    }

    /// The day.
    public let date: CivilDate
    /// Why it is worked or not.
    public let kind: Kind
    /// The name of the exception; empty without one.
    public let name: String
    /// The day lies beyond the calendar's horizon: only the weekly pattern speaks.
    public let isProvisional: Bool

    /// Whether the day counts as a working day.
    public var isWorkingDay: Bool { kind == .weekday || kind == .makeUp }
}
