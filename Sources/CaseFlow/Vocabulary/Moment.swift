import EventStore
import Foundation
import WorkingTime

/// Moments and days as people give them on a command line.
public enum Moment {
    /// Why a text is no moment.
    public struct Invalid: Error, Sendable, CustomStringConvertible {
        /// What was wrong and what would be right.
        public let description: String
    }

    /// A moment: with an offset, or local in `zone`; a date alone means the end of that day.
    public static func parse(_ text: String, in zone: TimeZone) throws(Invalid) -> Timestamp {
        let written: WrittenTime
        do {
            written = try WrittenTime(text)
        } catch {
            throw Invalid(description: error.description)
        }
        if case .date(let date) = written { return try endOfDay(date, in: zone) }
        guard let time = written.resolved(in: zone) else {
            throw Invalid(description: "'\(text)' lies outside the years 1 to 9999")
        }
        return time.timestamp
    }

    /// The last microsecond of a day in a zone.
    public static func endOfDay(_ date: CivilDate, in zone: TimeZone) throws(Invalid) -> Timestamp {
        guard let next = date.adding(days: 1), let midnight = WrittenTime.date(next).resolved(in: zone) else {
            throw Invalid(description: "\(date) is beyond the calendar")
        }
        return midnight.timestamp.advanced(byMicroseconds: -1)
    }

    /// The day that a moment lies in, in a zone.
    public static func day(of moment: Timestamp, in zone: TimeZone) -> CivilDate? {
        ZonedTime(microsecondsSinceEpoch: moment.microseconds, offsetSeconds: 0)?.shifted(to: zone)?.localDate
    }
}
