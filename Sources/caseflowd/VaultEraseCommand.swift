import ArgumentParser
import CaseFlow
import CaseFlowServer
import EventStore
import Foundation
import WorkingTime

/// Erases a subject.
struct VaultEraseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "erase",
        abstract: "Erase a subject: its key goes, and nobody opens its data any more. Every event stays as it is.",
        discussion: """
            Backups, archived WAL and replicas from before still hold the wrapped key; `vault rotate` makes it useless once \
            the former master key is destroyed. See docs/threat-model.md. Again, it finishes what a crash left undone.
            """
    )

    @Argument(help: "The subject's id.")
    var subject: String

    @OptionGroup var act: VaultActor

    @Option(help: "Why: the citizen's request, the end of the time for which data is kept.")
    var reason: String

    @Option(help: "An id of your own for this command: the same id again is the same command again, done once.")
    var request: String?

    @OptionGroup var options: VaultOptions

    private struct Answer: Encodable {
        let log, subject: String
        /// False when nothing was left to erase.
        let isNew: Bool
        let erasedOn: String
    }

    func validate() throws {
        guard SubjectID(written: subject) != nil else {
            throw ValidationError(
                "a subject's id has 32 digits from 0 to 9 and a to f; `vault looks CASE` names those of a case"
            )
        }
        if let request, UUID(uuidString: request) == nil { throw ValidationError("--request: '\(request)' is no UUID") }
    }

    func run() async throws {
        guard let id = SubjectID(written: subject) else { return }
        let officer = try act.officer()
        let answer = try await options.withVault { vault in
            let zone = try await LogInformation.zone(of: vault.log)
            let now = RecordingClock.system.now()
            guard let today = Moment.day(of: now, in: zone) else {
                throw WrongCall(description: "this machine's clock is out of range")
            }
            let isNew = try await vault.erase(
                id,
                reason: reason,
                on: today,
                actor: officer,
                request: request.flatMap(UUID.init(uuidString:)) ?? UUID(timeOrderedAt: now)
            )
            let erasure = try await Vault.looks(at: id, in: vault.log).erasure
            return Answer(
                log: vault.log.id.rawValue,
                subject: id.rawValue,
                isNew: isNew,
                erasedOn: (erasure?.on ?? today).description
            )
        }
        if options.log.database.json { return try Terminal.json(answer) }
        switch options.language {
        case .english:
            print(
                "log \(answer.log): subject \(id) "
                    + (answer.isNew ? "erased" : "was erased before,") + " on \(answer.erasedOn)"
            )
        case .chinese: print("日志 \(answer.log)：对象 \(id) \(answer.isNew ? "已" : "此前已")于 \(answer.erasedOn) 删除")
        }
    }
}

/// Changes the master key.
struct VaultRotateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Wrap all keys under another master key: all of them or none.",
        discussion: """
            Daemons that run with the former key refuse personal data until they are started with the new one. Destroy the \
            former key when no backup needs it any more: only then is what was erased gone from the backups, too.
            """
    )

    @Option(help: "The file of the new key; made where there is none.", completion: .file())
    var newKeyFile: String

    @OptionGroup var options: VaultOptions

    private struct Answer: Encodable {
        let log, masterKey, keyFile: String
        let subjects: Int
        /// Where the former key is kept now; null where it stays where it was.
        let formerKeyFile: String?
    }

    func run() async throws {
        let installation = try options.log.database.installation()
        let answer = try await options.withVault { vault in
            let isThere = FileManager.default.fileExists(atPath: newKeyFile)
            let new = isThere ? try MasterKey(file: newKeyFile) : try MasterKey.make(at: newKeyFile)
            let count = try await vault.rotate(to: new)
            let (path, isOurs) = try installation.vaultKeyFile(of: vault.log.id)
            var former: String?
            if isOurs, vault.masterKeyID != new.id {
                // Beside a private cluster the key has its place, and the next command looks there.
                let kept = "\(path).\(vault.masterKeyID)"
                try FileManager.default.moveItem(atPath: path, toPath: kept)
                try new.save(at: path)
                former = kept
            }
            return Answer(
                log: vault.log.id.rawValue,
                masterKey: new.id,
                keyFile: isOurs ? path : newKeyFile,
                subjects: count,
                formerKeyFile: former
            )
        }
        if options.log.database.json { return try Terminal.json(answer) }
        print("log \(answer.log): \(answer.subjects) subjects are wrapped under the master key \(answer.masterKey)")
        print("the master key's file is \(answer.keyFile)")
        let former = answer.formerKeyFile.map { " (\($0))" } ?? ""
        print("destroy the former key\(former) when no backup needs it any more")
    }
}
