import Foundation

/// The file in which metrics are told, for a collector that reads text files. It is written beside its place and takes it by a
/// rename, so that nobody reads half of it.
public struct MetricsFile: Sendable, Hashable {
    /// Why a file cannot be written.
    public struct Problem: Error, Sendable, Hashable, CustomStringConvertible {
        /// What is wrong, where, and what to do.
        public let description: String
    }

    /// Where it is.
    public let path: String

    /// A file at a path. Errors: ``Problem`` where nothing can be written there.
    public init(_ path: String) throws(Problem) {
        guard !path.isEmpty else { throw Problem(description: "the file of the metrics has no name") }
        let url = URL(fileURLWithPath: path)
        self.path = url.path
        if let type = Self.type(of: url), type != .typeRegular {
            throw Problem(
                description: "\(path) is no ordinary file: name one for the metrics, which is replaced each time"
            )
        }
        let folder = url.deletingLastPathComponent().resolvingSymlinksInPath()
        guard Self.type(of: folder) == .typeDirectory, FileManager.default.isWritableFile(atPath: folder.path) else {
            throw Problem(
                description:
                    "\(path): its folder is not there, or you may not write to it: make one, the file is replaced in it"
            )
        }
    }

    private static func type(of url: URL) -> FileAttributeType? {
        (try? FileManager.default.attributesOfItem(atPath: url.path))?[.type] as? FileAttributeType
    }

    /// Writes it anew. Errors: ``Problem``; what stood there before stays then.
    public func write(_ text: String) throws(Problem) {
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw Problem(description: "\(path) cannot be written: is there room, and is its folder yours to write?")
        }
    }
}
