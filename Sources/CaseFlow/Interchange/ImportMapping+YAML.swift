import EventStore
import Foundation

/// Reads a mapping and keeps all that is wrong with it.
struct ImportMappingReader {
    /// What was read.
    struct Result {
        var name: ShortName?
        var title: String?
        var log: String?
        var defaults = ImportMapping.Defaults()
        var rules: [ImportMapping.Rule] = []
    }

    let file: String
    private(set) var problems: [YAMLProblem] = []

    init(file: String) { self.file = file }

    mutating func read(_ root: YAMLValue) -> Result {
        var result = Result()
        var fields = YAMLFields(root, ["mapping", "title", "log", "defaults", "activities"])
        result.name = fields.need("mapping") { value throws(YAMLProblem) in try value.code(ShortName.self) }
        result.title = fields.take("title") { value throws(YAMLProblem) in try value.text() }
        result.log = fields.take("log") { value throws(YAMLProblem) in try value.text() }
        let defaults = fields.take("defaults") { value throws(YAMLProblem) in value }
        let rules = fields.need("activities") { value throws(YAMLProblem) in try value.list() } ?? []
        if rules.isEmpty, fields.problems.isEmpty {
            fields.problems.append(root.problem("'activities' names none: give a rule for each activity"))
        }
        problems += fields.problems
        if let defaults { result.defaults = read(defaults: defaults) }
        for value in rules { if let rule = read(rule: value) { result.rules.append(rule) } }
        return result
    }

    private mutating func read(defaults value: YAMLValue) -> ImportMapping.Defaults {
        var defaults = ImportMapping.Defaults()
        var fields = YAMLFields(value, ["time-zone", "received", "deadline", "closed", "importer"])
        defaults.timeZone = fields.take("time-zone") { value throws(YAMLProblem) in
            let name = try value.text()
            guard let zone = TimeZone(identifier: name) else {
                throw value.problem("'\(name)' is no time zone; write one as Europe/Amsterdam")
            }
            return zone
        }
        defaults.received = fields.take("received") { value throws(YAMLProblem) in try value.text() }
        defaults.deadline = fields.take("deadline") { value throws(YAMLProblem) in try value.text() }
        defaults.closed = fields.take("closed") { value throws(YAMLProblem) in try value.text() }
        defaults.importer = fields.take("importer") { value throws(YAMLProblem) in
            let name = try value.text()
            if Actor(rawValue: Actor.importPrefix + name) == nil {
                throw value.problem("'\(name)' cannot stand as the name of an importer; give a short name")
            }
            return name
        }
        problems += fields.problems
        return defaults
    }

    private mutating func read(rule value: YAMLValue) -> ImportMapping.Rule? {
        var fields = YAMLFields(value, ["activity", "when", "occurrence", "facts", "step"])
        let activity = fields.need("activity") { value throws(YAMLProblem) in
            let text = try value.text()
            if text.dropLast().contains("*") {
                throw value.problem("'\(text)' has a star that is not at its end: a star stands at the end only")
            }
            return text
        }
        let conditions = fields.take("when") { value throws(YAMLProblem) in try Self.conditions(value) } ?? []
        let occurrence =
            fields.take("occurrence") { value throws(YAMLProblem) in
                try value.name(ImportMapping.Rule.Occurrence.self)
            } ?? .any
        let reason = fields.take("step") { value throws(YAMLProblem) in try value.text() }
        let facts = fields.take("facts") { value throws(YAMLProblem) in try value.list() }
        if fields.has("facts") == fields.has("step"), fields.has("activity") {
            fields.problems.append(
                value.problem(
                    fields.has("facts")
                        ? "it has both 'facts' and 'step': keep one of them"
                        : "it has neither 'facts' (what it is) nor 'step' (why it has no counterpart): give one of them"
                )
            )
        } else if let facts, facts.isEmpty {
            fields.problems.append(value.problem("'facts' names none: give one, or 'step' with the reason"))
        } else if let facts, facts.count > ImportMapping.maximumFacts {
            let most = ImportMapping.maximumFacts
            fields.problems.append(value.problem("'facts' names \(facts.count), the most is \(most): leave some out"))
        }
        problems += fields.problems
        let before = problems.count
        var read: [ImportMapping.Rule.Fact] = []
        for fact in facts ?? [] {
            do throws(YAMLProblem) {
                read.append(try Self.fact(fact, hasStar: activity?.hasSuffix("*") ?? false))
            } catch {
                problems.append(error)
            }
        }
        if read.contains(where: { $0.form == .received }), read.count > 1 {
            problems.append(value.problem("'received' stands alone: the receipt is one event; leave the others out"))
        }
        guard let activity, fields.problems.isEmpty, problems.count == before else { return nil }
        let isPrefix = activity.hasSuffix("*")
        return ImportMapping.Rule(
            activity: isPrefix ? String(activity.dropLast()) : activity,
            isPrefix: isPrefix,
            conditions: conditions,
            occurrence: occurrence,
            facts: read,
            reason: reason
        )
    }

    private static func conditions(_ value: YAMLValue) throws(YAMLProblem) -> [(key: String, values: [String])] {
        var conditions: [(String, [String])] = []
        for (key, wanted) in try value.members() { conditions.append((key, try texts(wanted))) }
        return conditions
    }

    /// A list of texts, or one.
    private static func texts(_ value: YAMLValue) throws(YAMLProblem) -> [String] {
        guard let list = try? value.list() else { return [try value.text()] }
        var texts: [String] = []
        for element in list { texts.append(try element.text()) }
        return texts
    }

    /// `withdrawn`, or `stage-signed: { stage: …, finding: … }`.
    private static func fact(_ value: YAMLValue, hasStar: Bool) throws(YAMLProblem) -> ImportMapping.Rule.Fact {
        let name: String
        var given: YAMLValue?
        if value.isMapping {
            let members = try value.members()
            guard members.count == 1, let member = members.first else {
                throw value.problem("a fact is its name, or one 'name: { parameters }': begin another with '-'")
            }
            (name, given) = (member.key, member.value)
        } else {
            name = try value.text()
        }
        guard let form = ImportedFactForm(rawValue: name) else {
            let known = ImportedFactForm.allCases.map(\.rawValue).joined(separator: ", ")
            throw value.problem("'\(name)' is no fact that a mapping can name; those are: \(known)")
        }
        let (needed, optional) = form.parameters
        var parameters: [String: [TextTemplate]] = [:]
        var isConstant = true
        if let given {
            for (key, member) in try given.mapping(optional, needs: needed) {
                var templates: [TextTemplate] = []
                for text in try texts(member) {
                    do throws(UnfitParameter) {
                        let template = try TextTemplate(text)
                        if template.usesStar, !hasStar {
                            throw UnfitParameter(what: "'{*}' is wanted, and the activity has no star at its end")
                        }
                        isConstant = isConstant && template.isConstant
                        templates.append(template)
                    } catch {
                        throw member.problem("'\(text)': \(error.what)")
                    }
                }
                parameters[key] = templates
            }
        } else if !needed.isEmpty {
            throw value.problem("'\(name)' needs \(needed.joined(separator: ", ")): write '\(name): { … }'")
        }
        let fact = ImportMapping.Rule.Fact(form: form, parameters: parameters)
        if isConstant {
            // What no event can change is judged now.
            let nothing = MappedEvent(step: Case.Step(activity: "-"), star: nil)
            do throws(UnfitParameter) { _ = try form.fact(try fact.parameters(of: nothing)) } catch {
                throw (given ?? value).problem(error.what)
            }
        }
        return fact
    }
}
