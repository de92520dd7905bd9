import ArgumentParser
import CaseFlow

/// Whether files are a catalogue.
struct CatalogueValidateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Check files of a catalogue together; all that is wrong is told, with file, line and mend.",
        discussion: "Needs no database. Exit status 1 when there are faults; remarks alone are no fault."
    )

    @Argument(help: "The files, .yaml or .csv.", completion: .file(extensions: ["yaml", "yml", "csv", "gz"]))
    var files: [String]

    @OptionGroup var reading: CatalogueReading

    @Flag(help: "Answer in JSON.")
    var json = false

    private struct Answer: Encodable {
        let files, items, faults, remarks: Int
        /// Where the units and posts stand.
        let networks: [String]
        let findings: [CatalogueFindingAnswer]
    }

    func validate() throws {
        if files.isEmpty { throw ValidationError("name the files") }
    }

    func run() async throws {
        let result = try await reading.read(files)
        let (read, findings) = (result.files, result.findings)
        let faults = findings.filter { !$0.isRemark }
        let items = read.map(\.entries.count).reduce(0, +)
        if json {
            try Terminal.json(
                Answer(
                    files: read.count,
                    items: items,
                    faults: faults.count,
                    remarks: findings.count - faults.count,
                    networks: result.networks,
                    findings: findings.map { CatalogueFindingAnswer($0, reading.language) }
                )
            )
        } else {
            reading.tellNetworks(result)
            reading.tell(findings)
            let remarks = findings.count - faults.count
            switch reading.language {
            case .english:
                print(
                    "\(read.count) files, \(items) items that can be read: \(faults.count) faults, \(remarks) remarks"
                )
            case .chinese: print("\(read.count) 个文件，可读事项 \(items) 个：错误 \(faults.count) 处，提示 \(remarks) 处")
            }
        }
        if !faults.isEmpty { throw ExitCode(1) }
    }
}
