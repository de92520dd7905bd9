import CaseFlow
import EventStore
import Foundation

/// The rows of a question as a table in CSV, page by page, so that memory does not grow with them.
struct LateTable {
    private let question: LateClocks
    private let language: Language

    init(_ question: LateClocks, _ language: Language) { (self.question, self.language) = (question, language) }

    private static let header = [
        "case", "clock", "stage", "ordinal", "state", "phase", "light", "received_on", "due_on", "provisional",
        "closed_on", "suspended_since", "days_left", "days_late", "limit", "calendar", "unit", "department",
        "responsible", "item", "channel", "holder", "held_since", "reason", "known_from", "event", "position",
        "stream",
    ]

    private static func fields(_ row: LateClocks.Row) -> [String] {
        let clock: [String] = [
            row.case, row.clock, row.stage ?? "", String(row.ordinal), row.state, row.phase, row.light,
        ]
        let dates: [String] = [
            row.receivedOn, row.deadlineOn ?? "", row.isProvisional ? "true" : "false", row.closedOn ?? "",
            row.suspendedSince ?? "", row.daysLeft.map { String($0) } ?? "", row.daysLate.map { String($0) } ?? "",
            row.limit ?? "", row.calendar ?? "",
        ]
        let filters = [row.unit, row.department, row.responsible, row.item, row.channel].map { $0 ?? "" }
        let held = [row.holder ?? "", row.heldSince ?? "", row.reason]
        return clock + dates + filters + held + [row.knownFrom, row.event, String(row.position), row.stream]
    }

    /// Writes them; returns how many, and where to go on if there are more. The file appears when it is complete.
    func write(to path: String, from log: EventLog, limit: Int?, after: String?, json: Bool) async throws -> (
        rows: Int, next: String?
    ) {
        let writer =
            path == "-"
            ? CSVWriter { try FileHandle.standardOutput.write(contentsOf: Data($0)) } : try CSVWriter(path: path)
        try writer.row(Self.header)
        var question = question
        var (count, next) = (0, after)
        repeat {
            let page = try await question.page(
                log,
                limit: min(5000, limit.map { $0 - count } ?? 5000),
                after: next,
                language
            )
            for row in page.rows { try writer.row(Self.fields(row)) }
            count += page.rows.count
            next = page.next
            // Later pages ask about the moment of the first, which has passed by then.
            question.isNow = false
        } while next != nil && count < limit ?? .max
        try writer.end()
        return (count, next)
    }
}
