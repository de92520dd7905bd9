/// Brings in many pieces at once, a bounded number on their way, and adds up what became of them.
///
/// Pieces of one case are brought in one behind the other, in the order of the file. Of the limits that a file tells of
/// a case the last one counts: a limit that comes with new steps is stored with them, one that comes alone waits for the
/// end of the file. So a file that tells several leaves the log with the last, and finds it there when it is repeated.
/// Memory grows with the cases whose limit waits.
struct ImportQueue {
    private let importer: CaseImporter
    private let policy: ProblemPolicy
    private let width = 128
    private(set) var report = ImportReport()
    private var running = 0
    /// The cases of the pieces on their way.
    private var inFlight: Set<CaseNumber> = []
    /// What became of cases of which further pieces may come.
    private var fates: [CaseNumber: Fate] = [:]
    /// Cases of which a piece was refused and further ones may come: these are left out with it.
    private var refused: Set<CaseNumber> = []
    /// What was told already about cases of which further pieces may come.
    private var told: Set<String> = []
    /// Limits that wait for the end of the file.
    private var deadlines: [CaseNumber: LastWord] = [:]
    /// Where the last piece that was waited for left its case.
    private var standing: CaseImporter.Standing?

    init(_ importer: CaseImporter, policy: ProblemPolicy) {
        self.importer = importer
        self.policy = policy
    }

    private enum Fate { case new, grown, unchanged }

    private struct LastWord {
        let deadline: CasePart.Told
        let fate: Fate?
    }

    /// What became of a piece, and of which.
    struct Done: Sendable {
        let number: CaseNumber
        var mayContinue = false
        var deadline: CasePart.Told?
        let outcome: CaseImporter.Outcome
    }

    typealias Group = ThrowingTaskGroup<Done, any Error>

    /// What a mapping has made of the file, up to where it was read.
    mutating func take(_ mapped: MappingReport?) { report.mapped = mapped }

    mutating func readCase() { report.casesRead += 1 }
    mutating func readEvents(_ count: Int) { report.eventsRead += count }

    /// Notes a record that cannot be read. Throws when the import is to stop there.
    mutating func note(_ problem: InterchangeProblem, skips: Int = 1) throws {
        report.note(problem, skips: skips)
        if policy == .stop { throw ImportStopped(problem: problem, report: report) }
    }

    /// Starts a piece; waits first while too many are on their way, or another of the same case.
    mutating func start(_ part: CasePart, in group: inout Group) async throws {
        while running >= width || inFlight.contains(part.number) { try await finishOne(&group) }
        if isLeftOut(part) { return }
        let importer = importer
        add(part.number, to: &group) {
            Done(part, try await importer.bringIn(part).0)
        }
    }

    /// Brings in a piece after all that are on their way, and waits for it: for pieces that must follow each other.
    mutating func bringIn(_ part: CasePart, in group: inout Group) async throws {
        while running > 0 { try await finishOne(&group) }
        if isLeftOut(part) { return }
        let (outcome, standing) = try await importer.bringIn(part, after: standing)
        self.standing = standing
        try take(Done(part, outcome))
    }

    /// Waits for all that are on their way and sets the limits that have waited, also when the file could be read only
    /// up to `failure`; says how the import has ended.
    mutating func finish(after failure: (any Error)?, _ group: inout Group) async -> ImportOutcome {
        var error = failure
        await drain(&group, &error)
        if error == nil || error is InterchangeError || error is ImportStopped {
            do {
                try await setDeadlines(&group)
            } catch let second {
                error = error ?? second
            }
            await drain(&group, &error)
        }
        if let stop = error as? ImportStopped { error = ImportStopped(problem: stop.problem, report: report) }
        return ImportOutcome(report: report, error: error)
    }

    private mutating func setDeadlines(_ group: inout Group) async throws {
        let importer = importer
        for (number, last) in deadlines.sorted(by: { $0.value.deadline.line < $1.value.deadline.line }) {
            while running >= width { try await finishOne(&group) }
            fates[number] = last.fate
            add(number, to: &group) {
                Done(number: number, outcome: try await importer.set(last.deadline, of: number))
            }
        }
        deadlines = [:]
    }

    /// Waits for all; the first error counts.
    private mutating func drain(_ group: inout Group, _ error: inout (any Error)?) async {
        while running > 0 {
            do {
                try await finishOne(&group)
            } catch let second {
                error = error ?? second
            }
        }
    }

    private mutating func add(
        _ number: CaseNumber,
        to group: inout Group,
        _ operation: @escaping @Sendable () async throws -> Done
    ) {
        running += 1
        inFlight.insert(number)
        group.addTask { try await operation() }
    }

    private mutating func finishOne(_ group: inout Group) async throws {
        running -= 1
        if let done = try await group.next() {
            inFlight.remove(done.number)
            try take(done)
        }
    }

    private mutating func isLeftOut(_ part: CasePart) -> Bool {
        part.mayContinue ? refused.contains(part.number) : refused.remove(part.number) != nil
    }

    /// Counts pieces and events as they come, and each case once.
    private mutating func take(_ done: Done) throws {
        let before = fates[done.number]
        var fate = before
        let outcome = done.outcome
        if outcome.refusal != nil {
            // A limit is not taken from a case that is in dispute.
            deadlines[done.number] = nil
            if done.mayContinue { refused.insert(done.number) }
        } else if outcome.appended > 0 {
            if outcome.isNew { fate = .new } else if before != .new { fate = .grown }
            report.events += outcome.steps
            report.appended += outcome.appended
        } else {
            fate = before ?? .unchanged
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
        if let deadline = done.deadline, outcome.refusal == nil {
            deadlines[done.number] = outcome.deadlineWaits ? LastWord(deadline: deadline, fate: fate) : nil
        }
        fates[done.number] = done.mayContinue ? fate : nil
        for problem in outcome.problems where !done.mayContinue || told.insert(problem.what).inserted {
            try note(problem)
        }
        if let refusal = outcome.refusal { try note(refusal) }
    }
}

extension ImportQueue.Done {
    init(_ part: CasePart, _ outcome: CaseImporter.Outcome) {
        self.init(number: part.number, mayContinue: part.mayContinue, deadline: part.deadline, outcome: outcome)
    }
}
