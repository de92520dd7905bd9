import ArgumentParser
import CaseFlow
import CaseFlowServer
import EventStore
import Foundation

/// The cards.
struct CardsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cards",
        abstract: "The cards that were raised because time ran out; answer one, withdraw one.",
        subcommands: [CardsListCommand.self, CardsFeedbackCommand.self, CardsWithdrawCommand.self],
        defaultSubcommand: CardsListCommand.self
    )
}

/// Lists them.
struct CardsListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "The cards, latest first; by case, level, unit or officer.",
        discussion:
            "There is one card for each start of each clock of a case. Its level only rises; docs/guides/escalation.md."
    )

    @Flag(help: "Only those that wait for an answer.") var open = false
    @Option(help: "Only those of this level: remind, yellow, red, director, …") var level: String?
    @Option(help: "Only those that lay with this unit.") var unit: String?
    @Option(help: "Only those that lay with this officer.") var officer: String?
    @Option(help: "Only those that are told to this officer, or to an A in whose place the officer stands today as B.")
    var told: String?
    @Option(name: .customLong("case"), help: "Only those of this case.") var number: String?
    @Option(help: "The most rows of a page.") var limit = 20
    @Option(help: "Go on behind a page: the 'next' of its answer.") var after: String?
    @OptionGroup var log: LogOptions

    func validate() throws {
        if let told, OfficerID(rawValue: told) == nil {
            throw ValidationError("--told: '\(told)' is no officer's code")
        }
        if !(1...1_000).contains(limit) { throw ValidationError("--limit: give a number from 1 to 1000") }
    }

    private struct Answer: Encodable {
        let cards: [CaseCards.Row]
        let next: String?
    }

    func run() async throws {
        try await log.withLog { eventLog in
            try await Projections.catchUp(eventLog)
            var filters = CaseCards.Filters()
            (filters.isOpen, filters.level, filters.unit, filters.officer) = (open, level, unit, officer)
            if let told = told.flatMap(OfficerID.init(rawValue:)) {
                let zone = try await LogInformation.zone(of: eventLog)
                let network = try await NetworkBook.load(eventLog).latest
                let today = Moment.day(of: eventLog.clock.now(), in: zone)
                filters.toldTo = today.map { network.standIns(of: told, on: $0) } ?? [told]
            }
            if let number { filters.stream = try await CaseHistory.find(number, in: eventLog) }
            let page: CaseCards.Page
            do {
                page = try await CaseCards(filters).page(eventLog, limit: limit, after: after)
            } catch let error as CaseCards.WrongCursor {
                throw WrongCall(description: "--after: \(error)")
            }
            if log.database.json { return try Terminal.json(Answer(cards: page.rows, next: page.next)) }
            if page.rows.isEmpty { return print("no cards") }
            let zone = try await LogInformation.zone(of: eventLog)
            Terminal.table(
                ["case", "clock", "level", "due", "unit", "officer", "told", "answer by", "state"],
                page.rows.map { row in
                    [
                        row.case, row.ordinal == 1 ? row.clock : "\(row.clock) \(row.ordinal)", row.level,
                        Self.day(row.dueAt, in: zone), row.unit.isEmpty ? "-" : row.unit,
                        row.officer.isEmpty ? "-" : row.officer, row.told, row.answerBy ?? "-", row.state,
                    ]
                }
            )
            if let next = page.next { print("more: --after \(next)") }
        }
    }

    /// The local day, and the time of a rung that was due within one.
    private static func day(_ text: String, in zone: TimeZone) -> String {
        guard let at = (try? Moment.parse(text, in: .gmt))?.zoned(in: zone) else { return text }
        let local = String(at.description.prefix(16))
        return local.hasSuffix("T00:00") ? String(local.prefix(10)) : local.replacing("T", with: " ")
    }
}

/// Which card.
struct CardOptions: ParsableArguments {
    @Argument(help: "The case's number, its id, or its stream (case/…).") var number: String
    @Argument(help: "The clock: decision, promise, stage, …") var clock: String
    @Option(help: "Which start of the clock, from 1. Default: the last that has a card.") var ordinal: Int?
    @OptionGroup var act: ActOptions

    var name: ClockName { get throws { try Self.clock(clock) } }

    private static func clock(_ text: String) throws -> ClockName {
        guard let name = ClockName(rawValue: text) else {
            throw ValidationError("'\(text)' is no clock: write lower-case letters and hyphens, as in 'decision'")
        }
        return name
    }

    func validate() throws {
        _ = try Self.clock(clock)
        if let ordinal, ordinal < 1 { throw ValidationError("--ordinal: give a number from 1") }
    }
}

/// Answers one.
struct CardsFeedbackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "feedback",
        abstract: "Answer a card: why it has come to this, and what is done now.",
        discussion:
            "By an officer of the unit with which the case lay, or one whom the card names. Each level is answered once."
    )

    @Option(
        help: "Why: \(Case.CardAnswer.Cause.allCases.map(\.rawValue).joined(separator: ", ")).",
        transform: Self.cause
    )
    var cause: Case.CardAnswer.Cause
    @Option(help: "The same in words, and what is done now; nothing personal.") var text: String
    @OptionGroup var card: CardOptions

    private static func cause(_ text: String) throws -> Case.CardAnswer.Cause {
        guard let cause = Case.CardAnswer.Cause(rawValue: text) else {
            let known = Case.CardAnswer.Cause.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("one of \(known)")
        }
        return cause
    }

    func run() async throws {
        try await card.act.withDesk { desk, zone in
            try await desk.answer(
                card.name,
                ordinal: card.ordinal,
                Case.CardAnswer(cause, text: text),
                of: card.number,
                card.act.act(in: zone)
            )
        }
    }
}

/// Withdraws one.
struct CardsWithdrawCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "withdraw",
        abstract: "Take back what of a card was raised so far, as an inspector, with the reason.",
        discussion: "The card stays in the record. A higher rung opens it again."
    )

    @Option(help: "The reason; nothing personal.") var reason: String
    @OptionGroup var card: CardOptions

    func run() async throws {
        try await card.act.withDesk { desk, zone in
            try await desk.withdraw(
                card.name,
                ordinal: card.ordinal,
                reason: reason,
                of: card.number,
                card.act.act(in: zone)
            )
        }
    }
}
