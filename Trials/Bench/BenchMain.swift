import ArgumentParser
import Foundation

/// Measures the bars of the project, each against a named peer on the same server in the same run.
@main
struct BenchMain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "caseflow-bench",
        abstract: "Measure against named peers: every figure is a ratio, the median of several rounds, side by side.",
        subcommands: [
            LogBench.self, ClockBench.self, ComplianceBench.self, FlowBench.self, SimulateBench.self, SimulateOnce.self,
            EscalationBench.self, InspectionBench.self, WhatIfBench.self, WhatIfOnce.self,
        ]
    )
}

/// One bar and what was measured.
struct Measurement: Encodable {
    let bar: String
    let ours: Double
    let peer: Double
    let unit: String
    let ratio: Double
    /// What the ratio must reach (`atLeast`), or stay below.
    let wanted: Double
    let atLeast: Bool
    let met: Bool
    let rounds: [Double]
    let note: String

    /// `rounds` holds the ratio of each round; the median counts.
    init(
        _ bar: String,
        ours: [Double],
        peer: [Double],
        unit: String,
        wanted: Double,
        atLeast: Bool = true,
        note: String
    ) {
        self.bar = bar
        self.ours = ours.median
        self.peer = peer.median
        self.unit = unit
        rounds = zip(ours, peer).map { ($0 / $1 * 1000).rounded() / 1000 }
        ratio = rounds.median
        self.wanted = wanted
        self.atLeast = atLeast
        met = atLeast ? ratio >= wanted : ratio <= wanted
        self.note = note
    }

    var line: String {
        let relation = atLeast ? ">=" : "<="
        let figures =
            String(format: "%12.1f %12.1f ", ours, peer) + unit.padding(toLength: 10, withPad: " ", startingAt: 0)
        let verdict = String(format: "%7.2f  ", ratio) + relation + String(format: " %-5.2f ", wanted)
        let name = bar.padding(toLength: 34, withPad: " ", startingAt: 0)
        return "\(name)\(figures)\(verdict)\(met ? "met" : "MISSED")   \(note)"
    }

    /// To standard output: as a table, or in JSON.
    static func print(_ measurements: [Measurement], json: Bool) throws {
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
            return Swift.print(String(decoding: try encoder.encode(measurements), as: UTF8.self))
        }
        Swift.print(header)
        for measurement in measurements { Swift.print(measurement.line) }
    }

    static let header =
        "bar".padding(toLength: 34, withPad: " ", startingAt: 0) + "        ours         peer unit        ratio  wanted"
}

extension [Double] {
    var median: Double {
        if isEmpty { return .nan }
        let sorted = sorted()
        let middle = count / 2
        return count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}
