import ArgumentParser
import CaseFlowServer
import EventStore
import PostgresClient

/// Brings the database to this program's schema.
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Prepare a database, or bring it up to date. Safe to run by many at once.",
        discussion: """
            The role that migrates needs CREATE on the database and, unless an administrator has created the roles of \
            schema/roles/roles.sql, CREATEROLE. A database of a newer program is refused.
            """
    )

    @OptionGroup var database: DatabaseOptions

    private struct Answer: Encodable {
        let from: Int
        let to: Int
        let refreshed: [String]
    }

    func run() async throws {
        let connections = try await database.installation().connections(checkingSchema: false)
        let connection = try await PostgresConnection.connect(connections.owner)
        let outcome = try await Migrator().migrate(connection)
        await connection.close()
        if database.json {
            return try Terminal.json(Answer(from: outcome.from, to: outcome.to, refreshed: outcome.refreshed))
        }
        let refreshed = outcome.refreshed.isEmpty ? "" : "; applied again: \(outcome.refreshed.joined(separator: ", "))"
        print(
            outcome.from == outcome.to
                ? "the schema is at version \(outcome.to)\(refreshed)"
                : "brought the schema from version \(outcome.from) to \(outcome.to)\(refreshed)"
        )
    }
}
