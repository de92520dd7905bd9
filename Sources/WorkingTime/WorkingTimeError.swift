/// What cannot be computed, and why. Where this library does not know, it throws; it never answers with a guess.
public enum WorkingTimeError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The calendar begins later: nothing is known of this day.
    case beforeCoverage(CivilDate, first: CivilDate)
    /// The calendar ends earlier, and provisional answers are not wanted (``WorkCalendar/BeyondHorizon/refused``).
    case beyondHorizon(CivilDate, last: CivilDate)
    /// The answer depends on days in the middle of the calendar of which nothing is known, for example a missing year.
    case missing(ClosedRange<CivilDate>)
    /// The answer would lie outside the years 0001 to 9999.
    case outOfRange
    /// The answer lies beyond the horizon, and the weekly pattern has no working day.
    case noWorkingDay
    /// The service hours never open again.
    case neverOpen
    /// A limit of fewer than 0 days or seconds.
    case negativeLimit(Int)

    /// What is wrong, and what would help.
    public var description: String {
        switch self {
        case .beforeCoverage(let date, let first): "\(date) lies before the calendar's first day, \(first)"
        case .beyondHorizon(let date, let last):
            "\(date) lies beyond the calendar's last day, \(last), and provisional answers are refused"
        case .missing(let days):
            "the calendar says nothing of \(days.lowerBound)...\(days.upperBound), and the answer depends on it"
        case .outOfRange: "the answer lies outside the years 0001 to 9999"
        case .noWorkingDay: "beyond the calendar's last day the weekly pattern has no working day"
        case .neverOpen: "the service hours never open again"
        case .negativeLimit(let count): "a limit of \(count) is negative"
        }
    }
}
