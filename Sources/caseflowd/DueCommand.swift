import ArgumentParser
import CaseFlow
import EventStore
import Foundation
import WorkingTime

/// When a limit ends, and how that comes about.
struct DueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "due",
        abstract: "When a limit ends, step by step; or the due dates of a table. Needs no database.",
        discussion: """
            caseflowd due --from 2026-02-10 --working-days 20 --pause 2026-02-25..2026-03-02
            caseflowd due --from 2026-02-10T14:30 --service-minutes 90
            caseflowd due --csv cases.csv > with-due.csv    # start,n[,pause1,resume1,pause2,resume2]

            The day of the event is day 0. A pause that is still open is written 2026-02-25.. and leaves the limit \
            without an end. Beyond the calendar's last published day a due date is provisional.
            """
    )

    @Option(help: "The day of the event, or its moment: 2026-02-10, 2026-02-10T14:30.")
    var from: String?

    @Option(help: "The limit, in working days.")
    var workingDays: Int?

    @Option(help: "The limit, in calendar days (自然日).")
    var calendarDays: Int?

    @Option(help: "The limit, in weeks.")
    var weeks: Int?

    @Option(help: "The limit, in months.")
    var months: Int?

    @Option(help: "The limit, in minutes of service.")
    var serviceMinutes: Int?

    @Option(help: "A pause, FIRST..RESUMED or, still open, FIRST..; may be repeated.")
    var pause: [String] = []

    @Option(help: "civil (the pause day counts, the day of resumption does not) or half-open (the other way round).")
    var pauseCounting: PauseCountingName = .civil

    @Option(help: "Where a last day goes that is a rest day: following, preceding, unadjusted. Not for working days.")
    var roll: Roll = .following

    @Option(help: "A table whose rows get a column due; - for standard input.", completion: .file(extensions: ["csv"]))
    var csv: String?

    @Option(help: "What the lengths of the table count.")
    var unit: DueTableUnit = .workingDays

    @Option(
        help: """
            What to do with a row that cannot be computed: stop, or skip: name it and write it without due. A row that is \
            no CSV, such as one with an open quote, is named and left out.
            """
    )
    var onProblem: ProblemPolicy = .stop

    @Flag(name: .customLong("provisional"), help: "Append a column provisional (1 or 0) to the table, too.")
    var tellsProvisional = false

    @Option(help: "en or zh-CN.")
    var language: Language = .english

    @OptionGroup var hours: DueHoursOptions
    @OptionGroup var calendar: DueCalendarOptions

    private var limits: [(DayLimit.Unit?, Int)] {
        [
            (.workingDays, workingDays), (.calendarDays, calendarDays), (.weeks, weeks), (.months, months),
            (nil, serviceMinutes),
        ].compactMap { unit, count in count.map { (unit, $0) } }
    }

    func validate() throws {
        if csv != nil {
            guard from == nil, limits.isEmpty, pause.isEmpty else {
                throw ValidationError("--csv takes start, length and pauses from the table; leave the others away")
            }
            return
        }
        guard from != nil else { throw ValidationError("say from when: --from 2026-02-10, or --csv FILE") }
        guard limits.count == 1, let (unit, count) = limits.first else {
            throw ValidationError(
                "give one of --working-days, --calendar-days, --weeks, --months, --service-minutes"
            )
        }
        if count < 0 { throw ValidationError("a limit of \(count) is negative") }
        if unit == nil { _ = try DueInput.moments(from, pause) } else { _ = try DueInput.days(from, pause) }
    }

    func run() async throws {
        let (calendar, book, knownAt) = try await calendar.load()
        if let csv { return try table(csv, calendar, book, knownAt) }
        guard let (unit, count) = limits.first else { return }
        let isChinese = self.calendar.calendar == "cn"
        let basis = isChinese ? DerivationText.Basis.china(unit) : .none
        let answer: DueAnswer
        if let unit {
            let (start, pauses) = try DueInput.days(from, pause)
            let derivation = try DayLimit(count, unit, roll: roll)
                .derivation(after: start, in: calendar, pauses: pauses, counting: pauseCounting.counting)
            let text = DerivationText(derivation, of: unit, basis: basis, language: language)
            answer = DueAnswer(derivation, text, from: start, count: count, unit: unit, pauses, pauseCounting)
        } else {
            let (start, pauses) = try DueInput.moments(from, pause)
            let service = try hours.load(calendar, book, knownAt: knownAt)
            let derivation = try TimeLimit(minutes: count).derivation(after: start, in: service, pauses: pauses)
            let text = DerivationText(derivation, basis: basis, language: language)
            let name = hours.serviceCalendar ?? hours.serviceHours
            answer = DueAnswer(derivation, text, from: start, minutes: count, pauses, serviceHours: name)
        }
        if self.calendar.book.database.json { return try Terminal.json(answer) }
        for line in answer.lines(language) { print(line) }
    }

    private func table(_ path: String, _ calendar: WorkCalendar, _ book: CalendarBook, _ knownAt: Timestamp) throws {
        var settings = DueTable.Settings(calendar: calendar)
        settings.unit = unit.unit(try hours.dayHours())
        settings.roll = roll
        settings.counting = pauseCounting.counting
        settings.policy = onProblem
        settings.tellsProvisional = tellsProvisional
        if unit == .serviceMinutes || unit == .serviceDays {
            settings.hours = try hours.load(calendar, book, knownAt: knownAt)
        }
        let summary: DueTable.Summary
        do {
            summary = try DueTable(settings).run(path: path) { bytes in
                try FileHandle.standardOutput.write(contentsOf: Data(bytes))
            } problem: {
                Terminal.note("\(path): \($0)")
            } remark: {
                Terminal.note("\(path): \($0)")
            }
        } catch let error as DueTable.WrongColumns {
            throw WrongCall(description: "\(path): \(error)")
        }
        if summary.provisional > 0, !self.calendar.book.database.quiet {
            Terminal.note(
                "caseflowd: \(summary.provisional) of \(summary.rows) due dates are provisional (after \(calendar.horizon))"
            )
        }
        if summary.problems > 0 { throw ExitCode(1) }
    }
}

/// What `due` is asked, read from its options.
enum DueInput {
    /// The ends of `A..B` or `A..`.
    private static func ends(_ text: String) throws -> (String, String?) {
        let parts = text.split(separator: "..", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty else {
            throw ValidationError(
                "--pause: \"\(text)\": write 2026-02-25..2026-03-02, or 2026-02-25.. while it is open"
            )
        }
        return (parts[0], parts[1].isEmpty ? nil : parts[1])
    }

    private static func written(_ text: String, _ option: String) throws -> WrittenTime {
        do { return try WrittenTime(text) } catch { throw ValidationError("\(option): \(error)") }
    }

    private static func date(_ text: String, _ option: String) throws -> CivilDate {
        switch try written(text, option) {
        case .date(let date): date
        case .local(let time): time.date
        case .zoned(let time): time.localDate
        }
    }

    private static func pauses<Point>(
        _ texts: [String],
        _ point: (String, String) throws -> Point
    ) throws -> Pauses<Point> {
        Pauses(
            try texts.map { text in
                let (start, end) = try ends(text)
                let from = try point(start, "--pause")
                guard let end else { return Pause(openSince: from) }
                do {
                    return try Pause(from, to: try point(end, "--pause"))
                } catch let error as Pause<Point>.ResumedBeforePaused {
                    throw ValidationError("--pause: \(error)")
                }
            }
        )
    }

    /// Start and pauses of a limit in days.
    static func days(_ from: String?, _ texts: [String]) throws -> (CivilDate, Pauses<CivilDate>) {
        (try date(from ?? "", "--from"), try pauses(texts, date))
    }

    /// Start and pauses of a limit by the clock, on the wall clock of the start.
    static func moments(_ from: String?, _ texts: [String]) throws -> (WallTime, Pauses<WallTime>) {
        let start = try written(from ?? "", "--from")
        let clock = LimitClock(start: start)
        func wall(_ time: WrittenTime, _ option: String) throws -> WallTime {
            do { return try clock.wall(time) } catch { throw ValidationError("\(option): \(error)") }
        }
        return (try wall(start, "--from"), try pauses(texts) { try wall(try written($0, $1), $1) })
    }
}
