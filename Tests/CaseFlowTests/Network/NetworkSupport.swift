import CaseFlow
import EventStore
import WorkingTime

/// A small town: a county, a hall with two windows, a department with a reviewer's and an approver's post, two villages.
enum SmallTown {
    static let actor = Actor(trusted: "officer/17")
    static let moment = Timestamp(microseconds: 1_795_000_000_000_000)
    static let start = day("2026-01-01")

    static let (county, hall, department) = (
        UnitCode(trusted: "123456"), UnitCode(trusted: "hall"), UnitCode(trusted: "aid")
    )
    static let (window, village, other) = (
        UnitCode(trusted: "hall-w1"), UnitCode(trusted: "v01"), UnitCode(trusted: "v02")
    )

    static func day(_ text: String) -> CivilDate { (try? CivilDate(text)) ?? .first }

    static func officer(_ text: String) -> OfficerID { OfficerID(trusted: text) }

    static func name(_ text: String) -> ShortName { ShortName(trusted: text) }

    static func profile(_ code: UnitCode, _ kind: UnitKind, in parent: UnitCode? = nil, seal: String? = nil)
        -> UnitProfile
    {
        UnitProfile(
            code,
            name: LocalizedText(code.rawValue, code.rawValue),
            kind: kind,
            parent: parent,
            seal: seal.map(ShortName.init(trusted:))
        )
    }

    static let market = Duty(
        name("market-day"),
        at: hall,
        on: .every(3, from: day("2026-01-03")),
        hours: (try? DayHours("09:00-16:00")) ?? .closed,
        hasSeal: true
    )

    static func post(_ text: String, _ role: OfficerRole, _ a: String?, _ b: String?) -> UnitEntry.Post {
        UnitEntry.Post(
            name(text),
            role: role,
            a: a.map { .init(officer($0)) },
            b: b.map { .init(officer($0)) }
        )
    }

    static let units: [UnitEntry] = [
        UnitEntry(profile(county, .county), from: start),
        UnitEntry(
            profile(hall, .centre, in: county),
            from: start,
            posts: [post("director", .director, "o-1", "o-2"), post("window-1", .window, "o-7", nil)]
        ),
        UnitEntry(profile(window, .window, in: hall), from: start, posts: [post("counter", .window, "o-8", "o-7")]),
        UnitEntry(
            profile(department, .department, in: hall),
            from: start,
            posts: [
                post("reviewer-1", .reviewer, "o-3", "o-4"), post("reviewer-2", .reviewer, "o-4", "o-3"),
                post("approver", .approver, "o-5", "o-6"), post("spare", .approver, nil, "o-6"),
            ]
        ),
        UnitEntry(
            profile(village, .villageStation, in: hall, seal: "village-certificate"),
            from: start,
            posts: [post("agent", .agent, "o-9", nil)],
            duties: [.init(market)]
        ),
        UnitEntry(profile(other, .villageStation, in: hall), from: start),
    ]

    static let officers = (1...9).map { OfficerEntry(officer("o-\($0)"), from: start) }

    /// The town as a book, all of it recorded at one moment.
    static func book(recordedAt: Timestamp = moment) throws -> NetworkBook {
        var book = NetworkBook()
        for entry in officers { try take(.enter(from: entry.from, on: start), of: entry.officer, recordedAt, &book) }
        for entry in units { try take(.enter(entry, on: start), of: entry.profile.code, recordedAt, &book) }
        return book
    }

    /// Lets something happen to an officer.
    static func take(_ wish: Officer.Wish, of officer: OfficerID, _ recordedAt: Timestamp, _ book: inout NetworkBook)
        throws
    {
        let state = book.latest.officers[officer] ?? Officer.initial
        for event in try Officer.decide(.init(wish, by: actor, at: recordedAt), state) {
            book.take(event, of: officer, recordedAt: recordedAt)
        }
    }

    /// Lets something happen to a unit.
    static func take(_ wish: NetworkUnit.Wish, of unit: UnitCode, _ recordedAt: Timestamp, _ book: inout NetworkBook)
        throws
    {
        let state = book.latest.units[unit] ?? NetworkUnit.initial
        for event in try NetworkUnit.decide(.init(wish, by: actor, at: recordedAt), state) {
            book.take(event, of: unit, recordedAt: recordedAt)
        }
    }
}

extension OfficerID: ExpressibleByStringLiteral {
    /// For tests.
    public init(stringLiteral value: String) { self.init(trusted: value) }
}

extension UnitCode: ExpressibleByStringLiteral {
    /// For tests.
    public init(stringLiteral value: String) { self.init(trusted: value) }
}
