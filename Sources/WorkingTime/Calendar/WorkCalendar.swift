/// A legal calendar: which days are working days.
///
/// It is made of a weekly pattern, of exceptions (holidays, make-up days), and of its coverage: the days for which it
/// has been published. An immutable value; an amendment makes a new one with a new ``CalendarVersion``.
///
/// - Within the coverage answers are certain.
/// - Before the first covered day nothing is known: ``WorkingTimeError/beforeCoverage(_:first:)``.
/// - Where the coverage has a hole, an answer that depends on a day in it is refused:
///   ``WorkingTimeError/missing(_:)``.
/// - After the last covered day, the ``horizon``, the weekly pattern alone goes on, and the answers are *provisional*
///   (``isProvisional(_:)``); or they are refused, as ``beyondHorizon`` says.
///
/// Dates are civil dates without a zone. Every count takes one or two looks into a table, however long it is.
public struct WorkCalendar: Sendable {
    /// What happens to answers that lie beyond the horizon.
    public enum BeyondHorizon: Sendable, Hashable {
        /// The weekly pattern goes on, and the answer is marked as provisional.
        case provisional
        /// ``WorkingTimeError/beyondHorizon(_:last:)``.
        case refused
    }

    /// Why a calendar cannot be made.
    public enum Invalid: Error, Sendable, Hashable, CustomStringConvertible {
        /// It covers no day.
        case coversNothing
        /// A year is not in 1...9999.
        case year(Int)
        /// Two exceptions for one day.
        case twice(CivilDate)
        /// An exception for a day that is not covered.
        case notCovered(CivilDate)

        /// What is wrong.
        public var description: String {
            switch self {
            case .coversNothing: "the calendar covers no day"
            case .year(let year): "the year \(year) is not in 0001...9999"
            case .twice(let date): "\(date) has two exceptions"
            case .notCovered(let date): "\(date) is an exception and is not covered by the calendar"
            }
        }
    }

    /// What happens to answers that lie beyond the horizon; `.provisional` unless set.
    public var beyondHorizon: BeyondHorizon = .provisional

    @usableFromInline
    let index: DayIndex
    private let facts: Facts

    /// What counting does not need.
    private final class Facts: Sendable {
        let code: String
        let version: CalendarVersion
        let coverage: [ClosedRange<CivilDate>]
        let exceptions: [CivilDate: DayException]

        init(
            code: String,
            version: CalendarVersion,
            coverage: [ClosedRange<CivilDate>],
            exceptions: [CivilDate: DayException]
        ) {
            self.code = code
            self.version = version
            self.coverage = coverage
            self.exceptions = exceptions
        }
    }

    /// A calendar for any ranges of days; they may touch and overlap, in any order.
    public init(
        code: String,
        version: CalendarVersion,
        coverage: some Sequence<ClosedRange<CivilDate>>,
        week: WorkWeek = .mondayToFriday,
        exceptions: some Sequence<DayException> = []
    ) throws(Invalid) {
        var merged: [ClosedRange<CivilDate>] = []
        for range in coverage.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = merged.last, range.lowerBound.daysSinceEpoch <= last.upperBound.daysSinceEpoch + 1 {
                merged[merged.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        guard !merged.isEmpty else { throw .coversNothing }
        var named: [CivilDate: DayException] = [:]
        var worked: [Int: Bool] = [:]
        for exception in exceptions {
            guard merged.contains(where: { $0.contains(exception.date) }) else { throw .notCovered(exception.date) }
            guard named.updateValue(exception, forKey: exception.date) == nil else { throw .twice(exception.date) }
            worked[exception.date.daysSinceEpoch] = exception.kind == .makeUp
        }
        facts = Facts(code: code, version: version, coverage: merged, exceptions: named)
        index = DayIndex(
            coverage: merged.map { $0.lowerBound.daysSinceEpoch...$0.upperBound.daysSinceEpoch },
            week: week,
            exceptions: worked
        )
    }

    /// A calendar for whole years, which need not follow each other.
    public init(
        code: String,
        version: CalendarVersion,
        years: some Sequence<Int>,
        week: WorkWeek = .mondayToFriday,
        exceptions: some Sequence<DayException> = []
    ) throws(Invalid) {
        var coverage: [ClosedRange<CivilDate>] = []
        for year in years {
            guard let days = CivilDate.days(ofYear: year) else { throw .year(year) }
            coverage.append(days)
        }
        try self.init(code: code, version: version, coverage: coverage, week: week, exceptions: exceptions)
    }

    /// The calendar's short name, for example `cn`.
    public var code: String { facts.code }

    /// Which state of the calendar this is.
    public var version: CalendarVersion { facts.version }

    /// The weekly pattern.
    public var week: WorkWeek { index.week }

    /// The days for which the calendar has been published: in order, neither touching nor overlapping.
    public var coverage: [ClosedRange<CivilDate>] { facts.coverage }

    /// The last covered day. Whatever depends on a later one is provisional.
    @inlinable
    public var horizon: CivilDate { CivilDate(validNumber: index.last) }

    /// The first covered day.
    @inlinable
    public var firstDay: CivilDate { CivilDate(validNumber: index.first) }

    /// All exceptions, by date.
    public var exceptions: [DayException] { facts.exceptions.values.sorted { $0.date < $1.date } }

    /// Whether an answer that depends on this day, and on none later, is provisional.
    @inlinable
    public func isProvisional(_ date: CivilDate) -> Bool { date.daysSinceEpoch > index.last }

    /// What the calendar says of a day.
    public func day(_ date: CivilDate) throws(WorkingTimeError) -> CalendarDay {
        try check(from: date, through: date)
        if let exception = facts.exceptions[date] {
            let kind: CalendarDay.Kind = exception.kind == .holiday ? .holiday : .makeUp
            return CalendarDay(date: date, kind: kind, name: exception.name, isProvisional: false)
        }
        let kind: CalendarDay.Kind = week.contains(date.weekday) ? .weekday : .weekend
        return CalendarDay(date: date, kind: kind, name: "", isProvisional: isProvisional(date))
    }

    /// Whether a day is a working day.
    public func isWorkingDay(_ date: CivilDate) throws(WorkingTimeError) -> Bool {
        try check(from: date, through: date)
        let day = date.daysSinceEpoch
        return index.ordinal(through: day) > index.ordinal(through: day - 1)
    }

    /// Refuses an answer that depends on days of which the calendar, as it is set, says nothing.
    @inlinable
    func check(from start: CivilDate, through end: CivilDate) throws(WorkingTimeError) {
        if start.daysSinceEpoch < index.first { throw .beforeCoverage(start, first: firstDay) }
        if end.daysSinceEpoch > index.last, beyondHorizon == .refused { throw .beyondHorizon(end, last: horizon) }
        if index.hasGaps { try checkGaps(from: start, through: end) }
    }

    @usableFromInline
    func checkGaps(from start: CivilDate, through end: CivilDate) throws(WorkingTimeError) {
        try index.checkGaps(from: start.daysSinceEpoch, through: end.daysSinceEpoch)
    }
}

extension WorkCalendar: Equatable {
    /// Two calendars are equal when they say the same of every day and have the same name, version and setting.
    public static func == (left: WorkCalendar, right: WorkCalendar) -> Bool {
        left.code == right.code && left.version == right.version && left.week == right.week
            && left.beyondHorizon == right.beyondHorizon && left.coverage == right.coverage
            && left.facts.exceptions == right.facts.exceptions
    }
}
