import EventStore
import Foundation
import Glibc
import Logging
import PostgresClient
import PrivatePostgres

/// A PostgreSQL of the trial's own, with the schema and one empty log; fsync on, as in service.
struct Stand: Sendable {
    static let log = "trial"

    let cluster: PrivateCluster
    let endpoint: Endpoint

    /// Starts a fresh one; its log a simulation where that is wanted.
    init(in directory: String, settings: [String: String] = [:], isSimulation: Bool = false) async throws {
        var all = ["shared_buffers": "64MB", "max_connections": "150"]
        all.merge(settings) { $1 }
        cluster = try PrivateCluster(stateDirectory: directory + "/state", extraSettings: all)
        endpoint = try await cluster.start()
        let owner = try await PostgresConnection.connect(configuration(as: PrivateCluster.superuser))
        _ = try await Migrator().migrate(owner)
        await owner.close()
        var logSettings = EventLog.Settings()
        if isSimulation { logSettings.clock = RecordingClock(isSimulated: true, now: RecordingClock.system.now) }
        let log = try eventLog(settings: logSettings)
        try await log.create()
        await log.close()
    }

    /// A role's way in; `host` leads through a proxy.
    func configuration(
        as user: String = "caseflow_app",
        host: String? = nil,
        application: String? = nil
    ) -> PostgresConfiguration {
        var parameters = endpoint.connectionParameters(user: user)
        if let host { parameters["host"] = host }
        if let application { parameters["application_name"] = application }
        return PostgresConfiguration(overrides: parameters)
    }

    /// The log.
    func eventLog(
        host: String? = nil,
        application: String? = nil,
        settings: EventLog.Settings = .init()
    ) throws -> EventLog {
        EventLog(
            try LogID(Self.log),
            work: configuration(host: host, application: application),
            importing: configuration(as: "caseflow_import", host: host, application: application),
            settings: settings,
            logger: .silent
        )
    }

    /// Runs statements as superuser.
    func script(_ sql: String) async throws {
        let connection = try await PostgresConnection.connect(configuration(as: PrivateCluster.superuser))
        defer { Task { await connection.close() } }
        try await connection.script(sql)
    }

    /// Asks for one number as superuser.
    func number(_ sql: String) async throws -> Int {
        let connection = try await PostgresConnection.connect(configuration(as: PrivateCluster.superuser))
        defer { Task { await connection.close() } }
        guard let row = try await connection.query(sql).first else { throw TrialBroken("no row: \(sql)") }
        return Int(try row.decode(0, as: Int64.self))
    }

    /// kill -9 of the postmaster and of every process that it has started: nobody is left to clean up.
    func killServer() throws {
        let file = endpoint.dataDirectory + "/postmaster.pid"
        let text = try String(contentsOfFile: file, encoding: .utf8)
        guard let postmaster = text.split(separator: "\n").first.flatMap({ Int32($0) }) else {
            throw TrialBroken("\(file) names no process")
        }
        let children = Self.children(of: postmaster)
        kill(postmaster, SIGKILL)
        for child in children { kill(child, SIGKILL) }
    }

    private static func children(of parent: Int32) -> [Int32] {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.compactMap { Int32($0) }.filter { pid in
            guard let line = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
                let end = line.lastIndex(of: ")")
            else { return false }
            // pid (name) state ppid …
            let fields = line[line.index(after: end)...].split(separator: " ")
            return fields.count > 1 && Int32(fields[1]) == parent
        }
    }

    /// Stops the server and removes everything.
    func end() async { try? await cluster.destroy() }
}

/// A stand for the length of `body`.
func withStand(
    in directory: String,
    settings: [String: String] = [:],
    isSimulation: Bool = false,
    _ body: (Stand) async throws -> Void
) async throws {
    let stand = try await Stand(in: directory, settings: settings, isSimulation: isSimulation)
    do {
        try await body(stand)
    } catch {
        await stand.end()
        throw error
    }
    await stand.end()
}

extension Logger {
    /// Lost sessions are the point of the trials; they need not be told one by one.
    static var silent: Logger {
        var logger = Logger(label: "torture")
        logger.logLevel = .critical
        return logger
    }
}
