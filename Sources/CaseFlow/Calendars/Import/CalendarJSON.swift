import WorkingTime

/// The days of a year as JSON: an object with `days`, and perhaps `year`, `code`, `notice` and `knownSince`.
///
/// A day is an object with `date`, perhaps `name`, and one of `isOffDay` (true or false), `isWorkingDay` (true or false)
/// and `kind` (as in the table form). Other members are passed over.
enum CalendarJSON {
    struct Content {
        var code: String?
        var year: Int?
        var notice: String?
        var knownSince: CivilDate?
        var days: CalendarFile.Listing
    }

    static func read(_ text: String) throws(CalendarTextError) -> Content {
        let bytes = Array(text.utf8)
        let json: StoredJSON
        do throws(StoredJSON.Malformed) {
            json = try StoredJSON(bytes)
        } catch {
            let line = 1 + bytes.prefix(error.offset).count { $0 == 0x0a }
            throw CalendarTextError(line: line, what: "this is not JSON; check commas, quotes and brackets")
        }
        guard let list = json["days"]?.array else {
            throw CalendarTextError(line: 1, what: #"there is no list "days"; write {"year": 2027, "days": [...]}"#)
        }
        let lines = dateLines(bytes)
        var rows: [CalendarFile.Row] = []
        for (index, element) in list.enumerated() {
            // The tree knows no lines; the names of the members do, as long as each day has one date.
            let line = lines.count == list.count ? lines[index] : 1
            rows.append(try row(element, index: index, line: line))
        }
        var content = Content(days: try CalendarFile.Listing(rows))
        content.code = json["code"]?.string
        content.year = json["year"]?.int
        content.notice = json["notice"]?.string
        if let known = json["knownSince"]?.string { content.knownSince = try date(known, line: 1) }
        return content
    }

    private static func row(_ day: StoredJSON, index: Int, line: Int) throws(CalendarTextError) -> CalendarFile.Row {
        func fail(_ what: String) -> CalendarTextError {
            CalendarTextError(line: line, what: "days[\(index)]: \(what)")
        }
        guard let text = day["date"]?.string else { throw fail("it has no date") }
        let date: CivilDate
        do throws(CivilDate.Invalid) { date = try CivilDate(text) } catch { throw fail(error.description) }
        let name = day["name"]?.string ?? ""
        func row(_ change: CalendarHistory.Change?) -> CalendarFile.Row {
            CalendarFile.Row(date: date, change: change, line: line)
        }
        let isWeekday = WorkWeek.mondayToFriday.contains(date.weekday)
        if case .bool(let isOff) = day["isOffDay"] {
            return row(.exception(DayException(date, isOff ? .holiday : .makeUp, name: name)))
        }
        if case .bool(let isWorked) = day["isWorkingDay"] {
            if isWorked == isWeekday, isWorked || name.isEmpty { return row(nil) }
            return row(.exception(DayException(date, isWorked ? .makeUp : .holiday, name: name)))
        }
        switch day["kind"]?.string?.lowercased() {
        case "holiday", "off": return row(.exception(DayException(date, .holiday, name: name)))
        case "makeup", "make-up", "work": return row(.exception(DayException(date, .makeUp, name: name)))
        case "normal": return row(.normal(date))
        case "weekday" where isWeekday, "weekend" where !isWeekday: return row(nil)
        case .some(let kind):
            throw fail("\"\(kind.prefix(20))\" does not fit \(date); write holiday, makeup, weekday, weekend or normal")
        case nil: throw fail("it has none of isOffDay, isWorkingDay and kind")
        }
    }

    private static func date(_ text: String, line: Int) throws(CalendarTextError) -> CivilDate {
        do throws(CivilDate.Invalid) {
            return try CivilDate(text)
        } catch {
            throw CalendarTextError(line: line, what: error.description)
        }
    }

    /// The lines on which a member `"date"` stands.
    private static func dateLines(_ bytes: [UInt8]) -> [Int] {
        let key = Array(#""date""#.utf8)
        var lines: [Int] = []
        var line = 1
        for index in bytes.indices {
            if bytes[index] == 0x0a { line += 1 }
            if bytes[index] == key[0], bytes[index...].starts(with: key) { lines.append(line) }
        }
        return lines
    }
}
