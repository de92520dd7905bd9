import Foundation

/// The key that wraps the keys of all subjects of a log, and makes their blind index. It stands in a file, never in the
/// database.
public struct MasterKey: Sendable {
    /// Which key it is, 16 hexadecimal digits: a digest by which two keys are told apart. It reveals nothing of the key.
    public let id: String
    private let bytes: [UInt8]

    /// Why a key cannot be used. Never holds any of it.
    public enum Problem: Error, Sendable, Hashable {
        /// There is no such file.
        case missing(String)
        /// It cannot be read, or is no file.
        case unreadable(String)
        /// Others than its owner may read it.
        case open(String, mode: String)
        /// It holds something else than 32 bytes in base64.
        case malformed(String)
        /// There is a file already where a new one is to be made.
        case exists(String)
        /// The file cannot be made.
        case cannotMake(String)
    }

    /// A new key.
    public init(_ random: VaultRandom) { self.init(trusted: random.bytes(VaultCipher.keyLength)) }

    init(trusted bytes: [UInt8]) {
        self.bytes = bytes
        id = SubjectID.hex(VaultCipher.derive("master key id", from: bytes).prefix(8))
    }

    /// Reads a key: 32 bytes in base64, white space around it. A symbolic link is followed, as secrets are mounted so; what
    /// it leads to may be readable by its owner alone.
    public init(file path: String) throws(Problem) {
        let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        guard let facts = try? FileManager.default.attributesOfItem(atPath: target) else { throw .missing(path) }
        guard facts[.type] as? FileAttributeType == .typeRegular else { throw .unreadable(path) }
        guard let mode = (facts[.posixPermissions] as? NSNumber)?.intValue else { throw .unreadable(path) }
        guard mode & 0o077 == 0 else { throw .open(path, mode: String(mode & 0o777, radix: 8)) }
        guard let data = FileManager.default.contents(atPath: target), data.count <= 1000 else {
            throw .unreadable(path)
        }
        let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard let key = Data(base64Encoded: text), key.count == VaultCipher.keyLength else { throw .malformed(path) }
        self.init(trusted: Array(key))
    }

    /// Makes a key and the file for it, readable by its owner alone. Of several who do it at once one makes it, and the
    /// others get ``Problem/exists(_:)``.
    public static func make(at path: String, _ random: VaultRandom = .system) throws(Problem) -> MasterKey {
        let key = MasterKey(random)
        try key.save(at: path)
        return key
    }

    /// Writes the key into a new file, readable by its owner alone; never over another.
    public func save(at path: String) throws(Problem) {
        let draft = "\(path).\(SubjectID.hex(VaultRandom.system.bytes(8))).new"
        let manager = FileManager.default
        // Empty first: between its making and its mode there is nothing to read in it.
        guard manager.createFile(atPath: draft, contents: nil, attributes: [.posixPermissions: 0o600]) else {
            throw .cannotMake(path)
        }
        defer { try? manager.removeItem(atPath: draft) }
        do {
            try manager.setAttributes([.posixPermissions: 0o600], ofItemAtPath: draft)
            let file = try FileHandle(forWritingTo: URL(fileURLWithPath: draft))
            try file.write(contentsOf: Data((Data(bytes).base64EncodedString() + "\n").utf8))
            try file.synchronize()
            try file.close()
        } catch {
            throw .cannotMake(path)
        }
        // A second name for the finished file: refused where there is one of that name.
        do { try manager.linkItem(atPath: draft, toPath: path) } catch {
            throw manager.fileExists(atPath: path) ? .exists(path) : .cannotMake(path)
        }
    }

    // MARK: What it does

    /// A subject's key, wrapped for the vault's table.
    func wrap(_ key: [UInt8], of subject: SubjectID, in log: String) -> [UInt8] {
        VaultCipher.seal(key, under: VaultCipher.derive("wrap \(log)", from: bytes), about: about(subject, log))
    }

    /// A subject's key.
    func unwrap(_ wrapped: [UInt8], of subject: SubjectID, in log: String) throws(VaultCipher.Unopenable) -> [UInt8] {
        try VaultCipher.open(wrapped, under: VaultCipher.derive("wrap \(log)", from: bytes), about: about(subject, log))
    }

    /// The blind index of a number: the same for the same number in the same log, and without this key nobody can tell
    /// from it the number, or make it from one.
    func blindIndex(_ searchText: [UInt8], in log: String) -> [UInt8] {
        VaultCipher.mark(searchText, under: VaultCipher.derive("blind index \(log)", from: bytes))
    }

    private func about(_ subject: SubjectID, _ log: String) -> [UInt8] {
        Array("caseflow-subject-key/v1\n\(log)\n\(subject)\n".utf8)
    }
}

extension MasterKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Which key, nothing of it.
    public var description: String { "master key \(id)" }
    /// The same.
    public var debugDescription: String { description }
    /// Nothing: `dump` must not show it either.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension MasterKey.Problem: CustomStringConvertible {
    /// What is wrong, in which file, and what to do.
    public var description: String {
        switch self {
        case .missing(let path):
            "\(path): there is no master key file; bring back the one that the vault goes by, or for a new vault make one: "
                + "(umask 077; head -c 32 /dev/urandom | base64 > '\(path)')"
        case .unreadable(let path): "\(path): the master key cannot be read; is it a file, and yours to read?"
        case .open(let path, let mode):
            "\(path): the master key file has mode \(mode), so others can read it; chmod 600 '\(path)', and if others had "
                + "access make a new key with `caseflowd vault rotate`"
        case .malformed(let path):
            "\(path): the master key file must hold 32 bytes in base64 (44 characters) and nothing else"
        case .exists(let path): "\(path): there is such a file already; name one that is not there"
        case .cannotMake(let path):
            "\(path): the master key file cannot be made; is its folder there, and yours to write in?"
        }
    }
}
