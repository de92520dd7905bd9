/// Brings in many pieces at once, a bounded number on their way, and adds up what became of them.
struct ImportQueue {
    private let importer: CaseImporter
    private let policy: ProblemPolicy
    private let width = 128
    private(set) var report = ImportReport()
    private var running = 0
    /// What became of cases of which further pieces may come.
    private var fates: [CaseNumber: Fate] = [:]
    /// Where the last piece that was waited for left its case.
    private var standing: CaseImporter.Standing?

    init(_ importer: CaseImporter, policy: ProblemPolicy) {
        self.importer = importer
        self.policy = policy
    }

    private enum Fate { case new, grown, unchanged }

    /// What became of a piece, and of which.
    struct Done: Sendable {
        let number: CaseNumber
        let mayContinue: Bool
        let outcome: CaseImporter.Outcome
    }

    typealias Group = ThrowingTaskGroup<Done, any Error>

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
        group.addTask {
            Done(number: part.number, mayContinue: part.mayContinue, outcome: try await importer.bringIn(part).0)
        }
    }

    /// Brings in a piece after all that are on their way, and waits for it: for pieces that must follow each other.
    mutating func bringIn(_ part: CasePart, in group: inout Group) async throws {
        try await drain(&group)
        let (outcome, standing) = try await importer.bringIn(part, after: standing)
        self.standing = standing
        try take(Done(number: part.number, mayContinue: part.mayContinue, outcome: outcome))
    }

    mutating func drain(_ group: inout Group) async throws {
        while running > 0 { try await finishOne(&group) }
    }

    private mutating func finishOne(_ group: inout Group) async throws {
        running -= 1
        if let done = try await group.next() { try take(done) }
    }

    /// Counts pieces and events as they come, and each case once.
    private mutating func take(_ done: Done) throws {
        let before = fates[done.number]
        var fate = before
        switch done.outcome {
        case .added(let isNew, let steps, let appended):
            if isNew { fate = .new } else if before != .new { fate = .grown }
            report.events += steps
            report.appended += appended
        case .unchanged: fate = before ?? .unchanged
        case .refused(let problem): try note(problem)
        }
        if fate != before {
            if before == .unchanged { report.unchanged -= 1 }
            switch fate {
            case .new: report.cases += 1
            case .grown: report.grown += 1
            case .unchanged: report.unchanged += 1
            case nil: break
            }
        }
        fates[done.number] = done.mayContinue ? fate : nil
    }
}
