import EventStore
import WorkingTime

/// With whom a case lay when a rung of it was due.
struct PastHolder: Sendable, Hashable {
    var place: CardDraft.Place
    /// The stage, where it lay in one.
    var stage: String?
    /// Since when it lay there: the moment of the event by which it came to them, as an assignment.
    var since: Timestamp
    /// Why it had come to a card.
    var cause: Case.CardCause.Kind
}

/// Who had a case when, read from its events: for a rung that is raised when more has been recorded since it was due. A day
/// belongs to who had the case when it began, as for the days of holders (decision 23).
struct PastHolders: Sendable {
    private let record: CaseRecord
    /// In the order of their effect, one for each turn of the timeline.
    private let entries: [CaseRecord.Entry]
    private let timeline: HolderTimeline

    /// Reads a case up to a version. Errors: ``UnreadableEvent``, those of reading a log.
    init(_ stream: StreamName, in log: EventLog, to version: Int64) async throws {
        var record = CaseRecord()
        for try await recorded in log.readStream(stream) where recorded.version <= version { try record.take(recorded) }
        self.init(record)
    }

    init(_ record: CaseRecord) {
        self.record = record
        entries = record.byEffect
        timeline = HolderTimeline(record)
    }

    private typealias Hold = (holder: CaseHolder, stage: String?)

    /// Who had what a clock watches when a rung was due; nil where the record does not say, as of a case that is not of the
    /// catalogue.
    /// - Parameter at: when the rung was due, local.
    func holder(of draft: CardDraft, _ clock: RulePack.Clock, at: ZonedTime) -> PastHolder? {
        guard let intake = record.intake, let index = turn(draft, at) else { return nil }
        let (holder, stage) = hold(draft, clock, index)
        // Who waits for the citizen is the window.
        let hands = holder.kind == .citizen ? timeline.afterwards : holder
        guard let unit = hands.unit ?? (hands.kind == .window ? intake.place : nil) else { return nil }
        var role = Self.role(of: hands.kind)
        if let stage, let seat = self.seat(of: stage, before: index), seat.unit == unit { role = seat.role }
        guard let role else { return nil }
        let isStopped = timeline.turns[index].suspension != nil && clock.isSuspendable
        return PastHolder(
            place: CardDraft.Place(unit: unit, role: role, officer: hands.actingFor ?? hands.officer),
            stage: stage,
            since: entries[begin(of: holder, stage, draft, clock, index)].at.timestamp,
            cause: isStopped ? .suspension : Self.cause(holder.kind)
        )
    }

    /// The turn in which a rung was due: of limits in days that in which its day began. A clock that began on that very day,
    /// and one in minutes of service, have it at the moment.
    private func turn(_ draft: CardDraft, _ at: ZonedTime) -> Int? {
        if draft.limit.unit != .serviceMinutes, draft.startedOn < at.localDate,
            let index = timeline.turn(on: at.localDate)
        {
            return index
        }
        return entries.lastIndex { $0.at.timestamp <= at.timestamp }
    }

    private func hold(_ draft: CardDraft, _ clock: RulePack.Clock, _ index: Int) -> Hold {
        let turn = timeline.turns[index]
        if clock.start == .materialDeferred { return (CaseHolder(.citizen), nil) }
        if let stage = draft.stage, let holder = turn.stages[stage] { return (holder, stage) }
        guard let holder = turn.holder else { return (timeline.afterwards, nil) }
        return (holder, turn.stages.filter { $0.value == holder }.keys.min())
    }

    /// The first turn from which on the same has held it.
    private func begin(
        of holder: CaseHolder,
        _ stage: String?,
        _ draft: CardDraft,
        _ clock: RulePack.Clock,
        _ index: Int
    ) -> Int {
        var first = index
        while first > 0, hold(draft, clock, first - 1) == (holder, stage) {
            if case .stageBegun(let name, _, _)? = entries[first].fact, name == stage { break }
            first -= 1
        }
        return first
    }

    private func seat(of stage: String, before index: Int) -> Case.StageSeat? {
        for entry in entries[...index].reversed() {
            if case .stageBegun(let name, _, let seat)? = entry.fact, name == stage { return seat }
        }
        return nil
    }

    private static func role(of kind: CaseHolder.Kind) -> OfficerRole? {
        switch kind {
        case .window: .window
        case .village: .agent
        case .reviewer: .reviewer
        case .approver, .county: .approver
        case .keeper: .sealKeeper
        case .citizen, .suspended, .unknown: nil
        }
    }

    private static func cause(_ kind: CaseHolder.Kind) -> Case.CardCause.Kind {
        switch kind {
        case .citizen: .applicant
        case .county: .county
        case .suspended: .suspension
        case .unknown: .unknown
        case .window, .reviewer, .approver, .village, .keeper: .work
        }
    }
}
