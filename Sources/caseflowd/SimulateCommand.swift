import ArgumentParser
import CaseFlow
import CaseFlowServer
import EventStore
import Foundation
import WorkingTime

/// Plays towns, and replays cases.
struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Play a town faster than time, or ask what past cases would have come to under other rules.",
        discussion: """
            town, towns: everything is recorded as in a real town, in a log that is a simulation and says so everywhere. The same town, \
            seed, days and first day give the same log. All citizens are invented. docs/guides/simulation.md tells the form \
            of a town's profile.
            rule: nothing is played and nothing stored; docs/guides/what-if.md.
            """,
        subcommands: [SimulateTownCommand.self, SimulateTownsCommand.self, SimulateRuleCommand.self],
        defaultSubcommand: SimulateTownCommand.self
    )
}

/// How towns are played.
struct SimulationOptions: ParsableArguments {
    @Option(help: "So many days.")
    var days = 30

    @Option(help: "All chance is drawn from it: the same seed gives the same log.")
    var seed: UInt64 = 1

    @Option(help: "The first day, YYYY-MM-DD.")
    var from = "2026-03-02"

    @Option(
        help:
            "So many cases instead of those of the profile. Where more come, officers work faster, as if there were more."
    )
    var cases: Int?

    @Option(help: "The language of the table, en or zh-CN.")
    var language: Language = .english

    @OptionGroup var database: DatabaseOptions

    func validate() throws {
        if !(1...36_600).contains(days) { throw ValidationError("--days: give a number from 1 to 36600") }
        if let cases, !(1...10_000_000).contains(cases) { throw ValidationError("--cases: give a number from 1") }
        _ = try CalendarDefaults.date(from, "--from")
    }

    /// Plays a town; what it came to.
    func play(_ town: SimulatedTown, log: LogID) async throws -> SimulationAnswer {
        let options = TownSimulation.Options(from: try CivilDate(from), days: days, seed: seed, cases: cases)
        let bar = ProgressBar("playing \(town.profile.town)", quiet: database.quiet)
        let began = ContinuousClock.now
        let quiet = database.quiet || database.json
        let result = try await town.play(on: try database.installation(), log: log, options: options) { done, all in
            bar.show(Double(done) / Double(max(1, all)), "day \(done) of \(all)")
        } played: { events in
            bar.end()
            if quiet { return }
            let took = ContinuousClock.now - began
            let seconds = Double(took.components.seconds) + Double(took.components.attoseconds) / 1e18
            Terminal.note(
                "caseflowd: played \(events) events in \((seconds * 10).rounded() / 10) s, "
                    + "\(Int(Double(events) / max(0.001, seconds))) a second"
            )
        }
        return SimulationAnswer(town, log, options, result)
    }
}

/// Plays one town.
struct SimulateTownCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "town",
        abstract: "Play a town. Exit status 1 if a figure that must be met is not, and enough was played to judge it."
    )

    @Option(help: "guanyi, puan, langchenggang, jinjie, or the file of a profile.")
    var town: String

    @Option(help: "The log to play it in; it must be new. Default: sim-TOWN.")
    var log: String?

    @OptionGroup var options: SimulationOptions

    func validate() throws {
        if let log {
            do { _ = try LogID(log) } catch { throw ValidationError("--log: \(error)") }
        }
    }

    func run() async throws {
        let town: SimulatedTown
        do { town = try SimulatedTown.named(self.town) } catch { throw WrongCall(description: error.description) }
        let answer = try await options.play(town, log: try LogID(log ?? "sim-\(town.profile.town)"))
        if options.database.json { try Terminal.json(answer) } else { answer.print(options.language) }
        if !answer.ok { throw ExitCode(1) }
    }
}

/// Plays the four towns.
struct SimulateTownsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "towns",
        abstract: "Play the four towns, one after the other. Exit status 1 if a figure that must be met is not."
    )

    @Option(help: "The logs to play them in are PREFIX-TOWN; they must be new.")
    var prefix = "sim"

    @OptionGroup var options: SimulationOptions

    func validate() throws {
        do { _ = try LogID("\(prefix)-langchenggang") } catch { throw ValidationError("--prefix: \(error)") }
    }

    func run() async throws {
        var answers: [SimulationAnswer] = []
        for name in SimulatedTown.names {
            let town: SimulatedTown
            do { town = try SimulatedTown.named(name) } catch { throw WrongCall(description: error.description) }
            let answer = try await options.play(town, log: try LogID("\(prefix)-\(name)"))
            if !options.database.json { answer.print(options.language) }
            answers.append(answer)
        }
        if options.database.json { try Terminal.json(["towns": answers]) }
        if !answers.allSatisfy(\.ok) { throw ExitCode(1) }
    }
}
