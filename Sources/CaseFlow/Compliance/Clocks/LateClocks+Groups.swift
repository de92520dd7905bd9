import EventStore
import Foundation
import PostgresClient
import WorkingTime

extension LateClocks {
    /// What `groupBy` knows beside the attributes of imported cases.
    static let groupColumns: [String: String] = [
        "unit": "unit", "department": "department", "officer": "officer", "responsible": "officer", "item": "item",
        "channel": "channel", "clock": "clock",
    ]

    /// How many are late in each group, most first; how many are late in all; how many groups there are. Lateness is
    /// counted, whatever light is asked for. `limit`: the most groups.
    /// Throws ``LateQuery/NoSuchAttribute`` for a key that no case of the log has, unless none is asked about.
    public func groups(_ log: EventLog, by key: String, limit: Int? = nil) async throws -> (
        groups: [LateQuery.Group], total: Int, count: Int
    ) {
        let column = Self.groupColumns[key]
        let groups = try await counted(log, column, key)
        let isUnknown = column == nil || (key != "clock" && groups.allSatisfy { $0.group == nil })
        if isUnknown, !groups.isEmpty, groups.allSatisfy({ $0.group == nil }) {
            try await LateQuery.check(key, log)
        }
        let total = groups.reduce(0) { $0 + $1.late }
        return (Array(groups.prefix(limit ?? groups.count)), total, groups.count)
    }

    private func counted(_ log: EventLog, _ column: String?, _ key: String) async throws -> [LateQuery.Group] {
        try await log.pool.transaction(.repeatableRead, readOnly: true) { transaction in
            let live = try await transaction.query(
                """
                SELECT name, generation FROM caseflow.projections
                WHERE log_id = $1 AND name IN ('case-clocks', 'case-compliance') AND state = 'live' ORDER BY name
                """,
                [log.id.rawValue]
            )
            var generations: [String: Int32] = [:]
            for row in live { generations[try row.decode(0)] = try row.decode(1) }
            let present = isNow ? "AND known_period = \(ClockRow.openPeriod)" : ""
            var parameters: [any PostgresEncodable] = [
                log.id.rawValue, generations["case-clocks"] ?? 0, PostgresDate(asOf), knownAt,
                generations["case-compliance"] ?? 0, Int32(clamping: atLeast),
            ]
            let common = common(&parameters)
            let wanted =
                switch state {
                case .open: "NOT ended"
                case .closed: "ended"
                case .all: "true"
                }
            var group = column.map { "nullif(\($0), '')" }
            if group == nil {
                parameters.append(key)
                group = """
                    (SELECT o.attributes ->> $\(parameters.count) FROM caseflow.case_compliance o
                      WHERE o.log_id = $1 AND o.generation = $5 AND o.stream = c.stream)
                    """
            }
            let result = try await transaction.query(
                """
                SELECT \(group ?? "NULL"), count(*),
                       count(*) FILTER (
                           WHERE coalesce(CASE WHEN ended THEN in_time <= -$6 ELSE $3::date - due_on >= $6 END, false)) AS late
                  FROM (SELECT c.*, coalesce(stopped_on <= $3::date, false) AS ended FROM caseflow.case_clocks c
                         WHERE c.log_id = $1 AND c.generation = $2 AND $5::integer IS NOT NULL \(present)
                           AND \(common)) c
                 WHERE \(wanted) GROUP BY 1 ORDER BY late DESC, 1 NULLS LAST
                """,
                parameters,
                prepare: false
            )
            return try result.map { row in
                LateQuery.Group(group: try row.decode(0), cases: try row.decode(1), late: try row.decode(2))
            }
        }
    }
}
