import CaseFlow
import Testing

@Suite("Rule packs")
struct RulePackTests {
    @Test(arguments: RulePackLibrary.shipped)
    func `every shipped pack is read, in both languages`(name: String) throws {
        let pack = try RulePackLibrary.pack(name)
        #expect(pack.code == name && pack.version == 1)
        for clock in pack.clocks {
            #expect(!clock.title[.chinese].isEmpty && clock.title[.chinese] != clock.title[.english])
        }
        #expect(!pack.title[.english].isEmpty && pack.title[.chinese] != pack.title[.english])
    }

    /// RULES, section 1: the articles and the lengths of the Licensing Law.
    @Test func `the licensing law has its limits, powers and grounds`() throws {
        let pack = try RulePackLibrary.pack("cn-licensing")
        func length(_ clock: String) throws -> String {
            let found = try #require(ClockName(rawValue: clock).flatMap(pack.clock))
            guard case .fixed(let limit) = found.length else { return "\(found.length)" }
            return "\(limit), \(found.article[.chinese])"
        }
        #expect(try length("notice") == "5 working-days, 32(4)")
        #expect(try length("decision") == "20 working-days, 42(1)")
        #expect(try length("preliminary-review") == "20 working-days, 43")
        #expect(try length("delivery") == "10 working-days, 44")
        #expect(try length("promise") == "itemOnly")
        let decision = try #require(ClockName(rawValue: "decision").flatMap(pack.clock))
        #expect(decision.handling[.unified]?.limit == Limit(45, .workingDays))
        #expect(decision.handling[.unified]?.article[.english] == "42(2)")
        #expect(
            decision.extensions.map { "\($0.authority) \($0.limit)" } == [
                "organ-head 10 working-days", "government-head 15 working-days",
            ]
        )
        #expect(pack.grounds.count == 8 && pack.groundsArticle?[.english] == "45")
        #expect(pack.pauses == .civil && pack.restDay == .nextWorkingDay && pack.calendar == "cn")
    }

    @Test func `the digest is of the file's bytes`() throws {
        let (one, two) = (
            try RulePack(yaml: Self.small(), file: "x"), try RulePack(yaml: Self.small() + "\n", file: "x")
        )
        #expect(one.digest != two.digest && one.clocks == two.clocks)
    }

    /// A small pack in which one line is replaced.
    private static func small(_ line: Int = 0, _ replacement: String = "") -> String {
        var lines = [
            "pack: tiny", "version: 1", "title: {en: Tiny}", "law: {en: Law}", "calendar: cn",  // 1...5
            "clocks:", "  - clock: decision", "    title: {en: Decision}", "    article: '1'",  // 6...9
            "    starts: received", "    stops: [decided]", "    limit: 20 working-days",  // 10...12
            "    suspendable: true", "    ladder: one",  // 13, 14
            "    extensions: [{authority: head, at-most: 5 working-days, article: '2'}]",  // 15
            "grounds: [{ground: hearing, title: {en: hearing}}]",  // 16
            "ladders: {one: [{rung: red, after-due: 1 working-day}]}",  // 17
        ]
        if line > 0 { lines[line - 1] = replacement }
        return lines.joined(separator: "\n")
    }

    static let wrong: [(line: Int, text: String, told: String)] = [
        (1, "pack: Tiny Pack", "x:1: pack: 'Tiny Pack' is no name"),
        (2, "version: 0", "x:2: version: '0' is not a whole number from 1"),
        (2, "version: one", "x:2: version: 'one'"),
        (2, "versio: 1", "x:2: versio: the key 'versio' is not known here"),
        (2, "", "the key 'version' is missing"),
        (3, "title: {}", "x:3: title: give the text"),
        (3, "title: {fr: Petit}", "x:3: title.fr: the key 'fr' is not known here; known are: zh-CN, en"),
        (5, "calendar: none", "counts working days, but the pack names no calendar"),
        (5, "pauses: sometimes", "x:5: pauses: 'sometimes' is not known here; known are: civil, half-open"),
        (7, "  - clock: Decision", "x:7: clocks[1].clock: the name of a clock"),
        (9, "    article: {fr: un}", "x:9: clocks[1].article.fr: the key 'fr' is not known here"),
        (9, "    article: [1]", "x:9: clocks[1].article: a text is wanted here"),
        (10, "    starts: sometime", "x:10: clocks[1].starts: 'sometime' is not known here"),
        (11, "    stops: decided", "x:11: clocks[1].stops: a list is wanted here"),
        (11, "    stops: []", "x:11: clocks[1].stops: a clock that nothing stops"),
        (
            12, "    limit: 20 service-minutes\n    lapse: deemed-accepted",
            "x:12: clocks[1].limit: a limit whose lapse has"
        ),
        (12, "    limit: twenty days", "x:12: clocks[1].limit: 'twenty days' is no limit"),
        (12, "    limit: -1 working-days", "x:12: clocks[1].limit: '-1 working-days' is no limit"),
        (12, "    limit: 100001 working-days", "is no limit"),
        (12, "    limit: none", "x:12: clocks[1].limit: 'none' needs 'item-limit'"),
        (13, "    suspendable: yes", "x:13: clocks[1].suspendable: 'yes' is neither true nor false"),
        (14, "    ladder: two", "there is no ladder 'two'; the ladders are: one"),
        (15, "    extensions: [{authority: head, article: '2'}]", "x:15: clocks[1].extensions[1]: an extension has"),
        (16, "grounds: []", "can be suspended, but the pack lists no grounds"),
        (17, "ladders: {one: [{rung: red, used: 120 %}]}", "x:17: ladders.one[1].used: '120 %' is no share"),
        (17, "ladders: {one: [{rung: red}]}", "x:17: ladders.one[1]: a rung has 'used' or 'after-due'"),
        (17, "ladders: {one: [", "this is no YAML"),
        (17, "ladders: {one: [], one: []}", "a key occurs twice: one"),
        (1, "\u{7}", "x"),
    ]

    @Test(arguments: wrong)
    func `what is wrong is told with its line`(line: Int, text: String, told: String) throws {
        let error = #expect(throws: YAMLProblem.self) { try RulePack(yaml: Self.small(line, text), file: "x") }
        #expect(error?.description.contains(told) == true, "\(error.map(String.init(describing:)) ?? "nothing")")
    }

    @Test func `an article is a number, the same in all languages, or words in each`() throws {
        let decision = try #require(ClockName(rawValue: "decision"))
        func article(_ text: String) throws -> LocalizedText? {
            try RulePack(yaml: Self.small(9, "    article: \(text)"), file: "x").clock(decision)?.article
        }
        #expect(try article("42(1)") == LocalizedText("42(1)", "42(1)"))
        #expect(try article("{zh-CN: 本中心承诺, en: our promise}") == LocalizedText("our promise", "本中心承诺"))
        for pack in try RulePackLibrary.shipped.map({ try RulePackLibrary.pack($0) }) {
            for text in pack.clocks.map(\.article) + pack.clocks.flatMap(\.extensions).map(\.article) {
                #expect(!text[.chinese].contains(/[A-Za-z]/), "\(pack.code): \(text)")
            }
            #expect(pack.groundsArticle?[.chinese].contains(/[A-Za-z]/) != true, "\(pack.code)")
        }
    }

    @Test func `an empty file, a list and a missing pack are refused`() throws {
        #expect(throws: YAMLProblem.self) { try RulePack(yaml: "", file: "x") }
        #expect(throws: YAMLProblem.self) { try RulePack(yaml: "- a", file: "x") }
        #expect(throws: RulePackLibrary.Problem.self) { try RulePackLibrary.pack("nowhere") }
        #expect(throws: RulePackLibrary.Problem.self) { try RulePackLibrary.pack("./nowhere.yaml") }
    }

    @Test(arguments: ["20 working-days", "1 working-day", "8 calendar-weeks", "0 calendar-days", "15 service-minutes"])
    func `limits are read`(text: String) { #expect(Limit(text) != nil) }

    @Test(arguments: [
        "", "20", "days", "20 days", "2 0 working-days", "1.5 working-days", "99999999999999999999 calendar-days",
    ])
    func `what is no limit is refused`(text: String) { #expect(Limit(text) == nil) }
}
