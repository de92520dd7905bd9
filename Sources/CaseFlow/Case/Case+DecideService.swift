/// The way in, the way of a fact through the item's procedure, and the way back after the end, for cases of the catalogue.
extension Case {
    /// A case of the catalogue needs its item and somebody in whose hands it lies; any other knows no facts of the service.
    static func checkCatalogue(_ fact: ProcedureFact, under law: Law, by standing: Standing?, _ state: State)
        throws(Rejection)
    {
        guard let pin = state.progress.pin else { return }
        guard pin.isOfCatalogue, state.work != nil else {
            if fact.isOfService { throw law.refusal(.noItem) }
            return
        }
        if case .rulesPinned = fact { return }
        try checkItem(pin, law)
        // What the law itself brings about lies in nobody's hands.
        if standing == nil, !mayHappenByItself(fact) { throw law.refusal(.noStanding) }
    }

    /// What the service asks, and what the procedure brings about: the facts in the order in which they are recorded.
    static func route(
        _ fact: ProcedureFact,
        at: ZonedTime,
        under law: Law,
        by standing: Standing?,
        _ state: State
    ) throws(Rejection) -> [ProcedureFact] {
        if case .rulesPinned = fact { return [fact] }
        guard let work = state.work, let version = law.version else { return [fact] }
        guard let standing else {
            if state.phase == .closed { throw law.refusal(.closed) }
            if case .fileReturned(let name) = fact {
                do throws(ServiceRejection) {
                    if state.progress.decidedAt != nil { throw .decided }
                    try work.checkLapsedDeferral(name, at: at, law)
                } catch {
                    throw law.refusal(error)
                }
            }
            return Routing(item: version.item, work: work, progress: state.progress).facts(after: fact)
        }
        let check = WorkCheck(
            fact: fact,
            at: at,
            standing: standing,
            version: version,
            law: law,
            state: state,
            work: work
        )
        do throws(ServiceRejection) { try check.run() } catch { throw law.refusal(error) }
        return Routing(item: version.item, work: work, progress: state.progress).facts(after: fact)
    }

    /// Takes a case in and pins its rules. The same again is so already.
    static func open(_ opening: Opening, at: ZonedTime, under law: Law, _ state: State) throws(Rejection) -> [Event] {
        var receipt: [Event] = []
        if state.phase == .unknown {
            try checkIntake(opening, law)
            let fact = Fact.received(
                number: opening.number,
                at: at,
                attributes: opening.attributes,
                intake: opening.intake
            )
            receipt = [Event(effectiveAt: at.timestamp, fact: fact, by: opening.by)]
        } else {
            guard state.number == opening.number, state.receivedAt == at, state.attributes == opening.attributes,
                state.intake == opening.intake
            else { throw .receivedOtherwise(state.number ?? opening.number) }
        }
        let received = receipt.reduce(into: state) { evolve(&$0, $1) }
        return receipt + (try decide(.rulesPinned(opening.pin), at: at, under: law, by: opening.by, received))
    }

    /// Goes on with a case after its end. What was decided stays in the record; the case is decided anew.
    static func reopen(
        at: ZonedTime,
        reason: String,
        under law: Law?,
        by standing: Standing?,
        _ state: State
    ) throws(Rejection) -> [Event] {
        guard state.phase != .unknown else { throw .notReceived }
        if state.phase == .open, state.reopenedAt == at, !reason.isEmpty { return [] }
        let progress = state.progress
        let hasEnded = (progress.refusedAt ?? progress.abandonedAt ?? progress.deliveredAt) != nil
        guard state.phase == .closed || state.work != nil && hasEnded else { throw .notClosed }
        guard !reason.isEmpty else { throw .reasonMissing }
        if let law {
            if let trace = PersonalTrace.first(in: reason) { throw law.refusal(.personalData(trace)) }
            try law.checkEnd("reopened", at: at, state)
        }
        let reopened = Event(effectiveAt: at.timestamp, fact: .reopened(at: at, reason: reason), by: standing)
        guard state.work != nil, let law, let pin = progress.pin else { return [reopened] }
        try checkItem(pin, law)
        guard let standing else { throw law.refusal(.noStanding) }
        if standing.role != .director { throw law.refusal(.wrongRole(standing.role, allowed: [.director])) }
        var after = state
        evolve(&after, reopened)
        guard let work = after.work, let item = law.item else { return [reopened] }
        let facts = Routing(item: item, work: work, progress: after.progress).factsAfterReopening()
        return [reopened]
            + facts.map { Event(effectiveAt: at.timestamp, fact: .procedure($0, at: at), by: standing) }
    }

    private static func checkItem(_ pin: RulePin, _ law: Law) throws(Rejection) {
        guard let digest = law.version?.digest, digest == pin.itemDigest else {
            let pinned = "\(pin.item ?? "an item") version \(pin.itemVersion ?? 0)"
            let given = law.version.map { "\($0.item.code) version \($0.number)" }
            throw law.refusal(.otherItem(pinned: pinned, given: given))
        }
    }

    private static func checkIntake(_ opening: Opening, _ law: Law) throws(Rejection) {
        let texts =
            [opening.number.rawValue, opening.intake?.visit?.rawValue ?? ""] + (opening.intake?.materials ?? [])
            + opening.attributes.flatMap { [$0.key, $0.value] }
        for text in texts {
            if let trace = PersonalTrace.first(in: text) { throw law.refusal(.personalData(trace)) }
        }
        guard opening.pin.isOfCatalogue else { return }
        try checkItem(opening.pin, law)
        guard let item = law.item, let intake = opening.intake else { throw law.refusal(.noItem) }
        guard let standing = opening.by else { throw law.refusal(.noStanding) }
        let receivers: [OfficerRole] = [.window, .agent]
        if !receivers.contains(standing.role) {
            throw law.refusal(.wrongRole(standing.role, allowed: receivers))
        }
        if !item.channels.contains(intake.channel) {
            throw law.refusal(.channelNotOffered(intake.channel, offered: item.channels))
        }
        let known = item.materials.map(\.key)
        let unknown = intake.materials.filter { !known.contains($0) }
        if !unknown.isEmpty { throw law.refusal(.unknownMaterials(unknown, known: known)) }
        if intake.village == nil, item.stages.contains(where: { $0.place == .applicantsVillage }) {
            throw law.refusal(.villageMissing)
        }
    }
}

extension Case.Law {
    /// A rejection of the service with what it rests on.
    func refusal(_ rejection: Case.ServiceRejection) -> Case.Rejection {
        .service(rejection, rules.citation(of: rejection.obligation))
    }
}

extension Case.ProcedureFact {
    /// Whether only cases of the catalogue know it.
    var isOfService: Bool {
        switch self {
        case .rulesPinned, .supplementNoticed, .supplementReceived, .accepted, .acceptanceRefused, .reviewAccepted,
            .reviewForwarded, .suspended, .resumed, .extended, .stageBegun, .stageEnded, .decided, .delivered,
            .withdrawn,
            .terminated, .rated, .calledBack:
            false
        case .correctedOnSpot, .materialDeferred, .materialFollowed, .fileReturned, .assigned, .handedOver,
            .stageSigned,
            .returned, .forwarded, .answered, .hearingAsked, .hearingAnnounced, .hearingHeld, .hearingWaived,
            .exceptionDeclared,
            .sealed,
            .issued, .visited, .feeCharged, .complained, .complaintAnswered, .recordCorrected:
            true
        }
    }
}
