import ArgumentParser
import CaseFlow

/// Enters the years of a file.
struct CalendarImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Enter the years of a file, all or nothing; a second person confirms them.",
        discussion: """
            Forms: the project's own text (see calendar show --preview), JSON and CSV for one year \
            (date,is_working_day[,name] or date,kind,name), iCalendar feeds of holidays (.ics). In Chinese feeds, \
            summaries with 班 (补班, 调休上班) are make-up days.
            """
    )

    @Argument(help: "The file; - for standard input.", completion: .file())
    var file: String

    @OptionGroup var reading: CalendarFileOptions

    @Option(help: "Who enters it, a code such as officer/17. Default: CASEFLOW_ACTOR, else the account of this shell.")
    var actor: String?

    @OptionGroup var log: LogOptions

    func run() async throws {
        let actor = try CalendarDefaults.actor(actor)
        let content = try reading.read(file)
        let code = try reading.code(of: content)
        try await CalendarEntering(code: code, actor: actor, log: log)
            .enter(content.entries.map(\.draft)) { "\(file): \(content.place(of: $0))" }
    }
}

extension CalendarFile {
    /// `line 12: `, the line that a rejection speaks of; empty where none is to blame.
    func place(of rejection: LegalCalendar.Rejection) -> String {
        switch rejection {
        case .shipped(let year), .publishedTwice(let year, _), .year(let year):
            return entries.first { $0.draft.year == year }.map { "line \($0.line): " } ?? ""
        default:
            guard let date = rejection.date else { return "" }
            let entry = entries.first { entry in entry.draft.changes.contains { $0.date == date } }
            return entry.map { "line \($0.line(of: date)): " } ?? ""
        }
    }
}
