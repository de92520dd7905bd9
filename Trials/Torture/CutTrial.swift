import CaseFlowServer
import EventStore
import Foundation
import PostgresClient
import PrivatePostgres
import Synchronization

/// The line to PostgreSQL is cut at random bytes: in the middle of appends, of projection batches, of COPY in both
/// directions. Everything is carried through or fails as a whole.
struct CutTrial: Trial {
    static let name = "cut"
    static let abstract = "The connection is cut at random bytes: in appends, projection batches, COPY in and out."

    func run(_ conditions: Conditions, _ tally: Tally) async throws {
        try await withStand(in: conditions.directory) { stand in
            let workload = Workload(seed: conditions.seed, hot: 20)
            let direct = try stand.eventLog()
            try await direct.open(workload)
            let place = conditions.directory + "/proxy"
            try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
            let proxy = try CuttingProxy(
                in: place,
                to: stand.endpoint.socketDirectory,
                port: stand.endpoint.port,
                seed: conditions.seed
            )
            try await appends(stand, proxy, workload, conditions, tally)
            try await projections(stand, proxy, direct, conditions, tally)
            try await copyOut(stand, proxy, conditions, tally)
            try await copyIn(stand, proxy, conditions, tally)
            proxy.close()
            let quiet = try await wait(atMost: .seconds(10)) {
                try await stand.number("SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'") == 0
            }
            tally.expect(quiet, "a cut session still holds a transaction")
            if conditions.sabotage { try await stand.removeAnEvent() }
            let judgement = Judgement(log: direct, workload: workload, tally: tally)
            try await judgement.pass(acks: AckBook.all(in: conditions.directory, writers: 0..<16))
            await direct.close()
        }
    }

    private func counting(
        _ name: String,
        after bytes: Int,
        _ proxy: CuttingProxy,
        _ tally: Tally,
        _ body: () async throws -> Void
    )
        async throws
    {
        let before = proxy.cuts
        proxy.cut(after: bytes)
        try await body()
        tally.count("cuts in \(name)", proxy.cuts - before)
        tally.expect(proxy.cuts > before, "nothing was cut in \(name): nothing was proved")
    }

    private func appends(
        _ stand: Stand,
        _ proxy: CuttingProxy,
        _ workload: Workload,
        _ conditions: Conditions,
        _ tally: Tally
    ) async throws {
        let goal = proxy.cuts + conditions.pick(short: 15, long: 300)
        try await counting("appends", after: 300_000, proxy, tally) {
            let log = try stand.eventLog(host: proxy.directory)
            let deadline = ContinuousClock.now + .seconds(180)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<16 {
                    group.addTask {
                        var book = try AckBook(in: conditions.directory, writer: writer)
                        while proxy.cuts < goal || book.next < 20, ContinuousClock.now < deadline {
                            try book.acknowledge(await log.persist(workload.request(writer: writer, number: book.next)))
                        }
                    }
                }
                for try await _ in group {}
            }
            await log.close()
        }
    }

    private func projections(
        _ stand: Stand,
        _ proxy: CuttingProxy,
        _ direct: EventLog,
        _ conditions: Conditions,
        _ tally: Tally
    ) async throws {
        let goal = proxy.cuts + conditions.pick(short: 4, long: 60)
        try await counting("projection batches", after: 2_000_000, proxy, tally) {
            let log = try stand.eventLog(host: proxy.directory)
            let end = try await direct.head()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await Projections.run(log) }
                let done = try await wait(atMost: .seconds(120)) {
                    try await direct.projectionStatus().filter { $0.checkpoint >= end }.count == 2
                }
                tally.expect(done, "the projections did not come through the cuts")
                group.cancelAll()
                while let result = await group.nextResult() {
                    if case .failure(let error) = result, !(error is CancellationError) {
                        tally.fault("a runner has ended: \(words(for: error))")
                    }
                }
            }
            // A rebuild that is cut goes on where it stopped when it is asked for again.
            for projection in Projections.all {
                try await untilThrough(tally) {
                    try await ProjectionRunner(projection, on: log).rebuild(batchSize: 200)
                }
            }
            while proxy.cuts < goal {
                try await untilThrough(tally) {
                    try await ProjectionRunner(Projections.all[0], on: log).rebuild(batchSize: 200)
                }
            }
            await log.close()
        }
    }

    private func copyOut(_ stand: Stand, _ proxy: CuttingProxy, _ conditions: Conditions, _ tally: Tally) async throws {
        let goal = proxy.cuts + conditions.pick(short: 5, long: 50)
        // A verification reads every event about twice over one line; half of the lines live long enough for it.
        let stored = try await stand.number("SELECT sum(octet_length(data::text) + 500)::bigint FROM caseflow.events")
        let size = 12 * stored
        try await counting("COPY out", after: size, proxy, tally) {
            let log = try stand.eventLog(host: proxy.directory)
            while proxy.cuts < goal {
                try await untilThrough(tally) {
                    let verdict = try await LogVerifier(log).verify()
                    tally.expect(verdict.isSound, "a cut COPY was taken for damage: \(verdict)")
                    tally.count("verified through the proxy")
                }
            }
            await log.close()
        }
    }

    private func copyIn(_ stand: Stand, _ proxy: CuttingProxy, _ conditions: Conditions, _ tally: Tally) async throws {
        try await stand.script("CREATE TABLE public.copied (round bigint, number bigint)")
        let goal = proxy.cuts + conditions.pick(short: 8, long: 80)
        let rows = 20_000
        try await counting("COPY in", after: 2_000_000, proxy, tally) {
            let configuration = stand.configuration(as: PrivateCluster.superuser, host: proxy.directory)
            var round = 0
            while proxy.cuts < goal {
                round += 1
                let number = round
                var told: Int?
                do {
                    let connection = try await PostgresConnection.connect(configuration)
                    defer { Task { await connection.close() } }
                    told = try await connection.transaction { transaction in
                        try await transaction.copyIn("COPY public.copied FROM STDIN (FORMAT binary)") { copy in
                            for row in 0..<rows { try await copy.row([Int64(number), Int64(row)]) }
                        }
                    }
                } catch let error as PostgresError {
                    tally.expect(error.isTransient, "a cut COPY fails with: \(words(for: error))")
                }
                // The server may still be busy with a commit whose answer was cut off.
                try await Task.sleep(for: .milliseconds(20))
                let stored = try await stand.number("SELECT count(*) FROM public.copied WHERE round = \(number)")
                tally.expect(stored == 0 || stored == rows, "COPY \(number) is half there: \(stored) of \(rows)")
                if told != nil { tally.expect(stored == rows, "COPY \(number) was told stored, and is not") }
            }
            tally.count("COPY in tried", round)
        }
    }

    /// Repeats what a cut has ended; only errors that say that trying again helps are allowed.
    private func untilThrough(_ tally: Tally, _ body: () async throws -> Void) async throws {
        var last = ""
        for _ in 0..<500 {
            do {
                return try await body()
            } catch let error as PostgresError {
                tally.expect(error.isTransient, "a cut is told as: \(words(for: error))")
                tally.count("begun again")
                last = words(for: error)
                try await Task.sleep(for: .milliseconds(5))
            }
        }
        throw TrialBroken("it does not come through in 500 tries, the last: \(last)")
    }
}
