import ArgumentParser
import CaseFlow
import CaseFlowServer
import EventStore
import Foundation

/// What may be done with a case now.
struct CaseNextCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "next",
        abstract: "What may be done with a case now, by whom, and until when.",
        discussion: """
            First what brings the case on its way, then what is possible at any time (--all). The dates are those of the \
            clocks that the act would stop, as `case explain` derives them.
            """
    )

    @Argument(help: "The case's number, its id, or its stream (case/…).") var number: String
    @Flag(help: "Also what is possible at any time.") var all = false
    @Option(help: "A folder of rule packs that do not come with the program. Default: CASEFLOW_RULE_PACKS.")
    var packs: String?
    @OptionGroup var log: LogOptions

    func run() async throws {
        try await log.withLog { eventLog in
            let zone = try await LogInformation.zone(of: eventLog)
            let folder = packs ?? ProcessInfo.processInfo.environment["CASEFLOW_RULE_PACKS"]
            let desk = try await CaseDesk.of(eventLog, zone: zone, packs: folder)
            let now = RecordingClock.system.now()
            guard let at = now.zoned(in: zone) else { throw ValidationError("this machine's clock is out of range") }
            let (state, acts) = try await desk.next(number, at: at, now: now)
            let history = try await CaseHistory(CaseHistory.find(number, in: eventLog), in: eventLog)
            let clocks = try desk.clocks(of: history, at: now, knownAt: now)
            let rows = acts.filter { all || $0.isOnTheWay }.map { Row($0, until: $0.until(clocks)) }
            if log.database.json { return try Terminal.json(Answer(case: state.number?.rawValue, next: rows)) }
            if rows.isEmpty {
                return print("case \(state.number?.rawValue ?? number): nothing; it has come to its end")
            }
            for row in rows { print(row.line) }
        }
    }

    private struct Answer: Encodable {
        let `case`: String?
        let next: [Row]
    }

    private struct Row: Encodable {
        let act: String
        let stage: String?
        let roles: [String]
        let unit: String?
        let officers: [String]
        /// ISO 8601, local; for minutes of service RFC 3339.
        let until: String?
        let clock: String?
        let onTheWay: Bool

        init(_ act: Case.NextAct, until: ClockReading?) {
            self.act = act.act
            stage = act.stage
            roles = act.roles.map(\.rawValue)
            unit = act.unit?.rawValue
            officers = act.officers.map(\.rawValue)
            self.until = until?.due?.description
            clock = until?.rule.name.rawValue
            onTheWay = act.isOnTheWay
        }

        var line: String {
            let who =
                officers.isEmpty
                ? roles.isEmpty ? "anybody" : roles.joined(separator: " or ") : officers.joined(separator: ", ")
            let place = unit.map { " in \($0)" } ?? ""
            let limit = until.map { ", until \($0) (\(clock ?? ""))" } ?? ""
            return "\([act, stage].compactMap { $0 }.joined(separator: " ")): \(who)\(place)\(limit)"
        }
    }
}
