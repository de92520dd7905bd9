import CaseFlow
import CaseFlowServer
import Testing
import WorkingTime

/// What the reader of profiles says, with its line.
@Suite("A town's profile")
struct TownProfileTests {
    private static let sound = """
        town: probe
        name: {en: Probe}
        region: '510725106'
        hall: 510725106-hall
        hours: '09:00-12:00 14:00-17:00'
        cases: {count: 10, days: 5}
        channels: {window: 1}
        rates: {incomplete: 12 %}
        minutes: {intake: 5, home-visit: 5, at-once: 5, review: 5, verification: 5, certificate: 5, decision: 5, handling: 5}
        figures:
          - {figure: cases, reported: 10, at-least: 5, must: true, words: {en: ten}}
        """

    private func problems(_ from: String, _ to: String) throws -> [String] {
        let text = Self.sound.replacing(from, with: to)
        #expect(text != Self.sound)
        switch TownProfile.read(yaml: text, file: "p.yaml") {
        case .success: return []
        case .failure(let faults): return faults.problems.map(\.description)
        }
    }

    @Test func `a sound profile is read`() throws {
        let profile = try TownProfile.read(yaml: Self.sound, file: "p.yaml").get()
        #expect(profile.town.rawValue == "probe")
        #expect(profile.rates == [.incomplete: 0.12])
        #expect(profile.figures.map(\.line) == [11])
        #expect(profile.channels.map(\.0) == [.window])
    }

    @Test func `what is wrong is told with its line and what would be right`() throws {
        #expect(
            try problems("incomplete: 12 %", "incomplete: 12").contains {
                $0.hasPrefix("p.yaml:8:") && $0.contains("'12' is no share; write it as 12 %")
            }
        )
        #expect(
            try problems("{incomplete", "{incomplet").contains {
                $0.contains("'incomplet' is no rate; known are: incomplete")
            }
        )
        #expect(
            try problems("intake: 5, ", "").contains { $0.hasPrefix("p.yaml:9:") && $0.contains("'intake' is missing") }
        )
        #expect(
            try problems("{window: 1}", "{window: 0}").contains { $0.hasPrefix("p.yaml:7:") && $0.contains("above 0") }
        )
        #expect(
            try problems("window: 1", "door: 1").contains { $0.contains("'door' is not known here; known are: window") }
        )
        #expect(try problems("town: probe\n", "").contains { $0.contains("the key 'town' is missing") })
        #expect(try problems("09:00-12:00 14:00-17:00", "9-12").contains { $0.hasPrefix("p.yaml:5:") })
        #expect(try problems("count: 10", "count: none").contains { $0.contains("not a whole number from 1") })
        #expect(
            try problems("figure: cases", "figure: caces").contains {
                $0.hasPrefix("p.yaml:11:") && $0.contains("known are: cases")
            }
        )
        #expect(try problems("at-least: 5, ", "").contains { $0.contains("needs 'at-least' or 'at-most'") })
        #expect(try problems("at-least: 5", "at-least: 5, at-most: 4").contains { $0.contains("is above 'at-most'") })
        #expect(try problems("region:", "regoin:").count == 2)
        #expect(try problems("town: probe", "town: [").contains { $0.contains("this is no YAML") })
    }

    @Test func `the four towns read without a fault, and another name says what there is`() throws {
        for name in SimulatedTown.names {
            let town = try PlayedTown.profile(name)
            #expect(town.profile.town.rawValue == name)
            #expect(!town.profile.figures.filter(\.isMust).isEmpty)
        }
        let missing = #expect(throws: SimulatedTown.Problem.self) {
            try SimulatedTown.named("atlantis", environment: ["CASEFLOW_TOWNSHIPS": "/nowhere"])
        }
        #expect(missing?.description.contains("the project brings guanyi, puan, langchenggang, jinjie") == true)
    }
}
