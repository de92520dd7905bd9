import Foundation

/// The rule packs that come with the program, and those that a centre keeps in a folder of its own.
public enum RulePackLibrary {
    /// Why a pack cannot be had.
    public enum Problem: Error, Sendable, CustomStringConvertible {
        /// Neither a shipped pack nor a file has that name.
        case notFound(String)
        /// The file cannot be read.
        case unreadable(String, String)

        /// What was asked for and what there is.
        public var description: String {
            switch self {
            case .notFound(let name):
                "there is no rule pack '\(name)'; shipped are \(RulePackLibrary.shipped.joined(separator: ", ")), or name a file"
            case .unreadable(let path, let why): "\(path) cannot be read: \(why)"
            }
        }
    }

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
