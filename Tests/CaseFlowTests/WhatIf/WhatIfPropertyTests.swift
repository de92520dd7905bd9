import EventStore
import Foundation
import Support
import Testing
import WorkingTime

@testable import CaseFlow

/// Many lives, against slow counters.
@Suite("What if: many lives")
struct WhatIfPropertyTests {
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `the unchanged pack, promise and calendar change nothing at all, whatever happened`(seed: UInt64) throws {
        var lives = try RandomLives(seed: seed)
        var same = RuleChange()
        same.pack = .init(try TownshipCase.rules.get(), isForAll: true)
        var calendar = RuleChange()
        calendar.calendar = .init("cn", [try AskedWhatIf.shipped(2026)], source: "the same")
        // Services that never open on a market day of their town are closed on none.
        var closed = RuleChange()
        closed.isClosedOnMarketDays = true
        var seen = 0
        for _ in 0..<120 {
            let ledger = try lives.next().record.ledger
            guard let pin = ledger.pin else { continue }
            let past = PastCase(ledger)
            var promise = RuleChange()
            if let own = pin.promise { promise.promises[AskedWhatIf.item] = RuleChange.Promise("\(own)") }
            for change in [same, calendar, closed, promise] {
                var question = try AskedWhatIf.question(change)
                let verdict = try question.verdict(on: past, now: AskedWhatIf.now)
                #expect(verdict.isUnchanged && verdict.was == verdict.wouldBe, "seed \(seed)")
                seen += verdict.clocks.count
            }
        }
        #expect(seen > 300, "seed \(seed): hardly any clock was there")
    }

    /// Days counted one by one.
    private struct SlowCounter {
        let calendar: WorkCalendar
        let promise: Int
        let accepted: CivilDate
        let decided: CivilDate
        /// Day of the pause and of the resumption.
        let pause: (from: CivilDate, to: CivilDate)?
        /// Days that do not count besides.
        var closed: Set<CivilDate> = []

        private func used(through last: CivilDate, without pause: (from: CivilDate, to: CivilDate)?) throws -> Int {
            var (count, next) = (0, accepted)
            while let day = next.adding(days: 1), day <= last {
                next = day
                if let pause, pause.from < day, day <= pause.to { continue }
                if try calendar.isWorkingDay(day), !closed.contains(day) { count += 1 }
            }
            return count
        }

        var light: ClockReading.Light {
            get throws {
                var pause = pause
                // A pause that was recorded when the limit was over moves nothing.
                if let given = pause,
                    try used(through: given.from.adding(days: -1) ?? given.from, without: nil) >= promise
                {
                    pause = nil
                }
                // Who decides on a day of rest behind the last day is late, too.
                if try used(through: decided.adding(days: -1) ?? decided, without: pause) >= promise { return .red }
                let count = try used(through: decided, without: pause)
                return count * 10 >= promise * 9 || promise - count <= 1 ? .yellow : .green
            }
        }
    }

    private func life(_ numbers: inout SeededGenerator) throws -> (past: PastCase, counter: (Int) throws -> SlowCounter)
    {
        let calendar = try CalendarHistory.shipped("cn").latest
        let start = try #require(day("2026-01-05").adding(days: Int.random(in: 0..<200, using: &numbers)))
        var file = try TownshipCase(received: "\(start)", promise: Limit(12, .workingDays))
        try file.on("\(start)", .accepted(isDeemed: false))
        var end = start
        var pause: (CivilDate, CivilDate)?
        if Int.random(in: 0..<2, using: &numbers) == 0 {
            let from = try #require(start.adding(days: Int.random(in: 1...9, using: &numbers)))
            end = try #require(from.adding(days: Int.random(in: 1...20, using: &numbers)))
            try file.on("\(from)", .suspended(ground: "testing", told: try #require(Limit(30, .workingDays))))
            try file.on("\(end)", .resumed)
            pause = (from, end)
        }
        end = try #require(end.adding(days: Int.random(in: 1...22, using: &numbers)))
        try file.on("\(end)", .decided(isGranted: true, reasons: "", remedy: ""))
        let known = try #require(calendar)
        return (
            PastCase(file.ledger),
            {
                SlowCounter(calendar: known, promise: $0, accepted: start, decided: end, pause: pause)
            }
        )
    }

    @Test(arguments: [11, 12, 13] as [UInt64])
    func `a shorter promise turns the cases that a slow count turns, and only these`(seed: UInt64) throws {
        var numbers = SeededGenerator(seed: seed)
        var turned: [String: Int] = [:]
        var questions = try (2...14).map { ($0, try AskedWhatIf.question(AskedWhatIf.promise("\($0)"))) }
        for _ in 0..<60 {
            let (past, counter) = try life(&numbers)
            for index in questions.indices {
                let promise = questions[index].0
                let verdict = try questions[index].1.verdict(on: past, now: AskedWhatIf.now)
                let clock = try #require(verdict.clock("promise"))
                let (was, wouldBe) = (try counter(12).light, try counter(promise).light)
                #expect(clock.was?.light == was && clock.wouldBe?.light == wouldBe, "seed \(seed), promise \(promise)")
                #expect(verdict.clocks.filter(\.hasTurned).count == (was == wouldBe ? 0 : 1), "seed \(seed)")
                turned["\(was) \(wouldBe)", default: 0] += 1
            }
        }
        for kind in ["green red", "green yellow", "yellow red", "red yellow", "green green"] {
            #expect(turned[kind] ?? 0 > 0, "seed \(seed) has no case \(kind)")
        }
    }

    @Test(arguments: [21, 22] as [UInt64])
    func `market days are days that a slow count passes over, for the promise alone`(seed: UInt64) throws {
        var numbers = SeededGenerator(seed: seed)
        let network = try Self.town()
        var markets: Set<CivilDate> = []
        for distance in stride(from: 0, to: 700, by: 3) {
            if let day = day("2025-06-02").adding(days: distance) { markets.insert(day) }
        }
        var change = RuleChange()
        change.isClosedOnMarketDays = true
        var better = 0
        var question = try AskedWhatIf.question(change, network: network)
        for _ in 0..<80 {
            let (life, counter) = try life(&numbers)
            var past = life
            past.receivedAt("hall")
            let verdict = try question.verdict(on: past, now: AskedWhatIf.now)
            var slow = try counter(12)
            #expect(try verdict.clock("promise")?.was?.light == slow.light, "seed \(seed)")
            slow.closed = markets
            #expect(try verdict.clock("promise")?.wouldBe?.light == slow.light, "seed \(seed)")
            #expect(verdict.hasMarketDays == true)
            for clock in verdict.clocks where clock.name?.rawValue != "promise" { #expect(!clock.hasTurned) }
            if verdict.clock("promise")?.hasTurned == true { better += 1 }
        }
        #expect(better > 0, "seed \(seed): no case was any better")
        // A unit of another town has no market days, and is told to have none.
        var (past, _) = try life(&numbers)
        past.receivedAt("elsewhere")
        let verdict = try question.verdict(on: past, now: AskedWhatIf.now)
        #expect(verdict.hasMarketDays == false && verdict.isUnchanged)
    }

    /// A hall and a village whose people sit there every third day.
    private static func town() throws -> Network {
        var network = Network()
        let at = try moment("2025-06-02").timestamp
        let actor = Actor(trusted: "officer/1")
        let name = LocalizedText("x", "x")
        let (hall, village) = (UnitCode(trusted: "hall"), UnitCode(trusted: "village"))
        func take(_ fact: UnitEvent.Fact, of unit: UnitCode) {
            network.take(UnitEvent(effectiveAt: at, actor: actor, fact: fact), of: unit)
        }
        let first = day("2025-06-02")
        take(.established(UnitProfile(hall, name: name, kind: .centre), from: first), of: hall)
        take(
            .established(UnitProfile(village, name: name, kind: .villageStation, parent: hall), from: first),
            of: village
        )
        let duty = Duty(
            ShortName(trusted: MarketDays.duty),
            at: hall,
            on: .every(3, from: first),
            hours: try DayHours("09:00-16:00")
        )
        take(.dutySet(duty, from: first), of: village)
        return network
    }
}
