import ArgumentParser
import CaseFlow
import CaseFlowServer
import EventStore

/// Hands records out.
struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write a log in a format of other systems.",
        discussion:
            "Everything in the log is written, in constant memory; what is sealed leaves it sealed or not at all.",
        subcommands: [
            ExportXESCommand.self, ExportOCELCommand.self, ExportCSVCommand.self, ExportCloudEventsCommand.self,
        ]
    )
}

/// What all exports are asked for.
struct ExportOptions: ParsableArguments {
    @Argument(help: "The file to write; gzip when it ends in .gz. Replaced when it is complete.", completion: .file())
    var file: String

    @OptionGroup var log: LogOptions

    /// Writes, shows how far it is, and says what was written.
    func run<Report: Encodable>(
        _ unit: String,
        _ words: (Report) -> String,
        _ write: (EventLog, String, @escaping (Int, Int) -> Void) async throws -> Report
    ) async throws {
        let report = try await log.withLog { eventLog in
            let bar = ProgressBar("exporting", quiet: log.database.quiet)
            defer { bar.end() }
            return try await write(eventLog, file) { done, total in
                bar.show(total == 0 ? nil : Double(done) / Double(total), "\(done) of \(total) \(unit)")
            }
        }
        if log.database.json {
            try Terminal.json(report)
        } else {
            print("log \(log.log) -> \(file): \(words(report))")
        }
    }
}

/// Writes a log as XES.
struct ExportXESCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "xes",
        abstract: "Write all cases of a log as XES that passes the schema of IEEE 1849-2016."
    )

    @OptionGroup var options: ExportOptions

    func run() async throws {
        try await options.run("cases") { (report: XESExport.Report) in
            "\(report.cases) cases, \(report.events) events"
        } _: { log, file, progress in
            try await XESExport(log).write(to: file, progress: progress)
        }
    }
}

/// Writes a log as an object-centric event log.
struct ExportOCELCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ocel",
        abstract:
            "Write a log as OCEL 2.0 in JSON: events with the cases, officers, units, items, seals and visits in them."
    )

    @OptionGroup var options: ExportOptions

    func run() async throws {
        try await options.run("readings") { (report: OCELExport.Report) in
            let objects = report.objects.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
            return "\(report.events) events; objects: \(objects.joined(separator: ", "))"
        } _: { log, file, progress in
            try await OCELExport(log).write(to: file, progress: progress)
        }
    }
}

/// Writes a log as a table.
struct ExportCSVCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "csv",
        abstract: "Write a log as a table in CSV, one row for each event. Times are UTC."
    )

    @Flag(help: "Put an apostrophe before what a spreadsheet would run as a formula.")
    var guardFormulas = false

    @OptionGroup var options: ExportOptions

    func run() async throws {
        var form = CSVWriter.Options()
        form.guardsAgainstFormulas = guardFormulas
        try await options.run("events") { (report: EventTableExport.Report) in
            "\(report.events) events"
        } _: { [form] log, file, progress in
            try await EventTableExport(log, options: form).write(to: file, progress: progress)
        }
    }
}

/// Writes a log as CloudEvents.
struct ExportCloudEventsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cloudevents",
        abstract: "Write a log as CloudEvents 1.0 in JSON, one event on each line, with the data as they are stored."
    )

    @OptionGroup var options: ExportOptions

    func run() async throws {
        try await options.run("events") { (report: CloudEventsExport.Report) in
            "\(report.events) events"
        } _: { log, file, progress in
            try await CloudEventsExport(log).write(to: file, progress: progress)
        }
    }
}
