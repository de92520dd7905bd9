import Foundation

/// The paths inside a state directory.
struct Layout: Sendable, Equatable {
    /// The number in the socket's name.
    static let port = 5432
    /// The longest path of a unix socket in bytes: 108 in the kernel's structure, one of them the closing zero.
    static let longestSocketPath = 107
    /// How the name of a data directory starts while initdb still fills it.
    static let unfinishedPrefix = "data.initdb."

    let state: String

    var cluster: String { state + "/pg" }
    var data: String { cluster + "/data" }
    var log: String { cluster + "/log" }
    var run: String { state + "/run" }
    var lock: String { state + "/lock" }
    var versionFile: String { data + "/PG_VERSION" }
    var pidFile: String { data + "/postmaster.pid" }
    var configuration: String { data + "/" + ServerConfiguration.fileName }

    /// Makes `path` absolute and free of symbolic links as far as it exists, and refuses what cannot work.
    ///
    /// - Throws: `PrivateClusterError.unusablePath` for the root directory, for a file, and for characters that pg_ctl,
    ///   which hands its paths to a shell, cannot pass on.
    init(stateDirectory path: String) throws {
        guard !path.isEmpty else {
            throw PrivateClusterError.unusablePath(path: path, reason: "it is empty.")
        }
        if let bad = path.unicodeScalars.first(where: Self.isUnfit) {
            throw PrivateClusterError.unusablePath(
                path: path,
                reason: "it contains the character \(bad.escaped(asASCII: true)), which PostgreSQL cannot pass on."
            )
        }
        let absolute = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath.appendingComponent(path)
        state = Self.resolved(absolute)
        guard state != "/" else {
            throw PrivateClusterError.unusablePath(path: path, reason: "it is the root directory.")
        }
        if let file = (ancestors + [state]).first(where: { FileFacts($0)?.isDirectory == false }) {
            let which = file == state ? "it" : file
            throw PrivateClusterError.unusablePath(path: path, reason: "\(which) is not a directory.")
        }
    }

    /// Every directory above the state directory, the root first.
    var ancestors: [String] {
        var found: [String] = []
        var path = state
        while path != "/" {
            path = Self.parent(of: path)
            found.append(path)
        }
        return found.reversed()
    }

    /// The directory of the socket: `run`, unless the socket's path would then be longer than the kernel takes.
    ///
    /// - Parameter uid: the server's account, part of the short name.
    func socketDirectory(uid: UInt32) -> String {
        if Self.socket(in: run).utf8.count <= Self.longestSocketPath { return run }
        return "/tmp/caseflow-\(uid)-\(Self.hash(state))"
    }

    /// The socket's path inside `directory`.
    static func socket(in directory: String) -> String {
        directory + "/.s.PGSQL.\(port)"
    }

    static func parent(of path: String) -> String {
        let upper = path.split(separator: "/").dropLast().joined(separator: "/")
        return "/" + upper
    }

    /// pg_ctl puts its paths into a shell command between double quotes, and escapes nothing.
    private static func isUnfit(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 32 || scalar.value == 127 || "\"'$`\\".unicodeScalars.contains(scalar)
    }

    /// `.` and `..` taken out, and the links of the part that exists followed.
    private static func resolved(_ absolute: String) -> String {
        var existing = URL(fileURLWithPath: absolute).standardizedFileURL.path
        var rest: [Substring] = []
        while existing != "/", !FileManager.default.fileExists(atPath: existing) {
            if let last = existing.split(separator: "/").last { rest.insert(last, at: 0) }
            existing = parent(of: existing)
        }
        let base = URL(fileURLWithPath: existing).resolvingSymlinksInPath().path
        return rest.reduce(base) { $0.appendingComponent(String($1)) }
    }

    /// FNV-1a over the UTF-8 bytes, 64 bits: the same for the same path in every run, which Swift's own hash is not.
    private static func hash(_ text: String) -> String {
        let value = text.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
