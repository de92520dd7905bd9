import Foundation

/// One run of a program that gets a text on its standard input.
enum ProgramRun {
    /// How long a program that was told to end may take for that; then it is killed.
    private static let grace: Duration = .seconds(2)

    /// Runs it to its end. Nil if it ended with status 0, else what was wrong. One that takes longer than `patience` is ended.
    static func run(_ path: String, input: String, patience: Duration) async -> String? {
        guard FileManager.default.isExecutableFile(atPath: path) else { return "\(path) is no program that can be run" }
        // A file and no pipe: a program that reads nothing must not stop us.
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("caseflow-\(UUID().uuidString)")
        guard
            FileManager.default.createFile(
                atPath: file.path,
                contents: Data(input.utf8),
                attributes: [.posixPermissions: 0o600]
            ), let handle = try? FileHandle(forReadingFrom: file)
        else { return "no temporary file can be made" }
        defer { try? handle.close() }
        try? FileManager.default.removeItem(at: file)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.standardInput = handle
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        // Whoever waits for the end of the process is woken by it. The watch runs beside it and sees to it that the end comes.
        let watch = Task { await end(process, after: patience) }
        do {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                process.terminationHandler = { _ in continuation.resume() }
                do {
                    try process.run()
                } catch {
                    process.terminationHandler = nil
                    continuation.resume(throwing: error)
                }
            }
        } catch {
            watch.cancel()
            return "\(path) could not be started"
        }
        watch.cancel()
        if await watch.value { return "\(path) has not ended after \(patience.components.seconds) seconds" }
        guard process.terminationReason == .exit else { return "\(path) was ended by a signal" }
        return process.terminationStatus == 0 ? nil : "\(path) ended with status \(process.terminationStatus)"
    }

    /// Ends a process that takes too long: asks it first (SIGTERM), then does not ask (SIGKILL). Most do not hear the first: a
    /// process begins with the signals blocked that were so where it was started. Returns whether it had to; false where the
    /// task was cancelled before, since the process has ended.
    private static func end(_ process: Process, after patience: Duration) async -> Bool {
        do { try await Task.sleep(for: patience) } catch { return false }
        guard process.isRunning else { return false }
        process.terminate()
        do { try await Task.sleep(for: grace) } catch { return true }
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        return true
    }
}
