import CaseFlow
import EventStore
import Testing
import WorkingTime

/// A unit as a file says: what differs becomes events, what is so does not.
@Suite struct UnitEntryTests {
    private typealias Town = SmallTown
    private static let april = SmallTown.day("2026-04-01")

    private static func facts(_ entry: UnitEntry, on day: CivilDate, _ state: NetworkUnit.State) throws
        -> [UnitEvent.Fact]
    {
        try NetworkUnit.decide(.init(.enter(entry, on: day), by: Town.actor, at: Town.moment), state).map(\.fact)
    }

    private static func state(_ entry: UnitEntry) throws -> NetworkUnit.State {
        var state = NetworkUnit.initial
        let command = NetworkUnit.Command(.enter(entry, on: april), by: Town.actor, at: Town.moment)
        for event in try NetworkUnit.decide(command, state) { NetworkUnit.evolve(&state, event) }
        return state
    }

    @Test func `the same again is nothing, on the same day and later`() throws {
        for entry in Town.units {
            let state = try Self.state(entry)
            for day in [Town.start, Self.april, Town.day("2027-01-01")] {
                #expect(try Self.facts(entry, on: day, state) == [], "\(entry.profile.code) \(day)")
            }
        }
    }

    @Test func `a new unit begins on its own day; what changes later does so on the day of entry`() throws {
        var entry = Town.units[3]
        let first = try Self.facts(entry, on: Self.april, NetworkUnit.initial)
        #expect(first.first == .established(entry.profile, from: Town.start))
        #expect(first.contains(.postFilled(Town.name("reviewer-1"), .a, Town.officer("o-3"), from: Town.start)))
        let state = try Self.state(entry)
        entry.posts[0] = Town.post("reviewer-1", .reviewer, "o-9", "o-4")
        entry.posts[2] = Town.post("approver", .approver, "o-6", "o-5")
        entry.posts[3] = Town.post("clerk", .window, "o-7", nil)
        let changes = try Self.facts(entry, on: Self.april, state)
        let (approver, spare, clerk) = (Town.name("approver"), Town.name("spare"), Town.name("clerk"))
        #expect(
            changes == [
                .postVacated(spare, .b, from: Self.april), .postAbolished(spare, from: Self.april),
                .postFilled(Town.name("reviewer-1"), .a, Town.officer("o-9"), from: Self.april),
                // A and B change places: first the deputy's goes free.
                .postVacated(approver, .b, from: Self.april),
                .postFilled(approver, .a, Town.officer("o-6"), from: Self.april),
                .postFilled(approver, .b, Town.officer("o-5"), from: Self.april),
                .postCreated(clerk, role: .window, from: Self.april),
                .postFilled(clerk, .a, Town.officer("o-7"), from: Self.april),
            ]
        )
        // A day of its own counts.
        entry = Town.units[3]
        entry.posts[0].a = .init(Town.officer("o-9"), from: Town.day("2026-02-01"))
        let dated = try Self.facts(entry, on: Self.april, state)
        #expect(
            dated == [.postFilled(Town.name("reviewer-1"), .a, Town.officer("o-9"), from: Town.day("2026-02-01"))]
        )
    }

    @Test func `a duty ends on its last day, may be lengthened, and is not begun again when it is over`() throws {
        var entry = Town.units[4]
        entry.duties[0].through = Town.day("2026-03-31")
        var state = try Self.state(entry)
        let line = try #require(state.duties[Town.market.name])
        #expect(line[Town.day("2026-03-31")] == Town.market && line[Self.april] == .some(nil))
        #expect(try Self.facts(entry, on: Town.day("2026-08-01"), state) == [])
        entry.duties[0].through = Town.day("2026-06-30")
        let longer = try Self.facts(entry, on: Town.day("2026-03-01"), state)
        let name = Town.market.name
        #expect(longer == [.dutySet(Town.market, from: Self.april), .dutyEnded(name, from: Town.day("2026-07-01"))])
        entry.duties = []
        state = try Self.state(Town.units[4])
        #expect(try Self.facts(entry, on: Self.april, state) == [.dutyEnded(name, from: Self.april)])
    }

    @Test func `an old file does not open again what was closed since`() throws {
        let entry = Town.units[5]
        var state = try Self.state(entry)
        let close = NetworkUnit.Command(.close(from: Self.april, reason: "并村"), by: Town.actor, at: Town.moment)
        for event in try NetworkUnit.decide(close, state) { NetworkUnit.evolve(&state, event) }
        let june = Town.day("2026-06-01")
        #expect(throws: NetworkUnit.Rejection.closedSince(Self.april, reason: "并村")) {
            try Self.facts(entry, on: june, state)
        }
        var reopened = entry
        reopened.from = june
        #expect(try Self.facts(reopened, on: june, state) == [.established(entry.profile, from: june)])
    }
}
