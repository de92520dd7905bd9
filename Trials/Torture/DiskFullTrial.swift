import CaseFlowServer
import EventStore
import Foundation
import Glibc
import PostgresClient
import PrivatePostgres

/// The disk runs full under sixteen writers: once where the events are, which PostgreSQL answers with an error, and
/// once where its journal (WAL) is, over which it panics. Callers get a clear error, nothing is stored by half,
/// and after there is room again everything goes on.
struct DiskFullTrial: Trial {
    static let name = "disk-full"
    static let abstract = "PostgreSQL's volume runs full (a small tmpfs; needs root) and is enlarged again."
    private static let writers = 0..<16

    func run(_ conditions: Conditions, _ tally: Tally) async throws {
        let volume = try Volume(conditions.directory + "/volume", megabytes: conditions.pick(short: 8, long: 64))
        defer { volume.remove() }
        try await withStand(in: conditions.directory) { stand in
            let place = volume.path + "/space"
            try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
            try stand.own(place)
            try await stand.script("CREATE TABLESPACE small LOCATION '\(place)'")
            try await stand.script("ALTER TABLE caseflow.events SET TABLESPACE small")
            try await fill(stand, volume, conditions, tally, name: "events")
        }
        try Self.clear(conditions)
        let small = try Volume(conditions.directory + "/journal", megabytes: conditions.pick(short: 40, long: 100))
        defer { small.remove() }
        // No checkpoint comes and frees old segments: the journal grows until there is no room for the next.
        let settings = ["max_wal_size": "4GB", "checkpoint_timeout": "1h"]
        try await withStand(in: conditions.directory, settings: settings) { stand in
            try await stand.cluster.stop()
            let journal = stand.endpoint.dataDirectory + "/pg_wal"
            try FileManager.default.moveItem(atPath: journal, toPath: small.path + "/pg_wal")
            try FileManager.default.createSymbolicLink(atPath: journal, withDestinationPath: small.path + "/pg_wal")
            for path in try FileManager.default.subpathsOfDirectory(atPath: small.path) {
                try stand.own(small.path + "/" + path)
            }
            _ = try await stand.cluster.start()
            try await fill(stand, small, conditions, tally, name: "journal")
        }
    }

    /// Each of the two parts has acknowledgements of its own.
    private static func clear(_ conditions: Conditions) throws {
        for writer in writers { try? FileManager.default.removeItem(atPath: conditions.directory + "/acks-\(writer)") }
    }

    private func fill(_ stand: Stand, _ volume: Volume, _ conditions: Conditions, _ tally: Tally, name: String)
        async throws
    {
        let workload = Workload(seed: conditions.seed, hot: 20)
        var settings = EventLog.Settings()
        settings.patience = .seconds(3)
        let log = try stand.eventLog(settings: settings)
        try await log.open(workload)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in Self.writers {
                group.addTask { try await write(writer, log, workload, conditions, tally, name) }
            }
            for try await _ in group {}
        }
        tally.expect(
            tally["told the disk is full (\(name))"] + tally["told it is away (\(name))"] > 0,
            "it never ran full"
        )
        if conditions.sabotage { try await stand.removeAnEvent() }
        let before = try? await stand.number("SELECT 1::bigint")
        if before == nil { tally.count("server down (\(name))") }
        try volume.resize(megabytes: 1024)
        // A server that has panicked and could not come up again is the one thing to be started.
        let endpoint = try await stand.cluster.start()
        if endpoint.startedNow { tally.count("server started again (\(name))") }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in Self.writers {
                group.addTask {
                    var book = try AckBook(in: conditions.directory, writer: writer)
                    for _ in 0..<20 {
                        try book.acknowledge(await log.persist(workload.request(writer: writer, number: book.next)))
                    }
                }
            }
            for try await _ in group {}
        }
        let judgement = Judgement(log: log, workload: workload, tally: tally)
        try await judgement.pass(acks: AckBook.all(in: conditions.directory, writers: Self.writers))
        await log.close()
    }

    /// Writes until it is told, in a form that a person understands, that it cannot go on.
    private func write(
        _ writer: Int,
        _ log: EventLog,
        _ workload: Workload,
        _ conditions: Conditions,
        _ tally: Tally,
        _ name: String
    ) async throws {
        var book = try AckBook(in: conditions.directory, writer: writer)
        // Fills the disk faster than small events do.
        let ballast = [UInt8](repeating: UInt8(ascii: "x"), count: 30_000)
        let deadline = ContinuousClock.now + .seconds(120)
        var number = 0
        while ContinuousClock.now < deadline {
            do {
                try book.acknowledge(await log.append(workload.request(writer: writer, number: book.next)))
                number += 1
                _ = try await log.append(Self.heavy(workload, writer, number, ballast))
            } catch AppendError.refused(let why) {
                let clear = why.contains("disk is full") && !why.contains("PL/pgSQL")
                tally.expect(clear, "a full disk is told as: \(why)")
                return tally.count("told the disk is full (\(name))")
            } catch AppendError.unavailable(let sent, let reason) {
                tally.expect(!reason.isEmpty, "away without a reason (sent: \(sent))")
                return tally.count("told it is away (\(name))")
            }
        }
        throw TrialBroken("the disk does not run full")
    }

    /// Random bytes, so that nothing compresses; on a stream of its own, which the judgement of the cases leaves alone.
    private static func heavy(_ workload: Workload, _ writer: Int, _ number: Int, _ ballast: [UInt8]) throws
        -> AppendRequest
    {
        var request = workload.request(writer: writer, number: 1_000_000 + number)
        var dice = Dice(workload.seed &+ UInt64(writer * 1_000_003 + number))
        let text = ballast.map { _ in UInt8.random(in: 97...122, using: &dice) }
        let event = NewEvent(
            type: "trial.ballast/1",
            effectiveAt: RecordingClock.system.now(),
            actor: Actor(trusted: "trial"),
            data: Array("{\"text\":\"".utf8) + text + Array("\"}".utf8)
        )
        request.writes = [StreamWrite(StreamName(trusted: "ballast/\(writer)"), expected: .any, events: [event])]
        return request
    }
}

extension Stand {
    /// Gives a file to the account that the server runs under.
    fileprivate func own(_ path: String) throws {
        var facts = stat()
        guard stat(endpoint.dataDirectory, &facts) == 0, chown(path, facts.st_uid, facts.st_gid) == 0 else {
            throw TrialBroken("\(path) cannot be given to the server")
        }
    }
}

/// A small file system in memory.
struct Volume {
    let path: String

    /// Mounts one. Throws ``Skipped`` where mounting is not permitted.
    init(_ path: String, megabytes: Int) throws {
        self.path = path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let answer = try Self.run(["mount", "-t", "tmpfs", "-o", "size=\(megabytes)m,mode=0755", "tmpfs", path])
        if answer.status != 0 { throw Skipped(reason: "this account may not mount a tmpfs: \(answer.text)") }
    }

    func resize(megabytes: Int) throws {
        let answer = try Self.run(["mount", "-o", "remount,size=\(megabytes)m", path])
        if answer.status != 0 { throw TrialBroken("the volume cannot be enlarged: \(answer.text)") }
    }

    func remove() { _ = try? Self.run(["umount", "--lazy", path]) }

    private static func run(_ words: [String]) throws -> (status: Int32, text: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = words
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text.trimmingCharacters(in: .whitespacesAndNewlines))
    }
}
