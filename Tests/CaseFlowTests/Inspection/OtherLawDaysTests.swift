import Foundation
import Support
import Testing
import WorkingTime

@testable import CaseFlow
@testable import EventStore

/// Holder days under other ways of counting than the licensing law's.
@Suite("Holder days under other laws")
struct OtherLawDaysTests {
    private static let limits = [
        nil, Limit(7, .workingDays), Limit(10, .calendarDays), Limit(3, .calendarWeeks), Limit(1, .calendarMonths),
    ]

    /// A shipped pack, as it is or with the other rules of counting.
    private func pack(_ name: String, isOther: Bool) throws -> RulePack {
        let file = repositoryFile("Sources/CaseFlow/Clock/Packs/\(name).yaml")
        var text = try String(contentsOf: file, encoding: .utf8)
        if isOther {
            text = text.replacing("pauses: civil", with: "pauses: half-open")
                .replacing("rest-day: stays", with: "rest-day: next-working-day")
        }
        let pack = try RulePack(yaml: text, file: "\(name).yaml")
        #expect(!isOther || pack.pauses == .halfOpen)
        return pack
    }

    @Test(arguments: RulePackLibrary.shipped, [false, true])
    func `the parts add up, whatever the days, the pauses and the rest days`(name: String, isOther: Bool) throws {
        let rules = try pack(name, isOther: isOther)
        let calendar = try #require(try TownshipCase.calendars.get().latest)
        let clocks = CaseClocks(rules, zone: TownshipCase.zone) { _ in rules.calendar == nil ? nil : calendar }
        var numbers = SeededGenerator(seed: 20_261_122)
        var (paused, overdue) = (0, 0)
        for limit in Self.limits {
            for _ in 0..<12 {
                let record = try record(rules, limit, &numbers)
                let asOf = try #require(day("2026-03-02").adding(days: Int.random(in: 0...90, using: &numbers)))
                let days = try #require(try HolderDays(record, clocks, asOf: asOf, knownAt: .latest))
                let readings = try clocks.readings(of: record.ledger, asOf: asOf, knownAt: .latest)
                #expect(days.clocks.count == readings.count)
                for (split, reading) in zip(days.clocks, readings) {
                    let sum = split.spans.reduce(0) { $0 + $1.days }
                    let words = "\(name) \(reading.rule.name) \(reading.limit) on \(asOf): \(reading.pauses.merged)"
                    #expect(sum == reading.usage.used + reading.usage.overdue, "\(words)")
                    overdue += reading.usage.overdue
                    // A pause that counts is in nobody's days.
                    if reading.rule.isSuspendable {
                        #expect(!split.spans.contains { $0.holder.kind == .suspended }, "\(words)")
                        paused += reading.pauses.isEmpty ? 0 : 1
                    }
                }
                // Nothing of it is over, so every day of the calendar is somebody's.
                let received = day("2026-03-02")
                let all =
                    rules.calendar == nil
                    ? received.days(to: asOf) : try calendar.workingDays(from: received, to: asOf)
                #expect(days.whole.spans.reduce(0) { $0 + $1.days } == all)
            }
        }
        #expect(paused > 0 && overdue > 0)
    }

    /// A case with two pauses, told without the decider: not every law knows all of these facts.
    private func record(_ rules: RulePack, _ limit: Limit?, _ numbers: inout SeededGenerator) throws -> CaseRecord {
        var record = CaseRecord()
        var position: Int64 = 0
        func take(_ fact: (ZonedTime) -> Case.Fact, after days: Int) throws {
            let at = try moment(try #require(day("2026-03-02").adding(days: days)).description)
            position += 1
            record.take(
                Case.Event(effectiveAt: at.timestamp, fact: fact(at)),
                position: position,
                recordedAt: at.timestamp,
                actor: Actor(trusted: "officer/1")
            )
        }
        let pin = Case.RulePin(rules, statute: limit, promise: limit)
        try take({ .received(number: CaseNumber(trusted: "O-1"), at: $0, attributes: []) }, after: 0)
        try take({ .procedure(.rulesPinned(pin), at: $0) }, after: 0)
        var next = Int.random(in: 0...3, using: &numbers)
        try take({ .procedure(.accepted(isDeemed: false), at: $0) }, after: next)
        let told = try #require(Limit(3, .workingDays))
        let ground = rules.grounds.first?.name ?? "hearing"
        for _ in 0..<2 {
            next += Int.random(in: 0...6, using: &numbers)
            try take({ .procedure(.suspended(ground: ground, told: told), at: $0) }, after: next)
            next += Int.random(in: 0...9, using: &numbers)
            try take({ .procedure(.resumed, at: $0) }, after: next)
        }
        if Bool.random(using: &numbers) {
            next += Int.random(in: 0...60, using: &numbers)
            try take({ .procedure(.grant, at: $0) }, after: next)
        }
        return record
    }
}
