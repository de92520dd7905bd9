import EventStore
import PostgresClient
import WorkingTime

/// The question how cases were dealt with, by groups and over months, as known now. It reads counts alone: what it costs
/// depends on the groups and months asked about, not on the number of cases.
public struct ComplianceQuery: Sendable {
    /// By what the cases are put together.
    public enum Grouping: String, Sendable, CaseIterable {
        /// The centre whose units received them.
        case town
        /// The unit that decided.
        case department
        /// Who decided.
        case officer
        /// The service item.
        case item
        /// How they came in.
        case channel
        /// The month.
        case month
    }

    /// By what.
    public var grouping: Grouping
    /// The first and the last month, each by one of its days; nil for all there are.
    public var from, through: CivilDate?

    /// A question.
    public init(by grouping: Grouping, from: CivilDate? = nil, through: CivilDate? = nil) {
        (self.grouping, self.from, self.through) = (grouping, from, through)
    }

    /// A page.
    public struct Page: Sendable {
        /// Its rows, by their groups.
        public let rows: [ComplianceRow]
        /// What `after` takes for the next page; nil at the end.
        public let next: String?
    }

    /// A page: at most `limit` groups, those behind a group. Towns and months are few: all of them are read.
    /// - Parameter town: the town of a unit.
    public func page(
        _ log: EventLog,
        limit: Int,
        after: String? = nil,
        town: @Sendable (UnitCode) -> UnitCode
    ) async throws -> Page {
        let counted: [(group: String, OutcomeCount.Measure, Int, Int)]
        switch grouping {
        case .month:
            counted = try await counts(log, .all, byMonth: true).map { ($0.period, $0.measure, $0.bucket, $0.n) }
        case .town:
            counted = try await counts(log, .place).map {
                (town(UnitCode(trusted: $0.value)).rawValue, $0.measure, $0.bucket, $0.n)
            }
        case .department, .officer, .item, .channel:
            let dimension = OutcomeCount.Dimension(rawValue: grouping.rawValue) ?? .all
            counted = try await counts(log, dimension, values: (after ?? "", limit + 1)).map {
                ($0.value, $0.measure, $0.bucket, $0.n)
            }
        }
        var rows: [String: ComplianceRow] = [:]
        for (group, measure, bucket, n) in counted {
            rows[group, default: ComplianceRow(group)].add(measure, bucket, times: n)
        }
        let behind = rows.values.filter { after == nil || $0.group > after ?? "" }.sorted { $0.group < $1.group }
        let shown = Array(behind.prefix(limit))
        return Page(rows: shown, next: shown.count < behind.count ? shown.last?.group : nil)
    }

    private typealias Counted = (value: String, period: String, measure: OutcomeCount.Measure, bucket: Int, n: Int)

    /// The counts of a dimension over the months asked about: of all its values, or of so many behind one; month by month, or
    /// over as few periods as make up the whole.
    private func counts(
        _ log: EventLog,
        _ dimension: OutcomeCount.Dimension,
        values: (behind: String, limit: Int)? = nil,
        byMonth: Bool = false
    ) async throws -> [Counted] {
        let (from, through) = (from.map(OutcomeCount.period(month:)), through.map(OutcomeCount.period(month:)))
        return try await FindingsQuery.look(log) { transaction, generation in
            let there = try await Self.periods(transaction, log.id, generation)
            let wanted =
                byMonth ? Periods.months(there, from, through) : Periods.fewest(there, from: from, through: through)
            return try await Self.read(transaction, log.id, generation, dimension, wanted, values: values)
        }
    }

    /// The periods for which anything is counted: from one to the next by the index.
    private static func periods(_ transaction: PostgresTransaction, _ log: LogID, _ generation: Int32) async throws
        -> [String]
    {
        try await transaction.query(
            """
            WITH RECURSIVE p(period) AS (
                   (SELECT period FROM caseflow.outcome_counts
                     WHERE log_id = $1 AND generation = $2 AND dimension = 'all' ORDER BY period LIMIT 1)
                   UNION ALL
                   SELECT n.period FROM p CROSS JOIN LATERAL (
                       SELECT period FROM caseflow.outcome_counts
                        WHERE log_id = $1 AND generation = $2 AND dimension = 'all' AND period > p.period
                        ORDER BY period LIMIT 1) n)
            SELECT period FROM p
            """,
            [log.rawValue, generation],
            prepare: false
        ).map { try $0.decode(0) }
    }

    private static func read(
        _ transaction: PostgresTransaction,
        _ log: LogID,
        _ generation: Int32,
        _ dimension: OutcomeCount.Dimension,
        _ periods: [String],
        values: (behind: String, limit: Int)?
    ) async throws -> [Counted] {
        var parameters: [any PostgresEncodable] = [log.rawValue, generation, dimension.rawValue, periods]
        // Of all values, unless some are asked for.
        var (of, only) = ("", "")
        if let values {
            parameters += [values.behind, Int64(values.limit)] as [any PostgresEncodable]
            func next(after value: String) -> String {
                """
                SELECT min(f.value) AS value FROM unnest($4::text[]) AS w(period) CROSS JOIN LATERAL (
                       SELECT c.value FROM caseflow.outcome_counts c
                        WHERE c.log_id = $1 AND c.generation = $2 AND c.dimension = $3 AND c.period = w.period
                          AND c.value > \(value) ORDER BY c.value LIMIT 1) f
                """
            }
            // From one value to the next by the index: the counts of a value are not read to find it.
            of = """
                CROSS JOIN (WITH RECURSIVE v(value, i) AS (
                       SELECT n.value, 1 FROM (\(next(after: "$5::text"))) n
                       UNION ALL
                       SELECT n.value, v.i + 1 FROM v CROSS JOIN LATERAL (\(next(after: "v.value"))) n
                        WHERE v.i < $6::bigint AND v.value IS NOT NULL)
                    SELECT value FROM v WHERE value IS NOT NULL) AS v
                """
            only = "AND c.value = v.value"
        }
        let rows = try await transaction.query(
            """
            SELECT c.value, c.period, c.measure, c.bucket, c.n FROM unnest($4::text[]) AS w(period) \(of)
             CROSS JOIN LATERAL (SELECT * FROM caseflow.outcome_counts c
                                  WHERE c.log_id = $1 AND c.generation = $2 AND c.dimension = $3
                                    AND c.period = w.period \(only) OFFSET 0) AS c
            """,
            parameters,
            prepare: false
        )
        return try rows.compactMap { row in
            guard let measure = OutcomeCount.Measure(name: try row.decode(2)) else { return nil }
            return (
                value: try row.decode(0), period: try row.decode(1), measure: measure,
                bucket: Int(try row.decode(3, as: Int32.self)), n: Int(try row.decode(4, as: Int64.self))
            )
        }
    }

    /// How the decided cases of an item went in each of its versions, in their order: before and after a simplification.
    public static func versions(of item: ItemCode, _ log: EventLog) async throws -> [(version: Int, row: ComplianceRow)]
    {
        let counted = try await FindingsQuery.look(log) { transaction, generation in
            let rows = try await transaction.query(
                """
                SELECT value, measure, bucket, n FROM caseflow.outcome_counts
                 WHERE log_id = $1 AND generation = $2 AND dimension = 'version' AND period = $5::text
                   AND value > $3::text AND value < $4::text
                """,
                [log.id.rawValue, generation, "\(item)@", "\(item)A", OutcomeCount.always],
                prepare: false
            )
            return try rows.map { row in
                (
                    try row.decode(0, as: String.self), try row.decode(1, as: String.self),
                    Int(try row.decode(2, as: Int32.self)), Int(try row.decode(3, as: Int64.self))
                )
            }
        }
        var rows: [Int: ComplianceRow] = [:]
        for (value, name, bucket, n) in counted {
            guard let at = value.lastIndex(of: "@"), let version = Int(value[value.index(after: at)...]),
                let measure = OutcomeCount.Measure(name: name)
            else { continue }
            rows[version, default: ComplianceRow("\(version)")].add(measure, bucket, times: n)
        }
        return rows.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}

/// Which periods make up the months asked about. Periods are `2026-03`, `2026` and '' for all there are; a bound that is nil is
/// open.
enum Periods {
    /// The months within bounds, in order.
    static func months(_ there: [String], _ from: String?, _ through: String?) -> [String] {
        there.filter { $0.utf8.count == 7 && (from ?? $0) <= $0 && $0 <= (through ?? $0) }.sorted()
    }

    /// As few as make up the whole: a year in place of its months, and all in place of the years, where nothing that is
    /// counted is left out.
    static func fewest(_ there: [String], from: String?, through: String?) -> [String] {
        let all = months(there, nil, nil)
        let wanted = months(there, from, through)
        if wanted == all { return [OutcomeCount.always] }
        let whole = Dictionary(grouping: all) { $0.prefix(4) }
        return Dictionary(grouping: wanted) { $0.prefix(4) }.flatMap { year, months in
            months == whole[year] ? [String(year)] : months
        }.sorted()
    }
}
