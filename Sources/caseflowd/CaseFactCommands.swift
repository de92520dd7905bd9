import ArgumentParser
import CaseFlow
import CaseFlowServer
import EventStore
import Foundation

/// Takes a case in.
struct CaseOpenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "open",
        abstract: "Take a case in, under the rules that it goes by from then on."
    )

    @Argument(help: "The case's number.") var number: String
    @Option(help: "The rule pack: its name, or a file.") var rules = "cn-licensing"
    @Option(help: "The service item's code.") var item: String?
    @Option(help: "How the organs work together: single, unified, joint or centralised.")
    var handling: RulePack.Handling = .single
    @Option(help: "The limit that the item's own law sets, as '15 working-days'.", transform: parseLimit)
    var statute: Limit?
    @Option(
        help: "The limit that the centre promises, as '5 working-days' or '90 service-minutes'.",
        transform: parseLimit
    )
    var promise: Limit?
    @Option(
        help: """
            The service calendar that minutes of service are counted by; `calendar hours` sets one. Default: the log's, if \
            it has just one.
            """
    )
    var serviceCalendar: String?
    @Option(name: .customLong("attribute"), help: "More that is known of it, KEY=VALUE (repeatable).")
    var attributes: [String] = []
    @OptionGroup var act: ActOptions

    func validate() throws {
        if CaseNumber(rawValue: number) == nil {
            throw ValidationError("'\(number)' is no case number: give a text without control characters")
        }
        _ = try parseAttributes(attributes)
    }

    func run() async throws {
        let pin = Case.RulePin(
            try RulePackLibrary.pack(rules),
            item: item,
            handling: handling,
            statute: statute,
            promise: promise,
            serviceCalendar: serviceCalendar
        )
        let given = try parseAttributes(attributes)
        guard let caseNumber = CaseNumber(rawValue: number) else { return }
        try await act.withDesk { desk, zone in
            try await desk.open(
                caseNumber,
                attributes: given,
                under: pin,
                act.act(in: zone)
            )
        }
    }
}

extension RulePack.Handling: ExpressibleByArgument {}

/// The one notice of what is missing.
struct CaseNoticeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "notice",
        abstract: "Tell the applicant once all that is missing (art. 32(4))."
    )
    @Option(name: .customLong("material"), help: "A missing material (repeatable).") var materials: [String] = []
    @Option(help: "By when the applicant is asked for it, as '10 working-days'.", transform: parseLimit)
    var within: Limit?
    @OptionGroup var options: RecordOptions

    func run() async throws { try await options.record(.supplementNoticed(materials: materials, within: within)) }
}

/// What was missing came.
struct CaseSupplementCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "supplement",
        abstract: "Record that the applicant handed in what was missing."
    )
    @Option(name: .customLong("material"), help: "A material that came (repeatable).") var materials: [String] = []
    @Flag(help: "Everything has come: this is the day of acceptance.") var complete = false
    @OptionGroup var options: RecordOptions

    func run() async throws {
        try await options.record(.supplementReceived(materials: materials, isComplete: complete))
    }
}

/// Accepted.
struct CaseAcceptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "accept", abstract: "Accept the application (受理).")
    @Flag(
        help: "Nobody said in time what is missing: it counts as accepted since its receipt (give --at of the receipt)."
    )
    var deemed = false
    @OptionGroup var options: RecordOptions

    func run() async throws { try await options.record(.accepted(isDeemed: deemed)) }
}

/// Not accepted.
struct CaseRefuseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "refuse",
        abstract: "Refuse to accept the application (art. 32(1))."
    )
    @Option(help: "no-licence-needed, not-our-power or not-supplemented.") var ground: Case.RefusalGround
    @Option(help: "The body that has the power.") var competentBody: String?
    @Option(help: "The reason that the applicant is told.") var reason = ""
    @OptionGroup var options: RecordOptions

    func run() async throws {
        try await options.record(.acceptanceRefused(ground, competentBody: competentBody, reason: reason))
    }
}

extension Case.RefusalGround: ExpressibleByArgument {}

/// Stands still.
struct CaseSuspendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "suspend",
        abstract: "Stop the clocks for one of the grounds that the law lists (art. 45)."
    )
    @Option(help: "hearing, tender, auction, inspection, testing, quarantine, appraisal or expert-review.")
    var ground: String
    @Option(help: "How long it takes, as the applicant was told: '5 working-days'.", transform: parseLimit)
    var told: Limit
    @OptionGroup var options: RecordOptions

    func run() async throws { try await options.record(.suspended(ground: ground, told: told)) }
}

/// Goes on.
struct CaseResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "resume", abstract: "Let the clocks run again.")
    @OptionGroup var options: RecordOptions

    func run() async throws { try await options.record(.resumed) }
}

/// Prolonged.
struct CaseExtendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "extend",
        abstract: "Prolong a limit, once, by whoever has the power (art. 42)."
    )
    @Option(help: "Which clock.") var clock = "decision"
    @Option(help: "By how much, as '10 working-days'.", transform: parseLimit) var by: Limit
    @Option(help: "Who approved it: organ-head or government-head.") var authority: String
    @Option(help: "The reason that the applicant was told.") var reason = ""
    @OptionGroup var options: RecordOptions

    func validate() throws {
        if ClockName(rawValue: clock) == nil { throw ValidationError("--clock: '\(clock)' is no name of a clock") }
    }

    func run() async throws {
        guard let name = ClockName(rawValue: clock) else { return }
        try await options.record(.extended(name, by: by, authority: authority, reason: reason))
    }
}
