import WorkingTime

extension Case {
    /// What the item's procedure brings about by itself when a fact is recorded: which stages end and begin (routing), and
    /// what the lower body's review and the county's answer mean for the law's clocks. Pure, and in order.
    struct Routing {
        let item: ServiceItem
        let work: Work
        let progress: Progress

        /// What follows on a fact, and the fact itself as it is stored.
        func facts(after fact: ProcedureFact) -> [ProcedureFact] {
            switch fact {
            case .accepted: return [fact] + begin(item.stages.filter(\.after.isEmpty))
            case .stageSigned(let name, let finding, _):
                guard let stage = item.stage(name), let done = work.stages[name] else { return [fact] }
                let signed = done.findings.count + 1
                // One objection is enough; agreement takes all of them.
                if finding == .agreement, signed < stage.kind.officers { return [fact] }
                return [fact] + end(stage)
            case .forwarded(let name, _, _):
                // The lower body's own part is over when the papers go up.
                let isReviewed = progress.reviewAcceptedAt != nil && progress.reviewForwardedAt == nil
                return item.stage(name) == nil || !isReviewed ? [fact] : [fact, .reviewForwarded]
            case .answered(let name, let answer, _, let reasons, let remedy):
                guard let stage = item.stage(name) else { return [fact] }
                switch answer {
                case .granted, .denied:
                    let ended = [fact] + end(stage)
                    if item.decision != nil { return ended }
                    return ended + [.decided(isGranted: answer == .granted, reasons: reasons, remedy: remedy)]
                case .sentBack:
                    guard let target = stage.after.first.flatMap({ item.stage($0.rawValue) }) else {
                        return [fact, .stageEnded(name)] + begin([stage])
                    }
                    return [fact] + goBack(from: name, to: target, reason: reasons)
                }
            case .returned(let from, let to, let reason, _):
                guard let target = item.stage(to) else { return [fact] }
                return goBack(from: from, to: target, reason: reason)
            case .decided:
                guard let decision = item.decision?.name.rawValue, isOpen(decision) else { return [fact] }
                return [fact, .stageEnded(decision)]
            default: return [fact]
            }
        }

        /// The stages that are worked on again when a case is opened again: those that were open at its end, else the
        /// decision, or the last one.
        func factsAfterReopening() -> [ProcedureFact] {
            guard progress.acceptedAt != nil, let last = item.decision ?? item.stages.last else { return [] }
            // Their clocks have stopped with the end: they begin again.
            let open = work.openStages
            if !open.isEmpty { return open.map { .stageEnded($0) } + begin(open.compactMap { item.stage($0) }) }
            return begin([last])
        }

        private func isOpen(_ name: String) -> Bool { work.stages[name].map { $0.endedAt == nil } ?? false }

        private func begin(_ stages: [ServiceItem.Stage]) -> [ProcedureFact] {
            stages.flatMap { stage -> [ProcedureFact] in
                let seat = work.unit(of: stage).map { StageSeat(kind: stage.kind, unit: $0, role: stage.role) }
                let begun = ProcedureFact.stageBegun(stage.name.rawValue, within: stage.limit, with: seat)
                let isReview = stage.kind == .preliminaryReview && progress.reviewAcceptedAt == nil
                return isReview ? [begun, .reviewAccepted] : [begun]
            }
        }

        /// Ends a stage, and begins those that waited for it last.
        private func end(_ stage: ServiceItem.Stage) -> [ProcedureFact] {
            let next = item.stages.filter { candidate in
                candidate.after.contains(stage.name) && work.stages[candidate.name.rawValue] == nil
                    && candidate.after.allSatisfy {
                        $0 == stage.name || work.stages[$0.rawValue]?.endedAt != nil
                    }
            }
            return [.stageEnded(stage.name.rawValue)] + begin(next)
        }

        /// Back to an earlier stage: it and all that wait for it are undone; those that are worked on end.
        private func goBack(from: String, to target: ServiceItem.Stage, reason: String) -> [ProcedureFact] {
            let name = target.name.rawValue
            let undone = [name] + item.successors(of: name).filter { work.stages[$0] != nil }
            let open = undone.filter(isOpen)
            return open.map { .stageEnded($0) }
                + [.returned(from: from, to: name, reason: reason, undone: undone)] + begin([target])
        }
    }
}

extension ServiceItem {
    /// The stage of a name.
    public func stage(_ name: String) -> Stage? { stages.first { $0.name.rawValue == name } }

    /// The stage with which the procedure ends; nil where another body decides.
    public var decision: Stage? { stages.first { $0.kind == .decision } }

    /// All stages that a stage waits for, directly or not, in the order of the item.
    func predecessors(of name: String) -> [String] {
        var found: Set<ShortName> = []
        var waiting = stage(name)?.after ?? []
        while let next = waiting.popLast() {
            if found.insert(next).inserted { waiting += stage(next.rawValue)?.after ?? [] }
        }
        return stages.map(\.name).filter(found.contains).map(\.rawValue)
    }

    /// All stages that wait for a stage, directly or not, in the order of the item.
    func successors(of name: String) -> [String] {
        stages.map(\.name.rawValue).filter { predecessors(of: $0).contains(name) }
    }
}

extension ServiceItem.Material {
    /// The name by which records know it: in English, else in the language that it has.
    public var key: String { name[.english] }

    /// Whether the citizen has to hand it in: not what the centre fetches by itself or a stage of the village provides.
    public var isHandedIn: Bool { trust != .shared && trust != .villageCertificate }
}

extension Case.Work {
    /// The unit that a stage lies with; nil for the applicant's village where none is known.
    func unit(of stage: ServiceItem.Stage) -> UnitCode? {
        switch stage.place {
        case .unit(let unit): unit
        case .applicantsVillage: intake.village
        }
    }
}
