import EventStore
import Foundation
import TransparencyLog

/// What the activities of another system come to here: a file in YAML, made once for a source and kept beside its logs.
///
/// Each rule names an activity and what it is: facts of a case, or a step that has no counterpart, with the reason. The
/// first rule that fits an event counts. An event that none fits is kept as a step, too. See `docs/guides/import.md`.
public struct ImportMapping: Sendable {
    /// Its name.
    public let name: ShortName
    /// For people: which log it is for.
    public let title: String
    /// The `concept:name` of the log that it is for; nil for any.
    public let log: String?
    /// SHA-256 of the file, base64: every event that the mapping has made names it.
    public let digest: String
    /// What holds where the command says nothing else.
    public let defaults: Defaults
    /// In the order of the file.
    let rules: [Rule]

    /// The most facts that one event can come to.
    public static let maximumFacts = 8

    /// What a mapping knows of its log beside the activities.
    public struct Defaults: Sendable, Hashable {
        /// The zone whose days count.
        public var timeZone: TimeZone?
        /// The trace attributes that hold receipt, time limit and end.
        public var received, deadline, closed: String?
        /// Who imports; stored as `import:NAME`.
        public var importer: String?
    }

    /// All that is wrong with a file.
    public struct Problems: Error, Sendable, CustomStringConvertible {
        /// In the order of the file.
        public let problems: [YAMLProblem]
        /// A line each.
        public var description: String { problems.map(\.description).joined(separator: "\n") }
    }

    /// A mapping for another log than the file.
    public struct OtherLog: Error, Sendable, Hashable, CustomStringConvertible {
        /// The mapping, the log that it is for, and the one that the file holds.
        public let mapping, wanted, found: String
        /// What to do.
        public var description: String {
            "the mapping '\(mapping)' is for the log '\(wanted)', and the file says that it is '\(found)': "
                + "give the mapping of that log, or leave 'log' out of the mapping"
        }
    }

    /// One rule.
    struct Rule: Sendable {
        /// Which event of its kind in the case.
        enum Occurrence: String, CaseIterable, Sendable { case any, first, later }

        /// The activity; with a star at its end all that begin so.
        var activity: String
        var isPrefix = false
        /// Attributes of the event, and what each may be.
        var conditions: [(key: String, values: [String])] = []
        var occurrence = Occurrence.any
        var facts: [Fact] = []
        /// Why it has no counterpart.
        var reason: String?

        struct Fact: Sendable {
            var form: ImportedFactForm
            var parameters: [String: [TextTemplate]]
        }
    }

    /// Reads a mapping from YAML. Throws ``Problems``, all of them.
    public init(yaml text: String, file: String) throws(Problems) {
        var reader = ImportMappingReader(file: file)
        let root: YAMLValue
        do throws(YAMLProblem) { root = try YAMLValue(text, file: file) } catch {
            throw Problems(problems: [error])
        }
        let read = reader.read(root)
        guard reader.problems.isEmpty, let name = read.name else { throw Problems(problems: reader.problems) }
        self.name = name
        title = read.title ?? name.rawValue
        log = read.log
        defaults = read.defaults
        rules = read.rules
        digest = Digest.sha256(Array(text.utf8)).base64
    }

    /// Reads a mapping from a file. Throws ``Problems``.
    public init(path: String) throws(Problems) {
        guard let data = FileManager.default.contents(atPath: path) else {
            let problem = YAMLProblem(file: path, line: nil, what: "it cannot be read: name a file that is there")
            throw Problems(problems: [problem])
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw Problems(problems: [YAMLProblem(file: path, line: nil, what: "it is not UTF-8: save it as UTF-8")])
        }
        try self.init(yaml: text, file: path)
    }

    /// Throws where the mapping is for another log.
    func check(_ header: XESLogHeader) throws(OtherLog) {
        guard let log, let found = header.attributes.first(where: { $0.key == "concept:name" })?.value, found != log
        else { return }
        throw OtherLog(mapping: name.rawValue, wanted: log, found: found)
    }
}

/// What a mapping makes of the events of one case, which it has to be given in their order.
struct MappedCase: Sendable {
    /// What an event comes to.
    struct Meaning: Sendable {
        /// Facts; none where the event is kept as a step.
        var facts: [Case.ImportedFact]
        /// Why it is kept as a step.
        var reason: String?
    }

    static let unmapped = "the mapping does not name it"
    private let mapping: ImportMapping
    /// How many events of the case each rule's activity and conditions have fitted.
    private var fitted: [Int]
    /// Whether the facts so far have ended the case.
    private var hasEnded = false

    init(_ mapping: ImportMapping) {
        self.mapping = mapping
        fitted = Array(repeating: 0, count: mapping.rules.count)
    }

    mutating func meaning(of step: Case.Step) -> Meaning {
        var chosen: (rule: ImportMapping.Rule, star: String?)?
        for (index, rule) in mapping.rules.enumerated() {
            guard let star = rule.star(in: step) else { continue }
            defer { fitted[index] += 1 }
            if chosen != nil { continue }
            switch rule.occurrence {
            case .any: chosen = (rule, star)
            case .first: if fitted[index] == 0 { chosen = (rule, star) }
            case .later: if fitted[index] > 0 { chosen = (rule, star) }
            }
        }
        guard let chosen else { return Meaning(facts: [], reason: Self.unmapped) }
        if let reason = chosen.rule.reason { return Meaning(facts: [], reason: reason) }
        let event = MappedEvent(step: step, star: chosen.star)
        var facts: [Case.ImportedFact] = []
        var ended = hasEnded
        do throws(UnfitParameter) {
            for fact in chosen.rule.facts {
                let made = try fact.form.fact(try fact.parameters(of: event))
                // A case goes on after its end only if it has ended.
                if case .reopened = made, !ended { continue }
                ended = made.endsCase ?? ended
                facts.append(made)
            }
        } catch {
            return Meaning(facts: [], reason: error.what)
        }
        if facts.isEmpty { return Meaning(facts: [], reason: "the case had not ended") }
        hasEnded = ended
        return Meaning(facts: facts, reason: nil)
    }
}

/// An event that a rule fits.
struct MappedEvent {
    let step: Case.Step
    /// What stands in place of the rule's star.
    let star: String?

    func value(_ key: String) -> String? { key == "*" ? star : step.value(of: key) }
}

extension Case.Step {
    /// What its source says under a key of XES, or under the short names `activity`, `performer` and `lifecycle`.
    func value(of key: String) -> String? {
        switch key {
        case "activity", "concept:name": activity
        case "performer", "org:resource": performer
        case "lifecycle", "lifecycle:transition": lifecycle
        default: attributes.first { $0.key == key && $0.children.isEmpty }?.value
        }
    }
}

extension ImportMapping.Rule {
    /// What stands in place of the star, empty where there is none; nil where the rule does not fit.
    func star(in step: Case.Step) -> String? {
        let star: String
        if isPrefix {
            guard step.activity.hasPrefix(activity) else { return nil }
            star = String(step.activity.dropFirst(activity.count))
        } else {
            guard step.activity == activity else { return nil }
            star = ""
        }
        for condition in conditions {
            guard let value = step.value(of: condition.key), condition.values.contains(value) else { return nil }
        }
        return star
    }
}

extension ImportMapping.Rule.Fact {
    func parameters(of event: MappedEvent) throws(UnfitParameter) -> FactParameters {
        var values: [String: [String]] = [:]
        for (name, templates) in parameters {
            var texts: [String] = []
            for template in templates { texts.append(try template.filled(from: event)) }
            values[name] = texts
        }
        return FactParameters(values: values)
    }
}

extension Case.ImportedFact {
    /// Whether it ends the case, or lets it go on; nil where it does neither.
    var endsCase: Bool? {
        switch self {
        case .closed, .procedure(.withdrawn), .procedure(.terminated), .procedure(.acceptanceRefused),
            .procedure(.fileReturned):
            true
        case .reopened: false
        default: nil
        }
    }
}
