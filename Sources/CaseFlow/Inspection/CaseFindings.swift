import EventStore
import WorkingTime

/// What inspection finds in one case. Pure: what stands in its stream, the rules and the version of the item that it is
/// pinned to, and the calendars as they were known, go in. The day on which somebody asks does not: a finding says from
/// which day on it is so.
///
/// It judges what stands there, whoever let it in, and relies on no decider. A case of another system goes by no rules of
/// ours, so nothing of it is judged (decision 18).
public struct CaseFindings: Sendable {
    let record: CaseRecord
    let clocks: CaseClocks
    let item: ServiceItem?
    let settings: InspectionSettings
    let knownAt: Timestamp
    let timeline: HolderTimeline
    let readings: [ClockReading]

    /// All findings of a case, by day, rule and event.
    /// - Parameters:
    ///   - clocks: the rules that the case is pinned to, and the calendars.
    ///   - item: the version that the case is pinned to; nil for a case that is not of the catalogue.
    ///   - cards: the cards that were raised over it.
    ///   - knownAt: the calendar of what goes on is that of then.
    /// - Throws: ``ClockProblem``, `WorkingTimeError`.
    public static func all(
        of record: CaseRecord,
        _ clocks: CaseClocks,
        item: ServiceItem?,
        cards: [InspectedCard] = [],
        settings: InspectionSettings = InspectionSettings(),
        knownAt: Timestamp
    ) throws -> [Finding] {
        guard record.pin != nil, record.receipt != nil else { return [] }
        let judge = try CaseFindings(record, clocks, item, settings, knownAt)
        let found =
            try judge.idleTimes() + judge.overruns() + judge.latePausesAndExtensions() + judge.lateEntries()
            + judge.notices() + judge.refusals() + judge.stages() + judge.denials() + judge.visits()
            + judge.fees() + judge.separations() + judge.seals() + judge.unanswered(cards)
        return Self.merged(found).sorted {
            ($0.on, $0.rule.rawValue, $0.position) < ($1.on, $1.rule.rawValue, $1.position)
        }
    }

    /// Findings that are known by the same rule and event are one: two clocks of a pack of one's own may begin alike.
    private static func merged(_ found: [Finding]) -> [Finding] {
        var merged: [Finding] = []
        for finding in found {
            guard let index = merged.firstIndex(where: { $0.rule == finding.rule && $0.position == finding.position })
            else {
                merged.append(finding)
                continue
            }
            var (first, second) = (merged[index], finding)
            if second.on < first.on { (first, second) = (second, first) }
            first.positions += second.positions.filter { !first.positions.contains($0) }
            if first.reason != second.reason { first.reason = joined([first.reason, second.reason]) ?? first.reason }
            merged[index] = first
        }
        return merged
    }

    private init(
        _ record: CaseRecord,
        _ clocks: CaseClocks,
        _ item: ServiceItem?,
        _ settings: InspectionSettings,
        _ knownAt: Timestamp
    ) throws {
        (self.record, self.clocks, self.item, self.settings) = (record, clocks, item, settings)
        self.knownAt = knownAt
        timeline = try HolderTimeline(record, clocks)
        // At the end of the last day that the record knows of: what runs on says its due date, whatever day it is.
        let recorded = record.lastRecordedAt.flatMap { Moment.day(of: $0, in: clocks.zone) }
        let days = record.entries.map(\.day) + [recorded].compactMap { $0 }
        let known = max(knownAt, record.lastRecordedAt ?? knownAt)
        readings = try clocks.readings(
            of: record.ledger,
            asOf: days.max() ?? .first,
            knownAt: known,
            explained: false
        )
    }

    var rules: RulePack { clocks.rules }

    /// The events that officers recorded, in recorded order: what an import told is not judged.
    var own: [CaseRecord.Entry] { record.entries.filter { !$0.actor.isImport && $0.event.source == nil } }

    /// A finding on what somebody did.
    func finding(
        _ rule: FindingRule,
        _ entry: CaseRecord.Entry,
        _ reason: LocalizedText,
        more: [Int64] = [],
        basis: LocalizedText? = nil,
        on day: CivilDate? = nil
    ) -> Finding {
        Finding(
            rule: rule,
            on: day ?? entry.day,
            positions: [entry.position] + more,
            unit: entry.standing?.unit,
            officer: entry.standing?.officer ?? OfficerID(actor: entry.actor),
            actingFor: entry.standing?.actingFor,
            basis: basis ?? rules.basis(of: rule),
            reason: reason
        )
    }

    /// A finding on what somebody left undone.
    func finding(
        _ rule: FindingRule,
        on day: CivilDate,
        _ positions: [Int64],
        _ holder: CaseHolder?,
        _ reason: LocalizedText,
        basis: LocalizedText? = nil
    ) -> Finding {
        Finding(
            rule: rule,
            on: day,
            positions: positions,
            unit: holder?.unit,
            officer: holder?.officer,
            actingFor: holder?.actingFor,
            basis: basis ?? rules.basis(of: rule),
            reason: reason
        )
    }

    /// A finding on what was done while somebody had the case, whoever recorded it; of the unit alone.
    func finding(_ rule: FindingRule, ofUnitOf entry: CaseRecord.Entry, _ reason: LocalizedText, more: [Int64])
        -> Finding
    {
        Finding(
            rule: rule,
            on: entry.day,
            positions: [entry.position] + more,
            unit: timeline.holder(on: entry.day)?.unit ?? entry.standing?.unit,
            officer: nil,
            actingFor: nil,
            basis: rules.basis(of: rule),
            reason: reason
        )
    }

    /// Cards that nobody answered by the last day, judged by when the answer was recorded. A card is one finding, however
    /// many of its rungs went without an answer, of whom the first of these was told.
    private func unanswered(_ cards: [InspectedCard]) -> [Finding] {
        let missed = cards.filter { card in
            guard let end = card.end, let day = Moment.day(of: end.recordedAt, in: clocks.zone) else { return true }
            return day > card.due
        }
        return Dictionary(grouping: missed, by: \.key).values.compactMap { missed in
            let missed = missed.sorted { ($0.due, $0.position) < ($1.due, $1.position) }
            guard let first = missed.first else { return nil }
            let day = first.due.adding(days: 1) ?? first.due
            var (ended, chinese) = ("", "")
            if let end = first.end, let day = Moment.day(of: end.recordedAt, in: clocks.zone) {
                ended = end.isWithdrawal ? "; it was withdrawn on \(day)" : " until \(day)"
                chinese = end.isWithdrawal ? "，\(day) 撤回" : "，\(day) 才反馈"
            }
            let more = missed.count - 1
            let others = more == 0 ? "" : "; \(more) more of its rungs went without an answer in time"
            let further = more == 0 ? "" : "；其后另有 \(more) 级未按时反馈"
            let ends = missed.compactMap(\.end?.position)
            let positions = (missed.map(\.position) + ends).reduce(into: [Int64]()) { known, position in
                if !known.contains(position) { known.append(position) }
            }
            return finding(
                .unansweredCard,
                on: day,
                positions,
                CaseHolder(.unknown, unit: first.unit, officer: first.officer, actingFor: first.actingFor),
                LocalizedText(
                    "the card on \(first.about[.english]) was to be answered by \(first.due) and was not\(ended)\(others)",
                    "关于“\(first.about[.chinese])”的督办应于 \(first.due) 前反馈，未按时反馈\(chinese)\(further)"
                )
            )
        }
    }
}
