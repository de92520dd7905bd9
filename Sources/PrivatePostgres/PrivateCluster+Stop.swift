import Foundation
import Glibc

extension PrivateCluster {
    /// Stops the server and waits until it is gone.
    ///
    /// - Parameters:
    ///   - mode: how; `.smart` waits for the clients.
    ///   - timeout: how long to wait for the end.
    /// - Returns: whether a server ran.
    /// - Throws: `PrivateClusterError.serverDidNotStop` when it still runs after `timeout`; it stops later, then.
    @discardableResult
    public func stop(mode: StopMode = .fast, timeout: Duration = .seconds(60)) async throws -> Bool {
        guard FileFacts(layout.state) != nil else { return false }
        let site = try await site()
        // Without the file there was never a start; then there is nobody to be kept out either.
        guard FileFacts(layout.lock) != nil else { return try await stop(site, mode, timeout) }
        let lock = try await DirectoryLock(layout.lock, timeout: Self.lockTimeout)
        defer { lock.release() }
        return try await stop(site, mode, timeout)
    }

    /// Stops the server at once and removes the cluster with all its data, for good. The state directory goes too,
    /// unless it holds something else.
    public func destroy() async throws {
        guard FileFacts(layout.state) != nil else { return }
        let site = try await site()
        guard FileFacts(layout.lock) != nil else { return }
        let lock = try await DirectoryLock(layout.lock, timeout: Self.lockTimeout)
        defer { lock.release() }
        try await stop(site, .immediate, .seconds(60))
        try await waitForLeftovers(site)
        var directories = [layout.cluster, layout.run, layout.lock]
        if site.socketDirectory != layout.run, FileFacts(site.socketDirectory)?.owner == site.account.uid {
            directories.append(site.socketDirectory)
        }
        try await site.account.script(#"rm -rf -- "$@""#, directories, surroundings).succeed(timeout: .seconds(300))
        if try FileManager.default.contentsOfDirectory(atPath: layout.state).isEmpty {
            try FileManager.default.removeItem(atPath: layout.state)
        }
    }

    /// Sends the signal that stands for the mode; needs no server programs.
    @discardableResult
    private func stop(_ site: ClusterSite, _ mode: StopMode, _ timeout: Duration) async throws -> Bool {
        guard case .live(_, let pid) = try await ServerState.look(layout, site.processes) else { return false }
        let signal =
            switch mode {
            case .smart: SIGTERM
            case .fast: SIGINT
            case .immediate: SIGQUIT
            }
        guard kill(pid, signal) == 0 || errno == ESRCH else {
            throw PrivateClusterError.fileTrouble(
                path: layout.pidFile,
                reason: "the system does not let us end its process \(pid). Run as the user who started it."
            )
        }
        let clock = ContinuousClock()
        let deadline = clock.now + timeout
        while try await site.processes.verdict(on: pid) == .server {
            guard clock.now < deadline else {
                throw PrivateClusterError.serverDidNotStop(
                    pid: pid,
                    mode: mode.rawValue,
                    seconds: Int(timeout.components.seconds)
                )
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        return true
    }

    /// Waits for the children of a server that was killed.
    private func waitForLeftovers(_ site: ClusterSite) async throws {
        let clock = ContinuousClock()
        let deadline = clock.now + ClusterSite.patience
        while true {
            let pids = try await site.processes.all()
            if pids.isEmpty { return }
            guard clock.now < deadline else {
                throw PrivateClusterError.leftoverProcesses(
                    dataDirectory: layout.data,
                    pids: pids,
                    seconds: Int(ClusterSite.patience.components.seconds)
                )
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }
}
