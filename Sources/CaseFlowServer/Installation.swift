import CaseFlow
import EventStore
import Foundation
import Logging
import PostgresClient
import PrivatePostgres

/// Which PostgreSQL this process works on, and under which roles.
///
/// A real one when `CASEFLOW_DATABASE_URL` or one of libpq's `PGHOST`, `PGSERVICE`, `PGDATABASE`, `PGPORT` is set, else
/// a private cluster that is started when it does not run.
public struct Installation: Sendable {
    /// Where the database is.
    public enum Place: Sendable {
        /// A private cluster under a state directory.
        case own(PrivateCluster)
        /// One that was named.
        case named(PostgresConfiguration, by: String)
    }

    /// Where the database is.
    public let place: Place
    /// Tells the operator what happens beside the answer: to standard error, unless `quiet`.
    let tell: @Sendable (String) -> Void

    /// Finds the database: flags first, then the environment.
    public init(
        stateDirectory: String? = nil,
        databaseURL: String? = nil,
        environment: [String: String] = ProcessInfo.processInfo.environment,
        tell: @escaping @Sendable (String) -> Void
    ) throws {
        self.tell = tell
        let variable = environment["CASEFLOW_DATABASE_URL"].flatMap { $0.isEmpty ? nil : $0 }
        if let url = databaseURL ?? (stateDirectory == nil ? variable : nil) {
            let source = databaseURL == nil ? "CASEFLOW_DATABASE_URL" : "--database-url"
            place = .named(PostgresConfiguration(connectionString: url), by: source)
            return
        }
        let names = ["PGHOST", "PGHOSTADDR", "PGSERVICE", "PGDATABASE", "PGPORT"]
        if stateDirectory == nil, let name = names.first(where: { environment[$0]?.isEmpty == false }) {
            place = .named(PostgresConfiguration(), by: name)
            return
        }
        let directory = PrivateCluster.stateDirectory(
            flag: stateDirectory,
            environment: environment,
            isRoot: getuid() == 0,
            home: NSHomeDirectory()
        )
        place = .own(try PrivateCluster(stateDirectory: directory, environment: environment))
    }

    /// Connections for the three roles that the program works under.
    public struct Connections: Sendable {
        /// May migrate.
        public let owner: PostgresConfiguration
        /// `caseflow_app`.
        public let work: PostgresConfiguration
        /// `caseflow_import`.
        public let importing: PostgresConfiguration
    }

    /// Makes sure that the database is there: starts the private cluster and brings its schema up to date, or checks
    /// the schema of a named one. Errors: ``PrivateClusterError``, ``PostgresError``, ``Migrator/Problem``.
    public func connections(checkingSchema: Bool = true) async throws -> Connections {
        switch place {
        case .own(let cluster):
            let endpoint = try await cluster.start()
            if endpoint.startedNow {
                tell("started a private PostgreSQL in \(cluster.stateDirectory); `caseflowd db stop` stops it")
            }
            func configuration(_ user: String) -> PostgresConfiguration {
                PostgresConfiguration(overrides: endpoint.connectionParameters(user: user))
            }
            let connections = Connections(
                owner: configuration(PrivateCluster.superuser),
                work: configuration("caseflow_app"),
                importing: configuration("caseflow_import")
            )
            if checkingSchema { try await bringUpToDate(connections.owner) }
            return connections
        case .named(let configuration, _):
            // The role is set when the session begins: whoever logs in must be a member of it.
            func role(_ name: String) -> PostgresConfiguration {
                configuration.setting("role", name)
            }
            let connections = Connections(
                owner: configuration,
                work: role("caseflow_app"),
                importing: role("caseflow_import")
            )
            if checkingSchema {
                let connection = try await PostgresConnection.connect(configuration)
                defer { Task { await connection.close() } }
                try await Migrator().check(connection)
            }
            return connections
        }
    }

    /// A private database is ours alone: it is migrated without being asked.
    private func bringUpToDate(_ owner: PostgresConfiguration) async throws {
        let connection = try await PostgresConnection.connect(owner)
        let outcome = try await Migrator().migrate(connection)
        await connection.close()
        if outcome.from < outcome.to, outcome.from > 0 {
            tell("brought the schema from version \(outcome.from) to \(outcome.to)")
        }
    }

    /// Opens a log; creates it when `creating`, with a time zone. Whoever creates it, or opens it `toWrite`, has it adopt
    /// what the program ships of calendars first; who only asks gets answers by what the log has adopted. Errors:
    /// `AppendError.noSuchLog`, unless `mayBeMissing`, as for one whose head row was removed; `CalendarMismatch`.
    public func log(
        _ name: String,
        creating timeZone: String? = nil,
        toWrite: Bool = false,
        mayBeMissing: Bool = false
    ) async throws -> EventLog {
        let id = try LogID(name)
        let connections = try await connections()
        var logger = Logger(label: "caseflow")
        logger.logLevel = .warning
        let log = EventLog(id, work: connections.work, importing: connections.importing, logger: logger)
        if let timeZone {
            try await log.create(timeZone: timeZone)
        } else if !mayBeMissing {
            _ = try await log.head()
        }
        guard toWrite || timeZone != nil else { return log }
        do {
            try await adopt(in: log)
            return log
        } catch {
            await log.close()
            throw error
        }
    }

    /// Has a log adopt what the program ships of calendars, and tells what a later program has brought. Errors:
    /// `CalendarMismatch`, `UnreadableEvent`, `AppendError`.
    public func adopt(in log: EventLog) async throws {
        let adopted = try await ShippedCalendars.program().adopt(in: log, at: RecordingClock.system.now())
        for (code, adoption) in adopted.sorted(by: { $0.key < $1.key })
        where adoption.known == .recording {
            tell("log \(log.id): adopted what this program ships of the calendar \(code), \(adoption.entries) entries")
        }
    }
}
