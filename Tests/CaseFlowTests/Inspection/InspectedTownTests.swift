import CaseFlowServer
import EventStore
import Foundation
import Support
import Testing
import WorkingTime

@testable import CaseFlow

/// A town's whole life under inspection: the read tables against the streams.
@Suite("A town under inspection")
struct InspectedTownTests {
    @Test func `the tables say of every case what its stream says, and the parts add up to the days used`() async throws
    {
        let town = try await PlayedTown.play("guanyi", days: 8, seed: 3, log: "inspected")
        let log = town.log
        try await ProjectionRunner(InspectionProjection(), on: log).catchUp()
        let zone = try #require(TimeZone(identifier: town.town.profile.zone))
        let calendars = try await CalendarBook.load(log, zone: zone)
        let catalogue = try await CatalogueBook.load(log)
        let asOf = day("2026-03-20")
        let known = Timestamp.latest
        var found: Set<String> = []
        var days: [String: Int] = [:]
        let streams = try await log.streams(ofCategory: "case")
        #expect(streams.count > 40)
        for stream in streams {
            let history = try await CaseHistory(stream, in: log)
            let record = history.record
            let pin = try #require(record.pin)
            let clocks = CaseClocks(try RulePackLibrary.pack(pin), zone: zone, calendars: calendars)
            let item = try pin.catalogue.map { try catalogue.version($0).item }
            #expect(item != nil)
            let all = try CaseFindings.all(of: record, clocks, item: item, cards: record.cards, knownAt: known)
            for finding in all where finding.on <= asOf {
                found.insert("\(stream) \(finding.rule.rawValue) \(finding.on) \(finding.positions)")
            }
            let split = try #require(try HolderDays(record, clocks, asOf: asOf, knownAt: known))
            for clock in split.clocks { #expect(clock.spans.reduce(0) { $0 + $1.days } == clock.days, "\(stream)") }
            for part in split.whole.parts {
                if let unit = part.holder.unit, part.holder.kind != .suspended {
                    days["\(unit) \(stream)", default: 0] += part.days
                }
            }
        }
        // All pages of the findings, and all pages of each unit's days.
        var told: Set<String> = []
        var next: String?
        repeat {
            let page = try await FindingsQuery(asOf: asOf).page(log, limit: 7, after: next)
            for row in page.rows where row.rule != FindingRule.batchEntry.rawValue {
                told.insert("\(row.stream) \(row.rule) \(row.on) \(row.positions)")
            }
            next = page.next
        } while next != nil
        #expect(told == found && !found.isEmpty)
        var listed: [String: Int] = [:]
        for unit in Set(days.keys.map { String($0.prefix { $0 != " " }) }) {
            let question = HolderDaysQuery(of: .unit(UnitCode(trusted: unit)), today: asOf) {
                try? calendars.calendar($0, knownAt: known)
            }
            repeat {
                let page = try await question.page(log, limit: 9, after: next)
                for row in page.rows { listed["\(unit) \(row.stream)", default: 0] += row.days }
                next = page.next
            } while next != nil
        }
        // A unit that has a case since today has a row, and no day of it yet.
        #expect(listed.filter { $0.value > 0 } == days.filter { $0.value > 0 } && !days.isEmpty)
        await log.close()
    }

    @Test func `the days of every case of a simulated year add up, for each clock and in all`() async throws {
        let town = try await PlayedTown.play("guanyi", from: "2025-01-02", days: 365, seed: 5, cases: 300, log: "year")
        let log = town.log
        let zone = try #require(TimeZone(identifier: town.town.profile.zone))
        let calendars = try await CalendarBook.load(log, zone: zone)
        let calendar = try calendars.latest("cn")
        var numbers = SeededGenerator(seed: 5)
        var (cases, split, kinds) = (0, 0, Set<CaseHolder.Kind>())
        for stream in try await log.streams(ofCategory: "case") {
            let record = try await CaseHistory(stream, in: log).record
            let clocks = CaseClocks(try RulePackLibrary.pack(#require(record.pin)), zone: zone, calendars: calendars)
            let received = try #require(record.entries.first).day
            // In the midst of it, and when all is over.
            for asOf in [received.adding(days: Int.random(in: 0...12, using: &numbers)), day("2026-03-01")] {
                let asOf = try #require(asOf)
                let days = try #require(try HolderDays(record, clocks, asOf: asOf, knownAt: .latest))
                let readings = try clocks.readings(of: record.ledger, asOf: asOf, knownAt: .latest, explained: false)
                let inDays = readings.filter { $0.service == nil }
                #expect(days.clocks.count == inDays.count, "\(stream) as of \(asOf)")
                for (clock, reading) in zip(days.clocks, inDays) {
                    let used = reading.usage.used + reading.usage.overdue
                    #expect(
                        clock.spans.reduce(0) { $0 + $1.days } == used,
                        "\(stream) \(reading.rule.name) as of \(asOf)"
                    )
                    split += used
                }
                let whole = days.whole
                let all = try calendar.workingDays(from: received, to: whole.through)
                #expect(whole.spans.reduce(0) { $0 + $1.days } == all, "\(stream) as of \(asOf)")
                kinds.formUnion(whole.spans.map(\.holder.kind))
            }
            cases += 1
        }
        #expect(cases >= 280 && split > 500 && kinds.count > 4, "\(cases) cases, \(split) days, \(kinds)")
        await log.close()
    }
}
