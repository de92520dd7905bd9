import CaseFlow
import Foundation
import Testing
import WorkingTime

@Suite("Dates and times")
struct TimeTests {
    @Test func `every day of the calendar goes to its number and back, in order`() throws {
        var previous: CivilDate?
        let first = try CivilDate(year: 1, month: 1, day: 1).daysSinceEpoch
        let last = try CivilDate(year: 9999, month: 12, day: 31).daysSinceEpoch
        var failures = 0
        for days in first...last {
            guard let date = CivilDate(daysSinceEpoch: days) else {
                failures += 1
                continue
            }
            if date.daysSinceEpoch != days { failures += 1 }
            if let previous, !(previous < date) || (date.day != previous.day + 1 && date.day != 1) { failures += 1 }
            previous = date
        }
        #expect(failures == 0)
        #expect(last - first + 1 == 3_652_059)
        #expect(CivilDate(daysSinceEpoch: first - 1) == nil)
        #expect(CivilDate(daysSinceEpoch: last + 1) == nil)
        #expect(CivilDate(daysSinceEpoch: 0)?.description == "1970-01-01")
        #expect(try CivilDate("2000-02-29").daysSinceEpoch == 11_016)
    }

    @Test(arguments: [
        ("2011-02-30", "2011-02 has no day 30, its days are 01...28"), ("2011-13-01", "the month 13 is not in 01...12"),
        ("0000-01-01", "the year 0 is not in 0001...9999"),
        ("2011-1-01", "\"2011-1-01\" is not a date, write it as 2026-02-13"),
        ("1900-02-29", "1900-02 has no day 29, its days are 01...28"),
    ])
    func `a day that is not in the calendar is refused`(text: String, expected: String) {
        #expect(throws: CivilDate.Invalid.self) { _ = try CivilDate(text) }
        do { _ = try CivilDate(text) } catch { #expect(error.description == expected) }
    }

    @Test(
        arguments: [
            ("2011-10-11T13:42:22.688+02:00", "2011-10-11T13:42:22.688+02:00", 1_318_333_342_688_000),
            ("2011-10-11T11:42:22Z", "2011-10-11T11:42:22.000Z", 1_318_333_342_000_000),
            ("2011-10-11 13:42:22.1234567+0200", "2011-10-11T13:42:22.123456+02:00", 1_318_333_342_123_456),
            ("2011-10-11t13:42:22,5 +02", "2011-10-11T13:42:22.500+02:00", 1_318_333_342_500_000),
            ("2011-10-11T13:42+02:00", "2011-10-11T13:42:00.000+02:00", 1_318_333_320_000_000),
            ("2011-10-11T24:00:00+00:00", "2011-10-12T00:00:00.000Z", 1_318_377_600_000_000),
            ("1969-12-31T23:59:59.999999999Z", "1969-12-31T23:59:59.999999Z", -1),
            ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00.000+14:00", -62_135_647_200_000_000),
            ("9999-12-31T23:59:59.999-05:30", "9999-12-31T23:59:59.999-05:30", 253_402_320_599_999_000),
            ("1970-01-01T00:00:00-00:00", "1970-01-01T00:00:00.000Z", 0),
        ] as [(String, String, Int64)]
    )
    func `a time with an offset is an instant`(text: String, formatted: String, microseconds: Int64) throws {
        guard case .zoned(let time) = try WrittenTime(text) else {
            Issue.record("no instant")
            return
        }
        #expect(time.microsecondsSinceEpoch == microseconds)
        #expect(time.description == formatted)
        #expect(try WrittenTime(formatted) == .zoned(time))
    }

    @Test func `a time without an offset says so`() throws {
        let date = try CivilDate(year: 2011, month: 10, day: 11)
        #expect(try WrittenTime("2011-10-11") == .date(date))
        let local = try #require(LocalTime(date: date, microsecondOfDay: 49_342_000_000))
        #expect(try WrittenTime("2011-10-11 13:42:22") == .local(local))
        #expect(local.description == "2011-10-11T13:42:22.000")
    }

    @Test(arguments: [
        ("2011-02-30T00:00:00Z", "2011-02 has no day 30, its days are 01...28"),
        ("2011-13-01", "the month 13 is not in 01...12"),
        ("2016-12-31T23:59:60Z", "a leap second (second 60) has no place on this time line"),
        ("2011-10-11T25:00:00Z", "the hour 25 is not in 00...23, nor is it 24:00:00"),
        ("2011-10-11T24:00:01Z", "the hour 24 is not in 00...23, nor is it 24:00:00"),
        ("2011-10-11T00:60:00Z", "the minute 60 is not in 00...59"),
        ("2011-10-11T00:00:00+14:01", "the offset is beyond 14:00"),
        ("2011-10-11T00:00:00+02:60", "the offset's minutes 60 are not in 00...59"),
        ("2011-10-11T00:00:00.Z", "a second has 0 digits behind the point, not 1...9"),
        ("2011-10-11T00:00:00.1234567890Z", "a second has 10 digits behind the point, not 1...9"),
        ("2011-10-11T00:00:00+02:00x", "something follows the offset"),
        ("2011-10-11T00:00:00 ", "the offset is not of the form +02:00 or Z"),
        ("2011-10-11T00:00:00+2", "it ends too early"),
        ("2011-10-11T0a:00:00", "there is no digit at position 13"),
        ("9999-12-31T24:00:00Z", "it lies beyond the year 9999"),
        ("11.10.2011 13:42", "it does not begin with a date such as 2011-10-11"),
        ("", "it does not begin with a date such as 2011-10-11"),
    ])
    func `what is no moment is refused, and why`(text: String, what: String) {
        do {
            _ = try WrittenTime(text)
            Issue.record("accepted")
        } catch {
            #expect(error.what == what)
            #expect(
                error.description
                    == "\"\(text)\" is not a date and time: \(what); write it as 2011-10-11T13:42:22.688+02:00"
            )
        }
    }

    @Test(arguments: [
        ("2026-07-01T12:00:00", "2026-07-01T12:00:00.000+02:00"),
        ("2026-01-01", "2026-01-01T00:00:00.000+01:00"),
        ("2026-03-29T02:30:00", "2026-03-29T03:30:00.000+02:00"),
        ("2026-03-29T01:59:59", "2026-03-29T01:59:59.000+01:00"),
        ("2026-03-29T03:00:00", "2026-03-29T03:00:00.000+02:00"),
        ("2026-10-25T02:30:00", "2026-10-25T02:30:00.000+02:00"),
        ("2026-10-25T03:00:00", "2026-10-25T03:00:00.000+01:00"),
        ("2026-10-25T01:59:59", "2026-10-25T01:59:59.000+02:00"),
    ])
    func `a local time in a zone, also where clocks skip or repeat it`(text: String, expected: String) throws {
        let zone = try #require(TimeZone(identifier: "Europe/Amsterdam"))
        #expect(try WrittenTime(text).resolved(in: zone)?.description == expected)
    }

    @Test func `another zone keeps the instant and has its own date`() throws {
        guard case .zoned(let time) = try WrittenTime("2026-02-13T23:30:00+00:00") else { return }
        let zone = try #require(TimeZone(identifier: "Asia/Shanghai"))
        let shifted = try #require(time.shifted(to: zone))
        #expect(shifted.description == "2026-02-14T07:30:00.000+08:00")
        #expect(shifted.microsecondsSinceEpoch == time.microsecondsSinceEpoch)
        #expect(shifted.localDate.description == "2026-02-14")
        #expect(time.localDate.description == "2026-02-13")
        #expect(ZonedTime(microsecondsSinceEpoch: .max, offsetSeconds: 0) == nil)
        #expect(ZonedTime(microsecondsSinceEpoch: .min, offsetSeconds: 0) == nil)
        #expect(ZonedTime(microsecondsSinceEpoch: 0, offsetSeconds: 61) == nil)
    }
}
