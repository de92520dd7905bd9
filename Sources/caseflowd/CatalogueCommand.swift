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

    @Option(help: "A file whose section 'network' lists the units and posts.", completion: .file())
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

    /// Reads files and checks them together.
    func read(_ paths: [String]) async throws -> (files: [CatalogueFile], findings: [CatalogueFile.Finding]) {
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
        let beside = try network.map { CatalogueFile(yaml: try CalendarDefaults.text(ofFile: $0), file: $0) }
        if let beside, beside.network == nil, beside.findings.isEmpty {
            throw WrongCall(description: "--network: \(beside.name) has no section 'network'")
        }
        let outlines = (files + [beside].compactMap(\.self)).compactMap(\.network)
        let network = outlines.dropFirst().reduce(outlines.first) { $0?.joined(with: $1) }
        let check = try ItemCheck.shipped(network: network, further: try ownPacks())
        return (files, (beside?.findings ?? []) + CatalogueFile.findings(in: files, check))
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
