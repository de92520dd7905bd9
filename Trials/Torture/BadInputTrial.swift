import EventStore
import Foundation
import Glibc
import PostgresClient
import PrivatePostgres

/// Imports of files with something wrong, by the daemon's own command: it says what and where and how to mend it,
/// brings in what can be read, never crashes, never grows, and a repetition adds nothing.
struct BadInputTrial: Trial {
    static let name = "bad-input"
    static let abstract =
        "Truncated, huge, malformed, hostile, doubled files through `caseflowd import`; kill -9 of an import."
    /// MiB that the command may have resident.
    private static let memory = 300

    func run(_ conditions: Conditions, _ tally: Tally) async throws {
        try await withStand(in: conditions.directory) { stand in
            let imports = Imports(stand: stand, conditions: conditions, tally: tally, memory: Self.memory)
            for file in BadFiles.all(short: conditions.isShort) {
                try await imports.judge(file, sabotage: conditions.sabotage && file.name == "truncated")
                tally.count("bad files")
            }
            try await huge(imports, stand, conditions, tally)
            tally.count("MiB at most", imports.peak)
        }
    }

    /// A huge file whole, and once more with the import killed in the middle: the same log.
    private func huge(_ imports: Imports, _ stand: Stand, _ conditions: Conditions, _ tally: Tally) async throws {
        let path = conditions.directory + "/huge.xes"
        let megabytes = try write(path, megabytes: conditions.pick(short: 2, long: 200))
        tally.count("MB in the huge file", megabytes)
        let limit: Duration = conditions.pick(short: .seconds(120), long: .seconds(1800))
        let whole = try await imports.run(path, [], log: "huge", limit: limit)
        tally.expect(whole.end == .exited(0), "the huge file: \(whole.end), \(whole.complaint.prefix(300))")
        for kill in 1...conditions.pick(short: 2, long: 5) {
            let child = try imports.start(path, [], log: "killed")
            let goal = try await imports.position("killed")
            let under = try await wait(atMost: limit) {
                let position = try await imports.position("killed")
                return !child.isRunning || position > goal + 300
            }
            tally.expect(under && child.isRunning, "kill \(kill) came too late: nothing was proved")
            try await child.destroy()
            tally.count("imports killed")
        }
        let again = try await imports.run(path, [], log: "killed", limit: limit)
        tally.expect(again.end == .exited(0), "after kill -9: \(again.end), \(again.complaint.prefix(300))")
        let same = try await stand.number(
            """
            SELECT (count(DISTINCT digest) = 1 AND count(*) = 2)::int::bigint FROM (
                SELECT o.log_id, md5(string_agg(concat_ws(' ', o.case_number, e.version, e.type, e.effective_at, e.data),
                                                E'\\n' ORDER BY o.case_number, e.version)) AS digest
                  FROM caseflow.case_overview o JOIN caseflow.events e ON e.log_id = o.log_id AND e.stream = o.stream
                 WHERE o.log_id IN ('huge', 'killed') GROUP BY o.log_id) d
            """
        )
        tally.expect(same == 1, "an import that was killed and repeated is not what one import is")
        for log in ["huge", "killed"] { try await imports.verify(log) }
        let before = try await imports.position("huge")
        _ = try await imports.run(path, [], log: "huge", limit: limit)
        tally.expect(try await imports.position("huge") == before, "the second import of the huge file added events")
        tally.count("events of the huge file", before)
    }

    /// Writes an XES file of about so many megabytes; returns how many.
    private func write(_ path: String, megabytes: Int) throws -> Int {
        try put(at: path)
        guard let file = FileHandle(forWritingAtPath: path) else { throw TrialBroken("\(path) cannot be written") }
        try file.write(contentsOf: Data("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<log>\n".utf8))
        var size = 0
        var index = 0
        while size < megabytes * 1_000_000 {
            let piece = Data(BadFiles.good(index..<index + 100, events: 12).utf8)
            try file.write(contentsOf: piece)
            size += piece.count
            index += 100
        }
        try file.write(contentsOf: Data("</log>\n".utf8))
        try file.close()
        return size / 1_000_000
    }
}

/// Runs `caseflowd import` on files and judges what comes of it.
final class Imports {
    private let stand: Stand
    private let conditions: Conditions
    private let tally: Tally
    private let memory: Int
    private(set) var peak = 0

    init(stand: Stand, conditions: Conditions, tally: Tally, memory: Int) {
        self.stand = stand
        self.conditions = conditions
        self.tally = tally
        self.memory = memory
    }

    func judge(_ file: BadFile, sabotage: Bool) async throws {
        let path = try write(file)
        let first = try await run(path, file.arguments, log: file.name, limit: .seconds(120))
        judge(file, first)
        let position = try await position(file.name)
        let second = try await run(path, file.arguments, log: file.name, limit: .seconds(120))
        judge(file, second)
        tally.expect(try await self.position(file.name) == position, "\(file.name): the second import added events")
        let cases = try await stand.number(
            "SELECT count(*) FROM caseflow.streams WHERE log_id = '\(file.name)' AND stream LIKE 'case/%'"
        )
        if let wanted = file.cases {
            tally.expect(cases == wanted, "\(file.name): \(cases) cases are in, not \(wanted)")
        } else {
            tally.expect(cases > 0, "\(file.name): nothing of what can be read is in")
        }
        tally.count("cases brought in", cases)
        if sabotage { try await stand.removeAnEvent() }
        if position > 0 { try await verify(file.name) }
    }

    private func judge(_ file: BadFile, _ outcome: (end: Child.End, complaint: String)) {
        guard case .exited(let status) = outcome.end, file.statuses.contains(status) else {
            return tally.fault("\(file.name): ends with \(outcome.end): \(outcome.complaint.prefix(300))")
        }
        for word in file.says {
            let said =
                word == "LINE"
                ? outcome.complaint.contains(/(line |:)[0-9]+/) : outcome.complaint.contains(word)
            tally.expect(said, "\(file.name): does not say '\(word)': \(outcome.complaint.prefix(300))")
        }
        for sign in ["Fatal error", "SwiftRuntime", "Swift.", "(path:"] where outcome.complaint.contains(sign) {
            tally.fault("\(file.name): not words for people: \(outcome.complaint.prefix(300))")
        }
    }

    private func write(_ file: BadFile) throws -> String {
        let path = "\(conditions.directory)/\(file.name)\(file.suffix)"
        guard let content = file.content else {
            if file.suffix == "/" {
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            }
            return path
        }
        try put(Data(content), at: path)
        guard let part = file.gzipCut else { return path }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", "--force", "--suffix", ".packed", path]
        try process.run()
        process.waitUntilExit()
        guard let packed = FileManager.default.contents(atPath: path + ".packed") else {
            throw TrialBroken("no gzip here")
        }
        try put(packed.prefix(Int(Double(packed.count) * part)), at: path)
        return path
    }

    func start(_ path: String, _ arguments: [String], log: String) throws -> Child {
        let format = path.hasSuffix(".csv") ? "csv" : "xes"
        return try Child(
            Child.caseflowd,
            ["import", format, path, "--log", log, "--quiet", "--state-dir", stand.cluster.stateDirectory] + arguments,
            output: conditions.directory + "/\(log).out"
        )
    }

    func run(
        _ path: String,
        _ arguments: [String],
        log: String,
        limit: Duration
    ) async throws -> (end: Child.End, complaint: String) {
        let child = try start(path, arguments, log: log)
        var most = 0
        let end = try await child.wait(atMost: limit) { most = max(most, $0.residentPeak ?? 0) }
        peak = max(peak, most)
        tally.expect(most < memory, "\(log): \(most) MiB resident")
        return (end, child.complaint)
    }

    func position(_ log: String) async throws -> Int {
        try await stand.number("SELECT coalesce(max(position), 0) FROM caseflow.logs WHERE log_id = '\(log)'")
    }

    func verify(_ log: String) async throws {
        let child = try Child(
            Child.caseflowd,
            ["log", "verify", "--log", log, "--state-dir", stand.cluster.stateDirectory],
            output: conditions.directory + "/verify.out"
        )
        let end = try await child.wait(atMost: .seconds(600))
        tally.expect(end == .exited(0), "\(log): log verify ends with \(end): \(child.text)")
    }
}
