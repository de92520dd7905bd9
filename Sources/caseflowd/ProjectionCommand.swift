import ArgumentParser
import CaseFlowServer
import EventStore

/// Looks after the read tables.
struct ProjectionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "projection",
        abstract: "Keep the read tables up to date, rebuild them, see how far they are.",
        subcommands: [
            ProjectionStatusCommand.self, ProjectionRunCommand.self, ProjectionRebuildCommand.self,
            ProjectionRetryCommand.self,
        ]
    )
}

/// How far the projections are.
struct ProjectionStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Lag in events and seconds, streams set aside, completeness. Exit status 1 if something is amiss."
    )

    @OptionGroup var log: LogOptions

    func run() async throws {
        let status = try await log.withLog { try await $0.projectionStatus(audit: true) }
        if log.database.json {
            try Terminal.json(["projections": status])
        } else {
            Terminal.table(
                ["projection", "generation", "state", "checkpoint", "lag", "seconds", "parked streams", "complete"],
                status.map { row in
                    [
                        row.name, String(row.generation), row.state, String(row.checkpoint), String(row.lagEvents),
                        String((row.lagSeconds * 1000).rounded() / 1000), String(row.parkedStreams),
                        row.isComplete ? "yes" : "NO",
                    ]
                }
            )
        }
        if status.contains(where: { !$0.isComplete || $0.parkedStreams > 0 }) { throw ExitCode(1) }
    }
}

/// Follows the log.
struct ProjectionRunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Follow the log and keep the read tables up to date until interrupted. May run many times at once.",
        discussion: "At its start the log adopts what this program ships of calendars."
    )

    @OptionGroup var log: LogOptions

    func run() async throws {
        try await log.withLog(toWrite: true) { try await Projections.run($0) }
    }
}

/// Rebuilds projections.
struct ProjectionRebuildCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebuild",
        abstract:
            "Compute read tables anew from the log, beside the live ones, and put them in their place in one step."
    )

    @Argument(help: "Which; all if none is named.", completion: .list(Projections.names))
    var names: [String] = []

    @OptionGroup var log: LogOptions

    func validate() throws {
        for name in names where Projections.named(name) == nil {
            throw ValidationError(
                "there is no projection '\(name)'; there are \(Projections.names.joined(separator: ", "))"
            )
        }
    }

    func run() async throws {
        let chosen = names.isEmpty ? Projections.all : names.compactMap(Projections.named)
        let status = try await log.withLog { eventLog in
            let bar = ProgressBar("rebuilding \(chosen.map(\.name).joined(separator: ", "))", quiet: log.database.quiet)
            defer { bar.end() }
            try await ProjectionGroup(chosen, on: eventLog).rebuild { done, total in
                bar.show(Double(done) / Double(max(1, total)), "\(done) of \(total) events")
            }
            return try await eventLog.projectionStatus()
        }
        if log.database.json {
            try Terminal.json(["projections": status])
        } else {
            for row in status where chosen.contains(where: { $0.name == row.name }) {
                print(
                    "\(row.name): generation \(row.generation), \(row.delivered) events folded, \(row.parked) set aside"
                )
            }
        }
        if status.contains(where: { $0.parkedStreams > 0 }) { throw ExitCode(1) }
    }
}

/// Tries set-aside streams again.
struct ProjectionRetryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Try the streams that were set aside again. Exit status 1 if some stay aside."
    )

    @OptionGroup var log: LogOptions

    private struct Answer: Encodable {
        let taken: Int
        let failures: [String]
    }

    func run() async throws {
        let answer = try await log.withLog { eventLog in
            var taken = 0
            var failures: [String] = []
            for projection in Projections.all {
                let (count, failed) = try await ProjectionRunner(projection, on: eventLog).retryParked()
                taken += count
                failures += failed.map { "\(projection.name): \($0)" }
            }
            return Answer(taken: taken, failures: failures)
        }
        if log.database.json {
            try Terminal.json(answer)
        } else {
            print("\(answer.taken) streams taken in")
            for failure in answer.failures { print(failure) }
        }
        if !answer.failures.isEmpty { throw ExitCode(1) }
    }
}
