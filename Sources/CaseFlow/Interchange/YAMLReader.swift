import Yams

/// What is wrong with a YAML file, and where.
public struct YAMLProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file's name.
    public let file: String
    /// The line, from 1; nil where the file as a whole is meant.
    public let line: Int?
    /// What was wrong, and what would be right.
    public let what: String

    /// `FILE:LINE: what`
    public var description: String { "\(file)\(line.map { ":\($0)" } ?? ""): \(what)" }
}

/// A value of a YAML file that knows where it stands, so that whatever is wrong with it can be told by line.
///
/// Aliases are resolved by the parser, within its limits; keys that occur twice are refused.
struct YAMLValue {
    let file: String
    /// The keys that lead here, `clocks[2].limit`; empty for the whole file.
    let path: String
    private let node: Node

    /// Reads a file's text.
    init(_ text: String, file: String) throws(YAMLProblem) {
        let found: Node?
        do {
            found = try Yams.compose(yaml: text)
        } catch {
            throw Self.problem(error, file)
        }
        guard let found else { throw YAMLProblem(file: file, line: nil, what: "the file is empty") }
        (self.file, path, node) = (file, "", found)
    }

    private init(_ node: Node, at path: String, in file: String) {
        (self.file, self.path, self.node) = (file, path, node)
    }

    /// The line on which it begins, from 1; nil where that is not known.
    var line: Int? { node.mark?.line }

    /// The line of a key of this mapping; nil where it has no such key.
    func line(ofKey key: String) -> Int? { node.mapping?.first { $0.key.scalar?.string == key }?.key.mark?.line }

    /// An error about this value.
    func problem(_ what: String) -> YAMLProblem {
        YAMLProblem(file: file, line: node.mark?.line, what: path.isEmpty ? what : "\(path): \(what)")
    }

    /// The value as text: a scalar, as it is written.
    func text() throws(YAMLProblem) -> String {
        guard let scalar = node.scalar, !scalar.string.isEmpty else { throw problem("a text is wanted here") }
        return scalar.string
    }

    /// Whether it is a mapping (key: value).
    var isMapping: Bool { node.mapping != nil }

    func whole(_ range: ClosedRange<Int>) throws(YAMLProblem) -> Int {
        let written = try text()
        guard let number = Int(written), range.contains(number) else {
            throw problem("'\(written)' is not a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func flag() throws(YAMLProblem) -> Bool {
        switch try text() {
        case "true": return true
        case "false": return false
        case let other: throw problem("'\(other)' is neither true nor false")
        }
    }

    /// One of the names of an enumeration.
    func name<Names: RawRepresentable & CaseIterable>(_: Names.Type) throws(YAMLProblem) -> Names
    where Names.RawValue == String {
        let written = try text()
        guard let found = Names(rawValue: written) else {
            let known = Names.allCases.map(\.rawValue).joined(separator: ", ")
            throw problem("'\(written)' is not known here; known are: \(known)")
        }
        return found
    }

    /// The elements of a list.
    func list() throws(YAMLProblem) -> [YAMLValue] {
        guard let sequence = node.sequence else { throw problem("a list is wanted here") }
        return sequence.enumerated().map { YAMLValue($1, at: "\(path)[\($0 + 1)]", in: file) }
    }

    /// The members of a mapping, in the order of the file; their keys may be any text.
    func members() throws(YAMLProblem) -> [(key: String, value: YAMLValue)] {
        guard let mapping = node.mapping else { throw problem("a mapping (key: value) is wanted here") }
        var members: [(String, YAMLValue)] = []
        for (key, value) in mapping {
            guard let key = key.scalar?.string else { throw problem("a key is not a text") }
            members.append((key, YAMLValue(value, at: path.isEmpty ? key : "\(path).\(key)", in: file)))
        }
        return members
    }

    /// A mapping whose keys are known: any other is refused, by its line.
    func mapping(_ known: [String], needs: [String] = []) throws(YAMLProblem) -> [String: YAMLValue] {
        var found: [String: YAMLValue] = [:]
        for (key, value) in try members() {
            guard known.contains(key) || needs.contains(key) else {
                let all = (needs + known).joined(separator: ", ")
                throw value.problem("the key '\(key)' is not known here; known are: \(all)")
            }
            found[key] = value
        }
        for key in needs where found[key] == nil { throw problem("the key '\(key)' is missing") }
        return found
    }

    private static func problem(_ error: any Error, _ file: String) -> YAMLProblem {
        switch error {
        case YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _),
            YamlError.composer(_, let problem, let mark, _):
            YAMLProblem(file: file, line: mark.line, what: "this is no YAML: \(problem)")
        case YamlError.reader(let problem, _, _, _):
            YAMLProblem(file: file, line: nil, what: "this is no text of YAML: \(problem)")
        case YamlError.duplicatedKeysInMapping(let keys, let context):
            YAMLProblem(
                file: file,
                line: context.mark.line,
                what: "in the mapping that begins here a key occurs twice: \(keys.sorted().joined(separator: ", "))"
            )
        default: YAMLProblem(file: file, line: nil, what: "it cannot be read: \(error)")
        }
    }
}
