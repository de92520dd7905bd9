import ArgumentParser
import CaseFlow
import EventStore

/// Imports a log in XES.
struct ImportXESCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "xes",
        abstract: "Import an event log in XES (IEEE 1849), plain or gzip: each trace a case, each event a step."
    )

    @Argument(help: "The file, .xes or .xes.gz; - for standard input.", completion: .file(extensions: ["xes", "gz"]))
    var file: String

    @Option(help: "The trace attribute that holds the time limit.")
    var deadlineAttribute = "deadline"

    @Option(help: "The trace attribute that holds the end of the case.")
    var closedAttribute = "enddate"

    @Option(help: "The trace attribute that holds the receipt; without it the first event counts.")
    var receivedAttribute = "startdate"

    @OptionGroup var options: ImportOptions

    func run() async throws {
        var settings = XESImport.Options()
        settings.timeZone = options.timeZone
        settings.deadlineAttribute = deadlineAttribute
        settings.closedAttribute = closedAttribute
        settings.receivedAttribute = receivedAttribute
        settings.policy = options.onProblem
        if let importer = options.importer { settings.importer = importer }
        let xes = XESImport(path: file, options: settings)
        try await options.run(file: file, progress: xes.progress) { try await xes.outcome(into: $0) }
    }
}
