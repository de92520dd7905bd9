import CaseFlow
import EventStore
import Foundation
import Support
import Testing

private let anna = Actor(trusted: "officer/17")

/// The catalogue in a log: many items at once, versions, what was in force when.
@Suite struct CatalogueDeskTests {
    private static func items(_ count: Int) throws -> [ServiceItem] {
        let item = try SmallCatalogue.item()
        return try (0..<count).map { number in
            var other = item
            other.code = try ItemCode("item-\(100_000 + number)")
            return other
        }
    }

    private static let moment = Timestamp(microseconds: 1_795_000_000_000_000)

    @Test func `items are entered together, and the same again changes nothing`() async throws {
        let log = try await TestCluster.shared.database().log()
        let desk = CatalogueDesk(log)
        // More than one request may hold.
        var items = try Self.items(CatalogueDesk.batch + 1)
        let first = try await desk.enter(items, at: Self.moment, actor: anna)
        #expect(first.count == items.count && first.allSatisfy { $0.change == .published && $0.version == 1 })
        let head = try await log.head()
        #expect(head == Int64(items.count))
        let again = try await desk.enter(items, at: Self.moment, actor: anna)
        #expect(again.allSatisfy { $0.change == .unchanged })
        #expect(try await log.head() == head)
        items[0].promise = Limit(9, .workingDays)
        items[0].stages[3].limit = Limit(2, .workingDays)
        let changed = try await desk.enter(items, at: Self.moment, actor: anna)
        #expect(changed.filter { $0.change == .amended }.map(\.code) == [items[0].code])
        #expect(changed[0].version == 2 && changed[0].digest == items[0].digest)
        // One that is unsound keeps the others of its request out, too.
        items[1].promise = Limit(8, .workingDays)
        items[2].channels = []
        await #expect(throws: CatalogueItem.Rejection.self) {
            try await desk.enter(Array(items.prefix(3)), at: Self.moment, actor: anna)
        }
        #expect(try await log.head() == head + 1)
        let streams = try await log.streams(ofCategory: "catalogue")
        #expect(streams.count == items.count && streams == streams.sorted())
        #expect(try await log.streams(ofCategory: "catalog").isEmpty)
        await log.close()
    }

    @Test func `a version is found by its number, by a pin, and by what was in force`() async throws {
        let log = try await TestCluster.shared.database().log()
        let desk = CatalogueDesk(log)
        var item = try Self.items(1)[0]
        let old = item
        _ = try await desk.enter([item], at: Self.moment, actor: anna)
        item.promise = Limit(12, .workingDays)
        _ = try await desk.enter([item], at: Self.moment, actor: anna)
        let isNew = try await desk.withdraw(item.code, reason: "取消", at: Self.moment, actor: anna, request: UUID())
        #expect(isNew)
        let isNewAgain = try await desk.withdraw(item.code, reason: "取消", at: Self.moment, actor: anna, request: UUID())
        #expect(!isNewAgain)
        _ = try await desk.enter([old], at: Self.moment, actor: anna)

        let book = try await CatalogueBook.load(log)
        #expect(book.codes == [item.code])
        let entry = try #require(book.entries[item.code])
        #expect(entry.versions.map(\.number) == [1, 2, 3] && entry.versions.map(\.item) == [old, item, old])
        #expect(entry.inForce?.number == 3 && entry.withdrawals.count == 1 && entry.withdrawals[0].reason == "取消")
        #expect(try book.version(item.code).number == 3)
        #expect(try book.version(item.code, 2).item.promise == Limit(12, .workingDays))
        // What a case was pinned to stays as it was, whatever became of the item since.
        let pin = CatalogueBook.Pin(code: item.code, version: 2, digest: item.digest)
        #expect(try book.version(pin).item == item)
        let wrong = CatalogueBook.Pin(code: item.code, version: 1, digest: item.digest)
        #expect(throws: CatalogueBook.Problem.otherDigest(wrong, has: old.digest)) { try book.version(wrong) }
        #expect(throws: CatalogueBook.Problem.noSuchVersion(item.code, 4, has: 3)) { try book.version(item.code, 4) }
        #expect(throws: CatalogueBook.Problem.noSuchVersion(item.code, 0, has: 3)) { try book.version(item.code, 0) }
        let other = try ItemCode("another")
        #expect(throws: CatalogueBook.Problem.noSuchItem(other)) { try book.version(other) }

        for version in entry.versions {
            #expect(try book.version(item.code, knownAt: version.knownSince).number == version.number)
        }
        let before = entry.versions[0].knownSince.advanced(byMicroseconds: -1)
        #expect(throws: CatalogueBook.Problem.notInForce(item.code, at: before)) {
            try book.version(item.code, knownAt: before)
        }
        let out = entry.withdrawals[0].since
        #expect(throws: CatalogueBook.Problem.notInForce(item.code, at: out)) {
            try book.version(item.code, knownAt: out)
        }
        #expect(try book.version(item.code, knownAt: out.advanced(byMicroseconds: -1)).number == 2)
        #expect(try await CatalogueBook.load(log, only: item.code).entries == book.entries)
        #expect(try await CatalogueBook.load(log, only: other).entries.isEmpty)
        await log.close()
    }

    @Test func `two who enter the same items at once leave one version of each`() async throws {
        let log = try await TestCluster.shared.database().log()
        let items = try Self.items(20)
        let outcomes = try await withThrowingTaskGroup(of: [CatalogueDesk.Outcome].self) { group in
            for _ in 0..<4 { group.addTask { try await CatalogueDesk(log).enter(items, at: Self.moment, actor: anna) } }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(outcomes.count == 80 && outcomes.count { $0.change == .published } == 20)
        #expect(try await log.head() == 20)
        await log.close()
    }
}
