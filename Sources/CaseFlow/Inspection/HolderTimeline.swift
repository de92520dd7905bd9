import EventStore
import WorkingTime

/// Who has a case, from event to event, in the order in which they took effect. What holds from an event on is said by what
/// has happened until then, so that a day that is over keeps its holder; only where a result was sealed and handed out is
/// known when that is done.
struct HolderTimeline {
    /// What holds from an event on.
    struct Turn {
        /// The local day of the event.
        let day: CivilDate
        /// When it took effect and when it was recorded.
        let at, recordedAt: Timestamp
        /// Its position.
        let position: Int64
        /// Who has it, pauses apart; nil after the end.
        fileprivate(set) var holder: CaseHolder?
        /// The stage that the holder works on; nil where it lies at the window, with the citizen or with the keeper.
        let stage: String?
        /// Who stopped its time, while it stands still.
        let suspension: CaseHolder?
        /// Who has each stage that is open.
        let stages: [String: CaseHolder]
        /// Whether the case was opened again with the event.
        let isReopening: Bool
        /// Whether a result lies there to be handed out.
        fileprivate let isHandOut: Bool
    }

    /// In the order of their effect.
    private(set) var turns: [Turn] = []
    private var fold: HolderFold
    private let latePauses: Set<Int64>

    /// Of a case without events yet.
    init(pin: Case.RulePin?, latePauses: Set<Int64> = []) {
        fold = HolderFold(pin: pin)
        self.latePauses = latePauses
    }

    /// - Parameter latePauses: the positions of pauses that came too late, and stop no time.
    init(_ record: CaseRecord, latePauses: Set<Int64> = []) {
        self.init(pin: record.pin, latePauses: latePauses)
        turns.reserveCapacity(record.entries.count)
        for entry in record.byEffect { take(entry) }
    }

    /// Of a case that goes by rules: a pause that came when the statute's limit was over is nobody's excuse.
    /// Throws ``ClockProblem``, `WorkingTimeError`.
    init(_ record: CaseRecord, _ clocks: CaseClocks?) throws {
        self.init(record, latePauses: try clocks.map(record.latePauses) ?? [])
    }

    /// Whether an event takes effect after all that are there.
    func isAhead(_ entry: CaseRecord.Entry) -> Bool {
        turns.last.map { ($0.day, $0.at) <= (entry.day, entry.at.timestamp) } ?? true
    }

    /// Takes in the next event in the order of their effect.
    mutating func take(_ entry: CaseRecord.Entry, pin: Case.RulePin? = nil) {
        if let pin { fold.pin = pin }
        if case .suspended? = entry.fact, latePauses.contains(entry.position) {
            // It stops nothing.
        } else {
            fold.take(entry)
        }
        if let standing = entry.standing { note(entry, by: standing) }
        turns.append(
            Turn(
                day: entry.day,
                at: entry.at.timestamp,
                recordedAt: entry.recordedAt,
                position: entry.position,
                holder: fold.holder,
                stage: fold.stage,
                suspension: fold.suspension,
                stages: fold.stageHolders,
                isReopening: { if case .reopened = entry.event.fact { true } else { false } }(),
                isHandOut: fold.isHandOut
            )
        )
    }

    /// Where the seal lay, and where the result was handed out, shows when that is done.
    private mutating func note(_ entry: CaseRecord.Entry, by standing: Standing) {
        switch entry.fact {
        case .sealed?:
            // The keeper is one person by name (A), whoever of the post used it.
            let officer = standing.actingFor ?? standing.officer
            for index in turns.indices.reversed() {
                guard turns[index].holder?.kind == .keeper else { break }
                turns[index].holder = CaseHolder(.keeper, unit: standing.unit, officer: officer)
            }
        case .issued?, .delivered?:
            guard let holder = HolderFold.handOut(by: standing) else { return }
            for index in turns.indices.reversed() {
                guard turns[index].isHandOut else { break }
                turns[index].holder = holder
            }
        default: break
        }
    }

    /// Who looks after the case when it is over: the unit that received it.
    var afterwards: CaseHolder { fold.window(isNamed: false) }

    /// Who received it.
    var receiving: CaseHolder { fold.window(isNamed: true) }

    /// The turn that a day belongs to: who had the case when the day began, for the day of an event is day 0 of what it
    /// begins (Civil Code art. 201). Nil before the day after the first event.
    func turn(on day: CivilDate) -> Int? { last { $0 < day } }

    /// Who has the case on a day, pauses apart; nil where it is over, or was not yet there.
    func holder(on day: CivilDate) -> CaseHolder? { turn(on: day).flatMap { turns[$0].holder } }

    /// Who stopped the time of a day; nil where it was not stopped. The rules say which days of a pause do not count.
    func suspension(on day: CivilDate, _ counting: RulePack.PauseCounting) -> CaseHolder? {
        let index = counting == .civil ? turn(on: day) : last { $0 <= day }
        return index.flatMap { turns[$0].suspension }
    }

    /// The first turn since which the holder of a turn has it without a break.
    func begin(of index: Int) -> Int {
        var first = index
        while first > 0, turns[first - 1].holder == turns[index].holder { first -= 1 }
        return first
    }

    /// How often it passed from one holder to another since it came in or was last opened again. What is recorded together
    /// of one moment is one turn, and who has something of a unit's own work by name takes it over from nobody.
    var handOvers: Int {
        let first = turns.lastIndex(where: \.isReopening) ?? 0
        let life = turns[min(first, turns.count)...]
        let settled = zip(life, life.dropFirst()).filter { !$0.isTogether(with: $1) }.map(\.0) + life.suffix(1)
        return zip(settled, settled.dropFirst()).count { one, next in
            guard let one = one.holder, let next = next.holder else { return false }
            return !one.isSameHands(as: next)
        }
    }

    /// The last turn whose day the condition holds for; days only rise.
    private func last(where isBefore: (CivilDate) -> Bool) -> Int? {
        var (low, high) = (0, turns.count)
        while low < high {
            let middle = (low + high) / 2
            if isBefore(turns[middle].day) { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? nil : low - 1
    }
}

extension HolderTimeline.Turn {
    /// Events of one command are recorded one after the other, each a microsecond after the one before.
    fileprivate func isTogether(with next: Self) -> Bool {
        at == next.at && abs(next.recordedAt.microseconds - recordedAt.microseconds) < 1_000
    }
}

extension CaseHolder {
    /// Whether it lies in the same hands: of the same unit, and of no other officer as far as the record says.
    fileprivate func isSameHands(as other: CaseHolder) -> Bool {
        kind == other.kind && unit == other.unit && (officer == other.officer || officer == nil || other.officer == nil)
    }
}
