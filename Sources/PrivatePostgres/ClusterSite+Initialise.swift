import Foundation

extension ClusterSite {
    /// Makes a new cluster; to be called under the lock, when there is none.
    ///
    /// initdb works in a directory beside the final one, which takes the final name when all is done: a cluster is
    /// there whole or not at all.
    func initialise(with binaries: ServerBinaries) async throws {
        if let content = try? FileManager.default.contentsOfDirectory(atPath: layout.data), !content.isEmpty {
            throw PrivateClusterError.notACluster(dataDirectory: layout.data)
        }
        let unfinished = layout.cluster + "/" + Layout.unfinishedPrefix + UUID().uuidString
        try await account.script(
            #"rm -rf -- "$1"/"$2"*"#,
            [layout.cluster, Layout.unfinishedPrefix],
            surroundings
        ).succeed(timeout: .seconds(300))
        try await account.command(
            [
                binaries("initdb"), "--pgdata", unfinished, "--username", PrivateCluster.superuser,
                "--encoding", "UTF8", "--locale", try await locale(), "--lc-messages", "C",
                "--text-search-config", "simple", "--data-checksums",
                "--auth-local", "trust", "--auth-host", "reject",
            ],
            surroundings
        ).succeed(timeout: .seconds(300))
        // The directory above is synced too, so that the new name is on the disk before the first row is.
        try await account.script(
            #"""
            printf '\n# CaseFlow: the settings of the private server\ninclude '\''%s'\''\n' "$4" >> "$2/postgresql.conf" &&
            mv -T -- "$2" "$3" && { sync -- "$1" || sync; }
            """#,
            [layout.cluster, unfinished, layout.data, ServerConfiguration.fileName],
            surroundings
        ).succeed()
    }

    /// Makes the database when it is missing; the server runs.
    func ensureDatabase(_ endpoint: Endpoint, with binaries: ServerBinaries) async throws {
        let connection = [
            "--host", endpoint.socketDirectory, "--port", String(endpoint.port), "--username", endpoint.superuser,
            "--no-password",
        ]
        let query = "SELECT 1 FROM pg_database WHERE datname = '\(endpoint.database)'"
        let psql =
            [binaries("psql")] + connection
            + ["--dbname", "postgres", "--no-psqlrc", "--tuples-only", "--no-align"]
            + ["--command", query]
        guard try await account.command(psql, surroundings).succeed() != "1" else { return }
        try await account.command(
            [binaries("createdb")] + connection + [endpoint.database],
            surroundings
        ).succeed()
    }

    /// The locale that sorts by code point and knows all of Unicode, where the system has it.
    private func locale() async throws -> String {
        guard let program = surroundings.find("locale") else { return "C" }
        let list = try await surroundings.command([program, "-a"]).run(timeout: .seconds(60)).output
        let names = list.lowercased().split(separator: "\n")
        return names.contains("c.utf8") || names.contains("c.utf-8") ? "C.UTF-8" : "C"
    }
}
