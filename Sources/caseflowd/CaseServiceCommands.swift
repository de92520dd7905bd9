import ArgumentParser
import CaseFlow
import CaseFlowServer
import EventStore
import Foundation
import WorkingTime

/// Mended at the window.
struct CaseCorrectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "correct",
        abstract: "Record that a mistake was mended on the spot; that is no notice (art. 32(3))."
    )
    @Option(help: "What was mended.") var what: String
    @OptionGroup var options: RecordOptions
    func run() async throws { try await options.record(.correctedOnSpot(what)) }
}

/// May follow.
struct CaseDeferCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "defer",
        abstract: "Let a lesser material follow within a promised time (容缺受理)."
    )
    @Option(help: "The material, as the item names it.") var material: String
    @Option(help: "How long, as '5 working-days'.", transform: parseLimit) var within: Limit
    @OptionGroup var options: RecordOptions
    func run() async throws { try await options.record(.materialDeferred(material, within: within)) }
}

/// Followed.
struct CaseFollowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "follow",
        abstract: "Record that a deferred material came."
    )
    @Option(help: "The material, as the item names it.") var material: String
    @OptionGroup var options: RecordOptions
    func run() async throws { try await options.record(.materialFollowed(material)) }
}

/// Not followed.
struct CaseReturnFileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "return-file",
        abstract: "Give the file back because a deferred material did not come in time: the case ends."
    )
    @Option(help: "The material.") var material: String
    @OptionGroup var options: RecordOptions
    func run() async throws { try await options.record(.fileReturned(material)) }
}

/// A hearing.
struct CaseHearingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hearing",
        abstract: "A hearing: asked for, announced, held, or waived by the applicant (arts. 47 and 48)."
    )
    /// What happens with it.
    enum Move: String, ExpressibleByArgument, CaseIterable {
        case ask, announce, hold, waive
    }
    @Argument(help: "ask, announce, hold or waive.") var move: Move
    @Option(help: "The day of the hearing, for announce.") var on: String?
    @OptionGroup var options: RecordOptions

    func validate() throws {
        if (move == .announce) != (on != nil) { throw ValidationError("--on goes with announce, and only with it") }
        if let on, (try? CivilDate(on)) == nil { throw ValidationError("--on: '\(on)' is no day; write 2026-03-10") }
    }

    func run() async throws {
        switch move {
        case .ask: try await options.record(.hearingAsked)
        case .announce: try await options.record(.hearingAnnounced(on: CivilDate(on ?? "")))
        case .hold: try await options.record(.hearingHeld)
        case .waive: try await options.record(.hearingWaived)
        }
    }
}

/// An exception from the separation of duties.
struct CaseExceptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "except",
        abstract: "Declare, as director, that one person may do two acts on this case."
    )
    @Option(help: "acceptor-decides, acceptor-seals or decider-seals.") var exception: Case.Separation
    @Option(help: "Why.") var reason: String
    @OptionGroup var options: RecordOptions
    func run() async throws { try await options.record(.exceptionDeclared(exception, reason: reason)) }
}

extension Case.Separation: ExpressibleByArgument {}

/// The seal.
struct CaseSealCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "seal",
        abstract: "Use the seal on the decision; from then on it is effective (art. 39)."
    )
    @Option(help: "The seal's matter, as the item names it.") var matter: String
    @Option(help: "The document that is sealed; its SHA-256 is recorded.") var document: String?
    @Option(help: "The document's SHA-256 instead, base64.") var digest: String?
    @OptionGroup var options: RecordOptions

    func validate() throws {
        if (document == nil) == (digest == nil) { throw ValidationError("give --document or --digest") }
    }

    func run() async throws {
        let use = Case.SealUse(
            matter: try parseCode(matter, "--matter"),
            document: try digest ?? documentDigest(document),
            // The desk puts in the officer who acts.
            keeper: OfficerID(trusted: "keeper")
        )
        try await options.record(.sealed(use))
    }
}

/// The result.
struct CaseIssueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "issue",
        abstract: "Make out the result for the citizen."
    )
    @Option(help: "What, as the item names it.") var result: String
    @Option(help: "The document; its SHA-256 is recorded, and has to be that of the sealed one.") var document: String?
    @OptionGroup var options: RecordOptions
    func run() async throws {
        let digest = try document.map { try documentDigest($0) }
        try await options.record(.issued(Case.Issue(result: result, document: digest)))
    }
}

/// SHA-256 of a file, base64.
private func documentDigest(_ path: String?) throws -> String {
    guard let path, let data = FileManager.default.contents(atPath: path) else {
        throw ValidationError("--document: '\(path ?? "")' cannot be read; is it there, and a file?")
    }
    return Case.digest(ofDocument: [UInt8](data))
}

/// A visit.
struct CaseVisitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "visit",
        abstract: "Count a visit of the citizen for the case (最多跑一次)."
    )
    @Option(help: "The visit, the same for all matters of one visit.") var visit: String
    @OptionGroup var options: RecordOptions
    func run() async throws { try await options.record(.visited(parseCode(visit, "--visit"))) }
}

/// A fee.
struct CaseFeeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fee",
        abstract: "Record a fee that the citizen was charged (arts. 58 and 59).",
        discussion: """
            It is recorded whether the item has such a fee or not; what goes beyond the catalogue is said on standard error, \
            and is a finding. The same receipt again is the same charge.
            """
    )
    @Option(help: "The amount in yuan, as 12.50.") var amount: String
    @Option(help: "The number of the receipt that the citizen was given.") var receipt: String?
    @OptionGroup var options: RecordOptions

    func validate() throws { _ = try charge() }

    func run() async throws { try await options.record(.feeCharged(charge())) }

    private func charge() throws -> Case.FeeCharge {
        guard let charge = ServiceItem.Fee.fen(yuan: amount).flatMap({ Case.FeeCharge(fen: $0, receipt: receipt) })
        else {
            throw ValidationError("--amount: '\(amount)' is no amount in yuan; write 5 or 12.50, from 0.01 to 1000000")
        }
        return charge
    }
}

/// A complaint.
struct CaseComplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "complain",
        abstract: "Record a complaint. The text names nobody."
    )
    @Option(help: "The complaint's reference.") var reference: String
    @Option(help: "What it is about, without names and numbers.") var about: String
    @OptionGroup var options: RecordOptions
    func run() async throws { try await options.record(.complained(reference: reference, about: about)) }
}

/// Its answer.
struct CaseAnswerComplaintCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "answer-complaint",
        abstract: "Answer a complaint, as director or inspector."
    )
    @Option(help: "The complaint's reference.") var reference: String
    @Flag(help: "It was right.") var upheld = false
    @Option(help: "The answer.") var answer: String
    @OptionGroup var options: RecordOptions
    func run() async throws {
        try await options.record(.complaintAnswered(reference: reference, isUpheld: upheld, answer: answer))
    }
}

/// What was recorded wrongly.
struct CaseAmendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "amend",
        abstract: "Say what is right where an event was recorded wrongly. The event stays; clocks do not move."
    )
    @Option(help: "The event's number in the case's stream, 1 for its receipt: the 'version' of `case replay --json`.")
    var event: Int
    @Option(help: "What is right.") var text: String
    @OptionGroup var options: RecordOptions
    func run() async throws { try await options.record(.recordCorrected(event: event, text: text)) }
}

/// Opened again.
struct CaseReopenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reopen",
        abstract: "Go on with a case after its end; a case of the catalogue is decided anew."
    )
    @Option(help: "Why.") var reason: String
    @OptionGroup var options: RecordOptions
    func run() async throws {
        try await options.act.withDesk { desk, zone in
            try await desk.reopen(options.number, reason: reason, options.act.act(in: zone))
        }
    }
}

/// Any fact, as a document.
struct CaseDoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "do",
        abstract: "Record a fact that a JSON document names, as {\"fact\": \"stage-signed\", \"stage\": …}.",
        discussion: """
            The members are those of the events, each once and no others; when it happened and who did it are said by the \
            options. What the procedure finds out need not be given: the stages that a return undoes, the keeper of the seal. \
            The facts: \(FactDocument.names.joined(separator: ", ")).
            """
    )
    @Option(help: "A file, or '-' for standard input.") var document: String
    @OptionGroup var options: RecordOptions

    func run() async throws {
        let data =
            document == "-"
            ? FileHandle.standardInput.readDataToEndOfFile() : FileManager.default.contents(atPath: document)
        guard let data else {
            // The document itself, given in place of its file, is not repeated.
            let name = document.contains("{") ? "what is given" : document
            throw WrongCall(description: "--document: \(name) cannot be read; is it there, and a file?")
        }
        let fact: Case.ProcedureFact
        do { fact = try FactDocument([UInt8](data)).fact } catch {
            throw FileProblem(description: "--document: \(document == "-" ? "standard input" : document): \(error)")
        }
        try await options.record(fact)
    }
}
