import Synchronization

/// How far a reader is, for a progress bar. May be read from any task at any time.
public final class ReadProgress: Sendable {
    private let read = Atomic<Int64>(0)
    private let total = Atomic<Int64>(-1)

    init() {}

    /// Bytes of the file read so far: compressed bytes for a gzip file. It runs ahead of what the consumer has
    /// received by what lies in the buffers (some hundred KiB).
    public var bytesRead: Int64 { read.load(ordering: .relaxed) }

    /// The size of the file in bytes; `nil` for a pipe or standard input, and before the reading has begun.
    public var totalBytes: Int64? {
        let bytes = total.load(ordering: .relaxed)
        return bytes < 0 ? nil : bytes
    }

    /// The share read, 0...1; `nil` where the size is not known.
    public var fraction: Double? {
        guard let totalBytes else { return nil }
        return totalBytes == 0 ? 1 : min(1, Double(bytesRead) / Double(totalBytes))
    }

    func begin(total bytes: Int64?) {
        read.store(0, ordering: .relaxed)
        total.store(bytes ?? -1, ordering: .relaxed)
    }

    func advance(to bytes: Int64) {
        read.store(bytes, ordering: .relaxed)
    }
}
