/// The settings that a private server runs with, and the text of the file that carries them.
struct ServerConfiguration: Sendable, Equatable {
    /// The file in the data directory; `postgresql.conf` includes it.
    static let fileName = "caseflow.conf"

    /// What the library itself relies on; a caller may not change it.
    static let reserved: Set<String> = [
        "listen_addresses", "port", "unix_socket_directories", "unix_socket_permissions", "data_directory",
        "hba_file", "ident_file", "config_file", "external_pid_file", "logging_collector", "log_destination",
    ]

    static let defaults: [String: String] = [
        "max_connections": "200",
        "shared_buffers": "256MB",
        "max_wal_size": "2GB",
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "lc_messages": "C",
        "cluster_name": "caseflow",
        "log_line_prefix": "%m [%p] %q%u@%d ",
        "log_min_duration_statement": "2s",
        "log_lock_waits": "on",
        "log_checkpoints": "on",
        "log_temp_files": "64MB",
    ]

    let socketDirectory: String
    let extra: [String: String]

    /// - Throws: `PrivateClusterError.invalidSetting` for a name that is no setting's name or belongs to the library,
    ///   and for a value with a zero byte.
    init(socketDirectory: String, extra: [String: String]) throws {
        for (name, value) in extra {
            guard name.utf8.allSatisfy({ $0.mayBeInName }), name.utf8.first.map({ !$0.isDigit }) == true else {
                throw PrivateClusterError.invalidSetting(name: name, reason: "this is not the name of a setting.")
            }
            guard !Self.reserved.contains(name.lowercased()) else {
                throw PrivateClusterError.invalidSetting(
                    name: name,
                    reason: "the private cluster decides it itself. "
                        + "For another choice, use a server of your own with CASEFLOW_DATABASE_URL."
                )
            }
            guard !value.utf8.contains(0) else {
                throw PrivateClusterError.invalidSetting(name: name, reason: "its value contains a zero byte.")
            }
        }
        self.socketDirectory = socketDirectory
        self.extra = extra
    }

    /// The file: our settings, then the caller's under a heading of their own. The later line counts.
    var text: String {
        let own = [
            "listen_addresses": "",
            "unix_socket_directories": "\"" + socketDirectory + "\"",
            "unix_socket_permissions": "0700",
            "port": String(Layout.port),
        ]
        var lines = ["# Written by CaseFlow at each start of its private server; a change made here is lost."]
        lines += Self.lines(own) + Self.lines(Self.defaults)
        if !extra.isEmpty {
            lines.append("# Asked for by the program that started the server; these replace what is written above.")
            lines += Self.lines(extra)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func lines(_ settings: [String: String]) -> [String] {
        settings.sorted { $0.key < $1.key }.map { "\($0.key) = \(quoted($0.value))" }
    }

    /// In quotes, with what is special inside them written as PostgreSQL reads it back.
    private static func quoted(_ value: String) -> String {
        let escaped = value.unicodeScalars.map { scalar in
            switch scalar {
            case "'": "''"
            case "\\": "\\\\"
            case "\n": "\\n"
            case "\r": "\\r"
            default: String(scalar)
            }
        }
        return "'" + escaped.joined() + "'"
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
    /// A letter, a digit, `_`, or the `.` of an extension's settings.
    fileprivate var mayBeInName: Bool {
        isDigit || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20)
            || self == UInt8(ascii: "_") || self == UInt8(ascii: ".")
    }
}
