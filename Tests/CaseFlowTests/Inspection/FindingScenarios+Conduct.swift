import EventStore
import WorkingTime

@testable import CaseFlow

extension FindingScenario {
    static let citizen: [FindingScenario] = [
        FindingScenario(
            .secondNotice,
            "the second notice asks for the card, too",
            on: "2026-03-04",
            officer: "window",
            {
                try $0.receive([], on: "2026-03-02")
                try $0.on("2026-03-03", .supplementNoticed(materials: ["title"], within: five), by: .window)
                try $0.on("2026-03-04", .supplementNoticed(materials: ["card"], within: five), by: .window)
            },
            misses: [
                (
                    "the second one reminds of the same", "2026-03-31",
                    {
                        try $0.receive([], on: "2026-03-02")
                        try $0.on(
                            "2026-03-03",
                            .supplementNoticed(materials: ["title", "card"], within: five),
                            by: .window
                        )
                        try $0.stands(
                            .supplementNoticed(materials: ["card"], within: five),
                            at: "2026-03-04",
                            by: .window
                        )
                    }
                )
            ]
        ),
        FindingScenario(
            .groundlessRefusal,
            "not our power, and it does not say whose",
            on: "2026-03-03",
            officer: "window",
            {
                try $0.receive(on: "2026-03-02")
                try $0.stands(
                    .acceptanceRefused(.notOurPower, competentBody: nil, reason: "another body"),
                    at: "2026-03-03",
                    by: .window
                )
            },
            misses: [
                (
                    "it names the body", "2026-03-31",
                    {
                        try $0.receive(on: "2026-03-02")
                        try $0.on(
                            "2026-03-03",
                            .acceptanceRefused(.notOurPower, competentBody: "the county", reason: "another body"),
                            by: .window
                        )
                    }
                )
            ]
        ),
        FindingScenario(
            .groundlessRefusal,
            "it gives no reason",
            on: "2026-03-03",
            {
                try $0.receive(on: "2026-03-02")
                try $0.stands(
                    .acceptanceRefused(.notNeeded, competentBody: nil, reason: ""),
                    at: "2026-03-03",
                    by: .window
                )
            },
            misses: [
                (
                    "it gives one", "2026-03-31",
                    {
                        try $0.receive(on: "2026-03-02")
                        try $0.on(
                            "2026-03-03",
                            .acceptanceRefused(.notNeeded, competentBody: nil, reason: "none is needed"),
                            by: .window
                        )
                    }
                )
            ]
        ),
        FindingScenario(
            .groundlessRefusal,
            "not supplemented, and the five days told were not over",
            on: "2026-03-10",
            {
                try $0.receive(["card"], on: "2026-03-02")
                try $0.on("2026-03-03", .supplementNoticed(materials: ["title"], within: five), by: .window)
                try $0.stands(notSupplemented, at: "2026-03-10", by: .window)
            },
            misses: [
                (
                    "the day after the last", "2026-03-31",
                    {
                        try $0.receive(["card"], on: "2026-03-02")
                        try $0.on("2026-03-03", .supplementNoticed(materials: ["title"], within: five), by: .window)
                        try $0.stands(notSupplemented, at: "2026-03-11", by: .window)
                    }
                )
            ]
        ),
        FindingScenario(
            .groundlessRefusal,
            "not supplemented, and since it was opened again nobody had asked",
            on: "2026-03-20",
            {
                try $0.receive(["card"], on: "2026-03-02")
                try $0.on("2026-03-03", .supplementNoticed(materials: ["title"], within: five), by: .window)
                try $0.on("2026-03-11", notSupplemented, by: .window)
                try $0.give("2026-03-12") {
                    .reopen(at: $0, reason: "new title", under: $1, by: CentreCase.Hand.director.standing)
                }
                try $0.stands(notSupplemented, at: "2026-03-20", by: .window)
            },
            misses: [
                (
                    "the first refusal was right", "2026-03-19",
                    {
                        try $0.receive(["card"], on: "2026-03-02")
                        try $0.on("2026-03-03", .supplementNoticed(materials: ["title"], within: five), by: .window)
                        try $0.on("2026-03-11", notSupplemented, by: .window)
                    }
                )
            ]
        ),
        FindingScenario(
            .unreasonedDenial,
            "denied without a word on the remedy",
            on: "2026-03-03",
            officer: "approver",
            {
                try toDecide(&$0)
                try $0.stands(
                    .decided(isGranted: false, reasons: "no title", remedy: ""),
                    at: "2026-03-03",
                    by: .approver
                )
            },
            misses: [
                (
                    "reasons and remedy are there", "2026-03-31",
                    {
                        try toDecide(&$0)
                        try $0.on("2026-03-03", .deny, by: .approver)
                    }
                ),
                ("a grant needs no reasons", "2026-03-31", { try granted(&$0) }),
            ]
        ),
        FindingScenario(
            .tooManyVisits,
            "the citizen came twice, and the item promises once",
            on: "2026-03-03",
            officer: "",
            unit: "v01",
            {
                try accepted(&$0)
                try $0.on("2026-03-03", .visited(VisitID(trusted: "v-2")), by: .window)
            },
            misses: [
                (
                    "the same visit for something else", "2026-03-31",
                    {
                        try accepted(&$0)
                        try $0.stands(.visited(VisitID(trusted: "v-1")), at: "2026-03-03", by: .window)
                    }
                )
            ]
        ),
        FindingScenario(
            .tooManyVisits,
            "the item promises that nobody has to come, and the citizen was asked to come again",
            on: "2026-03-03",
            {
                $0 = try InspectedCase.felling { $0.visits = .none }
                try accepted(&$0)
                try $0.on("2026-03-03", .visited(VisitID(trusted: "v-2")), by: .window)
            },
            misses: [
                (
                    "the citizen chose to hand it in at the window", "2026-03-31",
                    {
                        $0 = try InspectedCase.felling { $0.visits = .none }
                        try accepted(&$0)
                    }
                )
            ]
        ),
    ]

    static let stages: [FindingScenario] = [
        FindingScenario(
            .skippedStage,
            "decided while the village has not certified",
            on: "2026-03-03",
            officer: "approver",
            {
                try accepted(&$0)
                try $0.stands(.grant, at: "2026-03-03", by: .approver)
            },
            misses: [("all stages were signed", "2026-03-31", { try granted(&$0) })]
        ),
        FindingScenario(
            .skippedStage,
            "one officer verified on site, and it takes two",
            on: "2026-03-03",
            {
                try accepted(&$0)
                try $0.on(nil, .sign("village"), by: .agent)
                try $0.on(nil, .sign("papers"), by: .reviewer)
                try $0.on(nil, .sign("visit"), by: .reviewer)
                try $0.stands(.stageEnded("visit"), at: "2026-03-02T10:20", by: .reviewer)
                try $0.stands(.grant, at: "2026-03-03", by: .approver)
            },
            misses: [
                (
                    "one objection is enough to end it", "2026-03-31",
                    {
                        try accepted(&$0)
                        try $0.on(nil, .sign("village"), by: .agent)
                        try $0.on(nil, .sign("papers"), by: .reviewer)
                        try $0.on(nil, .sign("visit", .objection), by: .reviewer)
                        try $0.on("2026-03-03", .deny, by: .approver)
                    }
                )
            ]
        ),
        FindingScenario(
            .reorderedStage,
            "the decision was begun before the village had certified",
            on: "2026-03-03",
            officer: "approver",
            {
                try accepted(&$0)
                try $0.stands(.stageBegun("decision", within: nil), at: "2026-03-03", by: .approver)
            },
            misses: [
                ("each stage after what it waits for", "2026-03-31", { try toDecide(&$0) }),
                (
                    "a stage that is done again after a return", "2026-03-31",
                    {
                        try toDecide(&$0)
                        try $0.on("2026-03-03", .back("decision", to: "village"), by: .approver)
                        try $0.on("2026-03-04", .sign("village"), by: .agent)
                    }
                ),
            ]
        ),
    ]

    static let hands: [FindingScenario] = [
        FindingScenario(
            .separationByException,
            "the director let the acceptor decide",
            on: "2026-03-02",
            officer: "director",
            {
                try accepted(&$0)
                try $0.on(nil, .exceptionDeclared(.acceptorDecides, reason: "a small office"), by: .director)
            },
            misses: [("three persons", "2026-03-31", { try granted(&$0) })]
        ),
        FindingScenario(
            .separationBreach,
            "who accepted decided, and nobody had declared an exception",
            on: "2026-03-03",
            officer: "approver",
            {
                try $0.receive(on: "2026-03-02")
                try $0.stands(.accept, at: "2026-03-02T09:10", by: .approver)
                try $0.stands(.stageBegun("decision", within: nil, with: seat), at: "2026-03-02T09:20", by: .approver)
                try $0.stands(.grant, at: "2026-03-03", by: .approver)
            },
            misses: [
                (
                    "the exception was declared before", "2026-03-31",
                    {
                        try $0.receive(on: "2026-03-02")
                        try $0.stands(.accept, at: "2026-03-02T09:10", by: .approver)
                        try $0.stands(
                            .exceptionDeclared(.acceptorDecides, reason: "a small office"),
                            at: "2026-03-02T09:15",
                            by: .director
                        )
                        try $0.stands(
                            .stageBegun("decision", within: nil, with: seat),
                            at: "2026-03-02T09:20",
                            by: .approver
                        )
                        try $0.stands(.grant, at: "2026-03-03", by: .approver)
                    }
                ),
                (
                    "another body decided, and the acceptor typed that in", "2026-03-31",
                    {
                        try $0.receive(on: "2026-03-02")
                        try $0.stands(.accept, at: "2026-03-02T09:10", by: .window)
                        try $0.stands(.grant, at: "2026-03-03", by: .window)
                    }
                ),
            ]
        ),
        FindingScenario(
            .sealOutOfOrder,
            "sealed before the decision",
            on: "2026-03-02",
            officer: "keeper",
            {
                try toDecide(&$0)
                try $0.stands(use(.keeper), at: "2026-03-02T16:00", by: .keeper)
            },
            misses: [
                (
                    "sealed after it", "2026-03-31",
                    {
                        try granted(&$0)
                        try $0.on(nil, .seal(), by: .keeper)
                    }
                )
            ]
        ),
        FindingScenario(
            .sealOutOfOrder,
            "another document was issued than the one that was sealed",
            on: "2026-03-03",
            officer: "keeper",
            {
                try granted(&$0)
                try $0.on(nil, .seal(), by: .keeper)
                let issue = Case.Issue(result: "licence", document: otherDocument)
                try $0.stands(.issued(issue), at: "2026-03-04", by: .window)
            },
            misses: [
                (
                    "the sealed one was issued", "2026-03-31",
                    {
                        try granted(&$0)
                        try $0.on(nil, .seal(), by: .keeper)
                        try $0.on(nil, .issued(Case.Issue(result: "licence", document: document)), by: .window)
                    }
                )
            ]
        ),
        FindingScenario(
            .sealOutOfOrder,
            "used for another matter",
            on: "2026-03-04",
            {
                try granted(&$0)
                try $0.stands(use(.keeper, "revocation"), at: "2026-03-04", by: .keeper)
            },
            misses: [
                (
                    "used for the item's matter", "2026-03-31",
                    {
                        try granted(&$0)
                        try $0.stands(use(.keeper), at: "2026-03-04", by: .keeper)
                    }
                )
            ]
        ),
        FindingScenario(
            .sealOutOfOrder,
            "who decided used the seal",
            on: "2026-03-04",
            officer: "approver",
            {
                try granted(&$0)
                try $0.stands(use(.approver), at: "2026-03-04", by: .approver)
            },
            misses: [
                (
                    "by exception of the director", "2026-03-31",
                    {
                        try granted(&$0)
                        try $0.stands(
                            .exceptionDeclared(.deciderSeals, reason: "a small office"),
                            at: "2026-03-03T15:00",
                            by: .director
                        )
                        try $0.stands(use(.approver), at: "2026-03-04", by: .approver)
                    }
                )
            ]
        ),
    ]

    private static let notSupplemented = Case.ProcedureFact.acceptanceRefused(
        .notSupplemented,
        competentBody: nil,
        reason: "the title never came"
    )

    private static let seat = Case.StageSeat(kind: .decision, unit: UnitCode(trusted: "forest"), role: .approver)
}
