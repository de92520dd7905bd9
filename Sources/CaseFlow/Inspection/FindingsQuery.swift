import EventStore
import Foundation
import PostgresClient
import WorkingTime

/// The question what inspection has found, by a day, as known now. Latest first.
///
/// What is not yet so on the day is left out: a case that will be idle tomorrow is none today. A page reads one index in the
/// order of its rows, however many findings there are.
public struct FindingsQuery: Sendable {
    /// The day asked about, local.
    public var asOf: CivilDate
    /// Only one heading.
    public var heading: FindingHeading?
    /// Only one rule.
    public var rule: FindingRule?
    /// Only those of a unit, of an officer, also where the B of the post acted, or of a service item.
    public var unit, officer, item: String?

    /// A question about all findings.
    public init(asOf day: CivilDate) { asOf = day }

    /// A finding of the answer. Days are local, ISO 8601.
    public struct Row: Sendable, Codable, Hashable {
        /// The case's number; nil of a batch of entries, which is of many cases.
        public let `case`: String?
        /// The case's stream, or the officer's of a batch.
        public let stream: String
        /// The rule and its heading, by their names.
        public let rule, heading: String
        /// The rule for people, in the language asked for.
        public let title: String
        /// From which day on it is so.
        public let on: String
        /// Whose it is; nil where the record does not say.
        public let unit, officer, actingFor: String?
        /// The service item's code.
        public let item: String?
        /// The positions of its events; the first is the one that it is known by.
        public let positions: [Int64]
        /// The article or rule that it rests on, and what stands in the record; in the language asked for.
        public let basis, reason: String
    }

    /// A page.
    public struct Page: Sendable {
        /// Its rows.
        public let rows: [Row]
        /// What `after` takes for the next page; nil at the end.
        public let next: String?
    }

    /// A text that leads to no page of the question.
    public struct WrongCursor: Error, CustomStringConvertible {
        /// What to do.
        public let description = "it is not the 'next' of such an answer: take it from the last page, unchanged"
    }

    /// What the next page begins behind.
    private struct Place: Codable {
        /// Days since 1970-01-01.
        let day: Int
        let stream, rule: String
        let position: Int64
        /// The question's own words: a page goes on with the same question.
        let question: String
    }

    /// A page: at most `limit` rows, from behind where the last one ended. Throws ``WrongCursor``.
    public func page(_ log: EventLog, limit: Int, after: String? = nil, _ language: Language = .english) async throws
        -> Page
    {
        let place = try after.map(place)
        let rows = try await Self.look(log) { transaction, generation in
            var parameters: [any PostgresEncodable] = [log.id.rawValue, generation]
            let sql = self.statement(limit: limit + 1, place, &parameters)
            return try await transaction.query(sql, parameters, prepare: false).map {
                (stream: try $0.decode(0, as: String.self), read: try FindingColumns($0, from: 1))
            }
        }
        let shown = rows.prefix(limit)
        return Page(
            rows: shown.map { Self.row($0.read, $0.stream, language) },
            next: shown.count < rows.count ? try shown.last.map { try text($0.stream, $0.read.finding) } : nil
        )
    }

    /// All findings of one case, by day, and the batches of entries that it is part of.
    public static func all(
        of stream: StreamName,
        in log: EventLog,
        asOf day: CivilDate,
        _ language: Language = .english
    )
        async throws -> [Row]
    {
        let found = try await look(log) { transaction, generation in
            let rows = try await transaction.query(
                """
                SELECT f.stream, \(FindingColumns.list) FROM caseflow.case_findings f
                 WHERE f.log_id = $1 AND f.generation = $2 AND f.stream = $3 AND f.since_on <= $4
                UNION ALL
                SELECT f.stream, \(FindingColumns.list)
                  FROM (SELECT DISTINCT e.officer, e.entered_on FROM caseflow.case_after_entries e
                         WHERE e.log_id = $1 AND e.generation = $2 AND e.stream = $3) d
                 CROSS JOIN LATERAL (SELECT * FROM caseflow.case_findings x
                                      WHERE x.log_id = $1 AND x.generation = $2 AND x.stream = 'officer/' || d.officer
                                        AND x.rule = $5 AND x.since_on = d.entered_on AND x.since_on <= $4) f
                """,
                [log.id.rawValue, generation, stream.rawValue, PostgresDate(day), FindingRule.batchEntry.rawValue],
                prepare: false
            ).map { (stream: try $0.decode(0, as: String.self), read: try FindingColumns($0, from: 1)) }
            let own = try await transaction.query(
                """
                SELECT position FROM caseflow.case_after_entries
                 WHERE log_id = $1 AND generation = $2 AND stream = $3
                """,
                [log.id.rawValue, generation, stream.rawValue]
            ).map { try $0.decode(0, as: Int64.self) }
            // Of an officer's day only the batch that the case's own entries are part of.
            return rows.filter { $0.stream == stream.rawValue || !Set(own).isDisjoint(with: $0.read.finding.positions) }
        }
        return found.sorted {
            ($0.read.finding.on, $0.read.finding.position) < ($1.read.finding.on, $1.read.finding.position)
        }.map { row($0.read, $0.stream, language) }
    }

    // MARK: The statement

    /// A transaction that sees one state of the read tables, and whose plans follow the indexes.
    static func look<Result: Sendable>(
        _ log: EventLog,
        _ body: @Sendable (PostgresTransaction, Int32) async throws -> Result
    ) async throws -> Result {
        try await log.pool.transaction(.repeatableRead, readOnly: true) { transaction in
            try await transaction.query(
                """
                SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),
                       set_config('enable_sort', 'off', true), set_config('enable_incremental_sort', 'off', true),
                       set_config('enable_hashagg', 'off', true), set_config('jit', 'off', true)
                """
            )
            let generation = try await transaction.query(
                """
                SELECT generation FROM caseflow.projections
                 WHERE log_id = $1 AND name = 'inspection' AND state = 'live'
                """,
                [log.id.rawValue]
            ).first?.decode(0, as: Int32.self)
            return try await body(transaction, generation ?? 0)
        }
    }

    /// How the server goes about a page, for people: EXPLAIN (ANALYZE, BUFFERS).
    public func plan(_ log: EventLog, limit: Int) async throws -> [String] {
        try await Self.look(log) { transaction, generation in
            var parameters: [any PostgresEncodable] = [log.id.rawValue, generation]
            let sql = self.statement(limit: limit + 1, nil, &parameters)
            return try await transaction.query("EXPLAIN (ANALYZE, BUFFERS) " + sql, parameters, prepare: false)
                .map { try $0.decode(0) }
        }
    }

    private func statement(limit: Int, _ place: Place?, _ parameters: inout [any PostgresEncodable]) -> String {
        parameters.append(PostgresDate(asOf))
        var conditions = ["f.log_id = $1", "f.generation = $2", "f.since_on <= $3::date"]
        let wanted = [
            ("heading", heading?.rawValue), ("rule", rule?.rawValue), ("unit", unit), ("item", item),
        ]
        for case (let column, let value?) in wanted {
            parameters.append(value)
            conditions.append("f.\(column) = $\(parameters.count)::text")
        }
        if let place {
            let values: [any PostgresEncodable] = [
                PostgresDate(daysSinceUnixEpoch: place.day), place.stream, place.rule, place.position,
            ]
            parameters += values
            let first = parameters.count - 3
            conditions.append(
                """
                (f.since_on, f.stream, f.rule, f.position)
                  < ($\(first)::date, $\(first + 1)::text, $\(first + 2)::text, $\(first + 3)::bigint)
                """
            )
        }
        let order = "ORDER BY f.since_on DESC, f.stream DESC, f.rule DESC, f.position DESC LIMIT \(limit)"
        func found(_ whose: String?) -> String {
            let all = conditions + [whose].compactMap { $0 }
            return "SELECT f.* FROM caseflow.case_findings f WHERE \(all.joined(separator: " AND ")) \(order)"
        }
        guard let officer else { return "SELECT f.stream, \(FindingColumns.list) FROM (\(found(nil))) f \(order)" }
        // An officer's are also those in which the B of the post acted for that one: each has an index of its own.
        parameters.append(officer)
        let given = "$\(parameters.count)::text"
        let both = """
            (\(found("f.officer = \(given)"))) UNION ALL
            (\(found("f.acting_for = \(given) AND f.acting_for <> '' AND f.officer <> \(given)")))
            """
        return "SELECT f.stream, \(FindingColumns.list) FROM (\(both)) f \(order)"
    }

    private static func row(_ read: FindingColumns, _ stream: String, _ language: Language) -> Row {
        let finding = read.finding
        return Row(
            case: read.number.isEmpty ? nil : read.number,
            stream: stream,
            rule: finding.rule.rawValue,
            heading: finding.rule.heading.rawValue,
            title: finding.rule.title[language],
            on: finding.on.description,
            unit: finding.unit?.rawValue,
            officer: finding.officer?.rawValue,
            actingFor: finding.actingFor?.rawValue,
            item: read.item.isEmpty ? nil : read.item,
            positions: finding.positions,
            basis: finding.basis[language],
            reason: finding.reason[language]
        )
    }

    // MARK: Cursors

    private var words: String {
        let wanted = [heading?.rawValue, rule?.rawValue, unit, officer, item]
        return ([asOf.description] + wanted.map { $0.map { "\($0.utf8.count):\($0)" } ?? "-" }).joined(separator: ",")
    }

    private func text(_ stream: String, _ finding: Finding) throws -> String {
        let place = Place(
            day: finding.on.daysSinceEpoch,
            stream: stream,
            rule: finding.rule.rawValue,
            position: finding.position,
            question: words
        )
        return try Self.cursor(place)
    }

    /// A place as text: the same place is always the same text.
    static func cursor(_ place: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return try encoder.encode(place).base64EncodedString()
    }

    private func place(_ text: String) throws(WrongCursor) -> Place {
        guard let data = Data(base64Encoded: text), let place = try? JSONDecoder().decode(Place.self, from: data),
            place.question == words
        else { throw WrongCursor() }
        return place
    }
}
