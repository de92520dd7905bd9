import CaseFlow
import Testing
import WorkingTime

@Suite("Periods")
struct DaySpanTests {
    @Test(arguments: [
        ("2026", "2026-01-01..2026-12-31"), ("2026-02", "2026-02-01..2026-02-28"),
        ("2024-02", "2024-02-01..2024-02-29"),
        ("2026-12", "2026-12-01..2026-12-31"), ("2026-03-05", "2026-03-05"),
        ("2026-01..2026-06", "2026-01-01..2026-06-30"),
        ("2025..2026-03-05", "2025-01-01..2026-03-05"), ("9999", "9999-01-01..9999-12-31"),
        ("9999-12", "9999-12-01..9999-12-31"), ("0001", "0001-01-01..0001-12-31"),
    ])
    func `a period is a year, a month, a day, or two of these`(text: String, days: String) throws {
        #expect(try DaySpan(text).description == days)
    }

    @Test(arguments: [
        "", "..", "26", "2026-13", "2026-02-30", "2026-3", "2026..", "..2026", "2026..2027..2028", "march", "20x6",
        "0000", "2026-01-01...2026-02-01", " 2026", "２０２６",
    ])
    func `what is no period is refused, and told how to write one`(text: String) throws {
        do {
            let span = try DaySpan(text)
            Issue.record("\(text) was read as \(span)")
        } catch {
            #expect(error.description.contains("write 2026, 2026-03, 2026-03-05 or 2026-01-01..2026-06-30"))
        }
    }

    @Test func `a period that ends before it begins is empty, and said to be`() throws {
        #expect(throws: DaySpan.Invalid.self) { try DaySpan("2026-03..2026-02") }
        do { _ = try DaySpan("2026-03..2026-02") } catch { #expect(error.description.contains("empty period")) }
        let span = try DaySpan("2026-03")
        #expect(span.contains(day("2026-03-01")) && span.contains(day("2026-03-31")))
        #expect(!span.contains(day("2026-02-28")) && !span.contains(day("2026-04-01")))
    }
}
