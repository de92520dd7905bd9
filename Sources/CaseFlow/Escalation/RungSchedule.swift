import EventStore
import Foundation
import WorkingTime

/// A rung of a clock's ladder, and when it is reached if nothing more happens.
public struct ScheduledRung: Sendable, Hashable {
    /// The rung.
    public var rung: RulePack.Rung
    /// Its place in the ladder, from 1.
    public var level: Int
    /// Where on the clock's scale it is reached: a day, at whose end it shows; or a moment.
    public var point: ClockPoint
    /// When it is due: of a day the beginning, local, so that the card is there all the day on which `late` shows it; of a
    /// limit in minutes of service the moment. Never before the clock began.
    public var at: Timestamp
}

/// What the lapse of a limit brings about by itself, and when.
public struct ScheduledLapse: Sendable, Hashable {
    /// What.
    public var lapse: RulePack.Lapse
    /// When it is due: the beginning of the first working day after the last day (day 6 of five), local.
    public var at: Timestamp
}

extension ClockScale {
    /// When each rung of a clock's ladder is reached if nothing more happens, those that never are left out; by time, then by
    /// level. The same rungs are reached as ``CaseClocks`` tells for the days and moments from then on.
    func schedule(
        of clock: RulePack.Clock,
        limit: Limit,
        after start: ClockPoint,
        began: Timestamp,
        pauses: Pauses<ClockPoint> = Pauses()
    ) throws(WorkingTimeError) -> [ScheduledRung] {
        let ladder = rules.ladders[clock.ladder] ?? []
        if ladder.isEmpty { return [] }
        let due = try end(of: limit, after: start, pauses).due
        let total = try usage(of: limit, at: start, after: start, Pauses()).total
        var rungs: [ScheduledRung] = []
        for (index, rung) in ladder.enumerated() {
            let point: ClockPoint?
            switch rung.threshold {
            case .used(let percent, let orLeft):
                point = try self.point(percent, orLeft, of: total, limit, after: start, pauses, due)
            case .afterDue(let length):
                point = try due.flatMap { due throws(WorkingTimeError) in try after(length, due) }
            }
            guard let point, let at = moment(point) else { continue }
            rungs.append(ScheduledRung(rung: rung, level: index + 1, point: point, at: max(at, began)))
        }
        return rungs.sorted { ($0.at, $0.level) < ($1.at, $1.level) }
    }

    /// When a clock that runs lapses; nil for one whose lapse has no effect, and while it stands still.
    func lapse(of clock: RulePack.Clock, due: ClockDue?) throws(WorkingTimeError) -> ScheduledLapse? {
        guard let lapse = clock.lapse, let due else { return nil }
        let unit: Limit.Unit = rules.calendar == nil ? .calendarDays : .workingDays
        guard let day = Limit(1, unit), let point = try after(day, due), let at = moment(point) else { return nil }
        return ScheduledLapse(lapse: lapse, at: at)
    }

    /// A point as an instant: of a day its beginning.
    func moment(_ point: ClockPoint) -> Timestamp? { LocalTime(point.wall).resolved(in: zone)?.timestamp }

    /// Where so much of a limit is used, or so little is left; at the latest where it is late.
    private func point(
        _ percent: Int,
        _ orLeft: Limit?,
        of total: Int,
        _ limit: Limit,
        after start: ClockPoint,
        _ pauses: Pauses<ClockPoint>,
        _ due: ClockDue?
    ) throws(WorkingTimeError) -> ClockPoint? {
        let late = due.flatMap { lateFrom($0) }
        if total == 0 { return late }
        var share = (percent * total + 99) / 100
        if let orLeft, compares(orLeft) { share = min(share, total - orLeft.amount) }
        if share <= 0 { return start }
        let reached = try point(ofUsed: share, limit, after: start, pauses)
        switch (reached, late) {
        case (let reached?, let late?): return min(reached, late)
        case (let reached?, nil): return reached
        case (nil, let late): return late
        }
    }

    /// The first day, or second, after the end.
    private func lateFrom(_ due: ClockDue) -> ClockPoint? {
        switch due.point {
        case .day(let date): date.adding(days: 1).map { .day($0) }
        case .moment(let time): time.adding(seconds: 1).map { .moment($0) }
        }
    }

    private func point(ofUsed share: Int, _ limit: Limit, after start: ClockPoint, _ pauses: Pauses<ClockPoint>)
        throws(WorkingTimeError) -> ClockPoint?
    {
        if let service {
            let part = try TimeLimit(minutes: share)
            let outcome = try part.outcome(after: start.wall, in: service.hours, pauses: pauses.on(\.wall))
            return outcome.dueTime.map { .moment($0.time) }
        }
        let part = try DayLimit(share, limit.unit == .workingDays ? .workingDays : .calendarDays, roll: .unadjusted)
        return try part.outcome(
            after: start.date,
            in: calendar,
            pauses: pauses.on(\.date),
            counting: rules.pauses.rule
        ).dueDate.map { .day($0.date) }
    }

    /// So long after the end; nil where days and minutes do not go together.
    private func after(_ length: Limit, _ due: ClockDue) throws(WorkingTimeError) -> ClockPoint? {
        if length.unit == .serviceMinutes {
            guard let service else { return nil }
            let time = try TimeLimit(minutes: length.amount)
            return try time.outcome(after: due.point.wall, in: service.hours).dueTime.map { .moment($0.time) }
        }
        guard let days = length.inDays(rules) else { return nil }
        guard let date = try days.outcome(after: due.date, in: calendar).dueDate?.date else { return nil }
        return service == nil ? .day(date) : .moment(WallTime(startOf: date))
    }
}

extension ClockReading {
    /// The last point at which its ladder is looked at; nil while it runs or stands still. A lapse shows the day after the
    /// last one.
    private func lastLook(on scale: ClockScale) -> ClockPoint? {
        switch phase {
        case .running, .suspended: nil
        case .stopped(let point): point
        case .lapsed(let date): scale.end(of: date.adding(days: 1) ?? date)
        }
    }

    /// The rungs of its ladder and when each is reached: of a clock that runs if nothing more happens; of one that stands still
    /// or has stopped, those that it reached before. A rung that was reached before the limit was prolonged stays reached.
    func schedule(_ rules: RulePack, zone: TimeZone) throws(WorkingTimeError) -> [ScheduledRung] {
        guard let scale = scale(rules, zone) else { return [] }
        func schedule(_ limit: Limit) throws(WorkingTimeError) -> [ScheduledRung] {
            try scale.schedule(of: rule, limit: limit, after: startedAt, began: began, pauses: pauses)
        }
        var all: [ScheduledRung] = []
        var levels: Set<Int> = []
        for earlier in earlierLimits {
            all += try schedule(earlier.limit).filter { $0.point < earlier.until && levels.insert($0.level).inserted }
        }
        all += try schedule(limit).filter { !levels.contains($0.level) }
        if !earlierLimits.isEmpty { all.sort { ($0.at, $0.level) < ($1.at, $1.level) } }
        guard let last = lastLook(on: scale) else { return all }
        return all.filter { $0.point <= last }
    }

    /// What its lapse brings about, and when; nil unless it runs.
    func lapse(_ rules: RulePack, zone: TimeZone) throws(WorkingTimeError) -> ScheduledLapse? {
        guard phase == .running, let scale = scale(rules, zone) else { return nil }
        return try scale.lapse(of: rule, due: due)
    }

    /// What it was counted by.
    func scale(_ rules: RulePack, _ zone: TimeZone) -> ClockScale? {
        // Minutes of service need no legal calendar to count by.
        (calendar ?? .everyDay).map { ClockScale(rules: rules, zone: zone, calendar: $0, service: service) }
    }
}

extension CaseClocks {
    /// The rungs of a clock's ladder, and when each is reached; see ``ScheduledRung``. Errors: `WorkingTimeError`.
    public func schedule(of reading: ClockReading) throws(WorkingTimeError) -> [ScheduledRung] {
        try reading.schedule(rules, zone: zone)
    }
}
