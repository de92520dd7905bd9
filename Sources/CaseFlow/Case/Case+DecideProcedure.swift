import WorkingTime

extension Case {
    /// What happens when somebody records a fact of the procedure. Pure; `[]` when it is so already. What the officer
    /// claims late is taken, if it could have happened then: the two times of the event show it.
    static func decide(
        _ fact: ProcedureFact,
        at: ZonedTime,
        under law: Law,
        by standing: Standing? = nil,
        _ state: State
    ) throws(Rejection) -> [Event] {
        guard let receivedAt = state.receivedAt else { throw .notReceived }
        if state.progress.has(fact, at: at, by: standing) || state.work?.has(fact) ?? false { return [] }
        for text in fact.texts {
            if let trace = PersonalTrace.first(in: text) { throw law.refusal(.personalData(trace)) }
        }
        try checkCatalogue(fact, under: law, by: standing, state)
        do throws(Outcome) {
            try check(fact, at: at, receivedAt: receivedAt, under: law, state.progress)
            try checkOrder(of: fact, at: at, receivedAt: receivedAt, under: law, state)
        } catch {
            switch error {
            case .alreadySo: return []
            case .refused(let rejection): throw .procedure(rejection, law.rules.citation(of: rejection))
            }
        }
        let facts = try route(fact, at: at, under: law, by: standing, state)
        return facts.enumerated().map { index, fact in
            // It counts as accepted since the receipt, but nobody could work on it before that was recorded.
            let time = index > 0 && isDeemedAcceptance(facts[0]) ? law.now ?? at : at
            return Event(effectiveAt: time.timestamp, fact: .procedure(fact, at: time), by: standing)
        }
    }

    static func isDeemedAcceptance(_ fact: ProcedureFact) -> Bool {
        if case .accepted(isDeemed: true) = fact { true } else { false }
    }

    /// Whether the lapse of a limit brings a fact about by itself: then the system records it, in nobody's hands.
    static func mayHappenByItself(_ fact: ProcedureFact) -> Bool {
        if case .fileReturned = fact { true } else { isDeemedAcceptance(fact) }
    }

    /// Why a fact is not recorded.
    private enum Outcome: Error {
        case alreadySo
        case refused(ProcedureRejection)
    }

    private static func check(
        _ fact: ProcedureFact,
        at: ZonedTime,
        receivedAt: ZonedTime,
        under law: Law,
        _ progress: Progress
    ) throws(Outcome) {
        let received = receivedAt.localDate
        do throws(ProcedureRejection) { try law.check(at) } catch { throw .refused(error) }
        if case .rulesPinned(let pin) = fact {
            if progress.pin == pin { throw .alreadySo }
            if let old = progress.pin, progress.acceptedAt != nil { throw .refused(.otherRules(pinned: old.name)) }
            do throws(ProcedureRejection) {
                try law.checkService(pin)
                try law.checkPromise(pin)
            } catch {
                throw .refused(error)
            }
            return
        }
        guard let pin = progress.pin else { throw .refused(.noRules) }
        guard pin.digest == law.rules.digest else {
            throw .refused(.wrongRules(pinned: pin.name, given: "\(law.rules.code) \(law.rules.version)"))
        }
        if fact.told?.unit == .serviceMinutes, pin.serviceCalendar == nil {
            throw .refused(.serviceCalendarMissing(known: law.serviceCalendars))
        }
        if let ended = progress.refusedAt ?? progress.abandonedAt, !fact.isPossibleAfterEnd {
            throw .refused(.ended(ended.localDate))
        }
        switch fact {
        case .rulesPinned: break
        case .supplementNoticed(let materials, _):
            if materials.isEmpty || materials.contains("") { throw .refused(.materialsMissing) }
            if let accepted = progress.acceptedAt { throw .refused(.alreadyAccepted(accepted.localDate)) }
            if progress.notices.contains(where: { Set(materials).isSubset(of: $0.materials) }) { throw .alreadySo }
            // A second notice that names something new is against "once", and is kept: it is a finding.
            if progress.notices.isEmpty, progress.reopenedAt == nil { try refuseLapsed(at, since: received, law) }
        case .supplementReceived:
            // What counts as accepted may lack something; it is handed in all the same.
            if progress.isDeemed, progress.acceptedAt != nil { break }
            if progress.notices.isEmpty { throw .refused(.notNoticed) }
            if let accepted = progress.acceptedAt { throw .refused(.alreadyAccepted(accepted.localDate)) }
            if progress.completedAt == at { throw .alreadySo }
        case .accepted(let isDeemed):
            try checkAcceptance(at, isDeemed: isDeemed, received: receivedAt, law, progress)
        case .acceptanceRefused(let ground, let body, let reason):
            if let accepted = progress.acceptedAt { throw .refused(.alreadyAccepted(accepted.localDate)) }
            if reason.isEmpty { throw .refused(.reasonMissing(article: law.rules.articles[.acceptance]?[.english])) }
            if ground == .notOurPower, body?.isEmpty ?? true { throw .refused(.competentBodyMissing) }
            if ground == .notSupplemented { try checkSupplementLapsed(at, law, progress) }
            if progress.notices.isEmpty, progress.reopenedAt == nil { try refuseLapsed(at, since: received, law) }
        case .reviewAccepted: if progress.reviewAcceptedAt != nil { throw .alreadySo }
        case .reviewForwarded:
            if progress.reviewAcceptedAt == nil { throw .refused(.notAccepted) }
            if progress.reviewForwardedAt != nil { throw .alreadySo }
        case .suspended(let ground, let told): try checkSuspension(ground, told, at, law, progress)
        case .resumed:
            if progress.suspension == nil { throw .refused(.notSuspended) }
        case .extended(let clock, let by, let authority, let reason):
            try checkExtension(of: clock, by, authority, reason, at, pin, law, progress)
        case .stageBegun(let stage, _, _):
            if progress.openStages[stage] != nil { throw .refused(.stageRuns(stage)) }
        case .stageEnded(let stage):
            if progress.openStages[stage] == nil { throw .refused(.stageNotBegun(stage)) }
        case .decided(let isGranted, let reasons, let remedy):
            if law.rules.knowsAcceptance, progress.acceptedAt == nil { throw .refused(.notAccepted) }
            if let decided = progress.decidedAt {
                if decided == at, progress.isGranted == isGranted { throw .alreadySo }
                throw .refused(.alreadyDecided(decided.localDate))
            }
            if let suspension = progress.suspension { throw .refused(.alreadySuspended(suspension.at.localDate)) }
            if !isGranted, reasons.isEmpty || remedy.isEmpty {
                throw .refused(.denialIncomplete(article: law.rules.articles[.denial]?[.english]))
            }
        case .delivered:
            if progress.decidedAt == nil { throw .refused(.notDecided) }
            if progress.deliveredAt != nil { throw .alreadySo }
        case .withdrawn: if let decided = progress.decidedAt { throw .refused(.alreadyDecided(decided.localDate)) }
        case .terminated(let reason):
            if let decided = progress.decidedAt { throw .refused(.alreadyDecided(decided.localDate)) }
            if reason.isEmpty { throw .refused(.reasonMissing(article: law.rules.articles[.termination]?[.english])) }
        case .rated(let rating, let within):
            try checkFollowUp(rating, within, law)
            if progress.rating == rating { throw .alreadySo }
            if progress.rating != nil { throw .refused(.alreadyRated) }
            let end = progress.decidedAt ?? progress.refusedAt ?? progress.abandonedAt
            if end == nil { throw .refused(.notDecided) }
        case .calledBack:
            guard progress.rating?.isPoor == true else { throw .refused(.notRatedPoor) }
            if progress.calledBackAt != nil { throw .alreadySo }
        case .stageSigned, .returned, .forwarded, .answered, .assigned, .handedOver:
            if let suspension = progress.suspension { throw .refused(.alreadySuspended(suspension.at.localDate)) }
            if let decided = progress.decidedAt { throw .refused(.alreadyDecided(decided.localDate)) }
        case .correctedOnSpot, .materialDeferred, .materialFollowed, .fileReturned, .hearingAsked, .hearingAnnounced,
            .hearingHeld, .hearingWaived, .exceptionDeclared, .sealed, .issued, .visited, .feeCharged, .complained,
            .complaintAnswered, .recordCorrected:
            // The law asks nothing more; the service does, see `WorkCheck`.
            break
        }
    }

    /// Nothing takes effect before what it follows on. Being entered late changes nothing about that.
    private static func checkOrder(
        of fact: ProcedureFact,
        at: ZonedTime,
        receivedAt: ZonedTime,
        under law: Law,
        _ state: State
    ) throws(Outcome) {
        let before =
            [Progress.Reached("received", at: receivedAt)] + state.progress.predecessors(of: fact, law.rules)
            + (state.work?.predecessors(of: fact) ?? [])
        do throws(ProcedureRejection) {
            try law.check(fact.name, at: at, notBefore: before)
        } catch {
            throw .refused(error)
        }
    }

    // MARK: Acceptance (art. 32)

    private static func checkAcceptance(
        _ at: ZonedTime,
        isDeemed: Bool,
        received: ZonedTime,
        _ law: Law,
        _ progress: Progress
    ) throws(Outcome) {
        if let accepted = progress.acceptedAt {
            if accepted == at, progress.isDeemed == isDeemed { throw .alreadySo }
            throw .refused(.alreadyAccepted(accepted.localDate))
        }
        if isDeemed {
            if let reopened = progress.reopenedAt { throw .refused(.answeredBefore(reopened.localDate)) }
            if let notice = progress.notices.first { throw .refused(.noticedInTime(notice.at.localDate)) }
            if at != received { throw .refused(.acceptedOnOtherDay(received.localDate)) }
            if let due = try noticeDue(received.localDate, law), law.today <= due {
                throw .refused(.notLapsed(due: due))
            }
            return
        }
        // What was answered in time, and is opened again, is accepted when that is decided.
        if progress.reopenedAt != nil { return }
        if progress.notices.isEmpty { return try refuseLapsed(at, since: received.localDate, law) }
        guard let completed = progress.completedAt else { throw .refused(.supplementOutstanding) }
        if at.localDate != completed.localDate { throw .refused(.acceptedOnOtherDay(completed.localDate)) }
    }

    /// What is missing can be handed in until the told time is over; before, nobody is refused for it.
    private static func checkSupplementLapsed(_ at: ZonedTime, _ law: Law, _ progress: Progress) throws(Outcome) {
        guard let notice = progress.notices.last else { throw .refused(.notNoticed) }
        guard let within = notice.within, progress.completedAt == nil else { return }
        do throws(ProcedureRejection) {
            let due = try within.dueDate(after: notice.at.localDate, law.rules, in: law.calendar)
            if let due, at.localDate <= due { throw .supplementRuns(due: due) }
        } catch {
            throw .refused(error)
        }
    }

    /// Once the days to say something are over, nothing else than acceptance since the receipt can be recorded.
    private static func refuseLapsed(_ at: ZonedTime, since received: CivilDate, _ law: Law) throws(Outcome) {
        guard let due = try noticeDue(received, law), at.localDate > due else { return }
        throw .refused(.countsAsAccepted(since: received, due: due))
    }

    /// The last day on which something can be said; nil if the rules let nothing lapse.
    private static func noticeDue(_ received: CivilDate, _ law: Law) throws(Outcome) -> CivilDate? {
        guard let clock = law.rules.clocks.first(where: { $0.lapse == .deemedAccepted }),
            case .fixed(let limit) = clock.length
        else { return nil }
        do throws(ProcedureRejection) {
            return try limit.dueDate(after: received, law.rules, in: law.calendar)
        } catch {
            throw .refused(error)
        }
    }

    // MARK: Rating

    /// A poor rating is followed up within what the rules say, or what the officer sets within their bounds.
    private static func checkFollowUp(_ rating: Rating, _ within: Limit?, _ law: Law) throws(Outcome) {
        guard let within else { return }
        guard rating.isPoor else { throw .refused(.notRatedPoor) }
        guard let most = law.rules.clocks.first(where: { $0.start == .ratedPoor })?.toldAtMost else {
            throw .refused(.followUpFixed)
        }
        if within.unit != most.unit || !(1...most.amount).contains(within.amount) {
            throw .refused(.followUpTooLong(within, atMost: most))
        }
    }

    // MARK: Suspension and extension

    private static func checkSuspension(
        _ ground: String,
        _ told: Limit,
        _ at: ZonedTime,
        _ law: Law,
        _ progress: Progress
    ) throws(Outcome) {
        let article = law.rules.groundsArticle?[.english] ?? "-"
        if law.rules.knowsAcceptance, progress.acceptedAt ?? progress.reviewAcceptedAt == nil {
            throw .refused(.notAccepted)
        }
        if let decided = progress.decidedAt { throw .refused(.alreadyDecided(decided.localDate)) }
        guard law.rules.grounds.contains(where: { $0.name == ground }) else {
            throw .refused(.groundNotListed(ground, listed: law.rules.grounds.map(\.name), article: article))
        }
        if told.amount < 1 { throw .refused(.toldLengthMissing(article: article)) }
        if let suspension = progress.suspension {
            if suspension == Progress.Suspension(at: at, ground: ground, told: told) { throw .alreadySo }
            throw .refused(.alreadySuspended(suspension.at.localDate))
        }
    }

    private static func checkExtension(
        of name: ClockName,
        _ by: Limit,
        _ authority: String,
        _ reason: String,
        _ at: ZonedTime,
        _ pin: RulePin,
        _ law: Law,
        _ progress: Progress
    ) throws(Outcome) {
        let running = law.rules.clocks.filter { progress.isRunning($0) }
        guard let clock = running.first(where: { $0.name == name }) else {
            throw .refused(.noSuchClock(name, running: running.map(\.name.rawValue)))
        }
        let powers = clock.extensions.filter { $0.handling.isEmpty || $0.handling.contains(pin.handling) }
        guard let first = powers.first else { throw .refused(.notExtendable(name)) }
        guard let power = powers.first(where: { $0.authority == authority }) else {
            throw .refused(.wrongAuthority(authority, has: powers.map(\.authority), article: first.article[.english]))
        }
        if let before = progress.extensions.first(where: { $0.clock == name }) {
            let same = Progress.Extension(at: at, clock: name, by: by, authority: authority)
            if before == same { throw .alreadySo }
            throw .refused(.extendedBefore(before.at.localDate, article: power.article[.english]))
        }
        if let limit = clock.length(pin, told: nil)?.limit, limit.unit != power.limit.unit {
            throw .refused(
                .extensionOfOtherUnit(limit: limit, allowed: power.limit, article: power.article[.english])
            )
        }
        let fits =
            by.unit == power.limit.unit && by.amount > 0
            && (power.isFixed ? by.amount == power.limit.amount : by.amount <= power.limit.amount)
        if !fits {
            throw .refused(
                .extensionOutOfPower(by, allowed: power.limit, isFixed: power.isFixed, article: power.article[.english])
            )
        }
        if reason.isEmpty { throw .refused(.reasonMissing(article: power.article[.english])) }
    }
}
