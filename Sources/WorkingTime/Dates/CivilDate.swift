/// A day of the proleptic Gregorian calendar, years 0001 to 9999, without a time and without a zone (ISO 8601-1:2019, 5.2.2).
///
/// It is one number of four bytes, the days since 1970-01-01: comparing, counting days and weekdays cost one or two
/// instructions; year, month and day are computed when asked for. Which day an instant lies in depends on a time zone
/// and is the caller's business.
public struct CivilDate: Sendable, Hashable, Comparable, CustomStringConvertible {
    @usableFromInline
    let number: Int32

    /// Why there is no such day.
    public enum Invalid: Error, Sendable, Hashable, CustomStringConvertible {
        /// The year is not in 1...9999.
        case year(Int)
        /// The month is not in 1...12.
        case month(Int)
        /// The month has fewer days.
        case day(year: Int, month: Int, day: Int)
        /// The text is not of the form `2026-02-13`.
        case form(String)

        /// What is wrong, and what would be right.
        public var description: String {
            switch self {
            case .year(let year): "the year \(year) is not in 0001...9999"
            case .month(let month): "the month \(month) is not in 01...12"
            case .day(let year, let month, let day):
                """
                \(CivilDate(validNumber: CivilDate.number(year: year, month: month, day: 1)).description.prefix(7)) has \
                no day \(day), its days are 01...\(CivilDate.daysInMonth(month, of: year))
                """
            case .form(let text): "\"\(text.prefix(40))\" is not a date, write it as 2026-02-13"
            }
        }
    }

    /// 0001-01-01, a Monday.
    public static let first = CivilDate(validNumber: epochDays.lowerBound)
    /// 9999-12-31, a Friday.
    public static let last = CivilDate(validNumber: epochDays.upperBound)

    /// - Throws: ``Invalid`` when the calendar has no such day.
    public init(year: Int, month: Int, day: Int) throws(Invalid) {
        guard (1...9999).contains(year) else { throw .year(year) }
        guard (1...12).contains(month) else { throw .month(month) }
        guard day >= 1, day <= Self.daysInMonth(month, of: year) else {
            throw .day(year: year, month: month, day: day)
        }
        self.init(validNumber: Self.number(year: year, month: month, day: day))
    }

    /// Parses `2026-02-13`, exactly in this form.
    public init(_ text: String) throws(Invalid) {
        let bytes = text.utf8.span
        func number(_ range: Range<Int>) -> Int? {
            var value = 0
            for i in range {
                guard (0x30...0x39).contains(bytes[i]) else { return nil }
                value = value * 10 + Int(bytes[i] - 0x30)
            }
            return value
        }
        guard bytes.count == 10, bytes[4] == 0x2d, bytes[7] == 0x2d,
            let year = number(0..<4), let month = number(5..<7), let day = number(8..<10)
        else { throw .form(text) }
        try self.init(year: year, month: month, day: day)
    }

    /// The day with this count from 1970-01-01, which is 0; `nil` outside the years 0001 to 9999.
    @inlinable
    public init?(daysSinceEpoch days: Int) {
        guard Self.epochDays.contains(days) else { return nil }
        self.init(validNumber: days)
    }

    /// - Precondition: `days` lies in ``epochDays``.
    @inlinable
    init(validNumber days: Int) {
        number = Int32(truncatingIfNeeded: days)
    }

    /// The first and the last day of the range, as days since 1970-01-01.
    @inlinable
    static var epochDays: ClosedRange<Int> { -719_162...2_932_896 }

    /// Days since 1970-01-01, which is 0; negative before.
    @inlinable
    public var daysSinceEpoch: Int { Int(number) }

    /// 1...9999.
    public var year: Int { parts.year }

    /// 1...12.
    public var month: Int { parts.month }

    /// 1...31, as the month allows.
    public var day: Int { parts.day }

    /// Year, month and day at once, which costs as much as one of them.
    ///
    /// The year is taken to begin in March, so that the leap day is its last; 146,097 days are 400 years. The method is
    /// Howard Hinnant's, "chrono-compatible low-level date algorithms", `civil_from_days`.
    public var parts: (year: Int, month: Int, day: Int) {
        let shifted = Int(number) + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }

    /// Days since 1970-01-01 of a day that exists: the inverse of ``parts``.
    private static func number(year: Int, month: Int, day: Int) -> Int {
        let marchYear = month <= 2 ? year - 1 : year
        let era = marchYear / 400
        let yearOfEra = marchYear % 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// The day of the week.
    @inlinable
    public var weekday: Weekday { Weekday(daysAfterMonday: (daysSinceEpoch - Self.epochDays.lowerBound) % 7) }

    /// The day so many days later; `nil` outside the years 0001 to 9999.
    @inlinable
    public func adding(days: Int) -> CivilDate? {
        let (sum, overflow) = daysSinceEpoch.addingReportingOverflow(days)
        return overflow ? nil : CivilDate(daysSinceEpoch: sum)
    }

    /// The day with the same number so many months later, or the last day of that month where it has no such day:
    /// 31 January and one month is 28 or 29 February. `nil` outside the years 0001 to 9999.
    ///
    /// One month after one month is not always the same as two months: add them at once, from the day of the event.
    public func adding(months: Int) -> CivilDate? {
        let (year, month, day) = parts
        let (sum, overflow) = (year * 12 + month - 1).addingReportingOverflow(months)
        guard !overflow, sum >= 12, sum < 120_000 else { return nil }
        let newDay = min(day, Self.daysInMonth(sum % 12 + 1, of: sum / 12))
        return CivilDate(validNumber: Self.number(year: sum / 12, month: sum % 12 + 1, day: newDay))
    }

    /// Days from this day to the other; negative when the other is earlier.
    @inlinable
    public func days(to other: CivilDate) -> Int { other.daysSinceEpoch - daysSinceEpoch }

    /// The days of a year, from 1 January to 31 December; `nil` when the year is not in 1...9999.
    public static func days(ofYear year: Int) -> ClosedRange<CivilDate>? {
        guard let first = try? CivilDate(year: year, month: 1, day: 1),
            let last = try? CivilDate(year: year, month: 12, day: 31)
        else { return nil }
        return first...last
    }

    /// `2026-02-13`.
    public var description: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(10)
        appendText(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends `2026-02-13`, ten bytes of ASCII.
    public func appendText(to bytes: inout [UInt8]) {
        let (year, month, day) = parts
        func append(_ value: Int) {
            bytes.append(0x30 + UInt8(truncatingIfNeeded: value / 10))
            bytes.append(0x30 + UInt8(truncatingIfNeeded: value % 10))
        }
        append(year / 100)
        append(year % 100)
        bytes.append(0x2d)
        append(month)
        bytes.append(0x2d)
        append(day)
    }

    /// By time.
    @inlinable
    public static func < (left: CivilDate, right: CivilDate) -> Bool { left.number < right.number }

    /// Whether the year has a 29th of February.
    public static func isLeap(_ year: Int) -> Bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }

    /// The days of a month, 28...31.
    /// - Precondition: `month` is in 1...12.
    public static func daysInMonth(_ month: Int, of year: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
