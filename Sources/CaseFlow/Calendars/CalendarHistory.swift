import WorkingTime

/// A legal calendar with its history: what was published and amended, and since when each was known.
///
/// Each entry makes a version, numbered from 1. The calendar as known on a day is that of the last version published by
/// then; a later amendment does not change it. Days are civil dates at the place where the calendar is in force.
public struct CalendarHistory: Sendable, Hashable {
    /// A publication of a year, or an amendment of what was published.
    public struct Entry: Sendable, Hashable {
        /// The year that is covered from now on; nil for an amendment.
        public let year: Int?
        /// The first day on which it was known.
        public let knownSince: CivilDate
        /// The number of the notice; empty where it is not known.
        public let notice: String
        /// What it says of days, in the order in which it says it; no day twice.
        public let changes: [Change]

        /// A publication (with a year) or an amendment (without).
        public init(year: Int?, knownSince: CivilDate, notice: String, changes: [Change]) {
            self.year = year
            self.knownSince = knownSince
            self.notice = notice
            self.changes = changes
        }
    }

    /// What an entry says of one day.
    public enum Change: Sendable, Hashable {
        /// The day is an exception, whatever it was before.
        case exception(DayException)
        /// The day is no exception any more.
        case normal(CivilDate)

        /// The day.
        public var date: CivilDate {
            switch self {
            case .exception(let exception): exception.date
            case .normal(let date): date
            }
        }
    }

    /// Why entries make no calendar.
    public enum Invalid: Error, Sendable, Hashable, CustomStringConvertible {
        /// An entry is older than the one before it.
        case order(CivilDate, after: CivilDate)
        /// A year is published twice.
        case publishedTwice(Int)
        /// An entry says two things of one day.
        case twice(CivilDate)
        /// A day of a year that has not been published by then.
        case notPublished(CivilDate)
        /// A day is declared normal and was no exception.
        case noException(CivilDate)
        /// A year is not in 1...9999.
        case year(Int)

        /// What is wrong.
        public var description: String {
            switch self {
            case .order(let date, let previous):
                "\(date) is earlier than \(previous), the date of the entry before; put the entries in order"
            case .publishedTwice(let year): "\(year) has been published already; use amend"
            case .twice(let date): "\(date) is given twice in one entry"
            case .notPublished(let date): "\(date) lies in a year that has not been published"
            case .noException(let date): "\(date) is normal already"
            case .year(let year): "the year \(year) is not in 0001...9999"
            }
        }
    }

    /// The calendar's name, for example `cn`.
    public let code: String
    /// The working days of a week without exceptions.
    public let week: WorkWeek
    /// In the order in which they became known.
    public private(set) var entries: [Entry] = []

    private var years: Set<Int> = []
    private var exceptions: Set<CivilDate> = []

    /// A calendar of which nothing is known yet.
    public init(code: String, week: WorkWeek = .mondayToFriday) {
        self.code = code
        self.week = week
    }

    /// Adds what became known next.
    /// - Throws: ``Invalid``; then nothing is added.
    public mutating func append(_ entry: Entry) throws(Invalid) {
        if let last = entries.last, entry.knownSince < last.knownSince {
            throw .order(entry.knownSince, after: last.knownSince)
        }
        var years = years
        if let year = entry.year {
            guard (1...9999).contains(year) else { throw .year(year) }
            guard years.insert(year).inserted else { throw .publishedTwice(year) }
        }
        var exceptions = exceptions
        var seen: Set<CivilDate> = []
        for change in entry.changes {
            let date = change.date
            guard seen.insert(date).inserted else { throw .twice(date) }
            guard years.contains(date.year) else { throw .notPublished(date) }
            switch change {
            case .exception: exceptions.insert(date)
            case .normal: guard exceptions.remove(date) != nil else { throw .noException(date) }
            }
        }
        entries.append(entry)
        self.years = years
        self.exceptions = exceptions
    }

    /// The calendar as it was known at the end of a day; nil when no year had been published.
    public func calendar(knownOn day: CivilDate) -> WorkCalendar? {
        calendar(version: entries.prefix { $0.knownSince <= day }.count)
    }

    /// The calendar as it is known now, by all entries; nil when no year has been published.
    public var latest: WorkCalendar? { calendar(version: entries.count) }

    /// The calendar after so many entries; nil when there are not so many, or no year had been published.
    public func calendar(version: Int) -> WorkCalendar? {
        guard version > 0, version <= entries.count else { return nil }
        var years: [Int] = []
        var exceptions: [CivilDate: DayException] = [:]
        for entry in entries.prefix(version) {
            if let year = entry.year { years.append(year) }
            for change in entry.changes {
                switch change {
                case .exception(let exception): exceptions[exception.date] = exception
                case .normal(let date): exceptions[date] = nil
                }
            }
        }
        // `append` refuses all that the calendar would, except that no year is published.
        return try? WorkCalendar(
            code: code,
            version: CalendarVersion(version, label: entries[version - 1].notice),
            years: years,
            week: week,
            exceptions: exceptions.values
        )
    }
}
