import Foundation
import Synchronization

/// Where notifications go.
public enum NotificationSink: Sendable, Hashable, CustomStringConvertible {
    /// Each is a line at the end of a file.
    case file(String)
    /// Each is the standard input of a run of a program, which takes it by ending with status 0.
    case command(String)

    /// Reads `file:/var/log/cards.jsonl` or `command:/usr/local/bin/tell`; nil for anything else. Paths are absolute.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        guard parts.count == 2, parts[1].hasPrefix("/"), parts[1].utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
            return nil
        }
        switch parts[0] {
        case "file": self = .file(parts[1])
        case "command": self = .command(parts[1])
        default: return nil
        }
    }

    /// As it is written.
    public var description: String {
        switch self {
        case .file(let path): "file:\(path)"
        case .command(let path): "command:\(path)"
        }
    }

    /// How long a program may take.
    static let patience: Duration = .seconds(30)

    /// Delivers a line. Nil if that went well, else what was wrong.
    func deliver(_ body: String) async -> String? {
        switch self {
        case .file(let path): Self.append(body, to: path)
        case .command(let path): await Self.run(path, input: body)
        }
    }

    private static func append(_ body: String, to path: String) -> String? {
        let line = Data((body.hasSuffix("\n") ? body : body + "\n").utf8)
        if !FileManager.default.fileExists(atPath: path) {
            _ = FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o640])
        }
        do {
            let handle = try FileHandle(forUpdating: URL(fileURLWithPath: path))
            defer { try? handle.close() }
            try handle.seekToEnd()
            try handle.write(contentsOf: line)
            try handle.synchronize()
            return nil
        } catch {
            return "\(path) cannot be written: is its folder there, and is it yours to write?"
        }
    }

    private static func run(_ path: String, input: String) async -> String? {
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
        let hasEnded = Mutex(false)
        process.terminationHandler = { _ in hasEnded.withLock { $0 = true } }
        do { try process.run() } catch { return "\(path) could not be started" }
        let end = ContinuousClock.now + patience
        while !hasEnded.withLock(\.self), ContinuousClock.now < end { try? await Task.sleep(for: .milliseconds(5)) }
        if !hasEnded.withLock(\.self) {
            process.terminate()
            return "\(path) has not ended after \(patience.components.seconds) seconds"
        }
        guard process.terminationReason == .exit else { return "\(path) was ended by a signal" }
        return process.terminationStatus == 0 ? nil : "\(path) ended with status \(process.terminationStatus)"
    }
}
