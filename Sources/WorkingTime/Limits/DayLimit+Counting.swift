extension DayLimit {
    /// When the limit ends.
    ///
    /// Without pauses this takes one or two looks into a table; each pause costs one or two more. It allocates nothing.
    /// - Parameters:
    ///   - event: day 0.
    ///   - pauses: those known; one that is open gives ``Outcome/notRunning(since:remaining:)``, unless the limit ended
    ///     before it began to exclude days.
    /// - Throws: ``WorkingTimeError``, when the answer depends on days of which nothing is known.
    public func outcome(
        after event: CivilDate,
        in calendar: WorkCalendar,
        pauses: Pauses<CivilDate> = Pauses(),
        counting: PauseCounting = .civil
    ) throws(WorkingTimeError) -> Outcome {
        if unit == .workingDays, pauses.isEmpty {
            let date = try calendar.adding(workingDays: count, to: event)
            return .due(DueDate(date, isProvisional: count > 0 && calendar.isProvisional(date)))
        }
        switch try reached(after: event, in: calendar, pauses: pauses, counting: counting) {
        case .stopped(let since, let remaining):
            return .notRunning(since: CivilDate(validNumber: since), remaining: remaining)
        case .day(let day):
            return .due(try rolled(CivilDate(validNumber: day), after: event, in: calendar))
        }
    }

    /// How much of the limit is used at the end of a day. On the day of the event, and before it, nothing is.
    public func usage(
        asOf day: CivilDate,
        after event: CivilDate,
        in calendar: WorkCalendar,
        pauses: Pauses<CivilDate> = Pauses(),
        counting: PauseCounting = .civil
    ) throws(WorkingTimeError) -> Usage {
        let outcome = try outcome(after: event, in: calendar, pauses: pauses, counting: counting)
        let total = try total(after: event)
        var used = 0
        var isPaused = false
        if day > event {
            if unit == .workingDays {
                let end =
                    switch outcome {
                    case .due(let due): due.date
                    case .notRunning(let since, _): max(event, since)
                    }
                try calendar.check(from: event, through: min(day, end))
            }
            used = counted(
                from: event.daysSinceEpoch,
                through: day.daysSinceEpoch,
                pauses: pauses,
                counting: counting,
                in: calendar,
                isPaused: &isPaused
            )
        }
        var overdue = 0
        if let due = outcome.dueDate?.date, day > due {
            overdue = unit == .workingDays ? try calendar.workingDays(from: due, to: day) : due.days(to: day)
            used = total
        }
        used = min(used, total)
        return Usage(total: total, used: used, left: total - used, overdue: overdue, isPaused: isPaused)
    }

    /// The limit as a number of days of its unit, working or calendar days.
    func total(after event: CivilDate) throws(WorkingTimeError) -> Int {
        switch unit {
        case .workingDays, .calendarDays: return count
        case .weeks:
            let (days, overflow) = count.multipliedReportingOverflow(by: 7)
            if overflow { throw .outOfRange }
            return days
        case .months:
            guard let end = event.adding(months: count) else { throw .outOfRange }
            return event.days(to: end)
        }
    }

    func rolled(_ date: CivilDate, after event: CivilDate, in calendar: WorkCalendar) throws(WorkingTimeError)
        -> DueDate
    {
        let due = try calendar.rolled(date, roll)
        let dependsOnCalendar = unit == .workingDays ? count > 0 : roll != .unadjusted
        return DueDate(due, isProvisional: dependsOnCalendar && calendar.isProvisional(max(date, due)))
    }

    /// Where counting ends: at a day, or in an open pause.
    enum Reached {
        case day(Int)
        case stopped(since: Int, remaining: Int)
    }

    /// The day on which the last day of the limit is counted; not yet rolled.
    func reached(
        after event: CivilDate,
        in calendar: WorkCalendar,
        pauses: Pauses<CivilDate>,
        counting: PauseCounting
    ) throws(WorkingTimeError) -> Reached {
        let start = event.daysSinceEpoch
        let total = try total(after: event)
        let reached: Reached
        if unit == .workingDays {
            if event < calendar.firstDay { throw .beforeCoverage(event, first: calendar.firstDay) }
            reached = try Self.reach(total, after: start, pauses, counting, on: calendar.index)
        } else {
            reached = try Self.reach(total, after: start, pauses, counting, on: CalendarDayScale())
        }
        if unit == .workingDays, total > 0 {
            // Counting took days beyond the horizon by the weekly pattern and those of a hole as rest days. Only what
            // lies between the event and the result matters, and it must be known.
            let end =
                switch reached {
                case .day(let day): day
                case .stopped(let since, _): max(start, since)
                }
            try calendar.check(from: event, through: CivilDate(validNumber: end))
        }
        return reached
    }

    private static func reach(
        _ count: Int,
        after start: Int,
        _ pauses: Pauses<CivilDate>,
        _ counting: PauseCounting,
        on scale: some DayScale
    ) throws(WorkingTimeError) -> Reached {
        if count == 0 { return .day(start) }
        // All days through `cursor` are dealt with; `left` are still to be counted.
        var cursor = start
        var left = count
        for i in pauses.merged.indices {
            let (first, last) = pauses.merged[i].excluded(counting)
            if let last, last <= cursor { continue }
            if first - 1 > cursor {
                let available = scale.ordinal(through: first - 1) - scale.ordinal(through: cursor)
                if available >= left { break }
                left -= available
            }
            guard let last else { return .stopped(since: pauses.merged[i].start.daysSinceEpoch, remaining: left) }
            cursor = last
        }
        let (ordinal, overflow) = scale.ordinal(through: cursor).addingReportingOverflow(left)
        if overflow { throw .outOfRange }
        return .day(try scale.day(ordinal))
    }

    /// Counted days after `start` through `end`.
    private func counted(
        from start: Int,
        through end: Int,
        pauses: Pauses<CivilDate>,
        counting: PauseCounting,
        in calendar: WorkCalendar,
        isPaused: inout Bool
    ) -> Int {
        let index = calendar.index
        func days(_ from: Int, _ through: Int) -> Int {
            if through <= from { return 0 }
            return unit == .workingDays
                ? index.ordinal(through: through) - index.ordinal(through: from) : through - from
        }
        var cursor = start
        var counted = 0
        for i in pauses.merged.indices {
            let (first, last) = pauses.merged[i].excluded(counting)
            if let last, last <= cursor { continue }
            if first > end { break }
            counted += days(cursor, first - 1)
            cursor = max(cursor, min(last ?? end, end))
            if cursor == end { isPaused = true }
        }
        return counted + days(cursor, end)
    }
}

/// Days of one kind in a row, by ordinal.
protocol DayScale {
    /// The ordinal of the last day of the kind through `day`.
    func ordinal(through day: Int) -> Int
    /// The day of the kind with an ordinal.
    func day(_ ordinal: Int) throws(WorkingTimeError) -> Int
}

private struct CalendarDayScale: DayScale {
    func ordinal(through day: Int) -> Int { day }

    func day(_ ordinal: Int) throws(WorkingTimeError) -> Int {
        guard CivilDate.epochDays.contains(ordinal) else { throw .outOfRange }
        return ordinal
    }
}

extension DayIndex: DayScale {}
