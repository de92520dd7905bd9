import WorkingTime

/// A year of a calendar for the eye: twelve months as grids, with holidays, make-up days and provisional days marked,
/// and their names below.
public struct CalendarGrid: Sendable {
    private let year: Int
    private let calendar: WorkCalendar
    private let language: Language
    private let days: [CalendarDay]

    /// A year of a calendar.
    /// - Throws: `WorkingTimeError` for a year of which nothing is known.
    public init(year: Int, of calendar: WorkCalendar, language: Language) throws(WorkingTimeError) {
        guard let range = CivilDate.days(ofYear: year) else { throw .outOfRange }
        self.year = year
        self.calendar = calendar
        self.language = language
        var days: [CalendarDay] = []
        let count = range.lowerBound.days(to: range.upperBound)
        for date in (0...count).compactMap({ range.lowerBound.adding(days: $0) }) {
            days.append(try calendar.day(date))
        }
        self.days = days
    }

    /// All days of the year.
    public var allDays: [CalendarDay] { days }

    /// Working days of the year.
    public var workingDays: Int { days.count { $0.isWorkingDay } }

    /// The year lies beyond the calendar's horizon: the week alone speaks.
    public var isProvisional: Bool { days.contains { $0.isProvisional } }

    /// The lines.
    public var lines: [String] {
        let chinese = language == .chinese
        let version = calendar.version
        var lines = [
            chinese
                ? "\(year) 年，日历 \(calendar.code) 第 \(version.number) 版（\(version.label)），\(workingDays) 个工作日"
                : "\(year), calendar \(calendar.code), version \(version), \(workingDays) working days"
        ]
        if isProvisional {
            lines.append(
                chinese
                    ? "本年日历尚未公布：以下仅按周末推算，均为暂定（?）"
                    : "PROVISIONAL: this year is not published yet; only weekends are known (marked ?)"
            )
        }
        lines.append(
            chinese ? "* 放假   + 调休上班   . 周末   ? 暂定" : "* holiday   + make-up working day   . weekend   ? provisional"
        )
        for month in 1...12 { lines += [""] + self.month(month) }
        return lines
    }

    private static let english = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]

    private func month(_ month: Int) -> [String] {
        let days = days.filter { $0.date.month == month }
        guard let first = days.first else { return [] }
        let chinese = language == .chinese
        var lines = [chinese ? "\(month)月" : Self.english[month - 1]]
        lines.append(
            chinese ? " 一   二   三   四   五   六   日" : " Mo   Tu   We   Th   Fr   Sa   Su"
        )
        var line = String(repeating: "     ", count: first.date.weekday.rawValue - 1)
        for day in days {
            let number = day.date.day
            line += "\(number < 10 ? "  " : " ")\(number)\(mark(day)) "
            if day.date.weekday == .sunday {
                lines.append(Self.trimmed(line))
                line = ""
            }
        }
        if !line.isEmpty { lines.append(Self.trimmed(line)) }
        return lines + names(days)
    }

    private static func trimmed(_ line: String) -> String {
        var line = Substring(line)
        while line.last == " " { line.removeLast() }
        return String(line)
    }

    private func mark(_ day: CalendarDay) -> String {
        switch day.kind {
        case .holiday: "*"
        case .makeUp: "+"
        case .weekend: day.isProvisional ? "?" : "."
        case .weekday: day.isProvisional ? "?" : " "
        }
    }

    /// `   1-3 * 元旦`: runs of days of one name.
    private func names(_ days: [CalendarDay]) -> [String] {
        var runs: [(first: CalendarDay, last: Int)] = []
        for day in days where day.kind == .holiday || day.kind == .makeUp {
            if let run = runs.last, run.last == day.date.day - 1, run.first.kind == day.kind, run.first.name == day.name
            {
                runs[runs.count - 1].last = day.date.day
            } else {
                runs.append((day, day.date.day))
            }
        }
        return runs.map { run in
            let span = run.first.date.day == run.last ? "\(run.last)" : "\(run.first.date.day)-\(run.last)"
            return "   \(span) \(mark(run.first)) \(run.first.name)"
        }
    }
}
