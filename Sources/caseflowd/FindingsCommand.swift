import ArgumentParser
import CaseFlow
import CaseFlowServer
import EventStore
import Foundation
import WorkingTime

/// What inspection finds.
struct FindingsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "findings",
        abstract: "What inspection finds in the record: inaction, slow and arbitrary action, with the evidence.",
        discussion: """
            A finding names its rule, the article that it rests on, its events by their positions, whose it is, and from which \
            day on it is so. It is a question to somebody, not a verdict. Cases of other systems go by no rules of ours and are \
            not judged. The latest come first; those of one case in the order of their days.
            Rules: \(FindingRule.allCases.map(\.rawValue).joined(separator: ", ")).
            """
    )

    @Argument(help: "Only of one case: its number, its id, or its stream (case/…).") var number: String?
    @Option(help: "Only one heading: inaction, slow or arbitrary.", transform: Self.heading) var heading:
        FindingHeading?
    @Option(help: "Only one rule, by its name.", transform: Self.rule) var rule: FindingRule?
    @Option(help: "Only those of a unit.") var unit: String?
    @Option(help: "Only those of an officer.") var officer: String?
    @Option(help: "Only those of a service item.") var item: String?
    @Option(help: "The day asked about, YYYY-MM-DD, as known now: what is not yet so is left out. Default: today.")
    var asOf: String?
    @Option(help: "The most rows of a page.") var limit = 20
    @Option(help: "Go on behind a page: the 'next' of its answer, with the same options.") var after: String?
    @Option(help: "zh-CN or en.") var language: Language = .english
    @OptionGroup var log: LogOptions

    private static func heading(_ text: String) throws -> FindingHeading {
        guard let heading = FindingHeading(rawValue: text) else {
            throw ValidationError(FindingHeading.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return heading
    }

    private static func rule(_ text: String) throws -> FindingRule {
        guard let rule = FindingRule(rawValue: text) else {
            throw ValidationError("one of \(FindingRule.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return rule
    }

    func validate() throws {
        if !(1...1_000).contains(limit) { throw ValidationError("--limit: give a number from 1 to 1000") }
        if let asOf, (try? CivilDate(asOf)) == nil {
            throw ValidationError("--as-of: '\(asOf)' is no day; write 2026-03-10")
        }
        let isFiltered = heading != nil || rule != nil || [unit, officer, item, after].contains { $0 != nil }
        if number != nil, isFiltered {
            throw ValidationError("a case's findings come all at once: without other options")
        }
    }

    func run() async throws {
        try await log.withLog { eventLog in
            try await Projections.catchUp(eventLog)
            try await Inspection.tellWhatIsMissing(eventLog)
            let zone = try await LogInformation.zone(of: eventLog)
            guard let today = Moment.day(of: RecordingClock.system.now(), in: zone) else {
                throw ValidationError("this machine's clock is out of range")
            }
            let day = try asOf.map { try CivilDate($0) } ?? today
            if let number {
                let stream = try await CaseHistory.find(number, in: eventLog)
                let rows = try await FindingsQuery.all(of: stream, in: eventLog, asOf: day, language)
                return try answer(rows, next: nil, day)
            }
            var question = FindingsQuery(asOf: day)
            (question.heading, question.rule) = (heading, rule)
            question.unit = try unit.map { try (parseCode($0, "--unit") as UnitCode).rawValue }
            question.officer = try officer.map { try (parseCode($0, "--officer") as OfficerID).rawValue }
            question.item = item
            do {
                let page = try await question.page(eventLog, limit: limit, after: after, language)
                try answer(page.rows, next: page.next, day)
            } catch let error as FindingsQuery.WrongCursor {
                throw WrongCall(description: "--after: \(error)")
            }
        }
    }

    private struct Answer: Encodable {
        let log, asOf: String
        let findings: [FindingsQuery.Row]
        let next: String?
    }

    private func answer(_ rows: [FindingsQuery.Row], next: String?, _ day: CivilDate) throws {
        if log.database.json {
            return try Terminal.json(Answer(log: log.log, asOf: day.description, findings: rows, next: next))
        }
        if rows.isEmpty { return print("nothing found by \(day)") }
        let isChinese = language == .chinese
        for row in rows {
            let heading = FindingHeading(rawValue: row.heading)?.title[language] ?? row.heading
            let who = [row.unit, row.officer, row.actingFor.map { isChinese ? "代 \($0)" : "for \($0)" }].compactMap {
                $0
            }.joined(
                separator: " "
            )
            print("\(row.on)  \(row.case ?? row.stream)  \(heading): \(row.title)\(who.isEmpty ? "" : "  [\(who)]")")
            let events = row.positions.prefix(8).map(String.init).joined(separator: ", ")
            let more = row.positions.count > 8 ? ", …" : ""
            let evidence = isChinese ? "（\(row.basis)；事件 \(events)\(more)）" : " (\(row.basis); events \(events)\(more))"
            print("            \(row.reason)\(evidence)")
        }
        if let next { print("more: --after \(next)") }
    }
}

/// What the questions of inspection have in common.
enum Inspection {
    /// Says on standard error how many cases are missing in the read tables.
    static func tellWhatIsMissing(_ log: EventLog) async throws {
        let live = try await log.projectionStatus().first {
            $0.name == InspectionProjection().name && $0.state == "live"
        }
        guard let live, live.parkedStreams > 0 else { return }
        Terminal.note(
            "caseflowd: \(live.parkedStreams) cases are set aside and missing here: see `caseflowd projection status`"
        )
    }
}
