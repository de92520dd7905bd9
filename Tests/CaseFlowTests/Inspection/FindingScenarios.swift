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
    /// Whose it is.
    var officer: String?
    let raises: Life
    /// Each with the day on which it is looked at.
    let misses: [(words: String, asOf: String, life: Life)]

    var description: String { "\(rule.rawValue): \(words)" }

    init(
        _ rule: FindingRule,
        _ words: String,
        on day: String,
        officer: String? = nil,
        _ raises: @escaping Life,
        misses: [(words: String, asOf: String, life: Life)]
    ) {
        (self.rule, self.words, on, self.officer, self.raises) = (rule, words, day, officer, raises)
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
            on: "2026-03-16",
            { try accepted(&$0) },
            misses: [
                ("the tenth day is not over yet", "2026-03-15", { try accepted(&$0) }),
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
            officer: "agent",
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
            .toldLengthOverrun,
            "told five days, and it lasted six",
            on: "2026-03-12",
            officer: "reviewer",
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
            officer: "reviewer",
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
