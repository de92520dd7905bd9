import CaseFlow
import EventStore
import Foundation
import Logging
import PostgresClient
import ServiceLifecycle
import UnixSignals

/// The worker daemon of a log: keeps the read tables, and watches every clock. Any number of them may run at once.
public enum LogWorker {
    /// Works until the process is told to end (SIGTERM, SIGINT): then the page that is begun is finished first. A database
    /// that is away is waited for. What is raised is told to the sinks.
    /// - Parameter metrics: where figures of the work go, again and again; to nobody where it is nil.
    public static func run(
        _ log: EventLog,
        notifying sinks: [NotificationSink] = [],
        metrics: MetricsSettings? = nil,
        tell: @escaping @Sendable (String) -> Void
    ) async throws {
        let (worker, measured) = try await worker(log, isOnce: false, tell: tell)
        for sink in sinks { try await Outbox(log, to: sink).open() }
        var logger = Logger(label: "caseflow.work")
        logger.logLevel = .warning
        var services: [any Service] = [ProjectionService(log: log)]
        if let metrics {
            services.append(MetricsService(log: log, metrics: measured, settings: metrics, tell: tell))
        }
        services += sinks.map { OutboxService(log: log, sink: $0, tell: tell) }
        services.append(EscalationService(worker: worker))
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                // Ended from the last to the first.
                services: services.map { .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup) },
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger
            )
        )
        try await group.run()
    }

    /// Works until nothing is due, and tries each notification once, all sinks at the same time. Errors: those of the database,
    /// and of the file of the metrics, which is written when all is done.
    public static func once(
        _ log: EventLog,
        notifying sinks: [NotificationSink] = [],
        metrics: MetricsSettings? = nil,
        tell: @escaping @Sendable (String) -> Void
    ) async throws -> EscalationWorker.Tally {
        let (worker, measured) = try await worker(log, isOnce: true, tell: tell)
        for sink in sinks { try await Outbox(log, to: sink).open() }
        try await worker.run()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for sink in sinks {
                group.addTask {
                    let round = try await Outbox(log, to: sink).work()
                    if round.failed > 0 {
                        tell("\(round.failed) notifications to \(sink) wait: `caseflowd outbox list` says why")
                    }
                }
            }
            try await group.waitForAll()
        }
        if let metrics {
            try await measured.collect(log)
            try metrics.file.write(measured.text)
        }
        var tally = await worker.tally
        tally.standingAside = try await ParkedRung.count(in: log)
        return tally
    }

    private static func worker(
        _ log: EventLog,
        isOnce: Bool,
        tell: @escaping @Sendable (String) -> Void
    ) async throws -> (EscalationWorker, WorkMetrics) {
        let zone = TimeZone(identifier: try await LogInformation.of(log).timeZone) ?? .gmt
        let metrics = WorkMetrics(log: log.id, levels: Projections.clocks.rungNames)
        var settings = EscalationWorker.Settings()
        (settings.isOnce, settings.projects) = (isOnce, isOnce)
        settings.report = { metrics.take($0) }
        let folder = ProcessInfo.processInfo.environment["CASEFLOW_RULE_PACKS"].flatMap { $0.isEmpty ? nil : $0 }
        let worker = EscalationWorker(
            log,
            zone: zone,
            packs: folder,
            projection: Projections.clocks,
            settings: settings,
            alarm: tell
        )
        return (worker, metrics)
    }
}

/// Keeps the read tables of a log up to date.
private struct ProjectionService: Service {
    let log: EventLog

    func run() async throws {
        try await cancelWhenGracefulShutdown { try await Projections.run(log) }
    }
}

/// Delivers what was raised to a sink, until the process is told to end; a delivery that is begun is finished.
private struct OutboxService: Service {
    let log: EventLog
    let sink: NotificationSink
    let tell: @Sendable (String) -> Void

    func run() async throws {
        let outbox = Outbox(log, to: sink)
        var backoff = Backoff(first: .milliseconds(200), limit: .seconds(10))
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            do {
                // Behind the delivery that is begun it ends; what is not begun is left to whoever works next.
                try await outbox.work { !Task.isShuttingDownGracefully }
                backoff = Backoff(first: .milliseconds(200), limit: .seconds(10))
                try await cancelWhenGracefulShutdown { try await Task.sleep(for: .milliseconds(500)) }
            } catch is CancellationError {
                return
            } catch {
                tell("notifications to \(sink) wait: \(error)")
                let pause = backoff.pause()
                try? await cancelWhenGracefulShutdown { try await Task.sleep(for: pause) }
            }
        }
    }
}

/// Watches the clocks of a log.
private struct EscalationService: Service {
    let worker: EscalationWorker

    func run() async throws {
        try await withGracefulShutdownHandler {
            try await worker.run()
        } onGracefulShutdown: {
            worker.stop()
        }
    }
}

extension Installation {
    /// Opens a simulated log, whose time stands at a moment. What was recorded at that moment before lies some microseconds
    /// behind it, so a second is let pass. Errors: ``WrongMoment``; those of opening a log.
    public func simulatedLog(_ name: String, at moment: Timestamp) async throws -> EventLog {
        let connections = try await connections()
        var settings = EventLog.Settings()
        settings.clock = SimulatedClock(moment).recording
        var logger = Logger(label: "caseflow")
        logger.logLevel = .warning
        let log = EventLog(try LogID(name), work: connections.work, settings: settings, logger: logger)
        do {
            guard try await LogInformation.of(log).isSimulation else {
                throw WrongMoment(description: "log \(name) is a real one: its time is the clock's, and no other")
            }
            let rows = try await log.pool.query(
                """
                SELECT max(recorded_at) FROM (
                    SELECT recorded_at FROM caseflow.events WHERE log_id = $1 ORDER BY position DESC LIMIT 1000) e
                """,
                [name]
            )
            let last = try rows.first?.decode(0, as: Timestamp?.self)
            if let last, last > moment.advanced(byMicroseconds: 1_000_000) {
                throw WrongMoment(description: "log \(name) goes on until \(last): give that moment or a later one")
            }
            return log
        } catch {
            await log.close()
            throw error
        }
    }

    /// A moment at which a simulated log cannot stand.
    public struct WrongMoment: Error, Sendable, CustomStringConvertible {
        /// What is wrong and what to do.
        public let description: String
    }
}
