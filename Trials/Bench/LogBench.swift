import ArgumentParser
import CaseFlow
import CaseFlowServer
import EventStore
import Foundation
import PostgresClient

/// The bars of the log.
struct LogBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: "The log: append rates, latency, rebuild, import, growth. About twelve minutes."
    )

    @Flag(help: "Answer in JSON.")
    var json = false

    @Option(help: "Rounds of each comparison; the median counts.")
    var rounds = 3

    @Option(help: "Seconds of each measurement.")
    var seconds = 5

    @Option(help: "Events of the log that is rebuilt.")
    var rebuildEvents: Int64 = 2_000_000

    @Option(help: "Events of the log on which appends are measured again.")
    var grownEvents: Int64 = 5_000_000

    @Option(help: "An XES file to import for bar 4; left out when it is not there.")
    var importFile: String?

    private struct Answer: Encodable {
        let measurements: [Measurement]
        let notes: [String]
    }

    func run() async throws {
        let server = try await BenchServer.start()
        do {
            let answer = try await measure(server)
            try await server.remove()
            if json {
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
                print(String(decoding: try encoder.encode(answer), as: UTF8.self))
            }
        } catch {
            try? await server.remove()
            throw error
        }
    }

    /// At once, also into a pipe.
    private static func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

    private func measure(_ server: BenchServer) async throws -> Answer {
        var measurements: [Measurement] = []
        var notes: [String] = []
        func report(_ measurement: Measurement) {
            measurements.append(measurement)
            if !json { Self.say(measurement.line) }
        }
        if !json { Self.say(Measurement.header) }

        // Bars 1 and 2: our writers and the peer in turn.
        try await server.database("bench")
        let peer = try await InsertPeer(server, database: "bench")
        defer { peer.cleanUp() }
        let empty = try await server.log("empty", in: "bench")
        let writers = Writers(log: empty)
        _ = try await writers.run(64, seconds: 1)
        _ = try await peer.rate(clients: 64, seconds: 1)
        var many: [Double] = []
        var more: [Double] = []
        var peers: [Double] = []
        var lone: [Double] = []
        var lonePeers: [Double] = []
        for _ in 0..<rounds {
            many.append(try await writers.run(64, seconds: Double(seconds)).rate)
            peers.append(try await peer.rate(clients: 64, seconds: seconds))
            more.append(try await writers.run(256, seconds: Double(seconds)).rate)
            lone.append(try await writers.run(1, seconds: Double(seconds)).latency)
            lonePeers.append(try await peer.lonelyLatency(seconds: seconds))
        }
        let insert = "peer: pgbench -c 64 -M prepared, single-row INSERT"
        report(.init("1a append, 64 writers", ours: many, peer: peers, unit: "events/s", wanted: 2, note: insert))
        report(.init("1b append, 256 writers", ours: more, peer: peers, unit: "events/s", wanted: 2.5, note: insert))
        report(
            .init(
                "2 latency of a lone writer",
                ours: lone,
                peer: lonePeers,
                unit: "us median",
                wanted: 2,
                atLeast: false,
                note: "peer: pgbench -c 1, the same INSERT"
            )
        )

        // Bar 4: an import, against the append rate of bar 1.
        if let file = importFile, FileManager.default.fileExists(atPath: file) {
            var rates: [Double] = []
            for round in 0..<rounds {
                let log = try await server.log("import-\(round)", in: "bench")
                let started = ContinuousClock.now
                let outcome = try await XESImport(path: file).run(into: log)
                rates.append(Double(outcome.events) / ((ContinuousClock.now - started) / .seconds(1)))
                await log.close()
            }
            let note = "peer: bar 1a of this run; \(URL(fileURLWithPath: file).lastPathComponent)"
            report(.init("4 import", ours: rates, peer: many, unit: "events/s", wanted: 0.5, note: note))
        } else {
            notes.append("bar 4 left out: no file to import (--import-file)")
        }

        // Bar 3: rebuild against COPY.
        try await server.database("grown")
        let grown = try await server.log("grown", in: "grown")
        try await Writers(log: grown).fill(upTo: rebuildEvents)
        let connection = try await PostgresConnection.connect(server.configuration("grown"))
        try await connection.query("VACUUM ANALYZE caseflow.events", prepare: false)
        var copies: [Double] = []
        var rebuilds: [Double] = []
        var memory = 0
        for _ in 0..<rounds {
            copies.append(try await copyRate(server, events: rebuildEvents))
            let (seconds, peak) = try await rebuild(server)
            rebuilds.append(Double(rebuildEvents) / seconds)
            memory = max(memory, peak)
        }
        let copy = "peer: psql COPY (SELECT ... ORDER BY position) TO STDOUT; \(rebuildEvents) events"
        report(
            .init(
                "3 rebuild of case-compliance",
                ours: rebuilds,
                peer: copies,
                unit: "events/s",
                wanted: 0.1,
                note: copy
            )
        )
        report(
            .init(
                "3 memory of the rebuild",
                ours: [Double(memory)],
                peer: [300],
                unit: "MB peak",
                wanted: 1,
                atLeast: false,
                note: "limit: 300 MB resident"
            )
        )

        // Bar 5: the same appends on a log that has grown.
        try await Writers(log: grown).fill(upTo: grownEvents)
        try await connection.query("VACUUM ANALYZE caseflow.events", prepare: false)
        await connection.close()
        try await server.database("fresh")
        let fresh = try await server.log("fresh", in: "fresh")
        var after: [Double] = []
        var before: [Double] = []
        for _ in 0..<rounds {
            before.append(try await Writers(log: fresh).run(64, seconds: Double(seconds)).rate)
            after.append(try await Writers(log: grown).run(64, seconds: Double(seconds)).rate)
        }
        let note = "peer: the same on an empty log; \(grownEvents) events stored"
        report(.init("5 append on a grown log", ours: after, peer: before, unit: "events/s", wanted: 0.8, note: note))
        for log in [empty, grown, fresh] { await log.close() }
        return Answer(measurements: measurements, notes: notes)
    }

    private func copyRate(_ server: BenchServer, events: Int64) async throws -> Double {
        let started = ContinuousClock.now
        try await server.run([
            "psql", "-q", "-d", "grown", "-o", "/dev/null", "-c",
            "COPY (SELECT * FROM caseflow.events WHERE log_id = 'grown' AND position <= \(events) ORDER BY position) TO STDOUT",
        ])
        return Double(events) / ((ContinuousClock.now - started) / .seconds(1))
    }

    /// Rebuilds in a process of its own, as an operator would. Seconds, and the peak of its resident memory in MB.
    private func rebuild(_ server: BenchServer) async throws -> (seconds: Double, megabytes: Int) {
        let process = Process()
        let program = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        process.executableURL = program.appendingPathComponent("caseflowd")
        process.arguments = ["projection", "rebuild", "case-compliance", "--log", "grown", "--quiet"]
        process.environment = ProcessInfo.processInfo.environment.merging([
            "CASEFLOW_DATABASE_URL": server.connectionString("grown")
        ]) { $1 }
        process.standardOutput = FileHandle.nullDevice
        let started = ContinuousClock.now
        try process.run()
        var peak = 0
        while process.isRunning {
            let status =
                (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)) ?? ""
            let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
            peak = max(peak, line?.split(separator: " ").compactMap { Int($0) }.first ?? 0)
            try await Task.sleep(for: .milliseconds(20))
        }
        let seconds = (ContinuousClock.now - started) / .seconds(1)
        guard process.terminationStatus == 0 else { throw BenchFailure("caseflowd projection rebuild failed") }
        return (seconds, peak / 1024)
    }
}
