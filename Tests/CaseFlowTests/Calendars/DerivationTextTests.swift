import CaseFlow
import Testing
import WorkingTime

/// Derivations and years in words.
@Suite struct DerivationTextTests {
    private func text(
        _ count: Int,
        _ unit: DayLimit.Unit,
        _ from: String,
        _ pauses: [Pause<CivilDate>] = [],
        language: Language = .english
    ) throws -> DerivationText {
        let calendar = try #require(try CalendarHistory.shipped("cn").latest)
        let derivation = try DayLimit(count, unit)
            .derivation(after: try CivilDate(from), in: calendar, pauses: Pauses(pauses))
        return DerivationText(derivation, of: unit, basis: .china(unit), language: language)
    }

    @Test func `each step names its days, its rule and its reason`() throws {
        let text = try text(5, .workingDays, "2026-02-10")
        #expect(text.calendar == "cn")
        #expect(text.calendarVersion == "15 (国办发明电〔2025〕7号)")
        #expect(
            text.lines == [
                "2026-02-10              day 0, the day of the event: not counted  [Civil Code 201]",
                "2026-02-11..2026-02-13  working days 1 to 3, counted  [Administrative Licensing Law 82]",
                "2026-02-14              working day 4, counted: a make-up day for 春节  [calendar cn, version 15]",
                "2026-02-15..2026-02-23  holiday 春节, not counted  [calendar cn, version 15]",
                "2026-02-24              working day 5, counted  [Administrative Licensing Law 82]",
                "2026-02-24              due, until 24:00  [Civil Code 203]",
            ]
        )
        #expect(text.steps.map(\.kind) == ["event", "counted", "make-up", "holiday", "counted", "due"])
        #expect(text.steps[1].first == 1 && text.steps[1].last == 3)
    }

    @Test func `a pause, a roll, months, the horizon and an open pause`() throws {
        let pause = try Pause(try CivilDate("2026-02-25"), to: try CivilDate("2026-03-02"))
        let paused = try text(20, .workingDays, "2026-02-10", [pause], language: .chinese)
        let step = try #require(paused.steps.first { $0.kind == "paused" })
        #expect(step.date == "2026-02-26" && step.until == "2026-03-02")
        #expect(step.reason == "2026-02-25 至 2026-03-02 中止，4 个工作日不计入（按民法起算：中止当日计入，恢复当日不计入）")
        #expect(step.rule == "民法典第201条")
        let open = try text(20, .workingDays, "2026-02-10", [Pause(openSince: try CivilDate("2026-02-25"))])
        #expect(open.steps.last?.reason == "not running, 14 working days left")
        let rolled = try text(10, .calendarDays, "2026-02-10")
        #expect(rolled.steps.first { $0.kind == "rolled" }?.rule == "Civil Code 203")
        #expect(rolled.steps.last?.date == "2026-02-24")
        let months = try text(1, .months, "2026-01-31")
        #expect(months.steps[1].reason == "1 month ends on this day, the month's last day: 28 calendar days")
        let late = try text(60, .workingDays, "2026-11-10")
        #expect(late.steps.first { $0.kind == "horizon" }?.date == "2027-01-01")
        #expect(late.steps.last?.reason == "due, until 24:00 (provisional)")
    }

    @Test func `a roll that goes back names its days in order`() throws {
        let calendar = try #require(try CalendarHistory.shipped("cn").latest)
        let derivation = try DayLimit(60, .calendarDays, roll: .preceding)
            .derivation(after: try CivilDate("2026-02-10"), in: calendar)
        let text = DerivationText(derivation, of: .calendarDays, basis: .china(.calendarDays), language: .english)
        let step = try #require(text.steps.first { $0.kind == "rolled" })
        #expect(step.date == "2026-04-10" && step.until == "2026-04-11")
        #expect(step.reason == "the last day is a rest day: it moves back to 2026-04-10")
        #expect(text.steps.last?.date == "2026-04-10")
    }

    @Test func `minutes of service`() throws {
        let calendar = try #require(try CalendarHistory.shipped("cn").latest)
        let hours = try ServiceHours.workingDays(of: calendar, try DayHours("09:00-12:00 14:00-17:00"))
        let start = try #require(WallTime("2026-02-13T16:30"))
        let derivation = try TimeLimit(minutes: 60).derivation(after: start, in: hours)
        let text = DerivationText(derivation, basis: .china(nil), language: .english)
        #expect(
            text.steps.map(\.reason) == [
                "the event", "open: 30 min counted, 30 min in all", "open: 30 min counted, 60 min in all", "due",
            ]
        )
        #expect(text.steps.last?.date == "2026-02-14T09:30")
    }

    @Test func `a year as twelve grids, with names, and provisional beyond the horizon`() throws {
        let calendar = try #require(try CalendarHistory.shipped("cn").latest)
        let grid = try CalendarGrid(year: 2026, of: calendar, language: .chinese)
        #expect(grid.workingDays == 248)
        #expect(!grid.isProvisional)
        let lines = grid.lines
        #expect(lines[0] == "2026 年，日历 cn 第 15 版（国办发明电〔2025〕7号），248 个工作日")
        let february = try #require(lines.firstIndex(of: "2月"))
        #expect(
            lines[(february + 2)...(february + 9)] == [
                "                                1.", "  2    3    4    5    6    7.   8.",
                "  9   10   11   12   13   14+  15*",
                " 16*  17*  18*  19*  20*  21*  22*", " 23*  24   25   26   27   28+", "   14 + 春节", "   15-23 * 春节",
                "   28 + 春节",
            ]
        )
        let beyond = try CalendarGrid(year: 2027, of: calendar, language: .english)
        #expect(beyond.isProvisional)
        #expect(beyond.lines[1].hasPrefix("PROVISIONAL: "))
        #expect(throws: WorkingTimeError.self) { try CalendarGrid(year: 2014, of: calendar, language: .english) }
    }
}
