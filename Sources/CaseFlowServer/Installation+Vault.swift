import CaseFlow
import EventStore
import Foundation
import PrivatePostgres

/// That nobody has said where the master key of a log's vault is.
public struct VaultKeyNotNamed: Error, Sendable, CustomStringConvertible {
    /// The log.
    public let log: LogID

    /// What is missing and what to do.
    public var description: String {
        "personal data of log \(log) needs a master key: make a file, (umask 077; head -c 32 /dev/urandom | base64 > FILE), "
            + "keep a copy of it away from this machine, and name it by CASEFLOW_VAULT_KEY_FILE"
    }
}

extension Installation {
    /// The variable that names the file of the master key.
    public static let vaultKeyVariable = "CASEFLOW_VAULT_KEY_FILE"

    /// Where the master key of a log is looked for: where the variable says, else for a private cluster in its state
    /// directory. Errors: ``VaultKeyNotNamed``.
    public func vaultKeyFile(
        of log: LogID,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(VaultKeyNotNamed) -> (path: String, isOurs: Bool) {
        if let named = environment[Self.vaultKeyVariable], !named.isEmpty { return (named, false) }
        guard case .own(let cluster) = place else { throw VaultKeyNotNamed(log: log) }
        return ("\(cluster.stateDirectory)/vault-\(log).key", true)
    }

    /// Opens the vault of a log. Beside a private cluster a master key is made when the vault is first needed, and that is
    /// told; a vault that has one already never gets another. Errors: `MasterKey.Problem`, ``VaultKeyNotNamed``,
    /// `VaultProblem.otherMasterKey`.
    /// - Parameters:
    ///   - random: for new subjects and their keys; another than the system's for simulations alone.
    ///   - clock: when a subject's data was last used.
    public func vault(
        of log: EventLog,
        random: VaultRandom = .system,
        clock: RecordingClock = .system,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) async throws -> Vault {
        let file = try vaultKeyFile(of: log.id, environment: environment)
        let isMissing = !FileManager.default.fileExists(atPath: file.path)
        let isNew = file.isOurs && isMissing ? try await Vault.masterKeyID(of: log) == nil : false
        let key = isNew ? try newKey(at: file.path, of: log.id) : try MasterKey(file: file.path)
        let vault = Vault(log, key: key, random: random, clock: clock)
        try await vault.checkKey()
        return vault
    }

    /// The vault of a log, where its master key is at hand; nil where it is not, and none is made. Errors as with `vault`.
    public func vaultAtHand(of log: EventLog) async throws -> Vault? {
        guard let file = try? vaultKeyFile(of: log.id), FileManager.default.fileExists(atPath: file.path) else {
            return nil
        }
        return try await vault(of: log)
    }

    private func newKey(at path: String, of log: LogID) throws -> MasterKey {
        do {
            let key = try MasterKey.make(at: path)
            tell(
                "made the master key of the vault of log \(log), \(path); copy it to a safe place away from the database's "
                    + "backups: without it the personal data cannot be read"
            )
            return key
        } catch {
            // Another process has made it at this moment.
            guard case MasterKey.Problem.exists = error else { throw error }
            return try MasterKey(file: path)
        }
    }
}
