import CaseFlow
import EventStore
import Testing
import WorkingTime

/// Who may act as what, where, on a day.
@Suite struct StandingTests {
    private typealias Town = SmallTown
    private static let (day, next) = (SmallTown.day("2026-11-03"), SmallTown.day("2026-11-04"))
    private static let aid = SmallTown.department

    private static func standing(_ officer: String, _ role: OfficerRole, in unit: UnitCode = aid, _ network: Network)
        throws -> Standing
    {
        try network.standing(of: Town.officer(officer), in: unit, as: role, on: day)
    }

    private static func refusal(_ officer: String, _ role: OfficerRole, in unit: UnitCode = aid, _ network: Network)
        -> NoStanding?
    {
        do { _ = try standing(officer, role, in: unit, network) } catch { return error as? NoStanding }
        return nil
    }

    private static func post(_ name: String) -> PostCode { PostCode(aid, Town.name(name)) }

    private static func network(_ change: (inout NetworkBook) throws -> Void = { _ in }) throws -> Network {
        var book = try Town.book()
        try change(&book)
        return book.latest
    }

    private static func away(_ officer: String, _ book: inout NetworkBook) throws {
        let absence = Officer.Absence(from: day, through: day, reason: .sick)
        try Town.take(.absent(absence), of: Town.officer(officer), Town.moment, &book)
    }

    @Test func `A acts while A is there, and B does not`() throws {
        let network = try Self.network()
        let a = try Self.standing("o-5", .approver, network)
        #expect(a.post == Self.post("approver") && a.holder == .a && a.actingFor == nil)
        let window = Self.refusal("o-7", .window, in: Town.window, network)
        #expect(
            window?.reason == .holderPresent(PostCode(Town.window, Town.name("counter")), holder: Town.officer("o-8"))
        )
        #expect(window?.allowed.map(\.officer.rawValue) == ["o-8"])
        #expect(window?.description.contains("o-7 is B of hall-w1/counter") == true)
        #expect(window?.description.hasSuffix("; who may: o-8") == true)
        #expect(window?.words(.chinese).hasSuffix("；可以办理的：o-8") == true)
    }

    @Test func `B acts for A who is away, by A's own post`() throws {
        let network = try Self.network { try Self.away("o-3", &$0) }
        let absent = Self.refusal("o-3", .reviewer, network)
        #expect(absent?.reason == .absent(Officer.Absence(from: Self.day, through: Self.day, reason: .sick)))
        #expect(absent?.allowed.map(\.officer.rawValue) == ["o-4", "o-4"])
        // o-4 has a post as A: that one counts first.
        #expect(try Self.standing("o-4", .reviewer, network).post == Self.post("reviewer-2"))
        let allowed = network.whoMayAct(in: Self.aid, as: .reviewer, on: Self.day)
        #expect(allowed.map(\.holder) == [.b, .a] && allowed[0].actingFor == Town.officer("o-3"))
        #expect(network.whoMayAct(in: Self.aid, as: .reviewer, on: Self.next).map(\.holder) == [.a, .a])

        let approver = try Self.network { try Self.away("o-5", &$0) }
        let b = try Self.standing("o-6", .approver, approver)
        #expect(b.post == Self.post("approver") && b.holder == .b && b.actingFor == Town.officer("o-5"))
        #expect(
            try approver.standing(of: Town.officer("o-6"), in: Self.aid, as: .approver, on: Self.next).actingFor == nil
        )
    }

    @Test func `B acts where A is vacant or has left`() throws {
        let vacant = try Self.standing("o-6", .approver, try Self.network())
        #expect(vacant.post == Self.post("spare") && vacant.holder == .b && vacant.actingFor == nil)
        let left = try Self.network { book in
            try Town.take(.leave(from: Self.day), of: Town.officer("o-5"), Town.moment, &book)
        }
        #expect(Self.refusal("o-5", .approver, left)?.reason == .notInService(since: Self.day))
        #expect(try Self.standing("o-6", .approver, left).actingFor == Town.officer("o-5"))
        let vacated = try Self.network { book in
            try Town.take(.vacate(Town.name("approver"), .a, from: Self.day), of: Self.aid, Town.moment, &book)
        }
        let none = Self.refusal("o-5", .approver, vacated)
        #expect(none?.reason == .holdsNoPost && none?.allowed.map(\.officer.rawValue) == ["o-6", "o-6"])
        #expect(try Self.standing("o-6", .approver, vacated).post == Self.post("approver"))
    }

    @Test func `nobody may act where A and B are away, and that is told`() throws {
        let network = try Self.network { book in
            try Self.away("o-3", &book)
            try Self.away("o-4", &book)
        }
        let refusal = Self.refusal("o-4", .reviewer, network)
        #expect(refusal?.allowed == [] && refusal?.description.hasSuffix("; nobody may act on that day") == true)
    }

    @Test func `unit, role and officer have to be there`() throws {
        let network = try Self.network()
        #expect(Self.refusal("o-5", .approver, in: UnitCode(trusted: "moon"), network)?.reason == .noSuchUnit)
        #expect(Self.refusal("o-5", .auditor, network)?.reason == .noPostOfRole)
        #expect(Self.refusal("o-55", .approver, network)?.reason == .noSuchOfficer)
        #expect(Self.refusal("o-3", .approver, network)?.reason == .holdsNoPost)
        let closed = try Self.network { book in
            try Town.take(.close(from: Self.day, reason: "撤销"), of: Self.aid, Town.moment, &book)
        }
        let refusal = Self.refusal("o-5", .approver, closed)
        #expect(refusal?.reason == .unitClosed(since: Self.day, reason: "撤销") && refusal?.allowed == [])
        #expect(closed.seats(in: Self.aid, on: Self.day).isEmpty && closed.postings(of: "o-5", on: Self.day).isEmpty)
        let early = SmallTown.day("2025-06-01")
        let before = #expect(throws: NoStanding.self) {
            try network.standing(of: "o-5", in: Self.aid, as: .approver, on: early)
        }
        #expect(before?.reason == .notYetOpen(from: Town.start))
    }

    @Test func `a window's posts are the hall's, too`() throws {
        let network = try Self.network()
        let standing = try Self.standing("o-8", .window, in: Town.hall, network)
        #expect(standing.unit == Town.hall && standing.post == PostCode(Town.window, Town.name("counter")))
        #expect(network.on(Self.day).posts(of: Town.hall) == [.director: 1, .window: 2])
        #expect(network.on(Self.day).posts(of: Town.window) == [.window: 1])
        #expect(network.on(Self.day).posts(of: "moon") == nil)
        #expect(network.on(Self.day).villageStations == [Town.village, Town.other])
        #expect(network.children(of: Town.hall, on: Self.day).map(\.code.rawValue) == ["aid", "hall-w1", "v01", "v02"])
    }

    @Test func `who holds a post, and which posts somebody holds`() throws {
        let network = try Self.network()
        #expect(network.holder(of: Self.post("approver"), on: Self.day) == "o-5")
        #expect(network.holder(of: Self.post("approver"), .b, on: Self.day) == "o-6")
        #expect(network.holder(of: Self.post("baker"), on: Self.day) == nil)
        let postings = network.postings(of: "o-6", on: Self.day)
        #expect(postings.map(\.post) == [Self.post("approver"), Self.post("spare")])
        #expect(postings.allSatisfy { $0.holder == .b && $0.since == Town.start && $0.role == .approver })
    }
}
