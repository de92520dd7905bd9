import ArgumentParser
import CaseFlow
import EventStore
import WorkingTime

/// Changes days of published years.
struct CalendarAmendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "amend",
        abstract: "Enter changes of published years; a second person confirms them.",
        discussion: """
            caseflowd calendar amend --off 2026-05-06 --work 2026-05-10 --name 劳动节 --notice '国办发明电〔2026〕1号' \
            --on 2026-04-01 --actor officer/17
            """
    )

    @Argument(help: "A file with the changes instead of --off, --work and --normal.", completion: .file())
    var file: String?

    @Option(help: "Days off: a date or FIRST..LAST; may be repeated.")
    var off: [String] = []

    @Option(help: "Make-up working days: a date or FIRST..LAST; may be repeated.")
    var work: [String] = []

    @Option(help: "Days of which the week decides again; may be repeated.")
    var normal: [String] = []

    @Option(help: "The holiday that the days are, or make up for.")
    var name = ""

    @OptionGroup var reading: CalendarFileOptions

    @Option(help: "Who enters it, a code such as officer/17. Default: CASEFLOW_ACTOR, else the account of this shell.")
    var actor: String?

    @OptionGroup var log: LogOptions

    func validate() throws {
        let isEmpty = off.isEmpty && work.isEmpty && normal.isEmpty
        if file == nil, isEmpty { throw ValidationError("say what changes: --off, --work, --normal, or a file") }
        if file != nil, !isEmpty { throw ValidationError("give a file, or --off, --work and --normal, not both") }
        if reading.year != nil { throw ValidationError("--year belongs to calendar import; an amendment has none") }
        _ = try changes()
    }

    private func changes() throws -> [CalendarHistory.Change] {
        var changes: [CalendarHistory.Change] = []
        for text in off {
            changes += try CalendarDefaults.dates(text, "--off").map {
                .exception(DayException($0, .holiday, name: name))
            }
        }
        for text in work {
            changes += try CalendarDefaults.dates(text, "--work").map {
                .exception(DayException($0, .makeUp, name: name))
            }
        }
        for text in normal { changes += try CalendarDefaults.dates(text, "--normal").map { .normal($0) } }
        return changes
    }

    func run() async throws {
        let actor = try CalendarDefaults.actor(actor)
        if let file {
            let content = try reading.read(file, isAmendment: true)
            if let publication = content.entries.first(where: { $0.draft.year != nil }) {
                throw FileProblem(
                    description: "\(file): line \(publication.line): it publishes a year: use calendar import"
                )
            }
            return try await CalendarEntering(code: try reading.code(of: content), actor: actor, log: log)
                .enter(content.entries.map(\.draft)) { "\(file): \(content.place(of: $0))" }
        }
        guard let today = Moment.day(of: RecordingClock.system.now(), in: CalendarDefaults.zone) else {
            throw WrongCall(description: "this machine's clock is out of range")
        }
        let draft = LegalCalendar.Draft(
            year: nil,
            changes: try changes().sorted { $0.date < $1.date },
            notice: reading.notice ?? "",
            knownSince: try reading.on.map { try CalendarDefaults.date($0, "--on") } ?? today,
            hasNoNotice: reading.noNotice
        )
        try await CalendarEntering(code: try reading.code(of: nil), actor: actor, log: log).enter([draft]) { _ in "" }
    }
}
