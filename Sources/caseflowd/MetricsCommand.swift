import ArgumentParser
import CaseFlowServer
import EventStore
import Foundation

/// The metrics of a log, once.
struct MetricsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics",
        abstract:
            "The figures of a log, as `caseflowd work --metrics FILE` writes them: lag, due rungs, cards, outbox.",
        discussion: """
            In the text format of Prometheus, collected and counted now. What workers count themselves (rungs raised, sweeps) \
            each tells of its own in its file. docs/guides/metrics.md says what each means and what to be alarmed by.
            """
    )

    @OptionGroup var log: LogOptions

    private struct Answer: Encodable {
        let log: String
        let metrics: [MetricFamily]
    }

    func run() async throws {
        let metrics = try await log.withLog { eventLog in
            let metrics = WorkMetrics(log: eventLog.id)
            try await metrics.collect(eventLog)
            return metrics
        }
        if log.database.json {
            try Terminal.json(Answer(log: log.log, metrics: metrics.families))
        } else {
            try FileHandle.standardOutput.write(contentsOf: Data(metrics.text.utf8))
        }
    }
}
