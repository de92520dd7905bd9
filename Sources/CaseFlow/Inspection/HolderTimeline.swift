import EventStore
import WorkingTime

/// Who has a case, from event to event, in the order in which they took effect.
struct HolderTimeline {
    /// What holds from an event on.
    struct Turn {
        /// The local day of the event.
        let day: CivilDate
        /// Its position.
        let position: Int64
        /// Who has it, pauses apart; nil after the end.
        let holder: CaseHolder?
        /// Who stopped its time, while it stands still.
        let suspension: CaseHolder?
        /// Who has each stage that is open.
        let stages: [String: CaseHolder]
    }

    /// In the order of their effect.
    let turns: [Turn]
    /// Who looks after the case when it is over.
    let afterwards: CaseHolder

    init(_ record: CaseRecord) {
        let entries = record.byEffect
        var fold = HolderFold(entries, pin: record.pin)
        var turns: [Turn] = []
        turns.reserveCapacity(entries.count)
        for index in entries.indices {
            fold.take(entries[index])
            turns.append(
                Turn(
                    day: entries[index].day,
                    position: entries[index].position,
                    holder: fold.holder(after: index),
                    suspension: fold.suspension,
                    stages: fold.stageHolders(after: index)
                )
            )
        }
        self.turns = turns
        afterwards = fold.window(nil)
    }

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

/// How far a case has come, as far as it says who has it.
struct HolderFold {
    /// A stage that is open.
    private struct Open {
        let name: String
        let seat: Case.StageSeat?
        var assigned: [OfficerID] = []
        var signed: Set<OfficerID> = []
        var isSent = false

        /// Nothing can be done in it before all material is there: it is decided on, or sent up.
        var waitsForMaterial: Bool { seat?.kind == .decision || seat?.kind == .forwarding && !isSent }
    }

    private let entries: [CaseRecord.Entry]
    private let pin: Case.RulePin?
    private var intake: Case.Intake?
    private var receiver: Standing?
    private var isAccepted = false
    private var isNoticed = false
    private var isReviewed = false
    private var isDecided = false
    private var isGranted = false
    private var isSealed = false
    private var isOver = false
    /// In the order in which they began.
    private var open: [Open] = []
    /// Where the work was done last.
    private var lastSeat: Case.StageSeat?
    private var deferred: Set<String> = []
    private(set) var suspension: CaseHolder?

    init(_ entries: [CaseRecord.Entry], pin: Case.RulePin?) { (self.entries, self.pin) = (entries, pin) }

    /// What an event changes.
    mutating func take(_ entry: CaseRecord.Entry) {
        switch entry.event.fact {
        case .received(_, _, _, let intake): (self.intake, receiver) = (intake, entry.standing)
        case .closed: isOver = true
        case .reopened:
            (isOver, isDecided, isGranted, isSealed) = (false, false, false, false)
            suspension = nil
        case .procedure(let fact, _): take(fact, entry.standing)
        case .stepRecorded, .deadlineSet, .card: break
        }
    }

    private mutating func take(_ fact: Case.ProcedureFact, _ standing: Standing?) {
        switch fact {
        case .supplementNoticed: isNoticed = true
        case .supplementReceived(_, let isComplete): if isComplete { isNoticed = false }
        case .accepted: (isAccepted, isNoticed) = (true, false)
        case .reviewAccepted: isReviewed = true
        case .acceptanceRefused, .withdrawn, .terminated, .fileReturned, .delivered: isOver = true
        case .suspended: suspension = CaseHolder(.suspended, standing)
        case .resumed: suspension = nil
        case .decided(let isGranted, _, _): (isDecided, self.isGranted, suspension) = (true, isGranted, nil)
        case .sealed: isSealed = true
        case .materialDeferred(let name, _): deferred.insert(name)
        case .materialFollowed(let name): deferred.remove(name)
        case .stageBegun(let name, _, let seat):
            open.removeAll { $0.name == name }
            open.append(Open(name: name, seat: seat))
        case .stageEnded(let name):
            lastSeat = open.first { $0.name == name }?.seat ?? lastSeat
            open.removeAll { $0.name == name }
        case .assigned(let name, let officer): change(name) { $0.assigned.append(officer) }
        case .handedOver(let name, let from, let to, _):
            change(name) {
                $0.assigned.removeAll { $0 == from }
                $0.assigned.append(to)
            }
        case .stageSigned(let name, _, _):
            let hands = [standing?.officer, standing?.actingFor].compactMap { $0 }
            change(name) { $0.signed.formUnion(hands) }
        case .forwarded(let name, _, _): change(name) { $0.isSent = true }
        default: break
        }
    }

    private mutating func change(_ name: String, _ body: (inout Open) -> Void) {
        guard let index = open.firstIndex(where: { $0.name == name }) else { return }
        body(&open[index])
    }

    // MARK: Who has it

    /// Who has the case after an event; nil where it is over.
    func holder(after index: Int) -> CaseHolder? {
        if isOver { return nil }
        if !isAccepted {
            if isNoticed { return CaseHolder(.citizen) }
            if isReviewed || !open.isEmpty { return working(after: index) }
            return window(ahead(of: index, \.isAnswerToReceipt))
        }
        if isDecided {
            if isGranted, pin?.seal != nil, !isSealed {
                let use = ahead(of: index) { if case .sealed = $0 { true } else { false } }
                return CaseHolder(
                    .keeper,
                    unit: use?.unit ?? intake?.place,
                    officer: use?.officer,
                    actingFor: use?.actingFor
                )
            }
            return window(ahead(of: index, \.isHandOut))
        }
        return working(after: index)
    }

    /// Behind the window. Of several stages the one that was begun first, and is still open; of those begun together the
    /// one that stands first in the procedure.
    private func working(after index: Int) -> CaseHolder {
        if !deferred.isEmpty, open.allSatisfy(\.waitsForMaterial) { return CaseHolder(.citizen) }
        guard let first = open.first else { return intake == nil ? CaseHolder(.unknown) : window(nil) }
        return holder(of: first, after: index)
    }

    /// Who has each open stage.
    func stageHolders(after index: Int) -> [String: CaseHolder] {
        open.isEmpty
            ? [:]
            : Dictionary(open.map { ($0.name, holder(of: $0, after: index)) }) { first, _ in first }
    }

    private func holder(of stage: Open, after index: Int) -> CaseHolder {
        guard let seat = stage.seat else { return CaseHolder(.unknown) }
        let next = ahead(of: index, on: stage)
        if seat.kind == .forwarding {
            if stage.isSent {
                // Who types the county's answer in here is not the county.
                let own = next.flatMap { $0.unit == seat.unit ? $0 : nil }
                return CaseHolder(.county, unit: seat.unit, officer: own?.officer, actingFor: own?.actingFor)
            }
            guard let lastSeat else { return window(next) }
            return CaseHolder(
                Self.kind(of: lastSeat),
                unit: lastSeat.unit,
                officer: next?.officer,
                actingFor: next?.actingFor
            )
        }
        var holder = CaseHolder(Self.kind(of: seat), unit: seat.unit)
        let assigned = stage.assigned.first { !stage.signed.contains($0) }
        if let assigned, next.map({ $0.officer != assigned && $0.actingFor != assigned }) ?? true {
            holder.officer = assigned
        } else {
            (holder.officer, holder.actingFor) = (next?.officer, next?.actingFor)
        }
        return holder
    }

    /// The window, or the village's station, that received it.
    func window(_ standing: Standing?) -> CaseHolder {
        guard let intake else { return CaseHolder(pin == nil ? .unknown : .window, standing) }
        let isOfWindow = standing.map { [.window, .agent, .reviewer].contains($0.role) } ?? false
        let hands = isOfWindow ? standing : receiver
        return CaseHolder(
            hands?.role == .agent ? .village : .window,
            unit: isOfWindow ? standing?.unit : intake.place,
            officer: hands?.officer,
            actingFor: hands?.actingFor
        )
    }

    private static func kind(of seat: Case.StageSeat) -> CaseHolder.Kind {
        if seat.kind == .villageCertificate || seat.role == .agent { return .village }
        return seat.kind == .decision || seat.role == .approver ? .approver : .reviewer
    }

    // MARK: What comes

    /// By whose hands the next fact of a kind comes, before the case ends or is opened again.
    private func ahead(of index: Int, _ isWanted: (Case.ProcedureFact) -> Bool) -> Standing? {
        for entry in entries[(index + 1)...] {
            guard let fact = entry.fact else { return nil }
            if isWanted(fact) { return fact.isDeemedAcceptance ? nil : entry.standing }
        }
        return nil
    }

    /// By whose hands the next act on a stage comes, while it is open.
    private func ahead(of index: Int, on stage: Open) -> Standing? {
        for entry in entries[(index + 1)...] {
            guard let fact = entry.fact else { return nil }
            switch fact {
            case .stageSigned(let name, _, _), .returned(let name, _, _, _), .forwarded(let name, _, _),
                .answered(let name, _, _, _, _):
                if name == stage.name { return entry.standing }
            case .decided: return stage.seat?.kind == .decision ? entry.standing : nil
            case .stageEnded(let name): if name == stage.name { return nil }
            default: break
            }
        }
        return nil
    }
}

extension Case.ProcedureFact {
    /// What ends the window's first turn.
    fileprivate var isAnswerToReceipt: Bool {
        switch self {
        case .accepted, .supplementNoticed, .acceptanceRefused: true
        default: false
        }
    }

    /// What the window does with the result.
    fileprivate var isHandOut: Bool {
        switch self {
        case .issued, .delivered: true
        default: false
        }
    }

    /// An acceptance that nobody declared.
    var isDeemedAcceptance: Bool { if case .accepted(isDeemed: true) = self { true } else { false } }
}
