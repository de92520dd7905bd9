import Foundation
import PostgresClient
import PrivatePostgres
import Support
import Testing

/// The program as it was built, run as its users run it.
struct Caseflowd {
    /// What a run came to.
    struct Run {
        let status: Int32
        let output: String
        let errors: String

        /// The answer as one JSON object.
        func json(sourceLocation: SourceLocation = #_sourceLocation) throws -> [String: Any] {
            let object = try? JSONSerialization.jsonObject(with: Data(output.utf8))
            return try #require(object as? [String: Any], "\(output)\n\(errors)", sourceLocation: sourceLocation)
        }
    }

    /// The binary: it lies beside the program that runs the tests.
    static let path: String? = {
        let beside = [
            Bundle.main.executableURL?.deletingLastPathComponent(),
            URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent(),
            URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().appendingPathComponent(".build/debug"),
        ]
        return beside.compactMap { $0?.appendingPathComponent("caseflowd").path }
            .first(where: FileManager.default.isExecutableFile)
    }()

    /// A connection string of the database that it is to work on; nil for none.
    let database: String?
    /// A directory for files, removed with the value that holds it.
    let scratch: Scratch

    init(database: String?) throws {
        self.database = database
        scratch = try Scratch()
    }

    /// On a new database with the schema, as superuser.
    init(_ database: TestDatabase) throws {
        try self.init(database: Self.connectionString(database))
    }

    static func connectionString(_ database: TestDatabase) -> String {
        database.configuration(as: PrivateCluster.superuser).overrides.sorted { $0.key < $1.key }
            .map { "\($0.key)='\($0.value)'" }.joined(separator: " ")
    }

    /// Runs it to its end.
    func callAsFunction(_ arguments: String..., environment: [String: String] = [:]) async throws -> Run {
        try await run(arguments, environment: environment)
    }

    /// - Parameter input: what stands on its standard input; nothing by default.
    func run(_ arguments: [String], environment: [String: String] = [:], input: String? = nil) async throws -> Run {
        let name = UUID().uuidString
        let (output, errors) = (scratch.path("\(name).out"), scratch.path("\(name).err"))
        for path in [output, errors] { _ = FileManager.default.createFile(atPath: path, contents: nil) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(Self.path, "caseflowd was not built"))
        process.arguments = arguments
        var surroundings = ProcessInfo.processInfo.environment.filter { name, _ in
            !name.hasPrefix("PG") && !name.hasPrefix("CASEFLOW_")
        }
        surroundings["CASEFLOW_DATABASE_URL"] = database
        surroundings.merge(environment) { $1 }
        process.environment = surroundings
        let pipe = input.map { _ in Pipe() }
        if let pipe { process.standardInput = pipe } else { process.standardInput = FileHandle.nullDevice }
        let handles = try [output, errors].map { try FileHandle(forWritingTo: URL(fileURLWithPath: $0)) }
        // Foundation keeps a process that nobody waited for, and its handles with it. Some hundred of them are enough for
        // its own look at /proc/self/fd to read past a buffer's end, and the whole test process dies.
        defer { for handle in handles { try? handle.close() } }
        process.standardOutput = handles[0]
        process.standardError = handles[1]
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in continuation.resume() }
            do {
                try process.run()
                if let pipe, let input {
                    // Short enough for the pipe itself; one that reads none of it must not stop us.
                    try? pipe.fileHandleForWriting.write(contentsOf: Data(input.utf8))
                    try? pipe.fileHandleForWriting.close()
                }
            } catch {
                continuation.resume(throwing: error)
            }
        }
        return Run(
            status: process.terminationStatus,
            output: try String(contentsOfFile: output, encoding: .utf8),
            errors: try String(contentsOfFile: errors, encoding: .utf8)
        )
    }
}

/// A private directory, removed with this object.
final class Scratch: Sendable {
    private let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("caseflowd-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appendingPathComponent(name).path }

    func write(_ name: String, _ text: String) throws -> String {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path(name)))
        return path(name)
    }
}

/// Two cases, four events; `A-1` is a day late.
let smallLog = """
    <?xml version="1.0" encoding="UTF-8"?>
    <log xes.version="1849.2016">
    <trace><string key="concept:name" value="A-1"/><string key="department" value="land"/>
    <date key="startdate" value="2026-01-05T09:00:00+08:00"/><date key="deadline" value="2026-01-20T00:00:00+08:00"/>
    <date key="enddate" value="2026-01-21T00:00:00+08:00"/>
    <event><string key="concept:name" value="receive"/><date key="time:timestamp" value="2026-01-05T09:00:00+08:00"/></event>
    <event><string key="concept:name" value="review"/><date key="time:timestamp" value="2026-01-09T09:00:00+08:00"/></event>
    <event><string key="concept:name" value="sign"/><date key="time:timestamp" value="2026-01-21T09:00:00+08:00"/></event>
    </trace>
    <trace><string key="concept:name" value="A-2"/><date key="deadline" value="2026-02-20T00:00:00+08:00"/>
    <event><string key="concept:name" value="receive"/><date key="time:timestamp" value="2026-01-06T09:00:00+08:00"/></event>
    </trace>
    </log>

    """
