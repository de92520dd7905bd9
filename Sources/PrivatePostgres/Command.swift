import Foundation
import Glibc

/// One run of a program: its arguments, its clean environment, a time limit.
struct Command: Sendable {
    /// How a program ended, and what it printed on both its outputs.
    struct Outcome: Sendable {
        let status: Int32
        let output: String
    }

    private enum Event {
        case ended
        case timeOut
    }

    /// The program's absolute path, then its arguments.
    let words: [String]
    let environment: [String: String]
    /// What the program reads; it finds an empty input when nil.
    var input: String?

    /// Runs the program to its end without holding a thread; it gets no descriptor of ours but the three standard ones.
    ///
    /// - Parameter timeout: after this the program and its descendants are ended.
    /// - Throws: `PrivateClusterError.commandFailed` if it cannot be run at all, `.commandTimedOut`; `CancellationError`
    ///   when the task is cancelled, after the program was ended. A status other than 0 is not thrown.
    func run(timeout: Duration) async throws -> Outcome {
        try Task.checkCancellation()
        let output = try TemporaryFile()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: words[0])
        process.arguments = Array(words.dropFirst())
        process.environment = environment
        // Not our own directory: the server's account may not be allowed in there.
        process.currentDirectoryURL = URL(fileURLWithPath: "/")
        process.standardInput = try input.map { try TemporaryFile(content: $0).handle } ?? FileHandle.nullDevice
        process.standardOutput = output.handle
        process.standardError = output.handle

        let (events, continuation) = AsyncStream.makeStream(of: Event.self)
        process.terminationHandler = { _ in continuation.yield(.ended) }
        do {
            try process.run()
        } catch {
            throw PrivateClusterError.commandFailed(command: line, status: -1, output: error.localizedDescription)
        }
        let clock = Task {
            try await Task.sleep(for: timeout)
            continuation.yield(.timeOut)
        }
        defer { clock.cancel() }

        var iterator = events.makeAsyncIterator()
        switch await iterator.next() {
        case .ended:
            return Outcome(status: process.terminationStatus, output: output.text())
        case .timeOut:
            await Self.end(process)
            throw PrivateClusterError.commandTimedOut(
                command: line,
                seconds: Int(timeout.components.seconds),
                output: output.text()
            )
        case nil:
            await Self.end(process)
            throw CancellationError()
        }
    }

    /// Runs the program and takes any status but 0 for an error.
    ///
    /// - Returns: what it printed.
    @discardableResult
    func succeed(timeout: Duration = .seconds(60)) async throws -> String {
        let outcome = try await run(timeout: timeout)
        guard outcome.status == 0 else {
            throw PrivateClusterError.commandFailed(command: line, status: outcome.status, output: outcome.output)
        }
        return outcome.output
    }

    /// The command as a person would type it, more or less: for messages only.
    private var line: String {
        words.map { $0.contains { $0 == " " || $0 == "\n" } ? "'\($0)'" : $0 }.joined(separator: " ")
    }

    /// Ends the program and its descendants: Foundation gives every program a process group of its own. The first
    /// signal is often blocked, because a program started from a thread of a pool inherits that thread's mask.
    private static func end(_ process: Process) async {
        let group = -process.processIdentifier
        for signal in [SIGTERM, SIGKILL] where process.isRunning {
            _ = kill(group, signal)
            // In a task of its own, so that it waits although ours may be cancelled.
            await Task {
                for _ in 0..<20 where process.isRunning { try? await Task.sleep(for: .milliseconds(50)) }
            }.value
        }
    }
}
