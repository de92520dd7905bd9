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
            ImportCommand.self, LateCommand.self, CaseCommand.self, CatalogueCommand.self, NetworkCommand.self,
            RulesCommand.self, CalendarCommand.self, DueCommand.self, VaultCommand.self, ExportCommand.self,
            LogCommand.self, ProjectionCommand.self, QueueCommand.self,
            DatabaseCommand.self,
            MigrateCommand.self, DoctorCommand.self,
        ]
    )

    static func main() async {
        do {
            var command = try parseAsRoot()
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
                Terminal.note(fullMessage(for: error))
                Foundation.exit(2)
            }
            Terminal.note("caseflowd: \(Terminal.words(for: error))")
            Foundation.exit(error is WrongCall ? 2 : 1)
        }
    }
}
