import WorkingTime

/// One row of a table: what it says, and when it is due.
extension DueTable {
    /// Why a row has no due date.
    struct RowFault: Error {
        let what: String
    }

    /// The due date, or what there is instead of one.
    func answer(_ fields: [String], _ columns: Columns) throws(RowFault) -> (due: String, isProvisional: Bool) {
        guard fields.count > max(columns.start, columns.length) else {
            throw RowFault(what: "the row has \(fields.count) fields, too few for start and n")
        }
        if let width = columns.width, fields.count > width {
            throw RowFault(what: "the row has \(fields.count) fields, the header \(width)")
        }
        guard let n = Int(fields[columns.length].trimmed) else {
            throw RowFault(what: "\"\(fields[columns.length].prefix(40))\" is no whole number (n)")
        }
        do {
            switch settings.unit {
            case .days(let unit): return try days(n, unit, fields, columns)
            case .serviceMinutes: return try clock(try TimeLimit(minutes: n), fields, columns)
            case .serviceDays(let hours): return try clock(try TimeLimit(days: n, of: hours), fields, columns)
            }
        } catch let fault as RowFault {
            throw fault
        } catch {
            throw RowFault(what: "\(error)")
        }
    }

    private func days(_ n: Int, _ unit: DayLimit.Unit, _ fields: [String], _ columns: Columns) throws -> (String, Bool)
    {
        let start = try Self.date(fields[columns.start])
        let limit = try DayLimit(n, unit, roll: settings.roll)
        let pauses = try pauses(fields, columns) { try Self.date($0) }
        switch try limit.outcome(after: start, in: settings.calendar, pauses: pauses, counting: settings.counting) {
        case .due(let due): return (due.date.description, due.isProvisional)
        case .notRunning(_, let left): return ("not running; \(left) left", false)
        }
    }

    private func clock(_ limit: TimeLimit, _ fields: [String], _ columns: Columns) throws -> (String, Bool) {
        guard let hours = settings.hours else { throw RowFault(what: "there are no hours of service") }
        let written = try Self.written(fields[columns.start])
        let clock = LimitClock(start: written)
        let start = try clock.wall(written)
        let pauses = try pauses(fields, columns) { try clock.wall(try Self.written($0)) }
        switch try limit.outcome(after: start, in: hours, pauses: pauses) {
        case .due(let due): return (clock.text(due.time), due.isProvisional)
        case .notRunning(_, let left): return ("not running; \(left / 60) min left", false)
        }
    }

    private func pauses<Point>(_ fields: [String], _ columns: Columns, _ point: (String) throws -> Point) throws
        -> Pauses<Point>
    {
        var list: [Pause<Point>] = []
        for (from, to) in columns.pauses where from < fields.count {
            let end = to < fields.count ? fields[to] : ""
            if fields[from].isEmpty {
                if end.isEmpty { continue }
                throw RowFault(what: "it is resumed and was not paused")
            }
            let start = try point(fields[from])
            list.append(end.isEmpty ? Pause(openSince: start) : try Pause(start, to: try point(end)))
        }
        return list.isEmpty ? Pauses() : Pauses(list)
    }

    private static func date(_ text: String) throws -> CivilDate {
        if text.utf8.count == 10 { return try CivilDate(text) }
        switch try written(text) {
        case .date(let date): return date
        case .local(let time): return time.date
        case .zoned(let time): return time.localDate
        }
    }

    private static func written(_ text: String) throws -> WrittenTime { try WrittenTime(text.trimmed) }
}
