import Foundation

extension ClusterSite {
    /// How long the children of a crashed server are waited for.
    static let patience = Duration.seconds(20)
    /// A log longer than this many bytes is put aside as `log.old` before the server starts.
    static let longestLog: UInt64 = 16 << 20

    /// Takes away what a dead server left behind; to be called under the lock, when no process runs on the data.
    ///
    /// A lock file that names a dead process is left to PostgreSQL: it finds in it the shared memory of the crashed
    /// server, makes sure that nobody uses that any more, and replaces the file. One that names another program's
    /// process would stop PostgreSQL, and is removed, as is an empty one.
    ///
    /// - Throws: `PrivateClusterError.undecidableLock` when a server answers on the socket although no process is
    ///   to be seen, as from inside another container.
    func clear(_ lock: PidFile?, with binaries: ServerBinaries) async throws {
        let answer = try await account.command(
            [binaries("pg_isready"), "--host", socketDirectory, "--port", String(Layout.port), "--timeout", "5"],
            surroundings
        ).run(timeout: .seconds(60))
        // 0 accepts connections, 1 refuses them for now (starting, stopping); both are a live server's answer.
        if answer.status == 0 || answer.status == 1 {
            throw PrivateClusterError.undecidableLock(file: layout.pidFile, pid: lock?.pid ?? 0)
        }
        let socket = Layout.socket(in: socketDirectory)
        var files = [socket, socket + ".lock"]
        if let lock, lock.pid.map({ ServerProcesses.exists(abs($0)) }) ?? true { files.append(layout.pidFile) }
        try await account.script(#"rm -f -- "$@""#, files, surroundings).succeed()
    }

    /// Writes the configuration file anew, whole or not at all.
    func write(_ configuration: ServerConfiguration) async throws {
        try await account.script(
            #"cat > "$1.new" && mv -T -- "$1.new" "$1""#,
            [layout.configuration],
            surroundings,
            input: configuration.text
        ).succeed()
    }

    /// Starts the server and waits until it takes connections; to be called under the lock, when none runs.
    ///
    /// - Throws: `PrivateClusterError.serverDidNotStart` with the end of the server's log.
    func launch(with binaries: ServerBinaries, timeout: Duration) async throws {
        if FileFacts.size(of: layout.log) > Self.longestLog {
            try await account.script(#"mv -T -- "$1" "$1.old""#, [layout.log], surroundings).succeed()
        }
        let start = FileFacts.size(of: layout.log)
        let clock = ContinuousClock()
        let deadline = clock.now + Self.patience
        while true {
            let offset = FileFacts.size(of: layout.log)
            let outcome = try await startCommand(binaries, timeout).run(timeout: timeout + .seconds(30))
            if outcome.status == 0 { return }
            let log = LogTail(of: layout.log, from: offset)
            // Children of a crashed server in a place that we cannot see; PostgreSQL knows by their shared memory.
            if log.mentions("pre-existing shared memory block"), clock.now < deadline {
                try await Task.sleep(for: .milliseconds(500))
                continue
            }
            throw PrivateClusterError.serverDidNotStart(
                reason: outcome.output.isEmpty ? "pg_ctl said nothing." : outcome.output,
                logFile: layout.log,
                logTail: LogTail(of: layout.log, from: start).lines
            )
        }
    }

    /// pg_ctl gives the server a session of its own and /dev/null to read, but would pass on open files: Foundation
    /// leaves one in every program it starts, by which it learns of the program's end, and would then wait for the
    /// server's. The shell closes it. That takes bash: smaller shells cannot name a file by a number above 9.
    private func startCommand(_ binaries: ServerBinaries, _ timeout: Duration) throws -> Command {
        let bash = try surroundings.require("bash", to: "start the database server")
        let script = #"""
            for f in /proc/$$/fd/*; do n=${f##*/}; if (( n > 2 )); then eval "exec $n>&-"; fi; done; exec "$@"
            """#
        let seconds = String(timeout.components.seconds)
        return account.command(
            [
                bash, "--norc", "--noprofile", "-c", script, "bash",
                binaries("pg_ctl"), "start", "--pgdata", layout.data, "--log", layout.log, "--silent",
                "--wait", "--timeout", seconds,
            ],
            surroundings
        )
    }
}

/// The last lines of a log file.
struct LogTail {
    let lines: [String]

    /// - Parameter offset: where to start, in bytes; what is before belongs to an earlier run.
    init(of path: String, from offset: UInt64) {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            lines = []
            return
        }
        let size = FileFacts.size(of: path)
        try? handle.seek(toOffset: max(offset, size > 16_384 ? size - 16_384 : 0))
        let data = (try? handle.readToEnd()) ?? Data()
        try? handle.close()
        lines = String(decoding: data, as: UTF8.self).split(separator: "\n").suffix(20).map { String($0) }
    }

    func mentions(_ text: String) -> Bool {
        lines.contains { $0.contains(text) }
    }
}
