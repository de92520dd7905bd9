extension PrivateCluster {
    /// How long one process waits for another that starts, stops or removes the cluster.
    static let lockTimeout = Duration.seconds(180)

    /// Sees to it that the server runs and takes connections: makes the cluster and the database when they are
    /// missing, and starts the server when it does not run. Can be called at any time, by several processes at once.
    ///
    /// - Returns: where it listens.
    /// - Throws: `PrivateClusterError`; among others `.noBinaries` and `.foreignVersion`, with nothing touched.
    public func start() async throws -> Endpoint {
        let site = try await site()
        let configuration = try ServerConfiguration(socketDirectory: site.socketDirectory, extra: extraSettings)
        // Before anything is made: no programs, or the wrong ones, leave no trace.
        let versionBefore = site.dataVersion
        var binaries = try await site.binaries()
        try await site.prepareDirectories()
        let lock = try await DirectoryLock(layout.lock, timeout: Self.lockTimeout)
        defer { lock.release() }

        if site.dataVersion != versionBefore { binaries = try await site.binaries() }
        let clock = ContinuousClock()
        let begun = clock.now
        var isStarted = false
        while true {
            let running = try await settle(site, with: binaries)
            if running == nil {
                if site.dataVersion == nil { try await site.initialise(with: binaries) }
                try await site.prepareSocketDirectory()
                try await site.write(configuration)
                try await site.launch(with: binaries, timeout: startTimeout)
                isStarted = true
            }
            let endpoint = Endpoint(
                socketDirectory: running?.socketDirectory ?? site.socketDirectory,
                port: running?.port ?? Layout.port,
                superuser: Self.superuser,
                database: Self.database,
                dataDirectory: layout.data,
                startedNow: isStarted,
                settingsInForce: FileFacts.text(of: layout.configuration) == configuration.text
            )
            do {
                try await site.ensureDatabase(endpoint, with: binaries)
                return endpoint
            } catch PrivateClusterError.commandFailed(_, status: Self.noConnection, _)
                where running != nil && clock.now - begun < ClusterSite.patience
            {
                // A server that comes up again by itself after a crash, or fails to, says all the while that it is ready.
                try await Task.sleep(for: .milliseconds(200))
            }
        }
    }

    /// With this status `psql` says that it was not let in, or was thrown out.
    private static let noConnection: Int32 = 2

    /// Waits until there is either a server that is ready or none at all, and clears away what a dead one left.
    ///
    /// - Returns: what the running server says of itself; nil when none runs.
    private func settle(_ site: ClusterSite, with binaries: ServerBinaries) async throws -> PidFile? {
        let clock = ContinuousClock()
        let begun = clock.now
        while true {
            switch try await ServerState.look(layout, site.processes) {
            case .none:
                return nil
            case .stale(let file):
                try await site.clear(file, with: binaries)
                return nil
            case .live(let file, _) where file.phase == .ready:
                return file
            case .live(let file, _):
                guard clock.now - begun < startTimeout else {
                    throw PrivateClusterError.serverDidNotStart(
                        reason: "it has been \(file.phase) for more than \(startTimeout.components.seconds) s.",
                        logFile: layout.log,
                        logTail: LogTail(of: layout.log, from: 0).lines
                    )
                }
            case .ownerless(let pids, _):
                guard clock.now - begun < ClusterSite.patience else {
                    throw PrivateClusterError.leftoverProcesses(
                        dataDirectory: layout.data,
                        pids: pids,
                        seconds: Int(ClusterSite.patience.components.seconds)
                    )
                }
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }
}
