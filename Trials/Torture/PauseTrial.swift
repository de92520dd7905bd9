import EventStore
import Foundation
import Glibc

/// A daemon is stopped (SIGSTOP) while it appends and projects, another goes on, and the first wakes up with old
/// knowledge: a zombie. Nothing is lost or doubled, its checkpoint write is refused, and it does not hold up the other.
struct PauseTrial: Trial {
    static let name = "pause"
    static let abstract =
        "SIGSTOP of a daemon in the middle of appends and of a projection batch; another goes on; SIGCONT."
    private static let other = 8..<16

    func run(_ conditions: Conditions, _ tally: Tally) async throws {
        try await withStand(in: conditions.directory) { stand in
            let workload = Workload(seed: conditions.seed, hot: 20)
            let daemons = Daemons(stand: stand, conditions: conditions, workload: workload)
            let log = try stand.eventLog()
            try await log.open(workload)
            let watch = try await CheckpointWatch(stand)
            let zombie = try daemons.start("zombie", writers: 0..<8)
            let other = try daemons.start("other", writers: Self.other)
            try await Task.sleep(for: .seconds(1))

            for inBatch in conditions.pick(short: [false, true], long: [false, true, false, true]) {
                let caught = try await stop(zombie, inBatch: inBatch, stand)
                tally.count(inBatch ? "stopped in a batch" : "stopped elsewhere", caught ? 1 : 0)
                if inBatch, !caught {
                    tally.fault("the daemon could not be caught within a projection batch: nothing proved")
                }
                let before = try await standing(stand, conditions)
                let refused = try await watch.zombieRefusals
                let length: Duration = conditions.pick(short: .seconds(5), long: .seconds(30))
                try await Task.sleep(for: length)
                if inBatch {
                    // Its session holds the checkpoint's row; the server ends such a session after thirty seconds.
                    let moved = try await wait(atMost: .seconds(40)) {
                        try await standing(stand, conditions).checkpoint > before.checkpoint
                    }
                    tally.expect(moved, "a stopped daemon holds up the projections of the other")
                }
                let after = try await standing(stand, conditions)
                tally.expect(after.acks > before.acks, "the other daemon could not append while one was stopped")
                if !inBatch {
                    tally.expect(after.checkpoint > before.checkpoint, "the other daemon's projections stood still")
                }
                zombie.signal(SIGCONT)
                if !inBatch {
                    let seen = try await wait(atMost: .seconds(10)) { try await watch.zombieRefusals > refused }
                    tally.expect(seen, "no checkpoint write of the zombie was refused: nothing was proved")
                }
                try await Task.sleep(for: .milliseconds(500))
            }
            try await daemons.finish([zombie, other], tally)
            try await watch.judge(tally)
            if conditions.sabotage { try await stand.removeAnEvent() }
            let judgement = Judgement(log: log, workload: workload, tally: tally)
            try await judgement.pass(acks: AckBook.all(in: conditions.directory, writers: 0..<16))
            await log.close()
        }
    }

    /// Stops the daemon where it is wanted: with a projection's transaction open, or with none.
    private func stop(_ zombie: Child, inBatch: Bool, _ stand: Stand) async throws -> Bool {
        for _ in 0..<2000 {
            zombie.signal(SIGSTOP)
            // What was sent is answered first; a session is then either within a transaction or not.
            try await Task.sleep(for: .milliseconds(3))
            let open = try await stand.number(
                """
                SELECT count(*) FROM pg_stat_activity WHERE application_name = 'zombie'
                   AND (state = 'idle in transaction' OR state = 'active')
                """
            )
            let holding = try await stand.number(
                """
                SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
                 WHERE a.application_name = 'zombie' AND a.state = 'idle in transaction'
                   AND l.relation = 'caseflow.projections'::regclass AND l.mode = 'RowExclusiveLock'
                """
            )
            if inBatch ? holding > 0 : open == 0 { return true }
            zombie.signal(SIGCONT)
            try await Task.sleep(for: .milliseconds(Int.random(in: 1...9)))
        }
        zombie.signal(SIGSTOP)
        return false
    }

    private func standing(_ stand: Stand, _ conditions: Conditions) async throws -> (acks: Int, checkpoint: Int) {
        let checkpoint = try await stand.number("SELECT min(checkpoint) FROM caseflow.projections WHERE state = 'live'")
        return (AckBook.size(in: conditions.directory, writers: Self.other), checkpoint)
    }
}
