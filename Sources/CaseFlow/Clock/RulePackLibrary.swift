import Foundation

/// The rule packs that come with the program, and those that a centre keeps in a folder of its own.
public enum RulePackLibrary {
    /// Why a pack cannot be had.
    public enum Problem: Error, Sendable, CustomStringConvertible {
        /// Neither a shipped pack nor a file has that name.
        case notFound(String)
        /// The rules that a case goes by are not there, or were changed.
        case notPinned(Case.RulePin, String?)
        /// The file cannot be read.
        case unreadable(String, String)

        /// What was asked for and what there is.
        public var description: String {
            switch self {
            case .notFound(let name):
                "there is no rule pack '\(name)'; shipped are \(RulePackLibrary.shipped.joined(separator: ", ")), or name a file"
            case .notPinned(let pin, let folder):
                """
                the rules '\(pin.name)' that the case goes by are not here with the digest \(pin.digest): put that file back, \
                unchanged, as \(folder ?? "FOLDER")/\(pin.pack)-\(pin.version).yaml (--packs FOLDER, CASEFLOW_RULE_PACKS)
                """
            case .unreadable(let path, let why): "\(path) cannot be read: \(why)"
            }
        }
    }

    /// The pack that a case is pinned to, exactly: by its digest. A pack that is in force is never changed, so a shipped
    /// one is found; one from a file is looked for under the folder of the centre's own packs.
    public static func pack(_ pin: Case.RulePin, folder: String? = nil) throws -> RulePack {
        var found: RulePack?
        if shipped.contains(pin.pack) { found = try pack(pin.pack) }
        if let folder, found?.digest != pin.digest {
            let path = "\(folder)/\(pin.pack)-\(pin.version).yaml"
            if FileManager.default.fileExists(atPath: path) { found = try pack(path) }
        }
        guard let found, found.digest == pin.digest else { throw Problem.notPinned(pin, folder) }
        return found
    }

    /// The pack of a name that new cases go by: the one in the folder of the centre's own packs with the highest version,
    /// else the shipped one. Errors: ``Problem``, ``YAMLProblem``.
    public static func newest(_ name: String, folder: String? = nil) throws -> RulePack {
        guard let folder else { return try pack(name) }
        let versions = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).compactMap { file in
            file.hasPrefix("\(name)-") && file.hasSuffix(".yaml")
                ? Int(file.dropFirst(name.utf8.count + 1).dropLast(5)) : nil
        }
        guard let highest = versions.max() else { return try pack(name) }
        return try pack("\(folder)/\(name)-\(highest).yaml")
    }

    /// The pack of items that name none.
    public static let standard = "cn-licensing"

    /// The packs that come with the program.
    public static let shipped = ["cn-licensing", "nl-wabo", "uk-foi"]

    /// A shipped pack by its name, or one from a file when the name has a `/` or ends in `.yaml`.
    /// Errors: ``Problem``, ``YAMLProblem``.
    public static func pack(_ name: String) throws -> RulePack {
        if name.contains("/") || name.hasSuffix(".yaml") { return try read(URL(fileURLWithPath: name), as: name) }
        guard shipped.contains(name),
            let url = Bundle.module.url(forResource: name, withExtension: "yaml", subdirectory: "Packs")
        else { throw Problem.notFound(name) }
        return try read(url, as: "\(name).yaml")
    }

    private static func read(_ url: URL, as name: String) throws -> RulePack {
        let text: String
        do {
            text = try String(contentsOf: url, encoding: .utf8)
        } catch {
            throw Problem.unreadable(name, "is it there, a file, and UTF-8?")
        }
        return try RulePack(yaml: text, file: name)
    }
}
