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
        subcommands: [OutboxListCommand.self, OutboxRetryCommand.self],
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

    func validate() throws {
        if !(1...100_000).contains(limit) { throw ValidationError("--limit: give a number from 1 to 100000") }
    }

    func run() async throws {
        let rows = try await log.withLog { try await Outbox.rows(of: $0, deadOnly: dead, limit: limit) }
        if log.database.json {
            try Terminal.json(["notifications": rows])
        } else if rows.isEmpty {
            print("nothing waits")
        } else {
            Terminal.table(
                ["sink", "event", "tries", "next try", "error"],
                rows.map { [$0.sink, $0.key, String($0.tries), $0.isDead ? "dead" : $0.nextTry, $0.error] }
            )
        }
        if rows.contains(where: \.isDead) { throw ExitCode(1) }
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
