import EventStore
import WorkingTime

/// How far a case has come, as far as it says who has it.
struct HolderFold {
    /// A stage that is open.
    private struct Open {
        let name: String
        let seat: Case.StageSeat?
        var assigned: [OfficerID] = []
        var signed: Set<OfficerID> = []
        var isSent = false
        /// How many have signed, and who had it before the last one did.
        var signatures = 0
        var signer: OfficerID?
        /// Whether one of them did not agree.
        var hasObjection = false

        /// Who is to act next; nil for whoever stands there.
        var next: OfficerID? { assigned.first { !signed.contains($0) } }

        /// Who has it; once all have signed, who had it last.
        var officer: OfficerID? {
            let isDone = hasObjection || signatures >= seat?.kind.officers ?? 1
            return isDone && signatures > 0 ? signer : next
        }

        /// Nothing can be done in it before all material is there: it is decided on, or sent up.
        var waitsForMaterial: Bool { seat?.kind == .decision || seat?.kind == .forwarding && !isSent }
    }

    /// The rules that the case goes by.
    var pin: Case.RulePin?
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
    /// Who worked on it last.
    private var last: CaseHolder?
    private var deferred: Set<String> = []
    /// Who has begun to hand the result out.
    private var handing: CaseHolder?
    private(set) var suspension: CaseHolder?

    init(pin: Case.RulePin?) { self.pin = pin }

    /// What an event changes.
    mutating func take(_ entry: CaseRecord.Entry) {
        switch entry.event.fact {
        case .received(_, _, _, let intake): (self.intake, receiver) = (intake, entry.standing)
        case .closed: isOver = true
        case .reopened:
            (isOver, isDecided, isGranted, isSealed) = (false, false, false, false)
            (suspension, handing) = (nil, nil)
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
        case .issued: handing = standing.flatMap(Self.handOut)
        case .materialDeferred(let name, _): deferred.insert(name)
        case .materialFollowed(let name): deferred.remove(name)
        case .stageBegun(let name, _, let seat):
            open.removeAll { $0.name == name }
            open.append(Open(name: name, seat: seat))
        case .stageEnded(let name):
            if let ended = open.first(where: { $0.name == name }) { last = worker(on: ended) }
            open.removeAll { $0.name == name }
        case .assigned(let name, let officer): change(name) { $0.assigned.append(officer) }
        case .handedOver(let name, let from, let to, _):
            change(name) {
                $0.assigned.removeAll { $0 == from }
                $0.assigned.append(to)
            }
        case .stageSigned(let name, let finding, _):
            let hands = [standing?.officer, standing?.actingFor].compactMap { $0 }
            change(name) {
                $0.signer = $0.next
                $0.signatures += 1
                $0.hasObjection = $0.hasObjection || finding == .objection
                $0.signed.formUnion(hands)
            }
        case .forwarded(let name, _, _): change(name) { $0.isSent = true }
        default: break
        }
    }

    private mutating func change(_ name: String, _ body: (inout Open) -> Void) {
        guard let index = open.firstIndex(where: { $0.name == name }) else { return }
        body(&open[index])
    }

    // MARK: Who has it

    /// Who has the case; nil where it is over.
    var holder: CaseHolder? {
        if isOver { return nil }
        if isDecided {
            return isHandOut ? handing ?? window(isNamed: false) : CaseHolder(.keeper, unit: intake?.place)
        }
        if isWorked { return isWaiting ? CaseHolder(.citizen) : working }
        return isNoticed ? CaseHolder(.citizen) : window(isNamed: true)
    }

    /// The stage on which the holder works.
    var stage: String? { !isOver && !isDecided && isWorked && !isWaiting ? open.first?.name : nil }

    /// Whether a result lies there to be handed out.
    var isHandOut: Bool { !isOver && isDecided && !(isGranted && pin?.seal != nil && !isSealed) }

    /// Whether it has gone behind the window.
    private var isWorked: Bool { isAccepted || !isNoticed && (isReviewed || !open.isEmpty) }

    /// Whether nothing but material that may follow is outstanding.
    private var isWaiting: Bool { !deferred.isEmpty && open.allSatisfy(\.waitsForMaterial) }

    /// Behind the window. Of several stages the one that was begun first, and is still open; of those begun together the
    /// one that stands first in the procedure. From the end of one to the beginning of the next, who had the last one.
    private var working: CaseHolder {
        if let first = open.first { return worker(on: first) }
        return last ?? (intake == nil ? CaseHolder(.unknown) : window(isNamed: true))
    }

    /// Who has each open stage: the citizen one in which nothing can be done before the material has come.
    var stageHolders: [String: CaseHolder] {
        if open.isEmpty { return [:] }
        let pairs = open.map { stage in
            (stage.name, !deferred.isEmpty && stage.waitsForMaterial ? CaseHolder(.citizen) : worker(on: stage))
        }
        return Dictionary(pairs) { first, _ in first }
    }

    /// Whose work a stage is: the officer's to whom it is assigned until that one, or the B of that post, has signed; else
    /// that of the unit, whoever acts on it in the end.
    private func worker(on stage: Open) -> CaseHolder {
        guard let seat = stage.seat else { return CaseHolder(.unknown) }
        if seat.kind == .forwarding {
            if stage.isSent { return CaseHolder(.county, unit: seat.unit) }
            // Until the papers go up they lie where they were worked on last.
            guard let last else { return window(isNamed: false) }
            return CaseHolder(last.kind, unit: last.unit, officer: stage.officer)
        }
        return CaseHolder(Self.kind(of: seat), unit: seat.unit, officer: stage.officer)
    }

    /// The window, or the village's station, that received it; by name the one who did.
    func window(isNamed: Bool) -> CaseHolder {
        guard let intake else { return CaseHolder(pin == nil ? .unknown : .window) }
        return CaseHolder(
            receiver?.role == .agent ? .village : .window,
            unit: intake.place,
            officer: isNamed ? receiver?.officer : nil,
            actingFor: isNamed ? receiver?.actingFor : nil
        )
    }

    /// Where a result is handed out; nil for who does not stand at a window.
    static func handOut(by standing: Standing) -> CaseHolder? {
        guard [.window, .agent, .reviewer].contains(standing.role) else { return nil }
        return CaseHolder(standing.role == .agent ? .village : .window, unit: standing.unit)
    }

    private static func kind(of seat: Case.StageSeat) -> CaseHolder.Kind {
        if seat.kind == .villageCertificate || seat.role == .agent { return .village }
        return seat.kind == .decision || seat.role == .approver ? .approver : .reviewer
    }
}

extension Case.ProcedureFact {
    /// An acceptance that nobody declared.
    var isDeemedAcceptance: Bool { if case .accepted(isDeemed: true) = self { true } else { false } }
}
