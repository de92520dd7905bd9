import CaseFlow
import EventStore
import Testing

private let anna = Actor(trusted: "officer/17")
private let bo = Actor(trusted: "officer/18")
private let moment = Timestamp(microseconds: 1_795_000_000_000_000)

/// The rules of an item's stream, by given, when, then.
@Suite struct CatalogueItemTests {
    private func happened(_ fact: ItemEvent.Fact, by actor: Actor = anna) -> ItemEvent {
        ItemEvent(effectiveAt: moment, actor: actor, fact: fact)
    }

    private func expect(
        given: [ItemEvent],
        when command: CatalogueItem.Command,
        then expected: Result<[ItemEvent], CatalogueItem.Rejection>,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        var state = CatalogueItem.initial
        for event in given { CatalogueItem.evolve(&state, event) }
        let outcome: Result<[ItemEvent], CatalogueItem.Rejection>
        do throws(CatalogueItem.Rejection) {
            outcome = .success(try CatalogueItem.decide(command, state))
        } catch {
            outcome = .failure(error)
        }
        #expect(outcome == expected, sourceLocation: sourceLocation)
    }

    private func enter(_ item: ServiceItem, by actor: Actor = anna) -> CatalogueItem.Command {
        .enter(item, by: actor, at: moment)
    }

    private func withdraw(_ reason: String, by actor: Actor = bo) -> CatalogueItem.Command {
        .withdraw(reason: reason, by: actor, at: moment)
    }

    @Test func `an item is published once, amended when it differs, and otherwise left as it is`() throws {
        let item = try SmallCatalogue.item()
        var other = item
        other.promise = Limit(12, .workingDays)
        let published = happened(.published(version: 1, item))
        expect(given: [], when: enter(item), then: .success([published]))
        expect(given: [published], when: enter(item, by: bo), then: .success([]))
        let amended = happened(.amended(version: 2, other), by: bo)
        expect(given: [published], when: enter(other, by: bo), then: .success([amended]))
        expect(given: [published, amended], when: enter(other), then: .success([]))
        // Back to what it was is a change, too.
        let back = happened(.amended(version: 3, item))
        expect(given: [published, amended], when: enter(item), then: .success([back]))
    }

    @Test func `an item is withdrawn with a reason, once, and may be published again`() throws {
        let item = try SmallCatalogue.item()
        let published = happened(.published(version: 1, item))
        let withdrawn = happened(.withdrawn(reason: "国务院取消"), by: bo)
        expect(given: [], when: withdraw("国务院取消"), then: .failure(.notPublished))
        expect(given: [published], when: withdraw(" \n"), then: .failure(.noReason))
        expect(given: [published], when: withdraw("国务院取消"), then: .success([withdrawn]))
        expect(given: [published, withdrawn], when: withdraw("again"), then: .success([]))
        let again = happened(.published(version: 2, item))
        expect(given: [published, withdrawn], when: enter(item), then: .success([again]))
        expect(given: [published, withdrawn, again], when: enter(item), then: .success([]))
    }

    @Test func `what is wrong in itself is refused, all of it at once`() throws {
        var item = try SmallCatalogue.item()
        item.statute = Limit(9, .workingDays)
        item.channels = []
        var state = CatalogueItem.initial
        let error = #expect(throws: CatalogueItem.Rejection.self) { try CatalogueItem.decide(enter(item), state) }
        guard case .unsound(let code, let issues) = error else {
            Issue.record("\(error.map(String.init(describing:)) ?? "nothing")")
            return
        }
        #expect(code == item.code && issues.map(\.rule) == [.promiseExceedsStatute, .noChannel])
        #expect(error?.description.contains("promise 9 working-days at most") == true)
        // A remark is no fault: an item of which only code and name are known can be published.
        let bare = ServiceItem(
            code: item.code,
            name: LocalizedText([.chinese: "甲"]),
            category: .directService,
            kind: .promised
        )
        let events = try CatalogueItem.decide(enter(bare), state)
        #expect(events == [happened(.published(version: 1, bare))])
        for event in events { CatalogueItem.evolve(&state, event) }
        #expect(state.inForce?.number == 1 && state.inForce?.digest == bare.digest)
    }

    @Test func `a stream is of one item`() throws {
        let item = try SmallCatalogue.item()
        var other = item
        other.code = try ItemCode("511A0138000001")
        expect(
            given: [happened(.published(version: 1, item))],
            when: enter(other),
            then: .failure(.otherItem(other.code, has: item.code))
        )
    }

    @Test func `two items that differ in anything have different digests`() throws {
        let item = try SmallCatalogue.item()
        let changes: [(inout ServiceItem) throws -> Void] = [
            { $0.name = LocalizedText("Felling", "林木采伐许可证") }, { $0.region = nil }, { $0.unit = nil },
            { $0.department = LocalizedText("a", "b") }, { $0.group = LocalizedText("a", "b") },
            { $0.power = .licence }, { $0.category = .directService }, { $0.kind = .onTheSpot },
            { $0.statute = nil }, { $0.statuteBasis = LocalizedText("a", "b") },
            { $0.promise = Limit(9, .workingDays) },
            { $0.rulePack = nil }, { $0.materials[1].mayFollow = nil }, { $0.materials[0].trust = .declaration },
            { $0.conditions = [LocalizedText("a", "b")] }, { $0.fee = .init(fen: 1, basis: LocalizedText("a", "b")) },
            { $0.visits = .none }, { $0.channels = [.window] }, { $0.stages[0].limit = nil },
            { $0.stages[3].after = [$0.stages[1].name] }, { $0.stages[1].role = .approver }, { $0.results = [] },
            { $0.seal = nil },
            // Equal for Swift, and not the same bytes: an accent in one code point or in two.
            { $0.name = LocalizedText("e\u{301}", "甲") }, { $0.name = LocalizedText("\u{e9}", "甲") },
        ]
        var digests: Set<String> = [item.digest]
        for change in changes {
            var other = item
            try change(&other)
            digests.insert(other.digest)
        }
        #expect(digests.count == changes.count + 1)
    }
}
