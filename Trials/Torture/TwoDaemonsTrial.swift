import EventStore
import Foundation

/// Two daemons on one log, on the same streams and the same projections, neither knowing of the other.
struct TwoDaemonsTrial: Trial {
    static let name = "two-daemons"
    static let abstract = "Two daemons write to the same streams and keep the same projections."

    func run(_ conditions: Conditions, _ tally: Tally) async throws {
        try await withStand(in: conditions.directory) { stand in
            let workload = Workload(seed: conditions.seed, hot: 20)
            let daemons = Daemons(stand: stand, conditions: conditions, workload: workload)
            let log = try stand.eventLog()
            try await log.open(workload)
            let pair = [
                try daemons.start("daemon-a", writers: 0..<12), try daemons.start("daemon-b", writers: 12..<24),
            ]
            try await Task.sleep(for: conditions.pick(short: .seconds(5), long: .seconds(45)))
            try await daemons.finish(pair, tally)
            for (half, writers) in [("a", 0..<12), ("b", 12..<24)] {
                let acks = try AckBook.all(in: conditions.directory, writers: writers)
                tally.count("requests of \(half)", acks.count)
                tally.expect(
                    acks.count > 100,
                    "daemon \(half) hardly wrote anything (\(acks.count)): nothing was proved"
                )
            }
            if conditions.sabotage { try await stand.removeAnEvent() }
            let judgement = Judgement(log: log, workload: workload, tally: tally)
            try await judgement.pass(acks: AckBook.all(in: conditions.directory, writers: 0..<24))
            await log.close()
        }
    }
}
