import Foundation

/// A PostgreSQL server of our own: its data under a state directory, reached through a unix socket only.
///
/// The value holds no resource; any number of values, in any number of processes, may stand for the same directory. A
/// lock file serialises what changes it. The server outlives the process that started it.
///
/// Inside the state directory (mode 0700): `pg/data` the cluster, `pg/log` the server's log, `run` the socket, `lock`.
/// When the socket's path would be too long for the kernel, the socket is in `/tmp/caseflow-<uid>-<hash>` instead.
///
/// Every method throws `PrivateClusterError`, or `CancellationError` when its task is cancelled.
public struct PrivateCluster: Sendable {
    /// The role that owns the cluster.
    public static let superuser = "postgres"
    /// The database that `start()` makes sure of.
    public static let database = "caseflow"

    let layout: Layout
    let extraSettings: [String: String]
    let surroundings: Surroundings
    let startTimeout: Duration

    /// Names a cluster; touches nothing.
    ///
    /// - Parameters:
    ///   - stateDirectory: the directory, absolute or relative to the current one; it need not exist.
    ///   - extraSettings: server settings by name, beside and above those of the library. They are written to
    ///     `caseflow.conf` in the data directory, under a heading that says so, at each start of the server; a server
    ///     that runs already keeps what it has, and `Endpoint.settingsInForce` tells.
    ///   - environment: where `CASEFLOW_PG_BIN` (directory of the server programs), `CASEFLOW_PG_USER` (account to run
    ///     the server as, for root), `PATH`, `LD_LIBRARY_PATH` are read from.
    ///   - startTimeout: how long a server may take until it is ready, recovery after a crash included.
    /// - Throws: `PrivateClusterError.unusablePath`, `.invalidSetting`.
    public init(
        stateDirectory: String,
        extraSettings: [String: String] = [:],
        environment: [String: String] = ProcessInfo.processInfo.environment,
        startTimeout: Duration = .seconds(120)
    ) throws {
        layout = try Layout(stateDirectory: stateDirectory)
        _ = try ServerConfiguration(socketDirectory: layout.run, extra: extraSettings)
        self.extraSettings = extraSettings
        surroundings = Surroundings(variables: environment)
        self.startTimeout = startTimeout
    }

    /// The state directory, absolute and free of symbolic links.
    public var stateDirectory: String { layout.state }

    /// The file that the server's own messages go to.
    public var logFile: String { layout.log }

    /// What is there now. Changes nothing and waits for nothing.
    public func status() async throws -> ClusterStatus {
        guard FileFacts(layout.state) != nil else { return .notInitialised }
        let site = try await site()
        guard let version = site.dataVersion else { return .notInitialised }
        switch try await ServerState.look(layout, site.processes) {
        case .live(let file, let pid):
            return .running(pid: pid, since: file.since, version: version)
        case .ownerless(let pids, let lock):
            return .staleLock(pid: lock?.pid, leftover: pids)
        case .stale(let lock):
            return .staleLock(pid: lock?.pid, leftover: [])
        case .none:
            do {
                _ = try await site.binaries()
                return .stopped
            } catch PrivateClusterError.foreignVersion(_, let data, let installed) {
                return .foreignVersion(data: data, installed: installed)
            } catch PrivateClusterError.noBinaries {
                return .foreignVersion(data: version, installed: [])
            }
        }
    }

    /// The command that opens an interactive SQL shell on the cluster: the absolute path of psql and its arguments.
    ///
    /// - Parameters:
    ///   - database: the database; `caseflow` when nil.
    ///   - user: the role; the superuser when nil.
    public func shellCommand(database: String? = nil, user: String? = nil) async throws -> [String] {
        let site = try await site()
        let running = PidFile(at: layout.pidFile)
        return [
            try await site.binaries()("psql"),
            "--host", running?.socketDirectory ?? site.socketDirectory,
            "--port", String(running?.port ?? Layout.port),
            "--username", user ?? Self.superuser,
            "--dbname", database ?? Self.database,
        ]
    }

    /// The cluster together with the account that it runs as.
    func site() async throws -> ClusterSite {
        ClusterSite(
            layout: layout,
            account: try await ServerAccount.resolve(layout, surroundings),
            surroundings: surroundings
        )
    }
}
