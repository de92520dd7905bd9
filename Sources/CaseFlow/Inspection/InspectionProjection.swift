import EventStore
import Foundation
import PostgresClient
import WorkingTime

/// The projection `inspection`: what inspection finds in each case, and whose its days were. See
/// `schema/tables/case_findings.sql`, `case_holder_days.sql` and `case_after_entries.sql`; what the cases came to, counted, in
/// `outcome_counts.sql`.
///
/// A case of which a batch brings something is read again from its stream and judged anew as a whole; what has not changed
/// is not written. Nothing that is written depends on the day of writing. A calendar that changes moves what is open: the
/// open cases are gone through, a portion at a time.
public struct InspectionProjection: ContinuingProjection, StreamwiseProjection {
    /// `inspection`
    public let name = "inspection"
    /// 1
    public let codeVersion = 1
    /// `case_findings`, `case_holder_days`, `case_after_entries`, `inspection_revisions`, `case_outcomes`, `outcome_counts`
    public let tables = [
        "case_findings", "case_holder_days", "case_after_entries", "inspection_revisions", "case_outcomes",
        "outcome_counts",
    ]
    /// 1: portions follow each other.
    public let lanes = 1
    /// `case`
    public let category = CaseFold.category
    let law: CaseClockProjection
    let settings: InspectionSettings
    /// Open cases that one portion goes through.
    let portion: Int

    /// The projection, with the rule packs that come with the program and those that are given, and with the calendars
    /// that come with the program or others in their place.
    public init(
        packs: [RulePack] = [],
        settings: InspectionSettings = InspectionSettings(),
        portion: Int = 500,
        calendars: ShippedCalendars? = nil
    ) {
        law = CaseClockProjection(packs: packs, calendars: calendars)
        self.settings = settings
        self.portion = portion
    }

    /// Reads events once for all.
    public func prepare(_ events: [RecordedEvent], _ shared: SharedReadings) { CaseFold.prepare(events, shared) }

    /// Folds a batch.
    public func apply(_ events: [RecordedEvent], in target: ProjectionTarget) async throws {
        guard let last = events.last else { return }
        let store = InspectionStore(target)
        try await store.preferIndexes()
        if let amendment = events.last(where: { $0.stream.category == CalendarStream.category }) {
            // Where whole streams are taken, cases are judged by what is known at their end.
            try await store.noteRevision(amendment.position, isDone: target.through != nil)
        }
        // A case of which the batch brings steps of a source alone stays as it is.
        var touched: [String] = []
        var before: [String: Int64] = [:]
        for event in events where CaseFold.isCase(event) {
            let stream = event.stream.rawValue
            guard event.version == 1 || event.type != Case.Coding.stepRecorded else { continue }
            if before.updateValue(before[stream] ?? event.position, forKey: stream) == nil { touched.append(stream) }
        }
        if touched.isEmpty { return }
        let known = try await law.law(in: target, through: target.through ?? last.position)
        let begun = CaseFold.begun(events)
        var records = try await store.records(touched.filter { !begun.contains($0) }, before: before)
        var entries: [AfterEntry] = []
        var ends: [String: Int64] = [:]
        for event in events where CaseFold.isCase(event) {
            let stream = event.stream.rawValue
            guard before[stream] != nil, event.type != Case.Coding.stepRecorded else { continue }
            try Self.poisoning(event.position) {
                let read = try target.caseEvent(event)
                records[stream, default: CaseRecord()].take(
                    read,
                    position: event.position,
                    recordedAt: event.recordedAt,
                    actor: event.actor
                )
                if let entry = AfterEntry(event, read, in: known.zone, settings) { entries.append(entry) }
            }
            ends[stream] = event.position
        }
        // Cases of other systems go by no rules of ours: nothing of them is judged or counted here.
        let ours = touched.filter { records[$0]?.pin != nil }
        let items = try await store.items(ours.compactMap { records[$0]?.pin?.catalogue })
        var cases: [InspectedRows] = []
        for stream in touched {
            try Self.poisoning(ends[stream] ?? last.position) {
                guard let record = records[stream], record.receipt != nil else {
                    throw PoisonEvent(position: ends[stream] ?? last.position, reason: "the case was never received")
                }
                guard record.pin != nil else { return }
                cases.append(try InspectedRows(stream, record, known, items, settings))
            }
        }
        try await store.write(cases, new: begun)
        let pinned = Set(ours)
        entries.removeAll { !pinned.contains($0.stream) }
        if entries.isEmpty { return }
        try await store.add(entries)
        // An officer's day goes over many cases: where whole streams are taken, it is whole at the end.
        if target.through == nil { try await batch(entries, store) }
    }

    /// The batches that entries of afterwards make with those of the same officer and day.
    private func batch(_ entries: [AfterEntry], _ store: InspectionStore) async throws {
        let days = Set(entries.map { InspectionStore.OfficerDay(officer: $0.officer, day: $0.day) })
        for day in days.sorted(by: { ($0.officer.rawValue, $0.day) < ($1.officer.rawValue, $1.day) }) {
            let batches = BatchEntry.all(of: try await store.entries(of: day), settings)
            try await store.write(batches, of: day)
        }
    }

    /// All streams were given: the batches of all officers.
    public func finish(in target: ProjectionTarget) async throws {
        let store = InspectionStore(target)
        try await store.preferIndexes()
        for officer in try await store.officersOfEntries() {
            for entries in try await store.entries(of: officer) {
                try await store.insert(BatchEntry.all(of: entries, settings), of: officer)
            }
        }
    }

    /// What goes wrong with an event of a case sets the case aside.
    private static func poisoning(_ position: Int64, _ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as UnreadableEvent {
            throw PoisonEvent(position: position, reason: error.description)
        } catch let error as KnownLaw.Unknown {
            throw PoisonEvent(position: position, reason: error.reason)
        } catch let error as ClockProblem {
            throw PoisonEvent(position: position, reason: error.description)
        } catch let error as HolderDaysProblem {
            throw PoisonEvent(position: position, reason: error.description)
        } catch let error as WorkingTimeError {
            throw PoisonEvent(position: position, reason: error.description)
        }
    }

    /// A portion of the open cases after a calendar has changed.
    public func goOn(in target: ProjectionTarget) async throws -> Bool {
        let store = InspectionStore(target)
        guard let cursor = try await store.revision() else { return false }
        try await store.preferIndexes()
        let streams = try await store.openCases(after: cursor, portion)
        if !streams.isEmpty {
            let known = try await law.law(in: target, through: .max)
            let records = try await store.records(streams, before: [:])
            let items = try await store.items(records.values.compactMap { $0.pin?.catalogue })
            // One that cannot be judged now keeps its rows; its next event sets it aside.
            let cases = streams.compactMap { stream in
                records[stream].flatMap { try? InspectedRows(stream, $0, known, items, settings) }
            }
            try await store.write(cases, new: [])
        }
        try await store.advance(to: streams.count < portion ? nil : streams.last)
        return true
    }
}

/// What inspection writes down of one case.
struct InspectedRows {
    /// A row of `case_findings`.
    struct FindingRow: Hashable {
        let finding: Finding
        let number: String
        let item: String
    }

    /// A row of `case_holder_days`.
    struct DaysRow: Hashable {
        let ordinal: Int32
        let number: String
        let item: String
        let holder: CaseHolder
        let from: CivilDate
        /// Nil of the row of who has it now.
        let through: CivilDate?
        let days: Int32
        let calendar: String
        let begunBy: Int64
        let endedBy: Int64?
    }

    let stream: String
    let findings: [FindingRow]
    let days: [DaysRow]
    let outcome: CaseOutcome

    /// Judges a case that goes by rules of ours. Throws ``KnownLaw/Unknown``, ``ClockProblem``, `WorkingTimeError`.
    init(
        _ stream: String,
        _ record: CaseRecord,
        _ known: KnownLaw,
        _ items: [String: ServiceItem],
        _ settings: InspectionSettings
    ) throws {
        guard let pin = record.pin, let receipt = record.receipt, let last = record.lastRecordedAt else {
            throw ClockProblem.noRules
        }
        self.stream = stream
        let rules = try known.rules(pin)
        var timeline = HolderTimeline(record)
        // What is over keeps the calendar of its last record; what goes on follows the one that is known.
        let isOver = timeline.turns.last?.holder == nil
        let knownAt = isOver ? last : Timestamp.latest
        let place = isOver ? record.lastPosition : .max
        let clocks = CaseClocks(rules, zone: known.zone, service: { known.service($0, at: $1, through: place) }) {
            known.calendar(rules.calendar, at: $0, through: place)
        }
        let latePauses = try record.latePauses(clocks)
        if !latePauses.isEmpty { timeline = HolderTimeline(record, latePauses: latePauses) }
        let number = record.number?.rawValue ?? ""
        let item = pin.item ?? ""
        findings = try CaseFindings.all(
            of: record,
            clocks,
            item: pin.itemDigest.flatMap { items[$0] },
            cards: record.cards,
            settings: settings,
            knownAt: knownAt
        ).map { FindingRow(finding: $0, number: number, item: item) }
        let day = timeline.turns.last?.day ?? receipt.day
        let whole = try HolderDays.whole(record, receipt.day, timeline, clocks, day, knownAt)
        let calendar = whole.unit == .workingDays ? rules.calendar ?? "" : ""
        var rows = whole.spans.enumerated().map { index, span in
            DaysRow(
                ordinal: Int32(clamping: index + 1),
                number: number,
                item: item,
                holder: span.holder.counted,
                from: span.from,
                through: span.through,
                days: Int32(clamping: span.days),
                calendar: calendar,
                begunBy: span.begunBy,
                endedBy: span.endedBy
            )
        }
        if let turn = timeline.turns.last, let holder = turn.suspension ?? turn.holder, turn.holder != nil {
            rows.append(
                DaysRow(
                    ordinal: Int32(clamping: rows.count + 1),
                    number: number,
                    item: item,
                    holder: holder.counted,
                    from: turn.day,
                    through: nil,
                    days: 0,
                    calendar: calendar,
                    begunBy: turn.position,
                    endedBy: nil
                )
            )
        }
        days = rows
        guard let outcome = try CaseOutcome(record, timeline, clocks, knownAt: knownAt) else {
            throw ClockProblem.noRules
        }
        self.outcome = outcome
    }
}

extension CaseHolder {
    /// On whose account it is counted: a pause is on nobody's, whoever recorded it.
    fileprivate var counted: CaseHolder { kind == .suspended ? CaseHolder(.suspended) : self }
}
