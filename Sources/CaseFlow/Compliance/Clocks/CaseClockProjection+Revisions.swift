import EventStore
import PostgresClient
import WorkingTime

/// What the amendment of a calendar does: clocks that run or stand still and whose days it touches get a new row, with
/// the reason. Clocks that have stopped keep the calendar that was known at their stop.
extension CaseClockProjection {
    /// Notes down which states of calendars became known with a batch: by an event of it, or because its time has come.
    /// Where whole streams are taken, those that became known up to where they are: then each case looks at all of them by
    /// itself, and nothing is left to be gone through. Returns the latest that was noted down for each calendar.
    func noteRevisions(first: RecordedEvent, last: RecordedEvent, _ known: KnownLaw, _ store: ClockStore) async throws
        -> [String: Timestamp]
    {
        var noted = try await store.revisions()
        let whole = store.target.through
        let range = whole.map { 1...$0 } ?? first.position...last.position
        // What came with the program is known since its time; before the first event there was nothing that it could move.
        let since = try await store.recordedAt(max(1, range.lowerBound - 1)) ?? first.recordedAt
        let until = try await whole == nil ? last.recordedAt : store.recordedAt(range.upperBound) ?? last.recordedAt
        for boundary in known.boundaries.values.joined() {
            let isNew =
                boundary.position > 0
                ? range.contains(boundary.position)
                : boundary.since > since && boundary.since <= until
            if isNew {
                try await store.note(boundary, isDone: whole != nil)
                noted[boundary.calendar] = max(noted[boundary.calendar] ?? .earliest, boundary.since)
            }
        }
        return noted
    }

    /// A portion of the open clocks under a calendar that has changed, whole cases at a time.
    public func goOn(in target: ProjectionTarget) async throws -> Bool {
        let store = ClockStore(target)
        guard let revision = try await store.pending() else { return false }
        let known = try await law(in: target, through: .max)
        guard !revision.isThrough,
            let boundary = known.boundaries[revision.calendar]?.first(where: { $0.since == revision.since }),
            let first = known.firstTouched(by: boundary)
        else { return try await store.finish(revision) }
        try await store.preferIndexes()
        if try await store.split(revision, into: lanes, portion) { return true }
        let end = try await store.endOfPortion(revision, portion)
        let range = ClockStore.Range(
            after: revision.cursor,
            through: end ?? revision.through,
            calendar: revision.calendar,
            touching: first
        )
        // Pauses and extensions may count or not under another calendar: such cases are folded again, and so are those
        // with limits in minutes of service.
        let (moving, groups) = try await store.touched(range, before: revision.since)
        let midnight = WrittenTime.date(first).resolved(in: known.zone)?.timestamp ?? .earliest
        // A clock that is late already has rungs ahead of it, which may move although its due date stays.
        let rungs = try await store.touchedRungs(range, from: midnight, before: revision.since)
        let folded = Set(moving).union(rungs.streams).sorted()
        var cases = try await store.timelines(folded, before: [:])
        let heads = try await store.heads(of: folded)
        for stream in folded {
            guard var timeline = cases[stream], let last = timeline.last, boundary.isAfter(last) else { continue }
            if let head = heads[stream] { timeline.stands(at: head) }
            do {
                try timeline.look(at: boundary.since, known, reason: boundary.reason, position: boundary.position)
                cases[stream] = timeline
            } catch {
                // One that cannot be judged now, because its rules are not here, keeps its rows and stops no other; its next
                // event sets it aside.
                guard Self.flaw(error) != nil else { throw error }
                cases[stream] = nil
            }
        }
        try await store.write(folded.compactMap { cases[$0] }, new: [])
        if let calendar = known.calendar(revision.calendar, at: revision.since) {
            let moved = schedules(of: rungs.groups, calendar, known)
            try await store.moveRungs(moved, in: range, from: midnight, before: revision.since)
            try await move(groups, in: range, boundary, calendar, known, store)
            try await store.moveTasks(in: range)
        }
        guard let end else { return try await store.finish(revision) }
        try await store.advance(revision, to: end)
        return true
    }

    /// What is next for all other clocks, as the calendar is now.
    private func schedules(of groups: [ClockStore.Group], _ calendar: WorkCalendar, _ known: KnownLaw)
        -> [ClockStore.MovedRungs]
    {
        groups.compactMap { group in
            guard let pack = known.rules(named: group.rules), let name = ClockName(rawValue: group.clock),
                let clock = pack.clock(name), let start = group.startedOn.civil, let limit = group.limit
            else { return nil }
            let scale = ClockScale(rules: pack, zone: known.zone, calendar: calendar)
            // The rows know when each clock began.
            let rungs = try? scale.schedule(of: clock, limit: limit, after: .day(start), began: .earliest)
            let end = try? scale.end(of: limit, after: .day(start), Pauses())
            let lapse = (try? scale.lapse(of: clock, due: end?.due)) ?? nil
            let candidates = NextRung.candidates(rungs, lapse)
            return ClockStore.MovedRungs(group: group, candidates: candidates)
        }
    }

    /// All other clocks: their dates follow from the start and the limit, and most of them share both.
    private func move(
        _ groups: [ClockStore.Group],
        in range: ClockStore.Range,
        _ boundary: KnownLaw.Boundary,
        _ calendar: WorkCalendar,
        _ known: KnownLaw,
        _ store: ClockStore
    ) async throws {
        var moved: [ClockStore.Moved] = []
        for group in groups {
            guard let pack = known.rules(named: group.rules), let name = ClockName(rawValue: group.clock),
                let clock = pack.clock(name), let start = group.startedOn.civil, let limit = group.limit,
                let dates = try? ClockScale(rules: pack, zone: known.zone, calendar: calendar)
                    .dates(of: clock, limit: limit, after: .day(start)),
                let due = dates.due
            else { continue }
            moved.append(
                ClockStore.Moved(
                    group: group,
                    dueOn: PostgresDate(due.date),
                    isProvisional: due.isProvisional,
                    yellowOn: dates.yellowOn.map { PostgresDate($0) }
                )
            )
        }
        try await store.move(moved, in: range, boundary, version: Int32(clamping: calendar.version.number))
    }
}
