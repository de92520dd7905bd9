/// Where and how to connect: libpq's own keywords, so that everything libpq can do can be asked for: several hosts
/// (`host=a,b target_session_attrs=read-write`), TLS (`sslmode`, `sslrootcert`, …), service files, Kerberos.
///
/// Precedence, lowest first: the `PG*` environment variables (libpq reads them itself), `connectionString`,
/// `overrides`.
public struct PostgresConfiguration: Sendable, Hashable {
    /// A libpq connection string, `postgresql://…` or `host=… dbname=…`; nil for the environment alone.
    public var connectionString: String?
    /// Keywords that win over the connection string (PostgreSQL manual, 34.1.2).
    public var overrides: [String: String]
    /// Server settings of the session from its start on, for example `role`; they win over those that the connection
    /// string or `PGOPTIONS` set by `options`, and leave the others of these in force.
    public var settings: [String: String] = [:]
    /// How long opening one session may take, over all hosts.
    public var connectTimeout: Duration
    /// Sent to the server as `statement_timeout`; nil for none.
    public var statementTimeout: Duration?

    /// A configuration; the defaults connect as libpq's environment says, within 10 seconds.
    public init(
        connectionString: String? = nil,
        overrides: [String: String] = [:],
        connectTimeout: Duration = .seconds(10),
        statementTimeout: Duration? = nil
    ) {
        self.connectionString = connectionString
        self.overrides = overrides
        self.connectTimeout = connectTimeout
        self.statementTimeout = statementTimeout
    }

    /// The same place, with a server setting.
    public func setting(_ name: String, _ value: String) -> PostgresConfiguration {
        var copy = self
        copy.settings[name] = value
        return copy
    }

    /// The same place, with some keywords set or replaced.
    public func with(_ keywords: [String: String]) -> PostgresConfiguration {
        var copy = self
        copy.overrides.merge(keywords) { $1 }
        return copy
    }

    /// Keyword pairs in the order in which libpq is to read them: `dbname` first, because it may be a whole
    /// connection string that later keywords override.
    var keywords: [(String, String)] {
        var pairs: [(String, String)] = []
        if let connectionString { pairs.append(("dbname", connectionString)) }
        pairs.append(("client_encoding", "UTF8"))
        pairs.append(("fallback_application_name", "caseflow"))
        pairs += overrides.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        if !settings.isEmpty { pairs.append(("options", options)) }
        return pairs
    }

    /// What libpq would send as `options`, with `settings` behind it: of two values the server takes the last.
    private var options: String {
        let asked = overrides["options"] ?? ConnectionString.value(of: "options", in: connectionString)
        let own = settings.sorted { $0.key < $1.key }.map { "-c \($0.key)=\(Self.escaped($0.value))" }
        return ([asked].compactMap(\.self).filter { !$0.isEmpty } + own).joined(separator: " ")
    }

    /// In `options` white space ends a value and a backslash takes the next character as it is (PostgreSQL manual,
    /// 34.1.2, "options").
    private static func escaped(_ value: String) -> String {
        var escaped = ""
        for character in value {
            if character == "\\" || character.isWhitespace { escaped.append("\\") }
            escaped.append(character)
        }
        return escaped
    }
}
