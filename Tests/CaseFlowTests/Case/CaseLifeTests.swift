import CaseFlow
import EventStore
import Foundation
import Testing
import WorkingTime

/// The whole life of a case of the catalogue.
@Suite("The life of a case")
struct CaseLifeTests {
    @Test func `every state meets every command as the table says`() throws {
        let url = repositoryFile("Tests/CaseFlowTests/Golden/case-life.txt")
        let table = try CaseLife.table()
        if ProcessInfo.processInfo.environment["CASEFLOW_RECORD_GOLDEN"] != nil {
            try table.write(to: url, atomically: true, encoding: .utf8)
        }
        let expected = try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map(String.init)
        let found = table.split(separator: "\n").map(String.init)
        #expect(found.count == CaseLife.states.count * (try CaseLife.commands(.felling()).count))
        let differences = zip(expected, found).filter { $0 != $1 }
        #expect(differences.isEmpty, "\(differences.prefix(5))")
        #expect(expected.count == found.count)
        // Nothing is refused without a rule.
        #expect(!found.contains { $0.contains("- ? |") })
    }

    @Test func `what may be done next is what the decider takes`() throws {
        for state in CaseLife.states where state.name != "unknown" {
            let file = try state.reached()
            let next = Case.next(file.state, at: file.at, under: try file.law)
            let names = Set(next.map { [$0.act, $0.stage].compactMap { $0 }.joined(separator: " ") })
            for (name, command) in try CaseLife.commands(file) {
                let isTaken = (try? Case.decide(command(), file.state)).map { !$0.isEmpty } ?? false
                // The acts that the list knows by other words are compared where they are the same.
                let asked =
                    ["grant": "decide decision", "deny": "decide decision", "sign review": "sign review"][name] ?? name
                if isTaken,
                    ["notice", "accept", "seal", "issue", "deliver", "withdraw", "sign papers", "resume"].contains(name)
                {
                    #expect(names.contains(asked), "\(state.name): \(name) is taken, but not in \(names.sorted())")
                }
                if ["accept", "seal", "deliver", "resume", "close", "reopen", "suspend"].contains(name), !isTaken {
                    #expect(!names.contains(asked), "\(state.name): \(name) is refused, but in \(names.sorted())")
                }
            }
        }
    }

    @Test func `a case goes its way, and stages begin by themselves`() throws {
        var file = try CentreCase.felling()
        try file.receive()
        #expect(try file.on(.accept, by: .window).map(\.words) == ["accepted", "stage-begun village"])
        #expect(
            try file.on(.sign("village"), by: .agent).map(\.words)
                == ["stage-signed village", "stage-ended village", "stage-begun visit", "stage-begun papers"]
        )
        #expect(try file.on(.sign("visit"), by: .reviewer).map(\.words) == ["stage-signed visit"])
        #expect(
            try file.on(.sign("papers"), by: .reviewer).map(\.words) == ["stage-signed papers", "stage-ended papers"]
        )
        #expect(
            try file.on(.sign("visit"), by: .reviewer2).map(\.words)
                == ["stage-signed visit", "stage-ended visit", "stage-begun decision"]
        )
        #expect(try file.on(.grant, by: .approver).map(\.words) == ["decided", "stage-ended decision"])
        for (fact, hand) in [(Case.ProcedureFact.seal(), CentreCase.Hand.keeper), (.issue, .window)] {
            try file.on(fact, by: hand)
        }
        try file.on(.delivered(by: .agent), by: .agent)
        #expect(try file.give { .close(at: $0, under: $1, by: CentreCase.Hand.window.standing) }.count == 1)
        #expect(file.state.work?.firstContact.rawValue == "window")
        #expect(file.state.work?.visits == [VisitID(trusted: "v-1")])
    }

    @Test func `two verifiers are two persons, and the chair of a hearing has not reviewed`() throws {
        var file = try CentreCase.felling()
        try file.receive()
        for (fact, hand) in [
            (Case.ProcedureFact.accept, CentreCase.Hand.window), (.sign("village"), .agent),
            (.sign("visit"), .reviewer),
        ] { try file.on(fact, by: hand) }
        #expect(
            refused { try file.on(.sign("visit"), by: .reviewer) }
                == .signedBefore("visit", OfficerID(trusted: "reviewer"))
        )
        try file.on(.hearingAsked, by: .window)
        #expect(
            refused { try file.on(.hearingAnnounced(on: day("2026-03-08")), by: .reviewer) }
                == .hearingTooSoon(day("2026-03-08"), earliest: day("2026-03-09"))
        )
        try file.on(.hearingAnnounced(on: day("2026-03-10")), by: .reviewer)
        #expect(refused { try file.on(.hearingHeld, by: .director) } == .hearingOn(day("2026-03-10")))
        try file.go(to: "2026-03-10")
        #expect(
            refused { try file.on(.hearingHeld, by: .reviewer) } == .reviewerChairs(OfficerID(trusted: "reviewer"))
        )
        try file.on(.hearingHeld, by: .director)
        #expect(file.state.work?.hearing.chair?.rawValue == "director")
    }

    @Test func `acceptor, decider and keeper are three, unless the director declares the exception`() throws {
        var file = try CentreCase.felling()
        try file.receive()
        // A reviewer accepts, and turns out to be the one who decides.
        try file.on(.accept, by: .reviewer)
        for (fact, hand) in [
            (Case.ProcedureFact.sign("village"), CentreCase.Hand.agent), (.sign("visit"), .reviewer),
            (.sign("visit"), .reviewer2), (.sign("papers"), .reviewer2),
        ] { try file.on(fact, by: hand) }
        var same = CentreCase.Hand.approver.standing
        same.officer = OfficerID(trusted: "reviewer")
        #expect(
            refused { try file.give { .record(.grant, at: $0, under: $1, by: same) } }
                == .separation(.acceptorDecides, OfficerID(trusted: "reviewer"))
        )
        #expect(
            refused { try file.on(.exceptionDeclared(.acceptorDecides, reason: "two of us"), by: .window) }
                == .wrongRole(.window, allowed: [.director])
        )
        try file.on(.exceptionDeclared(.acceptorDecides, reason: "two of us"), by: .director)
        try file.give { .record(.grant, at: $0, under: $1, by: same) }
        #expect(file.state.work?.exceptions.keys.sorted { $0.rawValue < $1.rawValue } == [.acceptorDecides])
        var keeper = CentreCase.Hand.keeper.standing
        keeper.officer = OfficerID(trusted: "reviewer")
        let use = Case.ProcedureFact.sealed(
            Case.SealUse(
                matter: ShortName(trusted: "approval"),
                document: String(repeating: "A", count: 43) + "=",
                keeper: keeper.officer
            )
        )
        #expect(
            refused { try file.give { .record(use, at: $0, under: $1, by: keeper) } }
                == .separation(.acceptorSeals, keeper.officer)
        )
        #expect(refused { try file.on(.seal(matter: "other"), by: .keeper) } != nil)
        try file.on(.seal(), by: .keeper)
    }

    @Test func `B acts for A, and both names stay`() throws {
        var file = try CentreCase.felling()
        try file.receive()
        for (fact, hand) in [
            (Case.ProcedureFact.accept, CentreCase.Hand.window), (.sign("village"), .agent),
            (.assigned(stage: "papers", to: OfficerID(trusted: "reviewer")), .director),
        ] { try file.on(fact, by: hand) }
        #expect(
            refused { try file.on(.sign("papers"), by: .reviewer2) }
                == .assignedToOthers("papers", [OfficerID(trusted: "reviewer")])
        )
        var deputy = CentreCase.Hand.reviewer2.standing
        (deputy.holder, deputy.actingFor) = (.b, OfficerID(trusted: "reviewer"))
        let signed = try file.give { .record(.sign("papers"), at: $0, under: $1, by: deputy) }
        #expect(signed[0].by?.actingFor?.rawValue == "reviewer")
        let finding = file.state.work?.stages["papers"]?.findings.first
        #expect([finding?.officer.rawValue, finding?.actingFor?.rawValue] == ["reviewer2", "reviewer"])
    }

    @Test func `what was returned is done again, with all that waited for it`() throws {
        var file = try CentreCase.felling()
        try file.receive()
        for (fact, hand) in [
            (Case.ProcedureFact.accept, CentreCase.Hand.window), (.sign("village"), .agent),
            (.sign("visit"), .reviewer),
            (.sign("visit"), .reviewer2), (.sign("papers"), .reviewer),
        ] { try file.on(fact, by: hand) }
        #expect(
            try file.on(.back("decision", to: "village"), by: .approver).map(\.words)
                == ["stage-ended decision", "returned", "stage-begun village"]
        )
        #expect(file.state.work?.openStages == ["village"])
        #expect(
            refused { try file.on(.grant, by: .approver) }
                == .stagesOpen(["village", "visit", "papers"], next: ["village"])
        )
        for (fact, hand) in [
            (Case.ProcedureFact.sign("village"), CentreCase.Hand.agent), (.sign("visit"), .reviewer),
            (.sign("visit"), .reviewer2), (.sign("papers"), .reviewer), (.grant, .approver),
        ] { try file.on(fact, by: hand) }
        #expect(file.state.progress.isGranted == true)
    }

    @Test func `an objection stands in the way of a grant, not of a denial`() throws {
        var file = try CentreCase.felling()
        try file.receive()
        for (fact, hand) in [
            (Case.ProcedureFact.accept, CentreCase.Hand.window), (.sign("village"), .agent),
            (.sign("papers", .objection), .reviewer), (.sign("visit"), .reviewer), (.sign("visit"), .reviewer2),
        ] { try file.on(fact, by: hand) }
        #expect(refused { try file.on(.grant, by: .approver) } == .objection("papers"))
        try file.on(.deny, by: .approver)
        #expect(refused { try file.on(.seal(), by: .keeper) } == .notGranted)
        try file.on(.issued(Case.Issue(result: "notice of denial")), by: .window)
        try file.on(.delivered(by: .post), by: .window)
    }

    @Test func `material may follow within its time, and the file goes back after it`() throws {
        var file = try CentreCase.felling()
        try file.receive(["card"])
        #expect(refused { try file.on(.accept, by: .window) } == .materialsMissing(["title"], deferrable: ["title"]))
        let six = Limit(6, .workingDays) ?? .none
        let five = Limit(5, .workingDays) ?? .none
        #expect(
            refused { try file.on(.materialDeferred("title", within: six), by: .window) }
                == .deferralTooLong("title", six, atMost: five)
        )
        #expect(
            refused { try file.on(.materialDeferred("card", within: five), by: .window) }
                == .notDeferrable("card", deferrable: ["title"])
        )
        try file.on(.materialDeferred("title", within: five), by: .window)
        try file.on(.accept, by: .window)
        let clocks = try CaseClocks(file.rules, zone: TownshipCase.zone) { _ in
            try TownshipCase.calendars.get().latest
        }.readings(
            of: file.ledger,
            asOf: day("2026-03-03"),
            knownAt: file.at.timestamp.advanced(byMicroseconds: 9_000_000)
        )
        let deferred = clocks.first { $0.rule.name.rawValue == "deferred-material" }
        #expect([deferred?.stage, deferred?.due?.date.description] == ["title", "2026-03-09"])
        try file.go(to: "2026-03-09")
        #expect(
            refused { try file.on(.fileReturned("title"), by: .window) }
                == .deferralRuns("title", due: day("2026-03-09"))
        )
        try file.go(to: "2026-03-10")
        var returned = file
        try returned.on(.fileReturned("title"), by: .window)
        #expect(returned.state.progress.abandonedAt != nil)
        try file.on(.materialFollowed("title"), by: .window)
        #expect(file.state.work?.deferred.isEmpty == true)
    }

    @Test func `the county decides, or sends the papers back`() throws {
        var file = try CentreCase.forwarded()
        try file.receive()
        let county = UnitCode(trusted: "county-forest")
        #expect(
            try file.on(.accept, by: .window).map(\.words) == ["accepted", "stage-begun review", "review-accepted"]
        )
        try file.on(.sign("review"), by: .reviewer)
        #expect(refused { try file.on(.grant, by: .county) } == .countyDecides("county"))
        #expect(
            try file.on(.forwarded(stage: "county", to: county, reference: "Z-1"), by: .reviewer).map(\.words)
                == ["forwarded county", "review-forwarded"]
        )
        let back = Case.ProcedureFact.answered(
            stage: "county",
            .sentBack,
            reference: "X-1",
            reasons: "the map is missing",
            remedy: ""
        )
        #expect(
            try file.on(back, by: .county).map(\.words)
                == ["answered county", "stage-ended county", "returned", "stage-begun review"]
        )
        try file.on(.sign("review"), by: .reviewer)
        try file.on(.forwarded(stage: "county", to: county, reference: "Z-2"), by: .reviewer)
        let denied = Case.ProcedureFact.answered(stage: "county", .denied, reference: "X-2", reasons: "", remedy: "")
        #expect(refused { try file.on(denied, by: .county) } == .textMissing("the reasons of the denial"))
        let granted = Case.ProcedureFact.answered(stage: "county", .granted, reference: "X-3", reasons: "", remedy: "")
        #expect(try file.on(granted, by: .county).map(\.words) == ["answered county", "stage-ended county", "decided"])
    }

    @Test func `a village certifies where its seal is`() throws {
        var file = try CentreCase.felling()
        try file.receive()
        try file.on(.accept, by: .window)
        let hall = UnitCode(trusted: "hall")
        var standing = CentreCase.Hand.agent.standing
        standing.duty = .init(at: hall, hasSeal: false)
        let sign = { (at, law) in Case.Command.record(.sign("village"), at: at, under: law, by: standing) }
        #expect(refused { try file.give(sign) } == .sealElsewhere(standing.unit, sitsAt: hall))
        // A market day: the agent sits in the town's hall, and the seal with the agent. The record says where.
        standing.duty = .init(at: hall, hasSeal: true)
        #expect(try file.give(sign).map(\.words).first == "stage-signed village")
        #expect(file.events.last { $0.words == "stage-signed village" }?.by?.duty == standing.duty)
    }

    @Test func `free texts hold no numbers of persons`() throws {
        var file = try CentreCase.felling()
        try file.receive()
        for text in ["call 13800138000", "id 11010519491231002X"] {
            #expect(
                refused { try file.on(.complained(reference: "K-1", about: text), by: .window) }.map {
                    if case .personalData = $0 { true } else { false }
                } == true
            )
        }
    }

    @Test func `a case that was opened again is decided anew, and its first end stays in the record`() throws {
        let file = try CaseLife.states.first { $0.name == "reopened" }?.reached()
        var again = try #require(file)
        #expect(again.state.work?.openStages == ["decision"])
        let before = again.events.count
        try again.on(.deny, by: .approver)
        try again.on(.issued(Case.Issue(result: "notice of denial")), by: .window)
        try again.on(.delivered(by: .window), by: .window)
        #expect(again.state.progress.isGranted == false)
        #expect(again.events.prefix(before).contains { $0.words == "decided" })
    }
}

extension Case.Event {
    /// The fact's name, and its stage.
    var words: String {
        guard case .procedure(let fact, _) = fact else { return "\(fact)".prefix { $0 != "(" }.description }
        let stage: String? =
            switch fact {
            case .stageBegun(let stage, _, _), .stageEnded(let stage), .stageSigned(let stage, _, _),
                .forwarded(let stage, _, _), .answered(let stage, _, _, _, _):
                stage
            default: nil
            }
        return [fact.name, stage].compactMap { $0 }.joined(separator: " ")
    }
}

/// Why the service refuses something; nil where it does not.
func refused(_ body: () throws -> some Any) -> Case.ServiceRejection? {
    do {
        _ = try body()
        return nil
    } catch Case.Rejection.service(let rejection, let rule) {
        if rule == nil { Issue.record("\(rejection) cites nothing") }
        return rejection
    } catch {
        Issue.record("another error: \(error)")
        return nil
    }
}
