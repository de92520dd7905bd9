import ArgumentParser
import CaseFlow
import WorkingTime

/// Whether files are a network.
struct NetworkValidateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Check files of a network together; all that is wrong is told, with file, line and mend.",
        discussion: "Needs no database. Exit status 1 when there are faults; remarks alone are no fault."
    )

    @Argument(help: "The files, .yaml.", completion: .file(extensions: ["yaml", "yml"]))
    var files: [String]

    @Option(help: "The language of the findings, en or zh-CN.")
    var language: Language = .english

    @Flag(help: "Answer in JSON.")
    var json = false

    private struct Answer: Encodable {
        let files, units, officers, faults, remarks: Int
        let findings: [NetworkFindingAnswer]
    }

    func validate() throws {
        if files.isEmpty { throw ValidationError("name the files") }
    }

    func run() async throws {
        let read = try files.map { NetworkFile(yaml: try CalendarDefaults.text(ofFile: $0), file: $0) }
        let check = NetworkCheck(on: try NetworkDefaults.today(in: CalendarDefaults.zone))
        let findings = check.findings(in: read)
        let faults = findings.count { !$0.isRemark }
        let units = read.map(\.units.count).reduce(0, +)
        let officers = read.map(\.officers.count).reduce(0, +)
        let remarks = findings.count - faults
        if json {
            try Terminal.json(
                Answer(
                    files: read.count,
                    units: units,
                    officers: officers,
                    faults: faults,
                    remarks: remarks,
                    findings: findings.map { NetworkFindingAnswer($0, language) }
                )
            )
        } else {
            NetworkFindingAnswer.tell(findings, language)
            switch language {
            case .english:
                print(
                    "\(read.count) files, \(units) units and \(officers) officers that can be read: \(faults) faults, "
                        + "\(remarks) remarks"
                )
            case .chinese:
                print(
                    "\(read.count) 个文件，可读单位 \(units) 个、工作人员 \(officers) 名：错误 \(faults) 处，提示 \(remarks) 处"
                )
            }
        }
        if faults > 0 { throw ExitCode(1) }
    }
}
