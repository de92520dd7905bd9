import WorkingTime

extension WorkCalendar {
    /// A calendar from a table with the columns `date` and `is_working_day` (1 or 0), and perhaps `name`, that lists all
    /// days. Nothing is known of days that it leaves out between its first and its last.
    /// - Throws: ``CalendarTextError`` with the line of the first mistake.
    public init(table text: String, code: String, label: String) throws(CalendarTextError) {
        let rows = try CalendarCSV.rows(text)
        guard let header = rows.first, rows.count > 1 else {
            throw CalendarTextError(line: 1, what: "the table is empty; its columns are date,is_working_day")
        }
        let names = header.fields.map { $0.trimmed.lowercased() }
        guard let dateColumn = names.firstIndex(of: "date"), let workColumn = names.firstIndex(of: "is_working_day")
        else { throw CalendarTextError(line: header.line, what: "the columns date and is_working_day are missing") }
        let nameColumn = names.firstIndex(of: "name")
        var coverage: [ClosedRange<CivilDate>] = []
        var seen: Set<CivilDate> = []
        var exceptions: [DayException] = []
        for row in rows.dropFirst() {
            guard row.fields.count == names.count else {
                throw CalendarTextError(line: row.line, what: "it has \(row.fields.count) fields, not \(names.count)")
            }
            let date: CivilDate
            do throws(CivilDate.Invalid) {
                date = try CivilDate(row.fields[dateColumn].trimmed)
            } catch {
                throw CalendarTextError(line: row.line, what: error.description)
            }
            guard let isWorked = CalendarCSV.flag(row.fields[workColumn]) else {
                throw CalendarTextError(line: row.line, what: "is_working_day is neither 1 nor 0")
            }
            guard seen.insert(date).inserted else {
                throw CalendarTextError(line: row.line, what: "\(date) is given twice")
            }
            // Days in order, the usual case, make one range.
            if let last = coverage.last, last.upperBound.days(to: date) == 1 {
                coverage[coverage.count - 1] = last.lowerBound...date
            } else {
                coverage.append(date...date)
            }
            if isWorked != WorkWeek.mondayToFriday.contains(date.weekday) {
                let name = nameColumn.map { row.fields[$0].trimmed } ?? ""
                exceptions.append(DayException(date, isWorked ? .makeUp : .holiday, name: name))
            }
        }
        do throws(Invalid) {
            try self.init(
                code: code,
                version: CalendarVersion(1, label: label),
                coverage: coverage,
                exceptions: exceptions
            )
        } catch {
            throw CalendarTextError(line: 1, what: error.description)
        }
    }
}
