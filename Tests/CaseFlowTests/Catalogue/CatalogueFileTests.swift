import CaseFlow
import EventStore
import Foundation
import Support
import Testing

/// Catalogues as files: YAML that cannot be read, tables, and the towns that come with the project.
@Suite struct CatalogueFileTests {
    static let unreadable: [(line: Int, text: String, told: String)] = [
        (1, "catalogue: Small Town", "x:1: catalogue: 'Small Town': a short name may hold only lower-case letters"),
        (1, "catalog: small", "x:1: catalog: the key 'catalog' is not known here; known are: catalogue"),
        (2, "region: 5107", "x:2: region: '5107': a region's code must have 6, 9 or 12 digits"),
        (3, "rule-pack: [a]", "x:3: rule-pack: a text is wanted here"),
        (5, "  - {unit: h, posts: {window: 1}}", "x:5: network[1].unit: 'h': a unit's code must have 2 characters"),
        (
            5, "  - {unit: hall, posts: {baker: 1}}",
            "x:5: network[1].posts.baker: 'baker' is no role; known are: window"
        ),
        (5, "  - {unit: hall, posts: {window: many}}", "x:5: network[1].posts.window: 'many' is not a whole number"),
        (5, "  - {posts: {window: 1}}", "x:5: network[1]: the key 'unit' is missing"),
        (9, "things:", "x:10: things: the key 'things' is not known here"),
        (10, "  - item: 林木", "x:10: items[1].item: '林木': an item's code may hold only the letters"),
        (10, "  - item: A-", "an item's code must begin and end with a letter or a digit"),
        (10, "  - item: A12", "an item's code must have 6 characters at least"),
        (10, "  - power: licence", "the key 'item' is missing"),
        (11, "    name: {}", "items[1].name: give the text in one language at least"),
        (11, "    name: {fr: Petit}", "items[1].name.fr: the key 'fr' is not known here"),
        (11, "", "the key 'name' is missing"),
        (12, "    category: other", "items[1].category: 'other' is not known here; known are: stationed-approval"),
        (13, "    kind: later", "items[1].kind: 'later' is not known here; known are: on-the-spot, promised"),
        (14, "    unit: 林业站", "items[1].unit: '林业站': a unit's code may hold only"),
        (14, "    power: magic", "items[1].power: 'magic' is not known here; known are: licence"),
        (15, "    statute: twenty days", "items[1].statute: 'twenty days' is no limit; write a whole number"),
        (16, "    promise: -1 working-days", "items[1].promise: '-1 working-days' is no limit"),
        (17, "    visits: 2", "items[1].visits: '2' is not a whole number from 0 to 1"),
        (18, "    channels: [window, pigeon]", "items[1].channels[2]: 'pigeon' is not known here; known are: window"),
        (18, "    channels: [window, window]", "items[1].channels[2]: it occurs twice"),
        (19, "    fee: 5", "items[1].fee: write none, or {yuan: 5.00"),
        (19, "    fee: {yuan: 5.00}", "items[1].fee: the key 'basis' is missing"),
        (19, "    fee: {yuan: 5.001, basis: {en: law}}", "items[1].fee.yuan: '5.001' is no amount in yuan"),
        (19, "    fee: {yuan: 0, basis: {en: law}}", "items[1].fee.yuan: '0' is no amount in yuan"),
        (21, "      - {material: {en: card}, trust: blind}", "items[1].materials[1].trust: 'blind' is not known here"),
        (21, "      - {material: {en: card}}", "items[1].materials[1]: the key 'trust' is missing"),
        (
            21, "      - {material: {en: card}, trust: copy, may-follow: soon}",
            "materials[1].may-follow: 'soon' is no limit"
        ),
        (
            24, "      - {stage: Visit, kind: review, unit: forest, role: reviewer}",
            "stages[1].stage: 'Visit': a short name"
        ),
        (
            24, "      - {stage: a, kind: rest, unit: forest, role: reviewer}",
            "stages[1].kind: 'rest' is not known here"
        ),
        (
            24, "      - {stage: a, kind: review, unit: '@town', role: reviewer}",
            "stages[1].unit: '@town': a unit's code"
        ),
        (
            24, "      - {stage: a, kind: review, unit: forest, role: baker}",
            "stages[1].role: 'baker' is not known here"
        ),
        (24, "      - {stage: a, kind: review, unit: forest}", "stages[1]: the key 'role' is missing"),
        (
            26, "          - {stage: visit, kind: review, unit: forest, role: reviewer, after: visit}",
            "a list is wanted here"
        ),
        (29, "    results: licence", "items[1].results: a list is wanted here"),
        (30, "    seal: The Seal", "items[1].seal: 'The Seal': a short name"),
        (30, "    seal: [", "this is no YAML"),
        (30, "    seal: a\n    seal: b", "a key occurs twice: seal"),
    ]

    @Test(arguments: unreadable)
    func `what cannot be read is told with its line`(line: Int, text: String, told: String) {
        let file = SmallCatalogue.file([line: text])
        let found = file.findings.filter { $0.description.contains(told) }
        #expect(found.count == 1, "\(file.findings)")
        // What is missing, or twice, is told where its mapping begins: at the item, line 10.
        let place = found.first?.line ?? 0
        #expect(place == line || place == 10 || told == "this is no YAML" && place >= line, "\(file.findings)")
        #expect(found.first?.issue.rule == .unreadable && found.first?.isRemark == false)
        #expect(found.first?.description.contains("docs/guides/catalogue.md") == true)
    }

    @Test func `all that cannot be read is told, not only the first, and the other items are read`() {
        let file = SmallCatalogue.file([
            13: "    kind: later", 16: "    promise: soon", 18: "    channels: [pigeon]",
            30: "    seal: a\n  - {item: other-1, name: {en: B}, category: direct-service, kind: promised}",
        ])
        #expect(file.findings.map(\.line) == [13, 16, 18])
        #expect(file.findings.allSatisfy { $0.item?.rawValue == SmallCatalogue.code })
        #expect(file.entries.map(\.item.code.rawValue) == ["other-1"] && file.entries[0].line == 31)
    }

    @Test(arguments: ["", "- a", "catalogue: a", "\u{7}"])
    func `a text that is no catalogue gives a finding and no items`(text: String) {
        let file = CatalogueFile(yaml: text, file: "x")
        #expect(file.findings.count == 1 && file.entries.isEmpty, "\(file.findings)")
    }

    @Test(arguments: [("5", 500), ("5.5", 550), ("5.05", 505), ("0.01", 1), ("1000000", 100_000_000)])
    func `an amount in yuan is read without rounding`(text: String, fen: Int) throws {
        #expect(ServiceItem.Fee.fen(yuan: text) == fen)
        let fee = try #require(ServiceItem.Fee(fen: fen, basis: LocalizedText("a", "b")))
        #expect(ServiceItem.Fee.fen(yuan: fee.yuan) == fen)
    }

    @Test(arguments: ["", ".", "5.", ".5", "-5", "5,00", "1e3", "5.001", "99999999999999999999", "1000001"])
    func `what is no amount is refused`(text: String) {
        let fee = ServiceItem.Fee.fen(yuan: text).flatMap { ServiceItem.Fee(fen: $0, basis: LocalizedText("a", "b")) }
        #expect(fee == nil)
    }

    static let towns = ["guanyi": 23, "puan": 22, "langchenggang": 29, "jinjie": 24]

    @Test(arguments: towns.keys.sorted())
    func `the towns' catalogues have no findings, not even remarks`(town: String) throws {
        let path = "examples/townships/\(town)/catalogue.yaml"
        let file = CatalogueFile(yaml: try String(contentsOf: repositoryFile(path), encoding: .utf8), file: path)
        #expect(file.title?.rawValue == town)
        #expect(file.entries.count == Self.towns[town])
        let beside = repositoryFile("examples/townships/\(town)/network.yaml")
        let network = NetworkFile(yaml: try String(contentsOf: beside, encoding: .utf8), file: town)
        let day = SmallTown.day("2026-11-22")
        let known = NetworkFile.network(of: [network], on: day).on(day)
        let findings = CatalogueFile.findings(in: [file], try ItemCheck.shipped(network: known))
        #expect(findings.map(\.description) == [])
        let items = file.entries.map(\.item)
        #expect(Set(items.map(\.category)) == Set(ServiceItem.Category.allCases))
        #expect(Set(items.map(\.kind)) == Set(ServiceItem.Kind.allCases))
        #expect(items.contains { $0.stageGroups.contains { $0.count > 1 } }, "none has stages in parallel")
        #expect(Set(items.flatMap(\.stages).map(\.kind)) == Set(ServiceItem.StageKind.allCases))
    }
}
