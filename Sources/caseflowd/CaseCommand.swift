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
            CaseCallBackCommand.self, CaseVisitCommand.self, CaseComplainCommand.self,
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
            let report = try CaseReport(history, withEvents: options.log.database.json)
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
            let report = try CaseReport(history, withEvents: true)
            if options.log.database.json { return try Terminal.json(report) }
            CaseText.history(history)
            print("")
            CaseText.state(report, asOf: options.asOf)
        }
    }
}

/// A case in words.
enum CaseText {
    static func state(_ report: CaseReport, asOf: String?) {
        let state = report.state
        print("case       \(report.case ?? "-")")
        print("stream     \(report.stream)")
        print("state      \(state.phase)\(state.reopened > 0 ? " (reopened \(state.reopened) times)" : "")")
        for (label, value) in [
            ("received", state.receivedAt), ("deadline", state.deadline), ("closed", state.closedAt),
        ] {
            print("\(label.padding(toLength: 10, withPad: " ", startingAt: 0)) \(value ?? "-")")
        }
        print("steps      \(state.steps), last: \(state.lastStep ?? "-") at \(state.lastStepAt ?? "-")")
        for (key, value) in state.attributes.sorted(by: { $0.key < $1.key }) { print("  \(key) = \(value)") }
        guard let asOf else { return }
        let (seen, other) = report.by == .recorded ? ("recorded", "effective") : ("in effect", "recorded")
        let shown = report.later == 0 ? "all events were \(seen) by then" : "\(report.later) events were \(seen) later"
        print("as of \(asOf), by \(report.by.rawValue) time: \(shown); --by \(other) shows \(report.byOtherClock)")
    }

    static func history(_ history: CaseHistory) {
        Terminal.table(
            ["position", "effective (UTC)", "recorded (UTC)", "actor", "what", "by", "leaf"],
            history.events.map { recorded, fact in
                let (what, by) = describe(fact)
                return [
                    String(recorded.position), short(recorded.effectiveAt), short(recorded.recordedAt),
                    recorded.actor.rawValue, what, by, String(recorded.leafText.prefix(12)),
                ]
            }
        )
    }

    /// Without the fraction of the second, for the eye; JSON has all of it.
    private static func short(_ time: Timestamp) -> String {
        String(time.description.prefix(19)).replacing("T", with: " ")
    }

    private static func describe(_ fact: Case.Fact) -> (what: String, by: String) {
        switch fact {
        case .received(let number, _, _, _): ("received as \(number)", "-")
        case .stepRecorded(let step): (step.activity, step.performer ?? "-")
        case .deadlineSet(let deadline): ("deadline \(deadline)", "-")
        case .closed: ("closed", "-")
        case .reopened(_, let reason): ("reopened: \(reason)", "-")
        case .procedure(let fact, _): (fact.name + (fact.details.map { ": \($0)" } ?? ""), "-")
        }
    }
}
