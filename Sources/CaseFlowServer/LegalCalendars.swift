import CaseFlow
import EventStore
import Foundation
import WorkingTime

/// The legal calendars that a centre goes by, as they were known at a moment.
public enum LegalCalendars {
    /// No such calendar, or nothing of it was known then.
    public struct Unknown: Error, Sendable, CustomStringConvertible {
        /// What was asked for.
        public let description: String
    }

    /// The calendar of a code as it is known now.
    public static func current(_ code: String) throws -> WorkCalendar {
        guard CalendarHistory.shippedCodes.contains(code), let calendar = try CalendarHistory.shipped(code).latest
        else {
            throw Unknown(description: "there is no calendar '\(code)'")
        }
        return calendar
    }

    /// A desk of a log that goes by them.
    public static func desk(_ log: EventLog, zone: TimeZone, packs: String? = nil) async throws -> CaseDesk {
        let histories = try Dictionary(
            uniqueKeysWithValues: CalendarHistory.shippedCodes.map { ($0, try CalendarHistory.shipped($0)) }
        )
        return CaseDesk(log, zone: zone, packs: packs) { code, moment in
            guard let history = histories[code] else {
                throw Unknown(description: "there is no calendar '\(code)'")
            }
            guard let day = Moment.day(of: moment, in: zone), let calendar = history.calendar(knownOn: day) else {
                throw Unknown(description: "of calendar '\(code)' nothing was known at \(moment)")
            }
            return calendar
        }
    }
}
