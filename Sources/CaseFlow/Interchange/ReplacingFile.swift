import Foundation

/// A file that is written beside its place and takes it when it is complete.
///
/// A failure, or freeing it before `complete()`, leaves nothing behind and an older file as it was.
final class ReplacingFile {
    private let path: String
    private let partial: String
    private let file: FileHandle
    private var gzip: (child: GzipChild, input: Pipe)?
    private var isSettled = false

    /// - Parameter path: the place; its content is gzip when it ends in `.gz`.
    init(path: String) throws(InterchangeError) {
        self.path = path
        let url = URL(fileURLWithPath: path)
        let attributes = try? FileManager.default.attributesOfItem(atPath: url.path)
        if attributes?[.type] as? FileAttributeType == .typeDirectory {
            throw InterchangeError(
                .isDirectory,
                path: path,
                what: "it is a directory, not a file",
                mend: "name a file in it"
            )
        }
        if let type = attributes?[.type] as? FileAttributeType, type != .typeRegular, type != .typeSymbolicLink {
            throw InterchangeError(
                .notWritable,
                path: path,
                what: "it is a device, a pipe or a socket, which an export would replace by a file",
                mend: "name a file"
            )
        }
        let tag = String(UInt64.random(in: .min ... .max), radix: 36)
        partial =
            url.deletingLastPathComponent().appendingPathComponent(".\(url.lastPathComponent).\(tag).partial").path
        guard FileManager.default.createFile(atPath: partial, contents: nil),
            let handle = FileHandle(forWritingAtPath: partial)
        else {
            throw InterchangeError(
                .notWritable,
                path: path,
                what: "no file can be made in its directory",
                mend: "create the directory, or grant write permission"
            )
        }
        file = handle
        guard path.hasSuffix(".gz") else { return }
        let input = Pipe()
        do {
            let child = try GzipChild.packing(input.fileHandleForReading, into: handle, path: path)
            gzip = (child, input)
        } catch {
            discard()
            throw error
        }
    }

    deinit {
        discard()
    }

    /// - Throws: ``InterchangeError`` `.notWritable`; what has been written is then gone.
    func write(_ bytes: [UInt8]) throws(InterchangeError) {
        do {
            if let gzip {
                if !gzip.child.isRunning { throw complaint(gzip.child.waitForEnd() ?? "gzip has ended") }
                try gzip.input.fileHandleForWriting.write(contentsOf: bytes)
            } else {
                try file.write(contentsOf: bytes)
            }
        } catch {
            discard()
            throw error as? InterchangeError ?? complaint(error.localizedDescription)
        }
    }

    /// Waits until the bytes are on the disk and gives the file its name.
    func complete() throws(InterchangeError) {
        do {
            if let gzip {
                try gzip.input.fileHandleForWriting.close()
                let complaintOfChild = gzip.child.waitForEnd()
                try? gzip.input.fileHandleForReading.close()
                if let complaintOfChild { throw complaint(complaintOfChild) }
            }
            try file.synchronize()
            try file.close()
            try rename()
            isSettled = true
        } catch {
            discard()
            throw error as? InterchangeError ?? complaint(error.localizedDescription)
        }
    }

    /// `rename(2)`. Foundation refuses to move onto a file that is there, and its `replaceItemAt` renames in the wrong
    /// direction on Linux (Swift 6.3.1); `mv` within one directory does it in one step.
    private func rename() throws {
        if !FileManager.default.fileExists(atPath: path) {
            try FileManager.default.moveItem(atPath: partial, toPath: path)
            return
        }
        let move = try Process.run(
            URL(fileURLWithPath: "/bin/mv"),
            arguments: ["-f", "--", partial, URL(fileURLWithPath: path).path]
        )
        move.waitUntilExit()
        if move.terminationStatus != 0 { throw complaint("it cannot take the place of the older file") }
    }

    private func complaint(_ what: String) -> InterchangeError {
        InterchangeError(
            .notWritable,
            path: path,
            what: "writing it failed: \(what)",
            mend: "check the free space and the permissions, and write it again"
        )
    }

    private func discard() {
        if isSettled { return }
        isSettled = true
        if let gzip {
            try? gzip.input.fileHandleForWriting.close()
            gzip.child.end()
            try? gzip.input.fileHandleForReading.close()
        }
        try? file.close()
        try? FileManager.default.removeItem(atPath: partial)
    }
}
