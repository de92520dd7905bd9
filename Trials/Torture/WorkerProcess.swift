import ArgumentParser
import CaseFlowServer
import EventStore
import Foundation
import Glibc
import PostgresClient
import PrivatePostgres

/// A worker daemon to be killed: `caseflowd work` on a simulated log whose clock runs fast. This program started again by a
/// trial; not for people.
struct WorkerProcess: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "worker", shouldDisplay: false)

    @Option var host: String
    @Option var port: Int
    @Option var database: String
    @Option var clock: String

    func run() async throws {
        let parameters = ["host": host, "port": String(port), "dbname": database, "user": "caseflow_app"]
        var settings = EventLog.Settings()
        settings.clock = try FastClock(file: clock).recording
        let log = EventLog(
            try LogID(Stand.log),
            work: PostgresConfiguration(overrides: parameters),
            settings: settings,
            logger: .silent
        )
        let parent = getppid()
        // A trial that is gone needs no workers.
        let watch = Task {
            while !Task.isCancelled, getppid() == parent { try await Task.sleep(for: .milliseconds(200)) }
            if !Task.isCancelled { Foundation.exit(3) }
        }
        defer { watch.cancel() }
        try await LogWorker.run(log) { say($0) }
        await log.close()
    }

    /// Starts one.
    static func start(_ stand: Stand, number: Int, clock: String, in directory: String) throws -> Child {
        let endpoint = stand.endpoint
        return try Child(
            Child.thisProgram,
            [
                "worker", "--host", endpoint.socketDirectory, "--port", String(endpoint.port),
                "--database", endpoint.database, "--clock", clock,
            ],
            output: "\(directory)/worker-\(number).out"
        )
    }
}
