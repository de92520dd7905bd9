import Foundation

/// The SQL of the house as it is shipped: one object a file, in the order of the file `objects`.
public struct Schema: Sendable {
    /// One object: a table, a function, the grants.
    public struct Object: Sendable {
        /// Path below `schema/`, for example `tables/events.sql`.
        public let name: String
        /// Applied again whenever its text changes; otherwise made once and changed by migrations.
        public let isRepeatable: Bool
        /// The SQL.
        public let sql: String
    }

    /// What brings an older database to a version.
    public struct Migration: Sendable {
        /// The version that it leads to, from 1.
        public let version: Int
        /// Its file's name without `.sql`.
        public let name: String
        /// The SQL.
        public let sql: String
    }

    /// A file of the schema that is missing or not as it should be.
    public struct Damaged: Error, Sendable, CustomStringConvertible {
        /// Which file, and what to do.
        public let description: String
    }

    /// Roles and the schema itself, run before anything else.
    public let roles: String
    /// All objects, in order.
    public let objects: [Object]
    /// All migrations, by version.
    public let migrations: [Migration]
    /// The version of this program's schema.
    public var version: Int { migrations.last?.version ?? 0 }

    /// Reads the schema that was shipped with the program.
    public static func bundled() throws -> Schema { try Schema(directory: Bundle.module.bundleURL) }

    /// Reads a schema from a folder.
    public init(directory: URL) throws {
        func read(_ path: String) throws -> String {
            do {
                return try String(contentsOf: directory.appendingPathComponent(path), encoding: .utf8)
            } catch {
                throw Damaged(
                    description:
                        "the schema file \(path) is missing beside the program (\(directory.path)): install it again"
                )
            }
        }
        roles = try read("roles/roles.sql")
        objects = try read("objects").split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            let words = line.split(separator: " ").map(String.init)
            guard words.count == 2, ["once", "always"].contains(words[0]) else {
                throw Damaged(description: "schema/objects: '\(line)' is not 'once FILE' or 'always FILE'")
            }
            return Object(name: words[1], isRepeatable: words[0] == "always", sql: try read(words[1]))
        }
        let folder = directory.appendingPathComponent("migrations").path
        migrations = try FileManager.default.contentsOfDirectory(atPath: folder).sorted().map { file in
            guard file.hasSuffix(".sql"), let version = Int(file.prefix(4)) else {
                throw Damaged(description: "schema/migrations/\(file) is not named NNNN-what.sql")
            }
            return Migration(version: version, name: String(file.dropLast(4)), sql: try read("migrations/\(file)"))
        }
    }
}
