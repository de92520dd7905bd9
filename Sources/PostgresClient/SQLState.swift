/// The five characters by which PostgreSQL names what went wrong (SQLSTATE; PostgreSQL manual, appendix A).
///
/// Decide on these, never on message text or on the name of a constraint.
///
///     catch let error as PostgresError where error.sqlState == .uniqueViolation { … }
public struct SQLState: Hashable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
    /// The code, five characters.
    public let code: String

    /// Any code.
    public init(_ code: String) { self.code = code }

    /// Any code.
    public init(stringLiteral value: String) { code = value }

    /// The code.
    public var description: String { code }

    /// The first two characters: the class of the condition, for example `40` for a transaction rolled back.
    public var errorClass: String { String(code.prefix(2)) }

    /// 23505: a unique index or primary key holds such a row already.
    public static let uniqueViolation: SQLState = "23505"
    /// 23514: a CHECK constraint refuses the row.
    public static let checkViolation: SQLState = "23514"
    /// 25P03: the session left its transaction alone for too long and was ended by the server.
    public static let idleInTransactionTimeout: SQLState = "25P03"
    /// 40001: the transaction lost a race and may be tried again.
    public static let serializationFailure: SQLState = "40001"
    /// 40P01: the transaction was the victim of a deadlock and may be tried again.
    public static let deadlockDetected: SQLState = "40P01"
    /// 42501: the role may not do this.
    public static let insufficientPrivilege: SQLState = "42501"
    /// 42P01: no such table.
    public static let undefinedTable: SQLState = "42P01"
    /// 3F000: no such schema.
    public static let invalidSchemaName: SQLState = "3F000"
    /// 53100: the server's disk is full.
    public static let diskFull: SQLState = "53100"
    /// 57014: cancelled, by the client or by statement_timeout.
    public static let queryCanceled: SQLState = "57014"
    /// 57P01: the server is being shut down, or an administrator ended the session.
    public static let adminShutdown: SQLState = "57P01"
    /// 57P02: the server ends all sessions because one crashed.
    public static let crashShutdown: SQLState = "57P02"
    /// 57P03: the server is starting up, shutting down or recovering.
    public static let cannotConnectNow: SQLState = "57P03"
}
