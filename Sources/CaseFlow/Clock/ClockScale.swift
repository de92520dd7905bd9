import EventStore
import Foundation
import WorkingTime

/// How the limit of a clock is counted: in days, by the legal calendar; or in minutes, by the hours of a service calendar.
///
/// Minutes are counted by the second and told whole: those used are rounded down, those left up, so that none is left
/// only when the limit is over. The fraction of a second of a fact is dropped. Moments are those of the centre's wall
/// clock, whatever offset a fact was written with.
struct ClockScale {
    let rules: RulePack
    let zone: TimeZone
    /// The legal calendar that days are counted by, also those after the end of a limit in minutes.
    let calendar: WorkCalendar
    /// The hours of service; nil for a limit in days.
    var service: CalendarBook.ServiceState?

    /// When a limit ends.
    enum End {
        case due(ClockDue)
        /// A pause lasts; so many days or minutes are left.
        case notRunning(since: ClockPoint, left: Int)

        var due: ClockDue? {
            if case .due(let due) = self { due } else { nil }
        }
    }

    // MARK: Points

    /// Where a fact stands.
    func point(_ at: ZonedTime) -> ClockPoint {
        service == nil ? .day(at.localDate) : .moment((at.shifted(to: zone) ?? at).local.wallTime)
    }

    /// Where a moment stands; nil outside the years 1 to 9999.
    func point(_ moment: Timestamp) -> ClockPoint? {
        ZonedTime(microsecondsSinceEpoch: moment.microseconds, offsetSeconds: 0)?.shifted(to: zone).map(point)
    }

    /// The end of a day.
    func end(of date: CivilDate) -> ClockPoint {
        if service == nil { return .day(date) }
        return .moment(WallTime(date, hour: 23, minute: 59, second: 59) ?? WallTime(startOf: date))
    }

    // MARK: Counting

    func end(of limit: Limit, after start: ClockPoint, _ pauses: Pauses<ClockPoint>) throws(WorkingTimeError) -> End {
        if let service {
            let time = try TimeLimit(minutes: limit.amount)
            switch try time.outcome(after: start.wall, in: service.hours, pauses: pauses.on(\.wall)) {
            case .due(let due): return .due(ClockDue(due))
            case .notRunning(let since, let seconds):
                return .notRunning(since: .moment(since), left: (seconds + 59) / 60)
            }
        }
        let counting = rules.pauses.rule
        switch try days(limit).outcome(after: start.date, in: calendar, pauses: pauses.on(\.date), counting: counting) {
        case .due(let due): return .due(ClockDue(due))
        case .notRunning(let since, let left): return .notRunning(since: .day(since), left: left)
        }
    }

    func usage(of limit: Limit, at point: ClockPoint, after start: ClockPoint, _ pauses: Pauses<ClockPoint>)
        throws(WorkingTimeError) -> ClockReading.Usage
    {
        guard let service else {
            let usage = try days(limit).usage(
                asOf: point.date,
                after: start.date,
                in: calendar,
                pauses: pauses.on(\.date),
                counting: rules.pauses.rule
            )
            return .init(total: usage.total, used: usage.used, left: usage.left, overdue: usage.overdue)
        }
        let used =
            try TimeLimit(minutes: limit.amount)
            .usedSeconds(asOf: point.wall, after: start.wall, in: service.hours, pauses: pauses.on(\.wall)) / 60
        var overdue = 0
        if let due = try end(of: limit, after: start, pauses).due?.point, point > due {
            overdue = try service.hours.minutes(from: due.wall, to: point.wall)
        }
        return .init(total: limit.amount, used: used, left: limit.amount - used, overdue: overdue)
    }

    /// How it comes to its end, step by step.
    func count(of limit: Limit, after start: ClockPoint, _ pauses: Pauses<ClockPoint>) throws(WorkingTimeError)
        -> ClockDerivation.Count
    {
        if let service {
            let time = try TimeLimit(minutes: limit.amount)
            return .minutes(try time.derivation(after: start.wall, in: service.hours, pauses: pauses.on(\.wall)))
        }
        let days = try days(limit)
        let counting = rules.pauses.rule
        return .days(
            try days.derivation(after: start.date, in: calendar, pauses: pauses.on(\.date), counting: counting),
            days.unit
        )
    }

    /// What the steps of a count rest on.
    var basis: DerivationText.Basis {
        guard let service else { return rules.basis }
        return DerivationText.Basis(counted: service.title, pause: rules.basis.pause)
    }

    private func days(_ limit: Limit) throws(WorkingTimeError) -> DayLimit {
        guard let days = limit.inDays(rules) else { throw .outOfRange }
        return days
    }

    // MARK: Ladders

    /// Whether a rung that names what is left can be held against this clock: minutes are no days.
    func compares(_ left: Limit) -> Bool { (left.unit == .serviceMinutes) == (service != nil) }

    /// Whether so much time has passed since the end of a limit. Days count from the due day, whatever the limit counts;
    /// minutes of service from the due moment, and never for a limit in days.
    func hasPassed(_ limit: Limit, since due: ClockDue, at point: ClockPoint) throws(WorkingTimeError) -> Bool {
        if limit.unit == .serviceMinutes {
            guard let service else { return false }
            let time = try TimeLimit(minutes: limit.amount)
            guard let end = try time.outcome(after: due.point.wall, in: service.hours).dueTime?.time else {
                return false
            }
            return point.wall >= end
        }
        guard let end = try days(limit).outcome(after: due.date, in: calendar).dueDate?.date else { return false }
        return point.date >= end
    }
}

extension LocalTime {
    /// The same on a wall clock, to the second: a fraction is dropped.
    public var wallTime: WallTime {
        let second = Int(microsecondOfDay / 1_000_000)
        // The second lies within the day, so there is such a time.
        return WallTime(date, hour: second / 3600, minute: second / 60 % 60, second: second % 60)
            ?? WallTime(startOf: date)
    }

    /// The same as a wall clock shows it.
    init(_ time: WallTime) {
        self.init(validDate: time.date, microsecondOfDay: Int64(time.secondOfDay) * 1_000_000)
    }
}
