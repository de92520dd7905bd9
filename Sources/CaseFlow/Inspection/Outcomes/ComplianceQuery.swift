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
            counted = try await counts(log, .all, behind: nil, limit: nil).map {
                ($0.month, $0.measure, $0.bucket, $0.n)
            }
        case .town:
            counted = try await counts(log, .place, behind: nil, limit: nil).map {
                (town(UnitCode(trusted: $0.value)).rawValue, $0.measure, $0.bucket, $0.n)
            }
        case .department, .officer, .item, .channel:
            let dimension = OutcomeCount.Dimension(rawValue: grouping.rawValue) ?? .all
            counted = try await counts(log, dimension, behind: after, limit: limit + 1).map {
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

    private typealias Counted = (value: String, month: String, measure: OutcomeCount.Measure, bucket: Int, n: Int)

    private func counts(_ log: EventLog, _ dimension: OutcomeCount.Dimension, behind: String?, limit: Int?) async throws
        -> [Counted]
    {
        let (from, through) = (from?.firstOfMonth ?? .first, through?.firstOfMonth ?? .last)
        return try await FindingsQuery.look(log) { transaction, generation in
            try await Self.read(
                transaction,
                log.id,
                generation,
                dimension,
                values: limit.map { (behind ?? "", $0) },
                from: from,
                through: through
            )
        }
    }

    /// The counts of a dimension: of all its values, or of so many behind one.
    private static func read(
        _ transaction: PostgresTransaction,
        _ log: LogID,
        _ generation: Int32,
        _ dimension: OutcomeCount.Dimension,
        values: (behind: String, limit: Int)?,
        from: CivilDate,
        through: CivilDate
    ) async throws -> [Counted] {
        var parameters: [any PostgresEncodable] = [
            log.rawValue, generation, dimension.rawValue, PostgresDate(from), PostgresDate(through),
        ]
        var only = ""
        if let values {
            parameters += [values.behind, Int64(values.limit)] as [any PostgresEncodable]
            // From one value to the next by the index: a value's counts of all months are not read to find it.
            only = """
                AND value IN (WITH RECURSIVE v(value, i) AS (
                       (SELECT value, 1 FROM caseflow.outcome_counts
                         WHERE log_id = $1 AND generation = $2 AND dimension = $3 AND value > $6::text
                         ORDER BY value LIMIT 1)
                       UNION ALL
                       SELECT n.value, v.i + 1 FROM v CROSS JOIN LATERAL (
                           SELECT value FROM caseflow.outcome_counts
                            WHERE log_id = $1 AND generation = $2 AND dimension = $3 AND value > v.value
                            ORDER BY value LIMIT 1) n
                        WHERE v.i < $7::bigint)
                    SELECT value FROM v)
                """
        }
        let rows = try await transaction.query(
            """
            SELECT value, to_char(month, 'YYYY-MM'), measure, bucket, sum(n)::bigint FROM caseflow.outcome_counts
             WHERE log_id = $1 AND generation = $2 AND dimension = $3 AND month >= $4::date AND month <= $5::date \(only)
             GROUP BY 1, 2, 3, 4
            """,
            parameters,
            prepare: false
        )
        return try rows.compactMap { row in
            guard let measure = OutcomeCount.Measure(name: try row.decode(2)) else { return nil }
            return (
                value: try row.decode(0), month: try row.decode(1), measure: measure,
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
                SELECT value, measure, bucket, sum(n)::bigint FROM caseflow.outcome_counts
                 WHERE log_id = $1 AND generation = $2 AND dimension = 'version' AND value > $3::text AND value < $4::text
                 GROUP BY 1, 2, 3
                """,
                [log.id.rawValue, generation, "\(item)@", "\(item)A"],
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
