import ArgumentParser
import CaseFlow
import CaseFlowServer
import EventStore
import Foundation
import WorkingTime

/// How cases were dealt with, side by side.
struct ComplianceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compliance",
        abstract: "How cases were dealt with, by town, department, officer, item, channel or month.",
        discussion: """
            Received counts in the month of the receipt, all else in the month of the decision. Days are those from acceptance to \
            decision that the promise counted, or the statute's limit where nothing was promised: without pauses. Median and 90 % \
            are days that so many of the cases did not exceed. Paused: the share of decided cases that stood still, and of their \
            days. Satisfied: the three good grades of five. Only cases that go by rules of ours are counted.
            """
    )

    @Option(help: "town, department, officer, item, channel or month.") var by: ComplianceQuery.Grouping = .town
    @Option(help: "The first month, YYYY-MM. Default: all.", transform: Self.month) var from: CivilDate?
    @Option(help: "The last month, YYYY-MM. Default: all.", transform: Self.month) var through: CivilDate?
    @Option(help: "The most groups of a page.") var limit = 50
    @Option(help: "Go on behind a group: the 'next' of an answer, with the same options.") var after: String?
    @Option(name: .customLong("csv"), help: "Write the table to a file in CSV; - for standard output.") var csvFile:
        String?
    @Option(help: "Draw it into a file in SVG.") var chart: String?
    @Option(help: "zh-CN or en.") var language: Language = .english
    @OptionGroup var log: LogOptions

    private static func month(_ text: String) throws -> CivilDate {
        guard let day = try? CivilDate("\(text)-01") else { throw ValidationError("write a month as 2026-03") }
        return day
    }

    func validate() throws {
        if !(1...1_000).contains(limit) { throw ValidationError("--limit: give a number from 1 to 1000") }
        if let from, let through, from > through { throw ValidationError("--from lies after --through") }
        if csvFile == "-", log.database.json {
            throw ValidationError("--csv - and --json both write to standard output")
        }
    }

    private struct Answer: Encodable {
        let log, by: String
        let from, through: String?
        let groups: [ComplianceRow]
        let next: String?
    }

    func run() async throws {
        try await log.withLog { eventLog in
            try await Projections.catchUp(eventLog)
            try await Inspection.tellWhatIsMissing(eventLog)
            let network = try await NetworkBook.load(eventLog).latest
            let zone = try await LogInformation.zone(of: eventLog)
            guard let today = Moment.day(of: RecordingClock.system.now(), in: zone) else {
                throw ValidationError("this machine's clock is out of range")
            }
            let question = ComplianceQuery(by: by, from: from, through: through)
            let page = try await question.page(eventLog, limit: limit, after: after) {
                network.centre(of: $0, on: today)
            }
            // A file holds all groups: what it leaves out nobody would miss.
            var rows = page.rows
            var next = csvFile == nil && chart == nil ? nil : page.next
            while let after = next {
                let more = try await question.page(eventLog, limit: limit, after: after) {
                    network.centre(of: $0, on: today)
                }
                rows += more.rows
                next = more.next
            }
            if let chart {
                try ComplianceChart(rows, title: title, language: language).write(to: chart)
                Terminal.note("\(chart) written")
            }
            if csvFile != "-" { try answer(page) }
            guard let csvFile else { return }
            let writer =
                csvFile == "-"
                ? CSVWriter { try FileHandle.standardOutput.write(contentsOf: Data($0)) } : try CSVWriter(path: csvFile)
            try ComplianceTable(rows).write(to: writer)
        }
    }

    private var title: String {
        let months = [from, through].map { $0.map { String($0.description.prefix(7)) } }
        let span = months == [nil, nil] ? "" : ", \(months[0] ?? "…") – \(months[1] ?? "…")"
        return LocalizedText("Compliance by \(by.title[.english])", "时限合规：按\(by.title[.chinese])")[language] + span
    }

    private func answer(_ page: ComplianceQuery.Page) throws {
        if log.database.json {
            return try Terminal.json(
                Answer(
                    log: log.log,
                    by: by.rawValue,
                    from: from.map { String($0.description.prefix(7)) },
                    through: through.map { String($0.description.prefix(7)) },
                    groups: page.rows,
                    next: page.next
                )
            )
        }
        if page.rows.isEmpty { return print("no cases") }
        Terminal.table(ComplianceTable.header(by, language), ComplianceTable(page.rows).cells)
        if let next = page.next { print("more: --after \(next)") }
    }
}

extension ComplianceQuery.Grouping: ExpressibleByArgument {}
