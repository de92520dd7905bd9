import EventStore
import Foundation
import WorkingTime

/// An event that an officer keyed at the end of a day, long after it is said to have happened: one entry of afterwards.
public struct AfterEntry: Sendable, Hashable {
    /// The officer.
    public var officer: OfficerID
    /// The unit for which the officer acted; nil where the record does not say.
    public var unit: UnitCode?
    /// The case's stream.
    public var stream: String
    /// The local day of the record.
    public var day: CivilDate
    /// When it was recorded.
    public var recordedAt: Timestamp
    /// Its position.
    public var position: Int64

    /// An entry.
    public init(
        officer: OfficerID,
        unit: UnitCode?,
        stream: String,
        day: CivilDate,
        recordedAt: Timestamp,
        position: Int64
    ) {
        (self.officer, self.unit, self.stream, self.day) = (officer, unit, stream, day)
        (self.recordedAt, self.position) = (recordedAt, position)
    }

    /// The entry that an event is; nil for one that was keyed as it happened, or earlier in the day, or by no officer. What was
    /// taken in at a village's or group's point in the day and is uploaded in the evening is none: that is how it is done.
    init?(
        _ recorded: RecordedEvent,
        _ event: Case.Event,
        in zone: TimeZone,
        _ settings: InspectionSettings
    ) {
        let delay = recorded.recordedAt.microseconds - recorded.effectiveAt.microseconds
        guard delay >= Int64(settings.batchDelayMinutes) * 60_000_000, !recorded.actor.isImport,
            event.source == nil,
            let officer = event.by?.officer ?? OfficerID(actor: recorded.actor),
            let local = ZonedTime(microsecondsSinceEpoch: recorded.recordedAt.microseconds, offsetSeconds: 0)?
                .shifted(to: zone)?.local,
            local.microsecondOfDay >= Int64(settings.batchFromHour) * 3_600_000_000
        else { return nil }
        switch event.fact {
        case .received where event.by?.role == .agent: return nil
        case .procedure(.rulesPinned, _): return nil
        case .procedure(let fact, _) where fact.isDeemedAcceptance: return nil
        default: break
        }
        self.init(
            officer: officer,
            unit: event.by?.unit,
            stream: recorded.stream.rawValue,
            day: local.date,
            recordedAt: recorded.recordedAt,
            position: recorded.position
        )
    }
}

/// Many cases that one officer keyed one after the other at the end of a day, long after they are said to have happened:
/// the known habit of finishing first and recording afterwards (事后集中补录).
public struct BatchEntry: Sendable, Hashable {
    /// Its entries, in the order of their record.
    public var entries: [AfterEntry]

    /// The position that it is known by: its first.
    public var position: Int64 { entries.first?.position ?? 0 }
    /// How many cases.
    public var cases: Int { Set(entries.map(\.stream)).count }

    /// The batches among one officer's entries of one day. Pure. Entries belong together while each follows the one before
    /// within the minutes set; so many cases make a batch.
    public static func all(of entries: [AfterEntry], _ settings: InspectionSettings = InspectionSettings())
        -> [BatchEntry]
    {
        let sorted = entries.sorted { ($0.recordedAt, $0.position) < ($1.recordedAt, $1.position) }
        let gap = Int64(settings.batchMinutes) * 60_000_000
        var batches: [BatchEntry] = []
        for entry in sorted {
            if let last = batches.last?.entries.last,
                entry.recordedAt.microseconds - last.recordedAt.microseconds <= gap
            {
                batches[batches.count - 1].entries.append(entry)
            } else {
                batches.append(BatchEntry(entries: [entry]))
            }
        }
        return batches.filter { $0.cases >= settings.batchCases }
    }

    /// As a finding. It rests on a rule of the service, not on the law of one case.
    public var finding: Finding? {
        guard let first = entries.first, let last = entries.last else { return nil }
        let minutes = (last.recordedAt.microseconds - first.recordedAt.microseconds + 59_999_999) / 60_000_000
        let title = Obligation.record.title
        return Finding(
            rule: .batchEntry,
            on: first.day,
            positions: entries.map(\.position),
            unit: first.unit,
            officer: first.officer,
            actingFor: nil,
            basis: LocalizedText("rule: \(title[.english])", title[.chinese]),
            reason: LocalizedText(
                "\(cases) cases were keyed within \(minutes) minutes at the end of the day, long after they are said to have happened",
                "当日末 \(minutes) 分钟内集中补录 \(cases) 件，均为事后录入"
            )
        )
    }
}
