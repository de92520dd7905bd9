import EventStore
import PostgresClient

/// A row to be added, with its case, as columns of arrays.
struct NewClockRow {
    let stream: String
    let row: ClockRow
    /// When it ends; nil for what is known now.
    let knownTo: Timestamp?

    /// The rows that a case has gained; those that ended at the moment at which they began were never known.
    static func all(of timeline: CaseTimeline) -> [NewClockRow] {
        timeline.opened.enumerated().compactMap { index, row in
            let end = timeline.endings[index]
            return end == row.knownFrom ? nil : NewClockRow(stream: timeline.stream, row: row, knownTo: end)
        }
    }

    private var facts: ClockRow.Facts { row.facts }

    private static let types: [(column: String, type: String)] = [
        ("stream", "text"), ("clock", "text"), ("ordinal", "integer"), ("known_from", "timestamptz"),
        ("known_to", "timestamptz"), ("known_period", "integer"), ("case_number", "text"), ("unit", "text"),
        ("department", "text"), ("officer", "text"), ("item", "text"), ("channel", "text"), ("is_default", "boolean"),
        ("rules", "text"), ("stage", "text"), ("started_on", "date"), ("limit_amount", "integer"),
        ("limit_unit", "text"), ("is_plain", "boolean"), ("due_on", "date"), ("due_at", "timestamptz"),
        ("is_provisional", "boolean"),
        ("phase", "text"), ("suspended_since", "date"), ("days_left", "integer"), ("yellow_on", "date"),
        ("stopped_on", "date"), ("light", "text"), ("in_time", "integer"), ("is_ahead", "boolean"),
        ("calendar", "text"), ("calendar_version", "integer"), ("reason", "text"), ("position", "bigint"),
        ("holder", "text"), ("held_since", "date"), ("held_stage", "text"),
    ]

    /// The columns, in order.
    static let columns = types.map(\.column).joined(separator: ", ")
    /// The same, of the row that could not be added because its key is there.
    static let excluded = types.map { "excluded.\($0.column)" }.joined(separator: ", ")
    /// Those behind `known_to`.
    static let rest = types.dropFirst(5).map(\.column).joined(separator: ", ")

    /// Placeholders for the arrays, numbered from one.
    static func parameters(from first: Int) -> String {
        types.enumerated().map { "$\(first + $0.offset)::\($0.element.type)[]" }.joined(separator: ", ")
    }

    /// The arrays.
    static func arrays(_ rows: [NewClockRow]) -> [any PostgresEncodable] {
        let keys: [any PostgresEncodable] = [
            rows.map(\.stream), rows.map(\.row.key.clock), rows.map(\.row.key.ordinal), rows.map(\.row.knownFrom),
            rows.map(\.knownTo), rows.map { $0.knownTo.map(ClockRow.period) ?? ClockRow.openPeriod },
        ]
        let filters: [any PostgresEncodable] = [
            rows.map(\.facts.filters.number), rows.map(\.facts.filters.unit), rows.map(\.facts.filters.department),
            rows.map(\.facts.filters.officer), rows.map(\.facts.filters.item), rows.map(\.facts.filters.channel),
            rows.map(\.facts.isDefault),
        ]
        let limits: [any PostgresEncodable] = [
            rows.map(\.facts.rules), rows.map(\.facts.stage), rows.map(\.facts.startedOn),
            rows.map { $0.facts.limit.map { Int32(clamping: $0.amount) } }, rows.map(\.facts.limit?.unit.rawValue),
            rows.map(\.facts.isPlain), rows.map(\.facts.dueOn), rows.map(\.facts.dueAt),
            rows.map(\.facts.isProvisional),
        ]
        let course: [any PostgresEncodable] = [
            rows.map(\.facts.phase.rawValue), rows.map(\.facts.suspendedSince), rows.map(\.facts.daysLeft),
            rows.map(\.facts.yellowOn), rows.map(\.facts.stoppedOn), rows.map(\.facts.light?.rawValue),
            rows.map(\.row.inTime),
            rows.map(\.row.isAhead),
        ]
        let origin: [any PostgresEncodable] = [
            rows.map(\.facts.calendar), rows.map(\.row.calendarVersion), rows.map(\.row.reason),
            rows.map(\.row.position),
        ]
        let held: [any PostgresEncodable] = [
            rows.map { $0.facts.held.kind?.rawValue ?? "" }, rows.map(\.facts.held.since), rows.map(\.facts.held.stage),
        ]
        return keys + filters + limits + course + origin + held
    }
}
