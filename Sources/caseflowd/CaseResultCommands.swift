import ArgumentParser
import CaseFlow
import CaseFlowServer
import EventStore
import Foundation

/// Stages of the procedure.
struct CaseStageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "stage", abstract: "Begin or end a stage.")
    /// Begin or end.
    enum Move: String, ExpressibleByArgument, CaseIterable {
        case begin, end
    }
    @Argument(help: "begin or end.") var move: Move
    @Option(help: "The stage's name.") var stage: String
    @Option(help: "The time that its procedure gives it, as '3 working-days'.", transform: parseLimit) var within:
        Limit?
    @OptionGroup var options: RecordOptions

    func run() async throws {
        try await options.record(move == .begin ? .stageBegun(stage, within: within) : .stageEnded(stage))
    }
}

/// Preliminary review (art. 43).
struct CaseReviewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "review",
        abstract: "Preliminary review by the lower body: accept or forward (art. 43)."
    )
    /// Accept or forward.
    enum Move: String, ExpressibleByArgument, CaseIterable {
        case accept, forward
    }
    @Argument(help: "accept or forward.") var move: Move
    @OptionGroup var options: RecordOptions

    func run() async throws { try await options.record(move == .accept ? .reviewAccepted : .reviewForwarded) }
}

/// Decided.
struct CaseDecideCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decide",
        abstract: "Record the decision; a denial states its reasons and the remedy (art. 38)."
    )
    @Flag(help: "In the applicant's favour.") var granted = false
    @Flag(help: "Against it.") var denied = false
    @Option(help: "The reasons.") var reasons = ""
    @Option(help: "What the applicant can do about it.") var remedy = ""
    @OptionGroup var options: RecordOptions

    func validate() throws {
        if granted == denied { throw ValidationError("give --granted or --denied") }
    }

    func run() async throws {
        try await options.record(.decided(isGranted: granted, reasons: reasons, remedy: remedy))
    }
}

/// Delivered.
struct CaseDeliverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deliver",
        abstract: "Record that the result reached the applicant (art. 44)."
    )
    @Option(help: "How: window, agent, post or online.") var way: Case.Delivery?
    @OptionGroup var options: RecordOptions

    func run() async throws { try await options.record(.delivered(by: way)) }
}

/// Withdrawn.
struct CaseWithdrawCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "withdraw",
        abstract: "Record that the applicant took the application back."
    )
    @OptionGroup var options: RecordOptions

    func run() async throws { try await options.record(.withdrawn) }
}

/// Terminated.
struct CaseTerminateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "terminate",
        abstract: "End the procedure without a decision."
    )
    @Option(help: "Why.") var reason = ""
    @OptionGroup var options: RecordOptions

    func run() async throws { try await options.record(.terminated(reason: reason)) }
}

/// Rated.
struct CaseRateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rate",
        abstract: "Record the citizen's rating (好差评); a poor one opens a follow-up."
    )
    @Option(help: "very-satisfied, satisfied, fairly-satisfied, dissatisfied or very-dissatisfied.")
    var rating: Case.Rating
    @Option(
        help: "How long a poor rating may be followed up, as '15 working-days'. Default: what the rules say.",
        transform: parseLimit
    )
    var followUp: Limit?
    @OptionGroup var options: RecordOptions

    func run() async throws { try await options.record(.rated(rating, followUp: followUp)) }
}

extension Case.Rating: ExpressibleByArgument {}

/// Called back.
struct CaseCallBackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "call-back",
        abstract: "Record that somebody called the citizen back after a poor rating."
    )
    @OptionGroup var options: RecordOptions

    func run() async throws { try await options.record(.calledBack) }
}

/// Closed.
struct CaseCloseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "close", abstract: "Close a case.")
    @OptionGroup var options: RecordOptions

    func run() async throws {
        try await options.act.withDesk { desk, zone in
            try await desk.close(options.number, options.act.act(in: zone))
        }
    }
}

extension Case.Delivery: ExpressibleByArgument {}
