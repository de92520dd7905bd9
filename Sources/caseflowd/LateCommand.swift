import ArgumentParser
import CaseFlow
import CaseFlowServer
import EventStore
import Foundation
import WorkingTime

/// Which cases are late.
struct LateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "late",
        abstract: "List the clocks of cases that are late, as was known at a moment, or count them.",
        discussion: """
            A clock that is due on the day asked about is not late on that day. Without --clock, the clocks of the rules \
            that a case goes by are asked about, and the limit of its source (the clock 'imported') where it goes by none. Of \
            a case of the catalogue, unit, department and officer are those with whom it lies, or lay when the limit ended; of a \
            stage's clock those who have the stage. Why it waits stands beside it. \
            --known-at leaves out what was recorded later: the same question has the same answer for ever.
            """
    )

    @OptionGroup var log: LogOptions

    @Option(help: "The day asked about, YYYY-MM-DD, in the log's time zone. Default: today.")
    var asOf: String?

    @Option(help: "Only what was recorded by then counts: a date (its end) or a moment. Default: now.")
    var knownAt: String?

    @Option(help: "Which, as they stood on that day: open, closed or all.")
    var state: LateQuery.State = .all

    @Option(help: "Compare local dates, as the law does, or instants (the limits of imported cases, as known now).")
    var compare: LateQuery.Comparison = .date

    @Option(
        help: "Count by unit, department, officer, item, channel, clock, or any other attribute of imported cases."
    )
    var groupBy: String?

    @OptionGroup var filters: LateFilterOptions

    @Option(help: "The most rows or groups. Default: 20 on a terminal, all in JSON and CSV.")
    var limit: Int?

    @Option(help: "Go on behind a page: the 'next' of its answer, with the same options.")
    var after: String?

    @Flag(help: "Count them all, however many they are: else a page says the total up to \(Self.counted) only.")
    var count = false

    @Option(name: .customLong("csv"), help: "Write the rows to a file in CSV; - for standard output.")
    var csvFile: String?

    @Option(help: "Of the reasons: zh-CN or en.") var language: Language = .english

    /// Beyond so many, a page does not count them unless asked to: counting reads them all.
    static let counted = LateClocks.countedWithPage

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit: give a number from 1") }
        if let asOf { try Self.check(asOf) }
        if let knownAt {
            do { _ = try Moment.parse(knownAt, in: .gmt) } catch { throw ValidationError("--known-at: \(error)") }
        }
        if let after {
            do {
                _ = try LateClocks.moment(ofCursor: after)
            } catch {
                throw ValidationError("--after: \(error)")
            }
        }
        if csvFile == "-", log.database.json {
            throw ValidationError("--csv - and --json both write to standard output")
        }
        if groupBy != nil, after != nil || csvFile != nil || count || filters.isOrdered {
            throw ValidationError("--group-by counts late clocks: without --after, --csv, --count, --sort and --light")
        }
        if compare == .instant, knownAt != nil || after != nil || csvFile != nil || count || filters.isGiven {
            throw ValidationError("--compare instant goes with --as-of, --state, --group-by and --limit alone")
        }
    }

    private static func check(_ text: String) throws {
        do {
            _ = try Moment.endOfDay(try CivilDate(text), in: .gmt)
        } catch {
            throw ValidationError("--as-of: \(error)")
        }
    }

    func run() async throws {
        try await log.withLog { eventLog in
            try await Projections.catchUp(eventLog)
            let asked = compare == .instant ? CaseCompliance().name : CaseClockProjection().name
            let live = try await eventLog.projectionStatus().first { $0.name == asked && $0.state == "live" }
            if let live, live.parkedStreams > 0 {
                Terminal.note(
                    """
                    caseflowd: \(live.parkedStreams) cases are set aside and missing here: see `caseflowd projection status`
                    """
                )
            }
            let information = try await LogInformation.of(eventLog)
            let zone = TimeZone(identifier: information.timeZone) ?? .gmt
            let now = RecordingClock.system.now()
            guard let today = Moment.day(of: now, in: zone) else { throw ValidationError("the clock is out of range") }
            do {
                if compare == .instant {
                    let day = try asOf.map { try CivilDate($0) } ?? today
                    let until = day == today ? now : try Moment.endOfDay(day, in: zone)
                    try await answerByInstant(eventLog, day, until: until, information.clock)
                } else {
                    try await answer(eventLog, try question(today: today, now: now, zone), information.clock)
                }
            } catch let error as LateQuery.NoSuchAttribute {
                throw WrongCall(description: "--group-by: \(error)")
            } catch let error as LateClocks.WrongCursor {
                throw WrongCall(description: "--after: \(error)")
            }
        }
    }

    /// The question. A page that goes on asks about the day and the moment of the first.
    private func question(today: CivilDate, now: Timestamp, _ zone: TimeZone) throws -> LateClocks {
        let begun = try after.map { try LateClocks.moment(ofCursor: $0) }
        let day = try asOf.map { try CivilDate($0) } ?? begun?.asOf ?? today
        let asked = try knownAt.map { try Moment.parse($0, in: zone) }
        if let asked, asked > now {
            throw WrongCall(
                description: "--known-at: nobody knows yet what will be known then; leave it out to ask by now"
            )
        }
        let moment = asked ?? begun?.knownAt
        var question = LateClocks(asOf: day, knownAt: moment ?? now, isNow: moment == nil)
        question.state = state
        filters.apply(to: &question)
        return question
    }

    private func answer(_ eventLog: EventLog, _ question: LateClocks, _ clock: String) async throws {
        var answer = LateAnswer(log: log.log, question: question, json: log.database.json)
        answer.logClock = clock
        if let groupBy {
            let most = limit ?? (log.database.json ? nil : 20)
            let found = try await question.groups(eventLog, by: groupBy, limit: most)
            return try answer.print(groups: found.groups, of: found.count, by: groupBy, total: found.total)
        }
        if let csvFile {
            let (rows, next) = try await LateTable(question, language).write(
                to: csvFile,
                from: eventLog,
                limit: limit,
                after: after,
                json: log.database.json
            )
            if csvFile != "-" { try answer.print(csv: csvFile, rows: rows, next: next) }
            return
        }
        let most = limit ?? (log.database.json ? nil : 20)
        let page = try await question.page(eventLog, limit: most, after: after, language)
        try answer.print(page, total: try await total(eventLog, question, page))
    }

    /// Counting is part of the first page up to a bound; beyond it, and on later pages, it has to be asked for.
    private func total(_ eventLog: EventLog, _ question: LateClocks, _ page: LateClocks.Page) async throws
        -> LateAnswer.Total
    {
        if after == nil, page.next == nil { return .exactly(page.rows.count) }
        if count { return .exactly(try await question.count(eventLog)) }
        if after != nil { return .unknown }
        let found = try await question.count(eventLog, atMost: Self.counted)
        return found > Self.counted ? .moreThan(Self.counted) : .exactly(found)
    }

    private func answerByInstant(_ eventLog: EventLog, _ day: CivilDate, until: Timestamp, _ clock: String) async throws
    {
        var query = LateQuery(asOf: day, until: until, state: state, comparison: .instant)
        query.limit = limit ?? (log.database.json ? nil : 20)
        var answer = LateAnswer(log: log.log, day: day, state: state, compare: .instant, json: log.database.json)
        answer.logClock = clock
        if let groupBy {
            let found = try await query.groups(eventLog, by: groupBy)
            try answer.print(groups: found.groups, of: found.count, by: groupBy, total: found.total)
        } else {
            let (rows, total) = try await query.rows(eventLog)
            try answer.print(rows, total: total)
        }
    }
}

extension LateQuery.State: ExpressibleByArgument {}
extension LateQuery.Comparison: ExpressibleByArgument {}
