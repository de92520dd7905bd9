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
        return found.sorted { ($0.on, $0.rule.rawValue, $0.position) < ($1.on, $1.rule.rawValue, $1.position) }
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
        timeline = HolderTimeline(record)
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

    /// A card that nobody answered by its last day.
    private func unanswered(_ cards: [InspectedCard]) -> [Finding] {
        cards.compactMap { card in
            if let answered = card.answered, answered.day <= card.due { return nil }
            let day = card.due.adding(days: 1) ?? card.due
            let end = card.answered.map { " until \($0.day)" } ?? ""
            let ended = card.answered.map { "，\($0.day) 才反馈" } ?? ""
            return finding(
                .unansweredCard,
                on: day,
                [card.position] + (card.answered.map { [$0.position] } ?? []),
                CaseHolder(.unknown, unit: card.unit, officer: card.officer),
                LocalizedText(
                    "the card on \(card.about[.english]) was to be answered by \(card.due) and was not\(end)",
                    "关于“\(card.about[.chinese])”的督办应于 \(card.due) 前反馈，未按时反馈\(ended)"
                )
            )
        }
    }
}
