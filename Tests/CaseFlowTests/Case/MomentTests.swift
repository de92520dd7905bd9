import CaseFlow
import EventStore
import Foundation
import Testing
import WorkingTime

/// Moments as people give them.
@Suite struct MomentTests {
    @Test(arguments: [
        ("2026-02-10T09:05:00+08:00", "2026-02-10T01:05:00.000000Z"),
        ("2026-02-10T09:05:00.123456Z", "2026-02-10T09:05:00.123456Z"),
        ("2026-02-10 09:05", "2026-02-10T01:05:00.000000Z"), ("2026-02-10T09:05:00", "2026-02-10T01:05:00.000000Z"),
        ("2026-02-10", "2026-02-10T15:59:59.999999Z"), ("2026-12-31", "2026-12-31T15:59:59.999999Z"),
    ])
    func `a moment with an offset, on the local clock, or the end of a day`(text: String, expected: String) throws {
        let zone = try #require(TimeZone(identifier: "Asia/Shanghai"))
        #expect(try Moment.parse(text, in: zone).description == expected)
    }

    @Test func `a day ends where its zone's next day begins, also when clocks are set`() throws {
        let zone = try #require(TimeZone(identifier: "Europe/Amsterdam"))
        #expect(try Moment.parse("2026-03-29", in: zone).description == "2026-03-29T21:59:59.999999Z")
        #expect(try Moment.parse("2026-10-25", in: zone).description == "2026-10-25T22:59:59.999999Z")
    }

    @Test(arguments: [
        ("yesterday", "\"yesterday\" is not a date and time: it does not begin with a date such as 2011-10-11; "),
        ("2026-02-30", "\"2026-02-30\" is not a date and time: 2026-02 has no day 30, its days are 01...28; "),
        ("2026-02-10T25:00:00", "\"2026-02-10T25:00:00\" is not a date and time: the hour 25 is not in 00...23, "),
        ("9999-12-31", "9999-12-31 is beyond the calendar"),
    ])
    func `what is no moment is refused in words`(text: String, beginning: String) {
        do throws(Moment.Invalid) {
            _ = try Moment.parse(text, in: .gmt)
            Issue.record("it was taken")
        } catch {
            #expect(error.description.hasPrefix(beginning), "\(error)")
        }
    }

    @Test func `the day of a moment depends on the zone`() throws {
        let moment = try Moment.parse("2026-02-10T20:00:00Z", in: .gmt)
        let zone = try #require(TimeZone(identifier: "Asia/Shanghai"))
        #expect(Moment.day(of: moment, in: .gmt)?.description == "2026-02-10")
        #expect(Moment.day(of: moment, in: zone)?.description == "2026-02-11")
        #expect(Moment.day(of: Timestamp(microseconds: .max), in: zone) == nil)
    }
}
