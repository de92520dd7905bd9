import ArgumentParser
import CaseFlow
import EventStore
import Foundation

/// Looks after the catalogue of service items.
struct CatalogueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "catalogue",
        abstract: "The service items of a centre: check files, bring them in, show them with their versions.",
        discussion: """
            A catalogue is a file in YAML (examples/townships, docs/guides/catalogue.md) or a table in CSV. Every change of \
            an item makes a new version; a case keeps the one that it was accepted under.
            """,
        subcommands: [
            CatalogueValidateCommand.self, CatalogueImportCommand.self, CatalogueShowCommand.self,
            CatalogueWithdrawCommand.self,
        ]
    )
}

/// How files of a catalogue are told to be read and checked.
struct CatalogueReading: ParsableArguments {
    @Option(help: "yaml or csv; default: by the file's name.")
    var format: Form?

    @Option(
        help: "The network's file. Default: the catalogue's own section, else network.yaml beside it, else the log.",
        completion: .file()
    )
    var network: String?

    @Option(help: "A folder of rule packs that do not come with the program. Default: CASEFLOW_RULE_PACKS.")
    var packs: String?

    @Option(help: "Of a table: a column with another heading than the usual, as code=编号; may be repeated.")
    var column: [String] = []

    @Option(help: "Of a table: the category of items whose row tells none.")
    var category: ServiceItem.Category?

    @Option(help: "Of a table: the rule pack of its items.")
    var rulePack: String?

    @Option(help: "Of a table: the encoding, for example GB18030; default UTF-8.")
    var encoding: String?

    @Option(help: "The language of the findings, en or zh-CN.")
    var language: Language = .english

    /// The forms of files.
    enum Form: String, ExpressibleByArgument, CaseIterable { case yaml, csv }

    func validate() throws { _ = try table() }

    /// How a table is to be read.
    private func table() throws -> CatalogueTable.Options {
        var options = CatalogueTable.Options()
        for text in column {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, let column = CatalogueTable.Column(rawValue: parts[0]) else {
                let known = CatalogueTable.Column.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("--column: write NAME=HEADING; the names are \(known)")
            }
            options.columns[column] = parts[1]
        }
        options.category = category
        do {
            options.rulePack = try rulePack.map { try ShortName($0) }
        } catch { throw ValidationError("--rule-pack: \(error)") }
        options.format.encoding = encoding
        do { try options.format.check() } catch { throw ValidationError("--encoding: \(error.what); \(error.mend)") }
        return options
    }

    /// What was read, and how it was checked.
    struct Result {
        let files: [CatalogueFile]
        let findings: [CatalogueFile.Finding]
        /// Where the units and posts stand: files, or the log.
        let networks: [String]
    }

    /// Reads files and checks them together. Units and posts stand in the file of `--network`, else in a catalogue's own
    /// section or in a `network.yaml` beside it, else in the log that `logNetwork` tells of.
    func read(_ paths: [String], logNetwork: () async throws -> (name: String, network: Network)? = { nil })
        async throws
        -> Result
    {
        var files: [CatalogueFile] = []
        for path in paths {
            let form = format ?? (path.lowercased().hasSuffix(".csv") || path.hasSuffix(".csv.gz") ? .csv : .yaml)
            switch form {
            case .yaml:
                files.append(CatalogueFile(yaml: try CalendarDefaults.text(ofFile: path), file: path))
            case .csv:
                do {
                    files.append(try await CatalogueTable.read(path: path, options: table()))
                } catch let error as CatalogueTable.WrongColumns {
                    throw WrongCall(description: "\(path): \(error)")
                }
            }
        }
        let outlines = files.filter { $0.network != nil }
        var parts: [any KnownNetwork] = outlines.compactMap(\.network)
        var sources = outlines.map(\.name)
        let today = try NetworkDefaults.today(in: CalendarDefaults.zone)
        let beside =
            network.map { [$0] } ?? NetworkDefaults.files(beside: files.filter { $0.network == nil }.map(\.name))
        for path in beside {
            parts.append(try NetworkDefaults.known(path, on: today))
            sources.append(path)
        }
        if parts.isEmpty, let (name, network) = try await logNetwork() {
            parts.append(network.on(today))
            sources.append(name)
        }
        let check = try ItemCheck.shipped(network: JoinedNetwork(parts), further: try ownPacks())
        return Result(files: files, findings: CatalogueFile.findings(in: files, check), networks: sources)
    }

    /// Tells on standard error where units and posts stand, unless they stand in the catalogue itself.
    func tellNetworks(_ result: Result) {
        for source in result.networks where !result.files.contains(where: { $0.name == source }) {
            Terminal.note(language == .chinese ? "机构网络：\(source)" : "units and posts: \(source)")
        }
    }

    /// The packs of the centre's own folder.
    private func ownPacks() throws -> [RulePack] {
        let environment = ProcessInfo.processInfo.environment["CASEFLOW_RULE_PACKS"].flatMap { $0.isEmpty ? nil : $0 }
        guard let folder = packs ?? environment else { return [] }
        let names: [String]
        do { names = try FileManager.default.contentsOfDirectory(atPath: folder) } catch {
            throw WrongCall(description: "--packs: \(folder) cannot be read; is it there, and a folder?")
        }
        return try names.filter { $0.hasSuffix(".yaml") }.sorted().map { try RulePackLibrary.pack("\(folder)/\($0)") }
    }

    /// Tells findings on standard error, one a line.
    func tell(_ findings: [CatalogueFile.Finding]) {
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

extension ServiceItem.Category: ExpressibleByArgument {}

/// A finding in JSON.
struct CatalogueFindingAnswer: Encodable {
    let file: String
    /// From 1.
    let line: Int?
    let item: String?
    /// A stable name; see `ItemIssue.Rule`.
    let rule: String
    let isRemark: Bool
    let what, mend: String

    init(_ finding: CatalogueFile.Finding, _ language: Language) {
        file = finding.file
        line = finding.line
        item = finding.item?.rawValue
        rule = finding.issue.rule.rawValue
        isRemark = finding.isRemark
        what = finding.issue.what[language]
        mend = finding.issue.mend[language]
    }
}
