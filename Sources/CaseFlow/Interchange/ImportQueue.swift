/// Brings in many pieces at once, a bounded number on their way, and adds up what became of them.
struct ImportQueue {
    private let importer: CaseImporter
    private let policy: ProblemPolicy
    private let width = 128
    private(set) var report = ImportReport()
    private var running = 0

    init(_ importer: CaseImporter, policy: ProblemPolicy) {
        self.importer = importer
        self.policy = policy
    }

    typealias Group = ThrowingTaskGroup<CaseImporter.Outcome, any Error>

    mutating func readCase() { report.casesRead += 1 }
    mutating func readEvents(_ count: Int) { report.eventsRead += count }

    /// Notes a record that cannot be read. Throws when the import is to stop there.
    mutating func note(_ problem: InterchangeProblem, skips: Int = 1) throws {
        report.note(problem, skips: skips)
        if policy == .stop { throw ImportStopped(problem: problem, report: report) }
    }

    /// Starts a piece; waits first while too many are on their way.
    mutating func start(_ part: CasePart, in group: inout Group) async throws {
        while running >= width { try await finishOne(&group) }
        running += 1
        let importer = importer
        group.addTask { try await importer.bringIn(part) }
    }

    /// Brings in a piece after all that are on their way, and waits for it: for pieces that must follow each other.
    mutating func bringIn(_ part: CasePart, in group: inout Group) async throws {
        try await drain(&group)
        try take(await importer.bringIn(part))
    }

    mutating func drain(_ group: inout Group) async throws {
        while running > 0 { try await finishOne(&group) }
    }

    private mutating func finishOne(_ group: inout Group) async throws {
        running -= 1
        if let outcome = try await group.next() { try take(outcome) }
    }

    private mutating func take(_ outcome: CaseImporter.Outcome) throws {
        switch outcome {
        case .added(let isNew, let steps, let appended):
            if isNew { report.cases += 1 } else { report.grown += 1 }
            report.events += steps
            report.appended += appended
        case .unchanged: report.unchanged += 1
        case .refused(let problem): try note(problem)
        }
    }
}
