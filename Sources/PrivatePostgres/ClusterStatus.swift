import Foundation

/// What is found in a state directory.
public enum ClusterStatus: Equatable, Sendable {
    /// There is no cluster yet.
    case notInitialised
    /// There is a cluster, and nothing runs on it.
    case stopped
    /// A server runs on it (or is coming up, or going down): its process, the moment it was started, and the major
    /// version of the data, such as `15`.
    case running(pid: Int32, since: Date, version: String)
    /// Nothing serves, but a lock file (`pid` is the process it names) or processes of a crashed server (`leftover`)
    /// are there. `start()` deals with both.
    case staleLock(pid: Int32?, leftover: [Int32])
    /// The data is of the major version `data`, and only `installed` are at hand (none, when it is empty).
    case foreignVersion(data: String, installed: [String])
}

/// How a server is told to stop; the words are PostgreSQL's.
public enum StopMode: String, CaseIterable, Sendable {
    /// Waits until every client has gone of itself.
    case smart
    /// Ends the clients' transactions and closes cleanly.
    case fast
    /// Stops at once, without a checkpoint; the next start goes through recovery. Nothing committed is lost.
    case immediate
}
