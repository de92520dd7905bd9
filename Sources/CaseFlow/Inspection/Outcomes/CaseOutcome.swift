import EventStore
import WorkingTime

/// What a case came to, as the comparisons of `caseflowd compliance` and `caseflowd process` count it. It says what stands in
/// the case's record and depends on no day asked about: what is open has no part yet in what is counted of decisions.
public struct CaseOutcome: Sendable, Hashable {
    /// The unit that received it; '' where the record does not say.
    public var place = ""
    /// The unit that decided it, or with which its decision lies; '' where there is none.
    public var department = ""
    /// Who decided it; '' while nobody has.
    public var officer = ""
    /// The service item's code and the version that the case is pinned to; '' and 0 for a case that is not of the catalogue.
    public var item = ""
    /// From 1; 0 for none.
    public var version = 0
    /// How it came in, by its name in the record; '' where that does not say.
    public var channel = ""
    /// The local day of its receipt.
    public var receivedOn: CivilDate
    /// The local day of its last decision; nil where it is not decided.
    public var decidedOn: CivilDate?
    /// Whether the decision was a grant.
    public var isGranted = false
    /// Whether it was decided within the centre's promise; nil where there is none, or it is not decided.
    public var isInPromise: Bool?
    /// Whether it was decided within the statute's limit; likewise.
    public var isInStatute: Bool?
    /// The days from acceptance to decision that its promise counted, or its statute's limit where it has no promise:
    /// those behind the due date included, pauses left out. 0 for an item settled on the spot. Nil where it is not decided.
    public var days: Int?
    /// Working days on which it stood still.
    public var paused = 0
    /// How often the citizen came.
    public var visits = 0
    /// What the citizen said last.
    public var rating: Case.Rating?
    /// What officers did on it until it was handed out: the acts in its record, without those that follow by themselves.
    public var steps = 0
    /// How often it passed from one holder to another.
    public var handOvers = 0
    /// The cards that stand, by their clocks: how far each has come.
    public var cards: [Card] = []

    /// A card of the case.
    public struct Card: Sendable, Hashable {
        /// The highest rung.
        public var rung: String
        /// The local day on which that was due.
        public var on: CivilDate
    }

    /// A case that has come in.
    public init(receivedOn day: CivilDate) { receivedOn = day }
}

extension CaseOutcome {
    /// What a case has come to. Nil where it was never received. Pure.
    /// - Parameters:
    ///   - paused: the working days on which it stood still.
    ///   - clocks: how its clocks are read.
    ///   - knownAt: the calendar of what goes on is that of then.
    /// - Throws: ``ClockProblem``.
    init?(_ record: CaseRecord, _ timeline: HolderTimeline, paused: Int, _ clocks: CaseClocks, knownAt: Timestamp)
        throws
    {
        guard let receipt = record.receipt else { return nil }
        self.init(receivedOn: receipt.day)
        self.paused = paused
        if let intake = record.intake { (place, channel) = (intake.place.rawValue, intake.channel.rawValue) }
        if let pin = record.pin { (item, version) = (pin.item ?? "", pin.itemVersion ?? 0) }
        var visited: Set<VisitID> = record.intake?.visit.map { [$0] } ?? []
        var isOut = false
        for entry in record.entries {
            switch entry.event.fact {
            case .reopened: (decidedOn, officer, isGranted, rating, isOut) = (nil, "", false, nil, false)
            case .procedure(let fact, _):
                take(fact, entry, &visited)
                if !isOut, entry.standing != nil, fact.isAct { steps += 1 }
                if case .delivered = fact { isOut = true }
            case .received, .stepRecorded, .deadlineSet, .closed, .card: break
            }
        }
        visits = visited.count
        cards = record.standingCards
        let holders = timeline.turns.map(\.holder)
        handOvers = zip(holders, holders.dropFirst()).count { $0 != nil && $1 != nil && $0 != $1 }
        if let decidedOn { try measure(record, clocks, decidedOn, knownAt) }
    }

    private mutating func take(_ fact: Case.ProcedureFact, _ entry: CaseRecord.Entry, _ visited: inout Set<VisitID>) {
        switch fact {
        case .stageBegun(_, _, let seat):
            if let seat, seat.kind == .decision || department.isEmpty { department = seat.unit.rawValue }
        case .decided(let isGranted, _, _):
            (decidedOn, self.isGranted) = (entry.day, isGranted)
            officer = entry.standing?.officer.rawValue ?? ""
            department = entry.standing?.unit.rawValue ?? department
        case .visited(let visit): visited.insert(visit)
        case .rated(let rating, _): self.rating = rating
        default: break
        }
    }

    /// How the decision stands to the limits: by the last run of each clock, as it stood at the decision.
    private mutating func measure(
        _ record: CaseRecord,
        _ clocks: CaseClocks,
        _ decidedOn: CivilDate,
        _ knownAt: Timestamp
    ) throws {
        let last = record.entries.map(\.day).max() ?? decidedOn
        let readings = try clocks.readings(of: record.ledger, asOf: last, knownAt: knownAt, explained: false)
        func stopped(_ limit: RulePack.ItemLimit) -> ClockReading? {
            let reading = readings.last { $0.rule.itemLimit == limit }
            guard case .stopped? = reading?.phase else { return nil }
            return reading
        }
        let (promise, statute) = (stopped(.promise), stopped(.statute))
        isInPromise = promise.map { !$0.isLate }
        isInStatute = statute.map { !$0.isLate }
        // An item settled on the spot counts minutes, not days.
        days = (promise ?? statute).map {
            $0.limit.unit == .serviceMinutes ? 0 : $0.usage.used + $0.usage.overdue
        }
    }
}

extension Case.ProcedureFact {
    /// Whether it is an act of the centre's on the case: not what follows from another fact by itself, and not what the
    /// citizen does or says.
    var isAct: Bool {
        switch self {
        case .rulesPinned, .stageBegun, .stageEnded, .reviewAccepted, .reviewForwarded, .visited, .rated, .complained,
            .hearingAsked, .withdrawn:
            false
        default: true
        }
    }
}
