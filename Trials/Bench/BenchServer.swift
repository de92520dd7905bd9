import CaseFlowServer
import EventStore
import Foundation
import Logging
import PostgresClient
import PrivatePostgres

/// A private PostgreSQL of the benchmark's own, durable as in production (fsync and synchronous_commit on), removed
/// afterwards.
struct BenchServer {
    let cluster: PrivateCluster
    let endpoint: Endpoint
    let directory: String

    static func start(_ settings: [String: String] = [:]) async throws -> BenchServer {
        let directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("caseflow-bench-\(ProcessInfo.processInfo.processIdentifier)").path
        let cluster = try PrivateCluster(
            stateDirectory: directory,
            extraSettings: settings.merging(["max_connections": "300"]) { $1 }
        )
        return BenchServer(cluster: cluster, endpoint: try await cluster.start(), directory: directory)
    }

    func remove() async throws {
        try await cluster.destroy()
        try? FileManager.default.removeItem(atPath: directory)
    }

    func configuration(_ database: String, _ user: String = PrivateCluster.superuser) -> PostgresConfiguration {
        PostgresConfiguration(overrides: endpoint.connectionParameters(user: user, database: database))
    }

    /// How another process names a database of the server.
    func connectionString(_ database: String) -> String {
        "host=\(endpoint.socketDirectory) port=\(endpoint.port) user=\(endpoint.superuser) dbname=\(database)"
    }

    /// A new database with the schema.
    func database(_ name: String) async throws {
        let admin = try await PostgresConnection.connect(configuration("postgres"))
        try await admin.script("CREATE DATABASE \(name)")
        await admin.close()
        let owner = try await PostgresConnection.connect(configuration(name))
        _ = try await Migrator().migrate(owner)
        await owner.close()
    }

    /// A log, created if there is none of its name.
    func log(_ name: String, in database: String, clock: RecordingClock = .system) async throws -> EventLog {
        var settings = EventLog.Settings()
        settings.clock = clock
        var logger = Logger(label: "bench")
        logger.logLevel = .critical
        let log = EventLog(
            try LogID(name),
            work: configuration(database, "caseflow_app"),
            importing: configuration(database, "caseflow_import"),
            settings: settings,
            logger: logger
        )
        try await log.create()
        return log
    }

    /// Runs a program of PostgreSQL (pgbench, psql) on the server; its standard output.
    @discardableResult
    func run(_ arguments: [String]) async throws -> String {
        let psql = try await cluster.shellCommand(database: nil, user: nil)[0]
        let program = URL(fileURLWithPath: psql).resolvingSymlinksInPath().deletingLastPathComponent()
        let process = Process()
        process.executableURL = program.appendingPathComponent(arguments[0])
        process.arguments =
            ["-h", endpoint.socketDirectory, "-p", String(endpoint.port), "-U", endpoint.superuser]
            + arguments.dropFirst()
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        // Swift's threads block signals and a child inherits that; pgbench ends by SIGALRM.
        var none = sigset_t()
        var before = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw BenchFailure("\(arguments[0]) failed: install postgresql-contrib")
        }
        return String(decoding: data, as: UTF8.self)
    }
}

/// Why the benchmark could not go on.
struct BenchFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
