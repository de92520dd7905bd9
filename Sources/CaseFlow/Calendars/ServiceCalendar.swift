import EventStore
import WorkingTime

/// The rules of a local service calendar's stream: when a window is open. It is apart from the legal calendar.
///
/// Each setting replaces those before it from a day on; the first one holds for all days. It needs no second person: no
/// limit of the law depends on it.
public enum ServiceCalendar: Decider {
    /// Hours of service as a centre sets them, in local time.
    public struct Plan: Sendable, Hashable {
        /// The hours of each weekday; a weekday without an entry is closed.
        public var weekly: [Weekday: DayHours]
        /// The code of the legal calendar on whose holidays the service is closed; nil for none.
        public var follows: String?
        /// The hours on that calendar's make-up days.
        public var makeUp: DayHours
        /// Market days (圩日).
        public var marketDays: [ServiceHours.MarketDays]
        /// Hours on top of the day's own.
        public var extraDuty: [CivilDate: DayHours]
        /// Closed, whatever else is said.
        public var closedDates: Set<CivilDate>

        /// A plan.
        public init(
            weekly: [Weekday: DayHours],
            follows: String? = nil,
            makeUp: DayHours = .closed,
            marketDays: [ServiceHours.MarketDays] = [],
            extraDuty: [CivilDate: DayHours] = [:],
            closedDates: Set<CivilDate> = []
        ) {
            self.weekly = weekly
            self.follows = follows
            self.makeUp = makeUp
            self.marketDays = marketDays
            self.extraDuty = extraDuty
            self.closedDates = closedDates
        }

        /// The hours, following a legal calendar.
        public func hours(following calendar: WorkCalendar?) throws(ServiceHours.Invalid) -> ServiceHours {
            try ServiceHours(
                weekly: weekly,
                following: calendar,
                makeUp: makeUp,
                marketDays: marketDays,
                extraDuty: extraDuty,
                closedDates: closedDates
            )
        }
    }

    /// A plan and the days on which it holds: from one on, until another begins.
    public struct Span: Sendable, Hashable {
        /// The first day; nil for all days that there are.
        public var from: CivilDate?
        /// The plan.
        public var plan: Plan

        /// A span.
        public init(from: CivilDate?, plan: Plan) { (self.from, self.plan) = (from, plan) }

        /// The spans after one more was set: it takes the place of all that begin on its first day or later.
        static func set(_ span: Span, in spans: [Span]) -> [Span] {
            guard let first = span.from, !spans.isEmpty else { return [Span(from: nil, plan: span.plan)] }
            return spans.filter { ($0.from ?? .first) < first } + [span]
        }
    }

    /// What is known of the stream.
    public struct State: Sendable, Hashable {
        /// What holds on which days, in order; empty before the first setting.
        public var spans: [Span] = []
        /// What holds last.
        public var plan: Plan? { spans.last?.plan }
        /// The stream holds a legal calendar.
        public var isLegalCalendar = false
    }

    /// An empty stream.
    public static let initial = State()

    /// What can be wanted.
    public enum Command: Sendable, Hashable {
        /// Set the hours from a day on, on all days where none is given. The first setting holds for all days.
        case set(Plan, from: CivilDate? = nil, by: Actor, at: Timestamp)
    }

    /// Why something may not be done.
    public enum Rejection: Error, Sendable, Hashable, CustomStringConvertible {
        /// The stream holds a legal calendar.
        case isLegalCalendar
        /// A service that never opens.
        case neverOpen
        /// The hours cannot be.
        case invalid(ServiceHours.Invalid)

        /// What was wrong and what is allowed now.
        public var description: String {
            switch self {
            case .isLegalCalendar: "this is a legal calendar; give the hours of service a name of their own"
            case .neverOpen: "these hours never open; give hours of weekdays, market days or extra duty"
            case .invalid(let invalid): invalid.description
            }
        }
    }

    /// What happens when a command meets the stream. Pure; `[]` when it is so already.
    public static func decide(_ command: Command, _ state: State) throws(Rejection) -> [CalendarEvent] {
        guard case .set(let plan, let first, let actor, let moment) = command else { return [] }
        if state.isLegalCalendar { throw .isLegalCalendar }
        let from = state.spans.isEmpty ? nil : first
        if let last = state.spans.last, last.plan == plan, last.from ?? .first <= from ?? .first { return [] }
        let hours = plan.weekly.values.map(\.seconds) + plan.marketDays.map(\.hours.seconds)
        guard hours.contains(where: { $0 > 0 }) || plan.extraDuty.values.contains(where: { $0.seconds > 0 }) else {
            throw .neverOpen
        }
        do throws(ServiceHours.Invalid) {
            _ = try plan.hours(following: nil)
        } catch {
            throw .invalid(error)
        }
        return [CalendarEvent(effectiveAt: moment, actor: actor, fact: .serviceHoursSet(plan, from: from))]
    }

    /// What an event does. Released meanings do not change.
    public static func evolve(_ state: inout State, _ event: CalendarEvent) {
        switch event.fact {
        case .serviceHoursSet(let plan, let from): state.spans = Span.set(Span(from: from, plan: plan), in: state.spans)
        case .published, .amended, .confirmed, .adopted: state.isLegalCalendar = true
        }
    }
}
