/// A limit in minutes of service, or in days that are counted by the second.
///
/// It runs while the service is open and no pause holds. Pauses count by the moment: a pause from p to r excludes the
/// seconds t with p <= t < r. A pause after the end moves nothing. Times are those of a wall clock (``WallTime``).
public struct TimeLimit: Sendable, Hashable {
    /// When a limit begins to run.
    public enum Start: String, Sendable, Hashable {
        /// With the event, or at the next opening.
        case atOnce
        /// With the day after the event: the day of the event is day 0 (Civil Code of the PRC, article 201).
        case nextDay
    }

    /// Seconds of service, 0 or more.
    public let seconds: Int
    /// When it begins to run.
    public let start: Start

    /// So many minutes of service, running from the event.
    /// - Throws: ``WorkingTimeError/negativeLimit(_:)``, ``WorkingTimeError/outOfRange``.
    public init(minutes: Int) throws(WorkingTimeError) {
        if minutes < 0 { throw .negativeLimit(minutes) }
        let (seconds, overflow) = minutes.multipliedReportingOverflow(by: 60)
        if overflow { throw .outOfRange }
        self.init(seconds: seconds, start: .atOnce)
    }

    /// So many days of the given hours, running from the day after the event.
    ///
    /// With `ServiceHours.workingDays(of: calendar, hours)` and the same hours, and without pauses, the limit ends at
    /// the close of the n-th working day. A pause moves the end by the open time that it excludes. `.wholeDay` counts
    /// days of 24 hours, the last of which ends at midnight.
    /// - Throws: ``WorkingTimeError/negativeLimit(_:)``, ``WorkingTimeError/outOfRange``.
    public init(days: Int, of hours: DayHours) throws(WorkingTimeError) {
        if days < 0 { throw .negativeLimit(days) }
        let (seconds, overflow) = days.multipliedReportingOverflow(by: hours.seconds)
        if overflow { throw .outOfRange }
        self.init(seconds: seconds, start: .nextDay)
    }

    private init(seconds: Int, start: Start) {
        self.seconds = seconds
        self.start = start
    }

    /// When a limit ends.
    public enum Outcome: Sendable, Hashable {
        /// At a moment.
        case due(DueTime)
        /// It is paused, and the pause is open; seconds of service that are left.
        case notRunning(since: WallTime, remainingSeconds: Int)

        /// The due time, where there is one.
        public var dueTime: DueTime? {
            if case .due(let due) = self { due } else { nil }
        }
    }

    /// When the limit ends.
    ///
    /// A limit of 0 ends with the event, or with the day of the event when it begins to run on the next day.
    /// - Throws: ``WorkingTimeError``, when the answer depends on days of which nothing is known.
    public func outcome(
        after event: WallTime,
        in hours: ServiceHours,
        pauses: Pauses<WallTime> = Pauses()
    ) throws(WorkingTimeError) -> Outcome {
        var cursor = event
        if start == .nextDay {
            guard let next = event.date.adding(days: 1) else { throw .outOfRange }
            cursor = WallTime(startOf: next)
        }
        try hours.check(from: event, through: event)
        if seconds == 0 { return .due(DueTime(cursor, on: event.date, isProvisional: false)) }
        var done = hours.index.seconds(before: cursor)
        var left = seconds
        for i in pauses.merged.indices {
            let pause = pauses.merged[i]
            if let end = pause.end, end <= cursor { continue }
            if pause.start > cursor {
                let atPause = hours.index.seconds(before: pause.start)
                if atPause - done >= left { break }
                left -= atPause - done
            }
            guard let end = pause.end else {
                try hours.check(from: event, through: max(event, pause.start))
                return .notRunning(since: pause.start, remainingSeconds: left)
            }
            cursor = end
            done = hours.index.seconds(before: end)
        }
        let (target, overflow) = done.addingReportingOverflow(left)
        if overflow { throw .outOfRange }
        let (time, day) = try hours.index.moment(after: target)
        let date = CivilDate(validNumber: day)
        try hours.index.check(from: event.date, through: date)
        return .due(DueTime(time, on: date, isProvisional: hours.isProvisional(date)))
    }

    /// Seconds of service that are used at a moment, at most ``seconds``; 0 before the limit begins to run. The rest is
    /// left. What is past the end is `hours.seconds(from:to:)` from there.
    public func usedSeconds(
        asOf moment: WallTime,
        after event: WallTime,
        in hours: ServiceHours,
        pauses: Pauses<WallTime> = Pauses()
    ) throws(WorkingTimeError) -> Int {
        if moment <= event { return 0 }
        switch try outcome(after: event, in: hours, pauses: pauses) {
        case .due(let due) where due.time <= moment: return seconds
        case .notRunning(let since, let remaining) where since <= moment: return seconds - remaining
        default: break
        }
        // The limit is running at this moment, or paused for a while: what counts until then is what an open pause from
        // here on would leave.
        let until = Pauses(pauses.merged + [Pause(openSince: moment)])
        guard case .notRunning(_, let remaining) = try outcome(after: event, in: hours, pauses: until) else {
            return seconds
        }
        return seconds - remaining
    }
}

/// The moment at which a limit ends.
public struct DueTime: Sendable, Hashable, CustomStringConvertible {
    /// The moment.
    public let time: WallTime
    /// The day that it ends: where ``time`` is midnight, the day before.
    public let date: CivilDate
    /// It depends on days beyond the calendar's horizon: it can change when the calendar is continued.
    public let isProvisional: Bool

    /// A due time.
    public init(_ time: WallTime, on date: CivilDate, isProvisional: Bool) {
        self.time = time
        self.date = date
        self.isProvisional = isProvisional
    }

    /// `2026-02-13T17:00 (provisional)`.
    public var description: String { isProvisional ? "\(time) (provisional)" : "\(time)" }
}
