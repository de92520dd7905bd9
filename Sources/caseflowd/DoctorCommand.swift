import ArgumentParser
import CaseFlowServer

/// Looks the installation over.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Say what is wrong with this installation and how to mend it. Exit status 1 if something is."
    )

    @OptionGroup var database: DatabaseOptions

    func run() async throws {
        let findings = await Doctor(try database.installation()).examine()
        if database.json {
            try Terminal.json(["findings": findings])
        } else {
            for finding in findings {
                let mark =
                    switch finding.level {
                    case .ok: "ok      "
                    case .warning: "warning "
                    case .problem: "PROBLEM "
                    }
                print("\(mark)\(finding.check): \(finding.found)")
                if let mend = finding.mend { print("        mend: \(mend)") }
            }
        }
        if findings.contains(where: { $0.level == .problem }) { throw ExitCode(1) }
    }
}
