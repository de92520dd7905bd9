import CaseFlow
import EventStore
import Foundation
import Testing

/// What is wrong with a catalogue is told, all of it, with file, line and mend.
@Suite struct CatalogueCheckTests {
    @Test func `a sound catalogue has no findings`() throws {
        #expect(try SmallCatalogue.findings().map(\.description) == [])
        let item = try SmallCatalogue.item()
        #expect(item.stages.map { $0.after.map(\.rawValue) } == [[], ["village"], ["village"], ["visit", "papers"]])
        #expect(item.stageGroups.map { $0.map(\.name.rawValue) } == [["village"], ["visit", "papers"], ["decision"]])
        #expect(item.region?.rawValue == "510725106" && item.rulePack?.rawValue == "cn-licensing")
        #expect(
            item.materials[1].mayFollow == Limit(5, .workingDays) && item.fee == nil
                && item.seal?.rawValue == "approval"
        )
    }

    struct Wrong: Sendable, CustomTestStringConvertible {
        let rule: ItemIssue.Rule
        let lines: [Int: String]
        /// `LINE what`, as it begins behind the code.
        let line: Int
        let told: String
        let mend: String
        var testDescription: String { "\(rule.rawValue): \(told)" }

        init(_ rule: ItemIssue.Rule, _ lines: [Int: String], at line: Int, _ told: String, mend: String) {
            (self.rule, self.lines, self.line, self.told, self.mend) = (rule, lines, line, told, mend)
        }
    }

    private static let decision = "unit: forest, role: approver, limit: 3 working-days}"

    static let wrong: [Wrong] = [
        Wrong(
            .promiseExceedsStatute,
            [15: "    statute: 9 working-days"],
            at: 16,
            "the promise of 10 working-days is longer than the statute's 9 working-days;",
            mend: "promise 9 working-days at most"
        ),
        // Ten working days are never within ten calendar days …
        Wrong(
            .promiseExceedsStatute,
            [15: "    statute: 10 calendar-days"],
            at: 16,
            "the promise of 10 working-days is longer than the statute's 10 calendar-days (from ",
            mend: "promise 10 calendar-days"
        ),
        // … and within three weeks only where no long holiday lies in between.
        Wrong(
            .promiseExceedsStatute,
            [15: "    statute: 15 calendar-days"],
            at: 16,
            "the promise of 10 working-days is longer than the statute's 15 calendar-days (from ",
            mend: "promise 15 calendar-days"
        ),
        Wrong(
            .limitOfKind,
            [13: "    kind: on-the-spot"],
            at: 16,
            "an item on the spot promises minutes, not 10 working-days",
            mend: "write it as 30 service-minutes"
        ),
        Wrong(
            .limitOfKind,
            [
                16: "    promise: 30 service-minutes", 22: "      - {material: {zh-CN: a, en: a}, trust: copy}",
                24: "      - {stage: village, kind: village-certificate, unit: '@village', role: agent}",
                26: "          - {stage: visit, kind: verification, unit: forest, role: reviewer}",
                27: "          - {stage: papers, kind: review, unit: forest, role: reviewer}",
                28: "      - {stage: decision, kind: decision, unit: forest, role: approver}",
            ],
            at: 16,
            "a promised item promises days, not 30 service-minutes",
            mend: "write it as 5 working-days"
        ),
        Wrong(
            .followsTooLate,
            [22: "      - {material: {zh-CN: a, en: a}, trust: copy, may-follow: 11 working-days}"],
            at: 22,
            "the material may follow for 11 working-days, longer than the item's 10 working-days",
            mend: "let it follow within 10 working-days"
        ),
        Wrong(.noChannel, [18: "    channels: []"], at: 18, "there is no channel", mend: "name one at least"),
        Wrong(
            .noWayWithoutVisit,
            [17: "    visits: 0", 18: "    channels: [window, appointment]"],
            at: 17,
            "no visit is promised, but every channel needs one",
            mend: "add agent, home-visit, online or post"
        ),
        Wrong(
            .noAgent,
            [12: "    category: village-agent", 18: "    channels: [window]"],
            at: 18,
            "a village agent's item cannot be asked for through an agent",
            mend: "add agent to the channels"
        ),
        Wrong(
            .duplicateStage,
            [27: "          - {stage: visit, kind: review, unit: forest, role: reviewer}"],
            at: 27,
            "there is another stage 'visit' before it",
            mend: "give each stage a name of its own"
        ),
        Wrong(
            .unknownStage,
            [28: "      - {stage: decision, kind: decision, after: [papers, photo], \(decision)"],
            at: 28,
            "'decision' waits for the stage 'photo', which there is not",
            mend: "name one of decision, papers, village, visit"
        ),
        Wrong(
            .unreachableStage,
            [29: "      - {stage: late, kind: review, unit: forest, role: reviewer}"],
            at: 29,
            "'late' is never reached: the procedure ends with the decision 'decision'",
            mend: "put it before the decision"
        ),
        Wrong(
            .unreachableStage,
            [29: "      - {stage: loop, kind: review, unit: forest, role: reviewer, after: [loop]}"],
            at: 29,
            "'loop' is never reached: it waits for loop, which never ends before it",
            mend: "break the circle"
        ),
        Wrong(
            .noDecision,
            [28: "      - {stage: decision, kind: review, unit: forest, role: approver}"],
            at: 23,
            "the procedure comes to no decision and to no forwarding",
            mend: "end it with a stage of the kind decision"
        ),
        Wrong(
            .stagesOfCategory,
            [12: "    category: preliminary-review"],
            at: 12,
            "preliminary review and forwarding needs stages of both kinds",
            mend: "add stages of the kinds"
        ),
        Wrong(
            .stagesOfCategory,
            [27: "          - {stage: up, kind: forwarding, unit: county-forest, role: approver}"],
            at: 27,
            "an item of the category stationed-approval is decided here, and this stage forwards it",
            mend: "take the stage out"
        ),
        // 2 + the longer one of 4 and 5, + 4.
        Wrong(
            .stagesExceedTotal,
            [28: "      - {stage: decision, kind: decision, unit: forest, role: approver, limit: 4 working-days}"],
            at: 23,
            "the stages one after another may take longer than the item's 10 working-days (11 working-days together)",
            mend: "shorten stages"
        ),
        Wrong(
            .stagesExceedTotal,
            [28: "      - {stage: decision, kind: decision, unit: forest, role: approver, limit: 12 calendar-days}"],
            at: 23,
            "the stages one after another may take longer than the item's 10 working-days (from ",
            mend: "shorten stages"
        ),
        Wrong(.unknownUnit, [14: "    unit: wood"], at: 14, "the network has no unit 'wood'", mend: "correct the code"),
        Wrong(
            .unknownUnit,
            [27: "          - {stage: papers, kind: review, unit: wood, role: reviewer}"],
            at: 27,
            "the network has no unit 'wood'",
            mend: "correct the code, or add the unit"
        ),
        Wrong(
            .unknownUnit,
            [8: "  - {unit: v01, posts: {agent: 1}}"],
            at: 24,
            "the network has no village's station",
            mend: "kind: village-station"
        ),
        Wrong(
            .missingPost,
            [28: "      - {stage: decision, kind: decision, unit: forest, role: director}"],
            at: 28,
            "forest has no post of the role director for 'decision'",
            mend: "add the post to the network"
        ),
        Wrong(
            .missingPost,
            [6: "  - {unit: forest, posts: {reviewer: 1, approver: 1}}"],
            at: 26,
            "forest has 1 of 2 posts of the role reviewer for 'visit'",
            mend: "add the post"
        ),
        Wrong(
            .missingPost,
            [8: "  - {unit: v01, village: true}"],
            at: 24,
            "v01 has no post of the role agent",
            mend: "add the post"
        ),
        Wrong(
            .unknownRulePack,
            [3: "rule-pack: mars-law"],
            at: 10,
            "there is no rule pack 'mars-law'",
            mend: "use one of cn-licensing, nl-wabo, uk-foi"
        ),
        Wrong(
            .nameInOneLanguage,
            [11: "    name: 林木采伐许可"],
            at: 11,
            "the name is given in one language only",
            mend: "{zh-CN: …, en: …}"
        ),
        Wrong(
            .noLimit,
            [15: "    statute: none", 16: "    promise: none"],
            at: 10,
            "it has neither a statutory nor a promised limit",
            mend: "give a promise"
        ),
        Wrong(
            .notComparable,
            [3: "", 15: "    statute: 3 calendar-weeks"],
            at: 16,
            "10 working-days and 3 calendar-weeks cannot be compared",
            mend: "give both in one unit"
        ),
        Wrong(
            .noStages,
            Dictionary(uniqueKeysWithValues: (23...28).map { ($0, $0 == 23 ? "    stages: []" : "") }),
            at: 23,
            "it has no procedure",
            mend: "give its stages"
        ),
        Wrong(
            .duplicateCode,
            [
                30:
                    "  - {item: \(SmallCatalogue.code), name: {zh-CN: 甲, en: A}, category: direct-service, kind: promised}"
            ],
            at: 30,
            "the code stands at x:10, too",
            mend: "give each item a code of its own"
        ),
    ]

    @Test(arguments: wrong)
    func `each thing that is wrong is told with its line and what to do`(_ wrong: Wrong) throws {
        let all = try SmallCatalogue.findings(wrong.lines)
        let found = all.filter { $0.issue.rule == wrong.rule }
        let told = try #require(found.first, "\(all)")
        #expect(found.count == 1, "\(found)")
        #expect(told.description.hasPrefix("x:\(wrong.line): \(SmallCatalogue.code): \(wrong.told)"), "\(told)")
        #expect(told.issue.mend[.english].contains(wrong.mend), "\(told)")
        #expect(told.isRemark == wrong.rule.isRemark)
        // In Chinese, too: words of its own.
        #expect(told.words(.chinese) != told.description && told.issue.mend[.chinese] != told.issue.mend[.english])
    }

    @Test func `every rule is met by a test`() {
        let elsewhere: Set<ItemIssue.Rule> = [.unreadable, .noNetwork, .notTakenOver]
        #expect(Set(Self.wrong.map(\.rule)).union(elsewhere) == Set(ItemIssue.Rule.allCases))
    }

    @Test func `all findings of all items are told, in the order of the lines`() throws {
        let findings = try SmallCatalogue.findings([
            14: "    unit: wood", 15: "    statute: 5 working-days", 17: "    visits: 0", 18: "    channels: [window]",
            28: "      - {stage: decision, kind: decision, unit: wood, role: approver, limit: 30 working-days}",
        ])
        #expect(
            findings.map { "\($0.line ?? 0) \($0.issue.rule.rawValue)" } == [
                "14 unknown-unit", "16 promise-exceeds-statute", "17 no-way-without-visit", "23 stages-exceed-total",
                "28 unknown-unit",
            ]
        )
    }

    @Test func `a code that stands in two files is told at the second`() throws {
        let (one, two) = (SmallCatalogue.file(name: "one.yaml"), SmallCatalogue.file(name: "two.yaml"))
        let findings = CatalogueFile.findings(in: [one, two], try ItemCheck.shipped(network: one.network))
        #expect(findings.map(\.file) == ["two.yaml"] && findings[0].issue.rule == .duplicateCode)
        #expect(findings[0].issue.what[.english] == "the code stands at one.yaml:10, too")
    }

    @Test func `without a network units and posts are not checked, and that is said`() throws {
        let findings = CatalogueFile.findings(in: [SmallCatalogue.file()], try ItemCheck.shipped())
        #expect(findings.map(\.issue.rule) == [.noNetwork] && findings[0].isRemark)
    }

    static let fits: [(promise: String, statute: String, fits: Bool)] = [
        ("20 working-days", "20 working-days", true), ("21 working-days", "20 working-days", false),
        ("7 calendar-days", "1 calendar-weeks", true), ("8 calendar-days", "1 calendar-weeks", false),
        // The last day of a limit in calendar days moves on to a working day, as the other's does.
        ("5 calendar-days", "5 working-days", true), ("20 calendar-days", "20 working-days", true),
        ("5 working-days", "5 calendar-days", false), ("1 working-days", "1 calendar-days", true),
        ("20 working-days", "2 calendar-months", true), ("20 working-days", "1 calendar-months", false),
        ("60 service-minutes", "3 working-days", true),
    ]

    @Test(arguments: fits)
    func `a promise in one unit is held against a statute in another by counting it out`(
        promise: String,
        statute: String,
        fits: Bool
    ) throws {
        var item = try SmallCatalogue.item()
        (item.promise, item.statute) = (Limit(promise), Limit(statute))
        if item.promise?.unit == .serviceMinutes { item.kind = .onTheSpot }
        (item.materials, item.stages) = ([], [])
        let rules = try ItemCheck.shipped().issues(of: item).map(\.rule)
        #expect(rules == (fits ? [.noStages] : [.promiseExceedsStatute, .noStages]))
    }

    @Test func `the day of the example is one on which it is so`() throws {
        let told = try SmallCatalogue.findings([15: "    statute: 15 calendar-days"]).map(\.description).joined()
        #expect(told.contains("% of days"), "\(told)")
        #expect(told.contains(/from 20\d\d-\d\d-\d\d it ends on 20\d\d-\d\d-\d\d, not on 20\d\d-\d\d-\d\d/), "\(told)")
    }
}
