import ArgumentParser
import CaseFlow
import EventStore

/// Imports a table.
struct ImportCSVCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "csv",
        abstract: "Import a table with a header, plain or gzip: each row a step of a case."
    )

    @Argument(help: "The file, .csv or .csv.gz; - for standard input.", completion: .file(extensions: ["csv", "gz"]))
    var file: String

    @Option(name: .customLong("case"), help: "The column with the case's number.")
    var caseNumber: String

    @Option(help: "The column that says what was done.")
    var activity: String

    @Option(help: "The column that says when.")
    var time: String

    @Option(help: "The column that says who.")
    var resource: String?

    @Option(help: "The column that says begun, completed, ….")
    var lifecycle: String?

    @Option(help: "The column with the case's time limit.")
    var deadline: String?

    @Option(help: "The column with the end of the case.")
    var closed: String?

    @Option(help: "The column with the receipt of the case; without it its first row counts.")
    var received: String?

    @Option(
        name: .customLong("case-attribute"),
        help: "A column that tells about the case, not the step; may be repeated."
    )
    var caseAttributes: [String] = []

    @Option(help: "The delimiter; default: the one of , ; tab | that the header has most of.")
    var delimiter: String?

    @Option(help: "The encoding, for example GB18030; default UTF-8.")
    var encoding: String?

    @OptionGroup var options: ImportOptions

    func validate() throws {
        if let delimiter, delimiter.utf8.count != 1, delimiter != "\\t" {
            throw ValidationError("--delimiter: give one ASCII character, or \\t")
        }
        do {
            try format.check()
        } catch {
            throw ValidationError("\(error.what); \(error.mend)")
        }
        do { try columns.check() } catch { throw ValidationError("\(error)") }
    }

    private var columns: CSVImport.Columns {
        var columns = CSVImport.Columns(caseNumber: caseNumber, activity: activity, time: time)
        columns.performer = resource
        columns.lifecycle = lifecycle
        columns.deadline = deadline
        columns.closed = closed
        columns.received = received
        columns.ofCase = caseAttributes
        return columns
    }

    private var format: CSVReader.Options {
        var format = CSVReader.Options()
        format.delimiter = delimiter.flatMap { $0 == "\\t" ? "\t" : $0.first }
        format.encoding = encoding
        return format
    }

    func run() async throws {
        var settings = CSVImport.Options()
        settings.timeZone = options.timeZone
        settings.policy = options.onProblem
        settings.format = format
        if let importer = options.importer { settings.importer = importer }
        let csv = CSVImport(path: file, columns: columns, options: settings)
        do {
            try await options.run(file: file, progress: csv.progress) { try await csv.outcome(into: $0) }
        } catch let error as CSVImport.WrongColumns {
            throw WrongCall(description: "\(file): \(error)")
        }
    }
}
