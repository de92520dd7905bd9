import ArgumentParser
import CaseFlow
import CaseFlowServer
import EventStore
import Foundation
import WorkingTime

/// What is to be done.
struct QueueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queue",
        abstract: "What an officer or a unit has to do now, least time left first.",
        discussion: """
            An officer's queue holds what is assigned to the officer and what lies open where the officer's posts are; while \
            the officer deputises for an absent A, A's as well. A unit's queue holds all that lies there, whosever it is, with \
            the officer to whom it is assigned. Within a day, what is due at a moment comes first. What waits for the citizen, for the county's answer or for \
            the end of a suspension comes last.
            """
    )

    @Option(help: "An officer's code.") var officer: String?
    @Option(help: "A unit's code.") var unit: String?
    @Option(help: "With --unit: only tasks of this role.") var role: OfficerRole?
    @Option(help: "The day whose posts and absences count, YYYY-MM-DD. Default: today.") var on: String?
    @Option(help: "The most rows of a page.") var limit = 20
    @Option(help: "Go on behind a page: the 'next' of its answer.") var after: String?
    @OptionGroup var log: LogOptions

    func validate() throws {
        if (officer == nil) == (unit == nil) { throw ValidationError("give --officer or --unit") }
        if role != nil, unit == nil { throw ValidationError("--role goes with --unit") }
        if !(1...1_000).contains(limit) { throw ValidationError("--limit: give a number from 1 to 1000") }
        if let on, (try? CivilDate(on)) == nil { throw ValidationError("--on: '\(on)' is no day; write 2026-03-10") }
    }

    func run() async throws {
        try await log.withLog { eventLog in
            try await Projections.catchUp(eventLog)
            let zone = try await LogInformation.zone(of: eventLog)
            let network = try await NetworkBook.load(eventLog).latest
            let now = Moment.day(of: RecordingClock.system.now(), in: zone)
            guard let day = try on.map({ try CivilDate($0) }) ?? now else {
                throw ValidationError("this machine's clock is out of range")
            }
            let queue: CaseQueue
            if let officer {
                let id: OfficerID = try parseCode(officer, "--officer")
                if network.officers[id] == nil {
                    throw WrongCall(
                        description: "--officer: there is no officer \(id); `caseflowd network show` lists the units"
                    )
                }
                queue = CaseQueue(of: id, in: network, on: day)
            } else {
                let code: UnitCode = try parseCode(unit ?? "", "--unit")
                if network.units[code] == nil {
                    throw WrongCall(
                        description: "--unit: there is no unit \(code); `caseflowd network show` lists them"
                    )
                }
                queue = CaseQueue(of: code, as: role, in: network, on: day)
            }
            let page: CaseQueue.Page
            do {
                page = try await queue.page(eventLog, today: day, limit: limit, after: after)
            } catch let error as CaseQueue.WrongCursor {
                throw WrongCall(description: "--after: \(error)")
            }
            if log.database.json {
                return try Terminal.json(Answer(on: day.description, tasks: page.rows, next: page.next))
            }
            if page.rows.isEmpty { return print("nothing to do") }
            for row in page.rows { print(Self.line(row, now: RecordingClock.system.now(), isToday: day == now, zone)) }
            if let next = page.next { print("more: --after \(next)") }
        }
    }

    private struct Answer: Encodable {
        let on: String
        let tasks: [CaseQueue.Row]
        let next: String?
    }

    private static func line(_ row: CaseQueue.Row, now: Timestamp, isToday: Bool, _ zone: TimeZone) -> String {
        // A limit in minutes of service ends at a moment of its last day, and is late at once after it.
        let end = row.dueAt.flatMap { try? Moment.parse($0, in: .gmt) }
        let moment = end?.zoned(in: zone).map { " at \($0.description.dropFirst(11).prefix(5))" } ?? ""
        let time =
            switch row.daysLeft {
            case nil: "no limit"
            case let days? where days < 0: "\(count(-days, "day")) late, was due \(row.dueOn ?? "")\(moment)"
            case 0: if isToday, let end, end < now { "late, was due today\(moment)" } else { "due today\(moment)" }
            case let days?: "due \(row.dueOn ?? "")\(moment), \(count(days, "day"))"
            }
        let whose = row.assignee.map { "\($0), \(row.role) of \(row.unit)" } ?? "\(row.role) of \(row.unit)"
        // The task of a material that may follow is named by its act already.
        let task = row.task == row.act || row.task.hasPrefix("\(row.act) ") ? row.task : "\(row.act) \(row.task)"
        return "\(row.case)  \(task)  \(time)\(row.isWaiting ? ", waiting" : "")  \(whose)"
    }

    private static func count(_ number: Int, _ what: String) -> String { "\(number) \(what)\(number == 1 ? "" : "s")" }
}
