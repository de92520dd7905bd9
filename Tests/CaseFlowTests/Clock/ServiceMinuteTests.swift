import CaseFlow
import EventStore
import Foundation
import Testing
import WorkingTime

/// Limits in minutes of service, of items that are settled on the spot (即办件). The hall is open on working days from nine
/// to twelve and from two to five, on make-up days too, and on every second Saturday for the market.
@Suite("Clocks in minutes of service")
struct ServiceMinuteTests {
    static var hall: ServiceCalendar.Plan {
        get throws {
            let day = try DayHours("09:00-12:00 14:00-17:00")
            let market = try ServiceHours.MarketDays(
                from: CivilDate("2026-03-07"),
                every: 14,
                hours: DayHours("09:00-16:00")
            )
            return ServiceCalendar.Plan(
                weekly: [.monday: day, .tuesday: day, .wednesday: day, .thursday: day, .friday: day],
                follows: "cn",
                makeUp: day,
                marketDays: [market],
                closedDates: [try CivilDate("2026-03-25")]
            )
        }
    }

    static let accepted = Case.ProcedureFact.accepted(isDeemed: false)
    static let granted = Case.ProcedureFact.decided(isGranted: true, reasons: "", remedy: "")
    static let testing = Case.ProcedureFact.suspended(ground: "testing", told: minutes(20))
    static let extended = Case.ProcedureFact.extended(
        ClockName(rawValue: "promise") ?? .other,
        by: minutes(30),
        authority: "organ-head",
        reason: "many documents"
    )

    private static func minutes(_ amount: Int) -> Limit { Limit(amount, .serviceMinutes) ?? .none }

    /// The licensing law's promise, its ladder, and a power to prolong it by half an hour.
    private static let rules = Result {
        try RulePack(
            yaml: """
                pack: hall
                version: 1
                title: {en: On the spot}
                law: {en: Law}
                calendar: cn
                clocks:
                  - clock: promise
                    title: {en: Promise, zh-CN: 承诺办结时限}
                    article: {en: the promise, zh-CN: 本中心承诺}
                    starts: accepted
                    stops: [decided, withdrawn, terminated]
                    limit: none
                    item-limit: promise
                    suspendable: true
                    extensions:
                      - {authority: organ-head, at-most: 30 service-minutes, article: "7"}
                    ladder: promise
                grounds:
                  - {ground: testing, title: {en: testing, zh-CN: 检测}}
                grounds-article: "45"
                ladders:
                  promise:
                    - {rung: remind, used: 50 %}
                    - {rung: yellow, used: 90 %, or-left: 1 working-day}
                    - {rung: counter, after-due: 30 service-minutes}
                    - {rung: red, after-due: 1 working-day}
                    - {rung: director, after-due: 3 working-days}
                """,
            file: "hall.yaml"
        )
    }

    /// Received and accepted at a moment, with ninety minutes promised.
    func file(_ moment: String, _ amount: Int = 90, rules: RulePack? = nil) throws -> TownshipCase {
        var file = try TownshipCase(
            received: moment,
            promise: Self.minutes(amount),
            rules: rules ?? Self.rules.get(),
            hall: Self.hall,
            serviceCalendar: "hall"
        )
        try file.on(moment, Self.accepted)
        return file
    }

    @Test func `the derivation has its steps with their times, and names both calendars`() throws {
        var file = try file("2026-03-02T11:30")
        try file.on("2026-03-02T14:10", Self.testing)
        try file.on("2026-03-02T14:30", .resumed)
        let clock = try #require(try file.clock("promise", asOf: "2026-03-02T15:00"))
        let derivation = try #require(clock.derivation)
        #expect(
            derivation.steps.map { "\($0.at)" } == [
                "2026-03-02T11:30", "2026-03-02T11:30", "2026-03-02T14:10", "2026-03-02T14:30",
            ]
        )
        #expect(derivation.steps[3].reason[.english].contains("from 2026-03-02T14:10 until 2026-03-02T14:30"))
        let count = derivation.words(.english)
        #expect(
            count.steps.map { "\($0.kind) \($0.date) \($0.until)" } == [
                "event 2026-03-02T11:30 2026-03-02T11:30", "counted 2026-03-02T11:30 2026-03-02T12:00",
                "counted 2026-03-02T14:00 2026-03-02T14:10", "paused 2026-03-02T14:10 2026-03-02T14:30",
                "counted 2026-03-02T14:30 2026-03-02T15:20", "due 2026-03-02T15:20 2026-03-02T15:20",
            ]
        )
        #expect(count.steps[1].rule == "service calendar hall, version 1")
        #expect(count.calendar == "cn" && clock.calendar?.version.number == 15)
        #expect(clock.service?.code == "hall" && clock.usage.used == 70 && clock.usage.left == 20)
    }

    @Test func `rungs are shares of the minutes; those in days count from the due day`() throws {
        let file = try file("2026-03-05T16:30", 60)
        func rungs(_ asOf: String) throws -> [String]? { try file.clock("promise", asOf: asOf)?.rungs }
        // Due on Friday 6 March at 09:30.
        #expect(try rungs("2026-03-05T16:59") == [])
        #expect(try rungs("2026-03-05T17:00") == ["remind"])
        #expect(try rungs("2026-03-06T09:24") == ["remind", "yellow"])
        #expect(try rungs("2026-03-06T09:59") == ["remind", "yellow"])
        #expect(try rungs("2026-03-06T10:00") == ["remind", "yellow", "counter"])
        // The market Saturday is a day of service and no working day.
        #expect(try rungs("2026-03-08") == ["remind", "yellow", "counter"])
        #expect(try rungs("2026-03-09T00:00") == ["remind", "yellow", "counter", "red"])
        #expect(try rungs("2026-03-11") == ["remind", "yellow", "counter", "red", "director"])
        #expect(try file.clock("promise", asOf: "2026-03-06T10:30")?.usage.overdue == 60)
    }

    @Test func `minutes of the statute, of a stage and of a told length run beside limits in days`() throws {
        var file = try TownshipCase(
            received: "2026-03-02T09:00",
            statute: Self.minutes(1440),
            promise: Limit(1, .workingDays),
            hall: Self.hall,
            serviceCalendar: "hall"
        )
        try file.on("2026-03-02T09:00", Self.accepted)
        try file.on("2026-03-02T09:30", .stageBegun("survey", within: Self.minutes(45)))
        try file.on("2026-03-02T09:40", Self.testing)
        #expect(try file.told("stage", asOf: "2026-03-02T09:45") == "green, suspended since 2026-03-02T09:40, 35 left")
        #expect(try file.told("told-length", asOf: "2026-03-02T09:45") == "green, due 2026-03-02T10:00, 15 left")
        #expect(
            try file.told("decision", asOf: "2026-03-02T09:45") == "green, suspended since 2026-03-02T09:40, 1400 left"
        )
        #expect(try file.told("promise", asOf: "2026-03-02T09:45") == "yellow, suspended since 2026-03-02, 1 left")
        #expect(try file.told("notice", asOf: "2026-03-02T09:45").contains("stopped 2026-03-02"))
    }

    @Test func `a moment counts as the centre's clock has it, whatever offset it was written with`() throws {
        var file = try TownshipCase(
            received: "2026-03-02T09:00",
            promise: Self.minutes(90),
            rules: Self.rules.get(),
            hall: Self.hall,
            serviceCalendar: "hall"
        )
        // 01:10 in London is 09:10 in the hall.
        try file.take(Self.accepted, at: zoned("2026-03-02T01:10:00Z"))
        #expect(try file.told("promise", asOf: "2026-03-02T09:40") == "green, due 2026-03-02T10:40, 60 left")
    }

    // MARK: The service calendar

    @Test func `a case with minutes needs a service calendar that is there`() throws {
        func refused(_ hall: ServiceCalendar.Plan?, _ code: String?, _ promise: Limit?) -> Case.ProcedureRejection? {
            refusal {
                _ = try TownshipCase(received: "2026-03-02", promise: promise, hall: hall, serviceCalendar: code)
            }
        }
        #expect(refused(nil, nil, Self.minutes(90)) == .serviceCalendarMissing(known: []))
        #expect(try refused(Self.hall, nil, Self.minutes(90)) == .serviceCalendarMissing(known: ["hall"]))
        #expect(try refused(Self.hall, "other", nil) == .serviceCalendarUnknown("other", known: ["hall"]))
        #expect(refused(nil, nil, Limit(5, .workingDays)) == nil)
        // What is told later in minutes needs it, too.
        var file = try TownshipCase(received: "2026-03-02", hall: Self.hall)
        try file.on("2026-03-02", Self.accepted)
        for fact in [Self.testing, .stageBegun("survey", within: Self.minutes(30))] {
            #expect(refusal { try file.on("2026-03-02", fact) } == .serviceCalendarMissing(known: ["hall"]))
        }
    }

    @Test func `a record without it is told, and never read by another`() throws {
        var ledger = CaseLedger()
        let at = try moment("2026-03-02T09:00")
        let pin = Case.RulePin(try Self.rules.get(), promise: Self.minutes(90))
        for fact in [Case.ProcedureFact.rulesPinned(pin), Self.accepted] {
            ledger.take(Case.Event(effectiveAt: at.timestamp, fact: .procedure(fact, at: at)), recordedAt: at.timestamp)
        }
        let calendar = try TownshipCase.calendars.get().latest
        let reader = CaseClocks(try Self.rules.get(), zone: TownshipCase.zone) { _ in calendar }
        let promise = try #require(ClockName(rawValue: "promise"))
        #expect(throws: ClockProblem.noServiceCalendar(promise)) {
            try reader.readings(of: ledger, asOf: day("2026-03-02"), knownAt: at.timestamp)
        }
    }
}
