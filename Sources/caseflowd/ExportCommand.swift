import ArgumentParser
import CaseFlow
import CaseFlowServer

/// Hands records out.
struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write a log in a format of other systems.",
        subcommands: [ExportXESCommand.self]
    )
}

/// Writes a log as XES.
struct ExportXESCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "xes",
        abstract: "Write all cases of a log as XES that passes the schema of IEEE 1849-2016."
    )

    @Argument(help: "The file to write; gzip when it ends in .gz. Replaced when it is complete.", completion: .file())
    var file: String

    @OptionGroup var log: LogOptions

    func run() async throws {
        let report = try await log.withLog { eventLog in
            let bar = ProgressBar("exporting", quiet: log.database.quiet)
            defer { bar.end() }
            return try await XESExport(eventLog).write(to: file) { done, total in
                bar.show(total == 0 ? nil : Double(done) / Double(total), "\(done) of \(total) cases")
            }
        }
        if log.database.json {
            try Terminal.json(report)
        } else {
            print("log \(log.log) -> \(file): \(report.cases) cases, \(report.events) events")
        }
    }
}
