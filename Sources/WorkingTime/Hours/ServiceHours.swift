/// A local service calendar: when a window is open. It is apart from the legal calendar: a market Saturday is a day of
/// service and not a working day.
///
/// The hours of a day are put together so, the later winning over the earlier:
/// 1. the hours of its weekday; with a ``WorkCalendar``, none on its holidays, and `makeUp` on its make-up days;
/// 2. together with the hours of a market day, whatever the legal calendar says of the day;
/// 3. together with extra duty on a named date;
/// 4. none on a closed date.
///
/// Hours that change on a day are put together of those of before and those from then on (``followed(by:from:)``).
///
/// With a legal calendar, its coverage, its horizon and what it does beyond hold here too. Without one, all years from
/// 1 to 9999 are known. Times are those of a wall clock (``WallTime``), counted to the second. Counting over any time
/// takes a logarithmic search and no walk over the days.
public struct ServiceHours: Sendable {
    /// Days that come back every so many days, such as the market days of a town (圩日).
    public struct MarketDays: Sendable, Hashable {
        /// One of the days; the others follow and precede it.
        public let anchor: CivilDate
        /// Days from one to the next, 1 or more.
        public let every: Int
        /// When the service is open on them.
        public let hours: DayHours

        /// - Throws: ``ServiceHours/Invalid/cycle(_:)``.
        public init(from anchor: CivilDate, every: Int, hours: DayHours) throws(Invalid) {
            guard (1...Invalid.longestCycle).contains(every) else { throw .cycle(every) }
            self.anchor = anchor
            self.every = every
            self.hours = hours
        }
    }

    /// Why service hours cannot be made.
    public enum Invalid: Error, Sendable, Hashable, CustomStringConvertible {
        /// Market days do not come back after 1...400 days.
        case cycle(Int)
        /// The market days of several cycles, together with the week, repeat only after more than 400,000 days.
        case togetherTooLong(days: Int)

        static let longestCycle = 400
        static let longestPeriod = 400_000

        /// What is wrong.
        public var description: String {
            switch self {
            case .cycle(let days): "market days every \(days) days: give 1...\(Self.longestCycle)"
            case .togetherTooLong(let days):
                "the market days together repeat only after \(days) days, more than \(Self.longestPeriod)"
            }
        }
    }

    /// The legal calendar that the weekly hours follow, those that hold last.
    public let calendar: WorkCalendar?
    /// The hours of each weekday; a weekday without an entry is closed.
    public let weekly: [Weekday: DayHours]
    /// The hours on the make-up days of ``calendar``.
    public let makeUp: DayHours
    /// Market days.
    public let marketDays: [MarketDays]
    /// Hours on top of the day's own.
    public let extraDuty: [CivilDate: DayHours]
    /// Closed, whatever else is said.
    public let closedDates: Set<CivilDate>

    let index: HoursIndex

    /// Service hours.
    /// - Parameter makeUp: the hours on the make-up days of `calendar`; of no effect without one.
    public init(
        weekly: [Weekday: DayHours],
        following calendar: WorkCalendar? = nil,
        makeUp: DayHours = .closed,
        marketDays: [MarketDays] = [],
        extraDuty: [CivilDate: DayHours] = [:],
        closedDates: some Sequence<CivilDate> = []
    ) throws(Invalid) {
        self.calendar = calendar
        self.weekly = weekly
        self.makeUp = makeUp
        self.marketDays = marketDays
        self.extraDuty = extraDuty
        self.closedDates = Set(closedDates)
        let index = try OpeningIndex(
            week: Weekday.allCases.map { weekly[$0] ?? .closed },
            calendar: calendar,
            makeUp: makeUp,
            marketDays: marketDays,
            extraDuty: extraDuty,
            closedDates: self.closedDates
        )
        self.index = HoursIndex(index, calendar: calendar)
    }

    /// These hours on all days before `date`, and the later ones from it on. The properties of the result are those of
    /// the later ones.
    public func followed(by later: ServiceHours, from date: CivilDate) -> ServiceHours {
        ServiceHours(later, index.followed(by: later.index, from: date.daysSinceEpoch))
    }

    private init(_ hours: ServiceHours, _ index: HoursIndex) {
        calendar = hours.calendar
        weekly = hours.weekly
        makeUp = hours.makeUp
        marketDays = hours.marketDays
        extraDuty = hours.extraDuty
        closedDates = hours.closedDates
        self.index = index
    }

    /// The same hours on every working day of a calendar, make-up days included, and on no other day.
    ///
    /// With ``DayHours/wholeDay`` all 24 hours of each working day count.
    public static func workingDays(of calendar: WorkCalendar, _ hours: DayHours) throws(Invalid) -> ServiceHours {
        var weekly: [Weekday: DayHours] = [:]
        for day in Weekday.allCases where calendar.week.contains(day) { weekly[day] = hours }
        return try ServiceHours(weekly: weekly, following: calendar, makeUp: hours)
    }

    /// The hours of a day.
    public func hours(on date: CivilDate) throws(WorkingTimeError) -> DayHours {
        try index.check(from: date, through: date)
        return index.hours(date.daysSinceEpoch)
    }
}
