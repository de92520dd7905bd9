import EventStore
import WorkingTime

/// The days of a case, split by who had it. The parts of a split add up exactly to the days that it counts.
///
/// A day belongs to who had the case when it began: the day on which it changes hands is the last one of who hands it on,
/// as the day of an event is day 0 of what it begins (Civil Code art. 201). So whose days are split are the days that a
/// clock counts, and no others. See decision 23.
public struct HolderDays: Sendable, Hashable {
    /// Days in a row that one holder had the case, as one count counts them.
    public struct Span: Sendable, Hashable {
        /// Who.
        public var holder: CaseHolder
        /// The first and the last day counted; local.
        public var from, through: CivilDate
        /// How many were counted; days of rest and of pauses lie between.
        public var days: Int
        /// The position of the event with which the holder got it.
        public var begunBy: Int64
        /// That of the event with which the holder passed it on; nil while the holder has it.
        public var endedBy: Int64?
    }

    /// What one holder had of a count.
    public struct Part: Sendable, Hashable {
        /// Who.
        public var holder: CaseHolder
        /// How many days.
        public var days: Int
    }

    /// One count of days, and whose they were.
    public struct Split: Sendable, Hashable {
        /// The clock; nil for the case as a whole, from its receipt to its end.
        public var clock: ClockName?
        /// The stage or the material that the clock watches.
        public var stage: String?
        /// Which start of the clock it is, from 1.
        public var ordinal: Int
        /// In which days it counts.
        public var unit: Limit.Unit
        /// Day 0.
        public var startedOn: CivilDate
        /// The day at whose end it was counted: of its end, else the one asked about.
        public var through: CivilDate
        /// Whether it goes on.
        public var isOpen: Bool
        /// The days used of a clock's limit, or the days of the case.
        public var used: Int
        /// Those behind a clock's due date.
        public var overdue: Int
        /// In the order of the days.
        public var spans: [Span]

        /// All days that are split.
        public var days: Int { used + overdue }

        /// By holder, in the order of their first days.
        public var parts: [Part] {
            var parts: [Part] = []
            for span in spans {
                if let index = parts.firstIndex(where: { $0.holder == span.holder }) {
                    parts[index].days += span.days
                } else {
                    parts.append(Part(holder: span.holder, days: span.days))
                }
            }
            return parts
        }
    }

    /// The whole case by working days of the calendar of its rules; by calendar days where it goes by none.
    public var whole: Split
    /// Its clocks that count days, in the order of the rules and of their starts. Minutes of service are no days.
    public var clocks: [Split]

    /// Splits the days of a case at the end of a day. Nil where nothing of it was there by then. Pure.
    /// - Parameters:
    ///   - clocks: how its clocks are read; nil for a case that goes by no rules.
    ///   - knownAt: the calendar of what goes on is that of then; of what has ended, that of the record of the end.
    /// - Throws: ``ClockProblem``; ``HolderDaysProblem``; `WorkingTimeError`.
    public init?(_ record: CaseRecord, _ clocks: CaseClocks?, asOf day: CivilDate, knownAt: Timestamp) throws {
        guard let receipt = record.receipt, receipt.day <= day else { return nil }
        let timeline = try HolderTimeline(record, clocks)
        whole = try Self.whole(record, receipt.day, timeline, clocks, day, knownAt)
        self.clocks = []
        guard let clocks, record.pin != nil else { return }
        let readings = try clocks.readings(of: record.ledger, asOf: day, knownAt: knownAt, explained: false)
        for reading in readings where reading.limit.unit != .serviceMinutes {
            self.clocks.append(try Self.split(reading, timeline, clocks.rules, asOf: day))
        }
    }

    // MARK: The whole case

    /// Without its clocks.
    static func whole(
        _ record: CaseRecord,
        _ received: CivilDate,
        _ timeline: HolderTimeline,
        _ clocks: CaseClocks?,
        _ day: CivilDate,
        _ knownAt: Timestamp
    ) throws -> Split {
        let rules = record.pin == nil ? nil : clocks?.rules
        let last = timeline.turns.last { $0.day <= day }
        let isOver = last.map { $0.holder == nil } ?? false
        var through = day
        var known = knownAt
        if isOver {
            // Over with the event behind which nobody has it.
            let end = timeline.turns.lastIndex { $0.day <= day && $0.holder != nil }.map { timeline.turns[$0 + 1] }
            through = end?.day ?? day
            let entry = record.entries.first { $0.position == end?.position }
            known = entry?.recordedAt ?? knownAt
        }
        let calendar = try rules?.calendar.flatMap { code in
            guard let calendar = try clocks?.calendar(known) else { throw HolderDaysProblem.noCalendar(code) }
            return calendar
        }
        var split = Split(
            clock: nil,
            stage: nil,
            ordinal: 1,
            unit: calendar == nil ? .calendarDays : .workingDays,
            startedOn: received,
            through: through,
            isOpen: !isOver,
            used: 0,
            overdue: 0,
            spans: []
        )
        var spans = SpanBuilder(timeline)
        var next = received.adding(days: 1)
        while let day = next, day <= through {
            next = day.adding(days: 1)
            guard let index = timeline.turn(on: day), let holder = timeline.turns[index].holder else { continue }
            if let calendar, !(try calendar.isWorkingDay(day)) { continue }
            let pause = timeline.suspension(on: day, rules?.pauses ?? .civil)
            spans.add(day, pause ?? holder, turn: index) { turn in
                turn.holder == nil ? nil : turn.suspension ?? turn.holder
            }
            split.used += 1
        }
        split.spans = spans.spans
        return split
    }

    // MARK: A clock

    private static func split(
        _ reading: ClockReading,
        _ timeline: HolderTimeline,
        _ rules: RulePack,
        asOf day: CivilDate
    ) throws -> Split {
        let (end, isOpen) = reading.end(asOf: day)
        let days = try reading.countedDays(rules, through: end)
        var spans = SpanBuilder(timeline)
        for day in days {
            guard let index = timeline.turn(on: day) else { continue }
            spans.add(day, reading.holder(timeline, on: day, index, rules), turn: index) { turn in
                reading.holder(timeline, of: turn)
            }
        }
        return Split(
            clock: reading.rule.name,
            stage: reading.stage,
            ordinal: reading.ordinal,
            unit: reading.limit.unit,
            startedOn: reading.startedOn,
            through: end,
            isOpen: isOpen,
            used: reading.usage.used,
            overdue: reading.usage.overdue,
            spans: spans.spans
        )
    }
}

/// Why days cannot be split.
public enum HolderDaysProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// The calendar by which the case is counted is not known.
    case noCalendar(String)

    /// What is wrong and what to do.
    public var description: String {
        switch self {
        case .noCalendar(let code):
            "the case is counted by working days of calendar '\(code)', which is not known; `caseflowd calendar list` shows those that are"
        }
    }
}

/// Puts days together to spans.
private struct SpanBuilder {
    let timeline: HolderTimeline
    private(set) var spans: [HolderDays.Span] = []

    init(_ timeline: HolderTimeline) { self.timeline = timeline }

    /// Adds a counted day.
    /// - Parameter holder: who has it from a turn on, by which the beginning and the end of the hold are found.
    mutating func add(
        _ day: CivilDate,
        _ who: CaseHolder,
        turn index: Int,
        _ holder: (HolderTimeline.Turn) -> CaseHolder?
    ) {
        let begun = begin(index, who, holder)
        if let last = spans.last, last.holder == who, last.begunBy == begun {
            spans[spans.count - 1].through = day
            spans[spans.count - 1].days += 1
            return
        }
        spans.append(
            HolderDays.Span(
                holder: who,
                from: day,
                through: day,
                days: 1,
                begunBy: begun,
                endedBy: end(index, who, holder)
            )
        )
    }

    private func begin(_ index: Int, _ who: CaseHolder, _ holder: (HolderTimeline.Turn) -> CaseHolder?) -> Int64 {
        var first = index
        while first > 0, holder(timeline.turns[first - 1]) == who { first -= 1 }
        return timeline.turns[first].position
    }

    private func end(_ index: Int, _ who: CaseHolder, _ holder: (HolderTimeline.Turn) -> CaseHolder?) -> Int64? {
        timeline.turns[(index + 1)...].first { holder($0) != who }?.position
    }
}

extension ClockReading {
    /// The day at whose end it was read, and whether it goes on.
    func end(asOf day: CivilDate) -> (CivilDate, isOpen: Bool) {
        switch phase {
        case .running, .suspended: (day, true)
        case .stopped(let point): (point.date, false)
        case .lapsed(let last): (last.adding(days: 1) ?? last, false)
        }
    }

    /// Whether the law itself drew the consequence.
    var isLapsed: Bool { if case .lapsed = phase { true } else { false } }

    /// How many days its pauses have kept out of the count, in its own unit: of limits in days.
    func pausedDays(_ rules: RulePack, through end: CivilDate) throws -> Int {
        guard limit.unit != .serviceMinutes, !pauses.isEmpty else { return 0 }
        let last = min(due?.date ?? end, end)
        var paused = 0
        var next = startedOn.adding(days: 1)
        while let day = next, day <= last {
            next = day.adding(days: 1)
            if pauses.leavesOut(day, rules.pauses), try counts(day) { paused += 1 }
        }
        return paused
    }

    /// Whether a day is one of its unit: a working day, where it counts these.
    func counts(_ day: CivilDate) throws -> Bool {
        guard limit.unit == .workingDays, let calendar else { return true }
        return try calendar.isWorkingDay(day)
    }

    /// The days that it counted, one by one: as many as its usage says, used and overdue. Of limits in days.
    func countedDays(_ rules: RulePack, through end: CivilDate) throws -> [CivilDate] {
        var days: [CivilDate] = []
        let due = due?.date
        let last = due.map { min($0, end) } ?? end
        var next = startedOn.adding(days: 1)
        while let day = next, day <= last, days.count < usage.total {
            next = day.adding(days: 1)
            if !pauses.leavesOut(day, rules.pauses), try counts(day) { days.append(day) }
        }
        guard let due, end > due else { return days }
        next = due.adding(days: 1)
        while let day = next, day <= end {
            next = day.adding(days: 1)
            if try counts(day) { days.append(day) }
        }
        return days
    }

    /// Who has a day that it counted: of a stage's clock, who has the stage; of material that may follow, the citizen. Where
    /// the case stood still and the clock did not, because the pause came too late, the pause is nobody's excuse.
    fileprivate func holder(_ timeline: HolderTimeline, on day: CivilDate, _ index: Int, _ rules: RulePack)
        -> CaseHolder
    {
        if !rule.isSuspendable, rule.start != .materialDeferred,
            let pause = timeline.suspension(on: day, rules.pauses)
        {
            return pause
        }
        return own(timeline, timeline.turns[index])
    }

    /// Who has it from an event on.
    fileprivate func holder(_ timeline: HolderTimeline, of turn: HolderTimeline.Turn) -> CaseHolder {
        if !rule.isSuspendable, rule.start != .materialDeferred, let pause = turn.suspension { return pause }
        return own(timeline, turn)
    }

    private func own(_ timeline: HolderTimeline, _ turn: HolderTimeline.Turn) -> CaseHolder {
        switch rule.start {
        case .materialDeferred: CaseHolder(.citizen)
        // The acceptance that follows on a lapse counts from the receipt; who let the days go by stays the same.
        case _ where isLapsed: timeline.receiving
        case .stageBegun: stage.flatMap { turn.stages[$0] } ?? turn.holder ?? timeline.afterwards
        default: turn.holder ?? timeline.afterwards
        }
    }
}

extension Pauses where Point == ClockPoint {
    /// Whether a day is one that these pauses take out of the count.
    func leavesOut(_ day: CivilDate, _ counting: RulePack.PauseCounting) -> Bool {
        merged.contains { pause in
            let (start, end) = (pause.start.date, pause.end?.date)
            return switch counting {
            case .civil: start < day && end.map { day <= $0 } ?? true
            case .halfOpen: start <= day && end.map { day < $0 } ?? true
            }
        }
    }
}
