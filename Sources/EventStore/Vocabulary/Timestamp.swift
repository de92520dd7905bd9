import PostgresClient

/// An instant, in microseconds since 1970-01-01T00:00:00Z, as PostgreSQL's `timestamptz` and the hashed entry keep it.
///
/// Text form: RFC 3339 in UTC with six digits and `Z`, for example `2026-02-10T01:05:00.000000Z`.
public struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Microseconds since the Unix epoch; negative before.
    public let microseconds: Int64

    /// An instant by its microseconds since the Unix epoch.
    public init(microseconds: Int64) { self.microseconds = microseconds }

    /// The earliest instant that is stored, 0001-01-01T00:00:00Z.
    public static let earliest = Timestamp(microseconds: -62_135_596_800_000_000)
    /// The latest, 9999-12-31T23:59:59.999999Z.
    public static let latest = Timestamp(microseconds: 253_402_300_799_999_999)

    /// Whether it lies between `earliest` and `latest`: years of four digits, as RFC 3339 has them.
    public var isStorable: Bool { Self.earliest <= self && self <= Self.latest }

    /// Earlier before later.
    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }

    /// Later by this many microseconds.
    public func advanced(byMicroseconds count: Int64) -> Timestamp { Timestamp(microseconds: microseconds + count) }

    /// RFC 3339, UTC, microseconds.
    public var description: String {
        var text: [UInt8] = []
        append(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// Appends the text form.
    public func append(to buffer: inout [UInt8]) {
        let (days, inDay) = microseconds.flooredDivision(by: 86_400_000_000)
        let (year, month, day) = Self.civil(daysSinceEpoch: days)
        func digits(_ value: Int64, _ count: Int) {
            var divisor: Int64 = 1
            for _ in 1..<count { divisor *= 10 }
            while divisor > 0 {
                buffer.append(UInt8(48 + value / divisor % 10))
                divisor /= 10
            }
        }
        // Years beyond four digits are never stored; they are written in full, so that a row that was changed to hold
        // one cannot pass for another year.
        if year < 0 { buffer.append(UInt8(ascii: "-")) }
        var width = 4
        var rest = abs(year) / 10_000
        while rest > 0 {
            width += 1
            rest /= 10
        }
        digits(abs(year), width)
        buffer.append(UInt8(ascii: "-"))
        digits(month, 2)
        buffer.append(UInt8(ascii: "-"))
        digits(day, 2)
        buffer.append(UInt8(ascii: "T"))
        digits(inDay / 3_600_000_000, 2)
        buffer.append(UInt8(ascii: ":"))
        digits(inDay / 60_000_000 % 60, 2)
        buffer.append(UInt8(ascii: ":"))
        digits(inDay / 1_000_000 % 60, 2)
        buffer.append(UInt8(ascii: "."))
        digits(inDay % 1_000_000, 6)
        buffer.append(UInt8(ascii: "Z"))
    }

    /// Year, month and day of a day number, proleptic Gregorian calendar. Years are counted from 1 March, so that the
    /// leap day is the last of its year; 400 years are 146,097 days.
    private static func civil(daysSinceEpoch: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = (daysSinceEpoch + 719_468).flooredDivision(by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shifted + 2) / 5 + 1
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}

extension Int64 {
    /// Quotient rounded towards minus infinity, and the remainder, which is never negative.
    func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let remainder = self % divisor
        return remainder < 0 ? (self / divisor - 1, remainder + divisor) : (self / divisor, remainder)
    }
}

extension Timestamp: PostgresEncodable, PostgresDecodable {
    /// timestamptz
    public static var postgresType: UInt32 { PostgresInstant.postgresType }
    /// timestamptz[]
    public static var postgresArrayType: UInt32 { PostgresInstant.postgresArrayType }
    /// As PostgreSQL's timestamptz.
    public func encode(into buffer: inout [UInt8]) -> Bool {
        PostgresInstant(microsecondsSinceUnixEpoch: microseconds).encode(into: &buffer)
    }
    /// From PostgreSQL's timestamptz. Its infinities, which no append stores, become the ends of the number range, so
    /// that a verification can name the row in which somebody has put one.
    public init(field: borrowing PostgresField) throws(PostgresError) {
        let raw = try field.integer(as: Int64.self)
        let epoch: Int64 = 946_684_800_000_000  // 2000-01-01, from which PostgreSQL counts
        let (shifted, overflow) = raw.addingReportingOverflow(epoch)
        self.init(microseconds: raw == .min ? .min : overflow ? .max : shifted)
    }
}
