import ArgumentParser
import CaseFlow
import CaseFlowServer
import EventStore
import Foundation
import Logging
import PostgresClient
import WorkingTime

/// The bar of the simulation: a hundred times the cases in a hundred times the days cost at most 110 times as much, in the
/// same memory. Each is played by a process of its own; start-up (setting the town up) is left out.
///
/// The large one takes minutes, in which a machine's speed changes by half: every so often it is held, and the small one is
/// played, so that both know the same minutes.
struct SimulateBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Simulating 28,000 cases of a town against 280: time, and peak memory. Some minutes."
    )

    @Flag(help: "Answer in JSON.")
    var json = false

    @Option(help: "Cases of the small simulation, in 30 days.")
    var cases = 280

    @Option(help: "How many times as many in the large one, in so many times the days.")
    var times = 100

    @Option(help: "Seconds after which the large one is held and the small one is played; the median of those counts.")
    var every = 30

    @Option(help: "The town's profile.")
    var profile = "examples/townships/guanyi/profile.yaml"

    func run() async throws {
        let server = try await BenchServer.start()
        do {
            var small = [try await Played.start(self, server, "small0", cases, 30).result()]
            let running = try await Played.start(self, server, "large", cases * times, 30 * times)
            var held = Duration.zero
            while try await !running.ends(within: .seconds(every)) {
                guard running.process.suspend() else { break }
                let since = ContinuousClock.now
                small.append(try await Played.start(self, server, "small\(small.count)", cases, 30).result())
                held += ContinuousClock.now - since
                guard running.process.resume() else { throw BenchFailure("the large simulation cannot go on") }
            }
            var large = try running.result()
            large.seconds -= held / .seconds(1)
            try await server.remove()
            let measurements = [
                Measurement(
                    "4 simulating \(cases * times) cases",
                    ours: [large.seconds],
                    peer: [small.map(\.seconds).median],
                    unit: "s",
                    wanted: Double(times) * 1.1,
                    atLeast: false,
                    note: "peer: \(cases) cases, median of \(small.count); \(large.events) events, "
                        + "\(Int(Double(large.events) / large.seconds)) a second; start-up left out"
                ),
                Measurement(
                    "4 peak memory of it",
                    ours: [large.peak],
                    peer: [small.map(\.peak).median],
                    unit: "MB",
                    wanted: 1.5,
                    atLeast: false,
                    note: "peer: the same for \(cases) cases; resident memory of the process at its peak"
                ),
            ]
            try Measurement.print(measurements, json: json)
        } catch {
            try? await server.remove()
            throw error
        }
    }

    struct Once: Codable {
        var seconds: Double
        let peak: Double
        let events: Int64
    }

    /// A simulation in a process of its own.
    private struct Played {
        let process: Process
        private let output: Pipe
        private let cases: Int

        static func start(_ bench: SimulateBench, _ server: BenchServer, _ name: String, _ cases: Int, _ days: Int)
            async throws -> Played
        {
            try await server.database(name)
            let process = Process()
            process.executableURL = Bundle.main.executableURL
            process.arguments = [
                "simulate-once", "--database", server.connectionString(name), "--cases", String(cases), "--days",
                String(days), "--profile", bench.profile,
            ]
            let output = Pipe()
            process.standardOutput = output
            try process.run()
            return Played(process: process, output: output, cases: cases)
        }

        /// Whether it comes to its end in that time.
        func ends(within time: Duration) async throws -> Bool {
            let end = ContinuousClock.now + time
            while process.isRunning {
                if ContinuousClock.now >= end { return false }
                try await Task.sleep(for: .milliseconds(100))
            }
            return true
        }

        /// What it has said at its end. It says one short line, which a pipe holds.
        func result() throws -> Once {
            let data = output.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            guard process.terminationStatus == 0 else { throw BenchFailure("the simulation of \(cases) cases failed") }
            return try JSONDecoder().decode(Once.self, from: data)
        }
    }
}

/// Plays a town once and says what it took: run by `simulate`, in a process of its own.
struct SimulateOnce: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "simulate-once", shouldDisplay: false)

    @Option var database: String
    @Option var cases: Int
    @Option var days: Int
    @Option var profile: String

    func run() async throws {
        let town = try SimulatedTown.read(profile)
        // Calendars are published from 2015 on; so long a time lies before this year.
        let options = TownSimulation.Options(from: try CivilDate("2018-01-01"), days: days, seed: 1, cases: cases)
        let clock = try town.clock(from: options.from)
        let log = try await SimulatedTown.log(
            try LogID("bench"),
            work: PostgresConfiguration(connectionString: database).setting("role", "caseflow_app"),
            zone: town.profile.zone,
            clock: clock
        )
        let source = SimulatedSource(seed: 1, of: "vault")
        let simulation = try await TownSimulation(
            town.profile,
            network: town.network,
            catalogue: town.catalogue,
            on: log,
            vault: Vault(log, key: MasterKey(source.vault), random: source.vault, clock: clock.recording),
            clock: clock,
            options: options
        )
        let before = try await log.head()
        let began = ContinuousClock.now
        try await simulation.run()
        let took = ContinuousClock.now - began
        let events = try await log.head() - before
        await log.close()
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        let peak = line?.split(separator: " ").compactMap { Double($0) }.first ?? .nan
        let once = SimulateBench.Once(
            seconds: Double(took.components.seconds) + Double(took.components.attoseconds) / 1e18,
            peak: (peak / 1024 * 10).rounded() / 10,
            events: events
        )
        print(String(decoding: try JSONEncoder().encode(once), as: UTF8.self))
    }
}
