import CaseFlow
import EventStore
import Testing
import WorkingTime

/// What may happen to an officer.
@Suite struct OfficerTests {
    private static let start = SmallTown.start
    private static let leave = Officer.Absence(
        from: SmallTown.day("2026-11-02"),
        through: SmallTown.day("2026-11-13"),
        reason: .leave
    )

    private static func given(_ facts: [OfficerEvent.Fact]) -> Officer.State {
        var state = Officer.initial
        for fact in facts {
            Officer.evolve(&state, OfficerEvent(effectiveAt: .earliest, actor: SmallTown.actor, fact: fact))
        }
        return state
    }

    private static func when(_ wish: Officer.Wish, _ facts: [OfficerEvent.Fact]) throws -> [OfficerEvent.Fact] {
        try Officer.decide(.init(wish, by: SmallTown.actor, at: SmallTown.moment), given(facts)).map(\.fact)
    }

    private static func refusal(_ wish: Officer.Wish, _ facts: [OfficerEvent.Fact]) -> Officer.Rejection? {
        do { _ = try when(wish, facts) } catch { return error as? Officer.Rejection }
        return nil
    }

    @Test func `an officer is registered, away, back early, and leaves`() throws {
        var facts = try Self.when(.register(from: Self.start), [])
        #expect(facts == [.registered(from: Self.start)])
        #expect(try Self.when(.register(from: Self.start), facts) == [])
        #expect(try Self.when(.absent(Self.leave), facts) == [.absent(Self.leave)])
        facts.append(.absent(Self.leave))
        #expect(try Self.when(.absent(Self.leave), facts) == [])
        var state = Self.given(facts)
        #expect(state.isPresent(on: SmallTown.day("2026-11-01")) && !state.isPresent(on: Self.leave.from))
        #expect(!state.isPresent(on: Self.leave.through) && state.isPresent(on: SmallTown.day("2026-11-14")))

        let early = SmallTown.day("2026-11-06")
        #expect(try Self.when(.back(on: early), facts) == [.back(on: early)])
        facts.append(.back(on: early))
        #expect(try Self.when(.back(on: early), facts) == [])
        state = Self.given(facts)
        #expect(state.absence(on: SmallTown.day("2026-11-05"))?.through == SmallTown.day("2026-11-05"))
        #expect(state.isPresent(on: early))
        // On its first day an absence is void.
        facts.append(.back(on: Self.leave.from))
        #expect(Self.given(facts).absences.isEmpty)

        let last = SmallTown.day("2026-12-01")
        #expect(try Self.when(.leave(from: last), facts) == [.left(from: last)])
        facts.append(.left(from: last))
        #expect(try Self.when(.leave(from: last), facts) == [])
        state = Self.given(facts)
        #expect(state.isInService(on: SmallTown.day("2026-11-30")) && !state.isInService(on: last))
    }

    @Test func `what cannot be is refused`() {
        let facts: [OfficerEvent.Fact] = [.registered(from: Self.start)]
        #expect(Self.refusal(.absent(Self.leave), []) == .notRegistered)
        var absence = Self.leave
        absence.through = SmallTown.day("2026-11-01")
        let order = Self.refusal(.absent(absence), facts)
        #expect(order == .daysInOrder(from: absence.from, through: absence.through))
        absence.through = SmallTown.day("2028-11-02")
        #expect(Self.refusal(.absent(absence), facts) == .tooLong(days: 732))
        absence.from = SmallTown.day("2028-11-02")
        let left = facts + [.left(from: SmallTown.day("2026-12-01"))]
        #expect(Self.refusal(.absent(absence), left) == .notInService(on: absence.from))
        let day = SmallTown.day("2026-11-20")
        #expect(Self.refusal(.back(on: day), facts + [.absent(Self.leave)]) == .notAbsent(on: day))
        let early = SmallTown.day("2025-12-31")
        #expect(Self.refusal(.leave(from: early), facts) == .notInService(on: early))
    }

    @Test func `a file registers whom it lists, and nobody who has left since`() throws {
        let day = SmallTown.day("2026-06-01")
        #expect(try Self.when(.enter(from: nil, on: day), []) == [.registered(from: day)])
        #expect(try Self.when(.enter(from: Self.start, on: day), []) == [.registered(from: Self.start)])
        let facts: [OfficerEvent.Fact] = [.registered(from: Self.start)]
        #expect(try Self.when(.enter(from: nil, on: day), facts) == [])
        let left = facts + [.left(from: day)]
        #expect(Self.refusal(.enter(from: Self.start, on: day), left) == .hasLeft(since: day))
        #expect(Self.refusal(.enter(from: nil, on: SmallTown.day("2027-01-01")), left) == .hasLeft(since: day))
        let back = SmallTown.day("2026-09-01")
        #expect(try Self.when(.enter(from: back, on: back), left) == [.registered(from: back)])
    }

    @Test(arguments: ["gy-0012", "7", "a_b", "officer"])
    func `an officer's code is the actor's`(code: String) throws {
        let officer = try OfficerID(code)
        #expect(officer.actor.rawValue == "officer/\(code)" && officer.stream.rawValue == "officer/\(code)")
        #expect(OfficerID(actor: officer.actor) == officer)
    }

    @Test(arguments: ["", "张三", "a b", "-a", "gy/1"])
    func `what is no code is refused`(text: String) {
        #expect(OfficerID(rawValue: text) == nil)
        #expect(OfficerID(actor: Actor(trusted: "officer/\(text)")) == nil)
        #expect(OfficerID(actor: Actor(trusted: "import:x")) == nil)
    }
}
