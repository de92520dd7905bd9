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

    @Option(
        help: "A mapping in YAML: what each activity is here. Without it each event is kept as a step.",
        completion: .file(extensions: ["yaml", "yml"])
    )
    var mapping: String?

    @Option(help: "The trace attribute that holds the time limit; default: the mapping's, else deadline.")
    var deadlineAttribute: String?

    @Option(help: "The trace attribute that holds the end of the case; default: the mapping's, else enddate.")
    var closedAttribute: String?

    @Option(
        help: """
            The trace attribute that holds the receipt; default: the mapping's, else startdate. Where a case has none its \
            first event counts.
            """
    )
    var receivedAttribute: String?

    @OptionGroup var options: ImportOptions

    func run() async throws {
        var settings = try mapping.map { XESImport.Options(try ImportMapping(path: $0)) } ?? XESImport.Options()
        settings.timeZone = options.timeZone ?? settings.timeZone
        settings.deadlineAttribute = deadlineAttribute ?? settings.deadlineAttribute
        settings.closedAttribute = closedAttribute ?? settings.closedAttribute
        settings.receivedAttribute = receivedAttribute ?? settings.receivedAttribute
        settings.policy = options.onProblem
        if let importer = options.importer { settings.importer = importer }
        let xes = XESImport(path: file, options: settings)
        try await options.run(file: file, progress: xes.progress, zone: settings.timeZone) {
            try await xes.outcome(into: $0)
        }
    }
}
