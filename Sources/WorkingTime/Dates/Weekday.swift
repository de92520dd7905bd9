/// A day of the week, numbered as in ISO 8601-1:2019, 5.2.4: Monday is 1, Sunday 7.
public enum Weekday: Int, Sendable, Hashable, Comparable, CaseIterable {
    /// 1.
    case monday = 1
    /// 2.
    case tuesday
    /// 3.
    case wednesday
    /// 4.
    case thursday
    /// 5.
    case friday
    /// 6.
    case saturday
    /// 7.
    case sunday

    /// - Parameter days: 0 for Monday to 6 for Sunday; anything else counts as Sunday.
    @inlinable
    init(daysAfterMonday days: Int) {
        self = Weekday(rawValue: days + 1) ?? .sunday
    }

    /// Monday first.
    @inlinable
    public static func < (left: Weekday, right: Weekday) -> Bool { left.rawValue < right.rawValue }
}

/// Which days of every week are working days, where nothing else is said.
public struct WorkWeek: Sendable, Hashable, CustomStringConvertible {
    /// Bit 0 is Monday, bit 6 Sunday.
    @usableFromInline
    let bits: UInt8

    /// Monday to Friday.
    public static let mondayToFriday = WorkWeek([.monday, .tuesday, .wednesday, .thursday, .friday])

    /// A week with these working days. A week without any is allowed: then all working days are exceptions.
    public init(_ days: some Sequence<Weekday>) {
        var bits: UInt8 = 0
        for day in days { bits |= 1 << UInt8(day.rawValue - 1) }
        self.bits = bits
    }

    /// Whether the day is a working day of this week.
    @inlinable
    public func contains(_ day: Weekday) -> Bool { bits >> UInt8(truncatingIfNeeded: day.rawValue - 1) & 1 == 1 }

    /// Working days in a week, 0...7.
    @inlinable
    public var count: Int { bits.nonzeroBitCount }

    /// Working days from 0001-01-01, a Monday, through the given day; 0 for the day before.
    /// - Parameter day: days since 1970-01-01, not earlier than 0000-12-31.
    @inlinable
    func workingDays(through day: Int) -> Int {
        let days = day - CivilDate.epochDays.lowerBound + 1
        let begun = bits & (1 << UInt8(truncatingIfNeeded: days % 7) - 1)
        return days / 7 * count + begun.nonzeroBitCount
    }

    /// The day through which the week has so many working days, counted from 0001-01-01: the inverse of
    /// ``workingDays(through:)``. `nil` when there is none before 10000-01-01.
    /// - Parameter ordinal: 1 or more.
    @inlinable
    func day(ofWorkingDay ordinal: Int) -> Int? {
        guard count > 0, ordinal > 0 else { return nil }
        let weeks = (ordinal - 1) / count
        guard weeks < 530_000 else { return nil }
        var rest = bits
        for _ in 0..<((ordinal - 1) % count) { rest &= rest - 1 }
        let day = weeks * 7 + rest.trailingZeroBitCount + CivilDate.epochDays.lowerBound
        return day <= CivilDate.epochDays.upperBound ? day : nil
    }

    /// The names of the days, `mon tue wed thu fri`.
    public var description: String {
        let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
        return names.indices.filter { bits >> UInt8($0) & 1 == 1 }.map { names[$0] }.joined(separator: " ")
    }
}
