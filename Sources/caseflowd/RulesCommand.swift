import ArgumentParser
import CaseFlow
import CaseFlowServer
import EventStore
import Foundation
import WorkingTime

/// Rule packs.
struct RulesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules",
        abstract: "Look at rule packs, check one, or hold one against the limits of imported cases.",
        subcommands: [RulesShowCommand.self, RulesCheckCommand.self, RulesCompareCommand.self]
    )
}

/// What a pack says.
struct RulesShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "What a rule pack says.")

    @Argument(help: "Its name, or a file; without one, the packs that come with the program.") var pack: String?
    @Option(help: "zh-CN or en.") var language: Language = .english
    @Flag(help: "Answer in JSON.") var json = false

    private struct Answer: Encodable {
        struct Clock: Encodable {
            let clock, title, article, limit: String
        }
        let pack: String
        let version: Int
        let title, digest: String
        let calendar: String?
        let grounds: [String]
        let clocks: [Clock]
    }

    func run() throws {
        let packs = try (pack.map { [$0] } ?? RulePackLibrary.shipped).map { name in
            do {
                return try RulePackLibrary.pack(name)
            } catch let error as RulePackLibrary.Problem {
                throw WrongCall(description: "\(error)")
            }
        }
        let answers = packs.map { pack in
            Answer(
                pack: pack.code,
                version: pack.version,
                title: pack.title[language],
                digest: pack.digest,
                calendar: pack.calendar,
                grounds: pack.grounds.map(\.name),
                clocks: pack.clocks.map { clock in
                    .init(
                        clock: clock.name.rawValue,
                        title: clock.title[language],
                        article: clock.article[language],
                        limit: Self.words(clock.length)
                    )
                }
            )
        }
        if json { return try Terminal.json(answers) }
        for answer in answers {
            print("\(answer.pack) \(answer.version): \(answer.title) (\(answer.digest))")
            Terminal.table(
                ["clock", "title", "article", "limit"],
                answer.clocks.map { [$0.clock, $0.title, $0.article, $0.limit] }
            )
            print("")
        }
    }

    private static func words(_ length: RulePack.Length) -> String {
        switch length {
        case .fixed(let limit): limit.description
        case .told: "as told in the case"
        case .itemOnly: "as the item says"
        }
    }
}

/// Whether a file is a rule pack.
struct RulesCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check a rule pack; what is wrong is told with its line."
    )
    @Argument(help: "The file.") var file: String

    func run() throws {
        let pack = try RulePackLibrary.pack(file.contains("/") ? file : "./\(file)")
        print("\(pack.code) \(pack.version): sound, \(pack.clocks.count) clocks, digest \(pack.digest)")
    }
}

/// A pack against reality.
struct RulesCompareCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Compute the limits of imported cases by a rule pack, and name those that differ from the source."
    )
    @Argument(help: "Its name, or a file.") var pack: String
    @Option(help: "Which clock.") var clock = "decision"
    @Option(help: "The most cases to name; JSON names all.") var limit = 20
    @OptionGroup var log: LogOptions

    func run() async throws {
        let rules = try RulePackLibrary.pack(pack)
        try await log.withLog { eventLog in
            try await Projections.catchUp(eventLog)
            let book = try await CalendarBook.load(eventLog, zone: LogInformation.zone(of: eventLog))
            let calendar = try rules.calendar.map { try book.latest($0) }
            let comparison: RuleComparison
            do {
                comparison = try await RuleComparison(rules, clock: clock, in: eventLog, calendar: calendar)
            } catch let error as RuleComparison.Problem {
                throw WrongCall(description: "--clock: \(error)")
            }
            if log.database.json { return try Terminal.json(comparison) }
            print("log \(log.log): \(comparison.cases) cases with a limit, against '\(clock)' of \(comparison.rules)")
            for agreement in comparison.agreements { print("  agree with \(agreement.limit): \(agreement.cases)") }
            print("  differ: \(comparison.deviations.count)")
            if comparison.deviations.isEmpty { return }
            Terminal.table(
                ["case", "received", "limit of the source", "computed", "days later"],
                comparison.deviations.prefix(limit).map {
                    [$0.case, $0.receivedOn, $0.deadlineOn, $0.computed, String($0.daysLater)]
                }
            )
            if comparison.deviations.count > limit {
                print("… and \(comparison.deviations.count - limit) more (--limit)")
            }
        }
    }
}
