import ArgumentParser
import CaseFlow
import CaseFlowServer
import EventStore
import Foundation

/// What a procedure costs, version by version.
struct ProcessCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "process",
        abstract: "Steps, hand-overs and days of an item's decided cases, per version of its procedure.",
        discussion: """
            A case keeps the version under which it was received, so a simplification shows as before and after. Steps are what \
            officers did on a case until it was handed out; hand-overs, how often it passed from one holder to another; days, \
            those from acceptance to decision. The change is that of the mean against the first version with decided cases.
            """
    )

    @Option(help: "The item's code.") var item: String
    @Option(help: "zh-CN or en.") var language: Language = .english
    @OptionGroup var log: LogOptions

    private struct Version: Encodable {
        let version, decided: Int
        let steps, handOvers, visits: Double?
        let stages, daysMedian, days90: Int?
        let stepsChange, handOversChange: Double?
    }

    private struct Answer: Encodable {
        let log, item: String
        let versions: [Version]
    }

    func run() async throws {
        let code: ItemCode = try parseCode(item, "--item")
        try await log.withLog { eventLog in
            try await Projections.catchUp(eventLog)
            try await Inspection.tellWhatIsMissing(eventLog)
            let entry = try await CatalogueBook.load(eventLog, only: code).entries[code]
            if entry == nil { throw CatalogueBook.Problem.noSuchItem(code) }
            let rows = try await ComplianceQuery.versions(of: code, eventLog)
            let first = rows.first { $0.row.decided > 0 }?.row
            let versions = rows.map { version, row in
                Version(
                    version: version,
                    decided: row.decided,
                    steps: row.steps.mean,
                    handOvers: row.handOvers.mean,
                    visits: row.visits.mean,
                    stages: entry?.versions.first { $0.number == version }?.item.stages.count,
                    daysMedian: row.days.quantile(0.5),
                    days90: row.days.quantile(0.9),
                    stepsChange: Self.change(row.steps.mean, from: first?.steps.mean),
                    handOversChange: Self.change(row.handOvers.mean, from: first?.handOvers.mean)
                )
            }
            try answer(versions)
        }
    }

    private static func change(_ new: Double?, from old: Double?) -> Double? {
        guard let new, let old, old > 0 else { return nil }
        return new / old - 1
    }

    private func answer(_ versions: [Version]) throws {
        if log.database.json { return try Terminal.json(Answer(log: log.log, item: item, versions: versions)) }
        if versions.isEmpty { return print("no case of \(item) has come in") }
        let header = LocalizedText(
            "version,decided,stages,steps,change,hand-overs,change,days median,90 %,visits",
            "版本,办结,环节,步骤,变化,流转,变化,用时中位数,90 分位,到场次数"
        )
        func number(_ value: Double?, _ format: String) -> String { value.map { String(format: format, $0) } ?? "-" }
        Terminal.table(
            header[language].split(separator: ",").map(String.init),
            versions.map { version in
                [
                    "\(version.version)", "\(version.decided)", version.stages.map(String.init) ?? "-",
                    number(version.steps, "%.1f"), number(version.stepsChange.map { $0 * 100 }, "%+.0f %%"),
                    number(version.handOvers, "%.1f"), number(version.handOversChange.map { $0 * 100 }, "%+.0f %%"),
                    version.daysMedian.map(String.init) ?? "-", version.days90.map(String.init) ?? "-",
                    number(version.visits, "%.2f"),
                ]
            }
        )
    }
}
