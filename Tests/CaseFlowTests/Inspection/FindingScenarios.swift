import EventStore
import WorkingTime

@testable import CaseFlow

/// A life that raises a finding, and near misses that do not, in plain words. Lives begin on Monday, 2 March 2026; a
/// felling licence has 10 working days by the promise (16 March) and 20 by law (30 March).
struct FindingScenario: Sendable, CustomStringConvertible {
    typealias Life = @Sendable (inout InspectedCase) throws -> Void

    let rule: FindingRule
    let words: String
    /// The day from which on it is so.
    let on: String
    /// Whose it is; '' for nobody by name.
    var officer: String?
    /// The unit whose it is.
    var unit: String?
    let raises: Life
    /// Each with the day on which it is looked at.
    let misses: [(words: String, asOf: String, life: Life)]

    var description: String { "\(rule.rawValue): \(words)" }

    init(
        _ rule: FindingRule,
        _ words: String,
        on day: String,
        officer: String? = nil,
        unit: String? = nil,
        _ raises: @escaping Life,
        misses: [(words: String, asOf: String, life: Life)]
    ) {
        (self.rule, self.words, on, self.raises) = (rule, words, day, raises)
        (self.officer, self.unit) = (officer, unit)
        self.misses = misses
    }

    /// Taken in and accepted at once.
    static func accepted(_ life: inout InspectedCase) throws {
        try life.receive(on: "2026-03-02")
        try life.on(nil, .accept, by: .window)
    }

    /// All stages before the decision on the first day.
    static func toDecide(_ life: inout InspectedCase) throws {
        try accepted(&life)
        try life.on(nil, .sign("village"), by: .agent)
        try life.on(nil, .sign("papers"), by: .reviewer)
        try life.on(nil, .sign("visit"), by: .reviewer)
        try life.on(nil, .sign("visit"), by: .reviewer2)
    }

    /// The same, but that the title may follow within five days.
    static func toDecideWithoutTitle(_ life: inout InspectedCase) throws {
        try life.receive(["card"], on: "2026-03-02")
        try life.on(nil, .materialDeferred("title", within: five), by: .window)
        try life.on(nil, .accept, by: .window)
        try life.on(nil, .sign("village"), by: .agent)
        try life.on(nil, .sign("papers"), by: .reviewer)
        try life.on(nil, .sign("visit"), by: .reviewer)
        try life.on(nil, .sign("visit"), by: .reviewer2)
    }

    static func granted(_ life: inout InspectedCase) throws {
        try toDecide(&life)
        try life.on("2026-03-03", .grant, by: .approver)
    }

    static let five = Limit(5, .workingDays) ?? .none
    static let document = String(repeating: "A", count: 43) + "="
    static let otherDocument = String(repeating: "B", count: 43) + "="

    static func use(_ hand: CentreCase.Hand, _ matter: String = "approval") -> Case.ProcedureFact {
        .sealed(
            Case.SealUse(matter: ShortName(trusted: matter), document: document, keeper: hand.standing.officer)
        )
    }

    static let all: [FindingScenario] = time + entry + citizen + fees + stages + hands
}

extension FindingScenario {
    static let time: [FindingScenario] = [
        FindingScenario(
            .idleCase,
            "ten working days without a step, while the village had it",
            on: "2026-03-17",
            officer: "",
            unit: "v01",
            { try accepted(&$0) },
            misses: [
                ("the tenth day is not over yet", "2026-03-16", { try accepted(&$0) }),
                (
                    "the county had it all the time", "2026-05-29",
                    {
                        $0 = try InspectedCase.forwarded()
                        try accepted(&$0)
                        try $0.on(nil, .sign("review"), by: .reviewer)
                        let county = UnitCode(trusted: "county-forest")
                        try $0.on(nil, .forwarded(stage: "county", to: county, reference: "Z-7"), by: .reviewer)
                    }
                ),
                (
                    "a step on the tenth day", "2026-03-20",
                    {
                        try accepted(&$0)
                        try $0.on("2026-03-16", .sign("village"), by: .agent)
                    }
                ),
                (
                    "the citizen had it all the time", "2026-05-29",
                    {
                        try $0.receive(["card"], on: "2026-03-02")
                        try $0.on(nil, .supplementNoticed(materials: ["title"], within: five), by: .window)
                    }
                ),
                (
                    "it stood still for a listed ground", "2026-03-20",
                    {
                        try accepted(&$0)
                        try $0.on("2026-03-05", .suspended(ground: "testing", told: five), by: .reviewer)
                        try $0.on("2026-03-18", .resumed, by: .reviewer)
                    }
                ),
                (
                    "it was withdrawn", "2026-05-29",
                    {
                        try accepted(&$0)
                        try $0.on(nil, .withdrawn, by: .window)
                    }
                ),
            ]
        ),
        FindingScenario(
            .idleCase,
            "a late pause is no excuse",
            on: "2026-04-16",
            {
                try accepted(&$0)
                try $0.on("2026-03-16", .sign("village"), by: .agent)
                try $0.stands(
                    .suspended(ground: "testing", told: five),
                    at: "2026-03-17",
                    by: .reviewer,
                    recordedAt: "2026-03-31"
                )
                try $0.stands(.stageSigned(stage: "papers", .agreement, remark: ""), at: "2026-03-31", by: .reviewer)
            },
            misses: [
                (
                    "one that came in time is", "2026-05-29",
                    {
                        try accepted(&$0)
                        try $0.on("2026-03-16", .sign("village"), by: .agent)
                        try $0.on("2026-03-27", .suspended(ground: "testing", told: five), by: .reviewer)
                    }
                )
            ]
        ),
        FindingScenario(
            .idleCase,
            "it was given to an officer, and from that one to another, and nothing was done",
            on: "2026-03-17",
            officer: "reviewer2",
            {
                try accepted(&$0)
                try $0.on(nil, .sign("village"), by: .agent)
                let (one, other) = (
                    CentreCase.Hand.reviewer.standing.officer, CentreCase.Hand.reviewer2.standing.officer
                )
                try $0.on("2026-03-06", .assigned(stage: "visit", to: one), by: .director)
                try $0.stands(
                    .handedOver(stage: "visit", from: one, to: other, reason: "leave"),
                    at: "2026-03-12",
                    by: .director
                )
            },
            misses: [
                (
                    "that one has signed", "2026-03-20",
                    {
                        try accepted(&$0)
                        try $0.on(nil, .sign("village"), by: .agent)
                        let one = CentreCase.Hand.reviewer.standing.officer
                        try $0.on("2026-03-06", .assigned(stage: "visit", to: one), by: .director)
                        try $0.on("2026-03-12", .sign("visit"), by: .reviewer)
                    }
                )
            ]
        ),
        FindingScenario(
            .missedNotice,
            "five working days, and nobody said anything",
            on: "2026-03-10",
            officer: "window",
            { try $0.receive(on: "2026-03-02") },
            misses: [
                ("the fifth day is not over", "2026-03-09", { try $0.receive(on: "2026-03-02") }),
                (
                    "told on the fifth day what is missing", "2026-03-31",
                    {
                        try $0.receive(["card"], on: "2026-03-02")
                        try $0.on("2026-03-09", .supplementNoticed(materials: ["title"], within: five), by: .window)
                    }
                ),
            ]
        ),
        FindingScenario(
            .missedNotice,
            "it counts as accepted since its receipt",
            on: "2026-03-10",
            officer: "window",
            {
                try $0.receive(on: "2026-03-02")
                try $0.stands(.accepted(isDeemed: true), at: "2026-03-02", by: .director, recordedAt: "2026-03-12")
            },
            misses: [
                (
                    "accepted on the fifth day", "2026-03-31",
                    {
                        try $0.receive(on: "2026-03-02")
                        try $0.on("2026-03-09", .accept, by: .window)
                    }
                )
            ]
        ),
        FindingScenario(
            .lateStep,
            "the village took three of its two days, and the case is in time",
            on: "2026-03-05",
            officer: "",
            unit: "v01",
            {
                try accepted(&$0)
                try $0.on("2026-03-05", .sign("village"), by: .agent)
            },
            misses: [
                (
                    "signed on its last day", "2026-03-05",
                    {
                        try accepted(&$0)
                        try $0.on("2026-03-04", .sign("village"), by: .agent)
                    }
                ),
                (
                    "the step was late when the case was late already", "2026-03-31",
                    {
                        try toDecide(&$0)
                        // Sent back behind the promise's end; the papers' own five days are over on the 26th.
                        try $0.on("2026-03-03", .back("decision", to: "papers"), by: .approver)
                        try $0.on("2026-03-10", .sign("papers"), by: .reviewer)
                        try $0.on("2026-03-12", .back("decision", to: "papers"), by: .approver)
                    }
                ),
            ]
        ),
        FindingScenario(
            .lateStep,
            "the approver took four of three days after the citizen's material had come",
            on: "2026-03-12",
            officer: "",
            unit: "forest",
            {
                try toDecideWithoutTitle(&$0)
                try $0.on("2026-03-06", .materialFollowed("title"), by: .window)
                try $0.on("2026-03-12", .grant, by: .approver)
            },
            misses: [
                (
                    "the citizen's material was missing on the days before", "2026-03-31",
                    {
                        try toDecideWithoutTitle(&$0)
                        try $0.on("2026-03-06", .materialFollowed("title"), by: .window)
                        try $0.on("2026-03-11", .grant, by: .approver)
                    }
                ),
                ("the citizen's material is still missing", "2026-03-13", { try toDecideWithoutTitle(&$0) }),
            ]
        ),
        FindingScenario(
            .toldLengthOverrun,
            "told five days, and it lasted six",
            on: "2026-03-12",
            officer: "",
            unit: "v01",
            {
                try accepted(&$0)
                try $0.on("2026-03-04", .suspended(ground: "testing", told: five), by: .reviewer)
                try $0.on("2026-03-12", .resumed, by: .reviewer)
            },
            misses: [
                (
                    "resumed on the last day that was told", "2026-03-31",
                    {
                        try accepted(&$0)
                        try $0.on("2026-03-04", .suspended(ground: "testing", told: five), by: .reviewer)
                        try $0.on("2026-03-11", .resumed, by: .reviewer)
                    }
                ),
                (
                    "it still stands still on the last day", "2026-03-11",
                    {
                        try accepted(&$0)
                        try $0.on("2026-03-04", .suspended(ground: "testing", told: five), by: .reviewer)
                    }
                ),
            ]
        ),
        FindingScenario(
            .toldLengthOverrun,
            "nobody has resumed it",
            on: "2026-03-12",
            officer: "",
            unit: "v01",
            {
                try accepted(&$0)
                try $0.on("2026-03-04", .suspended(ground: "testing", told: five), by: .reviewer)
            },
            misses: [
                (
                    "it was withdrawn meanwhile", "2026-03-31",
                    {
                        try accepted(&$0)
                        try $0.on("2026-03-04", .suspended(ground: "testing", told: five), by: .reviewer)
                        try $0.on("2026-03-06", .withdrawn, by: .window)
                    }
                )
            ]
        ),
        FindingScenario(
            .lateExtension,
            "prolonged on the day after the limit",
            on: "2026-03-31",
            officer: "director",
            {
                try accepted(&$0)
                try $0.stands(extension10, at: "2026-03-30", by: .director, recordedAt: "2026-03-31")
            },
            misses: [
                (
                    "prolonged on the last day", "2026-04-30",
                    {
                        try accepted(&$0)
                        try $0.stands(extension10, at: "2026-03-30", by: .director, recordedAt: "2026-03-30T17:00")
                    }
                )
            ]
        ),
        FindingScenario(
            .latePause,
            "suspended when the promise was over",
            on: "2026-03-17",
            officer: "reviewer",
            {
                try accepted(&$0)
                try $0.stands(
                    .suspended(ground: "testing", told: five),
                    at: "2026-03-13",
                    by: .reviewer,
                    recordedAt: "2026-03-17"
                )
            },
            misses: [
                (
                    "suspended on the promise's last day", "2026-04-30",
                    {
                        try accepted(&$0)
                        try $0.on("2026-03-16", .suspended(ground: "testing", told: five), by: .reviewer)
                    }
                )
            ]
        ),
    ]

    private static let decisionClock: ClockName = {
        guard let name = ClockName(rawValue: "decision") else { preconditionFailure("a constant of the test") }
        return name
    }()

    private static let extension10 = Case.ProcedureFact.extended(
        decisionClock,
        by: Limit(10, .workingDays) ?? .none,
        authority: "organ-head",
        reason: "a survey"
    )

    static let entry: [FindingScenario] = [
        FindingScenario(
            .lateEntry,
            "the village took it in, and uploaded the receipt 25 hours later",
            on: "2026-03-03",
            officer: "agent",
            {
                $0.delay = 25 * 3_600
                try $0.receive(by: .agent, on: "2026-03-02")
            },
            misses: [
                (
                    "within the 24 hours", "2026-03-31",
                    {
                        $0.delay = 24 * 3_600
                        try $0.receive(by: .agent, on: "2026-03-02")
                    }
                ),
                (
                    "an acceptance that nobody declared has to be late", "2026-03-31",
                    {
                        try $0.receive(on: "2026-03-02")
                        try $0.stands(
                            .accepted(isDeemed: true),
                            at: "2026-03-02",
                            by: .director,
                            recordedAt: "2026-03-12"
                        )
                    }
                ),
                (
                    "a source told it", "2026-03-31",
                    {
                        try $0.receive(on: "2026-03-02")
                        try $0.stands(
                            .accept,
                            at: "2026-03-03",
                            recordedAt: "2026-03-12",
                            actor: Actor(trusted: "import:old")
                        )
                    }
                ),
            ]
        )
    ]
}
