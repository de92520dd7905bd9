import Foundation
import Glibc

/// The lock that lets one process at a time start, stop or remove a cluster.
///
/// The kernel holds it on an open file and drops it with that file, so a killed holder leaves nothing behind. No
/// program we start inherits the file.
struct DirectoryLock {
    private let handle: FileHandle

    /// Waits for the lock on the existing file `path` without holding a thread.
    ///
    /// - Throws: `PrivateClusterError.lockBusy` after `timeout`, `.fileTrouble` when the file cannot be opened.
    init(_ path: String, timeout: Duration) async throws {
        let clock = ContinuousClock()
        let deadline = clock.now + timeout
        while true {
            guard let handle = FileHandle(forUpdatingAtPath: path) else {
                throw PrivateClusterError.fileTrouble(
                    path: path,
                    reason: "the lock file cannot be opened. Check who owns the directory, and that it still exists."
                )
            }
            let descriptor = handle.fileDescriptor
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
                if Self.isStillThere(descriptor) {
                    self.handle = handle
                    return
                }
                // Its holder removed the file with the cluster; a lock on it keeps nobody out.
                try? handle.close()
                continue
            }
            try? handle.close()
            guard clock.now < deadline else {
                throw PrivateClusterError.lockBusy(path: path, seconds: Int(timeout.components.seconds))
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Gives the lock back.
    func release() {
        try? handle.close()
    }

    private static func isStillThere(_ descriptor: Int32) -> Bool {
        let link = "/proc/self/fd/\(descriptor)"
        guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: link) else { return true }
        return !target.hasSuffix(" (deleted)")
    }
}
