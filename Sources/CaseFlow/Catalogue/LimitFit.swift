import WorkingTime

/// Whether lengths of time fit into another one.
///
/// Lengths in one unit are added up. Working days and calendar days are not worth each other: five working days may be
/// shorter than seven calendar days, and around a long holiday they are not. So they are counted out, by the rules and
/// the legal calendar, from every day of the last three years that the calendar covers.
enum LimitFit: Hashable {
    /// They fit, from whatever day one counts.
    case fits
    /// Together they are longer: so long.
    case longer(Limit)
    /// Begun on this day they end later than the other; `percent` of the days are such.
    case later(from: CivilDate, end: CivilDate, than: CivilDate, percent: Int)
    /// They cannot be compared: minutes of service with days, or there is no calendar.
    case notComparable

    /// A step that may take so long, behind others of the list by their index; each stands behind those.
    struct Step {
        var limit: Limit?
        var after: [Int]
    }

    /// One length against another.
    init(_ limit: Limit, in total: Limit, _ rules: RulePack?, _ calendar: WorkCalendar?) {
        self.init([Step(limit: limit, after: [])], in: total, rules, calendar)
    }

    /// The longest way through steps against a length.
    init(_ steps: [Step], in total: Limit, _ rules: RulePack?, _ calendar: WorkCalendar?) {
        if steps.allSatisfy({ $0.limit == nil || $0.limit?.unit == total.unit }) {
            var ends: [Int] = []
            for step in steps { ends.append((step.after.map { ends[$0] }.max() ?? 0) + (step.limit?.amount ?? 0)) }
            let sum = ends.max() ?? 0
            // A sum beyond all limits is told as the greatest of them.
            self =
                sum <= total.amount
                ? .fits : .longer(Limit(min(sum, Limit.maximum), total.unit) ?? total)
            return
        }
        guard let rules, let calendar = calendar ?? .everyDay(rules), let total = total.inDays(rules),
            steps.allSatisfy({ $0.limit == nil || $0.limit?.inDays(rules) != nil })
        else {
            self = .notComparable
            return
        }
        self = Self.countedOut(steps.map { ($0.limit?.inDays(rules), $0.after) }, in: total, calendar)
    }

    private static func countedOut(
        _ steps: [(limit: DayLimit?, after: [Int])],
        in total: DayLimit,
        _ calendar: WorkCalendar
    ) -> LimitFit {
        func end(_ limit: DayLimit, _ start: CivilDate) -> CivilDate? {
            guard let due = try? limit.outcome(after: start, in: calendar).dueDate, !due.isProvisional else {
                return nil
            }
            return due.date
        }
        func end(of start: CivilDate) -> CivilDate? {
            var ends: [CivilDate] = []
            for step in steps {
                let begin = step.after.map { ends[$0] }.max() ?? start
                guard let limit = step.limit else {
                    ends.append(begin)
                    continue
                }
                guard let date = end(limit, begin) else { return nil }
                ends.append(date)
            }
            return ends.max() ?? start
        }
        var first: (from: CivilDate, end: CivilDate, than: CivilDate)?
        var (later, counted) = (0, 0)
        var start = max(calendar.firstDay, calendar.horizon.adding(days: -3 * 365) ?? calendar.firstDay)
        while start < calendar.horizon {
            if let whole = end(total, start), let end = end(of: start) {
                counted += 1
                if end > whole {
                    later += 1
                    first = first ?? (start, end, whole)
                }
            }
            guard let next = start.adding(days: 1) else { break }
            start = next
        }
        guard let first else { return counted == 0 ? .notComparable : .fits }
        return .later(
            from: first.from,
            end: first.end,
            than: first.than,
            percent: max(1, later * 100 / counted)
        )
    }
}
