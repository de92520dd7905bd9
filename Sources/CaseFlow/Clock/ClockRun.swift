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
    let scale: ClockScale
    /// The scale as it was known at a moment; nil where it was not known then.
    private let asKnown: (Timestamp) -> ClockScale?

    init(
        _ rule: RulePack.Clock,
        start: CaseLedger.Entry,
        length: Length,
        ordinal: Int,
        on scale: ClockScale,
        asKnown: @escaping (Timestamp) -> ClockScale?
    ) {
        self.rule = rule
        self.start = start
        self.length = length
        self.ordinal = ordinal
        self.scale = scale
        self.asKnown = asKnown
    }

    private var rules: RulePack { scale.rules }
    private var startedAt: ClockPoint { scale.point(start.at) }

    /// What the facts after the start do to it.
    private struct Course {
        var extended = 0
        var earlierLimits: [ClockReading.EarlierLimit] = []
        var pauses: [Pause<ClockPoint>] = []
        var openSince: ClockPoint?
        /// A suspension that was recorded too late does not count, and neither does its end.
        var ignoresSuspension = false
        /// Nil where nobody asked for them.
        var steps: [ClockStep]?

        mutating func say(_ step: @autoclosure () -> ClockStep) {
            if steps != nil { steps?.append(step()) }
        }

        var all: Pauses<ClockPoint> {
            Pauses(pauses + (openSince.map { [Pause(openSince: $0)] } ?? []))
        }
    }

    /// Reads it.
    /// - Parameters:
    ///   - rest: what was recorded after its start, in recorded order, up to the moments asked about.
    ///   - asOf: the day at whose end, or the moment at which it is read.
    func reading(_ rest: ArraySlice<CaseLedger.Entry>, asOf: ClockPoint, explained: Bool) throws(WorkingTimeError)
        -> ClockReading
    {
        let startedAt = startedAt
        var course = Course(steps: explained ? [] : nil)
        course.say(ClockText.started(self, at: startedAt))
        course.say(ClockText.length(length, at: startedAt))
        var stop: CaseLedger.Entry?
        // Entries are large, and most of them are neither: none is copied for nothing.
        for index in rest.indices {
            if !rule.stopping.isDisjoint(with: rest[index].milestones), rule.isStopped(by: rest[index], since: start) {
                stop = rest[index]
                break
            }
            if rest[index].movesLimits { try take(rest[index], &course) }
        }
        let limit = whole(course)
        let pauses = course.all
        let end = try scale.end(of: limit, after: startedAt, pauses)
        // Up to the last day nothing had lapsed, and the clock ran, although a lapse became known later.
        let lapse = stop.flatMap { $0.isLapse ? self.end(by: $0, end.due) : nil }
        if let lapse, asOf <= lapse.through { stop = nil }
        let phase: ClockReading.Phase
        // What it is read at; a lapse shows the day after the last, since nobody acted in time.
        let point: ClockPoint
        switch (stop, end) {
        case (let stop?, _) where stop.isLapse:
            let last = lapse?.last ?? asOf.date
            (phase, point) = (.lapsed(last), scale.end(of: last.adding(days: 1) ?? last))
        case (let stop?, _): (phase, point) = (.stopped(scale.point(stop.at)), scale.point(stop.at))
        case (nil, .notRunning(let since, let left)): (phase, point) = (.suspended(since: since, left: left), asOf)
        case (nil, .due): (phase, point) = (.running, asOf)
        }
        let usage = try scale.usage(of: limit, at: point, after: startedAt, pauses)
        let isLate = end.due.map { point > $0.point } ?? false
        let rungs = try reached(usage, end.due, point)
        if let stop {
            let at = stop.isLapse ? point : scale.point(stop.at)
            course.say(ClockText.stopped(stop, rule, at: at, late: isLate, end.due))
        }
        var derivation: ClockDerivation?
        if let steps = course.steps {
            let count = try scale.count(of: limit, after: startedAt, pauses)
            derivation = ClockDerivation(steps: steps, count: count, basis: scale.basis)
        }
        return ClockReading(
            rule: rule,
            stage: start.stage,
            ordinal: ordinal,
            startedAt: startedAt,
            began: start.at.timestamp,
            limit: limit,
            earlierLimits: course.earlierLimits,
            article: length.article,
            due: end.due,
            phase: phase,
            usage: usage,
            light: isLate ? .red : rungs.contains("yellow") ? .yellow : .green,
            pauses: pauses,
            rungs: rungs,
            calendar: scale.service.map(\.hours.calendar) ?? (rules.calendar == nil ? nil : scale.calendar),
            service: scale.service,
            derivation: derivation
        )
    }

    /// The last day on which a clock that a lapse stops still ran, and the point through which it did: where its limit
    /// ended, or the day before the lapse was recorded where that came first. It does where the limit of another clock
    /// has lapsed, and where the calendar was amended between the decision and its record: what is recorded has happened.
    private func end(by lapse: CaseLedger.Entry, _ due: ClockDue?) -> (last: CivilDate, through: ClockPoint)? {
        let recorded = scale.point(lapse.recordedAt)
        if let due, recorded.map({ due.point < $0 }) ?? true { return (due.date, due.point) }
        return recorded?.date.adding(days: -1).map { ($0, scale.end(of: $0)) }
    }

    /// The limit with what it was prolonged by.
    private func whole(_ course: Course) -> Limit {
        Limit(length.limit.amount + course.extended, length.limit.unit) ?? length.limit
    }

    /// Suspensions and extensions. One that was recorded after the limit had ended is kept and shown, and moves nothing.
    /// That is judged once, by the calendar that was known when it was recorded: an amendment of a later day neither gives
    /// nor takes what was in time.
    private func take(_ entry: CaseLedger.Entry, _ course: inout Course) throws(WorkingTimeError) {
        guard case .procedure(let fact, let at) = entry.fact else { return }
        let point = scale.point(at)
        /// When it was recorded, and when the limit had ended before.
        func tooLate() throws(WorkingTimeError) -> (recorded: ClockPoint, due: ClockPoint)? {
            let then = asKnown(entry.recordedAt) ?? scale
            guard let due = try then.end(of: whole(course), after: startedAt, course.all).due?.point,
                let recorded = scale.point(entry.recordedAt), recorded > due
            else { return nil }
            return (recorded, due)
        }
        switch fact {
        case .suspended(let ground, let told) where rule.isSuspendable:
            let article = rules.groundsArticle ?? rule.article
            if let late = try tooLate() {
                course.ignoresSuspension = true
                course.say(ClockText.tooLate(point, article, recorded: late.recorded, due: late.due))
                return
            }
            course.openSince = point
            let title = rules.grounds.first { $0.name == ground }?.title ?? LocalizedText(ground, ground)
            course.say(ClockText.suspended(point, article, title, told))
        case .resumed where rule.isSuspendable:
            if course.ignoresSuspension {
                course.ignoresSuspension = false
                return
            }
            guard let since = course.openSince else { return }
            course.openSince = nil
            // The decider lets nobody resume before the suspension.
            if let pause = try? Pause(since, to: point) { course.pauses.append(pause) }
            course.say(ClockText.resumed(point, since: since, rule, rules))
        case .extended(let clock, let by, let authority, _) where clock == rule.name:
            let power = rule.extensions.first { $0.authority == authority }
            let article = power?.article ?? rule.article
            if let late = try tooLate() {
                course.say(ClockText.tooLate(point, article, recorded: late.recorded, due: late.due))
                return
            }
            if by.unit == length.limit.unit {
                course.earlierLimits.append(ClockReading.EarlierLimit(limit: whole(course), until: point))
                course.extended += by.amount
                course.say(ClockText.extended(point, article, by, authority))
            } else {
                course.say(ClockText.otherUnit(point, article, by, length.limit))
            }
        default: break
        }
    }

    /// The rungs of the ladder that are reached at a point.
    private func reached(_ usage: ClockReading.Usage, _ due: ClockDue?, _ point: ClockPoint) throws(WorkingTimeError)
        -> [String]
    {
        var names: [String] = []
        for rung in rules.ladders[rule.ladder] ?? [] {
            switch rung.threshold {
            case .used(let percent, let left):
                let isNearlyOver = left.map { scale.compares($0) && usage.left <= $0.amount } ?? false
                let isUsed = usage.used * 100 >= percent * usage.total
                let isLate = due.map { point > $0.point } ?? false
                if usage.total > 0 && (isUsed || isNearlyOver) || isLate { names.append(rung.name) }
            case .afterDue(let limit):
                if let due, try scale.hasPassed(limit, since: due, at: point) { names.append(rung.name) }
            }
        }
        return names
    }
}

extension RulePack.Clock {
    /// How long it may run in a case, and by which article; nil when it does not run at all.
    /// - Parameter told: what the person was told with the fact that starts it.
    func length(_ pin: Case.RulePin, told: Limit?) -> ClockRun.Length? {
        let own: Limit? =
            switch itemLimit {
            case .statute: pin.statute
            case .promise: pin.promise
            case nil: nil
            }
        if let own { return .init(limit: own, article: article, isOfItem: true) }
        if let other = handling[pin.handling] { return .init(limit: other.limit, article: other.article) }
        switch length {
        case .fixed(let limit):
            guard let told, toldAtMost != nil else { return .init(limit: limit, article: article) }
            return .init(limit: told, article: article, isTold: true)
        case .told: return told.map { .init(limit: $0, article: article, isTold: true) }
        case .itemOnly: return nil
        }
    }

    /// Whether a fact ends the run that another one has begun.
    func isStopped(by entry: CaseLedger.Entry, since start: CaseLedger.Entry) -> Bool {
        if stopping.isDisjoint(with: entry.milestones) { return false }
        if let stage = start.stage, let other = entry.stage { return stage == other }
        return true
    }
}

extension RulePack {
    /// Whether a limit of a case that is pinned so counts minutes of service, whatever it is told later.
    func countsServiceMinutes(_ pin: Case.RulePin) -> Bool {
        clocks.contains { $0.length(pin, told: nil)?.limit.unit == .serviceMinutes }
    }
}
