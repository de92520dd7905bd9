import Foundation
import WorkingTime

/// An instant together with the offset from UTC that it was written with.
///
/// Two of them are equal when both the instant and the offset are; the order is that of the instants, then that of the
/// offsets. The local date and time lie in the years 0001 to 9999.
public struct ZonedTime: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Microseconds since 1970-01-01T00:00:00Z, without leap seconds; negative before.
    public let microsecondsSinceEpoch: Int64
    /// Seconds by which the local time is ahead of UTC: whole minutes, -14:00 to +14:00 (XML Schema 1.0, 3.2.7).
    public let offsetSeconds: Int32

    /// - Returns: `nil` when the offset is beyond 14 hours or not of whole minutes, or the local year is not in 1...9999.
    public init?(microsecondsSinceEpoch: Int64, offsetSeconds: Int32) {
        guard abs(Int(offsetSeconds)) <= 50_400, offsetSeconds % 60 == 0,
            microsecondsSinceEpoch > -100_000_000 * Self.dayLength,
            microsecondsSinceEpoch < 100_000_000 * Self.dayLength
        else { return nil }
        let local = microsecondsSinceEpoch + Int64(offsetSeconds) * 1_000_000
        guard CivilDate(daysSinceEpoch: Int(Self.floorDivision(local))) != nil else { return nil }
        self.microsecondsSinceEpoch = microsecondsSinceEpoch
        self.offsetSeconds = offsetSeconds
    }

    /// Microseconds of a day.
    static var dayLength: Int64 { 86_400_000_000 }

    /// Whole days, rounded towards the past.
    static func floorDivision(_ microseconds: Int64) -> Int64 {
        microseconds >= 0 ? microseconds / dayLength : -((-microseconds + dayLength - 1) / dayLength)
    }

    /// The local date and time, in the written offset.
    public var local: LocalTime {
        let local = microsecondsSinceEpoch + Int64(offsetSeconds) * 1_000_000
        let days = Self.floorDivision(local)
        guard let date = CivilDate(daysSinceEpoch: Int(days)) else {
            preconditionFailure("the initialiser lets no other year in")
        }
        return LocalTime(validDate: date, microsecondOfDay: local - days * Self.dayLength)
    }

    /// The date that a calendar on the wall showed: the local date in the written offset.
    public var localDate: CivilDate { local.date }

    /// The same instant with the offset that the zone has then. An offset with seconds (local mean times of the 19th
    /// century) is cut to whole minutes. `nil` when the local year leaves 1...9999.
    public func shifted(to zone: TimeZone) -> ZonedTime? {
        let offset = Self.offset(of: zone, at: microsecondsSinceEpoch)
        return ZonedTime(microsecondsSinceEpoch: microsecondsSinceEpoch, offsetSeconds: offset)
    }

    /// The zone's offset at the instant, cut to whole minutes.
    static func offset(of zone: TimeZone, at microseconds: Int64) -> Int32 {
        let seconds = zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(microseconds) / 1_000_000))
        return Int32(truncatingIfNeeded: seconds / 60 * 60)
    }

    /// RFC 3339, 5.6: `2011-10-11T13:42:22.688+02:00`, always with three digits of a second, or with six when
    /// microseconds are not zero; `Z` for the offset zero.
    public var description: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32)
        local.appendText(to: &bytes)
        if offsetSeconds == 0 {
            bytes.append(0x5a)
        } else {
            let minutes = abs(Int(offsetSeconds)) / 60
            bytes.append(offsetSeconds < 0 ? 0x2d : 0x2b)
            DecimalText.append(minutes / 60, width: 2, to: &bytes)
            bytes.append(0x3a)
            DecimalText.append(minutes % 60, width: 2, to: &bytes)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// By instant, then by offset.
    public static func < (left: ZonedTime, right: ZonedTime) -> Bool {
        (left.microsecondsSinceEpoch, left.offsetSeconds) < (right.microsecondsSinceEpoch, right.offsetSeconds)
    }
}

/// A date and a time of day without a zone: not an instant.
public struct LocalTime: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The date.
    public let date: CivilDate
    /// Microseconds since midnight, 0..<86,400,000,000.
    public let microsecondOfDay: Int64

    /// - Returns: `nil` when the time is not in one day.
    public init?(date: CivilDate, microsecondOfDay: Int64) {
        guard (0..<ZonedTime.dayLength).contains(microsecondOfDay) else { return nil }
        self.init(validDate: date, microsecondOfDay: microsecondOfDay)
    }

    init(validDate date: CivilDate, microsecondOfDay: Int64) {
        self.date = date
        self.microsecondOfDay = microsecondOfDay
    }

    /// Microseconds from 1970-01-01T00:00:00 on the same wall clock.
    var microsecondsOnTheWall: Int64 { Int64(date.daysSinceEpoch) * ZonedTime.dayLength + microsecondOfDay }

    /// The instant at which clocks of the zone show this time.
    ///
    /// A time that they show twice, when clocks are set back, is the first of the two. A time that they skip, when
    /// clocks are set forward, moves forward by what is skipped: 02:30 of a skipped hour becomes 03:30, summer time.
    /// - Returns: `nil` where the zone's offset is beyond 14 hours.
    public func resolved(in zone: TimeZone) -> ZonedTime? {
        let wall = microsecondsOnTheWall
        let before = ZonedTime.offset(of: zone, at: wall - ZonedTime.dayLength)
        let after = ZonedTime.offset(of: zone, at: wall + ZonedTime.dayLength)
        for offset in [before, after] {
            let instant = wall - Int64(offset) * 1_000_000
            if ZonedTime.offset(of: zone, at: instant) == offset {
                return ZonedTime(microsecondsSinceEpoch: instant, offsetSeconds: offset)
            }
        }
        let instant = wall - Int64(before) * 1_000_000
        return ZonedTime(
            microsecondsSinceEpoch: instant,
            offsetSeconds: ZonedTime.offset(of: zone, at: instant)
        )
    }

    /// `2011-10-11T13:42:22.688`, with six digits of a second when microseconds are not zero.
    public var description: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(26)
        appendText(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    func appendText(to bytes: inout [UInt8]) {
        date.appendText(to: &bytes)
        bytes.append(0x54)
        let seconds = Int(microsecondOfDay / 1_000_000)
        let fraction = Int(microsecondOfDay % 1_000_000)
        DecimalText.append(seconds / 3600, width: 2, to: &bytes)
        bytes.append(0x3a)
        DecimalText.append(seconds / 60 % 60, width: 2, to: &bytes)
        bytes.append(0x3a)
        DecimalText.append(seconds % 60, width: 2, to: &bytes)
        bytes.append(0x2e)
        if fraction % 1000 == 0 {
            DecimalText.append(fraction / 1000, width: 3, to: &bytes)
        } else {
            DecimalText.append(fraction, width: 6, to: &bytes)
        }
    }

    /// By date, then by time.
    public static func < (left: LocalTime, right: LocalTime) -> Bool {
        (left.date, left.microsecondOfDay) < (right.date, right.microsecondOfDay)
    }
}
