import EventStore
import Foundation
import PostgresClient
import WorkingTime

/// The question whose days they were, case by case: of a unit, or of an officer. As known now.
public struct HolderDaysQuery: Sendable {
    /// Whose.
    public enum Subject: Sendable, Hashable {
        /// All that a unit had, whoever of it.
        case unit(UnitCode)
        /// What an officer had: assigned to that one, taken in by that one, also where the B of the post stood in.
        case officer(OfficerID)
    }

    /// What a holder had of a case.
    public struct Part: Sendable, Codable, Hashable {
        /// As what: `window`, `reviewer`, ….
        public let kind: String
        /// Where, and who; nil where the record does not say.
        public let unit, officer, actingFor: String?
        /// How many days.
        public let days: Int
        /// Whether the holder has it now.
        public let isOpen: Bool
    }

    /// A case of the answer.
    public struct Row: Sendable, Codable, Hashable {
        /// Its number and its stream.
        public let `case`, stream: String
        /// The service item's code.
        public let item: String?
        /// All days that the unit or the officer had it.
        public let days: Int
        /// Working days, or the calendar's where its rules count no others.
        public let isWorkingDays: Bool
        /// The parts, in the order of the days.
        public let parts: [Part]
    }

    /// A page.
    public struct Page: Sendable {
        /// Its rows, by case number.
        public let rows: [Row]
        /// What `after` takes for the next page; nil at the end.
        public let next: String?
    }

    /// Whose.
    public var subject: Subject
    /// The day at whose end what is open is counted; local.
    public var today: CivilDate
    /// The calendar of a code; nil for one that is not known.
    public let calendar: @Sendable (String) -> WorkCalendar?

    /// A question.
    public init(
        of subject: Subject,
        today: CivilDate,
        calendar: @escaping @Sendable (String) -> WorkCalendar?
    ) {
        (self.subject, self.today, self.calendar) = (subject, today, calendar)
    }

    /// The calendar by which a case is counted is not here.
    public struct CalendarUnknown: Error, CustomStringConvertible {
        let code: String
        /// What to do.
        public var description: String {
            "calendar '\(code)', by which a case is counted, is not here; `caseflowd calendar list` shows those that are"
        }
    }

    private struct Place: Codable {
        let number, stream: String
        /// The question's own words: a page goes on with the same question.
        let question: String
    }

    /// All of the question.
    private var words: String {
        switch subject {
        case .unit(let unit): "\(today) unit \(unit)"
        case .officer(let officer): "\(today) officer \(officer)"
        }
    }

    /// A page: at most `limit` cases, from behind where the last one ended. It reads the rows of these cases alone.
    /// Throws ``FindingsQuery/WrongCursor``, ``CalendarUnknown``.
    public func page(_ log: EventLog, limit: Int, after: String? = nil) async throws -> Page {
        let place = try after.map { text throws(FindingsQuery.WrongCursor) in
            guard let data = Data(base64Encoded: text), let place = try? JSONDecoder().decode(Place.self, from: data),
                place.question == words
            else { throw FindingsQuery.WrongCursor() }
            return place
        }
        let rows = try await FindingsQuery.look(log) { transaction, generation in
            var parameters: [any PostgresEncodable] = [log.id.rawValue, generation]
            let sql = self.statement(limit + 1, place, &parameters)
            return try await transaction.query(sql, parameters, prepare: false).map { try self.read($0) }
        }
        let shown = rows.prefix(limit)
        let next =
            shown.count < rows.count
            ? try shown.last.map { row in
                try FindingsQuery.cursor(Place(number: row.case, stream: row.stream, question: words))
            } : nil
        return Page(rows: Array(shown), next: next)
    }

    /// How the server goes about a page, for people: EXPLAIN (ANALYZE, BUFFERS).
    public func plan(_ log: EventLog, limit: Int) async throws -> [String] {
        try await FindingsQuery.look(log) { transaction, generation in
            var parameters: [any PostgresEncodable] = [log.id.rawValue, generation]
            let sql = self.statement(limit + 1, nil, &parameters)
            return try await transaction.query("EXPLAIN (ANALYZE, BUFFERS) " + sql, parameters, prepare: false)
                .map { try $0.decode(0) }
        }
    }

    private func statement(_ limit: Int, _ place: Place?, _ parameters: inout [any PostgresEncodable]) -> String {
        let name =
            switch subject {
            case .unit(let unit): unit.rawValue
            case .officer(let officer): officer.rawValue
            }
        parameters.append(name)
        var behind = ""
        if let place {
            parameters += [place.number, place.stream] as [any PostgresEncodable]
            behind = " AND (d.case_number, d.stream) > ($4::text, $5::text)"
        }
        func rows(_ whose: String) -> String {
            "SELECT * FROM caseflow.case_holder_days d WHERE d.log_id = $1 AND d.generation = $2 AND \(whose)\(behind)"
        }
        let rows =
            switch subject {
            case .unit: rows("d.unit = $3::text AND d.unit <> ''")
            case .officer:
                // Also what the B of the post had: both names stay.
                rows("d.officer = $3::text AND d.officer <> ''") + " UNION ALL "
                    + rows("d.acting_for = $3::text AND d.acting_for <> '' AND d.officer <> $3::text")
            }
        // The cases come in their order from the indexes; of each the rows are few.
        return """
            SELECT d.case_number, d.stream, min(d.item), min(d.calendar),
                   string_agg(concat_ws('|', d.kind, d.unit, d.officer, d.acting_for, d.days, d.from_on,
                                        d.through_on IS NULL), ';' ORDER BY d.ordinal)
              FROM (\(rows)) d
             GROUP BY d.case_number, d.stream ORDER BY d.case_number, d.stream LIMIT \(limit)
            """
    }

    private func read(_ row: PostgresRow) throws -> Row {
        let code: String = try row.decode(3)
        let item: String = try row.decode(2)
        let spans: [Part] = try row.decode(4, as: String.self).split(separator: ";").compactMap { span in
            let texts = span.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
            guard texts.count == 7, let counted = Int(texts[4]), let from = try? CivilDate(texts[5]) else { return nil }
            let isOpen = texts[6] == "t"
            return Part(
                kind: texts[0],
                unit: texts[1].isEmpty ? nil : texts[1],
                officer: texts[2].isEmpty ? nil : texts[2],
                actingFor: texts[3].isEmpty ? nil : texts[3],
                days: isOpen ? try days(after: from, code) : counted,
                isOpen: isOpen
            )
        }
        // What one holder had before the last event and has since is one part.
        var parts: [Part] = []
        for span in spans {
            if let last = parts.last, last.kind == span.kind, last.unit == span.unit, last.officer == span.officer,
                last.actingFor == span.actingFor
            {
                parts[parts.count - 1] = Part(
                    kind: last.kind,
                    unit: last.unit,
                    officer: last.officer,
                    actingFor: last.actingFor,
                    days: last.days + span.days,
                    isOpen: span.isOpen
                )
            } else {
                parts.append(span)
            }
        }
        return Row(
            case: try row.decode(0),
            stream: try row.decode(1),
            item: item.isEmpty ? nil : item,
            days: parts.reduce(0) { $0 + $1.days },
            isWorkingDays: !code.isEmpty,
            parts: parts
        )
    }

    /// The days that the present holder has had it since its last event.
    private func days(after day: CivilDate, _ code: String) throws -> Int {
        if today <= day { return 0 }
        if code.isEmpty { return day.days(to: today) }
        guard let calendar = calendar(code) else { throw CalendarUnknown(code: code) }
        return try calendar.workingDays(from: day, to: today)
    }
}
