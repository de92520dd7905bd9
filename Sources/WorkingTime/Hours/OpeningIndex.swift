/// Open seconds, ready for counting: how many there are before a moment, and the moment at which a number of them is
/// over.
///
/// Weekly hours and market days repeat after a period, which is laid down once. A table of days covers the days on
/// which something else can hold: the calendar's coverage and the named dates. Days are numbers since 1970-01-01.
struct OpeningIndex: Sendable {
    /// Different hours of days; what the lists below point into.
    private let patterns: [DayHours]
    /// The days of the period, counted from 0001-01-01: pattern, and open seconds before it. The seconds have one more
    /// entry.
    private let period: [Int32]
    private let periodBefore: [Int]
    /// The first day of the table; empty when nothing is exceptional.
    private let first: Int
    private let table: [Int32]
    /// Open seconds before each day of the table, counted from its beginning; one more entry.
    private let tableBefore: [Int]

    init(
        week: [DayHours],
        calendar: WorkCalendar?,
        makeUp: DayHours,
        marketDays: [ServiceHours.MarketDays],
        extraDuty: [CivilDate: DayHours],
        closedDates: Set<CivilDate>
    ) throws(ServiceHours.Invalid) {
        var length = 7
        for market in marketDays {
            length *= market.every / Self.greatestCommonDivisor(length, market.every)
            if length > ServiceHours.Invalid.longestPeriod { throw .togetherTooLong(days: length) }
        }
        var patterns: [DayHours] = []
        var numbers: [DayHours: Int32] = [:]
        func number(_ hours: DayHours) -> Int32 {
            if let number = numbers[hours] { return number }
            let number = Int32(patterns.count)
            patterns.append(hours)
            numbers[hours] = number
            return number
        }
        func withMarkets(_ hours: DayHours, _ day: Int) -> DayHours {
            var hours = hours
            for market in marketDays where (day - market.anchor.daysSinceEpoch) % market.every == 0 {
                hours = hours.union(market.hours)
            }
            return hours
        }
        let origin = CivilDate.epochDays.lowerBound
        var period: [Int32] = []
        for offset in 0..<length { period.append(number(withMarkets(week[offset % 7], origin + offset))) }

        let named = extraDuty.keys.map(\.daysSinceEpoch) + closedDates.map(\.daysSinceEpoch)
        let covered = calendar.map { [$0.index.first, $0.index.last] } ?? []
        var table: [Int32] = []
        let bounds = named + covered
        let first = bounds.min() ?? origin
        if let last = bounds.max() {
            var worked: [Int: DayException.Kind] = [:]
            for exception in calendar?.exceptions ?? [] { worked[exception.date.daysSinceEpoch] = exception.kind }
            table.reserveCapacity(last - first + 1)
            for day in first...last {
                let date = CivilDate(validNumber: day)
                var hours =
                    switch worked[day] {
                    case .holiday: DayHours.closed
                    case .makeUp: makeUp
                    case nil: week[(day - origin) % 7]
                    }
                hours = withMarkets(hours, day)
                if let extra = extraDuty[date] { hours = hours.union(extra) }
                table.append(number(closedDates.contains(date) ? .closed : hours))
            }
        }
        func sums(_ days: [Int32]) -> [Int] {
            var sums = [0]
            sums.reserveCapacity(days.count + 1)
            var sum = 0
            for day in days {
                sum += patterns[Int(day)].seconds
                sums.append(sum)
            }
            return sums
        }
        periodBefore = sums(period)
        tableBefore = sums(table)
        self.patterns = patterns
        self.period = period
        self.first = first
        self.table = table
    }

    private static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
        b == 0 ? a : greatestCommonDivisor(b, a % b)
    }

    private var periodSeconds: Int { periodBefore[period.count] }
    private var tableEnd: Int { first + table.count }

    func hours(_ day: Int) -> DayHours {
        if day >= first, day < tableEnd { return patterns[Int(table[day - first])] }
        return patterns[Int(period[(day - CivilDate.epochDays.lowerBound) % period.count])]
    }

    /// Open seconds from 0001-01-01 to the beginning of a day, of the period alone.
    private func periodSeconds(before day: Int) -> Int {
        let days = day - CivilDate.epochDays.lowerBound
        return days / period.count * periodSeconds + periodBefore[days % period.count]
    }

    /// Open seconds from 0001-01-01 to the beginning of a day.
    func seconds(beforeDay day: Int) -> Int {
        if day <= first { return periodSeconds(before: day) }
        let atTable = periodSeconds(before: first)
        if day <= tableEnd { return atTable + tableBefore[day - first] }
        return atTable + tableBefore[table.count] + periodSeconds(before: day) - periodSeconds(before: tableEnd)
    }

    /// Open seconds from 0001-01-01 to a moment.
    func seconds(before time: WallTime) -> Int {
        let day = time.dayNumber
        return seconds(beforeDay: day) + hours(day).seconds(before: time.seconds - day * WallTime.secondsInDay)
    }

    /// The first moment at which so many open seconds since 0001-01-01 are over, and the day that the last of them
    /// belongs to: at 24:00 the moment belongs to the next day already.
    /// - Throws: ``WorkingTimeError/neverOpen``, ``WorkingTimeError/outOfRange``.
    func moment(after seconds: Int) throws(WorkingTimeError) -> (time: WallTime, day: Int) {
        let day = try day(ofSecond: seconds)
        guard day <= CivilDate.epochDays.upperBound else { throw .outOfRange }
        let second = hours(day).second(after: seconds - self.seconds(beforeDay: day))
        return (try WallTime(seconds: day * WallTime.secondsInDay + second), day)
    }

    private func day(ofSecond seconds: Int) throws(WorkingTimeError) -> Int {
        let atTable = periodSeconds(before: first)
        let inTable = tableBefore[table.count]
        if seconds > atTable, seconds <= atTable + inTable {
            return first + Self.position(of: seconds - atTable, in: tableBefore)
        }
        guard periodSeconds > 0 else { throw .neverOpen }
        // Before the table the period counts from the beginning; behind it as if it had never been interrupted.
        let shift = seconds <= atTable ? 0 : periodSeconds(before: tableEnd) - atTable - inTable
        let (onPeriod, overflow) = seconds.addingReportingOverflow(shift)
        if overflow { throw .outOfRange }
        let (rounds, rest) = (onPeriod - 1).quotientAndRemainder(dividingBy: periodSeconds)
        let days = rounds.multipliedReportingOverflow(by: period.count)
        if days.overflow || days.partialValue > 4_000_000 { throw .outOfRange }
        return CivilDate.epochDays.lowerBound + days.partialValue + Self.position(of: rest + 1, in: periodBefore)
    }

    /// The position of the day in which the n-th second lies: `before[i] < n <= before[i + 1]`.
    private static func position(of second: Int, in before: [Int]) -> Int {
        var low = 0
        var high = before.count - 1
        while high - low > 1 {
            let middle = (low + high) / 2
            if before[middle] < second { low = middle } else { high = middle }
        }
        return low
    }
}
