import CaseFlow
import EventStore
import Testing
import WorkingTime

private let anna = Actor(trusted: "officer/17")
private let bo = Actor(trusted: "officer/18")
private let cai = Actor(trusted: "officer/19")
private let moment = Timestamp(microseconds: 1_795_000_000_000_000)

private func off(_ text: String, _ name: String = "元旦") throws -> CalendarHistory.Change {
    .exception(DayException(try CivilDate(text), .holiday, name: name))
}

/// The rules of a legal calendar's stream, by given, when, then.
@Suite struct LegalCalendarTests {
    private typealias Rejection = LegalCalendar.Rejection

    private static func entry(_ number: Int, _ year: Int?, _ changes: [CalendarHistory.Change], notice: String = "n/1")
        throws
        -> LegalCalendar.Entry
    {
        LegalCalendar.Entry(
            number: number,
            year: year,
            knownSince: day("2026-11-05"),
            notice: notice,
            changes: changes
        )
    }

    private static func happened(_ fact: CalendarEvent.Fact, by actor: Actor = anna) -> CalendarEvent {
        CalendarEvent(effectiveAt: moment, actor: actor, fact: fact)
    }

    private func expect(
        given: [CalendarEvent],
        when command: LegalCalendar.Command,
        then expected: Result<[CalendarEvent], LegalCalendar.Rejection>,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        var state = LegalCalendar.initial
        for event in given { LegalCalendar.evolve(&state, event) }
        let outcome: Result<[CalendarEvent], LegalCalendar.Rejection>
        do throws(LegalCalendar.Rejection) {
            outcome = .success(try LegalCalendar.decide(command, state))
        } catch {
            outcome = .failure(error)
        }
        #expect(outcome == expected, sourceLocation: sourceLocation)
    }

    private func publish(
        _ year: Int?,
        _ changes: [CalendarHistory.Change],
        by actor: Actor = anna,
        shipped: CalendarHistory? = nil
    ) throws -> LegalCalendar.Command {
        let draft = LegalCalendar.Draft(year: year, changes: changes, notice: "n/1", knownSince: day("2026-11-05"))
        return .enter([draft], by: actor, at: moment, shipped: shipped)
    }

    private func amend(_ changes: [CalendarHistory.Change], by actor: Actor = anna, shipped: CalendarHistory? = nil)
        throws -> LegalCalendar.Command
    {
        try publish(nil, changes, by: actor, shipped: shipped)
    }

    private func confirm(_ entry: Int, by actor: Actor, shipped: CalendarHistory? = nil) -> LegalCalendar.Command {
        .confirm(entry: entry, by: actor, at: moment, shipped: shipped)
    }

    @Test func `a year is entered by one officer and confirmed by another`() throws {
        let entry = try Self.entry(1, 2027, [try off("2027-01-01")])
        let entered = Self.happened(.published(entry))
        expect(given: [], when: try publish(2027, [try off("2027-01-01")]), then: .success([entered]))
        expect(given: [entered], when: confirm(1, by: anna), then: .failure(.samePerson(anna, entry: 1)))
        let confirmed = Self.happened(.confirmed(entry: 1), by: bo)
        expect(given: [entered], when: confirm(1, by: bo), then: .success([confirmed]))
        // Already so, by whomever it is asked again.
        for actor in [anna, bo, cai] {
            expect(given: [entered, confirmed], when: confirm(1, by: actor), then: .success([]))
        }
        expect(given: [entered], when: try publish(2027, [try off("2027-01-01")]), then: .success([]))
        expect(given: [entered, confirmed], when: confirm(2, by: bo), then: .failure(.noSuchEntry(2)))
        expect(given: [entered, confirmed], when: confirm(0, by: bo), then: .failure(.noSuchEntry(0)))
    }

    @Test func `a year is published once, and one that waits can be entered anew`() throws {
        let first = Self.happened(.published(try Self.entry(1, 2027, [try off("2027-01-01")])))
        let confirmed = Self.happened(.confirmed(entry: 1), by: bo)
        let other = try publish(2027, [try off("2027-01-02")], by: cai)
        expect(given: [first, confirmed], when: other, then: .failure(.publishedTwice(year: 2027, entry: 1)))
        let second = Self.happened(.published(try Self.entry(2, 2027, [try off("2027-01-02")])), by: cai)
        expect(given: [first], when: other, then: .success([second]))
        expect(given: [first, second], when: confirm(1, by: bo), then: .failure(.replaced(entry: 1, by: 2)))
        expect(
            given: [first, second],
            when: confirm(2, by: bo),
            then: .success([Self.happened(.confirmed(entry: 2), by: bo)])
        )
        expect(given: [], when: try publish(0, []), then: .failure(.year(0)))
        expect(given: [], when: try publish(10_000, []), then: .failure(.year(10_000)))
    }

    @Test func `a shipped year is amended, not published`() throws {
        let shipped = try CalendarHistory.shipped("cn")
        let command = try publish(2026, [try off("2026-01-01")], shipped: shipped)
        expect(given: [], when: command, then: .failure(.shipped(year: 2026)))
        #expect(LegalCalendar.Rejection.shipped(year: 2026).description == "2026 is shipped; amend it")
        let extra = try off("2026-05-06", "劳动节")
        let entered = Self.happened(.amended(try Self.entry(1, nil, [extra])))
        expect(given: [], when: try amend([extra], shipped: shipped), then: .success([entered]))
        expect(
            given: [entered],
            when: confirm(1, by: bo, shipped: shipped),
            then: .success([Self.happened(.confirmed(entry: 1), by: bo)])
        )
        let confirmed = Self.happened(.confirmed(entry: 1), by: bo)
        expect(given: [entered, confirmed], when: try amend([extra], shipped: shipped), then: .success([]))
        expect(
            given: [entered, confirmed],
            when: try amend([extra], by: cai, shipped: shipped),
            then: .failure(.nothingToAmend)
        )
        // Withdrawn meanwhile, it is something new again.
        let withdrawal = try Self.entry(2, nil, [.normal(extra.date)])
        let withdrawn = [Self.happened(.amended(withdrawal)), Self.happened(.confirmed(entry: 2), by: bo)]
        let again = Self.happened(.amended(try Self.entry(3, nil, [extra])))
        expect(
            given: [entered, confirmed] + withdrawn,
            when: try amend([extra], shipped: shipped),
            then: .success([again])
        )
        let known = try off("2026-05-01", "劳动节")
        expect(given: [], when: try amend([known], shipped: shipped), then: .failure(.nothingToAmend))
        expect(given: [], when: try amend([], shipped: shipped), then: .failure(.nothingToAmend))
        let later = day("2027-01-04")
        expect(
            given: [],
            when: try amend([try off("2027-01-04")], shipped: shipped),
            then: .failure(.notPublished(later, waiting: nil))
        )
        expect(
            given: [],
            when: try amend([.normal(day("2026-06-01"))], shipped: shipped),
            then: .failure(.noException(day("2026-06-01")))
        )
        expect(given: [], when: try amend([extra, extra], shipped: shipped), then: .failure(.twice(extra.date)))
    }

    @Test func `an amendment of a year that waits takes effect only after the year`() throws {
        let year = Self.happened(.published(try Self.entry(1, 2027, [try off("2027-01-01")])))
        let extra = try off("2027-01-02")
        let amendment = Self.happened(.amended(try Self.entry(2, nil, [extra])))
        expect(given: [year], when: try amend([extra]), then: .success([amendment]))
        expect(
            given: [year, amendment],
            when: confirm(2, by: bo),
            then: .failure(.notPublished(extra.date, waiting: 1))
        )
        let confirmed = Self.happened(.confirmed(entry: 1), by: bo)
        expect(
            given: [year, amendment, confirmed],
            when: confirm(2, by: bo),
            then: .success([Self.happened(.confirmed(entry: 2), by: bo)])
        )
    }

    @Test func `nothing is deleted, and hours of service are no legal calendar`() throws {
        let year = Self.happened(.published(try Self.entry(1, 2027, [])))
        expect(given: [year], when: .delete(entry: 1), then: .failure(.deletionRefused(entry: 1)))
        expect(given: [year], when: .delete(entry: 2), then: .failure(.noSuchEntry(2)))
        #expect(LegalCalendar.Rejection.deletionRefused(entry: 1).description.contains("calendars are only amended"))
        let plan = ServiceCalendar.Plan(weekly: [.monday: try DayHours("09:00-12:00")])
        let hours = Self.happened(.serviceHoursSet(plan))
        expect(given: [hours], when: try publish(2027, []), then: .failure(.isServiceCalendar))
    }

    @Test func `an entry names its notice, or says that there is no number`() throws {
        var draft = LegalCalendar.Draft(
            year: 2027,
            changes: [try off("2027-01-01")],
            notice: " ",
            knownSince: day("2026-11-05")
        )
        #expect(throws: Rejection.noNotice(year: 2027)) {
            try LegalCalendar.decide(.enter([draft], by: anna, at: moment, shipped: nil), LegalCalendar.initial)
        }
        draft.hasNoNotice = true
        let events = try LegalCalendar.decide(
            .enter([draft], by: anna, at: moment, shipped: nil),
            LegalCalendar.initial
        )
        #expect(events.count == 1)
    }

    @Test func `several entries are all or nothing`() throws {
        let drafts = try [("2027-01-01", 2027), ("2028-01-01", 2028)].map { date, year in
            LegalCalendar.Draft(year: year, changes: [try off(date)], notice: "n/1", knownSince: day("2026-11-05"))
        }
        let events = try LegalCalendar.decide(.enter(drafts, by: anna, at: moment, shipped: nil), LegalCalendar.initial)
        #expect(events.count == 2)
        let bad =
            drafts + [
                LegalCalendar.Draft(
                    year: nil,
                    changes: [try off("2030-01-01")],
                    notice: "",
                    knownSince: day("2026-11-05")
                )
            ]
        #expect(throws: Rejection.notPublished(day("2030-01-01"), waiting: nil)) {
            try LegalCalendar.decide(.enter(bad, by: anna, at: moment, shipped: nil), LegalCalendar.initial)
        }
        let friday = WorkWeek([.sunday, .monday, .tuesday, .wednesday, .thursday])
        let other = LegalCalendar.Draft(
            year: 2027,
            week: friday,
            changes: [],
            notice: "",
            knownSince: day("2026-11-05")
        )
        #expect(throws: Rejection.otherWeek(friday, has: .mondayToFriday)) {
            let shipped = try CalendarHistory.shipped("cn")
            return try LegalCalendar.decide(
                .enter([other], by: anna, at: moment, shipped: shipped),
                LegalCalendar.initial
            )
        }
    }

    @Test func `hours that are set anew hold from their day on, the first ones on all days`() throws {
        func plan(_ hours: String) throws -> ServiceCalendar.Plan { .init(weekly: [.monday: try DayHours(hours)]) }
        let (old, new) = (try plan("09:00-12:00"), try plan("14:00-17:00"))
        var state = ServiceCalendar.initial
        func set(_ plan: ServiceCalendar.Plan, _ from: CivilDate?) throws -> [CalendarEvent] {
            let events = try ServiceCalendar.decide(.set(plan, from: from, by: anna, at: moment), state)
            for event in events { ServiceCalendar.evolve(&state, event) }
            return events
        }
        #expect(try set(old, day("2026-03-04")) == [Self.happened(.serviceHoursSet(old, from: nil))])
        #expect(try set(old, day("2026-03-05")).isEmpty)
        #expect(
            try set(new, day("2026-03-04")) == [Self.happened(.serviceHoursSet(new, from: day("2026-03-04")))]
        )
        // They hold on that day already; a day earlier they do not.
        #expect(try set(new, day("2026-03-09")).isEmpty)
        #expect(try set(new, day("2026-03-03")).count == 1)
        #expect(state.spans == [.init(from: nil, plan: old), .init(from: day("2026-03-03"), plan: new)])
        #expect(try set(old, day("2026-03-10")).count == 1 && state.spans.count == 3)
        // All days, as events without a day say it.
        #expect(try set(old, nil).count == 1 && state.spans == [.init(from: nil, plan: old)])
    }

    @Test func `hours of service are set, and set again`() throws {
        let plan = ServiceCalendar.Plan(weekly: [.monday: try DayHours("09:00-12:00")], follows: "cn")
        let command = ServiceCalendar.Command.set(plan, by: anna, at: moment)
        let events = try ServiceCalendar.decide(command, ServiceCalendar.initial)
        #expect(events == [Self.happened(.serviceHoursSet(plan))])
        var state = ServiceCalendar.initial
        ServiceCalendar.evolve(&state, events[0])
        #expect(try ServiceCalendar.decide(command, state).isEmpty)
        #expect(throws: ServiceCalendar.Rejection.neverOpen) {
            try ServiceCalendar.decide(.set(.init(weekly: [:]), by: anna, at: moment), state)
        }
        ServiceCalendar.evolve(&state, Self.happened(.published(try Self.entry(1, 2027, []))))
        #expect(throws: ServiceCalendar.Rejection.isLegalCalendar) { try ServiceCalendar.decide(command, state) }
    }
}
