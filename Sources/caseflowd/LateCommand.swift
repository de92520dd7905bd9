import ArgumentParser
import CaseFlow
import CaseFlowServer
import EventStore
import Foundation
import WorkingTime

/// Which cases are late.
struct LateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "late",
        abstract: "List the cases that are late, or count them by what they have in common.",
        discussion: "A case that is due on the day asked about is not late on that day."
    )

    @OptionGroup var log: LogOptions

    @Option(help: "The day asked about, YYYY-MM-DD, in the log's time zone. Default: today.")
    var asOf: String?

    @Option(help: "Which cases, as they stood on that day: open, closed or all.")
    var state: LateQuery.State = .all

    @Option(help: "Compare local dates, as the law does, or instants.")
    var compare: LateQuery.Comparison = .date

    @Option(help: "Count by responsible, department, channel or any other attribute of the cases.")
    var groupBy: String?

    @Option(help: "The most rows or groups to print; the total counts all. Default: 20 on a terminal, all in JSON.")
    var limit: Int?

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit: give a number from 1") }
        if let asOf { try Self.check(asOf) }
    }

    private static func check(_ text: String) throws {
        do {
            _ = try Moment.endOfDay(try CivilDate(text), in: .gmt)
        } catch {
            throw ValidationError("--as-of: \(error)")
        }
    }

    func run() async throws {
        try await log.withLog { eventLog in
            try await Projections.catchUp(eventLog)
            let aside = try await eventLog.projectionStatus().filter { $0.state == "live" && $0.parkedStreams > 0 }
            if let worst = aside.map(\.parkedStreams).max() {
                Terminal.note(
                    "caseflowd: \(worst) cases are set aside and missing here: see `caseflowd projection status`"
                )
            }
            let information = try await LogInformation.of(eventLog)
            let zone = TimeZone(identifier: information.timeZone) ?? .gmt
            let now = RecordingClock.system.now()
            guard let today = Moment.day(of: now, in: zone) else { throw ValidationError("the clock is out of range") }
            let day = try asOf.map { try CivilDate($0) } ?? today
            let until = try day == today ? now : Moment.endOfDay(day, in: zone)
            var query = LateQuery(asOf: day, until: until, state: state, comparison: compare)
            query.limit = limit ?? (log.database.json ? nil : 20)
            if let groupBy {
                let answered: (groups: [LateQuery.Group], total: Int, count: Int)
                do {
                    answered = try await query.groups(eventLog, by: groupBy)
                } catch let error as LateQuery.NoSuchAttribute {
                    throw WrongCall(description: "--group-by: \(error)")
                }
                try answer(day, groups: answered.groups, of: answered.count, by: groupBy, total: answered.total)
            } else {
                let (rows, total) = try await query.rows(eventLog)
                try answer(day, rows: rows, total: total)
            }
        }
    }

    private struct Answer: Encodable {
        let log: String
        let asOf: String
        let state: LateQuery.State
        let compare: LateQuery.Comparison
        let groupBy: String?
        /// Empty where cases are counted in groups.
        let rows: [LateQuery.Row]
        let groups: [LateQuery.Group]?
        let total: Int
    }

    private func json(
        _ day: CivilDate,
        rows: [LateQuery.Row] = [],
        groups: [LateQuery.Group]? = nil,
        total: Int
    ) throws {
        try Terminal.json(
            Answer(
                log: log.log,
                asOf: day.description,
                state: state,
                compare: compare,
                groupBy: groupBy,
                rows: rows,
                groups: groups,
                total: total
            )
        )
    }

    private func answer(_ day: CivilDate, rows: [LateQuery.Row], total: Int) throws {
        if log.database.json { return try json(day, rows: rows, total: total) }
        print("log \(log.log), as of \(day), \(state.rawValue) cases, by \(compare.rawValue): \(total) late")
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
        if rows.count < total { print("… and \(total - rows.count) more (--limit)") }
    }

    private func answer(_ day: CivilDate, groups: [LateQuery.Group], of count: Int, by key: String, total: Int)
        throws
    {
        if log.database.json { return try json(day, groups: groups, total: total) }
        print("log \(log.log), as of \(day), \(state.rawValue) cases, by \(compare.rawValue): \(total) late")
        Terminal.table([key, "cases", "late"], groups.map { [$0.group ?? "-", String($0.cases), String($0.late)] })
        if groups.count < count { print("… and \(count - groups.count) more (--limit)") }
    }
}

extension LateQuery.State: ExpressibleByArgument {}
extension LateQuery.Comparison: ExpressibleByArgument {}
