import ArgumentParser
import CaseFlow
import CaseFlowServer
import EventStore
import Foundation
import PostgresClient
import WorkingTime

/// The bars of the worker: what a sweep costs when nothing is due, and how fast rungs are raised that are due at once.
struct EscalationBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "escalation",
        abstract: "A sweep over a million clocks of which none is due, and ten thousand rungs due at the same minute."
    )

    @Flag(help: "Answer in JSON.")
    var json = false

    @Option(help: "Clocks that run while nothing is due.")
    var clocks = 1_000_000

    @Option(help: "Rungs that are due at once.")
    var rungs = 10_000

    func run() async throws {
        let server = try await BenchServer.start(["shared_buffers": "2GB", "max_wal_size": "8GB"])
        do {
            var measurements = try await idle(server)
            measurements += try await due(server)
            try await server.remove()
            try Measurement.print(measurements, json: json)
        } catch {
            try? await server.remove()
            throw error
        }
    }

    // MARK: Nothing due

    private func idle(_ server: BenchServer) async throws -> [Measurement] {
        var buffers: [Double] = []
        for (name, rows) in [("few", 1000), ("many", clocks)] {
            try await server.database(name)
            let log = try await server.log("county", in: name)
            let connection = try await PostgresConnection.connect(server.configuration(name))
            try await connection.script(
                """
                INSERT INTO caseflow.projections (log_id, name, generation, code_version, state, updated_at)
                VALUES ('county', 'case-clocks', 1, 1, 'live', now());
                INSERT INTO caseflow.case_rungs (log_id, generation, stream, clock, ordinal, rung, lapse, level, due_at,
                       not_before, raised, version, position, head_leaf, recorded_at)
                SELECT 'county', 1, 'case/' || md5(i::text)::uuid, 'decision', 1, 'remind', '', 1,
                       date_trunc('day', now()) + (1 + i % 30) * interval '1 day', now(), '{}', 3, i,
                       decode(repeat('00', 32), 'hex'), now()
                  FROM generate_series(1, \(rows)) i
                """
            )
            try await connection.query("VACUUM ANALYZE caseflow.case_rungs", prepare: false)
            await connection.close()
            guard let plan = try await EscalationWorker.plan(of: log, now: RecordingClock.system.now()) else {
                throw BenchFailure("no clocks are there")
            }
            await log.close()
            buffers.append(Double(Self.buffers(plan)))
        }
        return [
            Measurement(
                "2 idle sweep",
                ours: [buffers[1]],
                peer: [buffers[0]],
                unit: "buffers",
                wanted: 2.5,
                atLeast: false,
                note: "peer: \(1000) clocks; pages of 8 KiB that one sweep reads over \(clocks) clocks, "
                    + "two descents of one index"
            )
        ]
    }

    /// The pages that both statements touch: the top line of each plan counts what lies below it.
    private static func buffers(_ plan: [String]) -> Int {
        var sum = 0
        var isTop = true
        for line in plan {
            if line.hasPrefix("Limit") || line.hasPrefix("Sort") || line.hasPrefix("Nested") { isTop = true }
            guard isTop, line.contains("Buffers: shared") else { continue }
            sum += line.matches(of: /(?:hit|read)=(\d+)/).compactMap { Int($0.1) }.reduce(0, +)
            isTop = false
        }
        return sum
    }

    // MARK: Many due

    private func due(_ server: BenchServer) async throws -> [Measurement] {
        try await server.database("due")
        let clock = SimulatedClock(try Self.morning("2026-03-02"))
        let log = try await server.log("due", in: "due", clock: clock.recording)
        try await receive(log, clock)
        try await Projections.catchUp(log)
        let connection = try await PostgresConnection.connect(server.configuration("due"))
        try await connection.query("VACUUM ANALYZE", prepare: false)
        await connection.close()
        var (alone, beside, bare): ([Double], [Double], [Double]) = ([], [], [])
        // Ten working days from 2 March, and twenty: on each of these days one rung is due of each case.
        let days = ["2026-03-09", "2026-03-13", "2026-03-16", "2026-03-17", "2026-03-19", "2026-03-23"]
        for (round, day) in days.enumerated() {
            if round % 2 == 0 {
                bare.append(try await Writers(log: log, clock: clock.recording).append(rungs, round: round))
                try await Projections.catchUp(log)
            }
            clock.set(try Self.morning(day))
            let rate = try await raise(log, keepsTables: round % 2 == 1)
            if round % 2 == 0 { alone.append(rate) } else { beside.append(rate) }
            try await Projections.catchUp(log)
        }
        await log.close()
        func measurement(_ bar: String, _ rates: [Double], _ note: String) -> Measurement {
            Measurement(
                bar,
                ours: rates,
                peer: bare,
                unit: "a second",
                wanted: 0.3,
                note:
                    "peer: bare appends, one event each, \(rungs) streams; \(rungs) rungs of one minute until the last is "
                    + "stored, one worker; \(note)"
            )
        }
        return [
            measurement("2 rungs due at once", alone, "the read tables follow afterwards"),
            measurement("2 the same, tables kept meanwhile", beside, "all read tables are kept by the same process"),
        ]
    }

    private static func morning(_ day: String) throws -> Timestamp {
        guard let six = SimulatedClock.start(of: try CivilDate(day), in: zone) else { throw BenchFailure(day) }
        return six.advanced(byMicroseconds: 3 * 3_600_000_000)
    }

    private static let zone = TimeZone(identifier: "Asia/Shanghai") ?? .gmt

    /// Cases that are received and accepted on the same day, with the same promise.
    private func receive(_ log: EventLog, _ clock: SimulatedClock) async throws {
        let rules = try RulePackLibrary.pack(RulePackLibrary.standard)
        let desk = CaseDesk(log, zone: Self.zone, calendars: try await CalendarBook.load(log, zone: Self.zone))
        let pin = Case.RulePin(rules, item: "i", promise: Limit(10, .workingDays))
        guard let at = ZonedTime(microsecondsSinceEpoch: clock.now.microseconds, offsetSeconds: 28_800) else {
            throw BenchFailure("the morning cannot be written")
        }
        @Sendable func act() -> CaseDesk.Act {
            CaseDesk.Act(at: at, now: clock.now, actor: Actor(trusted: "officer/1"), request: UUID())
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<rungs {
                if index >= 64 { try await group.next() }
                group.addTask {
                    let number = CaseNumber(trusted: "N-\(index)")
                    _ = try await desk.open(number, attributes: [], under: pin, act())
                    _ = try await desk.record(.accepted(isDeemed: false), of: number.rawValue, act())
                }
            }
            try await group.waitForAll()
        }
    }

    /// A worker at work until all that is due has been raised: rungs a second, from the moment at which it looks.
    private func raise(_ log: EventLog, keepsTables: Bool) async throws -> Double {
        let worker = EscalationWorker(log, zone: Self.zone)
        let tables = Task { if keepsTables { try await Projections.run(log) } }
        let started = ContinuousClock.now
        let working = Task { try await worker.run() }
        while await worker.tally.raised < rungs {
            if ContinuousClock.now - started > .seconds(300) {
                throw BenchFailure("only \(await worker.tally.raised) rungs were raised in five minutes")
            }
            try await Task.sleep(for: .milliseconds(5))
        }
        let seconds = (ContinuousClock.now - started) / .seconds(1)
        worker.stop()
        try await working.value
        tables.cancel()
        do { try await tables.value } catch is CancellationError {
            // As it was told to.
        }
        return Double(rungs) / seconds
    }
}
