import Foundation
import Glibc

/// The account of the operating system that the server runs as, and that owns everything inside the state directory.
///
/// An ordinary user is his own account. Root is refused by PostgreSQL, so root acts through another account: that of
/// an existing cluster, else `CASEFLOW_PG_USER`, else `postgres`. Everything inside the state directory is then made
/// and removed by that account itself, so that root never follows a path which that account could have bent.
struct ServerAccount: Sendable, Equatable {
    static let defaultName = "postgres"

    let uid: UInt32
    let gid: UInt32
    let name: String
    /// What comes before a command to run it as this account; empty when it is our own.
    let prefix: [String]

    /// Finds the account for a state directory.
    ///
    /// - Throws: `PrivateClusterError.noServerAccount`, `.notOurs` when the directory belongs to somebody else,
    ///   `.missingProgram`.
    static func resolve(_ layout: Layout, _ surroundings: Surroundings) async throws -> ServerAccount {
        let stateOwner = FileFacts(layout.state)?.owner
        let own = geteuid()
        guard own == 0 else {
            if let stateOwner, stateOwner != own {
                throw PrivateClusterError.notOurs(
                    directory: layout.state,
                    reason: "it belongs to user \(stateOwner), and this program runs as user \(own). "
                        + "Run it as that user, or choose another directory with CASEFLOW_STATE_DIR."
                )
            }
            return ServerAccount(uid: own, gid: getegid(), name: NSUserName(), prefix: [])
        }
        let wanted = surroundings["CASEFLOW_PG_USER"]
        if let owner = FileFacts(layout.data)?.owner, owner != 0 {
            let found = try await account(uid: owner, surroundings)
            if let wanted, try await account(named: wanted, surroundings).uid != owner {
                throw PrivateClusterError.notOurs(
                    directory: layout.data,
                    reason: "it belongs to \"\(found.name)\", and CASEFLOW_PG_USER asks for \"\(wanted)\". "
                        + "Unset CASEFLOW_PG_USER, or choose another directory with CASEFLOW_STATE_DIR."
                )
            }
            return found
        }
        if wanted == nil, let stateOwner, stateOwner != 0 {
            return try await account(uid: stateOwner, surroundings)
        }
        return try await account(named: wanted ?? defaultName, surroundings)
    }

    /// A command that runs as this account.
    func command(_ words: [String], _ surroundings: Surroundings, input: String? = nil) -> Command {
        Command(words: prefix + words, environment: surroundings.forPrograms, input: input)
    }

    /// A shell script that runs as this account, with `arguments` as `$1` and so on.
    func script(
        _ text: String,
        _ arguments: [String],
        _ surroundings: Surroundings,
        input: String? = nil
    ) throws -> Command {
        let shell = try surroundings.require("sh", to: "prepare directories")
        return command([shell, "-c", "umask 077; " + text, "sh"] + arguments, surroundings, input: input)
    }

    private static func account(named name: String, _ surroundings: Surroundings) async throws -> ServerAccount {
        guard let uid = try await number(["-u", name], surroundings), uid != 0 else {
            throw PrivateClusterError.noServerAccount(name: name)
        }
        let gid = try await number(["-g", name], surroundings) ?? uid
        return ServerAccount(uid: uid, gid: gid, name: name, prefix: try prefix(name, uid, gid, surroundings))
    }

    private static func account(uid: UInt32, _ surroundings: Surroundings) async throws -> ServerAccount {
        let id = try surroundings.require("id", to: "look up accounts")
        let found = try await surroundings.command([id, "-un", String(uid)]).run(timeout: .seconds(60))
        guard found.status == 0 else { throw PrivateClusterError.noServerAccount(name: String(uid)) }
        return try await account(named: found.output, surroundings)
    }

    /// What `id` prints for an account, nil when it knows no such account.
    private static func number(_ arguments: [String], _ surroundings: Surroundings) async throws -> UInt32? {
        let id = try surroundings.require("id", to: "look up accounts")
        let found = try await surroundings.command([id] + arguments).run(timeout: .seconds(60))
        return found.status == 0 ? UInt32(found.output) : nil
    }

    private static func prefix(
        _ name: String,
        _ uid: UInt32,
        _ gid: UInt32,
        _ surroundings: Surroundings
    ) throws -> [String] {
        if let setpriv = surroundings.find("setpriv") {
            return [setpriv, "--reuid=\(uid)", "--regid=\(gid)", "--init-groups", "--"]
        }
        return [try surroundings.require("runuser", to: "run the server as \"\(name)\""), "-u", name, "--"]
    }
}
