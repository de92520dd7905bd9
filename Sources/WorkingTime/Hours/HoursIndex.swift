/// Open seconds of hours that change on some days: one section for each span of days, counted on from the one before.
///
/// Days are numbers since 1970-01-01. Finding a section takes a walk over all of them: there is one for each setting of
/// the hours, and few settings in a centre's life.
struct HoursIndex: Sendable {
    /// The hours from one day on.
    struct Section: Sendable {
        let first: Int
        let calendar: WorkCalendar?
        let index: OpeningIndex
        /// Open seconds from 0001-01-01 to the beginning of the first day, by the sections before.
        let before: Int

        /// Open seconds from 0001-01-01 to a moment of this section.
        func seconds(before time: WallTime) -> Int {
            before + index.seconds(before: time) - index.seconds(beforeDay: first)
        }
    }

    /// In order; the first begins with the first day that there is.
    private(set) var sections: [Section]

    init(_ index: OpeningIndex, calendar: WorkCalendar?) {
        sections = [Section(first: CivilDate.epochDays.lowerBound, calendar: calendar, index: index, before: 0)]
    }

    /// These hours through the day before a day, and others from it on.
    func followed(by later: HoursIndex, from day: Int) -> HoursIndex {
        var result = self
        result.sections.removeAll { $0.first >= day }
        for section in later.sections[later.position(of: day)...] {
            let first = max(day, section.first)
            var before = 0
            if let last = result.sections.last {
                before = last.before + last.index.seconds(beforeDay: first) - last.index.seconds(beforeDay: last.first)
            }
            result.sections.append(
                Section(first: first, calendar: section.calendar, index: section.index, before: before)
            )
        }
        return result
    }

    /// The section of a day.
    func section(of day: Int) -> Section { sections[position(of: day)] }

    private func position(of day: Int) -> Int { sections.lastIndex { $0.first <= day } ?? 0 }

    func hours(_ day: Int) -> DayHours { section(of: day).index.hours(day) }

    /// Open seconds from 0001-01-01 to a moment.
    func seconds(before time: WallTime) -> Int { section(of: time.dayNumber).seconds(before: time) }

    /// The first moment at which so many open seconds since 0001-01-01 are over, and the day that the last of them
    /// belongs to: at 24:00 the moment belongs to the next day already.
    /// - Throws: ``WorkingTimeError/neverOpen``, ``WorkingTimeError/outOfRange``.
    func moment(after seconds: Int) throws(WorkingTimeError) -> (time: WallTime, day: Int) {
        let section = sections.last { $0.before < seconds } ?? sections[0]
        let (inSection, overflow) = seconds.addingReportingOverflow(
            section.index.seconds(beforeDay: section.first) - section.before
        )
        if overflow { throw .outOfRange }
        return try section.index.moment(after: inSection)
    }

    /// Whether enough is known of the days from one through another.
    func check(from start: CivilDate, through end: CivilDate) throws(WorkingTimeError) {
        for (position, section) in sections.enumerated() {
            let first = max(start.daysSinceEpoch, section.first)
            let next = position + 1 < sections.count ? sections[position + 1].first : Int.max
            let last = min(end.daysSinceEpoch, next - 1)
            guard first <= last else { continue }
            try section.calendar?.check(from: CivilDate(validNumber: first), through: CivilDate(validNumber: last))
        }
    }
}
