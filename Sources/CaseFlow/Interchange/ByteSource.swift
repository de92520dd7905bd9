import Foundation

/// The bytes of a file, a gzip file or standard input, uncompressed, read with blocking calls.
///
/// gzip is recognised by its first two bytes, not by the name (RFC 1952, 2.3.1), and unpacked by a `gzip` child process.
/// What is not a regular file goes through `gzip -dcf`, which passes on what is not compressed.
/// To be used on one thread and closed there.
final class ByteSource {
    private let path: String
    private let file: FileHandle
    private let isStandardInput: Bool
    private let child: GzipChild?
    private let progress: ReadProgress
    private var isAtEnd = false

    /// gzip's remark about a file that it could unpack all the same (bytes behind the end, mostly).
    private(set) var remark: String?

    /// Bytes asked for at a time.
    private static let chunkSize = 128 * 1024

    init(path: String, progress: ReadProgress) throws(InterchangeError) {
        self.path = path
        self.progress = progress
        isStandardInput = path == "-"
        if isStandardInput {
            file = FileHandle.standardInput
            progress.begin(total: nil)
            child = try GzipChild.unpacking(file, passingOnOthers: true, path: path)
            return
        }
        let size: Int64?
        (file, size) = try Self.open(path)
        progress.begin(total: size)
        if size == nil {
            child = try GzipChild.unpacking(file, passingOnOthers: true, path: path)
        } else if try Self.hasGzipMagic(file, path: path) {
            child = try GzipChild.unpacking(file, passingOnOthers: false, path: path)
        } else {
            child = nil
        }
    }

    /// - Returns: the handle, and the size for a regular file.
    private static func open(_ path: String) throws(InterchangeError) -> (FileHandle, Int64?) {
        let resolved = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        let attributes: [FileAttributeKey: Any]
        do {
            attributes = try FileManager.default.attributesOfItem(atPath: resolved)
        } catch let error as CocoaError where error.code == .fileReadNoPermission {
            throw InterchangeError(
                .notReadable,
                path: path,
                what: "it may not be read by this user",
                mend: "grant read permission"
            )
        } catch {
            throw InterchangeError(.notFound, path: path, what: "there is no such file", mend: "check the path")
        }
        let type = attributes[.type] as? FileAttributeType
        if type == .typeDirectory {
            throw InterchangeError(
                .isDirectory,
                path: path,
                what: "it is a directory, not a file",
                mend: "name one file in it"
            )
        }
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw InterchangeError(
                .notReadable,
                path: path,
                what: "it cannot be opened for reading",
                mend: "grant read permission, or check the limit of open files"
            )
        }
        let size = (attributes[.size] as? NSNumber)?.int64Value
        return (file, type == .typeRegular ? size : nil)
    }

    private static func hasGzipMagic(_ file: FileHandle, path: String) throws(InterchangeError) -> Bool {
        do {
            let magic = try file.read(upToCount: 2) ?? Data()
            try file.seek(toOffset: 0)
            return [UInt8](magic) == [0x1f, 0x8b]
        } catch {
            throw unreadable(path, error)
        }
    }

    private static func unreadable(_ path: String, _ error: any Error) -> InterchangeError {
        InterchangeError(
            .notReadable,
            path: path,
            what: "reading it failed: \(error.localizedDescription)",
            mend: "check the disk and try again"
        )
    }

    /// The next bytes; empty at the end.
    /// - Throws: `.damagedCompression` behind the last byte that could be unpacked; `.notReadable`.
    func read() throws(InterchangeError) -> [UInt8] {
        if isAtEnd { return [] }
        let bytes: [UInt8]
        do {
            let data = try (child?.output ?? file).read(upToCount: Self.chunkSize)
            bytes = data.map { [UInt8]($0) } ?? []
        } catch {
            throw Self.unreadable(path, error)
        }
        if !isStandardInput, let offset = try? file.offset() { progress.advance(to: Int64(offset)) }
        if bytes.isEmpty {
            isAtEnd = true
            try child?.expectGoodEnd(path: path)
            remark = child?.remark
        }
        return bytes
    }

    /// Closes the file and ends the child. Must be called on the thread that opened it.
    func close() {
        child?.end()
        if !isStandardInput { try? file.close() }
    }
}
