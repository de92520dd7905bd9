import EventStore
import WorkingTime

@testable import CaseFlow

extension FindingScenario {
    static let fees: [FindingScenario] = [
        FindingScenario(
            .illegalFee,
            "the item costs nothing, and something was charged",
            on: "2026-03-03",
            officer: "agent",
            {
                try accepted(&$0)
                try $0.on("2026-03-03", .fee(1250, "R-1"), by: .agent)
            },
            misses: [
                (
                    "it costs just that", "2026-03-31",
                    {
                        $0 = try InspectedCase.costing(1250)
                        try accepted(&$0)
                        try $0.on("2026-03-03", .fee(1250, "R-1"), by: .agent)
                    }
                ),
                (
                    "it costs more than that", "2026-03-31",
                    {
                        $0 = try InspectedCase.costing(1251)
                        try accepted(&$0)
                        try $0.on("2026-03-03", .fee(1250), by: .agent)
                    }
                ),
            ]
        ),
        FindingScenario(
            .illegalFee,
            "one fen more than it costs",
            on: "2026-03-02",
            officer: "window",
            {
                $0 = try InspectedCase.costing(1249)
                try accepted(&$0)
                try $0.on(nil, .fee(1250, "R-1"), by: .window)
            },
            misses: [("nothing was charged", "2026-03-31", { try accepted(&$0) })]
        ),
        FindingScenario(
            .illegalFee,
            "the second charge goes beyond what it costs",
            on: "2026-03-04",
            officer: "window",
            {
                $0 = try InspectedCase.costing(1000)
                try accepted(&$0)
                try $0.on("2026-03-03", .fee(600, "R-1"), by: .agent)
                try $0.on("2026-03-04", .fee(600, "R-2"), by: .window)
            },
            misses: [
                (
                    "two charges that add up to what it costs", "2026-03-31",
                    {
                        $0 = try InspectedCase.costing(1000)
                        try accepted(&$0)
                        try $0.on("2026-03-03", .fee(600, "R-1"), by: .window)
                        try $0.on("2026-03-04", .fee(400, "R-2"), by: .window)
                    }
                ),
                (
                    "the same receipt stands there twice", "2026-03-31",
                    {
                        $0 = try InspectedCase.costing(1000)
                        try accepted(&$0)
                        try $0.on("2026-03-03", .fee(600, "R-1"), by: .window)
                        try $0.stands(.fee(600, "R-1"), at: "2026-03-04", by: .agent)
                    }
                ),
                (
                    "a source told it", "2026-03-31",
                    {
                        try accepted(&$0)
                        try $0.stands(.fee(600), at: "2026-03-04", actor: Actor(trusted: "import:old"))
                    }
                ),
            ]
        ),
        FindingScenario(
            .illegalFee,
            "charged anew after the case was opened again",
            on: "2026-03-05",
            {
                $0 = try InspectedCase.costing(1000)
                try accepted(&$0)
                try $0.on(nil, .fee(1000, "R-1"), by: .window)
                try $0.on("2026-03-03", .withdrawn, by: .window)
                try $0.give("2026-03-04") {
                    .reopen(at: $0, reason: "it goes on", under: $1, by: CentreCase.Hand.director.standing)
                }
                try $0.on("2026-03-05", .fee(1000, "R-2"), by: .window)
            },
            misses: [
                (
                    "the fee was paid before", "2026-03-31",
                    {
                        $0 = try InspectedCase.costing(1000)
                        try accepted(&$0)
                        try $0.on(nil, .fee(1000, "R-1"), by: .window)
                        try $0.on("2026-03-03", .withdrawn, by: .window)
                        try $0.give("2026-03-04") {
                            .reopen(at: $0, reason: "it goes on", under: $1, by: CentreCase.Hand.director.standing)
                        }
                    }
                )
            ]
        ),
    ]
}
