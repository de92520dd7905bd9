/// A day of the proleptic Gregorian calendar, years 0001 to 9999, without a time and without a zone (ISO 8601-1:2019, 5.2.2).
public struct CivilDate: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// 1...9999.
    public let year: Int
    /// 1...12.
    public let month: Int
    /// 1...31, as the month allows.
    public let day: Int

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
                "\(year)-\(month) has no day \(day), its days are 01...\(CivilDate.daysInMonth(month, of: year))"
            case .form(let text): "\"\(text.prefix(40))\" is not a date, write it as 2026-02-13"
            }
        }
    }

    /// - Throws: ``Invalid`` when the calendar has no such day.
    public init(year: Int, month: Int, day: Int) throws(Invalid) {
        guard (1...9999).contains(year) else { throw .year(year) }
        guard (1...12).contains(month) else { throw .month(month) }
        guard day >= 1, day <= Self.daysInMonth(month, of: year) else {
            throw .day(year: year, month: month, day: day)
        }
        (self.year, self.month, self.day) = (year, month, day)
    }

    /// Parses `2026-02-13`, exactly in this form.
    public init(_ text: String) throws(Invalid) {
        let bytes = Array(text.utf8)
        func number(_ range: Range<Int>) -> Int? {
            var value = 0
            for byte in bytes[range] {
                guard (0x30...0x39).contains(byte) else { return nil }
                value = value * 10 + Int(byte - 0x30)
            }
            return value
        }
        guard bytes.count == 10, bytes[4] == 0x2d, bytes[7] == 0x2d,
            let year = number(0..<4), let month = number(5..<7), let day = number(8..<10)
        else { throw .form(text) }
        try self.init(year: year, month: month, day: day)
    }

    /// The day with this count from 1970-01-01, which is 0; `nil` outside the years 0001 to 9999.
    public init?(daysSinceEpoch days: Int) {
        guard Self.epochDays.contains(days) else { return nil }
        // Days since 0001-01-01, taken apart into cycles of 400, 100, 4 and 1 years. The last day of a leap cycle
        // would begin a fifth hundred or a fifth year, hence the limit of 3.
        var rest = days - Self.epochDays.lowerBound
        let fourHundreds = rest / 146_097
        rest %= 146_097
        let hundreds = min(3, rest / 36_524)
        rest -= hundreds * 36_524
        let fours = rest / 1_461
        rest %= 1_461
        let ones = min(3, rest / 365)
        rest -= ones * 365
        let year = 400 * fourHundreds + 100 * hundreds + 4 * fours + ones + 1
        var month = 1
        while rest >= Self.daysInMonth(month, of: year) {
            rest -= Self.daysInMonth(month, of: year)
            month += 1
        }
        (self.year, self.month, self.day) = (year, month, rest + 1)
    }

    /// The first and the last day of the range, as days since 1970-01-01.
    private static let epochDays = -719_162...2_932_896

    /// Days since 1970-01-01, which is 0; negative before.
    public var daysSinceEpoch: Int {
        let past = year - 1
        var days = 365 * past + past / 4 - past / 100 + past / 400
        days += Self.daysBeforeMonth(month) + (month > 2 && Self.isLeap(year) ? 1 : 0)
        return days + day - 1 + Self.epochDays.lowerBound
    }

    /// The day so many days later; `nil` outside the years 0001 to 9999.
    public func adding(days: Int) -> CivilDate? {
        let (sum, overflow) = daysSinceEpoch.addingReportingOverflow(days)
        return overflow ? nil : CivilDate(daysSinceEpoch: sum)
    }

    /// `2026-02-13`.
    public var description: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(10)
        appendText(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    func appendText(to bytes: inout [UInt8]) {
        DecimalText.append(year, width: 4, to: &bytes)
        bytes.append(0x2d)
        DecimalText.append(month, width: 2, to: &bytes)
        bytes.append(0x2d)
        DecimalText.append(day, width: 2, to: &bytes)
    }

    /// By time.
    public static func < (left: CivilDate, right: CivilDate) -> Bool {
        (left.year, left.month, left.day) < (right.year, right.month, right.day)
    }

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

    /// Days of a common year before the first of a month.
    private static func daysBeforeMonth(_ month: Int) -> Int {
        switch month {
        case 1: 0
        case 2: 31
        case 3: 59
        case 4: 90
        case 5: 120
        case 6: 151
        case 7: 181
        case 8: 212
        case 9: 243
        case 10: 273
        case 11: 304
        default: 334
        }
    }
}

/// Decimal digits with leading zeros, without a formatter.
enum DecimalText {
    static func append(_ value: Int, width: Int, to bytes: inout [UInt8]) {
        var divisor = 1
        for _ in 1..<width { divisor *= 10 }
        while divisor > 0 {
            bytes.append(0x30 + UInt8(truncatingIfNeeded: value / divisor % 10))
            divisor /= 10
        }
    }
}
