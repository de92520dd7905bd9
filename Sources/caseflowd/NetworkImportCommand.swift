import ArgumentParser
import CaseFlow
import EventStore
import Foundation
import WorkingTime

/// Brings a network into a log.
struct NetworkImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Bring the units and officers of a file into a log; the same file again changes nothing.",
        discussion: """
            The file is checked as by `network validate`, and against what the log holds. Where there is a fault nothing is \
            brought in. New units begin on the file's day; what differs in units that the log holds is changed from --from \
            on. Units that the file does not list stay as they are.
            """
    )

    @Argument(help: "The file, .yaml.", completion: .file(extensions: ["yaml", "yml"]))
    var file: String

    @Option(help: "The day from which on changes hold. Default: today, in the log's zone.")
    var from: String?

    @Option(help: "The language of the findings, en or zh-CN.")
    var language: Language = .english

    @Option(help: "Who enters it, a code such as officer/17. Default: CASEFLOW_ACTOR, else the account of this shell.")
    var actor: String?

    @OptionGroup var log: LogOptions

    private struct Answer: Encodable {
        struct Change: Encodable {
            let stream, change: String
            let events: Int
        }
        let log, file, actor, from: String
        let entered, changed, unchanged, events: Int
        /// Those that are new or have changed.
        let changes: [Change]
        let findings: [NetworkFindingAnswer]
    }

    func validate() throws {
        if let from { _ = try CalendarDefaults.date(from, "--from") }
    }

    func run() async throws {
        let actor = try CalendarDefaults.actor(actor)
        let network = NetworkFile(yaml: try CalendarDefaults.text(ofFile: file), file: file)
        if network.units.isEmpty, network.officers.isEmpty { try refuse(network.findings) }
        // Nothing is created before the file is known to be sound.
        let (known, zone) = try await log.withLog(mayBeMissing: true) { eventLog in
            do {
                let zone = try await NetworkDefaults.zone(of: eventLog)
                return (try await NetworkBook.load(eventLog).latest, zone)
            } catch AppendError.noSuchLog {
                return (Network(), CalendarDefaults.zone)
            }
        }
        let day = try from.map { try CivilDate($0) } ?? NetworkDefaults.today(in: zone)
        let findings = NetworkCheck(on: day, known: known).findings(in: [network])
        try refuse(findings.filter { !$0.isRemark })
        let outcomes = try await log.withLog(creating: zone.identifier) { eventLog in
            do {
                return try await NetworkDesk(eventLog).enter(
                    officers: network.officers.map(\.entry),
                    units: network.units.map(\.entry),
                    on: day,
                    at: RecordingClock.system.now(),
                    actor: actor
                )
            } catch let refusal as NetworkDesk.Refusal {
                throw FileProblem(description: "\(file): \(refusal)")
            }
        }
        try tell(outcomes, day, findings, actor)
    }

    private func refuse(_ faults: [NetworkFile.Finding]) throws {
        if faults.isEmpty { return }
        NetworkFindingAnswer.tell(faults, language)
        throw FileProblem(
            description: language == .chinese
                ? "\(file)：有 \(faults.count) 处错误，未导入任何内容；请改正"
                : "\(file): \(faults.count) faults, nothing was brought in; mend them"
        )
    }

    private func tell(
        _ outcomes: [NetworkDesk.Outcome],
        _ day: CivilDate,
        _ findings: [NetworkFile.Finding],
        _ actor: Actor
    ) throws {
        func count(_ change: NetworkDesk.Outcome.Change) -> Int { outcomes.count { $0.change == change } }
        let events = outcomes.map(\.events).reduce(0, +)
        if log.database.json {
            return try Terminal.json(
                Answer(
                    log: log.log,
                    file: file,
                    actor: actor.rawValue,
                    from: day.description,
                    entered: count(.entered),
                    changed: count(.changed),
                    unchanged: count(.unchanged),
                    events: events,
                    changes: outcomes.filter { $0.change != .unchanged }.map {
                        .init(stream: $0.stream.rawValue, change: $0.change.rawValue, events: $0.events)
                    },
                    findings: findings.map { NetworkFindingAnswer($0, language) }
                )
            )
        }
        switch language {
        case .english:
            print(
                """
                \(file) -> log \(log.log): \(count(.entered)) units and officers entered, \(count(.changed)) changed from \
                \(day) on, \(count(.unchanged)) unchanged; \(events) events; \(findings.count) remarks (network validate)
                """
            )
        case .chinese:
            print(
                """
                \(file) -> 日志 \(log.log)：新录入单位和人员 \(count(.entered)) 个，自 \(day) 起变更 \(count(.changed)) 个，未变 \
                \(count(.unchanged)) 个；事件 \(events) 条；提示 \(findings.count) 处（见 network validate）
                """
            )
        }
    }
}
