import EventStore
import Foundation
import PostgresClient
import WorkingTime

/// A queue of the back office: what is to be done, least time left first; what waits for somebody else comes last.
public struct CaseQueue: Sendable {
    /// A place in the network whose open tasks belong into the queue.
    public struct Seat: Sendable, Hashable {
        /// The unit.
        public var unit: UnitCode
        /// The role.
        public var role: OfficerRole

        /// A place.
        public init(unit: UnitCode, role: OfficerRole) { (self.unit, self.role) = (unit, role) }
    }

    /// A task in the queue. Dates are local, ISO 8601.
    public struct Row: Sendable, Codable, Hashable {
        /// The case's number, and its stream.
        public let `case`, stream: String
        /// The item's code.
        public let item: String
        /// What is to be done: the stage, or the act itself.
        public let task: String
        /// The command that does it.
        public let act: String
        /// Where and as what.
        public let unit, role: String
        /// Whose it is; nil for whoever stands there.
        public let assignee: String?
        /// Since when it lies there; RFC 3339, UTC.
        public let since: String
        /// The clock that ends first, and its last day; nil where none runs.
        public let clock, dueOn: String?
        /// The last moment of a limit in minutes of service, RFC 3339, UTC; nil for one in days, which has its whole last day.
        public let dueAt: String?
        /// Calendar days left through the last day, below 0 when it is late.
        public let daysLeft: Int?
        /// Whether the centre waits for somebody else.
        public let isWaiting: Bool
    }

    /// What the next page begins behind.
    private struct Place: Codable {
        let isWaiting: Bool
        /// Days since 1970-01-01; nil for none.
        let due: Int?
        /// Microseconds since 1970-01-01, UTC; nil for the whole day.
        let dueAt: Int64?
        let number, stream, task, assignee: String
    }

    /// A page.
    public struct Page: Sendable {
        /// Its rows.
        public let rows: [Row]
        /// What `after` takes for the next page; nil at the end.
        public let next: String?
    }

    /// A text that is no place in a queue.
    public struct WrongCursor: Error, CustomStringConvertible {
        /// What to do.
        public let description = "it is not the 'next' of a queue's page: take it from the last answer, unchanged"
    }

    /// The places whose tasks belong into it.
    public var seats: [Seat]
    /// Whether what lies at these places and is assigned to somebody belongs into it, too.
    public var withAssigned = false
    /// The officers whose own tasks belong into it: an officer, and the A whom the officer deputises today.
    public var officers: [OfficerID]

    /// A queue.
    public init(seats: [Seat], officers: [OfficerID] = [], withAssigned: Bool = false) {
        (self.seats, self.officers, self.withAssigned) = (seats, officers, withAssigned)
    }

    /// The queue of an officer on a day: what is assigned to the officer, and what lies open where the officer may act, at
    /// windows also what the units below hand up; and both for those whom the officer deputises.
    public init(of officer: OfficerID, in network: Network, on day: CivilDate) {
        var (seats, officers): ([Seat], [OfficerID]) = ([], [officer])
        for posting in network.postings(of: officer, on: day) {
            guard
                let standing = try? network.standing(
                    of: officer,
                    in: posting.post.unit,
                    as: posting.role,
                    on: day
                )
            else { continue }
            if let other = standing.actingFor { officers.append(other) }
            seats += Self.seats(in: posting.post.unit, as: posting.role, network, day)
        }
        self.init(seats: seats, officers: officers)
    }

    /// The queue of a unit on a day, in one role or in all: all that lies there, whosever it is.
    public init(of unit: UnitCode, as role: OfficerRole?, in network: Network, on day: CivilDate) {
        let roles = role.map { [$0] } ?? OfficerRole.allCases
        self.init(seats: roles.flatMap { Self.seats(in: unit, as: $0, network, day) }, withAssigned: true)
    }

    /// A centre's window officers, seal keepers and director work for the units below it, too.
    private static func seats(in unit: UnitCode, as role: OfficerRole, _ network: Network, _ day: CivilDate) -> [Seat] {
        var units = [unit]
        if [.window, .sealKeeper, .director].contains(role) {
            // A window is a part of its centre.
            if let own = network.unit(unit, on: day), own.kind == .window, let centre = own.parent {
                units.append(centre)
            }
            let below: [UnitKind] = [.villageStation, .collectionPoint, .window]
            var index = 0
            while index < units.count {
                let children = network.children(of: units[index], on: day).filter { below.contains($0.kind) }
                units += children.map(\.code).filter { !units.contains($0) }
                index += 1
            }
        }
        return units.map { Seat(unit: $0, role: role) }
    }

    /// A page: at most `limit` rows, from behind where the last one ended. It costs one or two looks into an index for each
    /// place and one for each officer, however many tasks there are. Throws ``WrongCursor``.
    public func page(_ log: EventLog, today: CivilDate, limit: Int, after: String? = nil) async throws -> Page {
        let place = try after.map(Self.place)
        return try await log.pool.transaction(.repeatableRead, readOnly: true) { transaction in
            try await transaction.query(
                """
                SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),
                       set_config('jit', 'off', true)
                """
            )
            let generations = try await transaction.query(
                """
                SELECT generation FROM caseflow.projections
                 WHERE log_id = $1 AND name = 'case-clocks' AND state = 'live'
                """,
                [log.id.rawValue]
            )
            guard let generation = try generations.first?.decode(0, as: Int32.self) else {
                return Page(rows: [], next: nil)
            }
            var parameters: [any PostgresEncodable] = [
                log.id.rawValue, generation, seats.map(\.unit.rawValue), seats.map(\.role.rawValue),
                officers.map(\.rawValue), Int32(clamping: limit + 1), withAssigned,
            ]
            if let place { parameters += Self.parameters(of: place) }
            let rows = try await transaction.query(place == nil ? Self.firstPage : Self.laterPage, parameters)
                .map { try Self.read($0, today) }
            let shown = rows.prefix(limit)
            return Page(
                rows: shown.map(\.0),
                next: shown.count < rows.count ? try shown.last.map { try Self.text($0.1) } : nil
            )
        }
    }

    private static let columns = """
        t.stream, t.case_number, t.item, t.task, t.act, t.unit, t.role, t.assignee, t.since, t.clock, t.due_on, t.due_at,
        t.is_waiting
        """
    private static let order = "t.is_waiting, t.due_on, t.due_at, t.case_number, t.stream, t.task, t.assignee"

    // Two statements: a condition that a parameter switches off would be no look into an index in a plan that is kept.
    private static let firstPage = statement(behind: "")
    private static let laterPage = statement(
        behind: """
            AND (\(order))
                > ($8::boolean, coalesce($9::date, 'infinity'), coalesce($10::timestamptz, 'infinity'), $11, $12, $13, $14)
            """
    )

    /// `$8` to `$14`.
    private static func parameters(of place: Place) -> [any PostgresEncodable] {
        [
            place.isWaiting, place.due.map { PostgresDate(daysSinceUnixEpoch: $0) },
            place.dueAt.map { Timestamp(microseconds: $0) }, place.number, place.stream, place.task, place.assignee,
        ]
    }

    /// For each place and each officer the first rows, in the order of the index; then the first of all.
    private static func statement(behind: String) -> String {
        func first(_ condition: String) -> String {
            """
            SELECT \(columns) FROM caseflow.case_tasks t
             WHERE t.log_id = $1 AND t.generation = $2 AND \(condition) \(behind)
             ORDER BY \(order) LIMIT $6
            """
        }
        return """
            SELECT t.stream, t.case_number, t.item, t.task, t.act, t.unit, t.role, nullif(t.assignee, ''), t.since,
                   nullif(t.clock, ''), nullif(t.due_on, 'infinity'), nullif(t.due_at, 'infinity'), t.is_waiting
              FROM (SELECT q.* FROM unnest($3::text[], $4::text[]) AS s(unit, role) CROSS JOIN LATERAL (
                        \(first("t.unit = s.unit AND t.role = s.role AND t.assignee = ''"))) q
                    UNION ALL
                    SELECT q.* FROM unnest($3::text[], $4::text[]) AS s(unit, role) CROSS JOIN LATERAL (
                        \(first("t.unit = s.unit AND t.role = s.role AND t.assignee <> ''"))) q
                     WHERE $7::boolean
                    UNION ALL
                    SELECT q.* FROM unnest($5::text[]) AS o(officer) CROSS JOIN LATERAL (
                        \(first("t.assignee = o.officer AND t.assignee <> ''"))) q) t
             ORDER BY \(order) LIMIT $6
            """
    }

    private static func read(_ row: PostgresRow, _ today: CivilDate) throws -> (Row, Place) {
        let due: PostgresDate? = try row.decode(10)
        let dueAt: Timestamp? = try row.decode(11)
        let place = Place(
            isWaiting: try row.decode(12),
            due: due?.daysSinceUnixEpoch,
            dueAt: dueAt?.microseconds,
            number: try row.decode(1),
            stream: try row.decode(0),
            task: try row.decode(3),
            assignee: try row.decode(7, as: String?.self) ?? ""
        )
        let shown = Row(
            case: place.number,
            stream: place.stream,
            item: try row.decode(2),
            task: place.task,
            act: try row.decode(4),
            unit: try row.decode(5),
            role: try row.decode(6),
            assignee: place.assignee.isEmpty ? nil : place.assignee,
            since: try row.decode(8, as: Timestamp.self).description,
            clock: try row.decode(9),
            dueOn: due?.civil?.description,
            dueAt: dueAt?.description,
            daysLeft: due.map { $0.daysSinceUnixEpoch - today.daysSinceEpoch },
            isWaiting: place.isWaiting
        )
        return (shown, place)
    }

    private static func text(_ place: Place) throws -> String { try JSONEncoder().encode(place).base64EncodedString() }

    private static func place(_ text: String) throws(WrongCursor) -> Place {
        guard let data = Data(base64Encoded: text), let place = try? JSONDecoder().decode(Place.self, from: data) else {
            throw WrongCursor()
        }
        return place
    }
}
