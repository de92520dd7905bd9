import ArgumentParser
import CaseFlow
import CaseFlowServer
import EventStore

/// Assigned, or claimed.
struct CaseAssignCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "assign",
        abstract: "Say who is to do a stage; without --to the officer claims it."
    )
    @Option(help: "The stage.") var stage: String
    @Option(help: "The officer's code. Default: who gives the command.") var to: String?
    @OptionGroup var options: RecordOptions
    func run() async throws {
        let officer: OfficerID
        if let to {
            officer = try parseCode(to, "--to")
        } else if let own = OfficerID(actor: try options.act.officer()) {
            officer = own
        } else {
            throw ValidationError("--to: say who is to do it; only an officer can claim a stage")
        }
        try await options.record(.assigned(stage: stage, to: officer))
    }
}

/// Handed over.
struct CaseHandOverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hand-over",
        abstract: "Let another officer go on with a stage; both names stay on the record."
    )
    @Option(help: "The stage.") var stage: String
    @Option(help: "From whom. Default: who gives the command.") var from: String?
    @Option(help: "To whom.") var to: String
    @Option(help: "Why.") var reason: String
    @OptionGroup var options: RecordOptions
    func run() async throws {
        guard let giver = try from.map({ try parseCode($0, "--from") }) ?? OfficerID(actor: options.act.officer())
        else {
            throw ValidationError("--from: say from whom")
        }
        let taker: OfficerID = try parseCode(to, "--to")
        try await options.record(.handedOver(stage: stage, from: giver, to: taker, reason: reason))
    }
}

/// Signed.
struct CaseSignCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign",
        abstract: "Sign a stage: review, verification (two officers, art. 34), village certificate, sign-off."
    )
    @Option(help: "The stage.") var stage: String
    @Flag(help: "It is not as it should be.") var object = false
    @Option(help: "A remark; an objection needs one.") var remark = ""
    @OptionGroup var options: RecordOptions
    func run() async throws {
        try await options.record(.stageSigned(stage: stage, object ? .objection : .agreement, remark: remark))
    }
}

/// Back for rework.
struct CaseReturnCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "return",
        abstract: "Return the case to an earlier stage for rework; what waited for it is done again."
    )
    @Option(help: "The stage that returns it.") var from: String
    @Option(help: "The earlier stage.") var to: String
    @Option(help: "Why.") var reason: String
    @OptionGroup var options: RecordOptions
    func run() async throws {
        try await options.record(.returned(from: from, to: to, reason: reason, undone: []))
    }
}

/// Up to the county.
struct CaseForwardCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forward",
        abstract: "Record that the papers went up to the county (转报)."
    )
    @Option(help: "The stage.") var stage: String
    @Option(help: "The unit that they went to.") var to: String
    @Option(help: "Under which reference.") var reference: String
    @OptionGroup var options: RecordOptions
    func run() async throws {
        try await options.record(.forwarded(stage: stage, to: parseCode(to, "--to"), reference: reference))
    }
}

/// The county's answer.
struct CaseAnswerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "answer",
        abstract: "Record what the county answered; where it decides, that is the decision."
    )
    @Option(help: "The stage.") var stage: String
    @Option(help: "granted, denied or sent-back.") var answer: Case.Answer
    @Option(help: "The answer's reference.") var reference: String
    @Option(help: "The reasons.") var reasons = ""
    @Option(help: "What the applicant can do about a denial.") var remedy = ""
    @OptionGroup var options: RecordOptions
    func run() async throws {
        try await options.record(
            .answered(stage: stage, answer, reference: reference, reasons: reasons, remedy: remedy)
        )
    }
}

extension Case.Answer: ExpressibleByArgument {}
