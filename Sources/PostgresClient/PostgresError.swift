/// What went wrong between this process and PostgreSQL.
///
/// `description` never holds values of rows or parameters, so that it can be logged: it names the kind, the SQLSTATE
/// and the severity. What the server itself said, which may quote data, is in `serverMessage`, for a person's eyes.
public struct PostgresError: Error, Sendable, CustomStringConvertible {
    /// The kinds of failure, by what a caller can do about them.
    public enum Kind: Hashable, Sendable {
        /// The server refused or aborted a statement; `sqlState` says why. The session goes on.
        case server
        /// No session could be opened.
        case cannotConnect
        /// The session broke. Whether the statement took effect is unknown: ask again.
        case connectionLost
        /// A time-out of this client passed; the statement was cancelled on the server.
        case timeout
        /// The connection or pool was closed by its owner.
        case closed
        /// A value could not be read as the type asked for.
        case decoding
        /// The client was used against its rules, for example a transaction's handle after its end.
        case misuse
    }

    /// The kind.
    public let kind: Kind
    /// The server's code, when a server answered.
    public let sqlState: SQLState?
    /// ERROR, FATAL or PANIC, not localised, when a server answered.
    public let severity: String?
    /// What was wrong and what to do, in our own words; no data.
    public let summary: String
    /// The server's own words (primary message, detail, hint). May quote data: never log it unread.
    public let serverMessage: String?

    /// An error of any kind.
    public init(
        _ kind: Kind,
        _ summary: String,
        sqlState: SQLState? = nil,
        severity: String? = nil,
        serverMessage: String? = nil
    ) {
        self.kind = kind
        self.summary = summary
        self.sqlState = sqlState
        self.severity = severity
        self.serverMessage = serverMessage
    }

    /// Kind, SQLSTATE and our own words; no data.
    public var description: String {
        var text = "PostgreSQL: \(summary)"
        if let sqlState { text += " (SQLSTATE \(sqlState)\(severity.map { ", \($0)" } ?? ""))" }
        return text
    }

    /// Whether the outcome of the statement is unknown, because the session broke while it ran.
    public var isOutcomeUnknown: Bool {
        switch kind {
        case .connectionLost: true
        case .server:
            sqlState == .adminShutdown || sqlState == .crashShutdown || sqlState?.errorClass == "08"
        default: false
        }
    }

    /// Whether the same statement may succeed later without anything being changed: the server was away, restarting,
    /// out of disk or connections, or the statement lost a race.
    public var isTransient: Bool {
        if isOutcomeUnknown { return true }
        switch kind {
        case .cannotConnect, .timeout: return sqlState?.errorClass != "28" && sqlState != "3D000"
        case .server:
            guard let sqlState else { return false }
            if sqlState == .idleInTransactionTimeout { return true }
            return ["40", "53", "57", "55"].contains(sqlState.errorClass) && sqlState != .queryCanceled
        default: return false
        }
    }
}
