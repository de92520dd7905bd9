import CaseFlowSchema
import PostgresClient
import TransparencyLog

/// Brings a database to this program's schema.
///
/// Everything happens in one transaction under one lock: many may migrate at once, one does it, the others find it
/// done; a failure leaves the database as it was.
public struct Migrator: Sendable {
    /// What was wrong with the database's schema.
    public enum Problem: Error, Sendable, CustomStringConvertible {
        /// The database was migrated by a newer program.
        case newer(database: Int, program: Int)
        /// The database has no schema, or an older one.
        case outdated(database: Int, program: Int)
        /// The role that migrates lacks rights.
        case forbidden(String)

        /// What was wrong and what to do.
        public var description: String {
            switch self {
            case .newer(let database, let program):
                "the database has schema version \(database), this program knows versions up to \(program): update the program"
            case .outdated(let database, let program):
                database == 0
                    ? "the database has no CaseFlow schema yet: run `caseflowd migrate`"
                    : "the database has schema version \(database), this program needs \(program): run `caseflowd migrate`"
            case .forbidden(let what):
                "the role that migrates may not do so (\(what)): migrate as a role with CREATEROLE and CREATE on the "
                    + "database, or have an administrator create the roles of schema/roles/roles.sql first"
            }
        }
    }

    /// What a migration did.
    public struct Outcome: Sendable, Hashable {
        /// The version before; 0 for an empty database.
        public let from: Int
        /// The version now.
        public let to: Int
        /// Functions and grants that were applied again.
        public let refreshed: [String]
    }

    /// Key of the advisory lock that migrations take turns by.
    private static let lockKey: Int64 = 0x6361_7365_666c_6f77  // "caseflow"

    private let schema: Schema

    /// A migrator for the schema that is shipped with the program.
    public init() throws { schema = try .bundled() }

    /// Migrates. Safe to run by many at once. Errors: `Problem.newer`, `Problem.forbidden`, `PostgresError`.
    public func migrate(_ connection: PostgresConnection) async throws -> Outcome {
        do {
            return try await connection.transaction { transaction in
                try await transaction.query("SELECT pg_advisory_xact_lock($1)", [Self.lockKey])
                let current = try await Self.version(in: transaction)
                if current > schema.version { throw Problem.newer(database: current, program: schema.version) }
                if current == 0 { try await transaction.script(schema.roles) }
                try await transaction.query("SET LOCAL ROLE caseflow_owner")
                for migration in schema.migrations where current > 0 && migration.version > current {
                    try await transaction.script(migration.sql)
                }
                let refreshed = try await apply(transaction, fresh: current == 0)
                for migration in schema.migrations where migration.version > current {
                    try await transaction.query(
                        """
                        INSERT INTO caseflow.schema_migrations (version, name, applied_at, applied_by)
                        VALUES ($1, $2, now(), session_user)
                        """,
                        [Int32(migration.version), migration.name]
                    )
                }
                return Outcome(from: current, to: schema.version, refreshed: refreshed)
            }
        } catch let error as PostgresError where error.sqlState == .insufficientPrivilege {
            throw Problem.forbidden(error.serverMessage ?? error.summary)
        }
    }

    private func apply(_ transaction: PostgresTransaction, fresh: Bool) async throws -> [String] {
        var known: [String: String] = [:]
        if !fresh {
            for row in try await transaction.query("SELECT name, digest FROM caseflow.schema_objects") {
                known[try row.decode(0)] = try row.decode(1, as: String.self)
            }
        }
        var digests: [(String, String)] = []
        for object in schema.objects {
            let digest = Digest.sha256(Array(object.sql.utf8)).base64
            if object.isRepeatable ? known[object.name] == digest : !fresh { continue }
            try await transaction.script(object.sql)
            if object.isRepeatable { digests.append((object.name, digest)) }
        }
        if !fresh, !digests.isEmpty, let grants = schema.objects.last, !digests.contains(where: { $0.0 == grants.name })
        {
            // A function that was dropped and made anew has lost its grants.
            try await transaction.script(grants.sql)
        }
        for (name, digest) in digests {
            try await transaction.query(
                """
                INSERT INTO caseflow.schema_objects (name, digest, applied_at) VALUES ($1, $2, now())
                ON CONFLICT (name) DO UPDATE SET digest = excluded.digest, applied_at = excluded.applied_at
                """,
                [name, digest]
            )
        }
        return fresh ? [] : digests.map(\.0)
    }

    /// Throws unless the database has exactly this program's version.
    public func check(_ connection: PostgresConnection) async throws {
        let current = try await connection.transaction(readOnly: true) { try await Self.version(in: $0) }
        if current > schema.version { throw Problem.newer(database: current, program: schema.version) }
        if current < schema.version { throw Problem.outdated(database: current, program: schema.version) }
    }

    private static func version(in transaction: PostgresTransaction) async throws -> Int {
        let exists = try await transaction.query("SELECT to_regclass('caseflow.schema_migrations') IS NOT NULL")
        guard try exists[0].decode(0, as: Bool.self) else { return 0 }
        let row = try await transaction.query("SELECT coalesce(max(version), 0) FROM caseflow.schema_migrations")
        return try row[0].decode(0)
    }
}
