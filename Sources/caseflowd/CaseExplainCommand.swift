import ArgumentParser
import CaseFlow
import CaseFlowServer
import EventStore
import Foundation
import WorkingTime

/// Why a case is due when it is.
struct CaseExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say when each clock of a case is due, and how that came about, article by article."
    )

    @Argument(help: "The case's number, its id, or its stream (case/…).") var number: String
    @Option(help: "One clock only: notice, decision, promise, delivery, ….") var clock: String?
    @Option(
        help: """
            The moment at which the clocks are read: a time with offset, a local time, or a date (its end). Limits in days \
            are read at the end of its day. Default: now.
            """
    )
    var asOf: String?
    @Option(help: "By what had been recorded until this moment. Default: now.") var knownAt: String?
    @Option(help: "zh-CN or en.") var language: Language = .english
    @Option(help: "A folder of rule packs that do not come with the program. Default: CASEFLOW_RULE_PACKS.")
    var packs: String?
    @OptionGroup var log: LogOptions

    func validate() throws {
        for (option, text) in [("--as-of", asOf), ("--known-at", knownAt)] {
            if let text { _ = try Self.moment(text, option, in: .gmt) }
        }
        if let clock, ClockName(rawValue: clock) == nil {
            throw ValidationError("--clock: '\(clock)' is no name of a clock")
        }
    }

    private static func moment(_ text: String, _ option: String, in zone: TimeZone) throws -> Timestamp {
        do {
            return try Moment.parse(text, in: zone)
        } catch {
            throw ValidationError("\(option): \(error)")
        }
    }

    func run() async throws {
        try await log.withLog { eventLog in
            try await Projections.catchUp(eventLog)
            let zone = try await LogInformation.zone(of: eventLog)
            let now = RecordingClock.system.now()
            let moment = try asOf.map { try Self.moment($0, "--as-of", in: zone) } ?? now
            guard let at = moment.zoned(in: zone) else { throw ValidationError("--as-of is out of range") }
            let history = try await CaseHistory(CaseHistory.find(number, in: eventLog), in: eventLog)
            // What another machine recorded by a clock ahead of ours is known, too.
            let latest = history.events.reduce(now) { max($0, $1.recorded.recordedAt) }
            let known = try knownAt.map { try Self.moment($0, "--known-at", in: zone) } ?? latest
            if knownAt != nil, known > now {
                throw WrongCall(
                    description: "--known-at: nobody knows yet what will be known then; leave it out to ask by now"
                )
            }
            let folder = packs ?? ProcessInfo.processInfo.environment["CASEFLOW_RULE_PACKS"]
            let desk = try await CaseDesk.of(eventLog, zone: zone, packs: folder)
            var readings = try desk.clocks(of: history, at: moment, knownAt: known)
            if let clock {
                let running = Set(readings.map(\.rule.name.rawValue)).sorted().joined(separator: ", ")
                readings = readings.filter { $0.rule.name.rawValue == clock }
                if readings.isEmpty {
                    throw WrongCall(
                        description:
                            "--clock: no clock '\(clock)' has started by \(at.localDate); started are: \(running)"
                    )
                }
            }
            let report = ClockReport(history, readings, asOf: at, knownAt: known, language)
            if log.database.json { return try Terminal.json(report) }
            print(report.text(language))
        }
    }
}
