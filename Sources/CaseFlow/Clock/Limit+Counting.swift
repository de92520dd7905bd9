import WorkingTime

extension Limit {
    /// The limit as the calendars count it; nil for one in service minutes, which ends at a moment, not on a day.
    func inDays(_ rules: RulePack) -> DayLimit? {
        let unit: DayLimit.Unit
        switch self.unit {
        case .workingDays: unit = .workingDays
        case .calendarDays: unit = .calendarDays
        case .calendarWeeks: unit = .weeks
        case .calendarMonths: unit = .months
        case .serviceMinutes: return nil
        }
        // The amount is never negative.
        return try? DayLimit(amount, unit, roll: rules.restDay == .nextWorkingDay ? .following : .unadjusted)
    }

    /// The last day of a limit that nothing stops.
    func dueDate(
        after event: CivilDate,
        _ rules: RulePack,
        in calendar: WorkCalendar?
    ) throws(Case.ProcedureRejection) -> CivilDate? {
        guard let limit = inDays(rules) else { return nil }
        guard let calendar = calendar ?? .everyDay(rules) else { throw .noCalendar(rules.calendar ?? "none") }
        do {
            return try limit.outcome(after: event, in: calendar).dueDate?.date
        } catch {
            throw .calendarUnknown(error.description)
        }
    }
}

extension RulePack.PauseCounting {
    /// As the calendars know it.
    var rule: WorkingTime.PauseCounting { self == .civil ? .civil : .halfOpen }
}

extension WorkCalendar {
    /// For rules that name no calendar: they count no working days, so any calendar answers alike. Nil for other rules.
    static func everyDay(_ rules: RulePack) -> WorkCalendar? {
        rules.calendar == nil ? everyDay : nil
    }

    /// A calendar for what counts no working days.
    static let everyDay = try? WorkCalendar(
        code: "none",
        version: CalendarVersion(0),
        coverage: [CivilDate.first...CivilDate.first]
    )
}
