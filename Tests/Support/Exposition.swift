/// A strict reader of the text format of Prometheus, version 0.0.4, written from its description and not from our writer. It refuses
/// what a collector of text files would refuse, and what it would take in silence.
public struct Exposition: Sendable {
    /// What is wrong, and in which line.
    public struct Wrong: Error, Sendable, CustomStringConvertible {
        /// In words.
        public let description: String
    }

    /// A metric.
    public struct Metric: Sendable {
        /// What it is, and what it means.
        public let type, help: String
        /// The values, by name and labels: `x_sum{a="b"}`, labels sorted by name, values as they are.
        public internal(set) var samples: [String: Double] = [:]
    }

    /// The metrics, by name.
    public private(set) var metrics: [String: Metric] = [:]
    /// Their names, as they follow each other.
    public private(set) var order: [String] = []
    /// The samples of all metrics.
    public var samples: [String: Double] {
        metrics.values.reduce(into: [:]) { $0.merge($1.samples) { first, _ in first } }
    }

    /// Reads a text.
    public init(_ text: String) throws {
        guard text.isEmpty || text.hasSuffix("\n") else { throw Wrong(description: "the last line has no line feed") }
        guard !text.contains("\r") else { throw Wrong(description: "a carriage return") }
        var help: (name: String, text: String)?
        var current = ""
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().enumerated() {
            func wrong(_ what: String) -> Wrong { Wrong(description: "line \(index + 1): \(what): \(line)") }
            if line.hasPrefix("# HELP ") {
                let parts = line.dropFirst(7).split(separator: " ", maxSplits: 1).map(String.init)
                guard parts.count == 2, Self.isName(parts[0]), help == nil else { throw wrong("no HELP") }
                help = (parts[0], try Self.unescaped(parts[1], quotes: false, wrong))
            } else if line.hasPrefix("# TYPE ") {
                let parts = line.dropFirst(7).split(separator: " ").map(String.init)
                guard parts.count == 2, ["counter", "gauge", "histogram", "summary"].contains(parts[1]) else {
                    throw wrong("no TYPE")
                }
                guard metrics[parts[0]] == nil else { throw wrong("told twice") }
                guard help.map({ $0.name == parts[0] }) ?? true else { throw wrong("the HELP is another's") }
                current = parts[0]
                metrics[current] = Metric(type: parts[1], help: help?.text ?? "")
                order.append(current)
                help = nil
            } else {
                let (name, labels, value) = try Self.sample(line, wrong)
                guard let metric = metrics[current], help == nil else { throw wrong("before its TYPE") }
                try Self.check(name, labels, value, of: current, metric.type, wrong)
                let key =
                    labels.isEmpty ? name : "\(name){\(labels.map { "\($0.0)=\"\($0.1)\"" }.joined(separator: ","))}"
                guard metrics[current]?.samples.updateValue(value, forKey: key) == nil else {
                    throw wrong("told twice")
                }
            }
        }
        for (name, metric) in metrics {
            if metric.samples.isEmpty { throw Wrong(description: "\(name) has no sample") }
            if metric.type == "histogram" { try Self.checkHistogram(name, metric.samples) }
        }
    }

    private static func isName(_ text: String) -> Bool {
        text.wholeMatch(of: /[a-zA-Z_:][a-zA-Z0-9_:]*/) != nil
    }

    private static func unescaped(
        _ text: String,
        quotes: Bool,
        _ wrong: (String) -> Wrong
    ) throws -> String {
        var plain = ""
        var isEscaped = false
        for scalar in text.unicodeScalars {
            if isEscaped {
                switch scalar {
                case "\\": plain += "\\"
                case "n": plain += "\n"
                case "\"" where quotes: plain += "\""
                default: throw wrong("an unknown escape")
                }
                isEscaped = false
            } else if scalar == "\\" {
                isEscaped = true
            } else {
                plain.unicodeScalars.append(scalar)
            }
        }
        if isEscaped { throw wrong("an escape without an end") }
        return plain
    }

    private static func sample(
        _ line: Substring,
        _ wrong: (String) -> Wrong
    ) throws -> (String, [(String, String)], Double) {
        guard let match = line.wholeMatch(of: /([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)/) else {
            throw wrong("no sample, or one with a time")
        }
        var labels: [(String, String)] = []
        if var rest = match.2 {
            while !rest.isEmpty {
                guard let label = rest.prefixMatch(of: /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"(,(?=[a-zA-Z_])|$)/)
                else {
                    throw wrong("no label")
                }
                labels.append((String(label.1), try unescaped(String(label.2), quotes: true, wrong)))
                rest = rest[label.range.upperBound...]
            }
        }
        guard Set(labels.map(\.0)).count == labels.count else { throw wrong("a label twice") }
        let number = String(match.3)
        let special: [String: Double] = ["NaN": .nan, "+Inf": .infinity, "-Inf": -.infinity]
        guard let value = special[number] ?? (number.contains { $0.isLetter && $0 != "e" } ? nil : Double(number))
        else {
            throw wrong("no number")
        }
        return (String(match.1), labels.sorted { $0.0 < $1.0 }, value)
    }

    private static func check(
        _ name: String,
        _ labels: [(String, String)],
        _ value: Double,
        of metric: String,
        _ type: String,
        _ wrong: (String) -> Wrong
    ) throws {
        let suffixes = ["histogram": ["_bucket", "_sum", "_count"], "summary": ["", "_sum", "_count"]][type] ?? [""]
        guard suffixes.contains(where: { name == metric + $0 }) else { throw wrong("not of the metric above it") }
        if type == "counter" {
            guard metric.hasSuffix("_total"), value >= 0 else { throw wrong("no counter") }
        }
        let isBucket = type == "histogram" && name == "\(metric)_bucket"
        guard labels.contains(where: { $0.0 == "le" }) == isBucket else { throw wrong("le is for buckets") }
    }

    /// Buckets rise, the last is infinite, and is the count.
    private static func checkHistogram(_ name: String, _ samples: [String: Double]) throws {
        let buckets = samples.filter { $0.key.hasPrefix("\(name)_bucket{") }
        var series: [String: [(bound: Double, count: Double)]] = [:]
        for (key, count) in buckets {
            guard let match = key.firstMatch(of: /le="([^"]*)",?/) else { throw Wrong(description: "\(key): no bound") }
            let rest = key.replacing(match.0, with: "")
            let bound = match.1 == "+Inf" ? Double.infinity : Double(match.1) ?? .nan
            series[rest, default: []].append((bound, count))
        }
        for (key, buckets) in series {
            let sorted = buckets.sorted { $0.bound < $1.bound }
            let labels = key.dropFirst("\(name)_bucket".count).replacing(",}", with: "}").replacing("{}", with: "")
            guard sorted.last?.bound == .infinity, zip(sorted, sorted.dropFirst()).allSatisfy({ $0.count <= $1.count }),
                samples["\(name)_count\(labels)"] == sorted.last?.count, samples["\(name)_sum\(labels)"] != nil
            else { throw Wrong(description: "\(key): its buckets are wrong") }
        }
    }
}
