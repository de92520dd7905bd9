import ArgumentParser
import CaseFlow
import CaseFlowServer
import EventStore
import Foundation
import WorkingTime

/// Checks a number by itself.
struct VaultCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Read an identity number, credit code or telephone number from standard input: is it sound?",
        discussion: """
            The number is read from standard input, never from the arguments, and is not repeated. Needs no database. Exit \
            status 0 for a sound number, 1 for one that is not.
            """
    )

    /// What a number can be.
    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case identityNumber = "identity-number"
        case creditCode = "credit-code"
        case phone
    }

    @Option(help: "identity-number, credit-code or phone; default: by its form.")
    var kind: Kind?

    @Option(help: "The language of the answer, en or zh-CN.")
    var language: Language = .english

    @Flag(help: "Answer in JSON.")
    var json = false

    private struct Answer: Encodable {
        let kind: String
        let isSound: Bool
        let problem: String?
    }

    func run() async throws {
        if isatty(STDIN_FILENO) == 1 { Terminal.note(language == .chinese ? "请输入号码后回车：" : "the number, then Enter:") }
        guard let line = readLine(), line.contains(where: { !$0.isWhitespace }) else {
            throw WrongCall(description: "give the number on standard input: caseflowd vault check < FILE")
        }
        let today = Moment.day(of: RecordingClock.system.now(), in: CalendarDefaults.zone)
        let (kind, flaw) = Self.flaw(of: line, kind, today)
        if json {
            try Terminal.json(Answer(kind: kind.rawValue, isSound: flaw == nil, problem: flaw?[language]))
        } else {
            let name: LocalizedText =
                switch kind {
                case .identityNumber: PersonalData.Field.identityNumber.title
                case .creditCode: PersonalData.Field.creditCode.title
                case .phone: PersonalData.Field.phone.title
                }
            switch language {
            case .english: print("\(name[language]): \(flaw?[language] ?? "sound")")
            case .chinese: print("\(name[language])：\(flaw?[language] ?? "符合编码规则")")
            }
        }
        if flaw != nil { throw ExitCode(1) }
    }

    /// What the number is taken for, and what is wrong with it.
    private static func flaw(of text: String, _ asked: Kind?, _ today: CivilDate?) -> (Kind, LocalizedText?) {
        func identity() -> LocalizedText? {
            do { _ = try IdentityNumber(text, today: today) } catch { return error.words }
            return nil
        }
        func code() -> LocalizedText? {
            do { _ = try UnifiedSocialCreditCode(text) } catch { return error.words }
            return nil
        }
        func phone() -> LocalizedText? {
            do { _ = try PhoneNumber(text) } catch { return error.words }
            return nil
        }
        switch asked {
        case .identityNumber: return (.identityNumber, identity())
        case .creditCode: return (.creditCode, code())
        case .phone: return (.phone, phone())
        case nil:
            let flaw = identity()
            if flaw == nil { return (.identityNumber, nil) }
            if code() == nil { return (.creditCode, nil) }
            if phone() == nil { return (.phone, nil) }
            // Letters other than a closing X are those of a code.
            let letters = text.uppercased().filter { $0.isASCII && $0.isLetter }
            return letters.isEmpty || letters == "X" ? (.identityNumber, flaw) : (.creditCode, code())
        }
    }
}

/// Looks through the vault.
struct VaultAuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Count the vault's keys; find erasures that a crash left undone, and keys that no event uses.",
        discussion: """
            Needs no master key. Keys that no event uses come from commands that broke off between the vault and the log; \
            they count from a day after their last use. --unused reads every event of the log once. Exit status 1 when \
            something is found and not mended.
            """
    )

    @Flag(help: "Look for keys that no event uses, too.")
    var unused = false

    @Flag(help: "Finish the erasures, and remove the keys that no event uses.")
    var mend = false

    @OptionGroup var options: VaultOptions

    private struct Answer: Encodable {
        let log: String
        let masterKey: String?
        let subjects, withoutNumber, underOtherMasterKey: Int
        let unfinishedErasures: [String]
        /// Null when they were not looked for.
        let unused: [String]?
        let removed: Int
    }

    func run() async throws {
        let answer = try await options.log.withLog { eventLog in
            let audit = try await Vault.audit(eventLog, searchingUnused: unused)
            let removed = mend ? try await Vault.mend(audit, in: eventLog) : 0
            return Answer(
                log: eventLog.id.rawValue,
                masterKey: try await Vault.masterKeyID(of: eventLog),
                subjects: audit.subjects,
                withoutNumber: audit.withoutNumber,
                underOtherMasterKey: audit.otherMasterKey,
                unfinishedErasures: audit.unfinishedErasures.map(\.rawValue),
                unused: unused ? audit.unused.map(\.rawValue) : nil,
                removed: removed
            )
        }
        let found = answer.unfinishedErasures.count + (answer.unused?.count ?? 0)
        if options.log.database.json {
            try Terminal.json(answer)
        } else {
            print(
                """
                log \(answer.log): master key \(answer.masterKey ?? "none yet"), \(answer.subjects) subjects, \
                \(answer.withoutNumber) of them without a number
                """
            )
            if answer.underOtherMasterKey > 0 {
                print("\(answer.underOtherMasterKey) keys are under another master key")
            }
            for subject in answer.unfinishedErasures { print("subject \(subject): its erasure was not finished") }
            for subject in answer.unused ?? [] { print("subject \(subject): no event uses it") }
            if answer.removed > 0 { print("\(answer.removed) removed") }
        }
        if found > answer.removed || answer.underOtherMasterKey > 0 { throw ExitCode(1) }
    }
}
