/// Everything that can go wrong with a private cluster. The text of each says what is wrong, where, and what to do.
public enum PrivateClusterError: Error, Equatable, Sendable {
    /// No directory with a complete set of server programs was found; `searched` lists the places, in the order tried.
    case noBinaries(searched: [String])
    /// The data was written by major version `data`; only the versions in `installed` are at hand. Nothing was touched.
    case foreignVersion(dataDirectory: String, data: String, installed: [String])
    /// Run as root, but the account that the server must run as does not exist or is root itself.
    case noServerAccount(name: String)
    /// A program of the operating system that is needed for `purpose` is not installed.
    case missingProgram(name: String, purpose: String)
    /// The server's account cannot enter `directory`, which lies above the state directory.
    case unreachable(directory: String, stateDirectory: String, account: String)
    /// The directory exists and belongs to somebody else, or holds something else; it was left as it is.
    case notOurs(directory: String, reason: String)
    /// The path cannot be used as a state directory at all.
    case unusablePath(path: String, reason: String)
    /// A directory or a file could not be made, read or changed.
    case fileTrouble(path: String, reason: String)
    /// The data directory holds files but is not a database cluster.
    case notACluster(dataDirectory: String)
    /// Another process held the lock file for longer than `seconds`.
    case lockBusy(path: String, seconds: Int)
    /// The lock file names a process that may or may not be the server: the system does not let us look.
    case undecidableLock(file: String, pid: Int32)
    /// Server processes without a working postmaster still use the data directory after `seconds`.
    case leftoverProcesses(dataDirectory: String, pids: [Int32], seconds: Int)
    /// A setting asked for by the caller cannot be written; `reason` says why.
    case invalidSetting(name: String, reason: String)
    /// A program failed; `output` is what it printed.
    case commandFailed(command: String, status: Int32, output: String)
    /// A program did not end within `seconds` and was killed; `output` is what it had printed.
    case commandTimedOut(command: String, seconds: Int, output: String)
    /// The server did not come up; `logTail` holds the last lines it wrote in this attempt.
    case serverDidNotStart(reason: String, logFile: String, logTail: [String])
    /// The server was told to stop and still runs after `seconds`.
    case serverDidNotStop(pid: Int32, mode: String, seconds: Int)
}

extension PrivateClusterError: CustomStringConvertible {
    /// What is wrong, where, and what to do, in one or more English sentences.
    public var description: String {
        switch self {
        case .noBinaries(let searched):
            """
            No PostgreSQL server programs (\(ServerBinaries.programs.joined(separator: ", "))) found in: \
            \(searched.joined(separator: ", ")). Install the server ("apt-get install postgresql"), or set \
            CASEFLOW_PG_BIN to the directory that holds them.
            """
        case .foreignVersion(let directory, let data, let installed):
            """
            The data in \(directory) was written by PostgreSQL \(data), but the programs at hand are of \
            \(installed.isEmpty ? "no version" : "PostgreSQL " + installed.joined(separator: ", ")). Nothing was \
            touched. Set CASEFLOW_PG_BIN to the bin directory of PostgreSQL \(data), or move the data to the other \
            version with pg_upgrade or by dump and restore.
            """
        case .noServerAccount(let name):
            """
            PostgreSQL refuses to run as root, and "\(name)" is not an unprivileged account of this machine. Set \
            CASEFLOW_PG_USER to one that is, or run this program as an ordinary user.
            """
        case .missingProgram(let name, let purpose):
            "The program \"\(name)\", needed to \(purpose), is not installed. Install it, or put it on the PATH."
        case .unreachable(let directory, let stateDirectory, let account):
            """
            The account "\(account)", as which the database server runs, cannot enter \(directory), so it cannot reach \
            \(stateDirectory). Let it pass ("chmod o+x \(directory)"), or choose another state directory with \
            CASEFLOW_STATE_DIR, for instance /var/lib/caseflow.
            """
        case .notOurs(let directory, let reason):
            "The directory \(directory) is not ours to use: \(reason) It was left as it is."
        case .unusablePath(let path, let reason):
            "The path \"\(path)\" cannot hold the database: \(reason) Choose another with CASEFLOW_STATE_DIR."
        case .fileTrouble(let path, let reason):
            "Cannot use \(path): \(reason)"
        default:
            operationalDescription
        }
    }

    /// The texts of what goes wrong while programs run.
    private var operationalDescription: String {
        switch self {
        case .notACluster(let directory):
            """
            The directory \(directory) holds files but no PG_VERSION: it is not a database cluster. Nothing was \
            touched. Move it away, or put back the data from a backup.
            """
        case .lockBusy(let path, let seconds):
            """
            Another process has held the lock \(path) for \(seconds) s, so it is starting or stopping the database \
            right now. Wait for it; "fuser \(path)" names it.
            """
        case .undecidableLock(let file, let pid):
            """
            The file \(file) names process \(pid), and the system does not let us see whether that is the database \
            server. Look at the process; if it is not PostgreSQL, remove the file and try again.
            """
        case .leftoverProcesses(let directory, let pids, let seconds):
            """
            After \(seconds) s, processes of an earlier server still use \(directory): \
            \(pids.map { String($0) }.joined(separator: ", ")). Wait for them, or end them with \
            "kill -TERM" (never -KILL), then try again.
            """
        case .invalidSetting(let name, let reason):
            "The server setting \"\(name)\" cannot be given: \(reason)"
        case .commandFailed(let command, let status, let output):
            "The command failed with status \(status): \(command)\n\(output)"
        case .commandTimedOut(let command, let seconds, let output):
            "The command did not end within \(seconds) s and was ended: \(command)\n\(output)"
        case .serverDidNotStart(let reason, let logFile, let logTail):
            """
            The database server did not start: \(reason)
            \(logTail.isEmpty ? "It wrote nothing to \(logFile)." : "The end of \(logFile):")
            \(logTail.map { "  " + $0 }.joined(separator: "\n"))
            """
        case .serverDidNotStop(let pid, let mode, let seconds):
            """
            The database server (process \(pid)) was told to stop (\(mode)) and still runs after \(seconds) s. \
            Close its clients and wait, or stop it with a harder mode (fast, then immediate).
            """
        default:
            ""
        }
    }
}
