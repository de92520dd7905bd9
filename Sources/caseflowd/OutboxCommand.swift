import ArgumentParser
import CaseFlow
import CaseFlowServer
import EventStore

/// The outbox.
struct OutboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "outbox",
        abstract: "Notifications that wait to be delivered, and those that could not be.",
        discussion: "`caseflowd work --notify …` fills and empties it; docs/guides/escalation.md.",
        subcommands: [OutboxListCommand.self, OutboxRetryCommand.self, OutboxForgetCommand.self],
        defaultSubcommand: OutboxListCommand.self
    )
}

/// Lists them.
struct OutboxListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "What waits, with the last error. Exit status 1 if something is dead."
    )

    @Flag(help: "Only what is tried no more.") var dead = false
    @Option(help: "The most rows.") var limit = 100
    @OptionGroup var log: LogOptions

    private struct Answer: Encodable {
        let notifications: [Outbox.Row]
        /// How many are dead, whether they stand in this answer or not.
        let dead: Int
    }

    func validate() throws {
        if !(1...100_000).contains(limit) { throw ValidationError("--limit: give a number from 1 to 100000") }
    }

    func run() async throws {
        let (rows, deadCount) = try await log.withLog { eventLog in
            (
                try await Outbox.rows(of: eventLog, deadOnly: dead, limit: limit), try await Outbox.dead(in: eventLog)
            )
        }
        if log.database.json {
            try Terminal.json(Answer(notifications: rows, dead: deadCount))
        } else if rows.isEmpty {
            print("nothing waits")
        } else {
            Terminal.table(
                ["sink", "event", "tries", "next try", "error"],
                rows.map { [$0.sink, $0.key, String($0.tries), $0.isDead ? "dead" : $0.nextTry, $0.error] }
            )
        }
        // Also where the dead stand behind the page.
        if deadCount > 0 { throw ExitCode(1) }
    }
}

/// Tries them again.
struct OutboxRetryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Have notifications tried again from the beginning: all that are dead, or those of one event."
    )

    @Option(help: "The position of the event.") var position: Int64?
    @OptionGroup var log: LogOptions

    private struct Answer: Encodable {
        let retried: Int
    }

    func run() async throws {
        let count = try await log.withLog { try await Outbox.retry(in: $0, position: position) }
        if log.database.json {
            try Terminal.json(Answer(retried: count))
        } else {
            print("\(count) will be tried again")
        }
    }
}

/// Forgets a sink.
struct OutboxForgetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forget",
        abstract: "Forget a sink that is used no more, and all that waits for it. Exit status 1 if it is not known.",
        discussion: "Stop the workers that name it first: they tell it nothing more. The cards stay in the log."
    )

    @Argument(help: "The sink, as `outbox list` shows it: file:/PATH, command:/PROGRAM, https://….") var sink: String
    @OptionGroup var log: LogOptions

    func run() async throws {
        let (forgotten, others) = try await log.withLog { eventLog in
            (try await Outbox.forget(sink, in: eventLog), try await Outbox.sinks(of: eventLog))
        }
        if log.database.json {
            try Terminal.json(forgotten)
        } else if forgotten.wasKnown {
            print("forgotten, with \(forgotten.notifications) notifications that waited")
        } else {
            Terminal.note(
                "caseflowd: no such sink; "
                    + (others.isEmpty ? "there is none" : "there are: \(others.joined(separator: ", "))")
            )
        }
        if !forgotten.wasKnown { throw ExitCode(1) }
    }
}
