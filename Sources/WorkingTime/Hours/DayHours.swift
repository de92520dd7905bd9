/// The hours of one day during which a service is open: any number of intervals, in minutes since midnight.
public struct DayHours: Sendable, Hashable, CustomStringConvertible {
    /// Why hours cannot be.
    public enum Invalid: Error, Sendable, Hashable, CustomStringConvertible {
        /// An interval lies outside 0...1440 minutes or is empty.
        case interval(Range<Int>)
        /// The text is not of the form `09:00-12:00 14:00-17:00`.
        case form(String)

        /// What is wrong, and what would be right.
        public var description: String {
            switch self {
            case .interval(let minutes):
                "\(DayHours.text(minutes)) is not a time of opening within a day of 24 hours"
            case .form(let text): "\"\(text.prefix(60))\" are no hours, write them as 09:00-12:00 14:00-17:00"
            }
        }
    }

    /// In order, neither touching nor overlapping; minutes since midnight, 0...1440.
    public let intervals: [Range<Int>]

    /// Seconds of opening in all.
    public let seconds: Int

    /// Not open.
    public static let closed = DayHours(merging: [])
    /// Open for 24 hours: every second of the day counts.
    public static let wholeDay = DayHours(merging: [0..<1440])

    /// Any intervals within the day; overlapping and touching ones become one.
    public init(_ intervals: some Sequence<Range<Int>>) throws(Invalid) {
        let intervals = Array(intervals)
        for interval in intervals where interval.isEmpty || interval.lowerBound < 0 || interval.upperBound > 1440 {
            throw .interval(interval)
        }
        self.init(merging: intervals)
    }

    /// Parses `09:00-12:00 14:00-17:00`; hours 00...24, intervals with spaces between them. The empty text is closed.
    public init(_ text: String) throws(Invalid) {
        var intervals: [Range<Int>] = []
        for word in text.split(separator: " ") {
            let bytes = word.utf8.span
            func number(_ start: Int) -> Int? {
                guard (0x30...0x39).contains(bytes[start]), (0x30...0x39).contains(bytes[start + 1]) else { return nil }
                return Int(bytes[start] - 0x30) * 10 + Int(bytes[start + 1] - 0x30)
            }
            guard bytes.count == 11, bytes[2] == 0x3a, bytes[5] == 0x2d, bytes[8] == 0x3a,
                let fromHour = number(0), let fromMinute = number(3), let toHour = number(6), let toMinute = number(9),
                fromMinute < 60, toMinute < 60, fromHour * 60 + fromMinute < toHour * 60 + toMinute
            else { throw .form(text) }
            intervals.append((fromHour * 60 + fromMinute)..<(toHour * 60 + toMinute))
        }
        try self.init(intervals)
    }

    private init(merging intervals: [Range<Int>]) {
        var merged: [Range<Int>] = []
        for interval in intervals.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = merged.last, interval.lowerBound <= last.upperBound {
                merged[merged.count - 1] = last.lowerBound..<max(last.upperBound, interval.upperBound)
            } else {
                merged.append(interval)
            }
        }
        self.intervals = merged
        seconds = merged.reduce(0) { $0 + $1.count * 60 }
    }

    /// Whenever one of the two is open.
    public func union(_ other: DayHours) -> DayHours {
        if other.intervals.isEmpty || self == other { return self }
        return intervals.isEmpty ? other : DayHours(merging: intervals + other.intervals)
    }

    /// Open seconds from midnight to a second of the day.
    func seconds(before second: Int) -> Int {
        var sum = 0
        for interval in intervals where interval.lowerBound * 60 < second {
            sum += min(second, interval.upperBound * 60) - interval.lowerBound * 60
        }
        return sum
    }

    /// The second of the day at which so many seconds of opening are over: the inverse of ``seconds(before:)``.
    /// - Precondition: 1...``seconds``.
    func second(after open: Int) -> Int {
        var left = open
        for interval in intervals {
            let length = interval.count * 60
            if left <= length { return interval.lowerBound * 60 + left }
            left -= length
        }
        return WallTime.secondsInDay
    }

    /// `09:00-12:00 14:00-17:00`; empty when closed.
    public var description: String { intervals.map(Self.text).joined(separator: " ") }

    private static func text(_ interval: Range<Int>) -> String {
        func time(_ minutes: Int) -> String {
            let (hour, minute) = (minutes / 60, minutes % 60)
            return "\(hour < 10 ? "0" : "")\(hour):\(minute < 10 ? "0" : "")\(minute)"
        }
        return "\(time(interval.lowerBound))-\(time(interval.upperBound))"
    }

    /// Two digits.
    static func append(_ value: Int, to bytes: inout [UInt8]) {
        bytes.append(0x30 + UInt8(truncatingIfNeeded: value / 10))
        bytes.append(0x30 + UInt8(truncatingIfNeeded: value % 10))
    }
}
