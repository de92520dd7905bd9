import WorkingTime

extension ClockScale {
    /// The days that a clock's row is made of, so far as they follow from its start, its limit and its pauses alone.
    struct Dates: Sendable, Hashable {
        /// The last day or moment; nil while it stands still.
        var due: ClockDue?
        /// The first day on which it shows yellow at its end if nothing happens; nil where it never does before it is
        /// late, or stands still before.
        var yellowOn: CivilDate?
    }

    /// Computes them. The due date is that of ``CaseClocks``, by the same function; the first yellow day is the day on
    /// which the limit's share that the ladder names is used, or all but what it names.
    func dates(
        of clock: RulePack.Clock,
        limit: Limit,
        after start: ClockPoint,
        pauses: Pauses<ClockPoint> = Pauses()
    ) throws(WorkingTimeError) -> Dates {
        let end = try end(of: limit, after: start, pauses)
        var dates = Dates(due: end.due)
        let total = try usage(of: limit, at: start, after: start, Pauses()).total
        guard total > 0, let threshold = rules.ladders[clock.ladder]?.first(where: { $0.name == "yellow" })?.threshold,
            case .used(let percent, let orLeft) = threshold
        else { return dates }
        var share = (percent * total + 99) / 100
        if let orLeft, compares(orLeft) { share = min(share, total - orLeft.amount) }
        if share > total { return dates }
        if share <= 0 {
            dates.yellowOn = start.date
            return dates
        }
        dates.yellowOn = try day(ofUsed: share, limit, after: start, pauses)
        if let yellow = dates.yellowOn, let due = dates.due?.date, yellow > due { dates.yellowOn = nil }
        return dates
    }

    /// The day on which so many days or minutes of a limit are used; nil where it stands still before.
    private func day(ofUsed share: Int, _ limit: Limit, after start: ClockPoint, _ pauses: Pauses<ClockPoint>)
        throws(WorkingTimeError) -> CivilDate?
    {
        if let service {
            let part = try TimeLimit(minutes: share)
            return try part.outcome(after: start.wall, in: service.hours, pauses: pauses.on(\.wall)).dueTime?.date
        }
        let part = try DayLimit(share, limit.unit == .workingDays ? .workingDays : .calendarDays, roll: .unadjusted)
        let reached = try part.outcome(
            after: start.date,
            in: calendar,
            pauses: pauses.on(\.date),
            counting: rules.pauses.rule
        )
        return reached.dueDate?.date
    }
}
