import Foundation
import WorkingTime

/// What a file says of a legal calendar: years and amendments that are not entered yet.
///
/// Four forms are read: the project's own text, JSON and CSV for one year, and iCalendar (RFC 5545). Nothing is stored
/// by reading.
public struct CalendarFile: Sendable, Hashable {
    /// The form of a file.
    public enum Form: String, Sendable, Hashable, CaseIterable {
        /// The project's own, explained at the head of `cn.calendar`.
        case text
        /// An object with `days`, each with `date`, `name` and `isOffDay`, `isWorkingDay` or `kind`.
        case json
        /// Columns `date` and `is_working_day` or `kind`, and perhaps `name`.
        case csv
        /// A feed of public holidays (.ics).
        case iCalendar = "ics"
    }

    /// A year, or an amendment.
    public struct Entry: Sendable, Hashable {
        /// What is said, still without what neither file nor caller has told.
        public var draft: LegalCalendar.Draft
        /// The line at which it begins, from 1.
        public let line: Int
        /// The line of each change.
        let lines: [Int]

        /// The line that speaks of a day.
        public func line(of date: CivilDate) -> Int {
            draft.changes.lastIndex { $0.date == date }.map { lines[$0] } ?? line
        }
    }

    /// What the caller says about a file that does not say it itself.
    public struct Told: Sendable, Hashable {
        /// The year that the file publishes.
        public var year: Int?
        /// The number of the notice.
        public var notice: String?
        /// There is no number: the calendar's publisher gives none.
        public var hasNoNotice = false
        /// The date of the notice.
        public var knownSince: CivilDate?
        /// The file amends; it publishes no year.
        public var isAmendment = false
        /// The day that stands for the date of the notice where nobody gives one.
        public var today: CivilDate

        /// Nothing but the day of the import.
        public init(today: CivilDate) { self.today = today }
    }

    /// The form that was read.
    public let form: Form
    /// The calendar's name, where the file says it.
    public let code: String?
    /// Years and amendments, in the order of the file.
    public var entries: [Entry]
    /// What was passed over, and why, with its line.
    public let remarks: [CalendarTextError]

    /// The form that a file's name tells; nil when it does not.
    public static func form(ofFile name: String) -> Form? {
        switch name.lowercased().split(separator: ".").last.map(String.init) {
        case "json": .json
        case "csv": .csv
        case "ics", "ical": .iCalendar
        case "calendar", "txt": .text
        default: nil
        }
    }

    /// The form that a text looks like.
    static func form(of text: String) -> Form {
        let start = text.drop { $0.isWhitespace }
        if start.hasPrefix("{") { return .json }
        if start.uppercased().hasPrefix("BEGIN:VCALENDAR") { return .iCalendar }
        let first = start.prefix { !$0.isNewline }
        return first.lowercased().hasPrefix("date,") ? .csv : .text
    }

    /// Reads a file's text.
    /// - Throws: ``CalendarTextError`` with the line of the first mistake.
    public init(_ text: String, form: Form? = nil, told: Told) throws(CalendarTextError) {
        let text = text.hasPrefix("\u{feff}") ? String(text.dropFirst()) : text
        let form = form ?? Self.form(of: text)
        self.form = form
        switch form {
        case .text:
            let read = try CalendarTextReader.read(text, needsName: false)
            code = read.code
            remarks = []
            entries = read.blocks.map { block in
                Entry(
                    draft: LegalCalendar.Draft(
                        year: block.year,
                        week: read.week ?? .mondayToFriday,
                        changes: block.changes,
                        notice: block.notice.isEmpty ? told.notice ?? "" : block.notice,
                        knownSince: block.knownSince,
                        hasNoNotice: told.hasNoNotice
                    ),
                    line: block.line,
                    lines: block.lines
                )
            }
            if let year = told.year {
                entries = entries.filter { $0.draft.year == year }
                guard !entries.isEmpty else {
                    throw CalendarTextError(line: 1, what: "\(year) is not published here; leave --year away")
                }
            }
        case .json:
            let read = try CalendarJSON.read(text)
            code = read.code
            remarks = []
            entries = [try Self.entry(read.days, told, fileYear: read.year, read.notice, read.knownSince)]
        case .csv:
            code = nil
            remarks = []
            entries = [try Self.entry(try CalendarCSV.read(text), told)]
        case .iCalendar:
            let read = try ICalendarReader.read(text)
            code = nil
            var remarks = read.remarks
            var days = read.days
            if let year = told.year {
                days = days.filter { $0.change.date.year == year }
                if days.count < read.days.count {
                    let others = read.days.count - days.count
                    remarks.append(CalendarTextError(line: 1, what: "\(others) days of other years are left out"))
                }
            }
            self.remarks = remarks
            entries = [try Self.entry(Listing(days: days), told)]
        }
    }

    /// Puts the days of one year together.
    private static func entry(
        _ listing: Listing,
        _ told: Told,
        fileYear: Int? = nil,
        _ notice: String? = nil,
        _ knownSince: CivilDate? = nil
    ) throws(CalendarTextError) -> Entry {
        let days = listing.days
        guard let first = days.first else {
            let of = told.year.map { " of \($0)" } ?? ""
            throw CalendarTextError(
                line: 1,
                what: "it holds no day\(of) that differs from the week; is it the right file?"
            )
        }
        if let fileYear, let year = told.year, year != fileYear {
            throw CalendarTextError(line: 1, what: "the file is of \(fileYear), not of \(year); leave --year away")
        }
        var year: Int?
        if !told.isAmendment {
            year = told.year ?? fileYear
            let years = Set(days.map(\.change.date.year) + listing.plain.map(\.date.year)).sorted()
            if year == nil, years.count == 1 { year = years[0] }
            guard let year else {
                let named = years.map(String.init).joined(separator: ", ")
                throw CalendarTextError(
                    line: first.line,
                    what: "it holds days of \(named); say which it publishes: --year"
                )
            }
            // A notice may change the last days of the year before, never those of any other.
            for day in days where day.change.date.year != year {
                let date = day.change.date
                if date.year == year - 1, date.month == 12 { continue }
                throw CalendarTextError(line: day.line, what: "\(date) is not a day of \(year)")
            }
            try listing.check(holds: year)
        }
        return Entry(
            draft: LegalCalendar.Draft(
                year: year,
                changes: days.map(\.change),
                notice: told.notice ?? notice ?? "",
                knownSince: told.knownSince ?? knownSince ?? told.today,
                hasNoNotice: told.hasNoNotice
            ),
            line: first.line,
            lines: days.map(\.line)
        )
    }
}
