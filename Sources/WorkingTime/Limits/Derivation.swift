/// How a limit came to its end, step by step, in the order of time: data from which a higher layer prints the
/// derivation with the articles that it rests on.
public struct Derivation: Sendable, Hashable {
    /// One step. Ranges of days are runs without a break; a run never crosses the calendar's horizon.
    public enum Step: Sendable, Hashable {
        /// Day 0, the day of the event; not counted.
        case event(CivilDate)
        /// A limit in months is laid down as so many calendar days, through its day in the last month, which is the
        /// month's last day (`isClamped`) when that month has no such day.
        case months(Int, through: CivilDate, days: Int, isClamped: Bool)
        /// Counted, with the days' running numbers within the limit.
        case counted(ClosedRange<CivilDate>, numbers: ClosedRange<Int>)
        /// Counted although a rest day of the weekly pattern, with its running number; the name of what it makes up for.
        case makeUp(CivilDate, number: Int, name: String)
        /// Not counted: rest days of the weekly pattern.
        case weekend(ClosedRange<CivilDate>)
        /// Not counted: holidays of one name, those included that fall on rest days of the weekly pattern.
        case holiday(ClosedRange<CivilDate>, name: String)
        /// Not counted: excluded by a pause, which is given after merging. So many of them would have counted.
        case paused(ClosedRange<CivilDate>, by: Pause<CivilDate>, excluded: Int)
        /// From this day on the calendar is not published, and the weekly pattern alone decides.
        case horizonPassed(CivilDate)
        /// The last day was a rest day and moved. For what the days between are, ask the calendar.
        case rolled(from: CivilDate, to: CivilDate, Roll)
        /// The pause is open: so many days of the limit are left.
        case stopped(since: CivilDate, remaining: Int)
        /// The last day of the limit, until 24:00.
        case due(DueDate)
    }

    /// What the limit came to.
    public let outcome: DayLimit.Outcome
    /// In the order of time; the first is the event, the last ``Step/due(_:)`` or ``Step/stopped(since:remaining:)``.
    public let steps: [Step]
    /// The counting rule that was used for the pauses.
    public let counting: PauseCounting
    /// The calendar's name.
    public let calendar: String
    /// The state of the calendar that was used.
    public let version: CalendarVersion
}

extension DayLimit {
    /// When the limit ends, and how that came about. The outcome is always that of
    /// ``outcome(after:in:pauses:counting:)``.
    /// - Complexity: a step for each run of days; it looks at every day between the event and the end.
    public func derivation(
        after event: CivilDate,
        in calendar: WorkCalendar,
        pauses: Pauses<CivilDate> = Pauses(),
        counting: PauseCounting = .civil
    ) throws(WorkingTimeError) -> Derivation {
        let outcome = try outcome(after: event, in: calendar, pauses: pauses, counting: counting)
        var runs = DayRuns(calendar: calendar, countsEveryDay: unit != .workingDays)
        runs.steps.append(.event(event))
        if unit == .months, let end = event.adding(months: count) {
            let isClamped = end.day != event.day
            runs.steps.append(.months(count, through: end, days: event.days(to: end), isClamped: isClamped))
        }
        let last: Int
        switch try reached(after: event, in: calendar, pauses: pauses, counting: counting) {
        case .day(let day): last = day
        case .stopped(let since, _): last = counting == .civil ? since : since - 1
        }
        var nextPause = 0
        var day = event.daysSinceEpoch + 1
        while day <= last {
            while nextPause < pauses.merged.count, let end = pauses.merged[nextPause].excluded(counting).last, end < day
            {
                nextPause += 1
            }
            let pause: Pause<CivilDate>? =
                if nextPause < pauses.merged.count, pauses.merged[nextPause].excluded(counting).first <= day {
                    pauses.merged[nextPause]
                } else {
                    nil
                }
            try runs.add(day, pause: pause)
            day += 1
        }
        runs.close()
        switch outcome {
        case .due(let due):
            let counted = CivilDate(validNumber: last)
            if counted != due.date { runs.steps.append(.rolled(from: counted, to: due.date, roll)) }
            runs.steps.append(.due(due))
        case .notRunning(let since, let remaining):
            runs.steps.append(.stopped(since: since, remaining: remaining))
        }
        return Derivation(
            outcome: outcome,
            steps: runs.steps,
            counting: counting,
            calendar: calendar.code,
            version: calendar.version
        )
    }
}

/// Puts days together into runs of the same kind.
private struct DayRuns {
    private enum Kind: Equatable {
        case counted
        case makeUp(String)
        case weekend
        case holiday(String)
        case paused(Pause<CivilDate>)
    }

    let calendar: WorkCalendar
    let countsEveryDay: Bool
    var steps: [Derivation.Step] = []
    private var number = 0
    private var run: (kind: Kind, first: CivilDate, last: CivilDate, counted: Int)?
    private var isBeyondHorizon = false

    init(calendar: WorkCalendar, countsEveryDay: Bool) {
        self.calendar = calendar
        self.countsEveryDay = countsEveryDay
    }

    mutating func add(_ day: Int, pause: Pause<CivilDate>?) throws(WorkingTimeError) {
        let date = CivilDate(validNumber: day)
        var counts = true
        var kind = Kind.counted
        if !countsEveryDay {
            if !isBeyondHorizon, calendar.isProvisional(date) {
                close()
                isBeyondHorizon = true
                steps.append(.horizonPassed(date))
            }
            let state = try calendar.day(date)
            counts = state.isWorkingDay
            switch state.kind {
            case .weekday: kind = .counted
            case .makeUp: kind = calendar.week.contains(date.weekday) ? .counted : .makeUp(state.name)
            case .weekend: kind = .weekend
            case .holiday: kind = .holiday(state.name)
            }
        }
        if let pause { kind = .paused(pause) }
        if run?.kind != kind { close() }
        let before = run
        run = (kind, before?.first ?? date, date, (before?.counted ?? 0) + (counts ? 1 : 0))
        if pause == nil, counts { number += 1 }
        if case .makeUp = kind { close() }
    }

    mutating func close() {
        guard let run else { return }
        let days = run.first...run.last
        switch run.kind {
        case .counted: steps.append(.counted(days, numbers: (number - run.counted + 1)...number))
        case .makeUp(let name): steps.append(.makeUp(run.first, number: number, name: name))
        case .weekend: steps.append(.weekend(days))
        case .holiday(let name): steps.append(.holiday(days, name: name))
        case .paused(let pause): steps.append(.paused(days, by: pause, excluded: run.counted))
        }
        self.run = nil
    }
}
