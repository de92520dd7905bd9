import Foundation

/// A directory with a complete set of PostgreSQL's server programs, and their major version.
struct ServerBinaries: Sendable, Equatable {
    static let programs = ["initdb", "pg_ctl", "postgres", "createdb", "psql", "pg_isready"]

    let directory: String
    /// Such as `15`, or `9.6` before version 10: what `PG_VERSION` says in a data directory of these programs.
    let major: String

    /// The absolute path of one of the programs.
    func callAsFunction(_ program: String) -> String {
        directory.appendingComponent(program)
    }

    /// Finds programs for data of the major version `version`, or the ones to make a new cluster with when it is nil.
    ///
    /// - Throws: `PrivateClusterError.noBinaries`; `.foreignVersion` when there are programs, but of other versions.
    static func find(
        version: String?,
        dataDirectory: String,
        _ surroundings: Surroundings
    ) async throws -> ServerBinaries {
        let (searched, installed) = try await installed(surroundings, enough: version)
        guard let version else {
            guard let first = installed.first else { throw PrivateClusterError.noBinaries(searched: searched) }
            return first
        }
        if let match = installed.first(where: { $0.major == version }) { return match }
        guard !installed.isEmpty else { throw PrivateClusterError.noBinaries(searched: searched) }
        throw PrivateClusterError.foreignVersion(
            dataDirectory: dataDirectory,
            data: version,
            installed: installed.map { $0.major }
        )
    }

    /// The complete sets of programs, the preferred one first, and the places that were looked at.
    ///
    /// - Parameter enough: the search ends at the first set of this version, or at the first set when it is nil.
    private static func installed(
        _ surroundings: Surroundings,
        enough version: String?
    ) async throws -> (searched: [String], found: [ServerBinaries]) {
        var searched: [String] = []
        var found: [ServerBinaries] = []
        for directory in try await candidates(surroundings) where !searched.contains(directory) {
            searched.append(directory)
            guard let set = try await ServerBinaries(in: directory, surroundings) else { continue }
            found.append(set)
            if version == nil || set.major == version { break }
        }
        return (searched, found)
    }

    /// The directories to look at. One that the user names is the only one.
    private static func candidates(_ surroundings: Surroundings) async throws -> [String] {
        if let named = surroundings["CASEFLOW_PG_BIN"] { return [named] }
        var directories: [String] = []
        if let config = surroundings.find("pg_config") {
            let answer = try await surroundings.command([config, "--bindir"]).run(timeout: .seconds(60))
            if answer.status == 0, answer.output.hasPrefix("/") { directories.append(answer.output) }
        }
        directories += surroundings.path
        directories += versions(in: "/usr/lib/postgresql", prefix: "")
        directories += versions(in: "/usr", prefix: "pgsql-")
        return directories
    }

    /// `<parent>/<prefix><number>/bin` for every number there, the highest first.
    private static func versions(in parent: String, prefix: String) -> [String] {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
        return
            entries
            .filter { $0.hasPrefix(prefix) }
            .compactMap { entry in Double(entry.dropFirst(prefix.count)).map { (number: $0, entry: entry) } }
            .sorted { $0.number > $1.number }
            .map { "\(parent)/\($0.entry)/bin" }
    }

    /// Nil when a program is missing, or when `postgres` does not tell its version.
    private init?(in directory: String, _ surroundings: Surroundings) async throws {
        let complete = Self.programs.allSatisfy {
            FileManager.default.isExecutableFile(atPath: directory.appendingComponent($0))
        }
        guard complete else { return nil }
        let postgres = directory.appendingComponent("postgres")
        let answer = try await surroundings.command([postgres, "--version"]).run(timeout: .seconds(60))
        guard answer.status == 0, let major = Self.major(in: answer.output) else { return nil }
        self.directory = directory
        self.major = major
    }

    /// `15` out of `postgres (PostgreSQL) 15.18 (...)`, `18` out of `... 18beta1`, `9.6` out of `... 9.6.24`.
    static func major(in text: String) -> String? {
        guard let word = text.split(separator: ") ").dropFirst().first?.split(separator: " ").first else { return nil }
        let parts = word.split(separator: ".")
        guard let first = parts.first.map({ $0.prefix { $0.isNumber } }), let number = Int(first) else { return nil }
        return number < 10 ? parts.prefix(2).joined(separator: ".") : String(number)
    }
}
