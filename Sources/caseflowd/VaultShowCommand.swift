import ArgumentParser
import CaseFlow
import CaseFlowServer
import EventStore
import Foundation
import WorkingTime

/// Shows personal data, on the record.
struct VaultShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show the personal data of a case or a subject. The look is recorded before anything is shown.",
        discussion: """
            Of a case, what stands in its events: the data as it was handed in then. Of a subject, what was registered \
            last. The reason must not hold personal data; the subject's own is taken out of it.
            """
    )

    @Argument(help: "A case's number, id or stream; or a subject's id.")
    var name: String

    @OptionGroup var act: VaultActor

    @Option(help: "Why.")
    var reason: String

    @Option(help: "As what: inspector, auditor, director, …")
    var role: OfficerRole = .inspector

    @Option(name: .customLong("field"), help: "Show this alone; may be repeated. Default: all.")
    var fields: [PersonalData.Field] = []

    @Option(name: .customLong("case"), help: "The case that a subject is looked at for.")
    var caseName: String?

    @OptionGroup var options: VaultOptions

    private struct Answer: Encodable {
        struct Person: Encodable {
            let subject: String
            let kind: String?
            let values: [String: String]?
            /// The position of the look's event.
            let position: Int64?
            /// The reason as it is recorded.
            let reason: String?
            /// Why nothing is shown.
            let problem: String?
        }
        let log: String
        let `case`: String?
        let persons: [Person]
    }

    func run() async throws {
        let officer = try act.officer()
        let answer = try await options.withVault { vault in
            var people: [SealedPerson] = []
            var stream: StreamName?
            if let subject = SubjectID(written: name) {
                stream = if let caseName { try await CaseHistory.find(caseName, in: vault.log) } else { nil }
                people = [try await vault.latest(subject)]
            } else {
                let found = try await CaseHistory.find(name, in: vault.log)
                stream = found
                people = try await SealedPerson.all(in: found, of: vault.log)
                if people.isEmpty { throw FileProblem(description: "case \(name) holds no personal data") }
            }
            let look = Subject.Look(
                who: officer,
                role: role,
                why: reason,
                case: stream,
                fields: fields.isEmpty ? PersonalData.Field.allCases : fields
            )
            var persons: [Answer.Person] = []
            for person in people { persons.append(try await shown(person, look, vault, isOnly: people.count == 1)) }
            return Answer(log: vault.log.id.rawValue, case: stream?.rawValue, persons: persons)
        }
        if options.log.database.json { return try Terminal.json(answer) }
        for person in answer.persons {
            print("subject \(person.subject)")
            if let problem = person.problem { print("  \(problem)") }
            for field in PersonalData.Field.allCases {
                if let value = person.values?[field.rawValue] { print("  \(field.title[options.language]): \(value)") }
            }
            if let position = person.position {
                switch options.language {
                case .english: print("  look recorded at position \(position), reason: \(person.reason ?? "")")
                case .chinese: print("  已登记本次查阅，位置号 \(position)，理由：\(person.reason ?? "")")
                }
            }
        }
    }

    /// One of several that was erased does not keep the others from being shown.
    private func shown(
        _ person: SealedPerson,
        _ look: Subject.Look,
        _ vault: Vault,
        isOnly: Bool
    ) async throws -> Answer.Person {
        let id = person.subject.rawValue
        do {
            let shown = try await vault.look(at: person, look)
            return Answer.Person(
                subject: id,
                kind: shown.kind.rawValue,
                values: Dictionary(uniqueKeysWithValues: shown.values.map { ($0.field.rawValue, $0.value) }),
                position: shown.position,
                reason: shown.recordedReason,
                problem: nil
            )
        } catch let rejection as Subject.Rejection {
            guard case .erased = rejection, !isOnly else { throw rejection }
            return Answer.Person(
                subject: id,
                kind: nil,
                values: nil,
                position: nil,
                reason: nil,
                problem: rejection.words[options.language]
            )
        }
    }
}

/// Lists who has looked.
struct VaultLooksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "looks",
        abstract: "Who has looked at the personal data of a subject or a case, when, as what and why."
    )

    @Argument(help: "A subject's id; or a case's number, id or stream.")
    var name: String

    @OptionGroup var options: VaultOptions

    private struct Answer: Encodable {
        struct Look: Encodable {
            let recordedAt, who, role, reason: String
            let `case`: String?
            let fields: [String]
            let position: Int64
        }
        struct Subject: Encodable {
            let subject: String
            let erasedOn, erasedFor: String?
            let looks: [Look]
        }
        let log: String
        let subjects: [Subject]
    }

    func run() async throws {
        let answer = try await options.log.withLog { eventLog in
            var subjects: [Answer.Subject] = []
            for subject in try await VaultOptions.subjects(name, in: eventLog).ids {
                let (looks, erasure) = try await Vault.looks(at: subject, in: eventLog)
                subjects.append(
                    Answer.Subject(
                        subject: subject.rawValue,
                        erasedOn: erasure?.on.description,
                        erasedFor: erasure?.reason,
                        looks: looks.map { one in
                            Answer.Look(
                                recordedAt: one.recordedAt.description,
                                who: one.look.who.rawValue,
                                role: one.look.role.rawValue,
                                reason: one.look.why,
                                case: one.look.caseStream?.rawValue,
                                fields: one.look.fields.map(\.rawValue),
                                position: one.position
                            )
                        }
                    )
                )
            }
            return Answer(log: eventLog.id.rawValue, subjects: subjects)
        }
        if options.log.database.json { return try Terminal.json(answer) }
        for subject in answer.subjects {
            let isChinese = options.language == .chinese
            let count = isChinese ? "查阅 \(subject.looks.count) 次" : "\(subject.looks.count) looks"
            print("subject \(subject.subject): \(count)")
            if let day = subject.erasedOn, let reason = subject.erasedFor {
                print(isChinese ? "已于 \(day) 删除：\(reason)" : "erased on \(day): \(reason)")
            }
            if subject.looks.isEmpty { continue }
            Terminal.table(
                isChinese
                    ? ["录入时间", "查阅人", "身份", "办件", "字段", "理由"]
                    : ["recorded", "who", "role", "case", "fields", "reason"],
                subject.looks.map { look in
                    let role = OfficerRole(rawValue: look.role)?.title[options.language] ?? look.role
                    return [
                        look.recordedAt, look.who, role, look.case ?? "-", look.fields.joined(separator: ","),
                        look.reason,
                    ]
                }
            )
        }
    }
}
extension PersonalData.Field: ExpressibleByArgument {}
