import EventStore
import WorkingTime

/// Something that has happened to a calendar, legal or local: an event of a stream `calendar/<code>`.
public struct CalendarEvent: Sendable, Hashable {
    /// When it was done, as claimed.
    public var effectiveAt: Timestamp
    /// Who did it. The rule that a second person confirms rests on this.
    public var actor: Actor
    /// What.
    public var fact: Fact

    /// An event.
    public init(effectiveAt: Timestamp, actor: Actor, fact: Fact) {
        self.effectiveAt = effectiveAt
        self.actor = actor
        self.fact = fact
    }

    /// What can happen. Names in storage are literals; see ``CalendarEventCoding``.
    public enum Fact: Sendable, Hashable {
        /// The days of a year were entered; without effect until confirmed.
        case published(LegalCalendar.Entry)
        /// Days of published years were entered that differ from what was known; without effect until confirmed.
        case amended(LegalCalendar.Entry)
        /// A second person has confirmed the entry of this number: from now on it is known.
        case confirmed(entry: Int)
        /// The log goes by so much of the calendar that comes with the program.
        case adopted(CalendarAdoption)
        /// The local hours of service are these from a day on (on all days, where none is given); what was set before for
        /// these days is replaced.
        case serviceHoursSet(ServiceCalendar.Plan, from: CivilDate? = nil)
    }
}

/// The stream of a calendar.
public enum CalendarStream {
    /// The category of all calendars, legal and local.
    public static let category = "calendar"

    /// The stream of the calendar with this code: lower-case letters, digits, `-` and `_`, at most 60 bytes.
    /// - Throws: ``CalendarCodeInvalid``.
    public static func of(_ code: String) throws(CalendarCodeInvalid) -> StreamName {
        let isPlain = code.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte) || byte == 0x2d || byte == 0x5f
        }
        guard isPlain, (1...60).contains(code.utf8.count) else { throw CalendarCodeInvalid(code: code) }
        return StreamName(trusted: "\(category)/\(code)")
    }
}

/// A text that names no calendar.
public struct CalendarCodeInvalid: Error, Sendable, Hashable, CustomStringConvertible {
    /// The text.
    public let code: String

    /// What is wrong, and what would be right.
    public var description: String {
        "'\(code.prefix(60))' is no calendar's name: use lower-case letters, digits, '-' and '_', as in cn or guanyi-hall"
    }
}
