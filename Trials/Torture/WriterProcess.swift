import ArgumentParser
import CaseFlowServer
import EventStore
import Foundation
import Glibc
import PostgresClient
import PrivatePostgres

/// A daemon to be killed, stopped or doubled: writers, and optionally the runners of all projections. This program
/// started again by a trial; not for people.
struct WriterProcess: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "writer", shouldDisplay: false)

    @Option var host: String
    @Option var port: Int
    @Option var database: String
    @Option var application: String
    @Option var seed: UInt64
    @Option var hot: Int
    @Option var firstWriter: Int
    @Option var writers: Int
    @Option var directory: String
    @Flag var projections = false

    private var stopFile: String { directory + "/stop" }

    func run() async throws {
        let parameters = [
            "host": host, "port": String(port), "dbname": database, "application_name": application,
        ]
        let log = EventLog(
            try LogID(Stand.log),
            work: PostgresConfiguration(overrides: parameters.merging(["user": "caseflow_app"]) { $1 }),
            logger: .silent
        )
        let parent = getppid()
        try await withThrowingTaskGroup(of: Void.self) { group in
            if projections { group.addTask { try await Projections.run(log) } }
            // A trial that is gone needs no writers.
            group.addTask {
                while !Task.isCancelled, getppid() == parent { try await Task.sleep(for: .milliseconds(200)) }
                if !Task.isCancelled { Foundation.exit(3) }
            }
            group.addTask {
                try await withThrowingTaskGroup(of: Void.self) { writing in
                    for writer in firstWriter..<firstWriter + writers {
                        writing.addTask { try await write(as: writer, to: log) }
                    }
                    for try await _ in writing {}
                }
                throw CancellationError()
            }
            do {
                for try await _ in group {}
            } catch is CancellationError {
                group.cancelAll()
            }
        }
        await log.close()
    }

    private func write(as writer: Int, to log: EventLog) async throws {
        let workload = Workload(seed: seed, hot: hot)
        var book = try AckBook(in: directory, writer: writer)
        var dice = Dice(seed &+ UInt64(writer) &+ UInt64(book.next) << 20)
        while access(stopFile, F_OK) != 0 {
            let result = try await log.persist(workload.request(writer: writer, number: book.next))
            try book.acknowledge(result)
            if Int.random(in: 0..<4, using: &dice) == 0 { try await Task.sleep(for: dice.milliseconds(0...8)) }
        }
    }
}

/// The writers of a trial, as one or more processes.
struct Daemons: Sendable {
    let stand: Stand
    let conditions: Conditions
    let workload: Workload

    /// Starts one.
    func start(_ application: String, writers: Range<Int>) throws -> Child {
        let endpoint = stand.endpoint
        let arguments = [
            "writer", "--host", endpoint.socketDirectory, "--port", String(endpoint.port),
            "--database", endpoint.database, "--application", application, "--seed", String(workload.seed),
            "--hot", String(workload.hot), "--first-writer", String(writers.lowerBound),
            "--writers", String(writers.count), "--directory", conditions.directory, "--projections",
        ]
        return try Child(Child.thisProgram, arguments, output: conditions.directory + "/\(application).out")
    }

    /// Lets all end after what they have on their way, and holds it against them if they do not.
    func finish(_ children: [Child], _ tally: Tally) async throws {
        try put(at: conditions.directory + "/stop")
        for child in children {
            let end = try await child.wait(atMost: .seconds(90))
            tally.expect(end == .exited(0), "a daemon ended with \(end): \(child.text.suffix(500))")
        }
    }
}
