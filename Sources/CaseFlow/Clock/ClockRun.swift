import EventStore
import Foundation
import WorkingTime

/// One run of one clock, from its start to its stop.
struct ClockRun {
    /// How long it may run, before extensions, and where that comes from.
    struct Length {
        let limit: Limit
        let article: LocalizedText
        var isOfItem = false
        var isTold = false
    }

    let rule: RulePack.Clock
    let start: CaseLedger.Entry
    let length: Length
    let ordinal: Int
    let rules: RulePack
    let zone: TimeZone

    init(
        _ rule: RulePack.Clock,
        start: CaseLedger.Entry,
        length: Length,
        ordinal: Int,
        rules: RulePack,
        zone: TimeZone
    ) {
        self.rule = rule
        self.start = start
        self.length = length
        self.ordinal = ordinal
        self.rules = rules
        self.zone = zone
    }

    func isStopped(by entry: CaseLedger.Entry) -> Bool {
        if rule.stops.isDisjoint(with: entry.milestones) { return false }
        if let stage = start.stage, let other = entry.stage { return stage == other }
        return true
    }

    /// What the facts after the start do to it.
    private struct Course {
        var extended = 0
        var pauses: [Pause<CivilDate>] = []
        var openSince: CivilDate?
        /// A suspension that was recorded too late does not count, and neither does its end.
        var ignoresSuspension = false
        /// Nil where nobody asked for them.
        var steps: [ClockStep]?

        mutating func say(_ step: @autoclosure () -> ClockStep) {
            if steps != nil { steps?.append(step()) }
        }

        var all: Pauses<CivilDate> {
            Pauses(pauses + (openSince.map { [Pause(openSince: $0)] } ?? []))
        }
    }

    /// Reads it at the end of a day.
    /// - Parameter rest: what was recorded after its start, in recorded order, up to the day and moment asked about.
    func reading(_ rest: [CaseLedger.Entry], asOf: CivilDate, in calendar: WorkCalendar, explained: Bool)
        throws(WorkingTimeError) -> ClockReading
    {
        let day0 = start.at.localDate
        var course = Course(steps: explained ? [] : nil)
        course.say(ClockStep(date: day0, rule: rule.article, reason: ClockText.started(rule, start, rules)))
        course.say(ClockStep(date: day0, rule: length.article, reason: ClockText.length(length)))
        var stop: CaseLedger.Entry?
        for entry in rest {
            if isStopped(by: entry) {
                stop = entry
                break
            }
            try take(entry, &course, in: calendar)
        }
        let limit = try days(course)
        let outcome = try limit.outcome(after: day0, in: calendar, pauses: course.all, counting: rules.pauses.rule)
        // A lapse that became known later: through the last day nothing had lapsed, and the clock ran.
        if let lapse = stop, lapse.isLapse, let due = outcome.dueDate?.date, asOf <= due { stop = nil }
        let phase: ClockReading.Phase
        if let stop {
            phase = stop.isLapse ? .lapsed(outcome.dueDate?.date ?? asOf) : .stopped(stop.at.localDate)
        } else if case .notRunning(let since, let left) = outcome {
            phase = .suspended(since: since, left: left)
        } else {
            phase = .running
        }
        // A lapse shows the day after the last: nobody acted in time.
        let day: CivilDate =
            switch phase {
            case .stopped(let date): date
            case .lapsed(let date): date.adding(days: 1) ?? date
            case .running, .suspended: asOf
            }
        let usage = try limit.usage(
            asOf: day,
            after: day0,
            in: calendar,
            pauses: course.all,
            counting: rules.pauses.rule
        )
        let isLate = outcome.dueDate.map { day > $0.date } ?? false
        let rungs = try reached(usage, outcome.dueDate?.date, day, in: calendar)
        let light: ClockReading.Light = isLate ? .red : rungs.contains("yellow") ? .yellow : .green
        if let stop { course.say(ClockText.stopped(stop, rule, late: isLate, due: outcome.dueDate?.date)) }
        var derivation: ClockDerivation?
        if let steps = course.steps {
            let count = try limit.derivation(
                after: day0,
                in: calendar,
                pauses: course.all,
                counting: rules.pauses.rule
            )
            derivation = ClockDerivation(steps: steps, count: count, unit: limit.unit, basis: rules.basis)
        }
        return ClockReading(
            rule: rule,
            stage: start.stage,
            ordinal: ordinal,
            startedOn: day0,
            limit: Limit(length.limit.amount + course.extended, length.limit.unit) ?? length.limit,
            article: length.article,
            due: outcome.dueDate,
            phase: phase,
            usage: usage,
            light: light,
            pauses: course.all,
            rungs: rungs,
            calendar: rules.calendar == nil ? nil : calendar,
            derivation: derivation
        )
    }

    /// The limit with what it was prolonged by.
    private func days(_ course: Course) throws(WorkingTimeError) -> DayLimit {
        let whole = Limit(length.limit.amount + course.extended, length.limit.unit) ?? length.limit
        guard let days = whole.inDays(rules) else { throw .outOfRange }
        return days
    }

    /// Suspensions and extensions. One that was recorded after the limit had ended is kept and shown, and moves nothing.
    private func take(_ entry: CaseLedger.Entry, _ course: inout Course, in calendar: WorkCalendar)
        throws(WorkingTimeError)
    {
        guard case .procedure(let fact, let at) = entry.fact else { return }
        let date = at.localDate
        func isTooLate() throws(WorkingTimeError) -> CivilDate? {
            let outcome = try days(course).outcome(
                after: start.at.localDate,
                in: calendar,
                pauses: course.all,
                counting: rules.pauses.rule
            )
            guard let due = outcome.dueDate?.date, let recorded = Moment.day(of: entry.recordedAt, in: zone),
                recorded > due
            else { return nil }
            return due
        }
        switch fact {
        case .suspended(let ground, let told) where rule.isSuspendable:
            let article = rules.groundsArticle ?? rule.article
            if let due = try isTooLate() {
                course.ignoresSuspension = true
                course.say(ClockText.tooLate(date, article, due: due, entry, zone))
                return
            }
            course.openSince = date
            let title = rules.grounds.first { $0.name == ground }?.title ?? LocalizedText(ground, ground)
            course.say(ClockText.suspended(date, article, title, told))
        case .resumed where rule.isSuspendable:
            if course.ignoresSuspension {
                course.ignoresSuspension = false
                return
            }
            guard let since = course.openSince else { return }
            course.openSince = nil
            // The decider lets nobody resume before the suspension.
            if let pause = try? Pause(since, to: date) { course.pauses.append(pause) }
            course.say(ClockText.resumed(date, since: since, rule, rules))
        case .extended(let clock, let by, let authority, _) where clock == rule.name:
            let power = rule.extensions.first { $0.authority == authority }
            let article = power?.article ?? rule.article
            if let due = try isTooLate() {
                course.say(ClockText.tooLate(date, article, due: due, entry, zone))
                return
            }
            if by.unit == length.limit.unit {
                course.extended += by.amount
                course.say(ClockText.extended(date, article, by, authority))
            } else {
                course.say(ClockText.otherUnit(date, article, by, length.limit))
            }
        default: break
        }
    }

    /// The rungs of the ladder that are reached on a day.
    private func reached(_ usage: DayLimit.Usage, _ due: CivilDate?, _ day: CivilDate, in calendar: WorkCalendar)
        throws(WorkingTimeError) -> [String]
    {
        var names: [String] = []
        for rung in rules.ladders[rule.ladder] ?? [] {
            switch rung.threshold {
            case .used(let percent, let left):
                let isNearlyOver = left.map { usage.left <= $0.amount && usage.total > 0 } ?? false
                if usage.used * 100 >= percent * usage.total && usage.total > 0 || isNearlyOver || day > due ?? day {
                    names.append(rung.name)
                }
            case .afterDue(let limit):
                guard let due, let days = limit.inDays(rules),
                    let end = try days.outcome(after: due, in: calendar).dueDate?.date, day >= end
                else { continue }
                names.append(rung.name)
            }
        }
        return names
    }
}
