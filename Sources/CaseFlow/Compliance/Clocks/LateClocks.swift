import EventStore
import PostgresClient
import WorkingTime

/// The question which clocks are late on a day, as it was known at a moment.
///
/// A clock that has stopped is late when it stopped after its due date; one that runs when its due date lies before the
/// day asked about. Due today is not late today. What was recorded after the moment is not seen, whatever day it is
/// about, so the same question has the same answer for ever.
///
/// The question is about days. A limit in minutes of service that has stopped after its due moment is late, a day that
/// has begun counting as one; while it runs, it is late from the day after its due moment on. Which minute it is on the day
/// asked about is not seen: ``CaseClocks`` answers that.
///
/// Pauses and extensions that are known count for every day asked about, those before their own day included. Whether
/// a clock is late on that day does not depend on it: one that is late already cannot be paused or prolonged.
public struct LateClocks: Sendable {
    /// The name of the limit that an imported case's source gives.
    public static let importedClock = "imported"

    /// So many are counted with a first page: a number that does not grow with the log. Beyond it counting has to be asked for.
    public static let countedWithPage = 1_000

    /// In which order.
    public enum Sort: String, Sendable, CaseIterable, Codable {
        /// Most days late first; then those with the fewest days to the next light.
        case days
        /// By due date; what stands still comes last.
        case due
        /// By case number.
        case `case`
        /// By officer, then most days late first.
        case officer
    }

    /// Which of a column's values; nil for all. An empty text asks for those of which the source says nothing.
    public struct Filters: Sendable, Hashable, Codable {
        /// By column.
        public var unit, department, officer, item, channel: String?
        /// The clock's name; without one, the clocks of the rules, and the imported limit of cases without rules.
        public var clock: String?

        /// No filter.
        public init() {}
    }

    /// The day asked about.
    public var asOf: CivilDate
    /// What was recorded by then is seen.
    public var knownAt: Timestamp
    /// Whether `knownAt` is the present: then only what is known now has to be looked at.
    public var isNow: Bool
    /// Open or stopped on the day, or both.
    public var state: LateQuery.State = .all
    /// What the clocks show. Red: the late ones.
    public var light: ClockReading.Light = .red
    /// At least so many days late; red only.
    public var atLeast = 1
    /// Filters.
    public var filters = Filters()
    /// In which order.
    public var sort: Sort = .days

    /// A question. `knownAt` of the present moment is told by `isNow`.
    public init(asOf: CivilDate, knownAt: Timestamp, isNow: Bool) {
        self.asOf = asOf
        self.knownAt = knownAt
        self.isNow = isNow
    }

    /// One clock of the answer. Dates are local, ISO 8601.
    public struct Row: Sendable, Codable, Hashable {
        /// The case's number.
        public let `case`: String
        /// Its stream in the log.
        public let stream: String
        /// The clock, the stage that it watches, and which start of it it is.
        public let clock: String
        /// Nil for a clock of the whole case.
        public let stage: String?
        /// From 1.
        public let ordinal: Int
        /// `open` or `closed`, as on the day.
        public let state: String
        /// `running`, `suspended`, `stopped` or `lapsed`, as was known.
        public let phase: String
        /// `green`, `yellow` or `red` on the day.
        public let light: String
        /// Day 0.
        public let receivedOn: String
        /// The last day; nil while it stands still.
        public let deadlineOn: String?
        /// The due date may change when a calendar is published.
        public let isProvisional: Bool
        /// Nil while it is open.
        public let closedOn: String?
        /// Since when it stands still.
        public let suspendedSince: String?
        /// Days left in the clock's unit while it stands still, or minutes of service.
        public let daysLeft: Int?
        /// Days from the due date to the stop or the day asked about; below 0 while there is time; nil while it
        /// stands still.
        public let daysLate: Int?
        /// `20 working-days`; nil for an imported limit.
        public let limit: String?
        /// `cn 12`: the calendar and its state.
        public let calendar: String?
        /// With whom it lies: where its limit ended before the clock stopped, who had it then; else who had it when it stopped.
        /// Of a case that is not of the catalogue what its source says.
        public let unit, department, responsible: String?
        /// The item and how it came in.
        public let item, channel: String?
        /// As what it is held: `citizen`, `window`, `reviewer`, …; nil where the record does not say.
        public let holder: String?
        /// Since which day.
        public let heldSince: String?
        /// What it waits for, with whom and since when, in a line, in the language asked for.
        public let reason: String
        /// Since when it was known so, RFC 3339, UTC, by which event, at which position of the log.
        public let knownFrom: String
        /// The event's type, or `calendar amended: …`.
        public let event: String
        /// 0 for a calendar that came with the program.
        public let position: Int64
    }

    /// Where a row stands in the order: what the next page begins behind.
    struct Place: Sendable, Codable, Hashable {
        /// What the order is by; nil for orders by text alone.
        var rank: Int32?
        /// Texts of the order and the row's own.
        var texts: [String]
        var ordinal: Int32
    }

    /// A page.
    public struct Page: Sendable {
        /// Its rows.
        public let rows: [Row]
        /// What `after` takes for the next page; nil at the end.
        public let next: String?
    }
}
