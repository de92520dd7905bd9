import Foundation

/// A file without a name, for what a program reads or prints.
///
/// A pipe would have to be emptied while the program runs, and stays open as long as any descendant holds it; a file
/// has neither trouble.
struct TemporaryFile {
    let handle: FileHandle

    /// - Parameter content: what the reader will find.
    init(content: String = "") throws {
        let path = FileManager.default.temporaryDirectory.path.appendingComponent("caseflow-\(UUID().uuidString)")
        guard
            FileManager.default.createFile(
                atPath: path,
                contents: Data(content.utf8),
                attributes: [.posixPermissions: 0o600]
            ),
            let handle = FileHandle(forUpdatingAtPath: path)
        else {
            throw PrivateClusterError.fileTrouble(
                path: path,
                reason: "a temporary file could not be made. Make room there, or set TMPDIR to a writable directory."
            )
        }
        self.handle = handle
        try FileManager.default.removeItem(atPath: path)
    }

    /// Everything written to the file, surrounding white space taken off.
    func text() -> String {
        try? handle.seek(toOffset: 0)
        let data = (try? handle.readToEnd()) ?? Data()
        return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
