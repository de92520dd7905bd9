import WorkingTime

extension Case {
    /// What the service asks of a fact on a case of the catalogue, beyond the law: whose hands it lies in, and whether the
    /// item's procedure has come that far. Pure.
    struct WorkCheck {
        let fact: ProcedureFact
        let at: ZonedTime
        let standing: Standing
        let version: CatalogueBook.Version
        let law: Law
        let state: State
        let work: Work

        private var item: ServiceItem { version.item }
        private var progress: Progress { state.progress }
        private var isDecided: Bool { progress.decidedAt != nil }
        /// Between the use of the seal and its record; microseconds.
        private static let sealTolerance: Int64 = 300_000_000

        /// Throws what is in its way.
        func run() throws(ServiceRejection) {
            if state.phase == .closed, !fact.isPossibleAfterEnd { throw .closed }
            try checkRole()
            switch fact {
            case .rulesPinned, .acceptanceRefused, .reviewAccepted, .reviewForwarded, .suspended, .resumed, .extended,
                .withdrawn, .terminated, .rated, .calledBack, .visited:
                break
            case .correctedOnSpot(let what):
                if progress.acceptedAt != nil { throw .accepted }
                try need(what, "what was corrected")
            case .supplementNoticed(let materials, _), .supplementReceived(let materials, _): try checkKnown(materials)
            case .materialDeferred(let name, let within): try checkDeferral(name, within)
            case .materialFollowed(let name): if work.deferred[name] == nil { throw .notDeferred(name) }
            case .fileReturned(let name):
                if isDecided { throw .decided }
                try work.checkLapsedDeferral(name, at: at, law)
            case .accepted(let isDeemed): if !isDeemed { try checkMaterials(deferred: true) }
            case .stageBegun, .stageEnded: throw .stageRouted
            case .assigned(let stage, let officer): try checkAssignment(stage, officer)
            case .handedOver(let stage, let from, let to, let reason): try checkHandOver(stage, from, to, reason)
            case .stageSigned(let stage, let finding, let remark): try checkSigning(stage, finding, remark)
            case .returned(let from, let to, let reason, _): try checkReturn(from, to, reason)
            case .forwarded(let name, _, let reference):
                let stage = try open(name)
                if stage.stage.kind != .forwarding { throw .otherKind(name, stage.stage.kind) }
                if let unit = stage.work.forwardedTo { throw .forwardedBefore(name, unit) }
                // The lower body sends all material (Licensing Law 43).
                try checkMaterials(deferred: false)
                try need(reference, "the reference under which it was sent")
            case .answered(let name, let answer, let reference, let reasons, let remedy):
                let stage = try open(name)
                if stage.stage.kind != .forwarding { throw .otherKind(name, stage.stage.kind) }
                if stage.work.forwardedTo == nil { throw .notForwarded(name) }
                try need(reference, "the reference of the answer")
                if answer == .sentBack { try need(reasons, "the reason for which it was sent back") }
                if answer == .denied, item.decision == nil {
                    try need(reasons, "the reasons of the denial")
                    try need(remedy, "what the applicant can do about it")
                }
            case .hearingAsked:
                if progress.acceptedAt == nil { throw .notAccepted }
                if isDecided { throw .decided }
                if work.hearing.askedAt != nil { throw .hearingAskedBefore }
            case .hearingAnnounced(let day): try checkHearing(on: day)
            case .hearingHeld: try checkChair()
            case .hearingWaived: if work.hearing.askedAt == nil || work.hearing.heldAt != nil { throw .noHearing }
            case .exceptionDeclared(_, let reason): try need(reason, "the reason of the exception")
            case .decided(let isGranted, _, _): try checkDecision(isGranted)
            case .sealed(let use): try checkSeal(use)
            case .issued(let issue): try checkIssue(issue)
            case .delivered: if work.issued == nil { throw .notIssued }
            case .feeCharged(let charge): try checkCharge(charge)
            case .complained(let reference, let about):
                try need(reference, "the complaint's reference")
                try need(about, "what it is about")
            case .complaintAnswered(let reference, _, let answer):
                let known = work.openComplaints
                if !known.contains(reference) { throw .noComplaint(reference, open: known.sorted()) }
                try need(answer, "the answer")
            case .recordCorrected(let event, let text):
                if !(1...state.events).contains(event) { throw .noSuchEvent(event, last: state.events) }
                try need(text, "what is right instead")
            }
        }

        // MARK: Hands

        private func checkRole() throws(ServiceRejection) {
            var allowed = fact.roles
            switch fact {
            case .stageSigned(let name, _, _), .answered(let name, _, _, _, _):
                guard let stage = item.stage(name) else { break }
                if case .stageSigned = fact { allowed = [stage.role] } else { allowed.append(stage.role) }
            case .assigned(let name, let officer) where officer == standing.officer:
                if let stage = item.stage(name) { allowed.append(stage.role) }
            case .handedOver(let name, let from, _, _) where from == standing.officer:
                if let stage = item.stage(name) { allowed.append(stage.role) }
            case .returned(let name, _, _, _): if let stage = item.stage(name) { allowed = [stage.role] }
            case .decided: allowed = item.decision.map { [$0.role] } ?? allowed
            default: break
            }
            if !allowed.isEmpty, !allowed.contains(standing.role) {
                throw .wrongRole(standing.role, allowed: OfficerRole.allCases.filter(allowed.contains))
            }
            switch fact {
            case .stageSigned(let name, _, _), .returned(let name, _, _, _): try checkUnit(name)
            case .decided: if let stage = item.decision { try checkUnit(stage.name.rawValue) }
            case .assigned(let name, _), .handedOver(let name, _, _, _):
                if standing.role != .director { try checkUnit(name) }
            default: break
            }
        }

        private func checkUnit(_ name: String) throws(ServiceRejection) {
            guard let unit = item.stage(name).flatMap({ work.unit(of: $0) }), unit != standing.unit else { return }
            throw .wrongUnit(standing.unit, stage: name, of: unit)
        }

        private func need(_ text: String, _ what: String) throws(ServiceRejection) {
            if text.isEmpty { throw .textMissing(what) }
        }

        // MARK: Material

        private func checkKnown(_ names: [String]) throws(ServiceRejection) {
            let known = item.materials.map(\.key)
            let unknown = names.filter { !known.contains($0) }
            if !unknown.isEmpty, !known.isEmpty { throw .unknownMaterials(unknown, known: known) }
        }

        private func checkDeferral(_ name: String, _ within: Limit) throws(ServiceRejection) {
            if progress.acceptedAt != nil { throw .accepted }
            let deferrable = item.materials.filter { $0.mayFollow != nil }.map(\.key)
            guard let most = item.materials.first(where: { $0.key == name })?.mayFollow else {
                throw .notDeferrable(name, deferrable: deferrable)
            }
            if work.materials.contains(name) || work.deferred[name] != nil { throw .materialThere(name) }
            if within.unit != most.unit || !(1...most.amount).contains(within.amount) {
                throw .deferralTooLong(name, within, atMost: most)
            }
        }

        /// Everything that has to be handed in is there, or was promised where that will do.
        private func checkMaterials(deferred: Bool) throws(ServiceRejection) {
            let missing = item.materials.filter {
                $0.isHandedIn && !work.materials.contains($0.key) && !(deferred && work.deferred[$0.key] != nil)
            }
            if missing.isEmpty { return }
            throw .materialsMissing(
                missing.map(\.key),
                deferrable: deferred ? missing.filter { $0.mayFollow != nil }.map(\.key) : []
            )
        }

        // MARK: Stages

        private func open(_ name: String) throws(ServiceRejection) -> (stage: ServiceItem.Stage, work: Work.StageWork) {
            guard let stage = item.stage(name), let done = work.stages[name], done.endedAt == nil else {
                throw .stageNotOpen(name, open: work.openStages)
            }
            return (stage, done)
        }

        private func checkAssignment(_ name: String, _ officer: OfficerID) throws(ServiceRejection) {
            let stage = try open(name)
            if stage.work.assigned.count >= stage.stage.kind.officers || stage.work.assigned.contains(officer) {
                throw .assignedBefore(name, stage.work.assigned)
            }
        }

        private func checkHandOver(_ name: String, _ from: OfficerID, _ to: OfficerID, _ reason: String)
            throws(ServiceRejection)
        {
            let stage = try open(name)
            if !stage.work.assigned.contains(from) {
                throw .notAssigned(name, from, assigned: stage.work.assigned)
            }
            if stage.work.assigned.contains(to) { throw .assignedBefore(name, stage.work.assigned) }
            try need(reason, "the reason of the hand-over")
        }

        private func checkAssigned(_ name: String, _ done: Work.StageWork) throws(ServiceRejection) {
            let hands = [standing.officer, standing.actingFor].compactMap { $0 }
            if !done.assigned.isEmpty, done.assigned.allSatisfy({ !hands.contains($0) }) {
                throw .assignedToOthers(name, done.assigned)
            }
        }

        private func checkSigning(_ name: String, _ finding: Finding, _ remark: String) throws(ServiceRejection) {
            let stage = try open(name)
            if [.decision, .forwarding].contains(stage.stage.kind) { throw .otherKind(name, stage.stage.kind) }
            try checkAssigned(name, stage.work)
            if stage.work.findings.contains(where: { $0.officer == standing.officer }) {
                throw .signedBefore(name, standing.officer)
            }
            // A and the B who acts for A are one post (AB 岗).
            if stage.work.findings.contains(where: { $0.post == standing.post }) {
                throw .samePost(name, standing.post)
            }
            if stage.stage.kind == .villageCertificate, let duty = standing.duty, !duty.hasSeal {
                throw .sealElsewhere(standing.unit, sitsAt: duty.place)
            }
            if finding == .objection { try need(remark, "the reason of the objection") }
        }

        private func checkReturn(_ from: String, _ to: String, _ reason: String) throws(ServiceRejection) {
            _ = try open(from)
            let earlier = item.predecessors(of: from)
            if !earlier.contains(to) { throw .notBefore(to, of: from, earlier: earlier) }
            try need(reason, "the reason of the return")
        }

        // MARK: Hearing

        private func checkHearing(on day: CivilDate) throws(ServiceRejection) {
            if work.hearing.askedAt == nil || work.hearing.heldAt != nil { throw .noHearing }
            let earliest = at.localDate.adding(days: 7) ?? day
            if day < earliest { throw .hearingTooSoon(day, earliest: earliest) }
        }

        private func checkChair() throws(ServiceRejection) {
            if work.hearing.askedAt == nil || work.hearing.heldAt != nil { throw .noHearing }
            guard work.hearing.on == at.localDate else { throw .hearingOn(work.hearing.on) }
            if work.reviewers.contains(standing.officer) { throw .reviewerChairs(standing.officer) }
        }

        // MARK: Fee

        /// What was charged is taken as it is, lawful or not. A receipt is for one charge.
        private func checkCharge(_ charge: FeeCharge) throws(ServiceRejection) {
            guard let receipt = charge.receipt else { return }
            try need(receipt, "the number of the receipt")
            if let other = work.charges.first(where: { $0.receipt == receipt }), other != charge {
                throw .receiptTaken(receipt, by: other)
            }
        }

        // MARK: Decision, seal, issue

        private func checkDecision(_ isGranted: Bool) throws(ServiceRejection) {
            let decision = item.decision
            let open = item.stages.filter {
                $0.name != decision?.name && work.stages[$0.name.rawValue]?.endedAt == nil
            }
            if !open.isEmpty {
                if decision == nil, let county = item.stages.last(where: { $0.kind == .forwarding }) {
                    throw .countyDecides(county.name.rawValue)
                }
                throw .stagesOpen(open.map(\.name.rawValue), next: work.openStages)
            }
            if let decision, let done = work.stages[decision.name.rawValue] {
                try checkAssigned(decision.name.rawValue, done)
            }
            if isGranted { try checkMaterials(deferred: false) }
            if work.hearing.askedAt != nil, work.hearing.heldAt == nil { throw .hearingOutstanding }
            if isGranted,
                let stage = work.stages.first(where: { $0.value.hasObjection })?.key
            {
                throw .objection(stage)
            }
            if work.acceptor == standing.officer { try allow(.acceptorDecides) }
        }

        private func allow(_ separation: Separation) throws(ServiceRejection) {
            guard let declared = work.exceptions[separation], declared.timestamp <= at.timestamp else {
                throw .separation(separation, standing.officer)
            }
        }

        private func checkSeal(_ use: SealUse) throws(ServiceRejection) {
            guard let matter = item.seal else { throw .sealsNothing }
            if use.matter != matter { throw .otherMatter(use.matter, of: matter) }
            if !isDecided { throw .notDecided }
            if progress.isGranted != true { throw .notGranted }
            if work.seal != nil { throw .sealedBefore }
            if use.keeper != standing.officer { throw .noStanding }
            // The moment of sealing is the moment of the record: neither back-dated nor ahead.
            if let now = law.now, abs(now.microsecondsSinceEpoch - at.microsecondsSinceEpoch) > Self.sealTolerance {
                throw .sealedAnotherTime(at, now: now)
            }
            if use.document.utf8.count != 44 || use.document.utf8.last != UInt8(ascii: "=") { throw .noDigest }
            if work.acceptor == standing.officer { try allow(.acceptorSeals) }
            if work.decider == standing.officer { try allow(.deciderSeals) }
        }

        private func checkIssue(_ issue: Issue) throws(ServiceRejection) {
            if !isDecided { throw .notDecided }
            if let issued = work.issued { throw .issuedBefore(issued.result) }
            if progress.isGranted == true {
                if let matter = item.seal, work.seal == nil { throw .notSealed(matter) }
                let known = item.results.map { $0[.english] }
                if !known.isEmpty,
                    !item.results.contains(where: { $0[.english] == issue.result || $0[.chinese] == issue.result })
                {
                    throw .unknownResult(issue.result, known: known)
                }
            }
            try need(issue.result, "what is made out")
            if let digest = issue.document, digest.utf8.count != 44 { throw .noDigest }
            if let use = work.seal, let digest = issue.document, digest != use.document { throw .otherDocument }
        }
    }
}

extension Case.Work {
    /// A file goes back for want of a material only when the time that was promised for it is over.
    func checkLapsedDeferral(_ name: String, at: ZonedTime, _ law: Case.Law) throws(Case.ServiceRejection) {
        guard let deferral = deferred[name] else { throw .notDeferred(name) }
        let due: CivilDate?
        do throws(Case.ProcedureRejection) {
            due = try deferral.within.dueDate(after: deferral.at.localDate, law.rules, in: law.calendar)
        } catch {
            throw .calendar(error.description)
        }
        if let due, min(law.today, at.localDate) <= due { throw .deferralRuns(name, due: due) }
    }
}
