import CaseFlow
import Testing

/// Nothing takes effect before what it follows on, however late it is entered.
@Suite("The order of the procedure")
struct ProcedureOrderTests {
    private static let notice = Case.ProcedureFact.supplementNoticed(materials: ["photo"], within: nil)
    private static let complete = Case.ProcedureFact.supplementReceived(materials: [], isComplete: true)
    private static let accepted = Case.ProcedureFact.accepted(isDeemed: false)
    private static let granted = Case.ProcedureFact.decided(isGranted: true, reasons: "", remedy: "")
    private static let extended = Case.ProcedureFact.extended(
        ClockName(rawValue: "decision") ?? .other,
        by: Limit(10, .workingDays) ?? .none,
        authority: "organ-head",
        reason: "why"
    )

    /// What comes first, what follows on it, and the name of the fact that it follows on.
    private static let pairs: [(first: [Case.ProcedureFact], last: String, then: Case.ProcedureFact)] = [
        ([], "received", notice),
        ([], "received", .reviewAccepted),
        ([], "received", .stageBegun("survey", within: nil)),
        ([notice], "supplement-noticed", complete),
        ([notice], "supplement-noticed", .acceptanceRefused(.notSupplemented, competentBody: nil, reason: "x")),
        ([.reviewAccepted], "review-accepted", .reviewForwarded),
        ([accepted], "accepted", extended),
        ([accepted], "accepted", granted),
        ([accepted], "accepted", .withdrawn),
        ([accepted], "accepted", .terminated(reason: "x")),
        ([.stageBegun("survey", within: nil)], "stage-begun", .stageEnded("survey")),
        ([.stageBegun("survey", within: nil)], "stage-begun", .withdrawn),
        ([accepted, granted], "decided", .delivered(by: nil)),
        ([accepted, granted], "decided", .rated(.dissatisfied, followUp: nil)),
        ([accepted, granted, .rated(.dissatisfied, followUp: nil)], "rated", .calledBack),
    ]

    @Test(arguments: pairs.indices)
    func `a fact that takes effect before what it follows on is refused, and not after`(index: Int) throws {
        let (first, last, then) = Self.pairs[index]
        var file = try TownshipCase(received: first.isEmpty ? "2026-03-03" : "2026-03-02")
        for fact in first { try file.on("2026-03-03", fact) }
        let before = file
        #expect(
            refusal { try file.on("2026-03-02T18:00", then, recordedOn: "2026-03-05") }
                == outOfOrder(then.name, "2026-03-02T18:00", last, "2026-03-03")
        )
        // By the minute, not by the day.
        #expect(refusal { try file.on("2026-03-03T08:59", then, recordedOn: "2026-03-05") } != nil)
        #expect(file.ledger.entries.count == before.ledger.entries.count)
        // At the same moment it may, and it may be entered late.
        try file.on("2026-03-03", then, recordedOn: "2026-03-05")
        #expect(file.ledger.entries.count == before.ledger.entries.count + 1)
    }

    @Test func `a decision cannot lie within a suspension that has ended`() throws {
        var file = try TownshipCase(received: "2026-03-02")
        try file.on("2026-03-02", Self.accepted)
        let told = Limit(5, .workingDays) ?? .none
        try file.on("2026-03-03", .suspended(ground: "hearing", told: told))
        try file.on("2026-03-06", .resumed)
        #expect(
            refusal { try file.on("2026-03-04", Self.granted, recordedOn: "2026-03-06") }
                == outOfOrder("decided", "2026-03-04", "resumed", "2026-03-06")
        )
    }

    @Test func `the refusal names both facts, both times and the article`() throws {
        var file = try TownshipCase(received: "2026-02-10")
        try file.on("2026-02-12", Self.accepted)
        let rejection = refusal { try file.on("2026-02-11", Self.granted, recordedOn: "2026-02-12") }
        #expect(
            rejection?.description == """
                'decided' at 2026-02-11T09:00:00.000+08:00 cannot come before 'accepted' at \
                2026-02-12T09:00:00.000+08:00: nothing takes effect before what it follows on (Civil Code 201)
                """
        )
    }
}

/// The rejection of a fact of one day that follows on one of another.
func outOfOrder(_ fact: String, _ at: String, _ before: String, _ of: String) -> Case.ProcedureRejection? {
    guard let at = try? moment(at), let of = try? moment(of) else { return nil }
    return .outOfOrder(fact, at: at, before: before, of: of, article: "Civil Code 201")
}
