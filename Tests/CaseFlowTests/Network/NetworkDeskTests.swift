import CaseFlow
import EventStore
import Support
import Testing
import WorkingTime

/// A network in a log: entered whole, changed one by one, read back.
@Suite struct NetworkDeskTests {
    private typealias Town = SmallTown
    private static let today = SmallTown.day("2026-11-22")

    private static func enter(_ desk: NetworkDesk, _ units: [UnitEntry] = Town.units) async throws
        -> [NetworkDesk.Outcome]
    {
        try await desk.enter(officers: Town.officers, units: units, on: today, at: Town.moment, actor: Town.actor)
    }

    @Test func `a network is entered whole, the same again changes nothing, differences become events`() async throws {
        let log = try await TestCluster.shared.database().log()
        let desk = NetworkDesk(log)
        let first = try await Self.enter(desk)
        #expect(first.count == 15 && first.allSatisfy { $0.change == .entered && $0.events > 0 })
        let head = try await log.head()
        #expect(try await Self.enter(desk).allSatisfy { $0.change == .unchanged })
        #expect(try await log.head() == head)
        #expect(try await NetworkBook.load(log).latest == Town.book().latest)

        var units = Town.units
        units[1].posts[0] = Town.post("director", .director, "o-9", "o-2")
        let changed = try await Self.enter(desk, units).filter { $0.change != .unchanged }
        #expect(changed.map(\.stream) == [Town.hall.stream] && changed[0].events == 1)
        let post = PostCode(Town.hall, Town.name("director"))
        let latest = try await NetworkBook.load(log).latest
        #expect(latest.holder(of: post, on: Self.today) == "o-9")
        #expect(latest.holder(of: post, on: Town.day("2026-11-21")) == "o-1")
        // What is wrong in one unit keeps all of the batch out.
        units[1].posts[0] = Town.post("director", .director, "o-2", "o-2")
        units[2].posts = []
        await #expect(throws: NetworkDesk.Refusal.self) { try await Self.enter(desk, units) }
        #expect(try await log.head() == head + 1)
        await log.close()
    }

    @Test func `more units than one request may hold are entered`() async throws {
        let log = try await TestCluster.shared.database().log()
        let units =
            [Town.units[0], Town.units[1], Town.units[4]]
            + (0..<NetworkDesk.batch).map { number in
                let code = UnitCode(trusted: "g\(10_000 + number)")
                return UnitEntry(Town.profile(code, .collectionPoint, in: Town.village), from: Town.start)
            }
        #expect(try await Self.enter(NetworkDesk(log), units).count == units.count + Town.officers.count)
        let network = try await NetworkBook.load(log).latest
        #expect(network.children(of: Town.village, on: Self.today).count == NetworkDesk.batch)
        await log.close()
    }

    @Test func `single changes know the other streams`() async throws {
        let log = try await TestCluster.shared.database().log()
        let desk = NetworkDesk(log)
        _ = try await Self.enter(desk)
        func refusal(_ unit: UnitCode, _ wish: NetworkUnit.Wish) async throws -> NetworkDesk.Refusal? {
            do { _ = try await desk.change(unit, wish, at: Town.moment, actor: Town.actor) } catch {
                return error as? NetworkDesk.Refusal
            }
            return nil
        }
        let (approver, spare) = (Town.name("approver"), Town.name("spare"))
        let stranger = try await refusal(Town.department, .fill(approver, .a, "o-99", from: Self.today))
        #expect(stranger == .notInService("o-99", on: Self.today))
        let elsewhere = try await refusal(Town.department, .fill(spare, .a, "o-5", from: Self.today))
        #expect(elsewhere == .isAElsewhere("o-5", PostCode(Town.department, approver), on: Self.today))
        let open = try await refusal(Town.hall, .close(from: Self.today, reason: "x"))
        #expect(open == .hasOpenUnits(Town.hall, [Town.department, Town.window, Town.village, Town.other]))
        let unknown = try await refusal("moon", .close(from: Self.today, reason: "x"))
        #expect(unknown == .unit("moon", .notEstablished))

        let absence = Officer.Absence(from: Self.today, through: Self.today, reason: .business)
        #expect(try await desk.change("o-5", .absent(absence), at: Town.moment, actor: Town.actor))
        #expect(try await !desk.change("o-5", .absent(absence), at: Town.moment, actor: Town.actor))
        await #expect(throws: NetworkDesk.Refusal.officer("o-99", .notRegistered)) {
            try await desk.change("o-99", .absent(absence), at: Town.moment, actor: Town.actor)
        }
        let network = try await NetworkBook.load(log).latest
        let standing = try network.standing(of: "o-6", in: Town.department, as: .approver, on: Self.today)
        #expect(standing.actingFor == "o-5")
        await log.close()
    }

    @Test func `two who enter the same network at once leave it once`() async throws {
        let log = try await TestCluster.shared.database().log()
        let entered = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask { try await Self.enter(NetworkDesk(log)).count { $0.change == .entered } }
            }
            return try await group.reduce(0, +)
        }
        #expect(entered == Town.officers.count + Town.units.count)
        #expect(try await NetworkBook.load(log).latest == Town.book().latest)
        await log.close()
    }
}
