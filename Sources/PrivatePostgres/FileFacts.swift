import Foundation

/// What the file system says about one path; a symbolic link is described itself, not followed.
struct FileFacts: Sendable, Equatable {
    let owner: UInt32
    let mode: UInt32
    let isDirectory: Bool
    /// Device and inode, as `stat -c %d:%i` prints them: the same for the same file, whatever path leads to it.
    let identity: String

    /// Nil when there is nothing at `path`, or when it is out of our reach.
    init?(_ path: String) {
        guard let found = try? FileManager.default.attributesOfItem(atPath: path),
            let owner = Self.number(found[.ownerAccountID]),
            let mode = Self.number(found[.posixPermissions])
        else { return nil }
        self.owner = owner
        self.mode = mode & 0o7777
        identity = "\(Self.long(found[.systemNumber])):\(Self.long(found[.systemFileNumber]))"
        isDirectory = (found[.type] as? FileAttributeType) == .typeDirectory
    }

    private static func number(_ value: Any?) -> UInt32? {
        value == nil ? nil : UInt32(truncatingIfNeeded: long(value))
    }

    /// Foundation gives some numbers as Swift's and some as its own.
    private static func long(_ value: Any?) -> UInt64 {
        if let number = value as? NSNumber { return number.uint64Value }
        if let number = value as? any BinaryInteger { return UInt64(truncatingIfNeeded: number) }
        return 0
    }

    /// The text of a small file, nil when it is not there or cannot be read.
    static func text(of path: String) -> String? {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        return String(decoding: data, as: UTF8.self)
    }

    /// The length of a file in bytes, 0 when there is none.
    static func size(of path: String) -> UInt64 {
        guard let found = try? FileManager.default.attributesOfItem(atPath: path) else { return 0 }
        return long(found[.size])
    }
}
