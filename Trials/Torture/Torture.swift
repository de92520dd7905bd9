import ArgumentParser

/// The fault trials: what the log must survive, done to it on purpose, under load, and counted.
///
/// Not a test target: the trials kill processes, mount file systems and run for minutes. `ops/torture` builds and runs
/// this program; `ops/torture --short` is the form that fits into every change.
@main
struct Torture: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "caseflow-torture",
        abstract:
            "Does to CaseFlow what must not hurt it, and counts. Exit status 1 if something was lost, doubled or wrong.",
        subcommands: [
            AllTrials.self,
            TrialCommand<KillTrial>.self, TrialCommand<MissedEventsTrial>.self, TrialCommand<TwoDaemonsTrial>.self,
            TrialCommand<PauseTrial>.self, TrialCommand<CutTrial>.self, TrialCommand<DiskFullTrial>.self,
            TrialCommand<ClockTrial>.self, TrialCommand<PoisonTrial>.self, TrialCommand<BadInputTrial>.self,
            TrialCommand<EscalationTrial>.self, WriterProcess.self, SubscriberProcess.self, WorkerProcess.self,
        ],
        defaultSubcommand: AllTrials.self
    )

    /// In the order in which `all` runs them.
    static let trials: [any Trial.Type] = [
        ClockTrial.self, PoisonTrial.self, MissedEventsTrial.self, TwoDaemonsTrial.self, PauseTrial.self, CutTrial.self,
        DiskFullTrial.self, BadInputTrial.self, KillTrial.self, EscalationTrial.self,
    ]
}

/// How a trial is run.
struct TrialOptions: ParsableArguments {
    @Flag(help: "The form for every change: some seconds a trial. Without it the long form.")
    var short = false

    @Flag(help: "One line of JSON a trial.")
    var json = false

    @Option(help: "Repeats a run's random choices, as far as they are ours and not the scheduler's.")
    var seed: UInt64?

    @Option(help: "How many rounds of faults; the trial decides if it is not given.")
    var rounds: Int?

    @Flag(
        help: "Does the very harm that the trial looks for. It must fail then: a trial that cannot fail proves nothing."
    )
    var sabotage = false

    @Flag(help: "Leave the servers' directories behind for a look.")
    var keep = false
}

/// One trial as a subcommand.
struct TrialCommand<Kind: Trial>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: Kind.name, abstract: Kind.abstract)
    }

    @OptionGroup var options: TrialOptions

    func run() async throws {
        let report = await Kind.judge(options)
        report.print(json: options.json)
        if !report.ok { throw ExitCode(1) }
    }
}

/// All trials, one after the other.
struct AllTrials: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "all", abstract: "Every trial, one after the other.")

    @OptionGroup var options: TrialOptions

    func run() async throws {
        var failed: [String] = []
        for trial in Torture.trials {
            let report = await trial.judge(options)
            report.print(json: options.json)
            if !report.ok { failed.append(trial.name) }
        }
        if !failed.isEmpty {
            say("failed: \(failed.joined(separator: ", "))")
            throw ExitCode(1)
        }
    }
}
