import EventStore
import WorkingTime

/// What a case came to, as the comparisons of `caseflowd compliance` and `caseflowd process` count it. It says what stands in
/// the case's record and depends on no day asked about: what is open has no part yet in what is counted of decisions.
public struct CaseOutcome: Sendable, Hashable {
    /// The unit that received it; '' where the record does not say.
    public var place = ""
    /// The unit that decided it, also the county; of one that is not decided the unit of the stage that was begun last. '' where
    /// there is none.
    public var department = ""
    /// Who decided it; '' while nobody has, and where another body did, whoever typed that in.
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
    /// Whether it was decided within the centre's promise; nil where there is none, or it is not decided. A decision on a
    /// case that was opened again is measured by no limit: the law counts from the acceptance to the decision (Licensing Law
    /// art. 42), and that run was over with the first one.
    public var isInPromise: Bool?
    /// Whether it was decided within the statute's limit; likewise.
    public var isInStatute: Bool?
    /// The days from acceptance to decision that its promise counted, or its statute's limit where it has no promise:
    /// those behind the due date included, pauses left out. 0 for an item settled on the spot. Nil where it is not decided.
    public var days: Int?
    /// The days that pauses kept out of ``days``, in the same unit; 0 where these are nil.
    public var paused = 0
    /// How often the citizen came.
    public var visits = 0
    /// What the citizen said last.
    public var rating: Case.Rating?
    /// What officers did on it until it was handed out: the acts in its record, without those that follow by themselves, since
    /// it came in or was last opened again.
    public var steps = 0
    /// How often it passed from one holder to another, since it came in or was last opened again.
    public var handOvers = 0
    /// The cards that stand, by their clocks: how far each has come.
    public var cards: [Card] = []

    /// A card of the case.
    public struct Card: Sendable, Hashable {
        /// The highest rung.
        public var rung: String
        /// The local day on which that was due.
        public var on: CivilDate
        /// With whom the case lay when it was raised, as the card says; '' where it does not.
        public var unit = ""
        /// Likewise.
        public var officer = ""
    }

    /// A case that has come in.
    public init(receivedOn day: CivilDate) { receivedOn = day }
}

extension CaseOutcome {
    /// What a case has come to. Nil where it was never received. Pure.
    /// - Parameters:
    ///   - clocks: how its clocks are read.
    ///   - knownAt: the calendar of what goes on is that of then.
    /// - Throws: ``ClockProblem``; `WorkingTimeError`.
    init?(_ record: CaseRecord, _ timeline: HolderTimeline, _ clocks: CaseClocks, knownAt: Timestamp) throws {
        guard let receipt = record.receipt else { return nil }
        self.init(receivedOn: receipt.day)
        if let intake = record.intake { (place, channel) = (intake.place.rawValue, intake.channel.rawValue) }
        if let pin = record.pin { (item, version) = (pin.item ?? "", pin.itemVersion ?? 0) }
        var seats: [Case.StageSeat] = []
        var visited: Set<VisitID> = record.intake?.visit.map { [$0] } ?? []
        var isOut = false
        for entry in record.entries {
            switch entry.event.fact {
            case .reopened:
                (decidedOn, officer, isGranted, rating, isOut) = (nil, "", false, nil, false)
                (department, steps) = ("", 0)
            case .procedure(let fact, _):
                take(fact, entry, &seats, &visited)
                if !isOut, entry.standing != nil, fact.isAct { steps += 1 }
                if case .delivered = fact { isOut = true }
            case .received, .stepRecorded, .deadlineSet, .closed, .card: break
            }
        }
        visits = visited.count
        cards = record.standingCards
        handOvers = timeline.handOvers
        if decidedOn != nil { try measure(record, clocks, knownAt) }
    }

    private mutating func take(
        _ fact: Case.ProcedureFact,
        _ entry: CaseRecord.Entry,
        _ seats: inout [Case.StageSeat],
        _ visited: inout Set<VisitID>
    ) {
        switch fact {
        case .stageBegun(_, _, let seat):
            guard let seat else { return }
            seats.append(seat)
            department = seat.unit.rawValue
        case .decided(let isGranted, _, _):
            (decidedOn, self.isGranted) = (entry.day, isGranted)
            if seats.contains(where: { $0.kind == .decision }) {
                officer = entry.standing?.officer.rawValue ?? ""
                department = entry.standing?.unit.rawValue ?? department
            } else if let body = seats.last(where: { $0.kind == .forwarding }) {
                // Who typed in what another body decided has not decided.
                department = body.unit.rawValue
            }
        case .visited(let visit): visited.insert(visit)
        case .rated(let rating, _): self.rating = rating
        default: break
        }
    }

    /// How the decision stands to the limits: by the runs that it stopped, as they stood then.
    private mutating func measure(_ record: CaseRecord, _ clocks: CaseClocks, _ knownAt: Timestamp) throws {
        let decision = record.entries.last { if case .decided? = $0.fact { true } else { false } }
        guard let decision, let last = record.entries.map(\.day).max() else { return }
        let readings = try clocks.readings(of: record.ledger, asOf: last, knownAt: knownAt, explained: false)
        func stopped(_ limit: RulePack.ItemLimit) -> ClockReading? {
            readings.last { reading in
                guard reading.rule.itemLimit == limit, case .stopped = reading.phase else { return false }
                return record.run(of: reading)?.stop?.position == decision.position
            }
        }
        let (promise, statute) = (stopped(.promise), stopped(.statute))
        isInPromise = promise.map { !$0.isLate }
        isInStatute = statute.map { !$0.isLate }
        guard let measured = promise ?? statute, case .stopped(let end) = measured.phase else { return }
        // An item settled on the spot counts minutes, not days.
        days = measured.limit.unit == .serviceMinutes ? 0 : measured.usage.used + measured.usage.overdue
        paused = try measured.pausedDays(clocks.rules, through: end.date)
    }
}

extension Case.ProcedureFact {
    /// Whether it is an act of the centre's on the case: not what follows from another fact by itself, and not what the
    /// citizen does, hands in or says.
    var isAct: Bool {
        switch self {
        case .rulesPinned, .stageBegun, .stageEnded, .reviewAccepted, .reviewForwarded, .visited, .rated, .complained,
            .hearingAsked, .hearingWaived, .supplementReceived, .materialFollowed, .withdrawn:
            false
        default: true
        }
    }
}
