import EventStore
import WorkingTime

/// The rules of a legal calendar's stream: which days count as working days.
///
/// A year is published, published years are amended; nothing is ever deleted. Each entry is made by one officer and
/// takes effect when a second person confirms it. Until then the year may be entered anew: the new entry takes the
/// place of the one that waits. Years that come with the program are amended, not published; a year that the log has
/// published stays as it is when it is adopted from a later program.
public enum LegalCalendar: Decider {
    /// What one officer has entered: a year (with `year`) or an amendment (without).
    public struct Entry: Sendable, Hashable {
        /// From 1, in the order of entering.
        public var number: Int
        /// The published year; nil for an amendment.
        public var year: Int?
        /// The working days of a week without exceptions; of a publication only.
        public var week: WorkWeek
        /// The day on which the notice was published.
        public var knownSince: CivilDate
        /// The number of the notice; empty where there is none.
        public var notice: String
        /// What it says of days; no day twice.
        public var changes: [CalendarHistory.Change]

        /// An entry.
        public init(
            number: Int,
            year: Int?,
            week: WorkWeek = .mondayToFriday,
            knownSince: CivilDate,
            notice: String,
            changes: [CalendarHistory.Change]
        ) {
            self.number = number
            self.year = year
            self.week = week
            self.knownSince = knownSince
            self.notice = notice
            self.changes = changes
        }

        /// Whether both say the same, whatever their numbers.
        func saysTheSame(as other: Entry) -> Bool {
            var copy = other
            copy.number = number
            return self == copy
        }
    }

    /// An entry and what became of it.
    public struct Held: Sendable, Hashable {
        /// What was entered.
        public var entry: Entry
        /// Who entered it.
        public var enteredBy: Actor
        /// When, as claimed.
        public var enteredAt: Timestamp
        /// The second person; nil while it waits.
        public var confirmedBy: Actor?
        /// The number of the entry that took its place before it was confirmed.
        public var replacedBy: Int?

        /// Neither confirmed nor replaced.
        public var isWaiting: Bool { confirmedBy == nil && replacedBy == nil }
    }

    /// An adoption and what came before it.
    public struct Adopted: Sendable, Hashable {
        /// The adoption.
        public var adoption: CalendarAdoption
        /// How many entries had been confirmed.
        public var confirmedBefore: Int

        /// How many of them it lies on top of: what is known by the days of its notices lies below them all.
        var takesEffectAfter: Int { adoption.known == .notice ? 0 : confirmedBefore }
    }

    /// What is known of a calendar's stream.
    public struct State: Sendable, Hashable {
        /// All entries; the number of an entry is its index plus one.
        public var entries: [Held] = []
        /// Numbers of the confirmed entries, in the order of confirmation.
        public var confirmed: [Int] = []
        /// What was adopted of the calendar that comes with the program, each with the number of entries that had been
        /// confirmed before.
        public var adoptions: [Adopted] = []
        /// The stream holds local hours of service and no legal calendar.
        public var isServiceCalendar = false
    }

    /// An empty stream.
    public static let initial = State()

    /// Days as an officer gives them, with all that a decision needs.
    public struct Draft: Sendable, Hashable {
        /// The year; nil for an amendment.
        public var year: Int?
        /// The working days of a week without exceptions; of a publication only.
        public var week: WorkWeek
        /// What is said of days.
        public var changes: [CalendarHistory.Change]
        /// The number of the notice.
        public var notice: String
        /// The day on which the notice was published.
        public var knownSince: CivilDate
        /// The publisher gives its notices no number; without this, an entry without a number is refused.
        public var hasNoNotice: Bool

        /// A draft: of a year, or without one of an amendment.
        public init(
            year: Int? = nil,
            week: WorkWeek = .mondayToFriday,
            changes: [CalendarHistory.Change],
            notice: String,
            knownSince: CivilDate,
            hasNoNotice: Bool = false
        ) {
            self.year = year
            self.week = week
            self.changes = changes
            self.notice = notice
            self.knownSince = knownSince
            self.hasNoNotice = hasNoNotice
        }
    }

    /// What can be wanted of a legal calendar.
    public enum Command: Sendable, Hashable {
        /// Enter years and amendments, all or none, in this order. `shipped` is the calendar of that code that comes
        /// with the program, if there is one.
        case enter([Draft], by: Actor, at: Timestamp, shipped: CalendarHistory?)
        /// Confirm what another person has entered.
        case confirm(entry: Int, by: Actor, at: Timestamp, shipped: CalendarHistory?)
        /// Delete an entry: never done.
        case delete(entry: Int)
    }

    /// Why something may not be done.
    public enum Rejection: Error, Sendable, Hashable, CustomStringConvertible {
        /// The year comes with the program.
        case shipped(year: Int)
        /// The year was published and confirmed before.
        case publishedTwice(year: Int, entry: Int)
        /// A year is not in 1...9999.
        case year(Int)
        /// A day of a year that is not published, or whose publication is not confirmed yet.
        case notPublished(CivilDate, waiting: Int?)
        /// An entry says two things of one day.
        case twice(CivilDate)
        /// All days are so already.
        case nothingToAmend
        /// A day is declared normal and was no exception.
        case noException(CivilDate)
        /// The calendar has another week.
        case otherWeek(WorkWeek, has: WorkWeek)
        /// The number of the notice is not given; nil for an amendment.
        case noNotice(year: Int?)
        /// There is no entry of this number.
        case noSuchEntry(Int)
        /// Whoever has entered it cannot confirm it.
        case samePerson(Actor, entry: Int)
        /// Another entry took its place.
        case replaced(entry: Int, by: Int)
        /// The log has adopted what the program does not ship.
        case mismatch(CalendarMismatch)
        /// Entries are never deleted.
        case deletionRefused(entry: Int)
        /// The stream holds local hours of service.
        case isServiceCalendar

        /// The day that is to blame, where there is one.
        public var date: CivilDate? {
            switch self {
            case .notPublished(let date, _), .twice(let date), .noException(let date): date
            default: nil
            }
        }

        /// What was wrong and what is allowed now.
        public var description: String {
            switch self {
            case .shipped(let year): "\(year) is shipped; amend it"
            case .publishedTwice(let year, let entry):
                "\(year) has been published already (entry \(entry)); amend it"
            case .year(let year): "the year \(year) is not in 0001...9999"
            case .notPublished(let date, nil): "\(date) lies in a year that has not been published; publish it first"
            case .notPublished(let date, .some(let entry)):
                "\(date) lies in a year whose publication waits; confirm entry \(entry) first"
            case .twice(let date): "\(date) is given twice in one entry"
            case .nothingToAmend: "nothing to amend: the calendar says all that already"
            case .noException(let date): "\(date) is normal already"
            case .otherWeek(let week, let has): "the calendar's working days are \(has), not \(week)"
            case .noNotice(let year):
                """
                the number of the notice that \(year.map { "publishes \($0)" } ?? "amends") is missing: give it with \
                --notice, or say --no-notice where the publisher gives none
                """
            case .noSuchEntry(let number): "there is no entry \(number); `calendar list` shows them"
            case .samePerson(let actor, let entry):
                "entry \(entry) was made by \(actor), so a second person has to confirm it"
            case .replaced(let entry, let other):
                "entry \(entry) was replaced by entry \(other) before it was confirmed; confirm that one"
            case .mismatch(let mismatch): mismatch.description
            case .deletionRefused(let entry):
                "entry \(entry) stays: calendars are only amended, because due dates were computed with them"
            case .isServiceCalendar: "this calendar holds local hours of service; give the legal calendar another name"
            }
        }
    }
}
