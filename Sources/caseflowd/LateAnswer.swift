import CaseFlow
import EventStore
import Foundation
import WorkingTime

/// How `late` tells its answer: as one JSON object, or as a table for people.
struct LateAnswer {
    /// How many there are.
    enum Total {
        case exactly(Int)
        case moreThan(Int)
        case unknown

        var exact: Int? { if case .exactly(let count) = self { count } else { nil } }
        var bound: Int? { if case .moreThan(let count) = self { count } else { nil } }

        var words: String {
            switch self {
            case .exactly(let count): "\(count)"
            case .moreThan(let count): "more than \(count) (--count counts them)"
            case .unknown: "some"
            }
        }
    }

    private let log: String
    private let day: CivilDate
    private let knownAt: Timestamp?
    private let state: LateQuery.State
    private let compare: LateQuery.Comparison
    private let light: ClockReading.Light
    private let isNow: Bool
    private let json: Bool
    /// Whose time the log's events bear; `simulated` for a log that is a simulation.
    var logClock = RecordingClock.real

    init(log: String, day: CivilDate, state: LateQuery.State, compare: LateQuery.Comparison, json: Bool) {
        (self.log, self.day, self.state, self.compare, self.json) = (log, day, state, compare, json)
        (knownAt, light, isNow) = (nil, .red, true)
    }

    init(log: String, question: LateClocks, json: Bool) {
        (self.log, day, state, compare) = (log, question.asOf, question.state, .date)
        (knownAt, light, isNow, self.json) = (question.knownAt, question.light, question.isNow, json)
    }

    private struct Answer<Row: Encodable>: Encodable {
        let log: String
        /// `real`, or `simulated`: nothing of it has happened.
        let logClock: String
        let asOf: String
        /// RFC 3339, UTC: ask with it as `--known-at`, and the answer is this one for ever.
        let knownAt: String?
        let state: LateQuery.State
        let compare: LateQuery.Comparison
        let light: String
        let groupBy: String?
        /// Empty where clocks are counted in groups or written to a file.
        let rows: [Row]
        let groups: [LateQuery.Group]?
        let csv: String?
        let total: Int?
        /// Instead of `total`: there are more than so many, and nobody asked for a count.
        let totalOver: Int?
        let next: String?
    }

    private func tell<Row: Encodable>(
        _ rows: [Row],
        groups: [LateQuery.Group]? = nil,
        by key: String? = nil,
        csv: String? = nil,
        total: Total,
        next: String? = nil
    ) throws {
        try Terminal.json(
            Answer(
                log: log,
                logClock: logClock,
                asOf: day.description,
                knownAt: knownAt?.description,
                state: state,
                compare: compare,
                light: light.rawValue,
                groupBy: key,
                rows: rows,
                groups: groups,
                csv: csv,
                total: total.exact,
                totalOver: total.bound,
                next: next
            )
        )
    }

    private func headline(_ total: Total) {
        let known = isNow ? "" : ", as known at \(knownAt?.description ?? "")"
        let what = light == .red ? "late" : light.rawValue
        Swift.print(
            "log \(log)\(logClock == RecordingClock.simulated ? " (a simulation)" : ""), as of \(day)\(known), \(state.rawValue) cases, by \(compare.rawValue): \(total.words) \(what)"
        )
    }

    func print(_ page: LateClocks.Page, total: Total) throws {
        if json { return try tell(page.rows, total: total, next: page.next) }
        headline(total)
        if !page.rows.isEmpty {
            Terminal.table(
                [
                    "case", "clock", "state", "received", "due", "closed", "days late", "responsible", "department",
                    "why",
                ],
                page.rows.map { row in
                    [
                        row.case, row.stage.map { "\(row.clock) \($0)" } ?? row.clock, row.state, row.receivedOn,
                        (row.deadlineOn ?? "stands still") + (row.isProvisional ? " (provisional)" : ""),
                        row.closedOn ?? "-", row.daysLate.map { String($0) } ?? "-", row.responsible ?? "-",
                        row.department ?? "-", row.reason,
                    ]
                }
            )
        }
        guard let next = page.next else { return }
        let more = total.exact.map { "\($0 - page.rows.count) more" } ?? "more"
        Swift.print("… and \(more) (--limit, or --after \(next))")
    }

    func print(_ rows: [LateQuery.Row], total: Int) throws {
        if json { return try tell(rows, total: .exactly(total)) }
        headline(.exactly(total))
        if rows.isEmpty { return }
        Terminal.table(
            ["case", "state", "received", "due", "closed", "days late", "responsible", "department"],
            rows.map { row in
                [
                    row.case, row.state, row.receivedOn, row.deadlineOn, row.closedOn ?? "-", String(row.daysLate),
                    row.responsible ?? "-", row.department ?? "-",
                ]
            }
        )
        if rows.count < total { Swift.print("… and \(total - rows.count) more (--limit)") }
    }

    func print(groups: [LateQuery.Group], of count: Int, by key: String, total: Int) throws {
        if json { return try tell([LateQuery.Row](), groups: groups, by: key, total: .exactly(total)) }
        headline(.exactly(total))
        Terminal.table([key, "cases", "late"], groups.map { [$0.group ?? "-", String($0.cases), String($0.late)] })
        if groups.count < count { Swift.print("… and \(count - groups.count) more (--limit)") }
    }

    func print(csv: String, rows: Int, next: String?) throws {
        if json {
            return try tell([LateClocks.Row](), csv: csv, total: next == nil ? .exactly(rows) : .unknown, next: next)
        }
        headline(next == nil ? .exactly(rows) : .unknown)
        Swift.print("\(rows) rows in \(csv)" + (next.map { "; go on with --after \($0)" } ?? ""))
    }
}
