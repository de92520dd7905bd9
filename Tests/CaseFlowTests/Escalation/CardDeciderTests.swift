import CaseFlow
import EventStore
import Testing
import WorkingTime

/// The rules of a case's cards.
@Suite("Cards of a case")
struct CardDeciderTests {
    private static let promise = Case.CardKey(ClockName(rawValue: "promise") ?? .other)

    private static func due(_ rung: String, _ level: Int, on day: String, key: Case.CardKey = promise) throws
        -> Case.DueRung
    {
        var raised = Case.RaisedRung(
            key,
            rung: RulePack.Rung.of(rung),
            level: level,
            rules: "cn-licensing 1",
            limit: Limit(10, .workingDays) ?? .none,
            startedOn: SmallTown.day("2026-03-02"),
            basedOn: 7,
            holder: Case.CardHolder(unit: "forest", role: .reviewer, officer: "reviewer", deputy: "reviewer2"),
            cause: Case.CardCause(.work, task: "papers"),
            addressee: Case.CardAddressee(.holder, unit: "forest", persons: [.init("reviewer")])
        )
        raised.answerBy = SmallTown.day("2026-03-30")
        return Case.DueRung(raised, at: try moment("\(day)T00:00"))
    }

    private static func accepted() throws -> CentreCase {
        var file = try CentreCase.felling()
        try file.receive()
        try file.on(.accept, by: .window)
        return file
    }

    private static func refusal(_ body: () throws -> Void) -> Case.CardRejection? {
        do {
            try body()
            return nil
        } catch Case.Rejection.card(let rejection) {
            return rejection
        } catch {
            Issue.record("another error: \(error)")
            return nil
        }
    }

    @Test func `a rung that is due is raised, with the moment at which it was due`() throws {
        var file = try Self.accepted()
        let red = try Self.due("red", 3, on: "2026-03-17")
        let now = try moment("2026-03-17T08:12").timestamp
        let events = try file.take(.card(.raise([red], now: now)))
        #expect(events.map(\.fact) == [.card(.raised(red.rung), at: red.at)])
        #expect(events.map(\.effectiveAt) == [red.at.timestamp])
        let card = try #require(file.state.cards[Self.promise])
        #expect(card.top.rung == "red" && card.isOpen && card.rungs == ["red"])
    }

    @Test func `the same rung again is no news, and several come in their order`() throws {
        var file = try Self.accepted()
        let (yellow, red) = (try Self.due("yellow", 2, on: "2026-03-13"), try Self.due("red", 3, on: "2026-03-17"))
        let now = try moment("2026-03-18").timestamp
        #expect(try file.take(.card(.raise([yellow, red, red], now: now))).count == 2)
        #expect(try file.take(.card(.raise([yellow, red], now: now))).isEmpty)
        #expect(file.state.cards[Self.promise]?.rungs == ["yellow", "red"])
        #expect(file.state.cards[Self.promise]?.openedAt == yellow.at)
    }

    @Test func `nothing is raised before it is due, for no case, or under other rules`() throws {
        var file = try Self.accepted()
        let red = try Self.due("red", 3, on: "2026-03-17")
        let before = red.at.timestamp.advanced(byMicroseconds: -1)
        #expect(Self.refusal { try file.take(.card(.raise([red], now: before))) } == .early("red", due: red.at))
        var other = red
        other.rung.rules = "cn-licensing 2"
        #expect(
            Self.refusal { try file.take(.card(.raise([other], now: red.at.timestamp))) }
                == .otherRules("cn-licensing 2", of: "cn-licensing 1")
        )
        #expect(throws: Case.Rejection.notReceived) {
            try Case.decide(.card(.raise([red], now: red.at.timestamp)), Case.initial)
        }
    }

    @Test func `the level only rises, and a lower rung that comes later changes nothing else`() throws {
        var file = try Self.accepted()
        let now = try moment("2026-03-20").timestamp
        try file.take(.card(.raise([Self.due("yellow", 2, on: "2026-03-02")], now: now)))
        try file.take(
            .card(
                .answer(
                    Self.promise,
                    .init(.workload, text: "soon"),
                    at: moment("2026-03-19"),
                    now: now,
                    by: CentreCase.Hand.reviewer.standing
                )
            )
        )
        try file.take(.card(.raise([Self.due("remind", 1, on: "2026-03-03")], now: now)))
        let card = try #require(file.state.cards[Self.promise])
        #expect(card.top.rung == "yellow" && card.rungs == ["yellow", "remind"] && !card.isOpen)
    }

    @Test func `a card is answered once for each level, by those with whom the case lay`() throws {
        var file = try Self.accepted()
        try file.take(.card(.raise([Self.due("red", 3, on: "2026-03-17")], now: moment("2026-03-17").timestamp)))
        let (at, now) = (try moment("2026-03-18"), try moment("2026-03-18T09:01").timestamp)
        func answer(_ text: String, by hand: CentreCase.Hand, at: ZonedTime = at) -> Case.Command {
            .card(.answer(Self.promise, .init(.workload, text: text), at: at, now: now, by: hand.standing))
        }
        #expect(
            Self.refusal { try file.take(answer("soon", by: .window)) }
                == .notYours(
                    "window",
                    holder: Case.CardHolder(unit: "forest", role: .reviewer, officer: "reviewer", deputy: "reviewer2"),
                    named: ["reviewer", "reviewer2"]
                )
        )
        #expect(Self.refusal { try file.take(answer("", by: .reviewer)) }?.description.contains("say why") == true)
        #expect(
            Self.refusal { try file.take(answer("call 13812345678", by: .reviewer)) }?.description.contains(
                "the text holds"
            ) == true
        )
        #expect(
            Self.refusal { try file.take(answer("x", by: .reviewer, at: moment("2026-03-16"))) }
                == .beforeCard(try moment("2026-03-16"), raised: try moment("2026-03-17T00:00"))
        )
        #expect(
            Self.refusal { try file.take(answer("x", by: .reviewer, at: moment("2026-03-19"))) }
                == .ahead(try moment("2026-03-19"))
        )
        #expect(try file.take(answer("two colleagues are away", by: .reviewer)).count == 1)
        #expect(file.state.cards[Self.promise]?.isOpen == false)
        #expect(try file.take(answer("two colleagues are away", by: .reviewer)).isEmpty)
        #expect(
            Self.refusal { try file.take(answer("another", by: .reviewer)) } == .answeredBefore(Self.promise, at: at)
        )
        // The next rung asks anew.
        try file.take(.card(.raise([Self.due("director", 4, on: "2026-03-18")], now: now)))
        #expect(file.state.cards[Self.promise]?.isOpen == true)
        #expect(try file.take(answer("another", by: .reviewer)).count == 1)
    }

    @Test func `a B who acts for one who is named answers, also where A went away after the card was raised`() throws {
        var file = try Self.accepted()
        var told = try Self.due("director", 4, on: "2026-03-17")
        told.rung.addressee = Case.CardAddressee(.director, unit: "hall", persons: [.init("chief")])
        try file.take(.card(.raise([told], now: moment("2026-03-17").timestamp)))
        let (at, now) = (try moment("2026-03-18"), try moment("2026-03-18T09:01").timestamp)
        func answer(for absent: OfficerID?) -> Case.Command {
            var standing = CentreCase.Hand.director.standing
            (standing.holder, standing.actingFor) = (.b, absent)
            return .card(.answer(Self.promise, .init(.absence, text: "x"), at: at, now: now, by: standing))
        }
        for absent in [nil, "somebody"] as [OfficerID?] {
            guard case .notYours? = Self.refusal({ try file.take(answer(for: absent)) }) else {
                Issue.record("it is not the director's for \(absent?.rawValue ?? "nobody")")
                return
            }
        }
        #expect(try file.take(answer(for: "chief")).count == 1)
        // Both names stay on the record.
        let by = try #require(file.state.cards[Self.promise]?.answer?.by)
        #expect(by.officer == "director" && by.actingFor == "chief")
    }

    @Test func `a rung that asks for no answer is a reminder, and none is awaited`() throws {
        var file = try Self.accepted()
        var yellow = try Self.due("yellow", 2, on: "2026-03-13")
        yellow.rung.answerBy = nil
        try file.take(.card(.raise([yellow], now: moment("2026-03-18").timestamp)))
        #expect(file.state.cards[Self.promise]?.isOpen == false)
        #expect(file.state.cards[Self.promise]?.state == .reminder)
        try file.take(.card(.raise([Self.due("red", 3, on: "2026-03-17")], now: moment("2026-03-18").timestamp)))
        #expect(file.state.cards[Self.promise]?.isOpen == true)
    }

    @Test func `an inspector withdraws a card with a reason; a higher rung opens it again`() throws {
        var file = try Self.accepted()
        try file.take(.card(.raise([Self.due("red", 3, on: "2026-03-17")], now: moment("2026-03-17").timestamp)))
        let (at, now) = (try moment("2026-03-18"), try moment("2026-03-18T09:01").timestamp)
        func withdraw(_ reason: String, by hand: CentreCase.Hand) -> Case.Command {
            .card(.withdraw(Self.promise, reason: reason, at: at, now: now, by: hand.standing))
        }
        #expect(Self.refusal { try file.take(withdraw("flood", by: .director)) } == .noInspector(.director))
        #expect(Self.refusal { try file.take(withdraw("", by: .inspector)) }?.description.contains("reason") == true)
        #expect(
            Self.refusal {
                try file.take(
                    .card(
                        .withdraw(
                            .init(ClockName(rawValue: "notice") ?? .other),
                            reason: "x",
                            at: at,
                            now: now,
                            by: CentreCase.Hand.inspector.standing
                        )
                    )
                )
            }
                == .noSuchCard(.init(ClockName(rawValue: "notice") ?? .other), has: [Self.promise])
        )
        #expect(try file.take(withdraw("the hall was flooded", by: .inspector)).count == 1)
        #expect(try file.take(withdraw("the hall was flooded", by: .inspector)).isEmpty)
        #expect(
            Self.refusal { try file.take(withdraw("another reason", by: .inspector)) }
                == .withdrawnBefore(Self.promise, at: at)
        )
        let card = try #require(file.state.cards[Self.promise])
        #expect(!card.isOpen && card.withdrawal?.by?.officer == "inspector")
        try file.take(.card(.raise([Self.due("director", 4, on: "2026-03-18")], now: now)))
        #expect(file.state.cards[Self.promise]?.isOpen == true)
        #expect(file.state.cards[Self.promise]?.rungs == ["red", "director"])
    }

    @Test func `cards are no steps: clocks, tasks and order of the case do not see them, and finishing clears nothing`()
        throws
    {
        var (with, without) = (try Self.accepted(), try Self.accepted())
        try with.take(.card(.raise([Self.due("red", 3, on: "2026-03-17")], now: moment("2026-03-17").timestamp)))
        for facts in [(Case.ProcedureFact.withdrawn, CentreCase.Hand.window)] {
            // Effective before the card was due, entered after it.
            try with.on(facts.0, by: facts.1)
            try without.on(facts.0, by: facts.1)
        }
        #expect(with.state.cards[Self.promise]?.isOpen == true)
        #expect(Case.tasks(with.state) == Case.tasks(without.state))
        #expect(with.ledger.entries.map(\.fact) == without.ledger.entries.map(\.fact))
        var bare = with.state
        (bare.cards, bare.events) = ([:], without.state.events)
        #expect(bare == without.state)
    }

    @Test func `a lapse is accepted by the system without a post, and the procedure goes on`() throws {
        var file = try CentreCase.felling()
        try file.receive()
        let received = try #require(file.state.receivedAt)
        try file.go(to: "2026-03-10")
        let events = try file.take(.record(.accepted(isDeemed: true), at: received, under: file.law))
        #expect(events.first?.fact == .procedure(.accepted(isDeemed: true), at: received))
        #expect(events.contains { if case .procedure(.stageBegun, _) = $0.fact { true } else { false } })
        // Anything else needs a post.
        #expect(throws: Case.Rejection.self) { try file.take(.record(.withdrawn, at: file.at, under: file.law)) }
    }

    @Test func `a file goes back without a post when the time for a material is over, and not before`() throws {
        var file = try CentreCase.felling()
        try file.receive(["card"])
        let two = try #require(Limit(2, .workingDays))
        try file.on(.materialDeferred("title", within: two), by: .window)
        try file.on(.accept, by: .window)
        for (day, rejection) in [
            ("2026-03-04", Case.ServiceRejection.deferralRuns("title", due: try CivilDate("2026-03-04"))),
            ("2026-03-05", .notDeferred("card")),
        ] {
            try file.go(to: day)
            let name = day == "2026-03-05" ? "card" : "title"
            let command = Case.Command.record(.fileReturned(name), at: file.at, under: try file.law)
            let error = #expect(throws: Case.Rejection.self) { try file.take(command) }
            guard case .service(rejection, _)? = error else {
                Issue.record("\(day): \(String(describing: error))")
                continue
            }
        }
        let events = try file.take(.record(.fileReturned("title"), at: file.at, under: file.law))
        #expect(events.first?.by == nil && events.first?.fact == .procedure(.fileReturned("title"), at: file.at))
        #expect(file.state.progress.abandonedAt == file.at)
    }
}

extension RulePack.Rung {
    /// A rung of the shipped ladder.
    static func of(_ name: String) -> RulePack.Rung {
        let ladder = (try? TownshipCase.rules.get())?.ladders["promise"] ?? []
        guard let rung = ladder.first(where: { $0.name == name }) else { preconditionFailure("no rung \(name)") }
        return rung
    }
}
