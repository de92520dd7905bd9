import EventStore
import PostgresClient
import WorkingTime

/// What was known of a clock from one moment to another: a row of `case_clocks`, without the case's own columns.
struct ClockRow: Sendable {
    /// Which clock of a case.
    struct Key: Sendable, Hashable {
        let clock: String
        let ordinal: Int32
    }

    /// What is known; two rows of a clock follow each other only when this differs.
    struct Facts: Sendable, Hashable {
        var stage: String?
        var rules = ""
        var isDefault = true
        var startedOn: PostgresDate
        var limit: Limit?
        var isPlain = true
        var dueOn: PostgresDate?
        /// Of a limit in minutes of service, which ends at a moment of that day.
        var dueAt: Timestamp?
        var isProvisional = false
        var phase: Phase = .running
        var suspendedSince: PostgresDate?
        var daysLeft: Int32?
        var yellowOn: PostgresDate?
        var stoppedOn: PostgresDate?
        /// What it showed at its stop; nil while it has not stopped. Of a limit in days it follows from the dates; one in
        /// minutes of service may be late on its due day.
        var light: ClockReading.Light?
        var calendar = ""
        /// Who and what the case is; a row is added when this changes, too.
        var filters: CaseFilters
        /// With whom it lies, or lay when it ended or its limit did.
        var held = Held()
    }

    /// With whom a case lies, as far as it is not the unit and the officer: those are filters.
    struct Held: Sendable, Hashable {
        /// As what; nil where the record does not say.
        var kind: CaseHolder.Kind?
        /// Since which day.
        var since: PostgresDate?
        /// On which stage.
        var stage: String?
    }

    enum Phase: String, Sendable { case running, suspended, stopped, lapsed }

    let key: Key
    let facts: Facts
    let calendarVersion: Int32?
    let knownFrom: Timestamp
    /// It stops on a later day than the one from which it was known: only sources of other zones and clocks have that.
    let isAhead: Bool
    let reason: String
    let position: Int64

    /// `known_period` of what is known now.
    static let openPeriod = Int32.max

    /// `known_period` of what was known until a moment: the UTC day.
    static func period(of moment: Timestamp) -> Int32 {
        let (day, length): (Int64, Int64) = (moment.microseconds, 86_400_000_000)
        return Int32(clamping: day >= 0 ? day / length : -((-day + length - 1) / length))
    }

    /// Days from the stop to the due date, below 0 if late; far off where it stood still. Nil while it has not stopped.
    /// What ended late on its due day, after the due moment, is a day late: a day that has begun counts.
    var inTime: Int32? {
        facts.stoppedOn.map { stop in
            guard let due = facts.dueOn else { return Self.noDueDate }
            let days = Int32(clamping: due.daysSinceUnixEpoch - stop.daysSinceUnixEpoch)
            return facts.light == .red ? min(days, -1) : max(days, 0)
        }
    }

    /// Stands for the days that are left to a clock that stands still.
    static let noDueDate: Int32 = 1_000_000
}

/// Who and what a case is, as questions filter by it. '' where its source does not say.
struct CaseFilters: Sendable, Hashable {
    var number = ""
    var unit = ""
    var department = ""
    var officer = ""
    var item = ""
    var channel = ""
}

extension CaseFilters {
    /// What the receipt says: of a case of another system its attributes, of one of ours how it came in.
    init(_ number: CaseNumber, _ attributes: [XESAttribute], _ intake: Case.Intake?, by standing: Standing?) {
        func value(_ key: String) -> String { attributes.first { $0.key == key }?.value ?? "" }
        self.init(
            number: number.rawValue,
            unit: value("unit"),
            department: value("department"),
            officer: value("responsible"),
            item: value("item"),
            channel: value("channel")
        )
        guard let intake else { return }
        (unit, department) = (intake.place.rawValue, intake.place.rawValue)
        channel = intake.channel.rawValue
        officer = standing?.officer.rawValue ?? officer
    }
}

extension PostgresDate {
    init(_ date: CivilDate) { self.init(daysSinceUnixEpoch: date.daysSinceEpoch) }

    /// The day, where it lies in the years 1 to 9999.
    var civil: CivilDate? { CivilDate(daysSinceEpoch: daysSinceUnixEpoch) }
}
