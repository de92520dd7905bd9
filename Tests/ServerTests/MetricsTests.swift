import CoreMetrics
import Foundation
import Support
import Testing

@testable import CaseFlowServer

/// Metrics through swift-metrics, and how they are written.
@Suite struct MetricsTests {
    @Test func `each kind of metric is told as what it is, in a fixed order, and reads back`() throws {
        let registry = MetricsRegistry(help: ["caseflow_b_total": "What b counts."])
        let label = [("log", "main")]
        let counter = Counter(label: "b", dimensions: label, factory: registry)
        counter.increment(by: 2)
        // Made twice, it is one.
        Counter(label: "caseflow_b_total", dimensions: label, factory: registry).increment()
        let fine = FloatingPointCounter(label: "caseflow_fine_total", dimensions: [], factory: registry)
        fine.increment(by: 0.25)
        fine.increment(by: 0.5)
        let meter = Meter(label: "a", dimensions: [("z", "1"), ("c", "2")], factory: registry)
        meter.set(5)
        meter.increment(by: 2.5)
        meter.decrement(by: 1)
        let last = Recorder(label: "last", dimensions: [], aggregate: false, factory: registry)
        last.record(7)
        last.record(3)
        let sum = Recorder(label: "sum", dimensions: [], aggregate: true, factory: registry)
        sum.record(7)
        sum.record(0.5)
        let timer = CoreMetrics.Timer(label: "work", dimensions: label, factory: registry)
        timer.recordMilliseconds(5)
        timer.recordSeconds(2)
        timer.recordSeconds(3600)
        let text = MetricExposition.text(of: registry.families())
        let read = try Exposition(text)
        #expect(read.order == read.order.sorted())
        #expect(
            read.metrics.mapValues(\.type) == [
                "caseflow_a": "gauge", "caseflow_b_total": "counter", "caseflow_fine_total": "counter",
                "caseflow_last": "gauge", "caseflow_sum": "summary", "caseflow_work_seconds": "histogram",
            ]
        )
        #expect(read.metrics["caseflow_b_total"]?.help == "What b counts.")
        let samples = read.samples
        #expect(samples["caseflow_b_total{log=\"main\"}"] == 3)
        #expect(samples["caseflow_fine_total"] == 0.75)
        #expect(samples["caseflow_a{c=\"2\",z=\"1\"}"] == 6.5)
        #expect(samples["caseflow_last"] == 3)
        #expect(samples["caseflow_sum_sum"] == 7.5 && samples["caseflow_sum_count"] == 2)
        #expect(samples["caseflow_work_seconds_sum{log=\"main\"}"] == 3602.005)
        #expect(samples["caseflow_work_seconds_count{log=\"main\"}"] == 3)
        let bounds = ["0.005": 1.0, "1": 1, "2.5": 2, "60": 2, "+Inf": 3]
        for (bound, count) in bounds {
            #expect(samples["caseflow_work_seconds_bucket{le=\"\(bound)\",log=\"main\"}"] == count, "\(bound)")
        }
        // Whatever was made in another order is told in the same one.
        #expect(MetricExposition.text(of: registry.families()) == text)
        meter.destroy()
        #expect(!MetricExposition.text(of: registry.families()).contains("caseflow_a"))
    }

    @Test func `a name that is known as something else is measured in vain`() throws {
        let registry = MetricsRegistry()
        Counter(label: "x_total", dimensions: [], factory: registry).increment()
        Meter(label: "x_total", dimensions: [], factory: registry).set(9)
        #expect(
            MetricExposition.text(of: registry.families()) == "# TYPE caseflow_x_total counter\ncaseflow_x_total 1\n"
        )
    }

    @Test(arguments: [
        "plain", "a \"word\"", "back\\slash", "two\nlines", "\\n", "乡镇 政务", "", "{x=\"y\"}", "ends in \\",
    ])
    func `whatever a label or a help says is escaped, and reads back as it was`(value: String) throws {
        let registry = MetricsRegistry(help: ["caseflow_x": value])
        Meter(label: "x", dimensions: [("sink", value)], factory: registry).set(1)
        let read = try Exposition(MetricExposition.text(of: registry.families()))
        #expect(read.samples == ["caseflow_x{sink=\"\(value)\"}": 1])
        #expect(read.metrics["caseflow_x"]?.help == value)
    }

    @Test func `names and numbers are those of the format`() {
        #expect(["a-b", "1a", "", "ü.x"].map(MetricExposition.name) == ["a_b", "_1a", "_", "__x"])
        let numbers = [0, -1, 0.25, 1e15, 1e22, .infinity, -.infinity, .nan].map(MetricExposition.number)
        #expect(numbers == ["0", "-1", "0.25", "1000000000000000", "1e+22", "+Inf", "-Inf", "NaN"])
    }

    @Test(arguments: [
        "x 1", "# TYPE x gauge\nx 1\ny 2", "# TYPE x gauge\nx 1 1700000000", "# TYPE x gauge\nx{a=\"b} 1",
        "# TYPE x gauge\nx{a=\"\\t\"} 1", "# TYPE x gauge\nx 1\nx 2", "# TYPE x counter\nx 1", "# TYPE x gauge",
        "# TYPE x gauge\nx one", "# TYPE x gauge\nx{a=\"1\",a=\"2\"} 1", "# TYPE x gauge\nx 1\n# TYPE x gauge\nx 1",
        "# TYPE x histogram\nx_bucket{le=\"1\"} 2\nx_bucket{le=\"+Inf\"} 1\nx_sum 1\nx_count 1",
        "# TYPE x histogram\nx_bucket{le=\"1\"} 1\nx_sum 1\nx_count 1",
    ])
    func `the reader of these tests refuses what is wrong`(text: String) {
        #expect(throws: Exposition.Wrong.self) { try Exposition(text + "\n") }
        #expect(throws: Exposition.Wrong.self) { try Exposition("# TYPE x gauge\nx 1") }
    }

    @Test func `the file is replaced as a whole, for everybody to read, and nothing is left beside it`() async throws {
        let scratch = try Scratch()
        try FileManager.default.createDirectory(atPath: scratch.path("out"), withIntermediateDirectories: false)
        let file = try MetricsFile(scratch.path("out/x.prom"))
        let texts = ["a", "b"].map { letter in
            "# TYPE caseflow_\(letter) gauge\n" + (0..<5000).map { "caseflow_\(letter){n=\"\($0)\"} 1\n" }.joined()
        }
        try file.write(texts[0])
        // Read while it is written: always one of the two, and whole.
        let writing = Task.detached { for round in 0..<200 { try file.write(texts[round % 2]) } }
        var seen: Set<String> = []
        for _ in 0..<400 {
            let text = try String(contentsOfFile: file.path, encoding: .utf8)
            guard texts.contains(text) else {
                Issue.record("half of a file: \(text.utf8.count) bytes")
                break
            }
            seen.insert(text)
            try await Task.sleep(for: .microseconds(100))
        }
        try await writing.value
        #expect(seen.count == 2)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path("out")) == ["x.prom"])
        let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
        #expect((mode ?? 0) & 0o400 == 0o400)
    }

    @Test func `a place where no file can be is refused`() throws {
        let scratch = try Scratch()
        for path in ["", scratch.path("none/x.prom"), scratch.path(""), "/dev/null"] {
            #expect(throws: MetricsFile.Problem.self, "\(path)") { try MetricsFile(path) }
        }
        #expect(try MetricsFile(scratch.path("x.prom")).path == scratch.path("x.prom"))
    }

    @Test func `what is told means something: each metric has its help`() throws {
        let guide = try String(
            contentsOfFile: URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().appendingPathComponent("docs/guides/metrics.md").path,
            encoding: .utf8
        )
        for (name, help) in WorkMetrics.help {
            #expect(help.hasSuffix(".") && !help.contains("\n"), "\(name)")
            #expect(guide.contains("`\(name)`"), "\(name) is not in docs/guides/metrics.md")
        }
    }
}
