import EventStore
import PostgresClient
import WorkingTime

/// The statements on `case_cards`.
extension ClockStore {
    /// Writes the cards of cases; those that stay as they are are left alone.
    func writeCards(of cases: [CaseTimeline]) async throws {
        let rows = cases.flatMap { timeline in
            timeline.state.cards.sorted { $0.key < $1.key }.compactMap { key, card in
                timeline.cardRecords[key].map { NewCardRow(timeline.stream, timeline.filters, key, card, $0) }
            }
        }
        if rows.isEmpty { return }
        try await target.transaction.query(
            """
            INSERT INTO caseflow.case_cards AS k (log_id, generation, \(NewCardRow.columns))
            SELECT $1, $2, stream, clock, ordinal, case_number, item, rung, level, string_to_array(rungs, ' '), opened_at,
                   due_at, raised_at, position, unit, officer, told, coalesce(answer_by, 'infinity'), answered_at,
                   answered_by, answer_cause, answer, withdrawn_at, withdrawn_by, withdrawal, is_open, data
              FROM unnest(\(NewCardRow.parameters(from: 3))) AS u(\(NewCardRow.columns))
            ON CONFLICT (generation, stream, clock, ordinal) DO UPDATE
               SET (\(NewCardRow.columns)) = (\(NewCardRow.excluded))
             WHERE (k.position, k.rungs, k.answered_at, k.withdrawn_at, k.case_number, k.item) IS DISTINCT FROM
                   (excluded.position, excluded.rungs, excluded.answered_at, excluded.withdrawn_at, excluded.case_number,
                    excluded.item)
            """,
            [log, generation] + NewCardRow.arrays(rows)
        )
    }
}

/// The record of a card's highest rung.
struct CardRecord: Sendable {
    let raisedAt: Timestamp
    let position: Int64
    /// The event's members.
    let data: [UInt8]
}

/// A row of `case_cards`, as columns of arrays.
struct NewCardRow {
    let stream: String
    let filters: CaseFilters
    let key: Case.CardKey
    let card: Case.Card
    let record: CardRecord

    init(_ stream: String, _ filters: CaseFilters, _ key: Case.CardKey, _ card: Case.Card, _ record: CardRecord) {
        (self.stream, self.filters, self.key, self.card, self.record) = (stream, filters, key, card, record)
    }

    private static let types: [(column: String, type: String)] = [
        ("stream", "text"), ("clock", "text"), ("ordinal", "integer"), ("case_number", "text"), ("item", "text"),
        ("rung", "text"), ("level", "integer"), ("rungs", "text"), ("opened_at", "timestamptz"),
        ("due_at", "timestamptz"), ("raised_at", "timestamptz"), ("position", "bigint"), ("unit", "text"),
        ("officer", "text"), ("told", "text"), ("answer_by", "date"), ("answered_at", "timestamptz"),
        ("answered_by", "text"), ("answer_cause", "text"), ("answer", "text"), ("withdrawn_at", "timestamptz"),
        ("withdrawn_by", "text"), ("withdrawal", "text"), ("is_open", "boolean"), ("data", "json"),
    ]

    static let columns = types.map(\.column).joined(separator: ", ")
    static let excluded = types.map { "excluded.\($0.column)" }.joined(separator: ", ")

    static func parameters(from first: Int) -> String {
        types.enumerated().map { "$\(first + $0.offset)::\($0.element.type)[]" }.joined(separator: ", ")
    }

    static func arrays(_ rows: [NewCardRow]) -> [any PostgresEncodable] {
        let keys: [any PostgresEncodable] = [
            rows.map(\.stream), rows.map(\.key.clock.rawValue), rows.map { Int32(clamping: $0.key.ordinal) },
            rows.map(\.filters.number), rows.map(\.filters.item),
        ]
        let rungs: [any PostgresEncodable] = [
            rows.map(\.card.top.rung), rows.map { Int32(clamping: $0.card.top.level) },
            rows.map { $0.card.rungs.joined(separator: " ") }, rows.map(\.card.openedAt.timestamp),
            rows.map(\.card.topAt.timestamp), rows.map(\.record.raisedAt), rows.map(\.record.position),
        ]
        let whose: [any PostgresEncodable] = [
            rows.map(\.card.top.holder.unit), rows.map { $0.card.top.holder.officer ?? "" },
            rows.map(\.card.top.addressee.kind.rawValue), rows.map { $0.card.top.answerBy.map { PostgresDate($0) } },
        ]
        let answers: [any PostgresEncodable] = [
            rows.map { $0.card.answer?.at.timestamp }, rows.map { $0.card.answer?.by?.officer.rawValue ?? "" },
            rows.map { $0.card.answer?.what.cause.rawValue ?? "" }, rows.map { $0.card.answer?.what.text ?? "" },
        ]
        let withdrawals: [any PostgresEncodable] = [
            rows.map { $0.card.withdrawal?.at.timestamp }, rows.map { $0.card.withdrawal?.by?.officer.rawValue ?? "" },
            rows.map { $0.card.withdrawal?.what ?? "" }, rows.map(\.card.isOpen),
            rows.map { PostgresJSON($0.record.data) },
        ]
        return keys + rungs + whose + answers + withdrawals
    }
}
