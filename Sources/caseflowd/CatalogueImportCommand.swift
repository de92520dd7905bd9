import ArgumentParser
import CaseFlow
import CaseFlowServer
import EventStore
import Foundation

/// Brings items into a log's catalogue.
struct CatalogueImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Bring the items of a file into a log's catalogue; the same file again changes nothing.",
        discussion: """
            The file is checked as by `catalogue validate`. Where there is a fault nothing is brought in, unless \
            --on-problem skip leaves the faulty items out. What the catalogue holds besides stays as it is.
            """
    )

    /// What happens where there are faults.
    enum OnProblem: String, ExpressibleByArgument, CaseIterable { case stop, skip }

    @Argument(help: "The file, .yaml or .csv.", completion: .file(extensions: ["yaml", "yml", "csv", "gz"]))
    var file: String

    @Option(help: "stop: bring nothing in; skip: leave the faulty items out.")
    var onProblem: OnProblem = .stop

    @OptionGroup var reading: CatalogueReading

    @Option(help: "Who enters it, a code such as officer/17. Default: CASEFLOW_ACTOR, else the account of this shell.")
    var actor: String?

    @OptionGroup var log: LogOptions

    private struct Answer: Encodable {
        struct Item: Encodable {
            let item, change: String
            let version: Int
            let digest: String
        }
        let log, file, actor: String
        let published, amended, unchanged, skipped: Int
        /// Those that have changed.
        let items: [Item]
        /// Where the units and posts stand.
        let networks: [String]
        let findings: [CatalogueFindingAnswer]
    }

    func run() async throws {
        let actor = try CalendarDefaults.actor(actor)
        let result = try await reading.read([file]) {
            // Nothing is created before the file is known to be sound.
            let network = try await log.withLog(mayBeMissing: true) { try await NetworkBook.load($0).latest }
            return network.units.isEmpty ? nil : ("log \(log.log)", network)
        }
        let (read, findings) = (result.files, result.findings)
        if !log.database.quiet, !log.database.json { reading.tellNetworks(result) }
        let faults = findings.filter { !$0.isRemark }
        reading.tell(faults)
        if !faults.isEmpty, onProblem == .stop {
            throw FileProblem(
                description: reading.language == .chinese
                    ? "\(file)：有 \(faults.count) 处错误，未导入任何事项；请改正，或用 --on-problem skip 略过有错的事项"
                    : "\(file): \(faults.count) faults, nothing was brought in; mend them, or leave the faulty items out by "
                        + "--on-problem skip"
            )
        }
        // Where a code occurs twice both items are left out: nobody has said which one is meant.
        let faulty = Set(faults.compactMap(\.item))
        let items = read.flatMap(\.entries).map(\.item).filter { !faulty.contains($0.code) }
        let outcomes = try await log.withLog(creating: CalendarDefaults.zone.identifier) { eventLog in
            try await CatalogueDesk(eventLog).enter(items, at: RecordingClock.system.now(), actor: actor)
        }
        try tell(outcomes, result, actor)
        if !faults.isEmpty { throw ExitCode(1) }
    }

    private func tell(_ outcomes: [CatalogueDesk.Outcome], _ result: CatalogueReading.Result, _ actor: Actor) throws {
        let findings = result.findings
        func count(_ change: CatalogueDesk.Outcome.Change) -> Int { outcomes.count { $0.change == change } }
        let faults = findings.filter { !$0.isRemark }
        let skipped = Set(faults.map { $0.item?.rawValue ?? "line \($0.line ?? 0)" }).count
        let remarks = findings.count - faults.count
        if log.database.json {
            return try Terminal.json(
                Answer(
                    log: log.log,
                    file: file,
                    actor: actor.rawValue,
                    published: count(.published),
                    amended: count(.amended),
                    unchanged: count(.unchanged),
                    skipped: skipped,
                    items: outcomes.filter { $0.change != .unchanged }.map {
                        .init(
                            item: $0.code.rawValue,
                            change: $0.change.rawValue,
                            version: $0.version,
                            digest: $0.digest
                        )
                    },
                    networks: result.networks,
                    findings: findings.map { CatalogueFindingAnswer($0, reading.language) }
                )
            )
        }
        switch reading.language {
        case .english:
            print(
                """
                \(file) -> log \(log.log): \(count(.published)) items published, \(count(.amended)) amended, \
                \(count(.unchanged)) unchanged, \(skipped) left out; \(remarks) remarks (catalogue validate)
                """
            )
        case .chinese:
            print(
                """
                \(file) -> 日志 \(log.log)：新公布 \(count(.published)) 项，调整 \(count(.amended)) 项，未变 \
                \(count(.unchanged)) 项，略过 \(skipped) 项；提示 \(remarks) 处（见 catalogue validate）
                """
            )
        }
    }
}

/// Takes an item out of a log's catalogue.
struct CatalogueWithdrawCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "withdraw",
        abstract: "Take an item out of the catalogue; cases that were accepted go on under their version."
    )

    @Argument(help: "The item's code.")
    var item: String

    @Option(help: "Why.")
    var reason: String

    @Option(help: "Who does it, a code such as officer/17. Default: CASEFLOW_ACTOR, else the account of this shell.")
    var actor: String?

    @OptionGroup var log: LogOptions

    func validate() throws {
        do { _ = try ItemCode(item) } catch { throw ValidationError("\(error)") }
    }

    private struct Answer: Encodable {
        let log, item: String
        /// False when it was withdrawn before.
        let isNew: Bool
    }

    func run() async throws {
        let actor = try CalendarDefaults.actor(actor)
        let code = try ItemCode(item)
        let isNew = try await log.withLog { eventLog in
            do {
                return try await CatalogueDesk(eventLog).withdraw(
                    code,
                    reason: reason,
                    at: RecordingClock.system.now(),
                    actor: actor,
                    request: UUID()
                )
            } catch let rejection as CatalogueItem.Rejection {
                throw FileProblem(description: "\(code): \(rejection)")
            }
        }
        if log.database.json { return try Terminal.json(Answer(log: log.log, item: item, isNew: isNew)) }
        print("log \(log.log): \(code) \(isNew ? "withdrawn by \(actor)" : "was withdrawn before")")
    }
}
