import ArgumentParser
import CaseFlow
import CaseFlowServer
import EventStore
import Foundation

/// What the imports of all formats have in common.
struct ImportOptions: ParsableArguments {
    @OptionGroup var log: LogOptions

    @Option(
        help:
            "Count days in this zone. Without it, each time's own offset counts; times without one are Asia/Shanghai.",
        transform: parseTimeZone
    )
    var timeZone: TimeZone?

    @Option(help: "What to do with a record that cannot be read: skip (and name it), or stop.")
    var onProblem: ProblemPolicy = .skip

    @Option(help: "Who imports: stored with every event as import:NAME.")
    var importer: String?

    func validate() throws {
        guard let importer else { return }
        if importer.isEmpty { throw ValidationError("--importer: give a name; without it the format is named") }
        do {
            _ = try Actor(Actor.importPrefix + importer)
        } catch {
            throw ValidationError("--importer: \(error)")
        }
    }

    /// Runs an import and reports on it, also on one that ended early. Exit status 1 when something was skipped or the
    /// file could not be read to its end. The log is opened, and created, when the import asks for it.
    func run(
        file: String,
        progress: ReadProgress,
        zone: TimeZone? = nil,
        _ body: (_ open: () async throws -> EventLog) async throws -> ImportOutcome
    ) async throws {
        let started = ContinuousClock.now
        let zone = (timeZone ?? zone)?.identifier ?? "Asia/Shanghai"
        var opened: EventLog?
        let outcome: ImportOutcome
        do {
            let bar = ProgressBar("importing", quiet: log.database.quiet)
            outcome = try await bar.during {
                (progress.fraction, "\(progress.bytesRead / 1_048_576) MiB read")
            } _: {
                try await body {
                    let log = try await log.database.installation().log(log.log, creating: zone)
                    opened = log
                    return log
                }
            }
        } catch {
            await opened?.close()
            throw error
        }
        var failure = outcome.error
        if let opened {
            // What was stored is to be seen, also behind an error.
            do {
                try await Projections.catchUp(opened)
            } catch {
                if failure != nil {
                    Terminal.note("caseflowd: the projections are behind: \(Terminal.words(for: error))")
                }
                failure = failure ?? error
            }
            await opened.close()
        }
        try tell(outcome.report, failure, file, seconds: (ContinuousClock.now - started) / .seconds(1))
    }

    private func tell(_ report: ImportReport, _ failure: (any Error)?, _ file: String, seconds: Double) throws {
        if log.database.json {
            let error = failure.map { Terminal.words(for: $0) }
            try Terminal.json(Answer(log: log.log, file: file, seconds: seconds, error: error, report: report))
        } else {
            print(
                """
                \(file) -> log \(log.log): \(report.cases) cases and \(report.events) events brought in \
                (\(report.casesRead) and \(report.eventsRead) read, \(report.unchanged) cases were there already, \
                \(report.grown) have grown, \(report.skipped) records skipped)
                """
            )
            if let mapped = report.mapped { tell(mapped) }
        }
        // The record at which it stopped is told by the error.
        let stopped = (failure as? ImportStopped)?.problem.description
        for problem in report.problems where problem != stopped { Terminal.note("\(file): \(problem)") }
        if report.skipped > report.problems.count {
            Terminal.note("\(file): and \(report.skipped - report.problems.count) more problems")
        }
        if let failure { throw failure }
        if report.skipped > 0 { throw ExitCode(1) }
    }

    /// What a mapping has made of the file: each fact, and each activity that is kept as a step.
    private func tell(_ mapped: MappingReport) {
        print(
            "mapping \(mapped.mapping): \(mapped.mappedEvents) events came to facts, "
                + "\(mapped.keptEvents) are kept as steps"
        )
        if !mapped.facts.isEmpty {
            Terminal.table(
                ["fact", "events", "cases", "more than once"],
                mapped.facts.map { [$0.name, "\($0.events)", "\($0.cases)", "\($0.casesWithMore)"] }
            )
        }
        if mapped.kept.isEmpty { return }
        Terminal.table(
            ["kept as a step", "events", "why"],
            mapped.kept.map { [$0.activity, "\($0.events)", $0.reason] }
        )
        if mapped.keptOfFurtherKinds > 0 { print("and \(mapped.keptOfFurtherKinds) events of further kinds") }
    }

    private struct Answer: Encodable {
        let log: String
        let file: String
        let seconds: Double
        /// What ended the import before the end of the file.
        let error: String?
        let report: ImportReport

        enum CodingKeys: CodingKey { case log, file, seconds, error }

        func encode(to encoder: any Encoder) throws {
            try report.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(log, forKey: .log)
            try container.encode(file, forKey: .file)
            try container.encode((seconds * 1000).rounded() / 1000, forKey: .seconds)
            try container.encodeIfPresent(error, forKey: .error)
        }
    }
}

extension ProblemPolicy: ExpressibleByArgument {}
