import EventStore
import WorkingTime

/// What was not done in time.
extension CaseFindings {
    // MARK: Idle

    /// Stretches of working days without a step, while somebody of the house had the case. Days that the citizen or the county
    /// had, and those that the law does not count, are passed over.
    func idleTimes() throws -> [Finding] {
        let steps = record.byEffect.filter(\.isStep)
        var found: [Finding] = []
        for (index, step) in steps.enumerated() {
            let next = index + 1 < steps.count ? steps[index + 1] : nil
            guard let (day, holder) = try idleDay(after: step.day, before: next?.day) else { continue }
            let since = LocalizedText(
                "no step for \(settings.idleDays) working days since \(step.day)",
                "自 \(step.day) 起 \(settings.idleDays) 个工作日无任何办理动作"
            )
            found.append(
                finding(.idleCase, on: day, [step.position] + (next.map { [$0.position] } ?? []), holder, since)
            )
        }
        return found
    }

    /// The day after so many without a step, and who had the last of them; nil where the next step, or the end, came before.
    private func idleDay(after start: CivilDate, before end: CivilDate?) throws -> (CivilDate, CaseHolder)? {
        // Only where something is still to be done can a case be idle.
        guard let first = start.adding(days: 1), end.map({ $0 > first }) ?? true else { return nil }
        let calendar = rules.calendar == nil ? nil : try clocks.calendar(knownAt)
        var left = settings.idleDays
        var next: CivilDate? = first
        var last = timeline.turns.last
        if let end { last = timeline.turns.last { $0.day < end } }
        while let day = next, end.map({ day < $0 }) ?? true {
            next = day.adding(days: 1)
            guard let index = timeline.turn(on: day), let holder = timeline.turns[index].holder else { return nil }
            let isPaused = timeline.suspension(on: day, rules.pauses) != nil
            let waits = isPaused || holder.kind == .citizen || holder.kind == .county
            if waits {
                // Nothing behind it changes that.
                if end == nil, timeline.turns[index].position == last?.position { return nil }
                continue
            }
            if let calendar, !(try calendar.isWorkingDay(day)) { continue }
            left -= 1
            if left <= 0 { return (next ?? day, holder) }
        }
        return nil
    }

    // MARK: Clocks

    /// Limits that ran over: of the notice, of a stage, of what was told of a suspension.
    func overruns() throws -> [Finding] {
        readings.compactMap { reading in
            guard let day = reading.firstLateDay, let run = record.run(of: reading) else { return nil }
            let rule = reading.rule
            if rule.lapse == .deemedAccepted { return missedNotice(reading, run, day) }
            if rule.start == .stageBegun {
                return firstLateDayOfHolder(reading, run).flatMap { lateStep(reading, run, max($0, day)) }
            }
            if rule.start == .suspended { return toldLength(reading, run, day) }
            return nil
        }
    }

    /// The events that began and ended a clock's run.
    private typealias Run = (start: CaseRecord.Entry, stop: CaseRecord.Entry?)

    private func missedNotice(_ reading: ClockReading, _ run: Run, _ day: CivilDate) -> Finding {
        let last = day.adding(days: -1) ?? day
        let isLapse = run.stop?.fact?.isDeemedAcceptance ?? false
        let end = isLapse ? "; it counts as accepted since its receipt" : ""
        let ended = isLapse ? "，自收到之日起视为受理" : ""
        return finding(
            .missedNotice,
            on: day,
            positions(run),
            // The acceptance that follows on a lapse counts from the receipt: by then others have it.
            isLapse ? timeline.receiving : timeline.holder(on: day) ?? timeline.holder(on: last),
            LocalizedText(
                "by \(last), the last day, nobody had said what was missing, accepted or refused\(end)",
                "至期限末日 \(last) 未一次性告知、受理或者不予受理\(ended)"
            ),
            basis: rules.cited(reading.article)
        )
    }

    /// The first day on which a stage was late by the days that were not the citizen's: while material that may follow is
    /// outstanding, nobody can decide or send up. Nil where it never was.
    private func firstLateDayOfHolder(_ reading: ClockReading, _ run: Run) -> CivilDate? {
        let stage = reading.stage ?? ""
        func isCitizens(_ turn: HolderTimeline.Turn) -> Bool { turn.stages[stage]?.kind == .citizen }
        guard reading.limit.unit == .workingDays || reading.limit.unit == .calendarDays,
            timeline.turns.contains(where: isCitizens)
        else { return reading.firstLateDay }
        var used = 0
        var next = reading.startedOn.adding(days: 1)
        while let day = next, run.stop.map({ day <= $0.day }) ?? true {
            next = day.adding(days: 1)
            if let index = timeline.turn(on: day), isCitizens(timeline.turns[index]) {
                // Nothing behind it changes that.
                if run.stop == nil, index == timeline.turns.count - 1 { return nil }
                continue
            }
            if reading.pauses.leavesOut(day, rules.pauses) {
                if reading.pauses.openSince != nil, run.stop == nil, day > timeline.turns.last?.day ?? day {
                    return nil
                }
                continue
            }
            guard let counts = try? reading.counts(day) else { return reading.firstLateDay }
            if counts { used += 1 }
            if used > reading.limit.amount { return day }
        }
        return nil
    }

    /// Judged on the first day on which the step was late: was the case itself in time then?
    private func lateStep(_ reading: ClockReading, _ run: Run, _ day: CivilDate) -> Finding? {
        let isLate = readings.contains { other in
            other.rule.isOfWholeCase && other.firstLateDay.map { $0 <= day } ?? false
        }
        if isLate { return nil }
        let stage = reading.stage ?? ""
        let holder = timeline.turn(on: day).flatMap { timeline.turns[$0].stages[stage] }
        let end = run.stop.map { ", and ended on \($0.day)" } ?? ""
        let ended = run.stop.map { "，\($0.day) 才办结" } ?? ""
        let due = day.adding(days: -1) ?? day
        return finding(
            .lateStep,
            on: day,
            positions(run),
            holder ?? timeline.holder(on: day),
            LocalizedText(
                "stage '\(stage)' had \(reading.limit) until \(due)\(end); the case was in time",
                "环节“\(stage)”限 \(reading.limit.unit.words(reading.limit.amount, .chinese))，应于 \(due) 前完成\(ended)；办件总时限未超"
            ),
            basis: rules.cited(reading.article)
        )
    }

    private func toldLength(_ reading: ClockReading, _ run: Run, _ day: CivilDate) -> Finding? {
        // What was decided or ended while it stood still no longer does.
        let over =
            run.stop
            ?? record.entries.first { entry in
                entry.position > run.start.position && entry.endsAll
            }
        if let over, over.day < day { return nil }
        let due = day.adding(days: -1) ?? day
        let end = run.stop.map { ", and lasted until \($0.day)" } ?? ""
        let ended = run.stop.map { "，实际至 \($0.day)" } ?? ""
        return finding(
            .toldLengthOverrun,
            on: day,
            positions(run),
            // Who has the case has to let it go on, whoever recorded the pause.
            timeline.holder(on: day),
            LocalizedText(
                "the applicant was told \(reading.limit), until \(due)\(end)",
                "告知申请人所需期间为 \(reading.limit.unit.words(reading.limit.amount, .chinese))，至 \(due)\(ended)"
            ),
            basis: rules.cited(reading.article)
        )
    }

    private func positions(_ run: Run) -> [Int64] { [run.start.position] + (run.stop.map { [$0.position] } ?? []) }

    // MARK: Pauses and extensions

    /// What was recorded when the limit was over: judged by what was known then, as the clocks judge it.
    func latePausesAndExtensions() throws -> [Finding] {
        var found: [Finding] = []
        for (index, entry) in record.entries.enumerated() {
            let name: ClockName?
            switch entry.fact {
            case .extended(let clock, _, _, _): name = clock
            case .suspended: name = nil
            default: continue
            }
            if entry.actor.isImport { continue }
            let late = try overdue(before: index, at: entry.recordedAt).filter { reading in
                name.map { reading.rule.name == $0 } ?? (reading.rule.isOfWholeCase && reading.rule.isSuspendable)
            }
            guard let first = late.first, let due = first.due?.date else { continue }
            let recorded = Moment.day(of: entry.recordedAt, in: clocks.zone) ?? entry.day
            let titles = late.map(\.rule.title)
            let english = titles.map { $0[.english] }.joined(separator: "; ")
            let chinese = titles.map { $0[.chinese] }.joined(separator: "、")
            let what = name == nil ? ("the pause", "中止计时") : ("the extension", "延期")
            found.append(
                finding(
                    name == nil ? .latePause : .lateExtension,
                    entry,
                    LocalizedText(
                        "\(what.0) was recorded on \(recorded), after the limit had ended on \(due): \(english); it moves nothing",
                        "\(what.1)于 \(recorded) 登记，“\(chinese)”已于 \(due) 届满，不发生效力"
                    ),
                    basis: basis(of: entry, first.rule),
                    on: recorded
                )
            )
        }
        return found
    }

    private func basis(of entry: CaseRecord.Entry, _ clock: RulePack.Clock) -> LocalizedText? {
        if case .extended(_, _, let authority, _)? = entry.fact {
            return rules.cited(clock.extensions.first { $0.authority == authority }?.article ?? clock.article)
        }
        return nil
    }

    /// The clocks that ran, and were over, when an event was recorded.
    private func overdue(before index: Int, at moment: Timestamp) throws -> [ClockReading] {
        var ledger = CaseLedger()
        for entry in record.entries[..<index] { ledger.take(entry.event, recordedAt: entry.recordedAt) }
        guard ledger.pin != nil else { return [] }
        return try clocks.readings(of: ledger, at: moment, knownAt: moment, explained: false).filter {
            $0.phase == .running && $0.isLate
        }
    }
}

extension CaseRecord.Entry {
    /// Whether it is a step on the way of the case: what the citizen says, what corrects the record, and what only gives the
    /// work to somebody else, is none.
    var isStep: Bool {
        switch event.fact {
        case .received, .reopened: true
        case .closed, .stepRecorded, .deadlineSet, .card: false
        case .procedure(let fact, _):
            switch fact {
            case .rulesPinned, .visited, .feeCharged, .complained, .complaintAnswered, .recordCorrected, .rated,
                .calledBack, .exceptionDeclared, .assigned, .handedOver:
                false
            default: true
            }
        }
    }

    /// Whether nothing stands still behind it.
    fileprivate var endsAll: Bool {
        switch event.fact {
        case .closed: true
        case .procedure(let fact, _):
            switch fact {
            case .decided, .withdrawn, .terminated, .fileReturned, .acceptanceRefused, .delivered: true
            default: false
            }
        default: false
        }
    }
}

extension RulePack.Clock {
    /// Whether it watches the way of the whole case to its decision.
    var isOfWholeCase: Bool {
        (stops.contains(.decided) || stops.contains(.reviewForwarded)) && start != .stageBegun
            && start != .materialDeferred
    }
}

extension ClockReading {
    /// The first day on which it is late, or was; nil where it stands still or stopped in time. Of a clock that runs it may
    /// lie ahead.
    var firstLateDay: CivilDate? {
        switch phase {
        case .lapsed(let last): last.adding(days: 1)
        case .suspended: nil
        case .running: due?.date.adding(days: 1)
        case .stopped(let point):
            // A limit in minutes of service may be over on its due day.
            due.flatMap { due in point > due.point ? (due.time == nil ? due.date.adding(days: 1) : due.date) : nil }
        }
    }
}
