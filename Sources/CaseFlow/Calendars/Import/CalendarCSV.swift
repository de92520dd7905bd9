import WorkingTime

/// The days of a year as a table: columns `date`, and `kind` or `is_working_day`, and perhaps `name`.
///
/// `kind` is `holiday` (or `off`), `makeup` (or `work`), `normal`, `weekday` or `weekend`. `is_working_day` is 1 or 0 (or
/// true and false); a row that says of a day what the week says makes no exception. The table lists all days of the
/// year, or only the exceptions.
enum CalendarCSV {
    static func read(_ text: String) throws(CalendarTextError) -> CalendarFile.Listing {
        let rows = try rows(text)
        guard let header = rows.first else { throw CalendarTextError(line: 1, what: "the table is empty") }
        let names = header.fields.map { $0.lowercased().trimmed }
        guard let dateColumn = names.firstIndex(of: "date") else {
            throw CalendarTextError(
                line: header.line,
                what: "there is no column date; write: date,is_working_day[,name] or date,kind,name"
            )
        }
        let kindColumn = names.firstIndex(of: "kind")
        let workColumn = names.firstIndex { ["is_working_day", "isworkingday", "working"].contains($0) }
        guard kindColumn != nil || workColumn != nil else {
            throw CalendarTextError(
                line: header.line,
                what: "there is neither a column is_working_day nor a column kind"
            )
        }
        let nameColumn = names.firstIndex(of: "name")
        var told: [CalendarFile.Row] = []
        for row in rows.dropFirst() {
            func fail(_ what: String) -> CalendarTextError { CalendarTextError(line: row.line, what: what) }
            guard row.fields.count == names.count else {
                throw fail("it has \(row.fields.count) fields, not \(names.count) as the header")
            }
            let date: CivilDate
            do throws(CivilDate.Invalid) {
                date = try CivilDate(row.fields[dateColumn].trimmed)
            } catch {
                throw fail(error.description)
            }
            let name = nameColumn.map { row.fields[$0].trimmed } ?? ""
            let isWeekday = WorkWeek.mondayToFriday.contains(date.weekday)
            var isWorked: Bool?
            if let workColumn {
                guard let flag = flag(row.fields[workColumn]) else {
                    throw fail("\"\(row.fields[workColumn].prefix(20))\" is no is_working_day: write 1 or 0")
                }
                isWorked = flag
            }
            var change: CalendarHistory.Change?
            if let kindColumn {
                let kind = row.fields[kindColumn].trimmed
                let expected: Bool
                switch kind.lowercased() {
                case "holiday", "off":
                    change = .exception(DayException(date, .holiday, name: name))
                    expected = false
                case "makeup", "make-up", "work":
                    change = .exception(DayException(date, .makeUp, name: name))
                    expected = true
                case "normal":
                    change = .normal(date)
                    expected = isWeekday
                case "weekday", "weekend":
                    expected = kind.lowercased() == "weekday"
                    guard expected == isWeekday else { throw fail("\(date) is no \(kind)") }
                default:
                    throw fail("\"\(kind.prefix(20))\" is no kind: write holiday, makeup, weekday, weekend or normal")
                }
                if let isWorked, isWorked != expected { throw fail("is_working_day and kind contradict each other") }
            } else if let isWorked, isWorked != isWeekday || (!isWorked && !name.isEmpty) {
                change = .exception(DayException(date, isWorked ? .makeUp : .holiday, name: name))
            }
            told.append(CalendarFile.Row(date: date, change: change, line: row.line))
        }
        return try CalendarFile.Listing(told)
    }

    static func flag(_ text: String) -> Bool? {
        switch text.trimmed.lowercased() {
        case "1", "true", "yes": true
        case "0", "false", "no": false
        default: nil
        }
    }

    /// All rows of a small table.
    static func rows(_ text: String) throws(CalendarTextError) -> [CSVRow] {
        var scanner = CSVScanner(head: Array(text.utf8), delimiter: nil, maximumRowSize: 64 * 1024) { [] }
        var rows: [CSVRow] = []
        do {
            while let record = try scanner.next() {
                switch record {
                case .row(let row, _): rows.append(row)
                case .problem(let problem): throw CalendarTextError(line: problem.line, what: problem.what)
                }
            }
        } catch let error as CalendarTextError {
            throw error
        } catch {
            throw CalendarTextError(line: scanner.line, what: "\(error)")
        }
        return rows
    }
}

extension String {
    /// Without white space at both ends.
    var trimmed: String {
        var text = Substring(self)
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
