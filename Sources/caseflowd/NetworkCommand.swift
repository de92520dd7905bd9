import ArgumentParser
import CaseFlow
import EventStore
import Foundation
import WorkingTime

/// Looks after the network of places and people.
struct NetworkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "network",
        abstract: "Units, posts and officers: check files, bring them in, who holds what, who may act.",
        discussion: """
            A network is a file in YAML (examples/townships, docs/guides/network.md). Every change is an event with the day \
            from which it holds, so that who held a post on a day has an answer. Officers are codes, never names.
            """,
        subcommands: [
            NetworkValidateCommand.self, NetworkImportCommand.self, NetworkShowCommand.self, NetworkWhoCommand.self,
            NetworkOfficerCommand.self, NetworkAbsenceCommand.self, NetworkLeaveCommand.self, NetworkPostCommand.self,
            NetworkCloseCommand.self,
        ]
    )
}

/// What network commands take for granted.
enum NetworkDefaults {
    /// The day that it is now.
    static func today(in zone: TimeZone) throws -> CivilDate {
        guard let day = Moment.day(of: RecordingClock.system.now(), in: zone) else {
            throw WrongCall(description: "this machine's clock shows no day of the calendar; set it")
        }
        return day
    }

    /// The zone of a log, in which its days are.
    static func zone(of log: EventLog) async throws -> TimeZone {
        TimeZone(identifier: try await LogInformation.of(log).timeZone) ?? .gmt
    }

    /// The files `network.yaml` that lie beside files, each once.
    static func files(beside paths: [String]) -> [String] {
        var found: [String] = []
        for path in paths where path != "-" {
            let folder = (path as NSString).deletingLastPathComponent
            let file = folder.isEmpty ? "network.yaml" : "\(folder)/network.yaml"
            if !found.contains(file), FileManager.default.fileExists(atPath: file) { found.append(file) }
        }
        return found
    }

    /// A network for a catalogue to be checked by: a network's file, or another catalogue's section.
    static func known(_ path: String, on day: CivilDate) throws -> any KnownNetwork {
        let text = try CalendarDefaults.text(ofFile: path)
        guard NetworkFile.isNetwork(yaml: text) else {
            guard let outline = CatalogueFile(yaml: text, file: path).network else {
                throw WrongCall(description: "\(path) is no network: it has neither a section 'units' nor 'network'")
            }
            return outline
        }
        let file = NetworkFile(yaml: text, file: path)
        let faults = NetworkCheck(on: day).findings(in: [file]).filter { !$0.isRemark }
        if let first = faults.first {
            throw FileProblem(
                description:
                    "\(first), and \(faults.count - 1) more faults: `caseflowd network validate \(path)` tells all"
            )
        }
        return NetworkFile.network(of: [file], on: day).on(day)
    }

    /// An officer's code, or a wrong call.
    static func officer(_ text: String) throws -> OfficerID {
        do { return try OfficerID(text) } catch { throw ValidationError("\(error)") }
    }

    /// A unit's code, or a wrong call.
    static func unit(_ text: String) throws -> UnitCode {
        do { return try UnitCode(text) } catch { throw ValidationError("\(error)") }
    }
}

/// A question about the network of a log: on which day, as known when.
struct NetworkQuestion: ParsableArguments {
    @Option(help: "The local day. Default: today, in the log's zone.")
    var on: String?

    @Option(help: "As it was known at this moment: a time with offset, a local time, or a date (its end).")
    var knownAt: String?

    @Option(help: "en or zh-CN.")
    var language: Language = .english

    @OptionGroup var log: LogOptions

    func validate() throws {
        if let on { _ = try CalendarDefaults.date(on, "--on") }
        if let knownAt {
            do { _ = try Moment.parse(knownAt, in: .gmt) } catch { throw ValidationError("--known-at: \(error)") }
        }
    }

    /// The network and the day.
    func network() async throws -> (network: Network, day: CivilDate) {
        try await log.withLog { eventLog in
            let zone = try await NetworkDefaults.zone(of: eventLog)
            let book = try await NetworkBook.load(eventLog)
            let day = try on.map { try CivilDate($0) } ?? NetworkDefaults.today(in: zone)
            guard let knownAt else { return (book.latest, day) }
            return (book.network(knownAt: try Moment.parse(knownAt, in: zone)), day)
        }
    }

    /// The text in the language that was asked for.
    func word(_ english: String, _ chinese: String) -> String { language == .chinese ? chinese : english }
}

/// A finding in JSON.
struct NetworkFindingAnswer: Encodable {
    let file: String
    /// From 1.
    let line: Int?
    /// The unit's or the officer's code.
    let subject: String?
    /// A stable name; see `NetworkIssue.Rule`.
    let rule: String
    let isRemark: Bool
    let what, mend: String

    init(_ finding: NetworkFile.Finding, _ language: Language) {
        file = finding.file
        line = finding.line
        subject = finding.subject
        rule = finding.issue.rule.rawValue
        isRemark = finding.isRemark
        what = finding.issue.what[language]
        mend = finding.issue.mend[language]
    }

    /// Tells findings on standard error, one a line.
    static func tell(_ findings: [NetworkFile.Finding], _ language: Language) {
        for finding in findings {
            let mark: String
            switch (language, finding.isRemark) {
            case (.chinese, true): mark = "提示"
            case (.chinese, false): mark = "错误"
            case (.english, true): mark = "remark"
            case (.english, false): mark = "fault"
            }
            Terminal.note("\(mark): \(finding.words(language))")
        }
    }
}
