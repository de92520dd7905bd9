import ArgumentParser
import CaseFlow
import CaseFlowServer
import EventStore
import Foundation
import WorkingTime

/// Whose the days of cases were.
struct HolderDaysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "holder-days",
        abstract:
            "Whose the days of a case were, or the cases of a unit or an officer with the days that they had them.",
        discussion: """
            A day belongs to who had the case when it began, as the day of an event is day 0 of what it begins; the parts add \
            up exactly to the days used. Of several stages side by side, the one that was begun first and is still open bears \
            the day. The whole case is counted from its receipt to its end by working days; each clock by its own days, as far \
            as it counts days.
            """
    )

    @Argument(help: "The case's number, its id, or its stream (case/…).") var number: String?
    @Option(help: "The cases that a unit had.") var unit: String?
    @Option(help: "The cases that an officer had.") var officer: String?
    @Option(help: "With a case: one clock only: decision, promise, notice, stage, ….") var clock: String?
    @Option(help: "With a case: the day at whose end it is counted, YYYY-MM-DD. Default: today.") var asOf: String?
    @Option(help: "The most cases of a page.") var limit = 20
    @Option(help: "Go on behind a page: the 'next' of its answer, with the same options.") var after: String?
    @Option(help: "zh-CN or en.") var language: Language = .english
    @Option(help: "A folder of rule packs that do not come with the program. Default: CASEFLOW_RULE_PACKS.")
    var packs: String?
    @OptionGroup var log: LogOptions

    func validate() throws {
        if [number, unit, officer].count(where: { $0 != nil }) != 1 {
            throw ValidationError("give a case, --unit or --officer")
        }
        if number == nil, clock != nil || asOf != nil { throw ValidationError("--clock and --as-of go with a case") }
        if number != nil, after != nil { throw ValidationError("--after goes with --unit or --officer") }
        if !(1...1_000).contains(limit) { throw ValidationError("--limit: give a number from 1 to 1000") }
        if let asOf, (try? CivilDate(asOf)) == nil {
            throw ValidationError("--as-of: '\(asOf)' is no day; write 2026-03-10")
        }
    }

    func run() async throws {
        try await log.withLog { eventLog in
            try await Projections.catchUp(eventLog)
            let zone = try await LogInformation.zone(of: eventLog)
            let now = RecordingClock.system.now()
            guard let today = Moment.day(of: now, in: zone) else {
                throw ValidationError("this machine's clock is out of range")
            }
            let calendars = try await CalendarBook.load(eventLog, zone: zone)
            if let number {
                let day = try asOf.map { try CivilDate($0) } ?? today
                return try await tell(number, eventLog, day, now, zone, calendars)
            }
            try await Inspection.tellWhatIsMissing(eventLog)
            try await list(eventLog, today, now, calendars)
        }
    }

    // MARK: One case

    private func tell(
        _ number: String,
        _ eventLog: EventLog,
        _ day: CivilDate,
        _ now: Timestamp,
        _ zone: TimeZone,
        _ calendars: CalendarBook
    ) async throws {
        let history = try await CaseHistory(CaseHistory.find(number, in: eventLog), in: eventLog)
        let record = history.record
        // What another machine recorded by a clock ahead of ours is known, too.
        let known = history.events.reduce(now) { max($0, $1.recorded.recordedAt) }
        let folder = packs ?? ProcessInfo.processInfo.environment["CASEFLOW_RULE_PACKS"]
        let clocks = try record.pin.map { pin in
            CaseClocks(try RulePackLibrary.pack(pin, folder: folder), zone: zone, calendars: calendars)
        }
        guard var days = try HolderDays(record, clocks, asOf: day, knownAt: known) else {
            return print("case \(number) had not come in by \(day)")
        }
        if let clock {
            days.clocks = days.clocks.filter { $0.clock?.rawValue == clock }
            if days.clocks.isEmpty {
                throw WrongCall(description: "--clock: no clock '\(clock)' that counts days has started by \(day)")
            }
        }
        let report = HolderDaysReport(days, number: history.state.number, asOf: day, onlyClocks: clock != nil)
        if log.database.json { return try Terminal.json(report) }
        print(report.text(language))
    }

    // MARK: Many cases

    private struct Answer: Encodable {
        let unit, officer: String?
        let asOf: String
        let cases: [HolderDaysQuery.Row]
        let next: String?
    }

    private func list(_ eventLog: EventLog, _ today: CivilDate, _ now: Timestamp, _ calendars: CalendarBook)
        async throws
    {
        let subject: HolderDaysQuery.Subject
        if let unit {
            subject = .unit(try parseCode(unit, "--unit"))
        } else {
            subject = .officer(try parseCode(officer ?? "", "--officer"))
        }
        let question = HolderDaysQuery(of: subject, today: today) { try? calendars.calendar($0, knownAt: now) }
        let page: HolderDaysQuery.Page
        do {
            page = try await question.page(eventLog, limit: limit, after: after)
        } catch let error as FindingsQuery.WrongCursor {
            throw WrongCall(description: "--after: \(error)")
        }
        if log.database.json {
            return try Terminal.json(
                Answer(
                    unit: unit,
                    officer: officer,
                    asOf: today.description,
                    cases: page.rows,
                    next: page.next
                )
            )
        }
        if page.rows.isEmpty { return print("no days of \(unit ?? officer ?? "")") }
        Terminal.table(
            ["case", "days", "of these"],
            page.rows.map { row in
                let parts = row.parts.map { part in
                    let kind = CaseHolder.Kind(rawValue: part.kind)?.title[language] ?? part.kind
                    let absent = part.actingFor.map { language == .chinese ? "（代 \($0)）" : "for \($0)" }
                    let who = [part.unit, part.officer, absent].compactMap { $0 }.joined(separator: " ")
                    return "\(kind) \(who) \(part.days)\(part.isOpen ? " …" : "")"
                }
                return [row.case, "\(row.days)", parts.joined(separator: ", ")]
            }
        )
        if let next = page.next { print("more: --after \(next)") }
    }
}
