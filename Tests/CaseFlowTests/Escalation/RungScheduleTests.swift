import CaseFlow
import EventStore
import Foundation
import Support
import Testing
import WorkingTime

/// When each rung of a ladder is due: held against the reading of the clock day by day, which knows nothing of schedules.
@Suite("Schedules of rungs")
struct RungScheduleTests {
    /// Ladders that are harder than those in force: a rung above one hundred days, at the due date itself, in calendar days,
    /// weeks and minutes.
    private static let ladder = """
        - {rung: first, used: 1 %}
        - {rung: half, used: 50 %}
        - {rung: near, used: 90 %, or-left: 1 working-day}
        - {rung: minutes-near, used: 100 %, or-left: 30 service-minutes}
        - {rung: end, after-due: 0 calendar-days}
        - {rung: red, after-due: 1 working-day}
        - {rung: minutes-red, after-due: 45 service-minutes}
        - {rung: later, after-due: 2 calendar-days, to: director, answer: 2 working-days}
        - {rung: last, after-due: 10 working-days, to: discipline-inspection}
        """

    private static let rules = Result {
        try RulePack(
            yaml: """
                pack: steep
                version: 1
                title: {en: Steep}
                law: {en: Law}
                calendar: cn
                grounds:
                  - {ground: testing, title: {en: testing}}
                clocks:
                  - clock: promise
                    title: {en: Promise}
                    article: "1"
                    starts: accepted
                    stops: [decided, withdrawn, terminated]
                    limit: none
                    item-limit: promise
                    suspendable: true
                    extensions:
                      - {authority: organ-head, at-most: 30 working-days, article: "7"}
                      - {authority: other-head, at-most: 30 service-minutes, article: "7"}
                    ladder: steep
                ladders:
                  steep:
                \(ladder.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n"))
                """,
            file: "steep.yaml"
        )
    }

    /// The rungs that the schedule has reached by the end of a day, or by a moment.
    private static func reached(_ schedule: [ScheduledRung], by point: ClockPoint) -> Set<String> {
        Set(schedule.filter { $0.point <= point }.map(\.rung.name))
    }

    @Test func `a rung in days is due at the beginning of the day at whose end it shows`() throws {
        var file = try TownshipCase(received: "2026-02-10", promise: Limit(10, .workingDays))
        try file.on("2026-02-10", .accepted(isDeemed: false))
        // Working days after 10 February: 11, 12, 13, 14 (make-up), 24, 25, 26, 27, 28 (make-up), 2 March.
        let schedule = try file.schedule("promise", asOf: "2026-02-10")
        #expect(
            schedule.map { "\($0.level) \($0.rung.name) \(moment($0.at))" } == [
                "1 remind 2026-02-24T00:00", "2 yellow 2026-02-28T00:00", "3 red 2026-03-03T00:00",
                "4 director 2026-03-05T00:00", "5 county-supervision 2026-03-09T00:00",
                "6 discipline-inspection 2026-03-16T00:00",
            ]
        )
        #expect(
            schedule.map(\.rung.addressee) == [
                .holder, .holder, .holder, .director, .countySupervision, .disciplineInspection,
            ]
        )
        #expect(schedule.map(\.rung.answer?.amount) == [nil, nil, 3, 3, 3, 5])
    }

    @Test func `a rung that is reached on the first day is not due before the clock began`() throws {
        var file = try TownshipCase(received: "2026-02-10", promise: Limit(1, .workingDays))
        try file.on("2026-02-10T15:30", .accepted(isDeemed: false))
        let schedule = try file.schedule("promise", asOf: "2026-02-10")
        #expect(schedule.first.map { "\($0.rung.name) \(moment($0.at))" } == "yellow 2026-02-10T15:30")
        #expect(schedule.dropFirst().first.map { "\($0.rung.name) \(moment($0.at))" } == "remind 2026-02-11T00:00")
    }

    @Test func `a clock that stands still has the rungs that it reached before, one that has stopped no others`() throws
    {
        var file = try TownshipCase(received: "2026-03-02", promise: Limit(10, .workingDays))
        try file.on("2026-03-02", .accepted(isDeemed: false))
        try file.on("2026-03-11", .suspended(ground: "testing", told: #require(Limit(5, .workingDays))))
        // Half of ten days was used on the fifth, 9 March; nine on the 13th, which does not come.
        #expect(try file.schedule("promise", asOf: "2026-03-20").map(\.rung.name) == ["remind"])
        try file.on("2026-03-18", .resumed)
        #expect(
            try file.schedule("promise", asOf: "2026-03-18").prefix(3).map { "\($0.rung.name) \($0.point)" } == [
                "remind 2026-03-09", "yellow 2026-03-20", "red 2026-03-24",
            ]
        )
        try file.on("2026-03-20", .decided(isGranted: true, reasons: "", remedy: ""))
        #expect(try file.schedule("promise", asOf: "2026-04-20").map(\.rung.name) == ["remind", "yellow"])
    }

    @Test func `schedules agree with readings of each day, on random cases`() throws {
        let rules = try Self.rules.get()
        for seed in UInt64(1)...60 {
            var random = SeededGenerator(seed: seed)
            let unit = try #require(
                [Limit.Unit.workingDays, .calendarDays, .calendarWeeks].randomElement(using: &random)
            )
            let amount =
                unit == .calendarWeeks ? Int.random(in: 1...6, using: &random) : Int.random(in: 0...30, using: &random)
            var today = day("2025-09-01").adding(days: Int.random(in: 0...400, using: &random)) ?? day("2025-09-01")
            var file = try TownshipCase(received: today.description, promise: Limit(amount, unit), rules: rules)
            func next(_ most: Int) -> String {
                today = today.adding(days: Int.random(in: 0...most, using: &random)) ?? today
                return today.description
            }
            try file.on(next(1), .accepted(isDeemed: false))
            try Self.check(file, from: today, seed)
            if Bool.random(using: &random), unit == .workingDays, amount > 4 {
                let by = Limit(Int.random(in: 1...10, using: &random), .workingDays) ?? .none
                let clock = try #require(ClockName(rawValue: "promise"))
                try file.on(next(3), .extended(clock, by: by, authority: "organ-head", reason: "x"))
                try Self.check(file, from: today, seed)
            }
            for _ in 0..<Int.random(in: 0...2, using: &random) {
                try file.on(next(12), .suspended(ground: "testing", told: Limit(3, .workingDays) ?? .none))
                try Self.check(file, from: today, seed)
                try file.on(next(9), .resumed)
                try Self.check(file, from: today, seed)
            }
            try file.on(next(40), .decided(isGranted: true, reasons: "", remedy: ""))
            try Self.check(file, from: today, seed)
        }
    }

    /// From a day on, on which all facts have happened.
    private static func check(_ file: TownshipCase, from first: CivilDate, _ seed: UInt64) throws {
        let schedule = try file.schedule("promise", asOf: first.description)
        for distance in 0...70 {
            let day = first.adding(days: distance) ?? first
            // What is known and by which calendar stays as on the first day.
            let reading = try file.clock("promise", asOf: day.description, knownOn: first.description)
            guard let reading else { return }
            #expect(
                reached(schedule, by: .day(day)) == Set(reading.rungs),
                "seed \(seed), \(day), \(reading.limit) from \(reading.startedOn)"
            )
            if case .stopped = reading.phase { return }
        }
    }

    @Test func `schedules in minutes agree with readings at each moment`() throws {
        let rules = try Self.rules.get()
        for seed in UInt64(1)...40 {
            var random = SeededGenerator(seed: seed)
            let start =
                "2026-03-\(String(Int.random(in: 10...20, using: &random)))T\(Int.random(in: 10...16, using: &random)):15"
            var file = try TownshipCase(
                received: start,
                promise: Limit(Int.random(in: 1...600, using: &random), .serviceMinutes),
                rules: rules,
                hall: ServiceMinuteTests.hall,
                serviceCalendar: "hall"
            )
            try file.on(start, .accepted(isDeemed: false))
            let schedule = try file.schedule("promise", asOf: start)
            #expect(!schedule.isEmpty)
            for rung in schedule {
                for seconds in [-1, 0, 1] {
                    let at = rung.at.advanced(byMicroseconds: Int64(seconds) * 1_000_000)
                    if at < (try moment(start).timestamp) { continue }
                    let text = moment(at, seconds: true)
                    let reading = try #require(try file.clock("promise", asOf: text))
                    let shown = try #require(WallTime(text))
                    #expect(
                        Self.reached(schedule, by: .moment(shown)) == Set(reading.rungs),
                        "seed \(seed), \(text), \(reading.limit) from \(start)"
                    )
                }
            }
        }
    }
}

/// A moment in China, as `2026-03-10T00:00`.
private func moment(_ at: Timestamp, seconds: Bool = false) -> String {
    let local = ZonedTime(microsecondsSinceEpoch: at.microseconds, offsetSeconds: 28_800)
    return String((local?.description ?? "").prefix(seconds ? 19 : 16))
}

extension TownshipCase {
    /// When the rungs of a clock are due, as known on a day.
    func schedule(_ name: String, asOf day: String) throws -> [ScheduledRung] {
        let reading = try #require(try clock(name, asOf: day))
        return try CaseClocks(rules, zone: Self.zone) { _ in nil }.schedule(of: reading)
    }
}
