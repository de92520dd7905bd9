import ArgumentParser
import CaseFlow
import CaseFlowServer
import EventStore
import Foundation

/// Takes in a case of the catalogue.
struct CaseReceiveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "receive",
        abstract: "Take in a case of an item of the catalogue, at a window, a village's station or a group's point.",
        discussion: """
            The item's version that is in force now stays the case's. The place and the moment are those of the legal \
            receipt: what a village's point took in yesterday and enters today keeps yesterday, and shows as entered late.

            Personal data never stand on a command line, where every account of the machine can read them: --applicant names \
            a file, or '-'. They are sealed before anything is recorded; see docs/guides/privacy.md.
            """
    )

    @Argument(help: "The case's number.") var number: String
    @Option(help: "The item's code.") var item: String
    @Option(help: "window, agent, home-visit, appointment, self-service, online or post.")
    var channel: ServiceItem.Channel = .window
    @Option(help: "Where it was handed in: a unit. Default: the unit in which the officer acts.") var place: String?
    @Option(help: "The station of the applicant's village, where the procedure goes through it.") var village: String?
    @Option(
        name: .customLong("material"),
        help: "What was handed in, as the item names it (repeatable); 'all' for all."
    )
    var materials: [String] = []
    @Option(help: "The citizen's visit, the same for all matters of one visit.") var visit: String?
    @Option(help: "The first person asked, if that was another officer.") var firstContact: String?
    @Option(help: "The applicant's data: a file with a JSON document, or '-' for standard input.")
    var applicant: String?
    @Option(
        help: "The service calendar that minutes of service are counted by. Default: the log's, if it has just one."
    )
    var serviceCalendar: String?
    @Option(name: .customLong("attribute"), help: "More that is known of it, KEY=VALUE (repeatable). Nothing personal.")
    var attributes: [String] = []
    @OptionGroup var act: ActOptions

    func validate() throws {
        if CaseNumber(rawValue: number) == nil {
            throw ValidationError("'\(number)' is no case number: give a text without control characters")
        }
        _ = try parseAttributes(attributes)
    }

    func run() async throws {
        let code: ItemCode = try parseCode(item, "--item")
        guard let caseNumber = CaseNumber(rawValue: number) else { return }
        let given = try parseAttributes(attributes)
        var intake = Case.Intake(
            channel: channel,
            place: try parseCode(place ?? act.unit ?? "unknown", "--place"),
            village: try village.map { try parseCode($0, "--village") },
            firstContact: try firstContact.map { try parseCode($0, "--first-contact") },
            materials: materials,
            visit: try visit.map { try parseCode($0, "--visit") }
        )
        try await act.withDesk { desk, zone in
            if place == nil, act.unit == nil {
                intake.place = try desk.unit(of: act.act(in: zone), as: [.window, .agent])
            }
            if materials == ["all"] {
                intake.materials = try desk.materials(of: code, at: act.act(in: zone).at.timestamp)
            }
            if let applicant { intake.applicant = try await seal(applicant, for: caseNumber, desk) }
            return try await desk.receive(
                caseNumber,
                of: code,
                intake,
                attributes: given,
                serviceCalendar: serviceCalendar,
                act.act(in: zone)
            )
        }
    }
}

extension CaseReceiveCommand {
    /// Seals the applicant's data. The same person has one key, found by the number; a person without one has a key for the
    /// case, so that the command can be repeated.
    private func seal(_ file: String, for number: CaseNumber, _ desk: CaseDesk) async throws -> SealedPerson {
        let bytes =
            file == "-" ? FileHandle.standardInput.readDataToEndOfFile() : FileManager.default.contents(atPath: file)
        guard let bytes else {
            // What stands there is not repeated: somebody may have given the data instead of the file.
            throw WrongCall(
                description: "--applicant: the file cannot be read; give the path of a file that is there, or '-'"
            )
        }
        let data = try PersonalDocument.read([UInt8](bytes))
        let vault = try await act.log.database.installation().vault(of: desk.log)
        let own = SubjectID(nameBased: ["case", desk.log.id.rawValue, number.rawValue])
        return try await vault.register(data, as: data.identityNumber == nil && data.creditCode == nil ? own : nil)
    }
}

extension ServiceItem.Channel: ExpressibleByArgument {}

/// What is known of a case beside its facts, as KEY=VALUE. Messages tell which one is wrong and never what it says: it may be
/// personal.
func parseAttributes(_ texts: [String]) throws -> [XESAttribute] {
    try texts.enumerated().map { index, text in
        guard let border = text.firstIndex(of: "="), border > text.startIndex else {
            throw ValidationError("--attribute: number \(index + 1) is not KEY=VALUE")
        }
        let key = String(text[..<border])
        if let trace = PersonalTrace.first(in: key) {
            throw ValidationError("--attribute: the key of number \(index + 1): \(trace.words[.english])")
        }
        return XESAttribute(.string, key: key, value: String(text[text.index(after: border)...]))
    }
}

/// A code on the command line.
func parseCode<Code: LogText>(_ text: String, _ option: String) throws -> Code {
    do {
        return try Code(text)
    } catch {
        throw ValidationError("\(option): \(error)")
    }
}
