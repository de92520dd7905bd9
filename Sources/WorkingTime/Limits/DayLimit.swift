/// A legal time limit in days: so many working days, or calendar days, weeks or months.
///
/// Day 0 is the day of the event that starts the limit; it is never counted (Civil Code of the PRC, article 201). The
/// last day ends at 24:00: what is due today is not late today. All days are civil dates; which of them an event
/// belongs to is decided by the caller's time zone.
///
/// **Pauses.** The days that a pause excludes (``PauseCounting``) are not counted, whatever the unit, so the limit ends
/// later by as many counted days as fall into it. A pause after the last day moves nothing. A limit in months is first
/// laid down as a number of calendar days, from the event to the same day of the last month, and then counted like one
/// in calendar days.
///
/// **Roll.** A limit in calendar days, weeks or months whose last day is a rest day ends on the next working day (Civil
/// Code, article 203), unless ``roll`` says otherwise. It is applied last, and pauses do not touch it. The last day of
/// a limit in working days is a working day; it is never rolled.
///
/// A limit of 0 ends on the day of the event; in calendar days, weeks or months, that day rolls like any last day.
public struct DayLimit: Sendable, Hashable {
    /// What is counted.
    public enum Unit: String, Sendable, Hashable, CaseIterable {
        /// Days on which the calendar has work (Administrative Licensing Law of the PRC, article 82).
        case workingDays
        /// Every day (自然日).
        case calendarDays
        /// Seven calendar days.
        case weeks
        /// To the same day of a later month, or to the month's last day.
        case months
    }

    /// How many, 0 or more.
    public let count: Int
    /// Of what.
    public let unit: Unit
    /// Where a last day goes that is a rest day; of no effect on working days.
    public let roll: Roll

    /// So many of a unit.
    /// - Throws: ``WorkingTimeError/negativeLimit(_:)``.
    public init(_ count: Int, _ unit: Unit, roll: Roll = .following) throws(WorkingTimeError) {
        if count < 0 { throw .negativeLimit(count) }
        self.count = count
        self.unit = unit
        self.roll = unit == .workingDays ? .unadjusted : roll
    }

    /// When a limit ends.
    public enum Outcome: Sendable, Hashable {
        /// On this day, the last on which it is kept.
        case due(DueDate)
        /// It is paused, and the pause is open: no one can say. The limit's days that are left are those that will
        /// be counted after the resumption (working days, or calendar days).
        case notRunning(since: CivilDate, remaining: Int)

        /// The due date, where there is one.
        public var dueDate: DueDate? {
            if case .due(let due) = self { due } else { nil }
        }
    }

    /// How much of a limit is used, as of the end of a day.
    public struct Usage: Sendable, Hashable {
        /// Days of the limit in all: working days, or calendar days (a week has 7, months as many as they span).
        public let total: Int
        /// Counted days through the day asked about, at most `total`.
        public let used: Int
        /// Counted days still to come: `total - used`. 0 on the last day. Days that the roll adds are not in it.
        public let left: Int
        /// Days after the due date through the day asked about, in the limit's own unit, working or calendar days; a
        /// pause that begins after the due date does not stop them. 0 on the due date itself.
        public let overdue: Int
        /// The day asked about lies within a pause: it is not counted.
        public let isPaused: Bool
    }
}

/// The last day of a limit, which ends at 24:00.
public struct DueDate: Sendable, Hashable, CustomStringConvertible {
    /// The day.
    public let date: CivilDate
    /// The day depends on days beyond the calendar's horizon: it can change when the calendar is continued.
    public let isProvisional: Bool

    /// A due date.
    public init(_ date: CivilDate, isProvisional: Bool) {
        self.date = date
        self.isProvisional = isProvisional
    }

    /// `2027-01-12 (provisional)`.
    public var description: String { isProvisional ? "\(date) (provisional)" : "\(date)" }
}
