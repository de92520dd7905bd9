import EventStore
import Foundation
import PostgresClient
import WorkingTime

/// The cards of a log: what was raised, by whom it is to be answered, and what was said. Reads `case_cards`.
public struct CaseCards: Sendable {
    /// Which of the cards.
    public struct Filters: Sendable, Hashable {
        /// Only those whose highest rung waits for an answer.
        public var isOpen = false
        /// Only those whose highest rung is this one: `red`.
        public var level: String?
        /// Only those that lay with this unit.
        public var unit: String?
        /// Only those that lay with this officer.
        public var officer: String?
        /// Only those that are told to one of these officers, or to a B in their place; see ``Network/standIns(of:on:)``. Each
        /// card is looked into, so it takes the longer the fewer there are.
        public var toldTo: [OfficerID] = []
        /// Only those of this case, by its stream.
        public var stream: StreamName?

        /// All.
        public init() {}
    }

    /// One card.
    public struct Row: Sendable, Encodable {
        /// The case's number, its stream and its item; '' where it has none.
        public let `case`, stream, item: String
        /// The clock, and which start of it.
        public let clock: String
        /// From 1.
        public let ordinal: Int
        /// The highest rung, and its place in the ladder.
        public let level: String
        /// From 1.
        public let rank: Int
        /// All rungs that were raised, in the order in which they were.
        public let rungs: [String]
        /// When the first and the highest rung were due, and when the highest was raised; RFC 3339, UTC.
        public let openedAt, dueAt, raisedAt: String
        /// Position of the highest rung's event.
        public let position: Int64
        /// With whom the case lay; '' where nobody knows.
        public let unit, officer: String
        /// To whom it is told: `holder`, `director`, …
        public let told: String
        /// The last day for an answer; ISO 8601; nil where none is asked for.
        public let answerBy: String?
        /// `open`, `reminder` where no answer is asked for, `answered` or `withdrawn`.
        public let state: String
        /// When and by whom it was answered, why by the list, and in words.
        public let answeredAt, answeredBy, answerCause, answer: String?
        /// When, by whom and why it was withdrawn.
        public let withdrawnAt, withdrawnBy, withdrawal: String?
        /// What it was raised on: threshold, limit, dates, holder, cause, addressee; as in the event.
        public let basis: EmbeddedJSON
    }

    /// A page, latest first.
    public struct Page: Sendable {
        /// The rows.
        public let rows: [Row]
        /// Where the next page begins; nil behind the last.
        public let next: String?
    }

    /// A cursor that is none of these pages, or of a page with other filters.
    public struct WrongCursor: Error, Sendable, CustomStringConvertible {
        /// What to do.
        public let description =
            "that is no 'next' of these pages: take it from the answer before, with the same filters"
    }

    /// What is asked for.
    public var filters: Filters

    /// A question.
    public init(_ filters: Filters = Filters()) { self.filters = filters }

    private struct Place: Codable {
        let due: Int64
        let stream, clock: String
        let ordinal: Int32
        let asked: String
    }

    private var asked: String {
        let told = filters.toldTo.map(\.rawValue).joined(separator: " ")
        return [
            filters.isOpen ? "open" : "", filters.level, filters.unit, filters.officer, filters.stream?.rawValue, told,
        ]
        .map { $0 ?? "" }.joined(separator: "\n")
    }

    /// A page of at most `limit` cards, from behind where the last one ended. Errors: ``WrongCursor``.
    public func page(_ log: EventLog, limit: Int, after: String? = nil) async throws -> Page {
        let place = try after.map { text in
            guard let data = Data(base64Encoded: text), let place = try? JSONDecoder().decode(Place.self, from: data),
                place.asked == asked
            else { throw WrongCursor() }
            return place
        }
        var parameters: [any PostgresEncodable] = []
        func parameter(_ value: any PostgresEncodable) -> String {
            parameters.append(value)
            return "$\(parameters.count)"
        }
        let logID = parameter(log.id.rawValue)
        return try await log.pool.transaction(.repeatableRead, readOnly: true) { transaction in
            try await transaction.query(
                """
                SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),
                       set_config('jit', 'off', true)
                """
            )
            guard let generation = try await DueRungs.generation(log, transaction) else {
                return Page(rows: [], next: nil)
            }
            var conditions = ["k.log_id = \(logID)", "k.generation = \(parameter(generation))"]
            if filters.isOpen { conditions.append(Self.isOpen) }
            if let level = filters.level { conditions.append("k.rung = \(parameter(level))") }
            if let unit = filters.unit { conditions.append("k.unit = \(parameter(unit))") }
            if let officer = filters.officer { conditions.append("k.officer = \(parameter(officer))") }
            if !filters.toldTo.isEmpty {
                let told = parameter(filters.toldTo.map(\.rawValue))
                conditions.append(
                    """
                    EXISTS (SELECT FROM json_array_elements(k.data->'addressee'->'persons') p
                             WHERE p->>'officer' = ANY (\(told)) OR p->>'for' = ANY (\(told)))
                    """
                )
            }
            if let stream = filters.stream { conditions.append("k.stream = \(parameter(stream.rawValue))") }
            if let place {
                let due = parameter(Timestamp(microseconds: place.due))
                let rest = [parameter(place.stream), parameter(place.clock), parameter(place.ordinal)]
                conditions.append(
                    "(k.due_at, k.stream, k.clock, k.ordinal) < (\(due), \(rest.joined(separator: ", ")))"
                )
            }
            let rows = try await transaction.query(
                """
                SELECT \(Self.columns) FROM caseflow.case_cards k WHERE \(conditions.joined(separator: " AND "))
                 ORDER BY k.due_at DESC, k.stream DESC, k.clock DESC, k.ordinal DESC LIMIT \(parameter(limit + 1))
                """,
                parameters
            )
            let shown = rows.prefix(limit)
            let next = rows.count > shown.count ? try shown.last.map { try text(of: $0) } : nil
            return Page(rows: try shown.map(Self.read), next: next)
        }
    }

    /// SQL that says whether a row `k` of `case_cards` waits for an answer.
    static let isOpen = "k.is_open AND k.answer_by < 'infinity'"

    private static let columns = """
        k.due_at, k.stream, k.clock, k.ordinal, k.case_number, k.item, k.rung, k.level, k.rungs, k.opened_at, k.raised_at,
        k.position, k.unit, k.officer, k.told, nullif(k.answer_by, 'infinity'), k.answered_at, k.answered_by,
        k.answer_cause, k.answer, k.withdrawn_at, k.withdrawn_by, k.withdrawal, k.is_open, k.data
        """

    private func text(of row: PostgresRow) throws -> String {
        let place = Place(
            due: try row.decode(0, as: Timestamp.self).microseconds,
            stream: try row.decode(1),
            clock: try row.decode(2),
            ordinal: try row.decode(3),
            asked: asked
        )
        return try JSONEncoder().encode(place).base64EncodedString()
    }

    private static func read(_ row: PostgresRow) throws -> Row {
        let answered: Timestamp? = try row.decode(16)
        let withdrawn: Timestamp? = try row.decode(20)
        func text(_ column: Int) throws -> String? {
            let text: String = try row.decode(column)
            return text.isEmpty ? nil : text
        }
        let answerBy = try row.decode(15, as: PostgresDate?.self)?.civil
        let waits = answerBy == nil ? Case.Card.State.reminder : .open
        let state = withdrawn != nil ? .withdrawn : answered != nil ? .answered : waits
        return Row(
            case: try row.decode(4),
            stream: try row.decode(1),
            item: try row.decode(5),
            clock: try row.decode(2),
            ordinal: Int(try row.decode(3, as: Int32.self)),
            level: try row.decode(6),
            rank: Int(try row.decode(7, as: Int32.self)),
            rungs: try row.decode(8),
            openedAt: try row.decode(9, as: Timestamp.self).description,
            dueAt: try row.decode(0, as: Timestamp.self).description,
            raisedAt: try row.decode(10, as: Timestamp.self).description,
            position: try row.decode(11),
            unit: try row.decode(12),
            officer: try row.decode(13),
            told: try row.decode(14),
            answerBy: answerBy?.description,
            state: state.rawValue,
            answeredAt: answered?.description,
            answeredBy: try text(17),
            answerCause: try text(18),
            answer: try text(19),
            withdrawnAt: withdrawn?.description,
            withdrawnBy: try text(21),
            withdrawal: try text(22),
            basis: try EmbeddedJSON(Array(try row.decode(24, as: String.self).utf8))
        )
    }
}

extension Network {
    /// An officer, if present on a day, and those in whose place the officer stands then: as B of posts whose A is away. By their
    /// codes. Cards that were told to A before are B's to see and to answer while A is away.
    public func standIns(of officer: OfficerID, on day: CivilDate) -> [OfficerID] {
        guard isPresent(officer, on: day) else { return [officer] }
        let absent = postings(of: officer, on: day).compactMap { posting -> OfficerID? in
            guard posting.holder == .b, let a = holder(of: posting.post, on: day), !isPresent(a, on: day) else {
                return nil
            }
            return a
        }
        return Set([officer] + absent).sorted()
    }
}
