import ArgumentParser
import CaseFlowServer
import Foundation
import PrivatePostgres

/// Looks after the private PostgreSQL.
struct DatabaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "db",
        abstract: "Start, stop and look at the private PostgreSQL.",
        subcommands: [
            DatabaseStartCommand.self, DatabaseStopCommand.self, DatabaseStatusCommand.self, DatabaseShellCommand.self,
        ]
    )

    /// The private cluster; an error when a database was named instead.
    static func cluster(_ options: DatabaseOptions) throws -> PrivateCluster {
        switch try options.installation().place {
        case .own(let cluster): return cluster
        case .named(_, let by):
            throw ValidationError(
                "the database is named by \(by), so it is not ours to start or stop: unset it, or give --state-dir"
            )
        }
    }

    struct Answer: Encodable {
        let state: String
        let stateDirectory: String
        let socketDirectory: String?
        let database: String?
    }
}

/// Starts it.
struct DatabaseStartCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "start", abstract: "Start it, if it does not run.")

    @OptionGroup var database: DatabaseOptions

    func run() async throws {
        let cluster = try DatabaseCommand.cluster(database)
        let endpoint = try await cluster.start()
        // A schema that this program cannot bring up to date must not stand in the way of looking at it.
        _ = try? await database.installation().connections()
        if database.json {
            return try Terminal.json(
                DatabaseCommand.Answer(
                    state: "running",
                    stateDirectory: cluster.stateDirectory,
                    socketDirectory: endpoint.socketDirectory,
                    database: endpoint.database
                )
            )
        }
        print(
            """
            \(endpoint.startedNow ? "started" : "runs already"): \(cluster.stateDirectory)
            socket \(endpoint.socketDirectory), port \(endpoint.port), database \(endpoint.database)
            """
        )
    }
}

/// Stops it.
struct DatabaseStopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "stop", abstract: "Stop it cleanly.")

    @OptionGroup var database: DatabaseOptions

    func run() async throws {
        let cluster = try DatabaseCommand.cluster(database)
        let stopped = try await cluster.stop(mode: .fast)
        if database.json {
            return try Terminal.json(
                DatabaseCommand.Answer(
                    state: "stopped",
                    stateDirectory: cluster.stateDirectory,
                    socketDirectory: nil,
                    database: nil
                )
            )
        }
        print(stopped ? "stopped" : "it was not running")
    }
}

/// Says how it is. Exit status 1 unless it runs.
struct DatabaseStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Say whether it runs. Exit status 1 if not."
    )

    @OptionGroup var database: DatabaseOptions

    func run() async throws {
        let cluster = try DatabaseCommand.cluster(database)
        let status = try await cluster.status()
        let (state, words): (String, String) =
            switch status {
            case .notInitialised: ("not-initialised", "there is none yet; any command starts it")
            case .stopped: ("stopped", "stopped; any command starts it")
            case .running(let pid, let since, let version):
                ("running", "running since \(since.formatted(.iso8601)), PostgreSQL \(version), process \(pid)")
            case .staleLock: ("stale-lock", "not running; it left a lock behind, which the next start clears")
            case .foreignVersion(let data, let installed):
                (
                    "foreign-version",
                    "its data is of PostgreSQL \(data), installed is \(installed.joined(separator: ", "))"
                )
            }
        if database.json {
            try Terminal.json(
                DatabaseCommand.Answer(
                    state: state,
                    stateDirectory: cluster.stateDirectory,
                    socketDirectory: nil,
                    database: nil
                )
            )
        } else {
            print("\(cluster.stateDirectory): \(words)")
        }
        guard case .running = status else { throw ExitCode(1) }
    }
}

/// Opens a SQL shell.
struct DatabaseShellCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shell",
        abstract: "Open psql on it.",
        discussion: "What stands after -- goes to psql: `caseflowd db shell -- -c 'SELECT 1'`."
    )

    @Option(help: "The role to work as.")
    var user: String?

    @OptionGroup var database: DatabaseOptions

    @Argument(parsing: .postTerminator, help: "Further arguments of psql.")
    var arguments: [String] = []

    func run() async throws {
        let cluster = try DatabaseCommand.cluster(database)
        // A schema that this program cannot bring up to date must not stand in the way of looking at it.
        _ = try? await database.installation().connections()
        let command = try await cluster.shellCommand(user: user)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: command[0])
        process.arguments = Array(command.dropFirst()) + arguments
        // An interrupt belongs to psql, which ends a query by it; we wait for psql.
        signal(SIGINT, SIG_IGN)
        try process.run()
        process.waitUntilExit()
        if process.terminationStatus != 0 { throw ExitCode(1) }
    }
}
