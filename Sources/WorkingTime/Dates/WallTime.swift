/// A moment on a wall clock, to the second: a civil date and a time of day, without a zone.
///
/// It is no instant. The caller converts instants to the local time of the place that the hours are meant for, and back.
/// A limit in minutes counts what that clock shows, so an hour that clocks skip or repeat when they are set forward or
/// back counts as the hands have it. The end of a day (24:00) is the beginning of the next.
public struct WallTime: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Seconds of the wall clock since 1970-01-01T00:00:00.
    let seconds: Int

    static let secondsInDay = 86_400

    /// - Returns: `nil` when there is no such time of day. 24:00:00 is that of the next day.
    public init?(_ date: CivilDate, hour: Int, minute: Int = 0, second: Int = 0) {
        guard (0...24).contains(hour), (0..<60).contains(minute), (0..<60).contains(second),
            hour < 24 || (minute == 0 && second == 0)
        else { return nil }
        let seconds = date.daysSinceEpoch * Self.secondsInDay + hour * 3600 + minute * 60 + second
        guard seconds < Self.end else { return nil }
        self.init(validSeconds: seconds)
    }

    /// Midnight at the beginning of a day.
    public init(startOf date: CivilDate) {
        self.init(validSeconds: date.daysSinceEpoch * Self.secondsInDay)
    }

    /// Parses `2026-02-13T09:30`, or with seconds `2026-02-13T09:30:15`; a space may stand for the T.
    /// - Returns: `nil` when it is neither, or there is no such time.
    public init?(_ text: String) {
        let bytes = text.utf8.span
        guard bytes.count == 16 || bytes.count == 19, bytes[10] == 0x54 || bytes[10] == 0x20, bytes[13] == 0x3a,
            bytes.count == 16 || bytes[16] == 0x3a, let date = try? CivilDate(String(text.prefix(10)))
        else { return nil }
        func number(_ start: Int) -> Int? {
            guard (0x30...0x39).contains(bytes[start]), (0x30...0x39).contains(bytes[start + 1]) else { return nil }
            return Int(bytes[start] - 0x30) * 10 + Int(bytes[start + 1] - 0x30)
        }
        guard let hour = number(11), let minute = number(14), let second = bytes.count == 19 ? number(17) : 0
        else { return nil }
        self.init(date, hour: hour, minute: minute, second: second)
    }

    init(validSeconds: Int) {
        seconds = validSeconds
    }

    /// - Throws: ``WorkingTimeError/outOfRange`` outside the years 0001 to 9999.
    init(seconds: Int) throws(WorkingTimeError) {
        guard seconds >= CivilDate.first.daysSinceEpoch * Self.secondsInDay, seconds < Self.end else {
            throw .outOfRange
        }
        self.seconds = seconds
    }

    private static let end = (CivilDate.last.daysSinceEpoch + 1) * secondsInDay

    /// The date that the calendar on the wall shows.
    public var date: CivilDate {
        CivilDate(validNumber: dayNumber)
    }

    /// Days since 1970-01-01.
    var dayNumber: Int {
        seconds >= 0 ? seconds / Self.secondsInDay : -((-seconds + Self.secondsInDay - 1) / Self.secondsInDay)
    }

    /// Seconds since midnight, 0..<86,400.
    public var secondOfDay: Int { seconds - dayNumber * Self.secondsInDay }

    /// Seconds of the wall clock from this moment to the other; negative when the other is earlier.
    public func seconds(to other: WallTime) -> Int { other.seconds - seconds }

    /// So many seconds later on the same wall clock; `nil` outside the years 0001 to 9999.
    public func adding(seconds: Int) -> WallTime? {
        let (sum, overflow) = self.seconds.addingReportingOverflow(seconds)
        return overflow ? nil : try? WallTime(seconds: sum)
    }

    /// `2026-02-13T09:30`, with seconds when they are not zero.
    public var description: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(19)
        date.appendText(to: &bytes)
        let second = secondOfDay
        bytes.append(0x54)
        DayHours.append(second / 3600, to: &bytes)
        bytes.append(0x3a)
        DayHours.append(second / 60 % 60, to: &bytes)
        if second % 60 != 0 {
            bytes.append(0x3a)
            DayHours.append(second % 60, to: &bytes)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// By time.
    public static func < (left: WallTime, right: WallTime) -> Bool { left.seconds < right.seconds }
}
