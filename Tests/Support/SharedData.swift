import Foundation

/// The path of a file of the data that may lie beside the repository; nil where it does not.
public func sharedData(_ name: String) -> String? {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    let path = root.appendingPathComponent("../shared/data/\(name)").standardizedFileURL.path
    return FileManager.default.fileExists(atPath: path) ? path : nil
}
