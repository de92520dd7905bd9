/// Working days of a calendar, ready for counting: how many there are through a day, and which day is the n-th. Both
/// are one look into a table; beyond the table the weekly pattern goes on, by arithmetic.
///
/// Ordinals count working days from the first covered day, which has the ordinal 1 if it is worked. Days are numbers
/// since 1970-01-01. A table costs about 7 bytes for each covered day: 30 kB for twelve years.
@usableFromInline
struct DayIndex: Sendable {
    /// The first covered day.
    @usableFromInline
    let first: Int
    /// The last covered day.
    @usableFromInline
    let last: Int
    /// At `i`: working days before the day `first + i`. One more entry than covered days.
    @usableFromInline
    let before: [Int32]
    /// At `i`: the day with the ordinal `i + 1`, as days after `first`.
    @usableFromInline
    let workingDays: [Int32]
    /// Beyond `last`.
    @usableFromInline
    let week: WorkWeek
    /// Working days of the weekly pattern through `last`, on the pattern's own count.
    @usableFromInline
    let weekThroughLast: Int
    /// Days between `first` and `last` of which nothing is known, in order; they hold no working day in the tables.
    @usableFromInline
    let gaps: [ClosedRange<Int>]
    @usableFromInline
    let hasGaps: Bool

    /// - Parameters:
    ///   - coverage: in order, without overlaps, not empty.
    ///   - exceptions: day number to whether it is worked.
    init(coverage: [ClosedRange<Int>], week: WorkWeek, exceptions: [Int: Bool]) {
        let first = coverage[0].lowerBound
        let last = coverage[coverage.count - 1].upperBound
        var before: [Int32] = [0]
        var workingDays: [Int32] = []
        var gaps: [ClosedRange<Int>] = []
        before.reserveCapacity(last - first + 2)
        for (position, range) in coverage.enumerated() {
            if position > 0 {
                let gap = coverage[position - 1].upperBound + 1...range.lowerBound - 1
                gaps.append(gap)
                for _ in gap { before.append(Int32(workingDays.count)) }
            }
            for day in range {
                let weekday = Weekday(daysAfterMonday: (day - CivilDate.epochDays.lowerBound) % 7)
                if exceptions[day] ?? week.contains(weekday) { workingDays.append(Int32(day - first)) }
                before.append(Int32(workingDays.count))
            }
        }
        self.first = first
        self.last = last
        self.before = before
        self.workingDays = workingDays
        self.week = week
        weekThroughLast = week.workingDays(through: last)
        self.gaps = gaps
        hasGaps = !gaps.isEmpty
    }

    /// The ordinal of the last working day through `day`.
    /// - Precondition: `day` is not before `first - 1`.
    @inlinable
    func ordinal(through day: Int) -> Int {
        if day <= last { return Int(before[day - first + 1]) }
        return workingDays.count + week.workingDays(through: day) - weekThroughLast
    }

    /// The day with an ordinal.
    /// - Throws: ``WorkingTimeError/beforeCoverage(_:first:)`` for ordinals below 1,
    ///   ``WorkingTimeError/noWorkingDay``, ``WorkingTimeError/outOfRange``.
    @inlinable
    func day(_ ordinal: Int) throws(WorkingTimeError) -> Int {
        if ordinal > 0, ordinal <= workingDays.count { return first + Int(workingDays[ordinal - 1]) }
        return try dayOutside(ordinal)
    }

    @usableFromInline
    func dayOutside(_ ordinal: Int) throws(WorkingTimeError) -> Int {
        guard ordinal > 0 else {
            let start = CivilDate(validNumber: first)
            throw .beforeCoverage(start.adding(days: -1) ?? start, first: start)
        }
        if week.count == 0 { throw .noWorkingDay }
        let (onPattern, overflow) = (ordinal - workingDays.count).addingReportingOverflow(weekThroughLast)
        guard !overflow, let day = week.day(ofWorkingDay: onPattern) else { throw .outOfRange }
        return day
    }

    /// Refuses what depends on a day of which nothing is known.
    func checkGaps(from start: Int, through end: Int) throws(WorkingTimeError) {
        for gap in gaps where gap.lowerBound <= end && gap.upperBound >= start {
            throw .missing(CivilDate(validNumber: gap.lowerBound)...CivilDate(validNumber: gap.upperBound))
        }
    }
}
