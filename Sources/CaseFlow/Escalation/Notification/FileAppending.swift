import Foundation
import Synchronization

/// Lines at the ends of files. Each file has a thread of its own while it is written: a file system that hangs, as one over a
/// network, holds up that file and nothing else.
enum FileAppending {
    private static let queues = Mutex<[String: DispatchQueue]>([:])

    /// A line that is to be written, and who waits for it: until it is written, or for as long as the patience lasts.
    private final class Waiting: Sendable {
        private let continuation: Mutex<CheckedContinuation<String?, Never>?>

        init(_ continuation: CheckedContinuation<String?, Never>) { self.continuation = Mutex(continuation) }

        /// Whether somebody still waits.
        var isWaiting: Bool { continuation.withLock { $0 != nil } }

        /// Only the first counts.
        func end(_ outcome: String?) {
            continuation.withLock { waiting in
                defer { waiting = nil }
                return waiting
            }?.resume(returning: outcome)
        }
    }

    /// Appends a line. Nil if that went well, else what was wrong. One that nobody waits for any more when its turn comes is not
    /// written; one that hangs longer than the patience may yet be, and comes again: at least once.
    static func append(
        _ body: String,
        to path: String,
        patience: Duration,
        by write: @escaping @Sendable (String, String) -> String? = Self.write
    ) async -> String? {
        let queue = queues.withLock { queues in
            if let queue = queues[path] { return queue }
            let queue = DispatchQueue(label: "caseflow-file")
            queues[path] = queue
            return queue
        }
        return await withCheckedContinuation { continuation in
            let waiting = Waiting(continuation)
            let watch = Task {
                do { try await Task.sleep(for: patience) } catch { return }
                waiting.end("\(path) was not written within \(patience.components.seconds) seconds")
            }
            queue.async {
                if waiting.isWaiting { waiting.end(write(body, path)) }
                watch.cancel()
            }
        }
    }

    /// Puts a line at the end of a file, wherever that is when it is written: several workers may write to the same. Half a line
    /// that somebody left there is ended first.
    static func write(_ body: String, to path: String) -> String? {
        let newline = UInt8(ascii: "\n")
        let file = URL(fileURLWithPath: path)
        // Another worker may make it in this moment, and write to it: it must not be emptied.
        if !FileManager.default.fileExists(atPath: path),
            (try? Data().write(to: file, options: .withoutOverwriting)) != nil
        {
            try? FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
        }
        do {
            let handle = try FileHandle(forUpdating: file)
            defer { try? handle.close() }
            guard fcntl(handle.fileDescriptor, F_SETFL, O_APPEND) == 0 else { return "\(path) is no file to append to" }
            var line = Data(body.utf8)
            if line.last != newline { line.append(newline) }
            let size = try handle.seekToEnd()
            if size > 0 {
                try handle.seek(toOffset: size - 1)
                if try handle.read(upToCount: 1)?.first != newline { line.insert(newline, at: line.startIndex) }
            }
            // One write, so that the lines of two workers do not mix.
            try handle.write(contentsOf: line)
            try handle.synchronize()
            return nil
        } catch {
            return "\(path) cannot be written: is its folder there, and is it yours to write?"
        }
    }
}
