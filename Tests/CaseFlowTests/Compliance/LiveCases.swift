import CaseFlow
import EventStore
import Foundation
import PostgresClient
import Support
import Testing

/// Cases that are written event by event, as the daily work writes them.
struct LiveCases {
    let log: EventLog

    private static let database = Task { try await TestCluster.shared.database() }

    /// A new log, given to `body`; closed afterwards.
    static func run<Result>(_ body: (LiveCases) async throws -> Result) async throws -> Result {
        let log = try await database.value.log("log-\(UUID().uuidString)")
        do {
            let result = try await body(LiveCases(log: log))
            await log.close()
            return result
        } catch {
            await log.close()
            throw error
        }
    }

    /// Adds facts to a case; a number's stream is `case/NUMBER`.
    func add(_ number: String, _ facts: [Case.Fact], at moment: String = "2026-03-01T09:00:00+08:00") async throws {
        let at = try zoned(moment).timestamp
        let actor = Actor(trusted: "officer/1")
        try await add(number, facts.map { Case.Coding.encode(.init(effectiveAt: at, fact: $0), actor: actor) })
    }

    /// Adds an event of any type and content to a case.
    func add(_ number: String, type: EventType, json: String) async throws {
        try await add(
            number,
            [
                NewEvent(
                    type: type,
                    effectiveAt: .init(microseconds: 0),
                    actor: Actor(trusted: "officer/1"),
                    data: Array(json.utf8)
                )
            ]
        )
    }

    private func add(_ number: String, _ events: [NewEvent]) async throws {
        let stream = StreamName(trusted: "case/\(number)")
        _ = try await log.append(
            AppendRequest(id: UUID(), writes: [StreamWrite(stream, expected: .any, events: events)])
        )
    }

    /// A case with its limit and its end, each as written.
    func add(
        _ number: String,
        received: String = "2026-03-01T09:00:00+08:00",
        due: String?,
        closed: String? = nil,
        attributes: [XESAttribute] = []
    ) async throws {
        let at = try zoned(received)
        var facts: [Case.Fact] = [
            .received(number: CaseNumber(trusted: number), at: at, attributes: attributes)
        ]
        if let due { facts.append(.deadlineSet(try zoned(due))) }
        if let closed { facts.append(.closed(at: try zoned(closed))) }
        try await add(number, facts, at: received)
    }

    func catchUp() async throws {
        try await ProjectionRunner(CaseOverview(), on: log).catchUp()
        try await ProjectionRunner(CaseCompliance(), on: log).catchUp()
    }

    /// The rows of the live generation of a read table, as JSON texts without the generation, by stream.
    func rows(_ table: String, _ projection: String) async throws -> [String] {
        let rows = try await log.pool.query(
            """
            SELECT (to_jsonb(t) - 'generation' - 'log_id')::text FROM caseflow.\(table) t
              JOIN caseflow.projections p USING (log_id, generation)
             WHERE log_id = $1 AND p.name = $2 AND p.state = 'live' ORDER BY t.stream
            """,
            [log.id.rawValue, projection]
        )
        return try rows.map { try $0.decode(0) }
    }

    func overview() async throws -> [String] { try await rows("case_overview", "case-overview") }
    func compliance() async throws -> [String] { try await rows("case_compliance", "case-compliance") }

    /// One column of a case's row, as text.
    func value(_ column: String, of number: String, in table: String = "case_overview") async throws -> String? {
        let rows = try await log.pool.query(
            "SELECT \(column)::text FROM caseflow.\(table) WHERE log_id = $1 AND case_number = $2 ORDER BY generation DESC",
            [log.id.rawValue, number]
        )
        return try #require(rows.first).decode(0)
    }
}
