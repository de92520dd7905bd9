import EventStore
import Foundation
import Support
import Testing

@testable import CaseFlow

/// Files of mappings: what they say, and what is wrong with them.
@Suite struct ImportMappingTests {
    static func mapping(_ rules: String, head: String = "") throws -> ImportMapping {
        try ImportMapping(yaml: "mapping: test\n\(head)activities:\n\(rules)", file: "m.yaml")
    }

    private static func meanings(_ rules: String, _ steps: [Case.Step]) throws -> [MappedCase.Meaning] {
        var mapped = MappedCase(try mapping(rules))
        return steps.map { mapped.meaning(of: $0) }
    }

    @Test func `a rule names an activity, conditions, and facts whose parameters come from the event`() throws {
        let rules = """
              - activity: Approved by *
                when: { org:role: [CLERK, HEAD], lifecycle: complete }
                facts:
                  - stage-signed: { stage: '{*}', finding: agreement, remark: 'as {org:role|nobody} {performer|?}' }
                  - assigned: { stage: '{*}', to: '{performer}' }
              - activity: Approved by *
                step: of no known role
            """
        let role = XESAttribute(.string, key: "org:role", value: "HEAD")
        let steps = [
            Case.Step(activity: "Approved by board", performer: "w1", lifecycle: "complete", attributes: [role]),
            Case.Step(activity: "Approved by board", performer: "w1", lifecycle: "start", attributes: [role]),
            Case.Step(
                activity: "Approved by board",
                performer: "Staff Member",
                lifecycle: "complete",
                attributes: [role]
            ),
            Case.Step(activity: "Approved by board", lifecycle: "complete", attributes: [role]),
            Case.Step(activity: "approved by board"),
        ]
        let meanings = try Self.meanings(rules, steps)
        let to = try #require(OfficerID(rawValue: "w1"))
        #expect(
            meanings[0].facts == [
                .procedure(.stageSigned(stage: "board", .agreement, remark: "as HEAD w1")),
                .procedure(.assigned(stage: "board", to: to)),
            ]
        )
        #expect(meanings[0].reason == nil)
        #expect(meanings.dropFirst().allSatisfy { $0.facts.isEmpty })
        #expect(
            meanings.dropFirst().map(\.reason) == [
                "of no known role",
                "'to': 'Staff Member': an officer's code may hold only the letters A to Z and a to z, digits, '-' and '_'",
                "the event has no 'performer'",
                "the mapping does not name it",
            ]
        )
    }

    @Test func `the first event of a kind can be another fact than later ones, and a case goes on only after its end`()
        throws
    {
        let rules = """
              - { activity: submit, occurrence: first, facts: [received] }
              - activity: submit
                facts:
                  - reopened: { reason: again }
                  - supplement-received: { materials: [form, plan], complete: false }
              - { activity: back, facts: [withdrawn] }
              - activity: go on
                facts: [{ reopened: { reason: told so } }]
            """
        let steps = ["submit", "submit", "back", "submit", "submit", "go on", "back", "go on"].map {
            Case.Step(activity: $0)
        }
        let meanings = try Self.meanings(rules, steps)
        let names = meanings.map { $0.facts.map(\.name).joined(separator: "+") }
        #expect(
            names == [
                "received", "supplement-received", "withdrawn", "reopened+supplement-received", "supplement-received",
                "",
                "withdrawn", "reopened",
            ]
        )
        #expect(meanings[5].reason == "the case had not ended")
        #expect(meanings[1].facts == [.procedure(.supplementReceived(materials: ["form", "plan"], isComplete: false))])
    }

    @Test(arguments: [
        ("mapping: test\n", ["m.yaml:1: the key 'activities' is missing"]),
        ("mapping: Test\nactivities: [{activity: a, step: b}]\n", ["m.yaml:1: mapping: 'Test': a short name may hold"]),
        ("mapping: test\nactivities: []\n", ["m.yaml:1: 'activities' names none"]),
        (
            "mapping: test\nactivities:\n  - activity: a\n  - facts: [withdrawn]\n",
            [
                "m.yaml:3: activities[1]: it has neither 'facts'",
                "m.yaml:4: activities[2]: the key 'activity' is missing",
            ]
        ),
        (
            "mapping: test\nactivities:\n  - activity: a\n    facts: [withdrawn]\n    step: b\n",
            ["m.yaml:3: activities[1]: it has both 'facts' and 'step'"]
        ),
        (
            "mapping: test\nactivities:\n  - activity: a*b\n    facts: [withdrawn]\n",
            ["m.yaml:3: activities[1].activity: 'a*b' has a star that is not at its end"]
        ),
        (
            "mapping: test\nactivities:\n  - activity: a\n    facts:\n      - sealed\n      - withdrown\n",
            [
                "m.yaml:5: activities[1].facts[1]: 'sealed' is no fact that a mapping can name; those are: received, ",
                "m.yaml:6: activities[1].facts[2]: 'withdrown' is no fact",
            ]
        ),
        (
            "mapping: test\nactivities:\n  - activity: a\n    facts:\n      - stage-ended\n",
            ["m.yaml:5: activities[1].facts[1]: 'stage-ended' needs stage"]
        ),
        (
            "mapping: test\nactivities:\n  - activity: a\n    facts:\n      - stage-ended: { stage: s, by: x }\n",
            ["m.yaml:5: activities[1].facts[1].stage-ended.by: the key 'by' is not known here; known are: stage"]
        ),
        (
            "mapping: test\nactivities:\n  - activity: a\n    facts:\n      - stage-signed: { stage: s, finding: yes }\n",
            [
                "m.yaml:5: activities[1].facts[1].stage-signed: 'finding': 'yes' is not known here; known are: agreement, objection"
            ]
        ),
        (
            "mapping: test\nactivities:\n  - activity: a\n    facts:\n      - stage-ended: { stage: '{*}' }\n",
            ["m.yaml:5: activities[1].facts[1].stage-ended.stage: '{*}': '{*}' is wanted, and the activity has no star"]
        ),
        (
            "mapping: test\nactivities:\n  - activity: a\n    facts:\n      - stage-ended: { stage: 'x {role' }\n",
            ["m.yaml:5: activities[1].facts[1].stage-ended.stage: 'x {role': a '{' has no '}'"]
        ),
        (
            "mapping: test\nactivities:\n  - activity: a\n    facts: [received, closed]\n",
            ["m.yaml:3: activities[1]: 'received' stands alone"]
        ),
        (
            "mapping: test\nactivities:\n  - activity: a\n    occurrence: last\n    facts: [withdrawn]\n",
            ["m.yaml:4: activities[1].occurrence: 'last' is not known here; known are: any, first, later"]
        ),
        (
            "mapping: test\ndefaults: { time-zone: Mars }\nactivities: [{activity: a, step: b}]\n",
            ["m.yaml:2: defaults.time-zone: 'Mars' is no time zone; write one as Europe/Amsterdam"]
        ),
        ("mapping: [\n", ["m.yaml:2: this is no YAML"]),
        ("", ["m.yaml: the file is empty"]),
    ])
    func `whatever is wrong with a file is told by its line, all at once`(text: String, wanted: [String]) throws {
        do {
            _ = try ImportMapping(yaml: text, file: "m.yaml")
            Issue.record("it was read")
        } catch {
            #expect(error.problems.count == wanted.count, "\(error)")
            for (problem, start) in zip(error.problems, wanted) {
                #expect(problem.description.hasPrefix(start), "\(problem)")
            }
        }
    }

    @Test func `a file that is not there, or not UTF-8, is told`() throws {
        let scratch = try ScratchDirectory()
        for path in [scratch.path("none.yaml"), try scratch.write("m.yaml", bytes: [0x6d, 0xff])] {
            #expect(throws: ImportMapping.Problems.self) { _ = try ImportMapping(path: path) }
        }
    }

    @Test(arguments: ImportedFactForm.allCases)
    func `each fact that a mapping can name can be imported, under its own name`(form: ImportedFactForm) throws {
        let texts = [
            "ground": "no-licence-needed", "told": "5 working-days", "within": "5 working-days", "by": "5 working-days",
            "complete": "true", "granted": "false", "upheld": "true", "deemed": "false", "finding": "objection",
            "answer": form == .answered ? "sent-back" : "no", "rating": "satisfied", "way": "post", "clock": "decision",
            "to": "unit-1", "from": "w-1", "yuan": "12.50",
        ]
        let (needed, optional) = form.parameters
        var values: [String: [String]] = [:]
        for name in needed + optional { values[name] = [texts[name] ?? "a text"] }
        let fact = try form.fact(FactParameters(values: values))
        #expect(fact.name == form.rawValue)
        if case .procedure(let known) = fact { #expect(known.isImportable) }
        // What is needed is needed.
        for name in needed {
            var fewer = values
            fewer[name] = nil
            #expect(throws: UnfitParameter.self) { _ = try form.fact(FactParameters(values: fewer)) }
        }
    }

    @Test(arguments: ["receipt", "bpi2020-domestic-declarations"])
    func `the mappings that are shipped can be read`(name: String) throws {
        let mapping = try ImportMapping(path: Self.shipped(name))
        #expect(mapping.name.rawValue == name)
        #expect(mapping.rules.count >= 10)
        #expect(mapping.defaults.timeZone?.identifier == "Europe/Amsterdam")
        #expect(mapping.digest.utf8.count == 44)
    }

    static func shipped(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("examples/mappings/\(name).yaml").path
    }
}
