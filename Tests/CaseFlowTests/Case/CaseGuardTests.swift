import CaseFlow
import EventStore
import Foundation
import Testing
import WorkingTime

/// What a case refuses because of its times, its post, or what has not been done: each was possible once, and wrong.
@Suite struct CaseGuardTests {
    private func refused(_ body: () throws -> some Any) -> Case.ServiceRejection? {
        do { _ = try body() } catch Case.Rejection.service(let rejection, _) { return rejection } catch { return nil }
        return nil
    }

    private func unlawful(_ body: () throws -> some Any) -> Case.ProcedureRejection? {
        do { _ = try body() } catch Case.Rejection.procedure(let rejection, _) { return rejection } catch { return nil }
        return nil
    }

    private func accepted() throws -> CentreCase {
        var file = try CentreCase.felling()
        try file.receive()
        try file.on(.accept, by: .window)
        return file
    }

    /// Accepted, and everything done that comes before the decision.
    private func reviewed() throws -> CentreCase {
        var file = try accepted()
        for (fact, hand) in [
            (Case.ProcedureFact.sign("village"), CentreCase.Hand.agent), (.sign("visit"), .reviewer),
            (.sign("visit"), .reviewer2), (.sign("papers"), .reviewer),
        ] { try file.on(fact, by: hand) }
        return file
    }

    @Test func `nobody is refused for want of material before the time to hand it in is over`() throws {
        var file = try CentreCase.felling()
        try file.receive(["card"])
        let refuse = Case.ProcedureFact.acceptanceRefused(.notSupplemented, competentBody: nil, reason: "no title")
        #expect(unlawful { try file.on(refuse, by: .window) } == .notNoticed)
        let five = try #require(Limit(5, .workingDays))
        try file.on(.supplementNoticed(materials: ["title"], within: five), by: .window)
        let due = try CivilDate("2026-03-09")
        #expect(unlawful { try file.on(refuse, by: .window) } == .supplementRuns(due: due))
        try file.go(to: "2026-03-10")
        #expect(try file.on(refuse, by: .window).map(\.words) == ["acceptance-refused"])
    }

    @Test func `a file is given back after the promised time, not before it and not after the decision`() throws {
        var file = try CentreCase.felling()
        try file.receive(["card"])
        let within = try #require(Limit(2, .workingDays))
        #expect(refused { try file.on(.materialFollowed("title"), by: .window) } == .notDeferred("title"))
        try file.on(.materialDeferred("title", within: within), by: .window)
        let early = file.at
        try file.on(.accept, by: .window)
        try file.go(to: "2026-03-09")
        let law = try file.law
        // Recorded after the lapse, but said to have happened before it.
        let before = Case.Command.record(
            .fileReturned("title"),
            at: early,
            under: law,
            by: CentreCase.Hand.window.standing
        )
        #expect(refused { try file.take(before) } == .deferralRuns("title", due: try CivilDate("2026-03-04")))
        for (fact, hand) in [
            (Case.ProcedureFact.sign("village"), CentreCase.Hand.agent), (.sign("visit"), .reviewer),
            (.sign("visit"), .reviewer2), (.sign("papers"), .reviewer), (.deny, .approver),
        ] { try file.on(fact, by: hand) }
        #expect(refused { try file.on(.fileReturned("title"), by: .window) } == .decided)
    }

    @Test func `the end comes after what it ends, and not before it happens`() throws {
        var file = try reviewed()
        try file.on(.grant, by: .approver)
        let decided = file.at
        try file.go(to: "2026-03-03")
        try file.on(.seal(), by: .keeper)
        func issue(_ at: ZonedTime) throws -> [Case.Event] {
            try file.take(.record(.issue, at: at, under: file.law, by: CentreCase.Hand.window.standing))
        }
        #expect(unlawful { try issue(decided) }?.obligation == .record)
        try file.on(.issue, by: .window)
        try file.on(.delivered(by: .window), by: .window)
        let law = try file.law
        let window = CentreCase.Hand.window.standing
        for wrong in [decided, try moment("2027-05-01")] {
            #expect(unlawful { try file.take(.close(at: wrong, under: law, by: window)) }?.obligation == .record)
        }
        try file.give { .close(at: $0, under: $1, by: window) }
        let director = CentreCase.Hand.director.standing
        let reopen = Case.Command.reopen(at: decided, reason: "a wrong boundary", under: law, by: director)
        #expect(unlawful { try file.take(reopen) }?.obligation == .record)
    }

    @Test func `the seal is used when it is recorded`() throws {
        var file = try reviewed()
        try file.on(.grant, by: .approver)
        var law = try file.law
        let used = file.at
        law.now = try moment("2026-03-02T16:00")
        law.today = used.localDate
        let seal = Case.Command.record(.seal(), at: used, under: law, by: CentreCase.Hand.keeper.standing)
        #expect(refused { try file.take(seal) } == .sealedAnotherTime(used, now: try moment("2026-03-02T16:00")))
        law.now = used
        let now = Case.Command.record(.seal(), at: used, under: law, by: CentreCase.Hand.keeper.standing)
        #expect(try file.take(now).map(\.words) == ["sealed"])
        let other = Case.Issue(result: "licence", document: String(repeating: "B", count: 43) + "=")
        #expect(refused { try file.on(.issued(other), by: .window) } == .otherDocument)
    }

    @Test func `what counts as accepted still lacks what it lacks, and is worked on from when that was recorded`()
        throws
    {
        var file = try CentreCase.felling()
        try file.receive(["card"])
        let received = file.at
        try file.go(to: "2026-03-16")
        var law = try file.law
        law.now = file.at
        let deemed = Case.Command.record(
            .accepted(isDeemed: true),
            at: received,
            under: law,
            by: CentreCase.Hand.window.standing
        )
        #expect(Case.next(file.state, at: file.at, under: law).contains { $0.act == "accept --deemed" })
        let events = try file.take(deemed)
        #expect(events.map(\.words) == ["accepted", "stage-begun village"])
        #expect(events.map(\.effectiveAt) == [received.timestamp, file.at.timestamp])
        for (fact, hand) in [
            (Case.ProcedureFact.sign("village"), CentreCase.Hand.agent), (.sign("visit"), .reviewer),
            (.sign("visit"), .reviewer2), (.sign("papers"), .reviewer),
        ] { try file.on(fact, by: hand) }
        #expect(
            refused { try file.on(.grant, by: .approver) } == .materialsMissing(["title"], deferrable: [])
        )
        try file.on(.supplementReceived(materials: ["title"], isComplete: true), by: .window)
        try file.on(.grant, by: .approver)
    }

    @Test func `nothing is decided before the hearing that was asked for, unless the applicant does without it`() throws
    {
        var file = try reviewed()
        try file.on(.hearingAsked, by: .window)
        #expect(refused { try file.on(.deny, by: .approver) } == .hearingOutstanding)
        try file.on(.hearingWaived, by: .window)
        try file.on(.deny, by: .approver)
        var without = try reviewed()
        #expect(refused { try without.on(.hearingWaived, by: .window) } == .noHearing)
    }

    @Test func `A and B of one post are one of the two who verify`() throws {
        var file = try accepted()
        try file.on(.sign("village"), by: .agent)
        try file.on(.sign("visit"), by: .reviewer)
        var deputy = CentreCase.Hand.reviewer.standing
        deputy.officer = OfficerID(trusted: "deputy")
        (deputy.holder, deputy.actingFor) = (.b, OfficerID(trusted: "reviewer"))
        let sign = { (at, law) in Case.Command.record(.sign("visit"), at: at, under: law, by: deputy) }
        #expect(refused { try file.give(sign) } == .samePost("visit", deputy.post))
    }

    @Test func `who reviewed does not chair, even after what was reviewed was undone`() throws {
        var file = try reviewed()
        try file.on(.back("decision", to: "visit"), by: .approver)
        try file.on(.hearingAsked, by: .window)
        try file.on(.hearingAnnounced(on: try CivilDate("2026-03-10")), by: .approver)
        try file.go(to: "2026-03-10")
        #expect(
            refused { try file.on(.hearingHeld, by: .reviewer2) } == .reviewerChairs(OfficerID(trusted: "reviewer2"))
        )
    }

    @Test func `stages that were open at the end begin again when the case is opened again`() throws {
        var file = try accepted()
        try file.on(.sign("village"), by: .agent)
        try file.on(.terminated(reason: "the firm was dissolved"), by: .director)
        try file.go(to: "2026-03-09")
        let events = try file.give {
            .reopen(at: $0, reason: "it was not", under: $1, by: CentreCase.Hand.director.standing)
        }
        #expect(
            events.dropFirst().map(\.words)
                == ["stage-ended papers", "stage-ended visit", "stage-begun papers", "stage-begun visit"]
        )
        #expect(file.state.work?.openStages == ["papers", "visit"])
    }

    @Test func `what was refused and is opened again can be accepted`() throws {
        var file = try CentreCase.felling()
        try file.receive()
        try file.on(.acceptanceRefused(.notNeeded, competentBody: nil, reason: "none is needed"), by: .window)
        try file.go(to: "2026-03-16")
        try file.give {
            .reopen(at: $0, reason: "one is needed", under: $1, by: CentreCase.Hand.director.standing)
        }
        #expect(try file.on(.accept, by: .window).map(\.words) == ["accepted", "stage-begun village"])
    }

    @Test func `nothing personal stands in names, keys and the texts of cases that have no item`() throws {
        var file = try CentreCase.felling()
        var opening = file.opening()
        opening.attributes = [XESAttribute(.string, key: "phone 13800138000", value: "x")]
        let law = try file.law
        let at = file.at
        #expect(refused { try file.take(.open(opening, at: at, under: law)) }?.obligation == .privacy)
        opening.attributes = []
        opening.intake?.visit = VisitID(trusted: "11010519491231002X")
        #expect(refused { try file.take(.open(opening, at: at, under: law)) }?.obligation == .privacy)
        var plain = try TownshipCase(received: "2026-03-02")
        let why = Case.ProcedureFact.terminated(reason: "call 13800138000")
        #expect(refused { try plain.on("2026-03-03", why) }?.obligation == .privacy)
    }
}
