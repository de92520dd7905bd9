/// Where a running private cluster listens. It listens on a unix socket only, never on the network.
public struct Endpoint: Equatable, Sendable {
    /// The directory of the socket: absolute, mode 0700, owned by the server's account.
    public let socketDirectory: String
    /// The number in the socket's name (`.s.PGSQL.<port>`); no TCP port is opened.
    public let port: Int
    /// The role that owns the cluster.
    public let superuser: String
    /// The database that `start()` made sure of.
    public let database: String
    /// The cluster's data directory, absolute.
    public let dataDirectory: String
    /// Whether this call started the server; false when it ran already.
    public let startedNow: Bool
    /// Whether the server's configuration file says what this cluster would write; false when the server was started
    /// earlier with other settings, which then stay in force until it is stopped and started.
    public let settingsInForce: Bool

    /// What a client needs to connect, under libpq's keywords: `host` (the socket directory), `port`, `user`, `dbname`.
    ///
    /// - Parameters:
    ///   - user: the role; the superuser when nil.
    ///   - database: the database; `database` when nil.
    public func connectionParameters(user: String? = nil, database: String? = nil) -> [String: String] {
        [
            "host": socketDirectory,
            "port": String(port),
            "user": user ?? superuser,
            "dbname": database ?? self.database,
        ]
    }
}
