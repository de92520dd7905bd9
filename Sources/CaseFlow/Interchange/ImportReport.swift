/// What an import has done.
public struct ImportReport: Sendable, Codable, Hashable {
    /// Cases that were new to the log.
    public var cases = 0
    /// Events of the source that were brought in.
    public var events = 0
    /// Records of the source that could not be read or taken, each named in `problems`.
    public var skipped = 0
    /// Cases of the source that the log had already, with all their events.
    public var unchanged = 0
    /// Cases that the log had and that have grown.
    public var grown = 0
    /// Events that the log now holds in addition: receipts, limits and ends as well as the source's events.
    public var appended = 0
    /// Cases in the source.
    public var casesRead = 0
    /// Events in the source.
    public var eventsRead = 0
    /// Why something was skipped, with its line; the first hundred.
    public var problems: [String] = []
    /// What a mapping has made of the source's events; nil for an import without one.
    public var mapped: MappingReport?

    /// Problems that are told in full.
    static let problemLimit = 100

    mutating func note(_ problem: InterchangeProblem, skips: Int = 1) {
        skipped += skips
        if problems.count < Self.problemLimit { problems.append(problem.description) }
    }
}

/// How an import has ended: what it has done, and what ended it early.
public struct ImportOutcome: Sendable {
    /// What was done, whether it ended early or not.
    public let report: ImportReport
    /// What ended it before the end of the file; nil when nothing did. ``InterchangeError`` (the file), ``ImportStopped``
    /// (a record, with that policy), `AppendError` (the log).
    public let error: (any Error)?

    /// The report of an import that went through; else throws what ended it.
    public func get() throws -> ImportReport {
        if let error { throw error }
        return report
    }
}

/// What to do with a record that cannot be read.
public enum ProblemPolicy: String, Sendable, CaseIterable {
    /// Name it, leave it out, go on.
    case skip
    /// Stop before it. What was brought in until then stays; the import can be repeated.
    case stop
}

/// An import stopped at a record that cannot be read.
public struct ImportStopped: Error, Sendable, CustomStringConvertible {
    /// The record's problem.
    public let problem: InterchangeProblem
    /// What was done until then.
    public let report: ImportReport

    /// The problem, and how to go on.
    public var description: String {
        "stopped at \(problem). Brought in until then: \(report.cases) cases, \(report.events) events. "
            + "Mend the record, or leave such records out with --on-problem skip; then import again"
    }
}
