/// A metric as it is told to a collector: what it means, and a sample for each set of labels.
public struct MetricFamily: Sendable, Hashable, Codable {
    /// What its samples are, in the words of the exposition format.
    public enum Kind: String, Sendable, Hashable, Codable {
        /// Only rises while the process lives.
        case counter
        /// Rises and falls.
        case gauge
        /// How many observations lay below which bound, with their sum.
        case histogram
        /// The number of observations and their sum.
        case summary
    }

    /// A label.
    public struct Label: Sendable, Hashable, Codable, Comparable {
        /// Its name.
        public let name: String
        /// Its value, as it is; it is escaped where it is written.
        public let value: String

        /// By name, then by value.
        public static func < (left: Label, right: Label) -> Bool {
            (left.name, left.value) < (right.name, right.value)
        }
    }

    /// One value.
    public struct Sample: Sendable, Hashable, Codable {
        /// What stands behind the metric's name: '', `_bucket`, `_sum` or `_count`.
        public let suffix: String
        /// The labels, in the order in which they are written.
        public let labels: [Label]
        /// The value.
        public let value: Double
    }

    /// Its name, with `caseflow_` before it and its unit at its end.
    public let name: String
    /// What it means, in a line; '' where nobody has said.
    public let help: String
    /// What it is.
    public let type: Kind
    /// Its samples, in a fixed order.
    public let samples: [Sample]
}

/// The text format of Prometheus, version 0.0.4 (`text/plain; version=0.0.4; charset=utf-8`), as its documentation describes it
/// under "Exposition formats": UTF-8, lines ended by a line feed, all lines of a metric together, HELP and TYPE before them.
/// Nothing bears a time: collectors of text files refuse such lines.
public enum MetricExposition {
    /// Writes metrics, in the order given.
    public static func text(of families: [MetricFamily]) -> String {
        var text = ""
        for family in families where !family.samples.isEmpty {
            if !family.help.isEmpty { text += "# HELP \(family.name) \(escaped(family.help, quotes: false))\n" }
            text += "# TYPE \(family.name) \(family.type.rawValue)\n"
            for sample in family.samples {
                text += family.name + sample.suffix
                if !sample.labels.isEmpty {
                    let labels = sample.labels.map { "\($0.name)=\"\(escaped($0.value, quotes: true))\"" }
                    text += "{\(labels.joined(separator: ","))}"
                }
                text += " \(number(sample.value))\n"
            }
        }
        return text
    }

    /// A backslash and a line feed are escaped everywhere, a quotation mark in values of labels only.
    static func escaped(_ text: String, quotes: Bool) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// As Go's `ParseFloat` reads it; whole numbers without a point.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        if value == value.rounded(), abs(value) < 9_007_199_254_740_992 { return String(Int64(value)) }
        return "\(value)"
    }

    /// A name made of what the format allows: letters, digits and underscores, no digit first; all else becomes an underscore.
    static func name(_ text: String) -> String {
        var name = ""
        for scalar in text.unicodeScalars {
            let isDigit = "0"..."9" ~= scalar
            let isLetter = "a"..."z" ~= scalar || "A"..."Z" ~= scalar || scalar == "_"
            if isDigit, name.isEmpty { name = "_" }
            name += isDigit || isLetter ? String(scalar) : "_"
        }
        return name.isEmpty ? "_" : name
    }
}
