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

    /// Runs an import and reports on it. Exit status 1 when something was skipped or the file could not be read.
    func run(
        file: String,
        progress: ReadProgress,
        _ body: (EventLog) async throws -> ImportReport
    ) async throws {
        let started = ContinuousClock.now
        let zone = timeZone?.identifier ?? "Asia/Shanghai"
        let report = try await log.withLog(creating: zone) { log in
            let bar = ProgressBar("importing", quiet: self.log.database.quiet)
            let report = try await bar.during {
                (progress.fraction, "\(progress.bytesRead / 1_048_576) MiB read")
            } _: {
                try await body(log)
            }
            try await Projections.catchUp(log)
            return report
        }
        let seconds = (ContinuousClock.now - started) / .seconds(1)
        if log.database.json {
            try Terminal.json(Answer(log: log.log, file: file, seconds: seconds, report: report))
        } else {
            print(
                """
                \(file) -> log \(log.log): \(report.cases) cases and \(report.events) events brought in \
                (\(report.casesRead) and \(report.eventsRead) read, \(report.unchanged) cases were there already, \
                \(report.grown) have grown, \(report.skipped) records skipped)
                """
            )
        }
        for problem in report.problems { Terminal.note("\(file): \(problem)") }
        if report.skipped > report.problems.count {
            Terminal.note("\(file): and \(report.skipped - report.problems.count) more problems")
        }
        if report.skipped > 0 { throw ExitCode(1) }
    }

    private struct Answer: Encodable {
        let log: String
        let file: String
        let seconds: Double
        let report: ImportReport

        enum CodingKeys: CodingKey { case log, file, seconds }

        func encode(to encoder: any Encoder) throws {
            try report.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(log, forKey: .log)
            try container.encode(file, forKey: .file)
            try container.encode((seconds * 1000).rounded() / 1000, forKey: .seconds)
        }
    }
}

extension ProblemPolicy: ExpressibleByArgument {}
