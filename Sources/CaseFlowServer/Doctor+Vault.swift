import CaseFlow
import EventStore
import PostgresClient

extension Doctor {
    /// Holds the vaults of a database against the master keys that this machine has. Looked at under the role of the
    /// daily work, which alone may see them.
    func examineVaults(_ work: PostgresConfiguration) async -> [Finding] {
        var findings: [Finding] = []
        do {
            let connection = try await PostgresConnection.connect(work)
            defer { Task { await connection.close() } }
            let rows = try await connection.query("SELECT log_id, master_key_id FROM caseflow.vaults ORDER BY log_id")
            for row in rows {
                let log = LogID(trusted: try row.decode(0))
                findings.append(examineVault(of: log, needs: try row.decode(1)))
            }
        } catch {
            findings.append(
                Finding(check: "vaults", level: .warning, found: "\(error)", mend: "run `caseflowd migrate`")
            )
        }
        return findings
    }

    private func examineVault(of log: LogID, needs id: String) -> Finding {
        let check = "vault of log \(log)"
        do {
            let path = try installation.vaultKeyFile(of: log).path
            let key = try MasterKey(file: path)
            if key.id == id { return Finding(check: check, level: .ok, found: "master key \(id), \(path)", mend: nil) }
            return Finding(
                check: check,
                level: .problem,
                found: "it goes by the master key \(id), and \(path) holds \(key.id)",
                mend: "name the right file by \(Installation.vaultKeyVariable)"
            )
        } catch {
            // Whoever has no key works with everything but personal data.
            return Finding(
                check: check,
                level: .warning,
                found: "\(error)",
                mend: "personal data cannot be read until the master key is there"
            )
        }
    }
}
