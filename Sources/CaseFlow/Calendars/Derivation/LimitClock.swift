import WorkingTime

/// The wall clock of a limit by the clock: that of its start. Times with an offset, such as those of pauses, are taken
/// in the offset of the start, so that 07:00Z is 15:00 for a start in +08:00.
///
/// Where the start has no offset, times are taken as they are written.
public struct LimitClock: Sendable, Hashable {
    /// The offset of the start, in seconds; nil where it has none.
    public let offsetSeconds: Int32?

    /// A time outside the years 1 to 9999 once it is taken in the offset of the start.
    public struct OutOfRange: Error, Sendable, Hashable, CustomStringConvertible {
        /// The time as it was written.
        public let time: ZonedTime

        /// What is wrong.
        public var description: String { "\(time) lies outside the years 1 to 9999" }
    }

    /// The clock of a start.
    public init(start: WrittenTime) {
        if case .zoned(let time) = start { offsetSeconds = time.offsetSeconds } else { offsetSeconds = nil }
    }

    /// What the clock shows at a time, to the second; a date is its 00:00.
    /// - Throws: ``OutOfRange``.
    public func wall(_ written: WrittenTime) throws(OutOfRange) -> WallTime {
        switch written {
        case .date(let date): return WallTime(startOf: date)
        case .local(let time): return time.wallTime
        case .zoned(let time):
            let offset = offsetSeconds ?? time.offsetSeconds
            guard let own = ZonedTime(microsecondsSinceEpoch: time.microsecondsSinceEpoch, offsetSeconds: offset) else {
                throw OutOfRange(time: time)
            }
            return own.local.wallTime
        }
    }

    /// `2022-05-06T14:35:00+08:00`, without an offset where the start had none.
    func text(_ time: WallTime) -> String {
        let text = time.description + (time.secondOfDay % 60 == 0 ? ":00" : "")
        guard let offsetSeconds else { return text }
        if offsetSeconds == 0 { return text + "Z" }
        let minutes = abs(Int(offsetSeconds)) / 60
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(text)\(offsetSeconds < 0 ? "-" : "+")\(two(minutes / 60)):\(two(minutes % 60))"
    }
}
