import ArgumentParser
import CaseFlow
import CaseFlowServer
import EventStore
import Foundation
import PostgresClient
import WorkingTime

/// The bar of what-if: ten times the past cases are replayed in the same memory. Each log is replayed by a process of its
/// own, as `caseflowd simulate rule --promise … --csv …` does it, with the list written to nowhere.
struct WhatIfBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "whatif",
        abstract: "What-if over 1,000,000 past cases against a tenth of them: peak memory, and cases a second."
    )

    @Flag(help: "Answer in JSON.")
    var json = false

    @Option(help: "Cases of the large log; the small one has a tenth. A million takes about 25 GB of disk.")
    var cases = 1_000_000

    @Option(help: "Cases of the town that is played first, and whose cases are copied under new names.")
    var played = 400

    @Option(help: "The town's profile.")
    var profile = "examples/townships/guanyi/profile.yaml"

    func validate() throws {
        if cases < 1000 { throw ValidationError("--cases: give 1000 or more") }
        if !(20...20_000).contains(played) { throw ValidationError("--played: give a number from 20 to 20000") }
    }

    func run() async throws {
        let server = try await BenchServer.start(["shared_buffers": "1GB", "max_wal_size": "8GB"])
        do {
            let measurements = try await measure(server)
            try await server.remove()
            try Measurement.print(measurements, json: json)
        } catch {
            try? await server.remove()
            throw error
        }
    }

    private func say(_ line: String) {
        if !json { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
    }

    private func measure(_ server: BenchServer) async throws -> [Measurement] {
        var results: [WhatIfOnce.Result] = []
        for (name, count) in [("few", cases / 10), ("many", cases)] {
            say("playing \(played) cases, and copying them until there are \(count)")
            let grown = try await GrownLog.make(
                server,
                database: name,
                cases: count,
                played: played,
                profile: profile
            )
            await grown.log.close()
            say("replaying \(count) cases, \(grown.events) events")
            results.append(try replay(server, name))
        }
        let (small, large) = (results[0], results[1])
        guard small.cases == cases / 10, large.cases == cases, large.notJudged == 0, large.turned > 0 else {
            throw BenchFailure(
                "\(large.cases) of \(cases) cases were replayed, \(large.notJudged) could not be judged, "
                    + "\(large.turned) turned: that measures nothing"
            )
        }
        func rate(_ result: WhatIfOnce.Result) -> Double { Double(result.cases) / result.seconds }
        return [
            Measurement(
                "6 what-if, peak memory",
                ours: [large.peak],
                peer: [small.peak],
                unit: "MB",
                wanted: 1.2,
                atLeast: false,
                note: "\(large.cases) cases, peer \(small.cases); resident memory of the process at its peak"
            ),
            Measurement(
                "6 what-if, rate",
                ours: [rate(large)],
                peer: [rate(small)],
                unit: "cases/s",
                wanted: 0.8,
                note: "\(large.cases) cases in \(Int(large.seconds)) s, peer \(small.cases); \(large.turned) turned"
            ),
        ]
    }

    private func replay(_ server: BenchServer, _ database: String) throws -> WhatIfOnce.Result {
        let process = Process()
        process.executableURL = Bundle.main.executableURL
        process.arguments = [
            "whatif-once", "--database", server.connectionString(database), "--log", GrownLog.name,
        ]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw BenchFailure("the replay of \(database) failed") }
        return try JSONDecoder().decode(WhatIfOnce.Result.self, from: data)
    }
}

/// Replays a log once and says what it took: run by `whatif`, in a process of its own.
struct WhatIfOnce: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "whatif-once", shouldDisplay: false)

    @Option var database: String
    @Option var log: String

    struct Result: Codable {
        let seconds: Double
        /// MB.
        let peak: Double
        let cases, notJudged, turned: Int
    }

    func run() async throws {
        let configuration = PostgresConfiguration(connectionString: database).setting("role", "caseflow_app")
        let eventLog = EventLog(try LogID(log), work: configuration)
        guard let zone = TimeZone(identifier: try await LogInformation.of(eventLog).timeZone) else {
            throw BenchFailure("the log's time zone is not known")
        }
        let (over, asOf) = (try DaySpan("2026"), try CivilDate("2026-06-30"))
        var change = RuleChange()
        for (code, entry) in try await CatalogueBook.load(eventLog).entries {
            guard entry.versions.last?.item.promise?.unit == .workingDays else { continue }
            change.promises[code.rawValue] = RuleChange.Promise("2")
        }
        let calendars = try await CalendarBook.load(eventLog, zone: zone)
        let question = try WhatIf(
            change,
            over: over,
            asOf: asOf,
            zone: zone,
            calendars: calendars
        )
        let began = ContinuousClock.now
        var bytes = 0
        let list = CSVWriter { bytes += $0.count }
        let answer = try await WhatIfReplay(eventLog, over: over, zone: zone)
            .run(question, now: RecordingClock.system.now(), changed: { try list.row($0.fields) })
        try list.end()
        let took = (ContinuousClock.now - began) / .seconds(1)
        await eventLog.close()
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        let peak = line?.split(separator: " ").compactMap { Double($0) }.first ?? .nan
        let result = Result(
            seconds: took,
            peak: (peak / 1024 * 10).rounded() / 10,
            cases: answer.cases,
            notJudged: answer.notJudged,
            turned: answer.total.turned
        )
        print(String(decoding: try JSONEncoder().encode(result), as: UTF8.self))
    }
}
