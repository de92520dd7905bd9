import Foundation

/// A cluster's directories together with the account that works in them.
struct ClusterSite: Sendable {
    let layout: Layout
    let account: ServerAccount
    let surroundings: Surroundings

    var socketDirectory: String { layout.socketDirectory(uid: account.uid) }

    var processes: ServerProcesses {
        ServerProcesses(dataDirectory: layout.data, account: account, surroundings: surroundings)
    }

    /// The major version of the data, nil when there is no cluster yet.
    var dataVersion: String? {
        FileFacts.text(of: layout.versionFile)?.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// The server programs for the data, or for a new cluster.
    func binaries() async throws -> ServerBinaries {
        try await ServerBinaries.find(version: dataVersion, dataDirectory: layout.data, surroundings)
    }

    /// Makes what is missing of the directories and the lock file. Can be called again and again, also at once.
    ///
    /// - Throws: `PrivateClusterError.unreachable`, `.notOurs`, `.fileTrouble`.
    func prepareDirectories() async throws {
        try await checkReach()
        try makeAncestors()
        try makeStateDirectory()
        try await account.script(
            """
            mkdir -p -- "$1" "$2" && chmod 0700 -- "$1" "$2" && { test -e "$3" || : >> "$3"; }
            """,
            [layout.cluster, layout.run, layout.lock],
            surroundings
        ).succeed()
    }

    /// Makes the directory of the socket when it is outside of the state directory, or refuses the one that is there.
    func prepareSocketDirectory() async throws {
        let directory = socketDirectory
        guard directory != layout.run else { return }
        // `mkdir` without `-p` never takes over what exists; what it found instead is judged below.
        _ = try await account.script(#"mkdir -m 0700 -- "$1""#, [directory], surroundings).run(timeout: .seconds(60))
        guard let facts = FileFacts(directory) else {
            throw PrivateClusterError.fileTrouble(
                path: directory,
                reason: "the directory for the server's socket could not be made. Make room in /tmp, "
                    + "or choose a shorter state directory with CASEFLOW_STATE_DIR."
            )
        }
        guard facts.isDirectory, facts.owner == account.uid else {
            throw PrivateClusterError.notOurs(
                directory: directory,
                reason: "it should hold the server's socket, because the path of the state directory is too long for "
                    + "one, but it belongs to user \(facts.owner). Remove it, or choose a shorter state directory "
                    + "with CASEFLOW_STATE_DIR."
            )
        }
        if facts.mode != 0o700 {
            try await account.script(#"chmod 0700 -- "$1""#, [directory], surroundings).succeed()
        }
    }

    /// Makes the missing directories above the state directory: for root such that the server's account may pass, for
    /// others private.
    private func makeAncestors() throws {
        for path in layout.ancestors where FileFacts(path) == nil {
            try make(path, mode: account.prefix.isEmpty ? 0o700 : 0o711)
        }
    }

    /// Refuses a state directory that the server's account could never reach.
    private func checkReach() async throws {
        guard !account.prefix.isEmpty else { return }
        let found = try await account.script(
            #"for d; do test -x "$d" || { printf %s "$d"; exit 3; }; done"#,
            layout.ancestors.filter { FileFacts($0) != nil },
            surroundings
        ).run(timeout: .seconds(60))
        guard found.status != 0 else { return }
        throw PrivateClusterError.unreachable(
            directory: found.output,
            stateDirectory: layout.state,
            account: account.name
        )
    }

    private func makeStateDirectory() throws {
        if FileFacts(layout.state) == nil { try make(layout.state, mode: 0o700) }
        guard let facts = FileFacts(layout.state), facts.isDirectory else {
            throw PrivateClusterError.fileTrouble(path: layout.state, reason: "it is not a directory.")
        }
        guard facts.owner != account.uid || facts.mode != 0o700 else { return }
        // A directory given by mistake - /tmp, somebody's home - must not change hands.
        let content = (try? FileManager.default.contentsOfDirectory(atPath: layout.state)) ?? []
        guard content.isEmpty || content.contains("pg") || content.contains("lock") else {
            throw PrivateClusterError.notOurs(
                directory: layout.state,
                reason: "it holds other things (\(content.sorted().prefix(3).joined(separator: ", "))) and is not "
                    + "private to \"\(account.name)\". Choose an empty or a new directory with CASEFLOW_STATE_DIR."
            )
        }
        do {
            var attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o700]
            if facts.owner != account.uid {
                attributes[.ownerAccountID] = account.uid
                attributes[.groupOwnerAccountID] = account.gid
            }
            try FileManager.default.setAttributes(attributes, ofItemAtPath: layout.state)
        } catch {
            throw PrivateClusterError.fileTrouble(
                path: layout.state,
                reason: "it cannot be made private to \"\(account.name)\": \(error.localizedDescription)"
            )
        }
    }

    private func make(_ path: String, mode: Int) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: path,
                withIntermediateDirectories: false,
                attributes: [.posixPermissions: mode]
            )
        } catch {
            // Another process may have been quicker.
            guard FileFacts(path)?.isDirectory != true else { return }
            throw PrivateClusterError.fileTrouble(
                path: path,
                reason: "the directory cannot be made: \(error.localizedDescription) "
                    + "Choose another state directory with CASEFLOW_STATE_DIR."
            )
        }
    }
}
