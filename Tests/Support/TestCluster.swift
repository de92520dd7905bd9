import EventStore
import Foundation
import Logging
import PostgresClient
import PrivatePostgres
import Synchronization

/// One private PostgreSQL for a test process, and a fresh database for each suite that asks, cloned from a template
/// that was migrated once.
///
/// The cluster is a real one, on a unix socket, in a temporary directory that is removed when the process ends.
/// `fsync` is off: no test loses power, and those that kill the server rely on its files, not on the disk.
public actor TestCluster {
    /// The cluster of this process.
    public static let shared = TestCluster()

    private var starting: Task<Endpoint, any Error>?
    private var databases = 0
    private var template: Task<Void, any Error>?

    private init() {}

    /// The running cluster.
    public func endpoint() async throws -> Endpoint {
        if let starting { return try await starting.value }
        let task = Task {
            let directory = FileManager.default.temporaryDirectory
                .appendingPathComponent("caseflow-tests-\(ProcessInfo.processInfo.processIdentifier)").path
            let cluster = try PrivateCluster(
                stateDirectory: directory,
                extraSettings: ["fsync": "off", "max_connections": "900", "shared_buffers": "64MB"]
            )
            Self.atExit.withLock { $0 = directory }
            atexit { TestCluster.removeAtExit() }
            return try await cluster.start()
        }
        starting = task
        return try await task.value
    }

    private static let atExit = Mutex<String?>(nil)

    /// Stops the server and removes its files. Runs after the last test, so it may block.
    private static func removeAtExit() {
        guard let directory = atExit.withLock({ $0 }) else { return }
        let script = """
            pid=$(head -n 1 "$1/pg/data/postmaster.pid" 2>/dev/null) && kill -QUIT "$pid"
            for i in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
            rm -rf "$1"
            """
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", script, "sh", directory]
        if (try? process.run()) != nil { process.waitUntilExit() }
    }

    /// Connects to a database of the cluster as a role.
    public func configuration(database: String, user: String) async throws -> PostgresConfiguration {
        PostgresConfiguration(overrides: try await endpoint().connectionParameters(user: user, database: database))
    }

    /// A new database with the schema; dropped with the cluster.
    public func database() async throws -> TestDatabase {
        let endpoint = try await endpoint()
        if template == nil {
            template = Task {
                try await self.create("caseflow_template", from: nil)
                let owner = try await PostgresConnection.connect(
                    self.configuration(database: "caseflow_template", user: PrivateCluster.superuser)
                )
                _ = try await Migrator().migrate(owner)
                await owner.close()
            }
        }
        try await template?.value
        databases += 1
        let name = "test_\(databases)"
        try await create(name, from: "caseflow_template")
        return TestDatabase(name: name, endpoint: endpoint)
    }

    /// A new database without anything in it.
    public func emptyDatabase() async throws -> TestDatabase {
        databases += 1
        let name = "empty_\(databases)"
        try await create(name, from: nil)
        return TestDatabase(name: name, endpoint: try await endpoint())
    }

    private func create(_ name: String, from template: String?) async throws {
        let admin = try await PostgresConnection.connect(
            configuration(database: "postgres", user: PrivateCluster.superuser)
        )
        try await admin.script("CREATE DATABASE \(name)" + (template.map { " TEMPLATE \($0)" } ?? ""))
        await admin.close()
    }
}

/// A database of the test cluster.
public struct TestDatabase: Sendable {
    /// Its name.
    public let name: String
    let endpoint: Endpoint

    /// Connects as a role, by default the application's.
    public func configuration(as user: String = "caseflow_app") -> PostgresConfiguration {
        PostgresConfiguration(overrides: endpoint.connectionParameters(user: user, database: name))
    }

    /// A session as a role.
    public func connect(as user: String = "caseflow_app") async throws -> PostgresConnection {
        try await .connect(configuration(as: user))
    }

    /// A session as superuser.
    public func superuser() async throws -> PostgresConnection { try await connect(as: PrivateCluster.superuser) }

    /// A log in the database, created.
    public func log(
        _ name: String = "test",
        settings: EventLog.Settings = .init()
    ) async throws -> EventLog {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        var settings = settings
        // Under a hundred tests at a time a task can wait long for its turn.
        settings.idleLimit = .seconds(300)
        let log = EventLog(
            try LogID(name),
            work: configuration(),
            importing: configuration(as: "caseflow_import"),
            settings: settings,
            logger: logger
        )
        try await log.create()
        return log
    }
}
