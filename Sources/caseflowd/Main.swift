import ArgumentParser
import Foundation

/// The command. Exit status: 0 all is well, 1 something is wrong, 2 it was called wrongly.
@main
struct Main: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "caseflowd",
        abstract: "Case handling for township service centres, on an append-only log that can be checked.",
        discussion: """
            With no database named, caseflowd starts a private PostgreSQL of its own. CASEFLOW_DATABASE_URL, libpq's \
            PG* variables or --database-url name a real one; it is prepared once by `caseflowd migrate`.
            """,
        subcommands: [
            ImportCommand.self, LateCommand.self, FindingsCommand.self, HolderDaysCommand.self, ComplianceCommand.self,
            ProcessCommand.self, CaseCommand.self,
            CatalogueCommand.self, NetworkCommand.self,
            RulesCommand.self, CalendarCommand.self, DueCommand.self, VaultCommand.self, ExportCommand.self,
            LogCommand.self, ProjectionCommand.self, QueueCommand.self, WorkCommand.self, CardsCommand.self,
            OutboxCommand.self, MetricsCommand.self,
            SimulateCommand.self,
            DatabaseCommand.self,
            MigrateCommand.self, DoctorCommand.self,
        ]
    )

    static func main() async {
        var called: (any ParsableCommand.Type)?
        do {
            var command = try parseAsRoot()
            called = type(of: command)
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            let code = exitCode(for: error)
            if code == .success {
                print(fullMessage(for: error))
                Foundation.exit(0)
            }
            if error is ExitCode { Foundation.exit(code.rawValue) }
            if code == .validationFailure {
                Terminal.note(called.map { words(for: error, in: $0) } ?? fullMessage(for: error))
                Foundation.exit(2)
            }
            Terminal.note("caseflowd: \(Terminal.words(for: error))")
            Foundation.exit(error is WrongCall ? 2 : 1)
        }
    }

    /// A wrong option that a command itself has found, with the command's own usage: parsing is over by then, and nobody else
    /// knows any more which command it was.
    private static func words(for error: any Error, in command: any ParsableCommand.Type) -> String {
        let path = (path(to: command, in: Self.self) ?? ["caseflowd"]).joined(separator: " ")
        return """
            Error: \(message(for: error))
            Usage: \(usageString(for: command))
              See '\(path) --help' for more information.
            """
    }

    private static func path(to wanted: any ParsableCommand.Type, in command: any ParsableCommand.Type) -> [String]? {
        let name = command.configuration.commandName ?? ""
        if command == wanted { return [name] }
        for subcommand in command.configuration.subcommands {
            if let path = path(to: wanted, in: subcommand) { return [name] + path }
        }
        return nil
    }
}
