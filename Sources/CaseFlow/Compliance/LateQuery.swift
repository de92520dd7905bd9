import EventStore
import PostgresClient
import WorkingTime

/// The question which cases are late.
///
/// A closed case is late when it was closed after its limit; an open one when its limit lies before the day asked
/// about. A case that is due on the day itself is not late on that day. Cases without a limit are never late.
public struct LateQuery: Sendable {
    /// Which cases are asked about, as they stood on the day.
    public enum State: String, Sendable, CaseIterable, Codable {
        /// Those that were not closed.
        case open
        /// Those that were.
        case closed
        /// Both.
        case all
    }

    /// By what a limit is compared.
    public enum Comparison: String, Sendable, CaseIterable, Codable {
        /// By local calendar dates, as the law counts.
        case date
        /// By instants.
        case instant
    }

    /// The day asked about: what became effective after it is left out.
    public var asOf: CivilDate
    /// The end of that day, or the present moment on the present day: what open cases are compared with by instant.
    public var until: Timestamp
    /// Which cases.
    public var state: State
    /// By what.
    public var comparison: Comparison
    /// The most rows, or groups; the total counts them all.
    public var limit: Int?

    /// A question.
    public init(
        asOf: CivilDate,
        until: Timestamp,
        state: State = .all,
        comparison: Comparison = .date,
        limit: Int? = nil
    ) {
        self.asOf = asOf
        self.until = until
        self.state = state
        self.comparison = comparison
        self.limit = limit
    }

    /// A case that is late.
    public struct Row: Sendable, Codable, Hashable {
        /// Its number.
        public let `case`: String
        /// Its stream in the log.
        public let stream: String
        /// `open` or `closed`, as on the day.
        public let state: String
        /// Local dates, ISO 8601.
        public let receivedOn, deadlineOn: String
        /// Nil while it is open.
        public let closedOn: String?
        /// Whole days between the limit and the end, or the day asked about.
        public let daysLate: Int
        /// Instants, RFC 3339, UTC.
        public let deadlineAt: String
        /// Nil while it is open.
        public let closedAt: String?
        /// As the source says.
        public let responsible, department, channel: String?
    }

    /// Late cases that have something in common.
    public struct Group: Sendable, Codable, Hashable {
        /// What they have in common; nil where the source says nothing.
        public let group: String?
        /// Cases asked about, with a limit.
        public let cases: Int
        /// Of them late.
        public let late: Int
    }

    /// The columns that grouping knows; any other name is looked for among the case's attributes.
    private static let columns: Set<String> = ["responsible", "department", "channel"]

    /// Cases as of the day, with a limit, and whether each is late. `$1` log, `$2` day, `$3` until.
    private var base: String {
        let late =
            switch comparison {
            case .date: "CASE WHEN ended THEN closed_on > deadline_on ELSE $2::date > deadline_on END"
            case .instant: "CASE WHEN ended THEN closed_at > deadline_at ELSE $3::timestamptz > deadline_at END"
            }
        let wanted =
            switch state {
            case .open: "NOT ended"
            case .closed: "ended"
            case .all: "true"
            }
        return """
            SELECT c.*, (\(late)) AS late FROM (
                SELECT c.*, coalesce(c.closed_on <= $2::date, false) AS ended
                  FROM caseflow.case_compliance c
                  JOIN caseflow.projections p ON p.log_id = c.log_id AND p.generation = c.generation
                   AND p.name = 'case-compliance' AND p.state = 'live'
                 WHERE c.log_id = $1 AND c.deadline_on IS NOT NULL AND c.received_on <= $2::date
                   AND $3::timestamptz IS NOT NULL) c
             WHERE \(wanted)
            """
    }

    private func parameters(_ log: EventLog) -> [any PostgresEncodable] {
        [log.id.rawValue, PostgresDate(daysSinceUnixEpoch: asOf.daysSinceEpoch), until]
    }

    /// The late cases, most days late first, and how many there are in all.
    public func rows(_ log: EventLog) async throws -> (rows: [Row], total: Int) {
        let limit = limit.map { " LIMIT \($0)" } ?? ""
        let result = try await log.pool.query(
            """
            SELECT case_number, stream, ended, received_on, deadline_on, closed_on,
                   (CASE WHEN ended THEN closed_on ELSE $2::date END) - deadline_on AS days,
                   deadline_at, closed_at, responsible, department, channel, count(*) OVER ()
              FROM (\(base)) late WHERE late ORDER BY days DESC, case_number, stream\(limit)
            """,
            parameters(log)
        )
        func text(_ date: PostgresDate) -> String {
            CivilDate(daysSinceEpoch: date.daysSinceUnixEpoch)?.description ?? ""
        }
        let rows = try result.map { row in
            let ended = try row.decode(2, as: Bool.self)
            return Row(
                case: try row.decode(0),
                stream: try row.decode(1),
                state: ended ? "closed" : "open",
                receivedOn: text(try row.decode(3)),
                deadlineOn: text(try row.decode(4)),
                closedOn: ended ? try row.decode(5, as: PostgresDate?.self).map(text) : nil,
                daysLate: try row.decode(6),
                deadlineAt: try row.decode(7, as: Timestamp.self).description,
                closedAt: ended ? try row.decode(8, as: Timestamp?.self)?.description : nil,
                responsible: try row.decode(9),
                department: try row.decode(10),
                channel: try row.decode(11)
            )
        }
        return (rows, try result.first?.decode(12) ?? 0)
    }

    /// An attribute that no case of the log has.
    public struct NoSuchAttribute: Error, Sendable, CustomStringConvertible {
        /// Which, and which there are.
        public let description: String
    }

    /// How many are late in each group, most first; how many are late in all; how many groups there are.
    /// Throws ``NoSuchAttribute`` for a key that no case of the log has, unless none is asked about.
    public func groups(_ log: EventLog, by key: String) async throws -> (groups: [Group], total: Int, count: Int) {
        let isColumn = Self.columns.contains(key)
        let result = try await log.pool.query(
            """
            SELECT \(isColumn ? key : "attributes ->> $4"), count(*), count(*) FILTER (WHERE late) AS late
              FROM (\(base)) c GROUP BY 1 ORDER BY late DESC, 1 NULLS LAST
            """,
            parameters(log) + (isColumn ? [] : [key])
        )
        let groups = try result.map { row in
            Group(group: try row.decode(0), cases: try row.decode(1), late: try row.decode(2))
        }
        if !groups.isEmpty, groups.allSatisfy({ $0.group == nil }) { try await Self.check(key, log) }
        return (Array(groups.prefix(limit ?? groups.count)), groups.reduce(0) { $0 + $1.late }, groups.count)
    }

    static func check(_ key: String, _ log: EventLog) async throws {
        // The columns stand among the attributes too.
        let result = try await log.pool.query(
            """
            SELECT DISTINCT k.key FROM caseflow.case_compliance c
              JOIN caseflow.projections p ON p.log_id = c.log_id AND p.generation = c.generation
               AND p.name = 'case-compliance' AND p.state = 'live'
             CROSS JOIN LATERAL json_object_keys(c.attributes) AS k(key)
             WHERE c.log_id = $1 ORDER BY 1
            """,
            [log.id.rawValue]
        )
        let keys = try result.map { try $0.decode(0, as: String.self) }
        if keys.contains(key) { return }
        let there = keys.isEmpty ? "no attributes" : keys.joined(separator: ", ")
        throw NoSuchAttribute(description: "no case has '\(key)'; the cases have: \(there)")
    }
}
