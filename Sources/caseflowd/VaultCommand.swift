import ArgumentParser
import CaseFlow
import CaseFlowServer
import EventStore
import Foundation

/// Looks after personal data.
struct VaultCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vault",
        abstract: "Personal data: seal it, look at it on the record, erase it, keep its keys.",
        discussion: """
            The log holds personal data sealed; the vault holds the keys. Personal data comes in by files and standard \
            input alone: arguments are seen by every account of the machine and kept in the shell's history. The master \
            key is in the file that CASEFLOW_VAULT_KEY_FILE names; beside a private PostgreSQL one is made when it is \
            first needed. See docs/guides/privacy.md.
            """,
        subcommands: [
            VaultRegisterCommand.self, VaultShowCommand.self, VaultLooksCommand.self, VaultEraseCommand.self,
            VaultCheckCommand.self, VaultAuditCommand.self, VaultRotateCommand.self,
        ]
    )
}

/// What the commands of the vault have in common.
struct VaultOptions: ParsableArguments {
    @Option(help: "The language of answers and refusals, en or zh-CN.")
    var language: Language = .english

    @OptionGroup var log: LogOptions

    /// Opens the log and its vault, and gives them to `body`.
    func withVault<Result>(_ body: (Vault) async throws -> Result) async throws -> Result {
        let installation = try log.database.installation()
        let eventLog = try await installation.log(log.log)
        do {
            let result = try await body(installation.vault(of: eventLog))
            await eventLog.close()
            return result
        } catch {
            await eventLog.close()
            throw spoken(error)
        }
    }

    /// An error in the language that was asked for, where it has words in it.
    func spoken(_ error: any Error) -> any Error {
        switch error {
        case let rejection as Subject.Rejection: FileProblem(description: rejection.words[language])
        default: error
        }
    }

    /// The persons that are meant: a subject by its id, or those whose data stands in a case.
    static func subjects(_ name: String, in log: EventLog) async throws -> (case: StreamName?, ids: [SubjectID]) {
        if let subject = SubjectID(written: name) { return (nil, [subject]) }
        let stream = try await CaseHistory.find(name, in: log)
        return (stream, try await SealedPerson.all(in: stream, of: log).map(\.subject))
    }
}

/// Who does it.
struct VaultActor: ParsableArguments {
    @Option(help: "Who does it, a code such as officer/17. Default: CASEFLOW_ACTOR.")
    var actor: String?

    func validate() throws { _ = try officer() }

    /// An account of the shell is not enough where a look is recorded: it has to be said.
    func officer() throws -> Actor {
        let environment = ProcessInfo.processInfo.environment["CASEFLOW_ACTOR"]
        guard let named = actor ?? environment, !named.isEmpty else {
            throw ValidationError("who does it? Give --actor officer/… or set CASEFLOW_ACTOR")
        }
        do {
            let officer = try Actor(named)
            guard !officer.isImport else { throw ValidationError("--actor: this marks an import; name the officer") }
            return officer
        } catch let error as InvalidText {
            throw ValidationError("--actor: \(error)")
        }
    }
}

/// Seals personal data.
struct VaultRegisterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "register",
        abstract: "Seal the personal data of a JSON document; answer with the subject's id and the box.",
        discussion: """
            The document: {"kind": "person", "name": "…", "identityNumber": "…", "phone": "…", "address": "…", "note": \
            "…"}; of an organisation "creditCode" instead of "identityNumber". Only the name is needed. A subject is \
            found again by its number.
            """
    )

    @Argument(help: "The file, or - for standard input.", completion: .file(extensions: ["json"]))
    var file: String

    @Option(help: "The subject that it is about, where it has no number.")
    var subject: String?

    @OptionGroup var options: VaultOptions

    private struct Answer: Encodable {
        let log, subject, box: String
    }

    func validate() throws {
        if let subject, SubjectID(written: subject) == nil {
            throw ValidationError("--subject: a subject's id has 32 digits from 0 to 9 and a to f")
        }
        if file.contains("{") {
            throw ValidationError("give the document's file, or -; personal data never stand on a command line")
        }
    }

    func run() async throws {
        let text = try CalendarDefaults.text(ofFile: file)
        let today = Moment.day(of: RecordingClock.system.now(), in: CalendarDefaults.zone)
        let data: PersonalData
        do {
            data = try PersonalDocument.read(Array(text.utf8), today: today)
        } catch {
            let member = error.member.map { "'\($0)': " } ?? ""
            throw FileProblem(description: "\(file): \(member)\(error.words[options.language])")
        }
        let sealed = try await options.withVault { vault in
            try await vault.register(data, as: subject.flatMap(SubjectID.init(written:)))
        }
        if options.log.database.json {
            return try Terminal.json(
                Answer(log: options.log.log, subject: sealed.subject.rawValue, box: sealed.box)
            )
        }
        print("subject \(sealed.subject)\nbox     \(sealed.box)")
    }
}
