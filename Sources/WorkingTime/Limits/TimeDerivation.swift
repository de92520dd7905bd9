/// How a limit by the second came to its end, step by step, in the order of time.
public struct TimeDerivation: Sendable, Hashable {
    /// One step. Times of opening that neither count nor are paused do not occur.
    public enum Step: Sendable, Hashable {
        /// The event.
        case event(WallTime)
        /// Open and counted; with the seconds of the limit that are used at its end.
        case counted(Range<WallTime>, usedSeconds: Int)
        /// Open and not counted: excluded by a pause, which is given after merging.
        case paused(Range<WallTime>, by: Pause<WallTime>)
        /// Days without any opening.
        case closed(ClosedRange<CivilDate>)
        /// From this day on the calendar is not published, and the weekly pattern alone decides.
        case horizonPassed(CivilDate)
        /// The pause is open: so many seconds of the limit are left.
        case stopped(since: WallTime, remainingSeconds: Int)
        /// The end.
        case due(DueTime)
    }

    /// What the limit came to.
    public let outcome: TimeLimit.Outcome
    /// In the order of time; the first is the event, the last the due time or the open pause.
    public let steps: [Step]
    /// The legal calendar's name and state, where the service hours follow one.
    public let calendar: String?
    /// The state of that calendar.
    public let version: CalendarVersion?
}

extension TimeLimit {
    /// When the limit ends, and how that came about. The outcome is always that of ``outcome(after:in:pauses:)``.
    /// - Complexity: it looks at every day between the event and the end.
    public func derivation(
        after event: WallTime,
        in hours: ServiceHours,
        pauses: Pauses<WallTime> = Pauses()
    ) throws(WorkingTimeError) -> TimeDerivation {
        let outcome = try outcome(after: event, in: hours, pauses: pauses)
        var steps: [TimeDerivation.Step] = [.event(event)]
        let (end, lastDay) =
            switch outcome {
            case .due(let due): (due.time, due.date.daysSinceEpoch)
            case .notRunning(let since, _): (since, since.dayNumber)
            }
        var begin = event
        if start == .nextDay, let next = event.date.adding(days: 1) { begin = WallTime(startOf: next) }
        var used = 0
        var closed: ClosedRange<CivilDate>?
        var isBeyondHorizon = hours.isProvisional(event.date)
        var number = begin.dayNumber
        while number <= lastDay, begin < end {
            let date = CivilDate(validNumber: number)
            let intervals = hours.index.hours(number).intervals
            if closed != nil, !intervals.isEmpty || (!isBeyondHorizon && hours.isProvisional(date)) {
                if let days = closed { steps.append(.closed(days)) }
                closed = nil
            }
            if !isBeyondHorizon, hours.isProvisional(date) {
                isBeyondHorizon = true
                steps.append(.horizonPassed(date))
            }
            if intervals.isEmpty { closed = (closed?.lowerBound ?? date)...date }
            for interval in intervals {
                let midnight = number * WallTime.secondsInDay
                let from = max(begin, WallTime(validSeconds: midnight + interval.lowerBound * 60))
                let to = min(end, WallTime(validSeconds: midnight + interval.upperBound * 60))
                if from < to { Self.add(from..<to, without: pauses, to: &steps, used: &used) }
            }
            number += 1
        }
        if let closed { steps.append(.closed(closed)) }
        switch outcome {
        case .due(let due): steps.append(.due(due))
        case .notRunning(let since, let remaining): steps.append(.stopped(since: since, remainingSeconds: remaining))
        }
        return TimeDerivation(
            outcome: outcome,
            steps: steps,
            calendar: hours.calendar?.code,
            version: hours.calendar?.version
        )
    }

    private static func add(
        _ open: Range<WallTime>,
        without pauses: Pauses<WallTime>,
        to steps: inout [TimeDerivation.Step],
        used: inout Int
    ) {
        var position = open.lowerBound
        func count(until end: WallTime) {
            if position >= end { return }
            used += position.seconds(to: end)
            steps.append(.counted(position..<end, usedSeconds: used))
            position = end
        }
        for pause in pauses.merged where pause.start < open.upperBound {
            let end = min(pause.end ?? open.upperBound, open.upperBound)
            if end <= position { continue }
            count(until: max(position, pause.start))
            steps.append(.paused(position..<end, by: pause))
            position = end
        }
        count(until: open.upperBound)
    }
}
