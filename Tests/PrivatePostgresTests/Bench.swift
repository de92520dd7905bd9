import Foundation
import Glibc
import Testing

@testable import PrivatePostgres

/// A temporary directory with at most one cluster in it, which is stopped and removed with everything at the end.
struct Bench: Sendable {
    /// Made for speed: these tests kill servers, not machines.
    static let quick = [
        "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "8MB",
        "max_connections": "20", "max_wal_size": "64MB", "min_wal_size": "32MB",
    ]

    let directory: String

    static func run(_ body: (Bench) async throws -> Void) async throws {
        let bench = Bench(directory: "/tmp/caseflow-test-" + String(UInt32.random(in: 0 ... .max), radix: 36))
        // Private, as mktemp makes it.
        try FileManager.default.createDirectory(
            atPath: bench.directory,
            withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700]
        )
        do {
            try await body(bench)
        } catch {
            try? await bench.cleanUp()
            throw error
        }
        try await bench.cleanUp()
    }

    func cluster(
        _ settings: [String: String] = Bench.quick,
        environment: [String: String] = [:],
        in sub: String? = nil
    ) throws -> PrivateCluster {
        var all = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("CASEFLOW_") }
        all.merge(environment) { $1 }
        return try PrivateCluster(
            stateDirectory: sub.map { directory + "/" + $0 } ?? directory,
            extraSettings: settings,
            environment: all
        )
    }

    /// What psql prints for a statement, as the superuser.
    func sql(_ statement: String, at endpoint: Endpoint, database: String? = nil) async throws -> String {
        let psql = try cluster().surroundings.require("psql", to: "test")
        let parameters = endpoint.connectionParameters(database: database)
        let conninfo = parameters.map { "\($0.key)='\($0.value)'" }.joined(separator: " ")
        return try await command([psql, "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", statement, conninfo]).succeed()
    }

    func command(_ words: [String]) -> Command {
        Command(words: words, environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C"])
    }

    /// The server's process, as the status tells it.
    func pid(of cluster: PrivateCluster) async throws -> Int32 {
        guard case .running(let pid, _, _) = try await cluster.status() else {
            throw Failure(description: "no server runs")
        }
        return pid
    }

    /// Lets the server's account through to directories inside; a state directory itself needs no such help.
    func letPass() throws {
        try FileManager.default.setAttributes([.posixPermissions: 0o711], ofItemAtPath: directory)
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private func cleanUp() async throws {
        try? await cluster().destroy()
        if FileFacts(directory) != nil { try FileManager.default.removeItem(atPath: directory) }
    }
}

/// What a body throws, nil when it throws nothing of ours.
func failure(of body: () async throws -> Void) async -> PrivateClusterError? {
    do {
        try await body()
    } catch let error as PrivateClusterError {
        return error
    } catch {
        Issue.record(error)
    }
    return nil
}
