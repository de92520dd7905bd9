/// How a date that is not a working day is moved to one. The names are those of the field's business-day conventions.
public enum Roll: String, Sendable, Hashable, CaseIterable {
    /// The date stays.
    case unadjusted
    /// To the next working day (Civil Code of the PRC, article 203: a last day that is a rest day).
    case following
    /// To the last working day before.
    case preceding
}

extension WorkCalendar {
    /// The n-th working day after a day; for a negative n the n-th before it.
    ///
    /// The day itself is day 0 and is never counted, whether it is worked or not; day 1 is the next working day (Civil
    /// Code of the PRC, article 201; limits in working days: Administrative Licensing Law, article 82). With n = 0 the
    /// answer is the day itself, also when it is a rest day.
    ///
    /// For n >= 0, `workingDays(from: start, to: adding(workingDays: n, to: start))` is n, from any start; for n < 0 it
    /// is n from a start that is a working day.
    /// - Complexity: O(1), without allocation.
    /// - Throws: ``WorkingTimeError``, when the answer depends on days of which nothing is known.
    @inlinable
    public func adding(workingDays n: Int, to start: CivilDate) throws(WorkingTimeError) -> CivilDate {
        let offset = start.daysSinceEpoch - index.first
        // The common case first: forward, within the tables, no holes. Its looks into the tables are in bounds.
        if offset >= 0, offset + 1 < index.before.count, n > 0, n <= index.workingDays.count, !index.hasGaps {
            let ordinal = Int(index.before[offset + 1]) + n
            if ordinal <= index.workingDays.count {
                return CivilDate(validNumber: index.first + Int(index.workingDays[ordinal - 1]))
            }
        }
        return try addingElsewhere(workingDays: n, to: start)
    }

    @usableFromInline
    func addingElsewhere(workingDays n: Int, to start: CivilDate) throws(WorkingTimeError) -> CivilDate {
        if n == 0 {
            if start < firstDay { throw .beforeCoverage(start, first: firstDay) }
            return start
        }
        if n > 0 {
            if start < firstDay { throw .beforeCoverage(start, first: firstDay) }
            let base = index.ordinal(through: start.daysSinceEpoch)
            let (ordinal, overflow) = base.addingReportingOverflow(n)
            if overflow { throw .outOfRange }
            let end = CivilDate(validNumber: try index.day(ordinal))
            try check(from: start, through: end)
            return end
        }
        try check(from: start, through: start)
        let base = index.ordinal(through: start.daysSinceEpoch - 1)
        let (ordinal, overflow) = (base + 1).addingReportingOverflow(n)
        if overflow { throw .outOfRange }
        let end = CivilDate(validNumber: try index.day(ordinal))
        try check(from: end, through: start)
        return end
    }

    /// The first working day after a day.
    @inlinable
    public func nextWorkingDay(after date: CivilDate) throws(WorkingTimeError) -> CivilDate {
        try adding(workingDays: 1, to: date)
    }

    /// The last working day before a day.
    @inlinable
    public func previousWorkingDay(before date: CivilDate) throws(WorkingTimeError) -> CivilDate {
        try adding(workingDays: -1, to: date)
    }

    /// Working days from one day to another: those d with `start < d <= end`. Swapping the two changes the sign and
    /// nothing else.
    /// - Complexity: O(1), without allocation.
    public func workingDays(from start: CivilDate, to end: CivilDate) throws(WorkingTimeError) -> Int {
        if end < start { return -(try workingDays(from: end, to: start)) }
        try check(from: start, through: end)
        return index.ordinal(through: end.daysSinceEpoch) - index.ordinal(through: start.daysSinceEpoch)
    }

    /// The day itself if it is a working day or need not be one; else the next or the previous working day.
    public func rolled(_ date: CivilDate, _ roll: Roll) throws(WorkingTimeError) -> CivilDate {
        if roll == .unadjusted { return date }
        if try isWorkingDay(date) { return date }
        return try adding(workingDays: roll == .following ? 1 : -1, to: date)
    }

    /// So many calendar days later, moved to a working day as `roll` says. Unadjusted dates need no coverage.
    public func adding(days n: Int, to start: CivilDate, roll: Roll = .unadjusted) throws(WorkingTimeError) -> CivilDate
    {
        guard let date = start.adding(days: n) else { throw .outOfRange }
        return try rolled(date, roll)
    }

    /// So many times seven calendar days later, moved to a working day as `roll` says.
    public func adding(weeks n: Int, to start: CivilDate, roll: Roll = .unadjusted) throws(WorkingTimeError)
        -> CivilDate
    {
        let (days, overflow) = n.multipliedReportingOverflow(by: 7)
        if overflow { throw .outOfRange }
        return try adding(days: days, to: start, roll: roll)
    }

    /// The same day so many months later, the month's last day where it has no such day, moved to a working day as
    /// `roll` says.
    public func adding(months n: Int, to start: CivilDate, roll: Roll = .unadjusted) throws(WorkingTimeError)
        -> CivilDate
    {
        guard let date = start.adding(months: n) else { throw .outOfRange }
        return try rolled(date, roll)
    }
}
