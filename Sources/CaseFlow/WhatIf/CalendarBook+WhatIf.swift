import EventStore
import WorkingTime

/// The calendars as they would be. Whatever of the book is not touched stays as it was known, moment by moment.
extension CalendarBook {
    /// The book with what drafts say in place of what was published: each state of the calendar that knew a year says of it
    /// what the drafts say, and hours of service that follow the calendar follow that. A year that no state knew is known
    /// to all of them.
    /// - Throws: `LegalCalendar.Rejection` for what is no calendar.
    func replacing(_ drafts: [LegalCalendar.Draft], of code: String) throws -> CalendarBook {
        let states = versions(code)
        guard !states.isEmpty else {
            guard let calendar = try preview(drafts, of: code) else { return self }
            var book = self
            let first = drafts.first
            book.legal[code] = [
                Version(
                    calendar: calendar,
                    knownSince: .earliest,
                    noticeDate: first?.knownSince ?? .first,
                    notice: first?.notice ?? "",
                    year: first?.year,
                    entry: nil,
                    isAdopted: false,
                    enteredBy: nil,
                    confirmedBy: nil
                )
            ]
            return book.followed(code)
        }
        let everKnown = states.reduce(into: Set<Int>()) { $0.formUnion($1.calendar.years) }
        return try changing(code) { calendar in
            var facts = LegalCalendar.Known()
            facts.years = calendar.years
            for exception in calendar.exceptions { facts.exceptions[exception.date] = exception }
            for draft in drafts {
                if let year = draft.year {
                    guard (1...9999).contains(year) else { throw LegalCalendar.Rejection.year(year) }
                    guard calendar.years.contains(year) || !everKnown.contains(year) else { continue }
                    facts.begin(year)
                    // A notice may speak of the end of the year before, which this state may not know.
                    facts.apply(year: nil, draft.changes.filter { facts.years.contains($0.date.year) })
                } else {
                    facts.apply(year: nil, draft.changes.filter { facts.years.contains($0.date.year) })
                }
            }
            return try WorkCalendar(
                code: code,
                version: calendar.version,
                years: facts.years,
                week: calendar.week,
                exceptions: facts.exceptions.values
            )
        }.followed(code)
    }

    /// The book in which nobody works on some days and all services are closed.
    func closed(on days: Set<CivilDate>) throws -> CalendarBook {
        var book = self
        for code in codes {
            book = try book.changing(code) { calendar in
                var exceptions: [CivilDate: DayException] = [:]
                for exception in calendar.exceptions { exceptions[exception.date] = exception }
                for day in days where try calendar.worksForCertain(on: day) {
                    exceptions[day] = DayException(day, .holiday, name: "market day")
                }
                return try WorkCalendar(
                    code: code,
                    version: calendar.version,
                    coverage: calendar.coverage,
                    week: calendar.week,
                    exceptions: exceptions.values
                )
            }
        }
        for (code, settings) in service {
            book.service[code] = settings.map { setting in
                var plan = setting.plan
                plan.closedDates.formUnion(days)
                return ServiceVersion(
                    plan: plan,
                    from: setting.from,
                    knownSince: setting.knownSince,
                    setBy: setting.setBy
                )
            }
        }
        for (code, settings) in book.service { book.serviceStates[code] = book.states(code, settings) }
        return book
    }

    /// Each state of a calendar, changed.
    private func changing(_ code: String, _ change: (WorkCalendar) throws -> WorkCalendar) throws -> CalendarBook {
        var book = self
        book.legal[code] = try versions(code).map { version in
            Version(
                calendar: try change(version.calendar),
                knownSince: version.knownSince,
                noticeDate: version.noticeDate,
                notice: version.notice,
                year: version.year,
                entry: version.entry,
                isAdopted: version.isAdopted,
                enteredBy: version.enteredBy,
                confirmedBy: version.confirmedBy
            )
        }
        return book
    }

    /// The hours of service that follow a calendar, made anew.
    private func followed(_ code: String) -> CalendarBook {
        var book = self
        for (name, settings) in service where settings.contains(where: { $0.plan.follows == code }) {
            book.serviceStates[name] = book.states(name, settings)
        }
        return book
    }
}

extension WorkCalendar {
    /// The years that it was published for.
    fileprivate var years: Set<Int> {
        coverage.reduce(into: Set<Int>()) { $0.formUnion($1.lowerBound.year...$1.upperBound.year) }
    }

    /// Whether a day is published as a working day.
    fileprivate func worksForCertain(on day: CivilDate) throws -> Bool {
        guard coverage.contains(where: { $0.contains(day) }) else { return false }
        return try isWorkingDay(day)
    }
}
