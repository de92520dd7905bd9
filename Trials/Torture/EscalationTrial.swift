import CaseFlow
import CaseFlowServer
import EventStore
import Foundation
import PostgresClient
import PrivatePostgres
import RungOracle

/// Workers that are killed at random while months pass in minutes, and a server that is killed in the midst of it: each rung
/// that was due is raised exactly once, none early, none missing, in order, as a slow oracle finds that reads nothing but
/// the events.
struct EscalationTrial: Trial {
    static let name = "escalation"
    static let abstract = "kill -9 of three workers every few seconds and of the server once, while months pass."

    func run(_ conditions: Conditions, _ tally: Tally) async throws {
        let cases = conditions.rounds ?? conditions.pick(short: 400, long: 100_000)
        let length: Duration = conditions.pick(short: .seconds(12), long: .seconds(300))
        let settings = conditions.pick(
            short: [:],
            long: ["shared_buffers": "2GB", "max_wal_size": "4GB", "effective_cache_size": "8GB"]
        )
        try await withStand(in: conditions.directory, settings: settings, isSimulation: true) { stand in
            let town = try EscalationTown(stand, seed: conditions.seed, cases: cases)
            let began = ContinuousClock.now
            try await town.receiveAll()
            tally.count("cases", cases)
            say("\(Self.name): \(cases) cases received and in the read tables after \(Self.seconds(since: began)) s")
            let clock = FastClock(
                from: try town.morning(EscalationTown.intakeDays),
                to: try town.morning(EscalationTown.intakeDays + EscalationTown.watchedDays),
                in: length
            )
            let file = conditions.directory + "/clock.json"
            try clock.write(to: file)
            var settings = EventLog.Settings()
            settings.clock = clock.recording
            let log = try stand.eventLog(settings: settings)
            let acts = Task {
                try await town.work(
                    on: log,
                    pausing: conditions.pick(short: 5...40, long: 5...40),
                    amendments: conditions.pick(short: 2, long: 6)
                )
            }
            let workers = try await harm(stand, file, clock, conditions, tally)
            let (done, refused) = try await acts.value
            tally.count("acts", done)
            tally.count("acts refused", refused)
            tally.count("simulated days", EscalationTown.watchedDays)
            try await finish(workers, log, tally)
            if conditions.sabotage { try await Self.sabotage(stand) }
            try await judge(log, town, clock, length, tally)
            await log.close()
        }
    }

    private static func seconds(since start: ContinuousClock.Instant) -> Int {
        Int((ContinuousClock.now - start) / .seconds(1))
    }

    // MARK: Harm

    /// Kills a worker every few seconds, and once the server, until the clock stands still. Returns the workers that live.
    private func harm(
        _ stand: Stand,
        _ file: String,
        _ clock: FastClock,
        _ conditions: Conditions,
        _ tally: Tally
    ) async throws -> [Child] {
        var dice = Dice(conditions.seed &+ 1)
        var started = 3
        func start() throws -> Child {
            started += 1
            return try WorkerProcess.start(stand, number: started, clock: file, in: conditions.directory)
        }
        var workers = [try start(), try start(), try start()]
        let half = Timestamp(microseconds: clock.begins + (clock.ends - clock.begins) / 2)
        var hasKilledServer = false
        while clock.now.microseconds < clock.ends {
            try await Task.sleep(for: dice.milliseconds(conditions.pick(short: 700...2000, long: 1000...5000)))
            if !hasKilledServer, clock.now > half {
                hasKilledServer = true
                try stand.killServer()
                try await Task.sleep(for: .seconds(1))
                _ = try await stand.cluster.start()
                tally.count("server killed")
                continue
            }
            let place = Int.random(in: 0..<workers.count, using: &dice)
            let worker = workers[place]
            tally.expect(worker.isRunning, "a worker has ended: \(worker.text.suffix(500))")
            try await worker.destroy()
            workers[place] = try start()
            tally.count("workers killed")
        }
        return workers
    }

    /// Time stands still now: waits until nothing is due, and ends the workers, who must do so by themselves.
    private func finish(_ workers: [Child], _ log: EventLog, _ tally: Tally) async throws {
        let began = ContinuousClock.now
        var last = ""
        var changed = ContinuousClock.now
        while true {
            let status = try await WorkStatus.of(log)
            if status.due == 0, status.lagEvents == 0 { break }
            let told = "\(status.due) due, lag \(status.lagEvents)"
            if told != last { (last, changed) = (told, .now) }
            if ContinuousClock.now - changed > .seconds(120) {
                let complaint = workers.map(\.text).joined().suffix(500)
                throw TrialBroken("nothing moves any more: \(told); the workers say: \(complaint)")
            }
            try await Task.sleep(for: .milliseconds(500))
        }
        tally.count("seconds until nothing was due", Self.seconds(since: began))
        for worker in workers {
            worker.signal(SIGTERM)
            let end = try await worker.wait(atMost: .seconds(60))
            tally.expect(end == .exited(0), "a worker told to end ended with \(end): \(worker.text.suffix(500))")
        }
        let parked = try await ParkedRung.all(of: log)
        tally.expect(
            parked.isEmpty,
            "\(parked.count) rungs are set aside, such as: \(parked.first.map { "\($0)" } ?? "")"
        )
    }

    // MARK: Judgement

    private func judge(
        _ log: EventLog,
        _ town: EscalationTown,
        _ clock: FastClock,
        _ length: Duration,
        _ tally: Tally
    ) async throws {
        let began = ContinuousClock.now
        // What was recorded within two real seconds of an amendment may rest on the calendar before.
        let slack = Int64(Double(clock.ends - clock.begins) * 2 / (length / .seconds(1)))
        let oracle = try RungOracle(
            log,
            rules: town.rules,
            calendars: try await CalendarBook.load(log, zone: EscalationTown.zone),
            zone: EscalationTown.zone,
            now: clock.now,
            slack: slack
        )
        try await withThrowingTaskGroup(of: RungOracle.Verdict.self) { group in
            for index in 0..<town.cases {
                if index >= 6, let verdict = try await group.next() { Self.count(verdict, tally) }
                group.addTask { try await oracle.judge(town.number(index).stream(in: log.id)) }
            }
            for try await verdict in group { Self.count(verdict, tally) }
        }
        tally.count("seconds of the oracle", Self.seconds(since: began))
        tally.expect(tally["rungs"] > town.cases, "only \(tally["rungs"]) rungs were raised: nothing was proved")
        let beside = tally["beside amendments"]
        tally.expect(beside * 10 <= tally["rungs"], "\(beside) rungs rest on a calendar that was amended just then")
        try await Judgement(log: log, workload: Workload(seed: 0, hot: 0), tally: tally).soundness()
    }

    private static func count(_ verdict: RungOracle.Verdict, _ tally: Tally) {
        tally.count("rungs", verdict.rungs)
        tally.count("beside amendments", verdict.besideAmendments)
        for fault in verdict.faults { tally.fault(fault) }
    }

    /// Takes a rung away that was raised: the oracle must miss it.
    private static func sabotage(_ stand: Stand) async throws {
        try await stand.script(
            """
            ALTER TABLE caseflow.events DISABLE TRIGGER ALL;
            DELETE FROM caseflow.events WHERE position = (
                SELECT max(position) FROM caseflow.events WHERE type = 'card.raised/1');
            ALTER TABLE caseflow.events ENABLE ALWAYS TRIGGER events_append_only;
            """
        )
    }
}
