import CaseFlow
import EventStore
import Testing
import WorkingTime

/// What may happen to a unit: given events, when something is wanted, then facts or a refusal.
@Suite struct NetworkUnitTests {
    private typealias Town = SmallTown
    private static let first = SmallTown.day("2026-01-01")
    private static let march = SmallTown.day("2026-03-01")
    private static let june = SmallTown.day("2026-06-01")
    private static let (reviewer, o1, o2, o3) = (
        SmallTown.name("reviewer-1"), SmallTown.officer("o-1"), SmallTown.officer("o-2"), SmallTown.officer("o-3")
    )
    private static let profile = SmallTown.profile(
        SmallTown.village,
        .villageStation,
        in: SmallTown.hall,
        seal: "stamp"
    )

    private static func given(_ facts: [UnitEvent.Fact]) -> NetworkUnit.State {
        var state = NetworkUnit.initial
        for fact in facts {
            NetworkUnit.evolve(&state, UnitEvent(effectiveAt: .earliest, actor: Town.actor, fact: fact))
        }
        return state
    }

    private static let station: [UnitEvent.Fact] = [
        .established(profile, from: first), .postCreated(reviewer, role: .reviewer, from: first),
        .postFilled(reviewer, .a, o1, from: first),
    ]

    private static func when(_ wish: NetworkUnit.Wish, _ given: [UnitEvent.Fact]) throws -> [UnitEvent.Fact] {
        try NetworkUnit.decide(.init(wish, by: Town.actor, at: Town.moment), Self.given(given)).map { event in
            #expect(event.actor == Town.actor && event.effectiveAt == Town.moment)
            return event.fact
        }
    }

    private static func refusal(_ wish: NetworkUnit.Wish, _ given: [UnitEvent.Fact]) -> NetworkUnit.Rejection? {
        do { _ = try when(wish, given) } catch { return error as? NetworkUnit.Rejection }
        return nil
    }

    @Test func `a unit is established once, changed, closed with a reason, and established again`() throws {
        var moved = Self.profile
        moved.parent = UnitCode(trusted: "other-hall")
        #expect(
            try Self.when(.set(Self.profile, from: Self.first), []) == [.established(Self.profile, from: Self.first)]
        )
        #expect(try Self.when(.set(Self.profile, from: Self.march), Self.station) == [])
        #expect(try Self.when(.set(moved, from: Self.march), Self.station) == [.changed(moved, from: Self.march)])
        let closed = try Self.when(.close(from: Self.march, reason: "并村"), Self.station)
        #expect(closed == [.closed(from: Self.march, reason: "并村")])
        #expect(try Self.when(.close(from: Self.june, reason: "x"), Self.station + closed) == [])
        #expect(Self.refusal(.close(from: Self.march, reason: " "), Self.station) == .noReason)
        #expect(Self.refusal(.close(from: Self.march, reason: "x"), []) == .notEstablished)
        let again = try Self.when(.set(Self.profile, from: Self.june), Self.station + closed)
        #expect(again == [.established(Self.profile, from: Self.june)])
        // Its posts are there again.
        let state = Self.given(Self.station + closed + again)
        #expect(state.posts[Self.reviewer]?.officer(.a, on: Self.june) == Self.o1)
        #expect(state.profile(on: Self.march) == nil && state.profile(on: Self.june) == Self.profile)
    }

    @Test func `a unit's place has to fit to what it is`() {
        let stranger = Town.profile(UnitCode(trusted: "x1"), .centre)
        #expect(Self.refusal(.set(stranger, from: Self.first), Self.station) == .otherUnit("x1", has: Town.village))
        var own = Self.profile
        own.parent = own.code
        #expect(Self.refusal(.set(own, from: Self.first), []) == .ownParent(own.code))
        let alone = Town.profile(Town.village, .villageStation)
        #expect(Self.refusal(.set(alone, from: Self.first), []) == .parentOfKind(.villageStation))
        let county = Town.profile(Town.county, .county, in: Town.hall)
        #expect(Self.refusal(.set(county, from: Self.first), []) == .parentOfKind(.county))
    }

    @Test func `a post is held from a day on, and what is told late does not undo what came after`() throws {
        let filled = try Self.when(.fill(Self.reviewer, .a, Self.o2, from: Self.june), Self.station)
        #expect(filled == [.postFilled(Self.reviewer, .a, Self.o2, from: Self.june)])
        let late = try Self.when(.fill(Self.reviewer, .a, Self.o3, from: Self.march), Self.station + filled)
        let post = Self.given(Self.station + filled + late).posts[Self.reviewer]
        #expect(post?.officer(.a, on: Town.day("2026-02-28")) == Self.o1)
        #expect(post?.officer(.a, on: Self.march) == Self.o3)
        #expect(post?.officer(.a, on: Town.day("2026-05-31")) == Self.o3)
        #expect(post?.officer(.a, on: Self.june) == Self.o2)
        #expect(post?.officer(.a, on: Town.day("2025-12-31")) == nil)
        // A mistake is corrected by telling the same day again.
        let corrected = try Self.when(.fill(Self.reviewer, .a, Self.o1, from: Self.june), Self.station + filled)
        #expect(
            Self.given(Self.station + filled + corrected).posts[Self.reviewer]?.officer(.a, on: Self.june) == Self.o1
        )
        #expect(try Self.when(.fill(Self.reviewer, .a, Self.o1, from: Self.march), Self.station) == [])
        #expect(try Self.when(.vacate(Self.reviewer, .b, from: Self.march), Self.station) == [])
        let vacated = try Self.when(.vacate(Self.reviewer, .a, from: Self.march), Self.station)
        #expect(vacated == [.postVacated(Self.reviewer, .a, from: Self.march)])
    }

    @Test func `A and B of a post are two persons on every day`() throws {
        let same = Self.refusal(.fill(Self.reviewer, .b, Self.o1, from: Self.march), Self.station)
        #expect(same == .sameAsOther(Self.reviewer, Self.o1, is: .a))
        #expect(same?.description.contains("vacate A first") == true)
        // o-2 is A from June on; as B from March on she would deputise for herself.
        let june: [UnitEvent.Fact] = [.postFilled(Self.reviewer, .a, Self.o2, from: Self.june)]
        let later = Self.refusal(.fill(Self.reviewer, .b, Self.o2, from: Self.march), Self.station + june)
        #expect(later == .sameAsOther(Self.reviewer, Self.o2, is: .a))
        // Up to a later B it is well.
        let may: [UnitEvent.Fact] = [.postFilled(Self.reviewer, .b, Self.o3, from: Town.day("2026-05-01"))]
        let until = try Self.when(.fill(Self.reviewer, .b, Self.o2, from: Self.march), Self.station + june + may)
        #expect(until == [.postFilled(Self.reviewer, .b, Self.o2, from: Self.march)])
    }

    @Test func `an abolished post loses its holders, and does not have them when it is created again`() throws {
        let filled: [UnitEvent.Fact] = [.postFilled(Self.reviewer, .b, Self.o2, from: Self.first)]
        let gone = try Self.when(.abolishPost(Self.reviewer, from: Self.march), Self.station + filled)
        #expect(
            gone == [
                .postVacated(Self.reviewer, .a, from: Self.march), .postVacated(Self.reviewer, .b, from: Self.march),
                .postAbolished(Self.reviewer, from: Self.march),
            ]
        )
        let facts = Self.station + filled + gone
        #expect(try Self.when(.abolishPost(Self.reviewer, from: Self.june), facts) == [])
        let none = NetworkUnit.Rejection.noSuchPost(Self.reviewer, on: Self.june, has: [])
        #expect(Self.refusal(.fill(Self.reviewer, .a, Self.o1, from: Self.june), facts) == none)
        let again = try Self.when(.createPost(Self.reviewer, role: .approver, from: Self.june), facts)
        let post = Self.given(facts + again).posts[Self.reviewer]
        #expect(post?.role(on: Self.june) == .approver && post?.officer(.a, on: Self.june) == nil)
        #expect(post?.role(on: Self.first) == .reviewer && post?.role(on: Self.march) == nil)
    }

    @Test func `a post has one role, and a unit that is open`() {
        let role = Self.refusal(.createPost(Self.reviewer, role: .approver, from: Self.march), Self.station)
        #expect(role == .otherRole(Self.reviewer, .approver, has: .reviewer))
        let early = Town.day("2025-12-31")
        #expect(
            Self.refusal(.createPost(Self.reviewer, role: .reviewer, from: early), Self.station) == .notOpen(on: early)
        )
        #expect(Self.refusal(.createPost(Self.reviewer, role: .reviewer, from: early), []) == .notEstablished)
        let unknown = Town.name("baker")
        let none = Self.refusal(.vacate(unknown, .a, from: Self.march), Self.station)
        #expect(none == .noSuchPost(unknown, on: Self.march, has: [Self.reviewer]))
        #expect(none?.description.contains("there are: reviewer-1") == true)
    }

    @Test func `a duty needs days, hours, and the seal that it is to have`() throws {
        let set = try Self.when(.setDuty(Town.market, from: Self.first), Self.station)
        #expect(set == [.dutySet(Town.market, from: Self.first)])
        #expect(try Self.when(.setDuty(Town.market, from: Self.march), Self.station + set) == [])
        var wrong = Town.market
        wrong.days = .every(0, from: Self.first)
        #expect(Self.refusal(.setDuty(wrong, from: Self.first), Self.station) == .noDays(wrong.name))
        wrong.days = .dates([])
        #expect(Self.refusal(.setDuty(wrong, from: Self.first), Self.station) == .noDays(wrong.name))
        wrong = Town.market
        wrong.hours = .closed
        #expect(Self.refusal(.setDuty(wrong, from: Self.first), Self.station) == .noHours(wrong.name))
        var sealless = Self.profile
        sealless.seal = nil
        let established: [UnitEvent.Fact] = [.established(sealless, from: Self.first)]
        #expect(Self.refusal(.setDuty(Town.market, from: Self.first), established) == .noSeal(Town.market.name))
        let ended = try Self.when(.endDuty(Town.market.name, from: Self.june), Self.station + set)
        #expect(ended == [.dutyEnded(Town.market.name, from: Self.june)])
        #expect(try Self.when(.endDuty(Town.market.name, from: Self.june), Self.station + set + ended) == [])
        #expect(
            Self.refusal(.endDuty(Self.reviewer, from: Self.june), Self.station) == .noSuchDuty(Self.reviewer, has: [])
        )
        // Days are kept in order and once.
        var days = Town.market
        days.days = .weekdays([.friday, .monday, .friday])
        let kept = try Self.when(.setDuty(days, from: Self.first), Self.station)
        days.days = .weekdays([.monday, .friday])
        #expect(kept == [.dutySet(days, from: Self.first)])
    }
}
