import Testing
import WorkingTime

@Suite("Civil dates")
struct CivilDateTests {
    @Test func `Every day goes to its number and back, and the weekdays follow each other`() throws {
        var failures = 0
        var expected = (year: 1, month: 1, day: 1)
        var weekday = Weekday.monday
        for number in CivilDate.first.daysSinceEpoch...CivilDate.last.daysSinceEpoch {
            guard let date = CivilDate(daysSinceEpoch: number) else {
                failures += 1
                continue
            }
            if date.parts != expected || date.weekday != weekday { failures += 1 }
            weekday = Weekday(rawValue: weekday.rawValue % 7 + 1) ?? .monday
            if expected.day < CivilDate.daysInMonth(expected.month, of: expected.year) {
                expected.day += 1
            } else {
                expected = expected.month < 12 ? (expected.year, expected.month + 1, 1) : (expected.year + 1, 1, 1)
                let first = try CivilDate(year: min(expected.year, 9999), month: expected.month, day: 1)
                if expected.year < 10_000, first.daysSinceEpoch != number + 1 { failures += 1 }
            }
        }
        #expect(failures == 0)
        #expect(expected.year == 10_000)
        #expect(try day("2026-02-13").weekday == .friday)
    }

    @Test(arguments: [
        ("2026-01-31", 1, "2026-02-28"), ("2024-01-31", 1, "2024-02-29"), ("2026-03-31", -1, "2026-02-28"),
        ("2026-12-15", 1, "2027-01-15"), ("2026-01-15", -1, "2025-12-15"), ("2024-02-29", 12, "2025-02-28"),
        ("2026-05-05", 0, "2026-05-05"), ("0001-01-31", 1, "0001-02-28"), ("9999-11-30", 1, "9999-12-30"),
    ])
    func `Months keep the day or take the last`(_ start: String, _ months: Int, _ end: String) throws {
        #expect(try day(start).adding(months: months)?.description == end)
    }

    @Test func `Nothing lies outside the years 1 to 9999`() {
        #expect(CivilDate.first.description == "0001-01-01")
        #expect(CivilDate.last.description == "9999-12-31")
        for days in [-1, Int.min] { #expect(CivilDate.first.adding(days: days) == nil) }
        for days in [1, Int.max] { #expect(CivilDate.last.adding(days: days) == nil) }
        for months in [-1, Int.min] { #expect(CivilDate.first.adding(months: months) == nil) }
        for months in [1, Int.max] { #expect(CivilDate.last.adding(months: months) == nil) }
        #expect(CivilDate.days(ofYear: 10_000) == nil)
    }

    @Test(arguments: ["2026-2-13", "2026-02-30", "0000-01-01", "2026/02/13", "2026-02-13 ", "２０２６-02-13", ""])
    func `What is no date`(_ text: String) {
        #expect(throws: CivilDate.Invalid.self) { try CivilDate(text) }
    }
}
