import Foundation
import Glibc

/// Another process: this program again, or the daemon's command. Its output goes to a file, so that it never waits for
/// us.
final class Child: Sendable {
    enum End: Equatable, CustomStringConvertible {
        case exited(Int32)
        case killed(Int32)
        case stillRunning

        var description: String {
            switch self {
            case .exited(let status): "exit status \(status)"
            case .killed(let signal): "signal \(signal)"
            case .stillRunning: "no end in time"
            }
        }
    }

    private let process: Process
    private let output: String

    init(
        _ program: String,
        _ arguments: [String],
        output: String,
        environment: [String: String] = [:]
    ) throws {
        process = Process()
        self.output = output
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        try put(at: output)
        try put(at: output + ".err")
        process.standardOutput = FileHandle(forWritingAtPath: output)
        process.standardError = FileHandle(forWritingAtPath: output + ".err")
        try process.run()
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    var pid: Int32 { process.processIdentifier }
    var isRunning: Bool { process.isRunning }

    /// What it wrote to standard output.
    var answer: String { Self.read(output) }
    /// What it wrote to standard error.
    var complaint: String { Self.read(output + ".err") }
    /// Both.
    var text: String { answer + complaint }

    private static func read(_ path: String) -> String {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    func signal(_ signal: Int32) { kill(pid, signal) }

    /// kill -9, and the end of it.
    func destroy() async throws {
        signal(SIGKILL)
        _ = try await wait(atMost: .seconds(10))
    }

    /// Waits for its end; kills it when that does not come in time.
    @discardableResult
    func wait(atMost limit: Duration, watching: (Child) -> Void = { _ in }) async throws -> End {
        let deadline = ContinuousClock.now + limit
        while process.isRunning {
            watching(self)
            if ContinuousClock.now > deadline {
                signal(SIGKILL)
                return .stillRunning
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        return process.terminationReason == .exit
            ? .exited(process.terminationStatus) : .killed(process.terminationStatus)
    }

    /// The most memory that it has had resident, in MiB, as the kernel counts; nil once it has ended.
    var residentPeak: Int? {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8) else { return nil }
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return line.flatMap { Int($0.filter(\.isNumber)) }.map { $0 / 1024 }
    }

    /// This program's file.
    static var thisProgram: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    }

    /// The daemon's command, built beside this program.
    static var caseflowd: String {
        get throws {
            let path = URL(fileURLWithPath: thisProgram).deletingLastPathComponent().appendingPathComponent("caseflowd")
                .path
            guard FileManager.default.isExecutableFile(atPath: path) else {
                throw TrialBroken("\(path) is not there: `swift build --product caseflowd`, or run ops/torture")
            }
            return path
        }
    }
}
