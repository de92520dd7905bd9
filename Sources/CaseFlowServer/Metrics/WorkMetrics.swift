import CaseFlow
import CoreMetrics
import EventStore
import Foundation
import Synchronization

/// The metrics of a log and of the worker that works on it. Each bears the log's name.
public final class WorkMetrics: Sendable {
    /// Where a gauge comes from: those of one source are set together, and what the source names no more is told no more.
    private enum Source: Hashable {
        case process, figures, counted
    }

    private let log: String
    private let registry = MetricsRegistry(help: WorkMetrics.help)
    private let meters = Mutex<[Source: [String: Meter]]>([:])

    /// The metrics of a log, before anything was measured.
    /// - Parameter levels: the rungs that a worker knows: what it has not counted yet is told as 0, so that its first step is
    ///   seen. Nil where there is no worker: then nothing of one is told.
    public init(log: LogID, levels: [String]? = nil) {
        self.log = log.rawValue
        set([Gauge("caseflow_build_info", 1, ["version": Program.version])], of: .process)
        set([Gauge("caseflow_up", 0)], of: .figures)
        guard let levels else { return }
        for level in levels { raised(level).increment(by: 0) }
        for lapse in RulePack.Lapse.allCases { lapses(lapse.rawValue).increment(by: 0) }
        _ = (sweeps, left, setAside)
    }

    // The registry keeps what is measured: made anew, each is the same one.
    private var sweeps: CoreMetrics.Timer {
        CoreMetrics.Timer(label: "caseflow_sweep_seconds", dimensions: [("log", log)], factory: registry)
    }

    private var left: Counter { counter("caseflow_left_rungs_total") }

    private var setAside: Counter { counter("caseflow_set_aside_rungs_total") }

    private func raised(_ level: String) -> Counter { counter("caseflow_raised_cards_total", ("level", level)) }

    private func lapses(_ lapse: String) -> Counter { counter("caseflow_lapses_total", ("lapse", lapse)) }

    private func counter(_ name: String, _ labels: (String, String)...) -> Counter {
        Counter(label: name, dimensions: [("log", log)] + labels, factory: registry)
    }

    /// Takes what the worker tells of its work.
    public func take(_ report: EscalationWorker.Report) {
        switch report {
        case .swept(let duration):
            let (seconds, attoseconds) = duration.components
            sweeps.recordNanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
        case .raised(let names): for name in names { raised(name).increment() }
        case .lapsed(let names): for name in names { lapses(name).increment() }
        case .left(let count): left.increment(by: count)
        case .setAside: setAside.increment()
        }
    }

    /// A gauge that is to be set.
    private struct Gauge {
        let name: String
        let value: Double
        let labels: [String: String]

        init(_ name: String, _ value: Double, _ labels: [String: String] = [:]) {
            (self.name, self.value, self.labels) = (name, value, labels)
        }

        init(_ name: String, _ value: Int, _ labels: [String: String] = [:]) { self.init(name, Double(value), labels) }
    }

    private func set(_ gauges: [Gauge], of source: Source) {
        meters.withLock { meters in
            var kept: [String: Meter] = [:]
            for gauge in gauges {
                let labels = [("log", log)] + gauge.labels.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
                let key = "\(gauge.name) \(labels)"
                let meter =
                    meters[source]?[key] ?? Meter(label: gauge.name, dimensions: labels, factory: registry)
                meter.set(gauge.value)
                kept[key] = meter
            }
            for (key, meter) in meters[source] ?? [:] where kept[key] == nil { meter.destroy() }
            meters[source] = kept
        }
    }

    /// Takes the figures of the log, of this moment.
    public func take(_ figures: WorkFigures, at now: Date = Date()) {
        let status = figures.status
        var gauges = [
            Gauge("caseflow_up", 1),
            Gauge("caseflow_collected_timestamp_seconds", now.timeIntervalSince1970),
            Gauge("caseflow_log_position", Double(figures.events)),
            Gauge("caseflow_due_rungs", status.due),
            Gauge("caseflow_due_overdue_seconds", status.behindSeconds),
            Gauge("caseflow_parked_rungs", status.parkedCount),
            Gauge("caseflow_workers_alive", status.workers.count(where: \.isAlive)),
        ]
        let live = Dictionary(figures.projections.map { ($0.name, $0) }) { first, _ in first }
        for name in Set(Projections.names).union(live.keys) {
            let (labels, known) = (["projection": name], live[name])
            gauges += [
                // One that nobody has begun is behind by all there is.
                Gauge("caseflow_projection_lag_events", Double(known?.lagEvents ?? figures.events), labels),
                Gauge(
                    "caseflow_projection_lag_seconds",
                    figures.isSimulation ? 0 : known?.lagSeconds ?? figures.firstSeconds,
                    labels
                ),
                Gauge("caseflow_projection_parked_streams", Double(known?.parkedStreams ?? 0), labels),
                Gauge("caseflow_projection_parked_events", Double(known?.parked ?? 0), labels),
            ]
        }
        for (sink, depth) in figures.outbox {
            gauges += [
                Gauge("caseflow_outbox_waiting", depth.waiting, ["sink": sink]),
                Gauge("caseflow_outbox_dead", depth.dead, ["sink": sink]),
                Gauge("caseflow_outbox_oldest_seconds", depth.oldestSeconds, ["sink": sink]),
            ]
        }
        set(gauges, of: .figures)
    }

    /// Takes the figures that were counted, of this moment.
    public func take(_ counted: CountedFigures, at now: Date = Date()) {
        var gauges = [
            Gauge("caseflow_counted_timestamp_seconds", now.timeIntervalSince1970),
            Gauge("caseflow_counting_seconds", counted.seconds),
        ]
        for (clock, count) in counted.clocks {
            gauges.append(Gauge("caseflow_running_clocks", count.running, ["clock": clock]))
            gauges.append(Gauge("caseflow_suspended_clocks", count.suspended, ["clock": clock]))
        }
        for (level, count) in counted.openCards {
            gauges.append(Gauge("caseflow_open_cards", count, ["level": level]))
        }
        for (name, isComplete) in counted.isComplete {
            gauges.append(Gauge("caseflow_projection_complete", isComplete ? 1 : 0, ["projection": name]))
        }
        set(gauges, of: .counted)
    }

    /// The figures are not to be had now: they are told no more, and `caseflow_up` is 0. What was counted row by row stays, with
    /// the moment of the counting, and so does what the worker itself has done.
    public func down() { set([Gauge("caseflow_up", 0)], of: .figures) }

    /// Nobody keeps the figures up to date any more: of all of them only what the worker itself has done stays.
    public func end() {
        down()
        set([], of: .counted)
    }

    /// All of it, by name.
    public var families: [MetricFamily] { registry.families() }

    /// All of it, in the text format of Prometheus.
    public var text: String { MetricExposition.text(of: families) }
}
