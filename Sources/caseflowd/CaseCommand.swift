import ArgumentParser
import CaseFlow
import CaseFlowServer
import EventStore
import Foundation

/// Looks at one case, or records what happens to it.
struct CaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "case",
        abstract: "Look at one case, or record what happens to it.",
        subcommands: [
            CaseShowCommand.self, CaseReplayCommand.self, CaseExplainCommand.self, CaseNextCommand.self,
            CaseReceiveCommand.self, CaseOpenCommand.self, CaseCorrectCommand.self, CaseDeferCommand.self,
            CaseNoticeCommand.self, CaseSupplementCommand.self, CaseAcceptCommand.self, CaseRefuseCommand.self,
            CaseFollowCommand.self, CaseReturnFileCommand.self, CaseAssignCommand.self, CaseHandOverCommand.self,
            CaseSignCommand.self, CaseReturnCommand.self, CaseForwardCommand.self, CaseAnswerCommand.self,
            CaseReviewCommand.self, CaseStageCommand.self, CaseSuspendCommand.self, CaseResumeCommand.self,
            CaseExtendCommand.self, CaseHearingCommand.self, CaseExceptCommand.self, CaseDecideCommand.self,
            CaseSealCommand.self, CaseIssueCommand.self, CaseDeliverCommand.self, CaseWithdrawCommand.self,
            CaseTerminateCommand.self, CaseCloseCommand.self, CaseReopenCommand.self, CaseRateCommand.self,
            CaseCallBackCommand.self, CaseVisitCommand.self, CaseFeeCommand.self, CaseComplainCommand.self,
            CaseAnswerComplaintCommand.self, CaseAmendCommand.self, CaseDoCommand.self,
        ]
    )
}

/// What the looks at a case have in common.
struct CaseOptions: ParsableArguments {
    @Argument(help: "The case's number, its id, or its stream (case/…).")
    var number: String

    @Option(help: "As it stood at this moment: a time with offset, a local time, or a date (its end).")
    var asOf: String?

    @Option(
        name: .customLong("by"),
        help: """
            What had been recorded by then, or what had taken effect by then: recorded or effective. Default: effective for \
            an imported case, of which nothing was recorded before its import; recorded for any other. The answer says which.
            """
    )
    var clock: CaseHistory.Clock?

    @OptionGroup var log: LogOptions

    func validate() throws {
        // The log's zone is not known yet; a moment that is none in any zone is told before anything is connected.
        if let asOf { _ = try Self.moment(asOf, in: .gmt) }
    }

    private static func moment(_ text: String, in zone: TimeZone) throws -> Timestamp {
        do {
            return try Moment.parse(text, in: zone)
        } catch {
            throw ValidationError("--as-of: \(error)")
        }
    }

    func history(_ eventLog: EventLog) async throws -> CaseHistory {
        try await Projections.catchUp(eventLog)
        let information = try await LogInformation.of(eventLog)
        let zone = TimeZone(identifier: information.timeZone) ?? .gmt
        let moment = try asOf.map { try Self.moment($0, in: zone) }
        let stream = try await CaseHistory.find(number, in: eventLog)
        let history = try await CaseHistory(stream, in: eventLog, asOf: moment, by: clock)
        if history.events.isEmpty {
            Terminal.note(
                """
                caseflowd: nothing of case '\(number)' was \(history.clock == .recorded ? "recorded" : "in effect") by then; \
                all \(history.later) events came later
                """
            )
        }
        return history
    }
}

extension CaseHistory.Clock: ExpressibleByArgument {}

/// The state of a case.
struct CaseShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "The state of a case.")

    @OptionGroup var options: CaseOptions

    func run() async throws {
        try await options.log.withLog { eventLog in
            let history = try await options.history(eventLog)
            let clock = try await LogInformation.of(eventLog).clock
            let report = try CaseReport(
                history,
                withEvents: options.log.database.json,
                logClock: clock,
                itemName: try await CaseReport.itemName(of: history, in: eventLog)
            )
            if options.log.database.json { return try Terminal.json(report) }
            CaseText.state(report, asOf: options.asOf)
        }
    }
}

/// The history of a case.
struct CaseReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "The history of a case, event by event, and the state that it leads to."
    )

    @OptionGroup var options: CaseOptions

    func run() async throws {
        try await options.log.withLog { eventLog in
            let history = try await options.history(eventLog)
            let clock = try await LogInformation.of(eventLog).clock
            let report = try CaseReport(
                history,
                withEvents: true,
                logClock: clock,
                itemName: try await CaseReport.itemName(of: history, in: eventLog)
            )
            if options.log.database.json { return try Terminal.json(report) }
            CaseText.history(history)
            print("")
            CaseText.state(report, asOf: options.asOf)
        }
    }
}
