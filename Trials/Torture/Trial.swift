import Foundation
import Synchronization

/// One kind of fault, and the judgement on what it did.
protocol Trial: Sendable {
    /// The name of the subcommand.
    static var name: String { get }
    /// What it does, in one line.
    static var abstract: String { get }
    init()
    /// Does the harm and notes what became of it. What it throws counts as a fault.
    func run(_ conditions: Conditions, _ tally: Tally) async throws
}

/// Under what conditions a trial runs.
struct Conditions: Sendable {
    let isShort: Bool
    let seed: UInt64
    let sabotage: Bool
    let rounds: Int?
    /// A directory of the trial's own, open to other accounts: the server may run under one.
    let directory: String

    /// One value for the short form, one for the long.
    func pick<Value>(short: Value, long: Value) -> Value { isShort ? short : long }
}

/// A trial cannot be held here: the reason, for example that this account may not mount anything.
struct Skipped: Error {
    let reason: String
}

/// What the trial itself could not do; not a fault of CaseFlow, yet nothing was proved.
struct TrialBroken: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// What a trial has counted and found wrong.
final class Tally: Sendable {
    private struct State {
        var figures: [(name: String, value: Int)] = []
        var faults: [String] = []
    }

    private let state = Mutex(State())

    /// Adds to a figure.
    func count(_ name: String, _ number: Int = 1) {
        state.withLock { state in
            if let index = state.figures.firstIndex(where: { $0.name == name }) {
                state.figures[index].value += number
            } else {
                state.figures.append((name, number))
            }
        }
    }

    /// Something is wrong.
    func fault(_ text: String) {
        let text = text.count > 500 ? text.prefix(500) + "…" : text
        state.withLock { if !$0.faults.contains(text) { $0.faults.append(text) } }
    }

    /// Something is wrong unless it holds.
    func expect(_ holds: Bool, _ text: @autoclosure () -> String) {
        if !holds { fault(text()) }
    }

    /// A figure so far.
    subscript(_ name: String) -> Int { state.withLock { state in state.figures.first { $0.name == name }?.value ?? 0 } }

    fileprivate var content: (figures: [(name: String, value: Int)], faults: [String]) {
        state.withLock { ($0.figures, $0.faults) }
    }
}

/// The outcome of a trial.
struct TrialReport {
    let trial: String
    let seed: UInt64
    let seconds: Double
    let figures: [(name: String, value: Int)]
    let faults: [String]
    let skipped: String?
    var ok: Bool { faults.isEmpty }

    private struct JSON: Encodable {
        let trial: String
        let ok: Bool
        let skipped: String?
        let seed: UInt64
        let seconds: Double
        let figures: [String: Int]
        let faults: [String]
    }

    /// To standard output, at once: a run of all takes minutes.
    func print(json: Bool) { FileHandle.standardOutput.write(Data((text(json: json) + "\n").utf8)) }

    private func text(json: Bool) -> String {
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            let figures = Dictionary(figures.map { ($0.name, $0.value) }) { first, _ in first }
            let content = JSON(
                trial: trial,
                ok: ok,
                skipped: skipped,
                seed: seed,
                seconds: seconds,
                figures: figures,
                faults: faults
            )
            return (try? encoder.encode(content)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
        }
        let outcome = skipped.map { "SKIPPED: \($0)" } ?? (ok ? "ok" : "FAILED")
        let counted = figures.map { "\($0.name) \($0.value)" }.joined(separator: ", ")
        var line = "\(trial): \(outcome)" + (counted.isEmpty ? "" : "; \(counted)")
        line += "; \(Int(seconds.rounded())) s, seed \(seed)"
        let shown = faults.prefix(20).map { "\n  fault: \($0)" }.joined()
        return line + shown + (faults.count > 20 ? "\n  and \(faults.count - 20) more faults" : "")
    }
}

extension Trial {
    /// Runs the trial in a directory of its own and draws the sum.
    static func judge(_ options: TrialOptions) async -> TrialReport {
        let seed = options.seed ?? UInt64.random(in: 1...999_999_999)
        let directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("caseflow-torture-\(ProcessInfo.processInfo.processIdentifier)-\(name)").path
        let conditions = Conditions(
            isShort: options.short,
            seed: seed,
            sabotage: options.sabotage,
            rounds: options.rounds,
            directory: directory
        )
        say("\(name): begins, seed \(seed)")
        let tally = Tally()
        let started = ContinuousClock.now
        var skipped: String?
        do {
            try FileManager.default.createDirectory(
                atPath: directory,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o755]
            )
            try await Self().run(conditions, tally)
        } catch let skip as Skipped {
            skipped = skip.reason
        } catch {
            tally.fault("the trial ended early: \(words(for: error))")
        }
        if !options.keep { try? FileManager.default.removeItem(atPath: directory) }
        let (figures, faults) = tally.content
        let seconds = (ContinuousClock.now - started) / .seconds(1)
        return TrialReport(
            trial: name,
            seed: seed,
            seconds: (seconds * 10).rounded() / 10,
            figures: figures,
            faults: faults,
            skipped: skipped
        )
    }
}
