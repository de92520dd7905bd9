import WorkingTime

extension CalendarFile {
    /// One day that differs from the week.
    struct Day: Sendable, Hashable {
        let change: CalendarHistory.Change
        let line: Int
    }

    /// What one row says of its day; without a change that it is as the week says.
    struct Row: Sendable, Hashable {
        let date: CivilDate
        let change: CalendarHistory.Change?
        let line: Int
    }

    /// The days that a file tells of.
    struct Listing: Sendable, Hashable {
        /// Those that differ from the week, in order, each once.
        let days: [Day]
        /// Those that are as the week says, in order, each once.
        let plain: [Row]

        init(days: [Day]) { (self.days, plain) = (days, []) }

        /// Puts rows in order; a day that is told twice in the same way counts once.
        /// - Throws: ``CalendarTextError`` for a day that is told in two ways.
        init(_ rows: [Row]) throws(CalendarTextError) {
            var seen: [CivilDate: Row] = [:]
            for row in rows {
                guard let other = seen.updateValue(row, forKey: row.date) else { continue }
                guard other.change == row.change else {
                    throw CalendarTextError(
                        line: row.line,
                        what: "\(row.date) is told otherwise than in line \(other.line); keep one of the two"
                    )
                }
            }
            let sorted = seen.values.sorted { $0.date < $1.date }
            days = sorted.compactMap { row in row.change.map { Day(change: $0, line: row.line) } }
            plain = sorted.filter { $0.change == nil }
        }

        /// A file that lists plain weekdays lists all days of its year: one that breaks off is no year.
        /// - Throws: ``CalendarTextError`` with the first day that is missing, or that is of another year.
        func check(holds year: Int) throws(CalendarTextError) {
            let weekdays = plain.filter { WorkWeek.mondayToFriday.contains($0.date.weekday) }
            guard let first = weekdays.first else { return }
            for row in weekdays where row.date.year != year && (row.date.year != year - 1 || row.date.month != 12) {
                throw CalendarTextError(line: row.line, what: "\(row.date) is not a day of \(year)")
            }
            let listed = Set(plain.map(\.date) + days.map(\.change.date))
            guard let start = try? CivilDate(year: year, month: 1, day: 1) else { return }
            let all = (0..<366).compactMap { start.adding(days: $0) }.filter { $0.year == year }
            let missing = all.filter { !listed.contains($0) }
            guard let gap = missing.first else { return }
            throw CalendarTextError(
                line: first.line,
                what: """
                    it lists plain weekdays such as \(first.date), so it has to list all days of \(year): \(gap) is \
                    missing first, \(missing.count) in all; complete it, or keep only the days that differ from the week
                    """
            )
        }
    }
}
