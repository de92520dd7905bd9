import ArgumentParser
import CaseFlowServer
import EventStore
import Foundation
import PostgresClient

/// Looks after logs.
struct LogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: "Create, list and verify logs.",
        subcommands: [LogVerifyCommand.self, LogListCommand.self, LogCreateCommand.self]
    )
}

/// Recomputes a log and holds it against its books.
struct LogVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract:
            "Recompute every hash of a log and name the first position that was changed. Exit status 1 if there is one."
    )

    @OptionGroup var log: LogOptions

    private struct Answer: Encodable {
        let log: String
        let events: Int64
        let streams: Int64
        let ok: Bool
        let damage: LogDamage?
    }

    func run() async throws {
        let verdict = try await log.withLog(mayBeMissing: true) { eventLog in
            let bar = ProgressBar("verifying", quiet: log.database.quiet)
            defer { bar.end() }
            return try await LogVerifier(eventLog).verify { done, total in
                bar.show(total == 0 ? nil : Double(done) / Double(total), "\(done) of \(total) rows")
            }
        }
        if log.database.json {
            try Terminal.json(
                Answer(
                    log: log.log,
                    events: verdict.events,
                    streams: verdict.streams,
                    ok: verdict.isSound,
                    damage: verdict.damage
                )
            )
        } else if let damage = verdict.damage {
            let stream = damage.stream.map { " (\($0))" } ?? ""
            print(
                "log \(log.log): position \(damage.position)\(stream) is wrong: \(damage.kind.rawValue): \(damage.reason)"
            )
        } else {
            print("log \(log.log): \(verdict.events) events in \(verdict.streams) streams, all as they were written")
        }
        if !verdict.isSound { throw ExitCode(1) }
    }
}

/// Lists the logs of a database.
struct LogListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the logs of the database.")

    @OptionGroup var database: DatabaseOptions

    func run() async throws {
        let connections = try await database.installation().connections()
        let connection = try await PostgresConnection.connect(connections.work)
        let logs = try await LogInformation.all(connection)
        await connection.close()
        if database.json { return try Terminal.json(["logs": logs]) }
        Terminal.table(
            ["log", "events", "time zone", "origin", "clock", "created"],
            logs.map { [$0.log, String($0.events), $0.timeZone, $0.origin, $0.clock, $0.createdAt] }
        )
    }
}

/// Creates a log.
struct LogCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Create a log; nothing happens if it is there."
    )

    @Argument(help: "Its name: letters, digits, '.', '-', '_'.")
    var name: String

    @Option(help: "The zone whose calendar days count.", transform: parseTimeZone)
    var timeZone: TimeZone?

    @Option(help: "The name under which its checkpoints will be signed; default caseflow/NAME.")
    var origin: String?

    @OptionGroup var database: DatabaseOptions

    func validate() throws {
        do { _ = try LogID(name) } catch { throw ValidationError("\(error)") }
    }

    func run() async throws {
        let installation = try database.installation()
        let connections = try await installation.connections()
        let log = EventLog(try LogID(name), work: connections.work)
        try await log.create(origin: origin, timeZone: timeZone?.identifier ?? "Asia/Shanghai")
        try await installation.adopt(in: log)
        let information = try await LogInformation.of(log)
        await log.close()
        if database.json { return try Terminal.json(information) }
        print("log \(information.log), time zone \(information.timeZone), \(information.events) events")
    }
}
