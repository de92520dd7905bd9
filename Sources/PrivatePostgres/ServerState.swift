/// What was found when looking at a cluster: its lock files set against the processes of the machine.
enum ServerState: Sendable, Equatable {
    /// No lock file, no process.
    case none
    /// A server that owns its lock file.
    case live(PidFile, pid: Int32)
    /// Processes on the data directory, but none that owns the lock file: children of a crashed server on their way
    /// out, a server that is only just starting, or one whose lock file was taken away.
    case ownerless([Int32], lock: PidFile?)
    /// A lock file, and no process at all on the data directory.
    case stale(PidFile?)

    /// Looks, and changes nothing.
    ///
    /// - Throws: `PrivateClusterError.undecidableLock`.
    static func look(_ layout: Layout, _ processes: ServerProcesses) async throws -> ServerState {
        let lock = PidFile(at: layout.pidFile)
        if let lock, let pid = lock.pid, pid > 0 {
            switch try await processes.verdict(on: pid) {
            case .server:
                return .live(lock, pid: pid)
            case .hidden:
                throw PrivateClusterError.undecidableLock(file: layout.pidFile, pid: pid)
            case .other:
                break
            }
        }
        let leftover = try await processes.all()
        if !leftover.isEmpty {
            // A server may have written its lock file between the two looks.
            if let now = PidFile(at: layout.pidFile), let pid = now.pid, leftover.contains(pid) {
                return .live(now, pid: pid)
            }
            return .ownerless(leftover, lock: lock)
        }
        guard lock == nil else { return .stale(lock) }
        let socketDirectory = layout.socketDirectory(uid: processes.account.uid)
        let socketLock = Layout.socket(in: socketDirectory) + ".lock"
        return FileFacts(socketLock) == nil ? .none : .stale(nil)
    }
}
