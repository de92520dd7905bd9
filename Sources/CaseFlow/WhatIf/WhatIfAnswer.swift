import WorkingTime

/// What a replay of past cases came to. Its size depends on the units, items and clocks that there are, not on the cases.
public struct WhatIfAnswer: Sendable, Encodable {
    /// By what cases are put together.
    public enum Grouping: String, Sendable, CaseIterable {
        /// The unit that received them.
        case unit
        /// The service item.
        case item
    }

    /// A case that could not be judged.
    public struct Problem: Sendable, Encodable, Hashable {
        /// Its number, or its stream where that cannot be read.
        public let `case`: String
        /// Why; without personal data.
        public let reason: String
    }

    /// So many problems are named; all are counted.
    public static let namedProblems = 20

    /// Cases received in the period: `judged`, `withoutRules`, `withoutClocks` and `notJudged` add up to it.
    public internal(set) var cases = 0
    /// All that were judged.
    public internal(set) var total = WhatIfCount()
    /// By group; the group '' is of cases that do not say.
    public internal(set) var groups: [String: WhatIfCount] = [:]
    /// Each clock by its name: a case may have several, and one that is late hides the others in the case's light.
    public internal(set) var clocks: [String: WhatIfCount] = [:]
    /// Of the judged, those of which a clock still runs on the day asked about.
    public internal(set) var running = 0
    /// Of the judged, those that the applicant has taken back.
    public internal(set) var withdrawn = 0
    /// Cases of another system: they go by no rules of ours, so nothing of them can be different.
    public internal(set) var withoutRules = 0
    /// No clock that is asked about has started by the day asked about.
    public internal(set) var withoutClocks = 0
    /// They could not be judged.
    public internal(set) var notJudged = 0
    /// The first of these.
    public internal(set) var problems: [Problem] = []
    /// Judged cases by the unit that received them, where no market days of their towns are known.
    public internal(set) var withoutMarketDays: [String: Int] = [:]
    /// The items of judged cases that a promise was changed for, with their number.
    public internal(set) var promised: [String: Int] = [:]
    /// The first and the last day on which any case of the log was received, whatever the period; nil where none was.
    public internal(set) var firstReceipt: CivilDate?, lastReceipt: CivilDate?

    /// Nothing yet.
    public init() {}

    private enum CodingKeys: CodingKey {
        case cases, total, groups, clocks, running, withdrawn, withoutRules, withoutClocks, notJudged, problems
        case withoutMarketDays
    }

    mutating func fail(_ name: String, _ reason: String) {
        notJudged += 1
        if problems.count < Self.namedProblems { problems.append(Problem(case: name, reason: reason)) }
    }

    mutating func add(_ verdict: WhatIfVerdict, of past: PastCase, by grouping: Grouping, isPromised: Bool) {
        guard let was = verdict.was, let wouldBe = verdict.wouldBe else {
            withoutClocks += 1
            return
        }
        total.add(was: was, wouldBe: wouldBe)
        groups[grouping == .unit ? past.unit : past.item, default: WhatIfCount()].add(was: was, wouldBe: wouldBe)
        for clock in verdict.clocks {
            clocks[clock.name?.rawValue ?? "", default: WhatIfCount()]
                .add(was: clock.was?.light ?? .green, wouldBe: clock.wouldBe?.light ?? .green)
        }
        if verdict.isRunning { running += 1 }
        if past.isWithdrawn { withdrawn += 1 }
        if verdict.hasMarketDays == false { withoutMarketDays[past.unit, default: 0] += 1 }
        if isPromised { promised[past.item, default: 0] += 1 }
    }
}

/// A clock of a case that would show another light. Dates are local, ISO 8601.
public struct WhatIfRow: Sendable, Encodable {
    /// The case's number.
    public let `case`: String
    /// Its stream.
    public let stream: String
    /// The unit that received it, and the service item; '' where the case does not say.
    public let unit, item: String
    /// The clock, the stage that it watches, and which start of it it is.
    public let clock: String
    /// Nil for a clock of the whole case.
    public let stage: String?
    /// From 1.
    public let ordinal: Int
    /// The lights; nil on a side on which there is no such clock.
    public let was, wouldBe: String?
    /// The last day or moment in time; nil where there is none, or while it stands still.
    public let dueWas, dueWouldBe: String?
    /// When the clock stopped; nil while it runs on the day asked about.
    public let stoppedOn: String?
    /// The worst light of the whole case, before and after: it need not change with the clock's.
    public let caseWas, caseWouldBe: String
    /// What is different about the clock.
    public let reason: String

    init(_ clock: WhatIfVerdict.Clock, of past: PastCase, _ verdict: WhatIfVerdict, _ language: Language) {
        (`case`, stream, unit, item) = (past.number, past.stream, past.unit, past.item)
        (self.clock, stage, ordinal) = (clock.name?.rawValue ?? "", clock.stage, clock.ordinal)
        (was, wouldBe) = (clock.was?.light.rawValue, clock.wouldBe?.light.rawValue)
        (dueWas, dueWouldBe) = (clock.was?.due?.description, clock.wouldBe?.due?.description)
        stoppedOn =
            switch (clock.was ?? clock.wouldBe)?.phase {
            case .stopped(let point): point.description
            case .lapsed(let day): day.description
            case .running, .suspended, nil: nil
            }
        caseWas = (verdict.was ?? .green).rawValue
        caseWouldBe = (verdict.wouldBe ?? .green).rawValue
        reason = verdict.reason(of: clock)[language]
    }

    /// The columns of the list as a table.
    public static let columns = [
        "case", "unit", "item", "clock", "stage", "ordinal", "was", "would_be", "due_was", "due_would_be", "stopped_on",
        "case_was", "case_would_be", "reason", "stream",
    ]

    /// The fields, in the order of the columns; empty where there is nothing.
    public var fields: [String] {
        [
            `case`, unit, item, clock, stage ?? "", "\(ordinal)", was ?? "", wouldBe ?? "", dueWas ?? "",
            dueWouldBe ?? "", stoppedOn ?? "", caseWas, caseWouldBe, reason, stream,
        ]
    }
}
