import EventStore
import Foundation
import Support
import Testing
import WorkingTime

@testable import CaseFlow

/// One case under other rules.
@Suite("What if: one case")
struct WhatIfTests {
    private static let accepted = Case.ProcedureFact.accepted(isDeemed: false)
    /// A denial: nothing is to be delivered behind it.
    private static let denied = Case.ProcedureFact.decided(isGranted: false, reasons: "r", remedy: "m")

    /// Accepted on 10 February 2026 under a promise of ten days, decided on a day. Counted by hand: 14 February is a
    /// make-up working day, 15 to 23 February are the Spring Festival; 24 February is day 5, 27 February day 8, and Saturday 28
    /// February, another make-up day, day 9.
    private func decided(on text: String, promise: Int = 10) throws -> PastCase {
        var file = try TownshipCase(received: "2026-02-10", promise: Limit(promise, .workingDays))
        try file.on("2026-02-10", Self.accepted)
        try file.on(text, Self.denied)
        return PastCase(file.ledger)
    }

    private func verdict(_ change: RuleChange, on past: PastCase) throws -> WhatIfVerdict {
        var question = try AskedWhatIf.question(change)
        return try question.verdict(on: past, now: AskedWhatIf.now)
    }

    @Test(arguments: [
        (9, "green -> yellow"), (8, "green -> yellow"), (7, "green -> red"), (10, "green -> green"),
        (20, "green -> green"),
    ])
    func `eight days used of a promise of ten, and of others`(days: Int, told: String) throws {
        let past = try decided(on: "2026-02-27")
        let verdict = try verdict(AskedWhatIf.promise("\(days)"), on: past)
        #expect(verdict.told("promise") == told)
        // The statute's clock and the notice are as they were.
        #expect(verdict.told("decision") == "green -> green" && verdict.told("notice") == "green -> green")
        #expect(verdict.clock("promise")?.was?.usage.used == 8)
    }

    @Test func `a reason names both limits, and a case without a promise gets one`() throws {
        let verdict = try verdict(AskedWhatIf.promise("7"), on: decided(on: "2026-02-27"))
        let clock = try #require(verdict.clock("promise"))
        #expect(verdict.reason(of: clock)[.english] == "7 working days instead of 10 working days")
        #expect(verdict.reason(of: clock)[.chinese] == "时限由10 个工作日改为7 个工作日")
        #expect(clock.was?.due?.date == day("2026-03-02") && clock.wouldBe?.due?.date == day("2026-02-26"))
        var file = try TownshipCase(received: "2026-02-10")
        try file.on("2026-02-10", Self.accepted)
        try file.on("2026-02-27", Self.denied)
        let without = try self.verdict(AskedWhatIf.promise("5"), on: PastCase(file.ledger))
        #expect(without.told("promise") == "- -> red" && without.was == .green && without.wouldBe == .red)
        let added = try #require(without.clock("promise"))
        #expect(without.reason(of: added)[.english] == "a limit of 5 working days where there was none")
        // Another item's promise is of no matter.
        var other = RuleChange()
        other.promises["item-2"] = RuleChange.Promise("1")
        #expect(try self.verdict(other, on: decided(on: "2026-02-27")).isUnchanged)
    }

    @Test func `a promise is in the unit that the case was promised, unless it says another`() throws {
        #expect(RuleChange.Promise("7")?.unit == nil && RuleChange.Promise("7 working-days")?.unit == .workingDays)
        for wrong in ["", "seven", "-1", "7wd", "7 days", "100001"] {
            #expect(RuleChange.Promise(wrong) == nil, "\(wrong)")
        }
        let rules = try TownshipCase.rules.get()
        func limit(_ text: String, promise: Limit?, statute: Limit? = nil) -> Limit? {
            RuleChange.Promise(text)?.limit(Case.RulePin(rules, statute: statute, promise: promise))
        }
        #expect(limit("7", promise: Limit(30, .serviceMinutes)) == Limit(7, .serviceMinutes))
        #expect(limit("7", promise: nil, statute: Limit(3, .calendarDays)) == Limit(7, .calendarDays))
        #expect(limit("7", promise: nil) == Limit(7, .workingDays))
        #expect(limit("7 calendar-days", promise: Limit(3, .workingDays)) == Limit(7, .calendarDays))
    }

    @Test func `a pause counts if it was recorded within the other limit, and not if that was over`() throws {
        var file = try TownshipCase(received: "2026-03-02", promise: Limit(10, .workingDays))
        try file.on("2026-03-02", Self.accepted)
        // Day 4 is 6 March; the hearing ends on 20 March.
        try file.on("2026-03-06", .suspended(ground: "hearing", told: try #require(Limit(10, .workingDays))))
        try file.on("2026-03-20", .resumed)
        try file.on("2026-03-23", Self.denied)
        let past = PastCase(file.ledger)
        #expect(try verdict(AskedWhatIf.promise("4"), on: past).told("promise") == "green -> red")
        #expect(try verdict(AskedWhatIf.promise("5"), on: past).told("promise") == "green -> yellow")
        #expect(try verdict(AskedWhatIf.promise("8"), on: past).told("promise") == "green -> green")
        let late = try verdict(AskedWhatIf.promise("3"), on: past)
        // Recorded on day 4 of three: kept, and moving nothing.
        #expect(late.clock("promise")?.wouldBe?.pauses.isEmpty == true)
        #expect(late.clock("promise")?.was?.pauses.isEmpty == false)
    }

    @Test func `clocks are compared by what they watch and when they began, not by how many there were`() throws {
        var file = try TownshipCase(received: "2026-03-02")
        try file.on("2026-03-02", Self.accepted)
        // The first stage has no limit of its own, so the second one's clock is the first that starts.
        try file.on("2026-03-02", .stageBegun("a", within: nil))
        try file.on("2026-03-03", .stageEnded("a"))
        try file.on("2026-03-03", .stageBegun("b", within: Limit(2, .workingDays)))
        try file.on("2026-03-09", .stageEnded("b"))
        let text = try String(
            contentsOf: repositoryFile("Sources/CaseFlow/Clock/Packs/cn-licensing.yaml"),
            encoding: .utf8
        )
        let other = text.replacing("version: 1\n", with: "version: 2\n").replacing(
            "stops: [stage-ended, decided, withdrawn, terminated]\n    limit: told",
            with: "stops: [stage-ended, decided, withdrawn, terminated]\n    limit: 6 working-days"
        )
        #expect(other != text)
        var change = RuleChange()
        change.pack = .init(try RulePack(yaml: other, file: "other.yaml"))
        let stages = try verdict(change, on: PastCase(file.ledger)).clocks.filter { $0.name?.rawValue == "stage" }
        let told = stages.map {
            "\($0.stage ?? "-") \($0.was?.light.rawValue ?? "-") -> \($0.wouldBe?.light.rawValue ?? "-")"
        }
        #expect(told == ["b red -> green", "a - -> green"])
    }

    @Test func `a clock that only would be there counts as running, too`() throws {
        var file = try TownshipCase(received: "2026-03-02")
        try file.on("2026-03-02", Self.accepted)
        let clock = try verdict(AskedWhatIf.promise("5"), on: PastCase(file.ledger)).clock("promise")
        #expect(clock?.was == nil && clock?.isOpen == true)
        try file.on("2026-03-05", Self.denied)
        #expect(try verdict(AskedWhatIf.promise("5"), on: PastCase(file.ledger)).clock("promise")?.isOpen == false)
    }

    @Test func `another pack takes the place of the one of its name, and of all if it is told so`() throws {
        let text = try String(
            contentsOf: repositoryFile("Sources/CaseFlow/Clock/Packs/cn-licensing.yaml"),
            encoding: .utf8
        )
        let other = text.replacingOccurrences(of: "version: 1\n", with: "version: 2\n")
            .replacingOccurrences(
                of: "    limit: 20 working-days\n    item-limit: statute",
                with: "    limit: 6 working-days\n    item-limit: statute"
            )
        #expect(other != text)
        var change = RuleChange()
        change.pack = .init(try RulePack(yaml: other, file: "other.yaml"))
        let turned = try verdict(change, on: decided(on: "2026-02-27"))
        #expect(turned.told("decision") == "green -> red" && turned.told("promise") == "green -> green")
        let clock = try #require(turned.clock("decision"))
        #expect(
            turned.reason(of: clock)[.english]
                == "6 working days instead of 20 working days; rules cn-licensing 2 instead of cn-licensing 1"
        )
        // A pack of another name is not meant, until it is for all.
        change.pack = .init(
            try RulePack(yaml: other.replacingOccurrences(of: "pack: cn-licensing", with: "pack: own"), file: "o")
        )
        #expect(try verdict(change, on: decided(on: "2026-02-27")).isUnchanged)
        change.pack?.isForAll = true
        #expect(try verdict(change, on: decided(on: "2026-02-27")).told("decision") == "green -> red")
        // Both at once: the pack's statute and a promise.
        change.promises = try AskedWhatIf.promise("3").promises
        let both = try verdict(change, on: decided(on: "2026-02-27"))
        #expect(both.told("decision") == "green -> red" && both.told("promise") == "green -> red")
    }

    @Test func `a calendar takes the place of the published year`() throws {
        // Five more days off in the week of 2 March: the case that was decided late would have been in time.
        var draft = try AskedWhatIf.shipped(2026)
        for text in ["2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05", "2026-03-06"] {
            draft.changes.append(.exception(DayException(day(text), .holiday, name: "x")))
        }
        var change = RuleChange()
        change.calendar = .init("cn", [draft], source: "x.calendar")
        let past = try decided(on: "2026-03-06")
        let verdict = try verdict(change, on: past)
        #expect(verdict.told("promise") == "red -> yellow" && verdict.was == .red && verdict.wouldBe == .yellow)
        let clock = try #require(verdict.clock("promise"))
        #expect(verdict.reason(of: clock)[.english] == "calendar cn by x.calendar")
        #expect(clock.was?.due?.date == day("2026-03-02") && clock.wouldBe?.due?.date == day("2026-03-09"))
        // The states of the book that did not know the year still do not know it.
        let book = try CalendarBook(zone: TownshipCase.zone)
        let changed = try book.replacing([draft], of: "cn")
        #expect(changed.versions("cn").map(\.knownSince) == book.versions("cn").map(\.knownSince))
        for (old, new) in zip(book.versions("cn"), changed.versions("cn")) {
            #expect(old.calendar.coverage == new.calendar.coverage)
            let isTouched = old.calendar.coverage.contains { $0.contains(day("2026-03-02")) }
            #expect((old.calendar == new.calendar) != isTouched)
        }
    }

    @Test func `a calendar that nobody knew is known from then on`() throws {
        let draft = LegalCalendar.Draft(
            year: 2026,
            changes: [.exception(DayException(day("2026-03-03"), .holiday, name: "x"))],
            notice: "n",
            knownSince: day("2025-12-01")
        )
        let book = try CalendarBook(zone: TownshipCase.zone).replacing([draft], of: "new")
        let calendar = try book.calendar("new", knownAt: .earliest)
        #expect(try !calendar.isWorkingDay(day("2026-03-03")) && calendar.isWorkingDay(day("2026-03-04")))
    }

    @Test func `hours of service follow the calendar as it would be, and are closed on market days`() throws {
        let open = try DayHours("09:00-12:00")
        var plan = ServiceCalendar.Plan(weekly: [.monday: open, .tuesday: open, .wednesday: open], follows: "cn")
        plan.extraDuty = [day("2026-03-04"): try DayHours("18:00-20:00")]
        let at = try moment("2026-01-05").timestamp
        let set = CalendarEvent(effectiveAt: at, actor: Actor(trusted: "officer/1"), fact: .serviceHoursSet(plan))
        var book = try CalendarBook(zone: TownshipCase.zone)
        try book.take(["hall": [(event: set, recordedAt: at)]])
        var draft = try AskedWhatIf.shipped(2026)
        draft.changes.append(.exception(DayException(day("2026-03-02"), .holiday, name: "x")))
        func hours(_ book: CalendarBook, _ text: String) throws -> String {
            let service = try book.serviceHours("hall", knownAt: AskedWhatIf.now)
            return "\(try service.hours(on: day(text)))"
        }
        let changed = try book.replacing([draft], of: "cn")
        #expect(try hours(book, "2026-03-02") == "09:00-12:00" && hours(changed, "2026-03-02").isEmpty)
        #expect(try hours(changed, "2026-03-03") == "09:00-12:00")
        let closed = try changed.closed(on: [day("2026-03-03"), day("2026-03-04"), day("2026-03-07")])
        #expect(try hours(closed, "2026-03-03").isEmpty && hours(closed, "2026-03-04").isEmpty)
        #expect(try hours(closed, "2026-03-09") == "09:00-12:00")
        let calendar = try closed.calendar("cn", knownAt: AskedWhatIf.now)
        #expect(try !calendar.isWorkingDay(day("2026-03-04")) && calendar.isWorkingDay(day("2026-03-05")))
        // A Saturday needs no exception.
        #expect(try calendar.day(day("2026-03-07")).kind == .weekend)
    }
}
