import Foundation
import Support
import Testing

/// `import xes --mapping` and the exports, as their users call them.
@Suite struct MappingCommandTests {
    private static let mapping = """
        mapping: small
        activities:
          - { activity: receive, facts: [received] }
          - activity: sign
            facts:
              - stage-signed: { stage: land, finding: agreement }
              - decided: { granted: true }

        """

    @Test func `a mapping makes facts, tells what it has kept, and refuses what came in without it`() async throws {
        let caseflowd = try Caseflowd(try await TestCluster.shared.database())
        let file = try caseflowd.scratch.write("small.xes", smallLog)
        let mapping = try caseflowd.scratch.write("small.yaml", Self.mapping)
        let call = ["import", "xes", file, "--mapping", mapping, "--log", "xin"]
        let first = try await caseflowd.run(call + ["--json"])
        #expect(first.status == 0, "\(first.errors)")
        let mapped = try #require(try first.json()["mapped"] as? [String: Any])
        #expect(mapped["mapping"] as? String == "small")
        #expect([mapped["mappedEvents"] as? Int, mapped["keptEvents"] as? Int] == [3, 1])
        let facts = try #require(mapped["facts"] as? [[String: Any]])
        #expect(facts.map { $0["name"] as? String } == ["decided granted", "received", "stage-signed agreement"])
        #expect(facts.map { $0["cases"] as? Int } == [1, 2, 1])
        let kept = try #require(mapped["kept"] as? [[String: Any]])
        #expect(kept.map { $0["activity"] as? String } == ["review"])
        #expect(kept.map { $0["reason"] as? String } == ["the mapping does not name it"])

        let again = try await caseflowd.run(call)
        #expect(again.status == 0, "\(again.errors)")
        #expect(again.output.contains("0 cases and 0 events brought in"))
        #expect(again.output.contains("mapping small: 3 events came to facts, 1 are kept as steps"))
        #expect(again.output.contains("stage-signed agreement  1       1      0"))
        let without = try await caseflowd("import", "xes", file, "--log", "xin")
        #expect(without.status == 1)
        #expect(
            without.errors.contains(
                "step 3 ('sign') as stage-signed and decided, and this import makes it a recorded step"
            )
        )
        let replay = try await caseflowd("case", "replay", "A-1", "--log", "xin", "--json")
        #expect(replay.output.contains("\"source\":{\"activity\":\"sign\""))

        let bad = try caseflowd.scratch.write(
            "bad.yaml",
            "mapping: small\nactivities:\n  - activity: a\n    facts: [gone]\n"
        )
        let refused = try await caseflowd("import", "xes", file, "--mapping", bad, "--log", "other")
        #expect(refused.status == 1)
        #expect(
            refused.errors.contains("bad.yaml:4: activities[1].facts[1]: 'gone' is no fact that a mapping can name")
        )
        #expect(!(try await caseflowd("log", "list").output.contains("other")))

        for (format, name) in [("ocel", "o.json"), ("csv", "o.csv"), ("cloudevents", "o.jsonl"), ("xes", "o.xes")] {
            let path = caseflowd.scratch.path(name)
            let run = try await caseflowd("export", format, path, "--json", "--log", "xin")
            #expect(run.status == 0, "\(run.errors)")
            let events = try #require(try run.json()["events"] as? Int)
            #expect(format == "xes" ? events == 4 : events > 9, "\(format)")
            let text = try String(contentsOfFile: path, encoding: .utf8)
            #expect(text.contains(format == "xes" ? "sign" : "case.stage-signed/1"), "\(format)")
            let none = try await caseflowd("export", format, caseflowd.scratch.path("no/such/\(name)"), "--log", "xin")
            #expect(none.status == 1)
            #expect(none.errors.contains("no file can be made in its directory"))
        }
    }
}
