import CaseFlow
import EventStore
import Testing
import WorkingTime

/// What was known when, and where people sit on market days.
@Suite struct NetworkBookTests {
    private typealias Town = SmallTown
    private static let day = SmallTown.day("2026-11-03")

    @Test func `an absence that is recorded late was not known before`() throws {
        var book = try Town.book()
        let later = Town.moment.advanced(byMicroseconds: 86_400_000_000)
        let absence = Officer.Absence(from: Self.day, through: Self.day, reason: .sick)
        try Town.take(.absent(absence), of: "o-5", later, &book)
        let before = book.network(knownAt: later.advanced(byMicroseconds: -1))
        #expect(try before.standing(of: "o-5", in: Town.department, as: .approver, on: Self.day).holder == .a)
        #expect(throws: NoStanding.self) {
            try book.network(knownAt: later).standing(of: "o-5", in: Town.department, as: .approver, on: Self.day)
        }
        #expect(book.network(knownAt: later) == book.latest && before != book.latest)
        #expect(book.network(knownAt: Town.moment.advanced(byMicroseconds: -1)) == Network())
    }

    @Test func `who held a post on a day has an answer, as known then and as known now`() throws {
        var book = try Town.book()
        let post = PostCode(Town.department, Town.name("approver"))
        let later = Town.moment.advanced(byMicroseconds: 1)
        try Town.take(.fill(post.name, .a, "o-9", from: Town.day("2026-10-01")), of: post.unit, later, &book)
        #expect(book.latest.holder(of: post, on: Self.day) == "o-9")
        #expect(book.latest.holder(of: post, on: Town.day("2026-09-30")) == "o-5")
        #expect(book.network(knownAt: Town.moment).holder(of: post, on: Self.day) == "o-5")
        #expect(book.latest.postings(of: "o-5", on: Self.day) == [])
        #expect(book.latest.postings(of: "o-9", on: Self.day).map(\.since) == [Town.day("2026-10-01"), Town.start])
    }

    /// 2026-01-03 and every third day; 2026-02-28 is 56 days later, 2026-03-02 is 58, so 03-01 (57) is one.
    @Test func `a market day is every third day, weekends and month ends or not`() throws {
        let network = try Town.book().latest
        let days = (0..<31).compactMap { Town.day("2026-02-10").adding(days: $0) }
            .filter { !network.duties(of: Town.village, on: $0).isEmpty }
        #expect(
            days.map(\.description) == [
                "2026-02-11", "2026-02-14", "2026-02-17", "2026-02-20", "2026-02-23", "2026-02-26", "2026-03-01",
                "2026-03-04", "2026-03-07", "2026-03-10",
            ]
        )
        #expect(network.next(.duty, of: Town.village, from: Town.day("2026-02-27"))?.day == Town.day("2026-03-01"))
        #expect(network.next(.duty, of: Town.village, from: Town.day("2026-03-01"))?.day == Town.day("2026-03-01"))
        #expect(network.next(.duty, of: Town.village, from: Town.day("2025-12-01"))?.day == Town.day("2026-01-03"))
        #expect(network.next(.appointment, of: Town.village, from: Town.day("2026-03-01")) == nil)
        #expect(network.next(.duty, of: Town.village, at: Town.county, from: Town.day("2026-03-01")) == nil)
        #expect(network.next(.duty, of: Town.other, from: Town.day("2026-03-01")) == nil)
        #expect(network.sitting(at: Town.hall, on: Town.day("2026-03-01")).map(\.unit) == [Town.village])
    }

    @Test(arguments: [
        ("2026-03-01T08:59:59", false), ("2026-03-01T09:00", true), ("2026-03-01T15:59:59", true),
        ("2026-03-01T16:00", false), ("2026-03-02T10:00", false),
    ])
    func `on a market day the village sits in the hall from 9 to 16, with its seal`(time: String, isThere: Bool) throws
    {
        let network = try Town.book().latest
        let time = try #require(WallTime(time))
        let place = network.dutyPlace(of: Town.village, at: time)
        #expect((place?.place == Town.hall) == isThere && (place?.hasSeal ?? false) == isThere)
        #expect(network.isOnDuty(Town.village, at: Town.hall, time) == isThere)
        #expect(
            !network.isOnDuty(Town.village, at: Town.county, time) && !network.isOnDuty(Town.other, at: Town.hall, time)
        )
    }

    @Test func `a duty ends, and there is none in a closed hall`() throws {
        var book = try Town.book()
        try Town.take(.endDuty(Town.market.name, from: Town.day("2026-03-02")), of: Town.village, Town.moment, &book)
        #expect(book.latest.next(.duty, of: Town.village, from: Town.day("2026-03-02")) == nil)
        #expect(book.latest.duties(of: Town.village, on: Town.day("2026-03-01")).count == 1)
        try Town.take(.close(from: Town.day("2026-02-20"), reason: "x"), of: Town.hall, Town.moment, &book)
        #expect(book.latest.duties(of: Town.village, on: Town.day("2026-03-01")).isEmpty)
        #expect(book.latest.next(.duty, of: Town.village, from: Town.day("2026-02-18")) == nil)
    }

    @Test func `appointment days are told by weekday or by date`() throws {
        var book = try Town.book()
        let hours = try DayHours("09:00-12:00")
        let weekly = Duty(
            Town.name("visit"),
            kind: .appointment,
            at: Town.hall,
            on: .weekdays([.tuesday]),
            hours: hours
        )
        let dates = Duty(
            Town.name("fair"),
            kind: .appointment,
            at: Town.county,
            on: .dates([Town.day("2026-11-05")]),
            hours: hours
        )
        for duty in [weekly, dates] {
            try Town.take(.setDuty(duty, from: Town.start), of: Town.department, Town.moment, &book)
        }
        let network = book.latest
        #expect(network.next(.appointment, of: Town.department, from: Self.day)?.day == Self.day)
        #expect(network.next(.appointment, of: Town.department, from: Town.day("2026-11-04"))?.duty == dates)
        let hall = network.next(.appointment, of: Town.department, at: Town.hall, from: Town.day("2026-11-04"))
        #expect(hall?.day == Town.day("2026-11-10"))
        // Who has an appointment is not on duty.
        let time = try #require(WallTime("2026-11-03T10:00"))
        #expect(network.dutyPlace(of: Town.department, at: time) == nil)
    }
}
