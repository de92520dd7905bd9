import WorkingTime

extension RulePack {
    /// The days that a clock's row is made of, so far as they follow from its start, its limit and its pauses alone.
    struct ClockDates: Sendable, Hashable {
        /// The last day; nil while it stands still.
        var due: DueDate?
        /// The first day on which it shows yellow if nothing happens; nil where it never does before it is late, or
        /// stands still before.
        var yellowOn: CivilDate?
    }

    /// Computes them. The due date is that of ``CaseClocks``, by the same function; the first yellow day is the day on
    /// which the limit's share that the ladder names is used, or all but what it names.
    func dates(
        of clock: Clock,
        limit: Limit,
        startedOn start: CivilDate,
        pauses: Pauses<CivilDate> = Pauses(),
        in calendar: WorkCalendar
    ) throws(WorkingTimeError) -> ClockDates {
        guard let days = limit.inDays(self) else { return ClockDates() }
        let outcome = try days.outcome(after: start, in: calendar, pauses: pauses, counting: self.pauses.rule)
        var dates = ClockDates(due: outcome.dueDate)
        let total = try days.usage(asOf: start, after: start, in: calendar, counting: self.pauses.rule).total
        guard total > 0, let threshold = ladders[clock.ladder]?.first(where: { $0.name == "yellow" })?.threshold,
            case .used(let percent, let orLeft) = threshold
        else { return dates }
        var share = (percent * total + 99) / 100
        if let orLeft { share = min(share, total - orLeft.amount) }
        if share > total { return dates }
        if share <= 0 {
            dates.yellowOn = start
            return dates
        }
        let unit: DayLimit.Unit = days.unit == .workingDays ? .workingDays : .calendarDays
        let part = try DayLimit(share, unit, roll: .unadjusted)
        let reached = try part.outcome(after: start, in: calendar, pauses: pauses, counting: self.pauses.rule)
        dates.yellowOn = reached.dueDate?.date
        if let yellow = dates.yellowOn, let due = dates.due?.date, yellow > due { dates.yellowOn = nil }
        return dates
    }
}
