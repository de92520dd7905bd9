import EventStore
import Foundation
import PrivatePostgres

/// kill -9 of the daemon and of PostgreSQL in turn, under sixteen writers: what was acknowledged is there, once, in its
/// place, and everything goes on by itself.
struct KillTrial: Trial {
    static let name = "kill"
    static let abstract = "kill -9 of the daemon and of PostgreSQL in turn, under 16 writers."
    private static let writers = 0..<16

    func run(_ conditions: Conditions, _ tally: Tally) async throws {
        let rounds = conditions.rounds ?? conditions.pick(short: 6, long: 50)
        try await withStand(in: conditions.directory) { stand in
            let workload = Workload(seed: conditions.seed, hot: 20)
            let daemons = Daemons(stand: stand, conditions: conditions, workload: workload)
            let log = try stand.eventLog()
            try await log.open(workload)
            var dice = Dice(conditions.seed)
            var daemon = try daemons.start("daemon", writers: Self.writers)
            for round in 1...rounds {
                try await underLoad(conditions, tally, round, daemon)
                try await Task.sleep(for: dice.milliseconds(conditions.pick(short: 100...700, long: 200...1500)))
                if round % 2 == 1 {
                    try await daemon.destroy()
                    daemon = try daemons.start("daemon", writers: Self.writers)
                    tally.count("daemon killed")
                } else {
                    try stand.killServer()
                    let started = ContinuousClock.now
                    _ = try await stand.cluster.start()
                    tally.count("ms of recovery", Int((ContinuousClock.now - started) / .milliseconds(1)))
                    tally.count("server killed")
                }
                tally.expect(daemon.isRunning, "round \(round): the daemon has ended: \(daemon.text.suffix(500))")
            }
            try await underLoad(conditions, tally, rounds + 1, daemon)
            try await daemons.finish([daemon], tally)
            if conditions.sabotage { try await stand.removeAnEvent() }
            let judgement = Judgement(log: log, workload: workload, tally: tally)
            var forging: (() async throws -> Void)?
            if conditions.sabotage { forging = { try await stand.forgeARow() } }
            let acks = try AckBook.all(in: conditions.directory, writers: Self.writers)
            try await judgement.pass(acks: acks, sabotage: forging)
            await log.close()
        }
    }

    /// The next blow falls only when the writers work again, without anybody having done anything for it.
    private func underLoad(_ conditions: Conditions, _ tally: Tally, _ round: Int, _ daemon: Child) async throws {
        let before = AckBook.size(in: conditions.directory, writers: Self.writers)
        let works = try await wait(atMost: .seconds(60)) {
            AckBook.size(in: conditions.directory, writers: Self.writers) > before + 500
        }
        if !works {
            throw TrialBroken("before round \(round) nothing is acknowledged any more: \(daemon.text.suffix(500))")
        }
    }
}
