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
            if json {
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
                return print(String(decoding: try encoder.encode(measurements), as: UTF8.self))
            }
            print(Measurement.header)
            for measurement in measurements { print(measurement.line) }
        } catch {
            try? await server.remove()
            throw error
        }
    }

    private func say(_ line: String) {
        if !json { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
    }

    private func measure(_ server: BenchServer) async throws -> [Measurement] {
        say("playing \(played) cases")
        let logs = try await PastLogs(server, played: played, profile: profile)
        var results: [WhatIfOnce.Result] = []
        for count in [cases / 10, cases] {
            say("copying \(count) cases")
            let events = try await logs.fill("cases-\(count)", cases: count)
            say("replaying \(count) cases, \(events) events")
            results.append(try replay(server, "cases-\(count)"))
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

    private func replay(_ server: BenchServer, _ log: String) throws -> WhatIfOnce.Result {
        let process = Process()
        process.executableURL = Bundle.main.executableURL
        process.arguments = [
            "whatif-once", "--database", server.connectionString(PastLogs.database), "--log", log,
        ]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw BenchFailure("the replay of \(log) failed") }
        return try JSONDecoder().decode(WhatIfOnce.Result.self, from: data)
    }
}

/// Logs of past cases: real ones of a town that was played, copied under other names by SQL. Hashes are copied, too; no
/// replay looks at them.
private struct PastLogs {
    static let database = "whatif"
    private let server: BenchServer
    private let played: Int

    init(_ server: BenchServer, played: Int, profile: String) async throws {
        (self.server, self.played) = (server, played)
        try await server.database(Self.database)
        let town = try SimulatedTown.read(profile)
        let options = TownSimulation.Options(from: try CivilDate("2026-03-02"), days: 60, seed: 1, cases: played)
        let clock = try town.clock(from: options.from)
        let log = try await SimulatedTown.log(
            try LogID("model"),
            work: server.configuration(Self.database, "caseflow_app"),
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
        try await simulation.run()
        await log.close()
    }

    /// A log with so many cases; returns how many events they have. A copy's names lie together, as those of cases that came
    /// in at the same time do.
    func fill(_ name: String, cases: Int) async throws -> Int {
        let log = try await server.log(name, in: Self.database)
        await log.close()
        let admin = try await PostgresConnection.connect(server.configuration(Self.database))
        try await admin.script(
            """
            SET synchronous_commit = off;
            CREATE TEMP TABLE ranked AS
                SELECT stream, row_number() OVER (ORDER BY stream) AS rank FROM caseflow.streams
                 WHERE log_id = 'model' AND stream LIKE 'case/%';
            CREATE TEMP TABLE model AS
                SELECT r.rank, row_number() OVER (ORDER BY e.position) AS place, e.*
                  FROM caseflow.events e JOIN ranked r USING (stream) WHERE e.log_id = 'model';
            ANALYZE model
            """
        )
        let counted = try await admin.query("SELECT count(*), max(rank) FROM model", prepare: false)[0]
        let (events, ranks) = (try counted.decode(0, as: Int.self), try counted.decode(1, as: Int.self))
        guard ranks > 0 else { throw BenchFailure("no case was played") }
        let copies = (cases + ranks - 1) / ranks
        for first in stride(from: 0, to: copies, by: 50) {
            try await admin.script(
                """
                INSERT INTO caseflow.events (log_id, position, stream, version, type, effective_at, recorded_at, actor, data,
                       metadata, leaf)
                SELECT '\(name)', k::bigint * \(events) + m.place,
                       'case/' || lpad(to_hex(k), 8, '0') || '-' || left(md5(m.stream || k), 27), m.version, m.type,
                       m.effective_at, m.recorded_at, m.actor, m.data, m.metadata, m.leaf
                  FROM generate_series(\(first), \(min(first + 49, copies - 1))) k CROSS JOIN model m
                 WHERE k::bigint * \(ranks) + m.rank <= \(cases)
                 ORDER BY k, m.place
                """
            )
        }
        // The calendars, the network and the catalogue go along.
        try await admin.script(
            """
            INSERT INTO caseflow.events (log_id, position, stream, version, type, effective_at, recorded_at, actor, data,
                   metadata, leaf)
            SELECT '\(name)', \(copies) * \(events)::bigint + row_number() OVER (ORDER BY position), stream, version, type,
                   effective_at, recorded_at, actor, data, metadata, leaf
              FROM caseflow.events WHERE log_id = 'model' AND stream NOT LIKE 'case/%';
            INSERT INTO caseflow.streams (log_id, stream, version, head_leaf, recorded_at)
            SELECT DISTINCT ON (stream) log_id, stream, version, leaf, recorded_at FROM caseflow.events
             WHERE log_id = '\(name)' ORDER BY stream, version DESC;
            UPDATE caseflow.logs SET position = (SELECT max(position) FROM caseflow.events WHERE log_id = '\(name)')
             WHERE log_id = '\(name)';
            DROP TABLE model; DROP TABLE ranked
            """
        )
        try await admin.query("VACUUM ANALYZE caseflow.streams", prepare: false)
        try await admin.query("VACUUM ANALYZE caseflow.events", prepare: false)
        let stored = try await admin.query(
            "SELECT count(*) FROM caseflow.events WHERE log_id = $1 AND stream LIKE 'case/%'",
            [name],
            prepare: false
        )[0].decode(0, as: Int.self)
        await admin.close()
        return stored
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
