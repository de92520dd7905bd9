import EventStore
import Foundation
import Support
import Testing
import WorkingTime

@testable import CaseFlow

/// Questions that cannot be asked so.
@Suite("What if: questions")
struct RuleChangeTests {
    private func problem(
        _ change: RuleChange,
        over: String = "2026",
        asOf: String = "2026-12-31",
        _ catalogue: CatalogueBook = CatalogueBook()
    ) throws -> String? {
        do {
            try change.check(
                over: DaySpan(over),
                asOf: day(asOf),
                catalogue,
                CalendarBook(zone: TownshipCase.zone)
            )
            return nil
        } catch let error as RuleChange.Problem {
            return error.description
        }
    }

    private func catalogue() throws -> (CatalogueBook, ServiceItem) {
        var item = try SmallCatalogue.item()
        (item.statute, item.promise) = (Limit(20, .workingDays), Limit(10, .workingDays))
        var book = CatalogueBook()
        let at = try moment("2026-01-05").timestamp
        let event = ItemEvent(effectiveAt: at, actor: Actor(trusted: "officer/1"), fact: .published(version: 1, item))
        book.take(event, of: item.code, recordedAt: at)
        return (book, item)
    }

    @Test func `nothing is different, or the time has not come`() throws {
        #expect(try problem(RuleChange())?.contains("say what is to be different") == true)
        let change = try AskedWhatIf.promise("3")
        #expect(try problem(change) == nil)
        #expect(
            try problem(change, over: "2027", asOf: "2026-12-31")?.hasPrefix(
                "--over: 2027-01-01..2027-12-31 has not begun"
            ) == true
        )
    }

    @Test func `an item is one of the catalogue, and a promise is no longer than the law allows`() throws {
        let (book, item) = try catalogue()
        #expect(
            try problem(AskedWhatIf.promise("3"), book)?.hasPrefix("--promise: the catalogue has no item 'item-1'")
                == true
        )
        var change = RuleChange()
        for (text, isGood) in [("20", true), ("21", false), ("21 working-days", false), ("90 service-minutes", true)] {
            change.promises = [item.code.rawValue: try #require(RuleChange.Promise(text))]
            let told = try problem(change, book)
            #expect((told == nil) == isGood, "\(text): \(told ?? "")")
            if !isGood { #expect(told?.contains("longer than the statute's limit") == true) }
        }
    }

    @Test func `a calendar speaks of the time asked about, and covers it`() throws {
        var change = RuleChange()
        let draft = try AskedWhatIf.shipped(2020)
        change.calendar = .init("cn", [draft], source: "cn-2020.calendar")
        #expect(try problem(change)?.contains("speaks of 2020, and cases of 2026-01-01..2026-12-31") == true)
        #expect(try problem(change, over: "2020") == nil)
        // Cases of 2019 that ran into 2020 are touched.
        #expect(try problem(change, over: "2019-12") == nil)
        change.calendar = .init("own", [draft], source: "own.calendar")
        #expect(try problem(change, over: "2020") == nil)
        let early = try problem(change, over: "2019-12..2020-03", asOf: "2020-06-30")
        #expect(early?.contains("calendar own covers 2020–2020, not all of 2019-12-01..2020-06-30") == true)
        var twice = draft
        twice.changes.append(contentsOf: draft.changes.prefix(1))
        change.calendar = .init("cn", [twice], source: "twice.calendar")
        #expect(try problem(change, over: "2020")?.hasPrefix("--calendar: twice.calendar: ") == true)
    }

    @Test func `a pack counts by a calendar that is known`() throws {
        let text = try String(
            contentsOf: repositoryFile("Sources/CaseFlow/Clock/Packs/cn-licensing.yaml"),
            encoding: .utf8
        )
        var change = RuleChange()
        let other = text.replacingOccurrences(of: "\ncalendar: cn\n", with: "\ncalendar: moon\n")
        change.pack = .init(try RulePack(yaml: other, file: "moon.yaml"))
        #expect(try problem(change)?.contains("counts by calendar 'moon', which is not known") == true)
        change.pack = .init(try RulePack(yaml: text, file: "same.yaml"))
        #expect(try problem(change) == nil)
        #expect(change.words(.english) == ["rules cn-licensing 1 for cases of cn-licensing"])
        change.pack?.isForAll = true
        change.isClosedOnMarketDays = true
        #expect(change.words(.chinese) == ["所有办件适用规则 cn-licensing 1", "圩日不开放服务"])
    }
}
