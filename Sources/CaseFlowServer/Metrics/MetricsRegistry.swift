import CoreMetrics
import Synchronization

/// Keeps what is measured through swift-metrics, and tells it as metrics of Prometheus. Thread-safe.
///
/// - Names begin with `caseflow_`; those of counters end in `_total`, those of timers in `_seconds`. What is missing is added.
/// - Counters are counters, meters and recorders that do not aggregate are gauges, recorders that do are summaries with sum and
///   count, timers are histograms of seconds.
/// - What is made twice under one name and the same dimensions is one. A name that is known as something else is measured in
///   vain: a metric has one type.
public final class MetricsRegistry: MetricsFactory {
    /// The upper bounds of a timer's buckets, in seconds, without the last, which is infinite.
    public static let bounds = [0.005, 0.025, 0.1, 0.25, 1, 2.5, 10, 60]

    private struct Key: Hashable {
        let name: String
        let labels: [MetricFamily.Label]
    }

    private struct State {
        var kinds: [String: MetricFamily.Kind] = [:]
        var cells: [Key: MetricCell] = [:]
    }

    private let help: [String: String]
    private let state = Mutex(State())

    /// A registry.
    /// - Parameter help: what metrics mean, by their full names.
    public init(help: [String: String] = [:]) { self.help = help }

    /// What was measured so far, by name, and within a metric by labels.
    public func families() -> [MetricFamily] {
        let (kinds, cells) = state.withLock { ($0.kinds, $0.cells) }
        var byName: [String: [(labels: [MetricFamily.Label], cell: MetricCell)]] = [:]
        for (key, cell) in cells { byName[key.name, default: []].append((key.labels, cell)) }
        return byName.sorted { $0.key < $1.key }.map { name, series in
            let kind = kinds[name] ?? .gauge
            let samples = series.sorted { $0.labels.lexicographicallyPrecedes($1.labels) }
                .flatMap { $0.cell.samples(kind, $0.labels) }
            return MetricFamily(name: name, help: help[name] ?? "", type: kind, samples: samples)
        }
    }

    private func cell(_ label: String, _ dimensions: [(String, String)], _ kind: MetricFamily.Kind) -> MetricCell {
        var name = MetricExposition.name(label)
        if !name.hasPrefix("caseflow_") { name = "caseflow_\(name)" }
        let ending = kind == .counter ? "_total" : kind == .histogram ? "_seconds" : ""
        if !name.hasSuffix(ending) { name += ending }
        var labels: [MetricFamily.Label] = []
        for (dimension, value) in dimensions {
            let label = MetricFamily.Label(name: MetricExposition.name(dimension), value: value)
            if !labels.contains(where: { $0.name == label.name }) { labels.append(label) }
        }
        let key = Key(name: name, labels: labels.sorted())
        return state.withLock { state in
            if let known = state.kinds[name], known != kind { return MetricCell() }
            state.kinds[name] = kind
            if let cell = state.cells[key] { return cell }
            let cell = MetricCell()
            state.cells[key] = cell
            return cell
        }
    }

    private func forget(_ handler: AnyObject) {
        state.withLock { state in
            for (key, cell) in state.cells where cell === handler { state.cells[key] = nil }
        }
    }

    /// A counter of whole numbers.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        cell(label, dimensions, .counter)
    }

    /// A counter.
    public func makeFloatingPointCounter(
        label: String,
        dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        cell(label, dimensions, .counter)
    }

    /// A gauge.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        cell(label, dimensions, .gauge)
    }

    /// A summary, or a gauge.
    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        cell(label, dimensions, aggregate ? .summary : .gauge)
    }

    /// A histogram of seconds.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        cell(label, dimensions, .histogram)
    }

    /// Forgets it: it is told no more.
    public func destroyCounter(_ handler: any CounterHandler) { forget(handler) }
    /// Forgets it: it is told no more.
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { forget(handler) }
    /// Forgets it: it is told no more.
    public func destroyMeter(_ handler: any MeterHandler) { forget(handler) }
    /// Forgets it: it is told no more.
    public func destroyRecorder(_ handler: any RecorderHandler) { forget(handler) }
    /// Forgets it: it is told no more.
    public func destroyTimer(_ handler: any TimerHandler) { forget(handler) }
}

/// One value that is measured, or the distribution of one.
final class MetricCell: CounterHandler, FloatingPointCounterHandler, MeterHandler, RecorderHandler, TimerHandler {
    private struct State {
        /// Of a counter the sum, of a gauge the last value, of a distribution the sum.
        var value = 0.0
        /// The last observation.
        var last = 0.0
        var count = 0
        /// Observations up to each bound, and not up to the one before.
        var buckets = [Int](repeating: 0, count: MetricsRegistry.bounds.count + 1)
    }

    private let state = Mutex(State())

    // A counter, or a gauge that is moved.
    func increment(by amount: Int64) { increment(by: Double(amount)) }

    func increment(by amount: Double) { state.withLock { $0.value += amount.isFinite ? amount : 0 } }

    func reset() { state.withLock { $0 = State() } }

    // A gauge.
    func set(_ value: Int64) { set(Double(value)) }

    func set(_ value: Double) { state.withLock { $0.value = value } }

    func decrement(by amount: Double) { increment(by: -amount) }

    // An observation; of a gauge the last one counts.
    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) { observe(value) }

    func recordNanoseconds(_ duration: Int64) { observe(Double(duration) / 1e9) }

    private func observe(_ value: Double) {
        let bucket = MetricsRegistry.bounds.firstIndex { value <= $0 } ?? MetricsRegistry.bounds.count
        state.withLock { state in
            state.value += value
            state.last = value
            state.count += 1
            state.buckets[bucket] += 1
        }
    }

    func samples(_ kind: MetricFamily.Kind, _ labels: [MetricFamily.Label]) -> [MetricFamily.Sample] {
        let state = state.withLock(\.self)
        func sample(_ suffix: String, _ value: Double, le: String? = nil) -> MetricFamily.Sample {
            let bound = le.map { [MetricFamily.Label(name: "le", value: $0)] } ?? []
            return MetricFamily.Sample(suffix: suffix, labels: labels + bound, value: value)
        }
        let total = [sample("_sum", state.value), sample("_count", Double(state.count))]
        switch kind {
        case .counter: return [sample("", state.value)]
        case .gauge: return [sample("", state.count > 0 ? state.last : state.value)]
        case .summary: return total
        case .histogram:
            var below = 0
            let bounds = MetricsRegistry.bounds.map(MetricExposition.number) + ["+Inf"]
            return zip(bounds, state.buckets).map { bound, count in
                below += count
                return sample("_bucket", Double(below), le: bound)
            } + total
        }
    }
}
