import CaseFlow
import EventStore
import ServiceLifecycle
import Synchronization

/// Where the metrics of a worker go, and how often.
public struct MetricsSettings: Sendable, Hashable {
    /// The file.
    public var file: MetricsFile
    /// How often it is written.
    public var interval: Duration

    /// - Parameter interval: how often it is written, 15 seconds by default.
    public init(_ file: MetricsFile, every interval: Duration = .seconds(15)) {
        (self.file, self.interval) = (file, interval)
    }
}

/// Collects the figures of a log again and again, beside the work, and writes them to a file. It ends as the last but one: then
/// the file says `caseflow_up 0`, with what the worker has counted, and no figure that nobody keeps up to date any more.
struct MetricsService: Service {
    let log: EventLog
    let metrics: WorkMetrics
    let settings: MetricsSettings
    let tell: @Sendable (String) -> Void

    /// Whether it was told that the file cannot be written: once, until it goes well again.
    private final class Complaint: Sendable {
        let isTold = Mutex(false)
    }

    private let complaint = Complaint()

    init(log: EventLog, metrics: WorkMetrics, settings: MetricsSettings, tell: @escaping @Sendable (String) -> Void) {
        (self.log, self.metrics, self.settings, self.tell) = (log, metrics, settings, tell)
    }

    /// Counting may take this part of the time, at most: after one that took a second it rests for 200.
    static let restPerCost = 200

    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        while !Task.isCancelled {
                            await collect()
                            try await Task.sleep(for: settings.interval)
                        }
                    }
                    group.addTask {
                        while !Task.isCancelled {
                            let cost = await count()
                            try await Task.sleep(for: max(settings.interval, cost * Self.restPerCost))
                        }
                    }
                    try await group.waitForAll()
                }
            }
        } catch is CancellationError {}
        metrics.end()
        write()
    }

    /// How long the figures may take. They take some milliseconds; a database that is away is waited for, and meanwhile the file
    /// must not say that all is well.
    static let patience: Duration = .seconds(10)

    private struct TookTooLong: Error {}

    private func figures() async throws -> WorkFigures {
        try await withThrowingTaskGroup(of: WorkFigures.self) { group in
            group.addTask { try await WorkFigures.of(log) }
            group.addTask {
                try await Task.sleep(for: Self.patience)
                throw TookTooLong()
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw CancellationError() }
            return first
        }
    }

    private func collect() async {
        do {
            metrics.take(try await figures())
        } catch {
            // Whoever works on the log tells what is wrong with the database.
            if Task.isCancelled { return }
            metrics.down()
        }
        write()
    }

    /// Returns how long it took.
    private func count() async -> Duration {
        let began = ContinuousClock.now
        if let counted = try? await CountedFigures.of(log) { metrics.take(counted) }
        return .now - began
    }

    private func write() {
        do {
            try settings.file.write(metrics.text)
            complaint.isTold.withLock { $0 = false }
        } catch {
            let before = complaint.isTold.withLock { isTold in
                defer { isTold = true }
                return isTold
            }
            if !before { tell("metrics: \(error)") }
        }
    }
}

extension WorkMetrics {
    /// Collects and counts all of it once. Errors: those of the database.
    public func collect(_ log: EventLog) async throws {
        take(try await WorkFigures.of(log))
        take(try await CountedFigures.of(log))
    }
}
