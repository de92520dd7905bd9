import EventStore
import WorkingTime

/// What was done that may not be done so: towards the citizen.
extension CaseFindings {
    // MARK: Notice and refusal (Licensing Law art. 32)

    /// A further notice that names a material which no notice before it named. A case that is opened again begins anew.
    func notices() -> [Finding] {
        var told: Set<String> = []
        var first: CaseRecord.Entry?
        var found: [Finding] = []
        for entry in own {
            if case .reopened = entry.event.fact { (told, first) = ([], nil) }
            guard case .supplementNoticed(let materials, _)? = entry.fact else { continue }
            let new = materials.filter { !told.contains($0) }
            if let first, !new.isEmpty {
                found.append(
                    finding(
                        .secondNotice,
                        entry,
                        LocalizedText(
                            "all that is missing is said once: this notice adds \(new.joined(separator: ", ")) to the one of \(first.day)",
                            "应当一次性告知：本次告知在 \(first.day) 的告知之外新增了\(new.joined(separator: "、"))"
                        ),
                        more: [first.position]
                    )
                )
            }
            told.formUnion(materials)
            first = first ?? entry
        }
        return found
    }

    /// A refusal that says no reason, no competent body where there is one, or that is for a supplement which nobody asked for
    /// or whose time had not run out. A case that is opened again begins anew.
    func refusals() -> [Finding] {
        var notice: CaseRecord.Entry?
        return own.compactMap { entry -> Finding? in
            if case .reopened = entry.event.fact { notice = nil }
            if case .supplementNoticed? = entry.fact { notice = entry }
            guard case .acceptanceRefused(let ground, let body, let reason)? = entry.fact else { return nil }
            var lacks: [LocalizedText] = []
            if reason.isEmpty { lacks.append(LocalizedText("it gives no reason", "未说明理由")) }
            if ground == .notOurPower, body?.isEmpty ?? true {
                lacks.append(LocalizedText("it names no competent body", "未告知有权机关"))
            }
            if ground == .notSupplemented {
                if notice == nil {
                    lacks.append(LocalizedText("nobody had asked for a supplement", "此前未告知补正"))
                } else if let due = supplementDue(notice), entry.day <= due {
                    lacks.append(
                        LocalizedText("the time told for the supplement ran until \(due)", "告知的补正期限至 \(due)，尚未届满")
                    )
                }
            }
            guard let words = Self.joined(lacks) else { return nil }
            return finding(
                .groundlessRefusal,
                entry,
                LocalizedText(
                    "acceptance was refused (\(ground.rawValue)), and \(words[.english])",
                    "不予受理（\(ground.rawValue)），\(words[.chinese])"
                )
            )
        }
    }

    /// The last day of the time that was told with a notice; nil where none was.
    private func supplementDue(_ notice: CaseRecord.Entry?) -> CivilDate? {
        let reading = readings.last { reading in
            reading.rule.start == .supplementNoticed && record.run(of: reading)?.start.position == notice?.position
        }
        return reading?.due?.date
    }

    /// A denial without its reasons or the remedy (art. 38).
    func denials() -> [Finding] {
        own.compactMap { entry in
            guard case .decided(isGranted: false, let reasons, let remedy)? = entry.fact else { return nil }
            var lacks: [LocalizedText] = []
            if reasons.isEmpty { lacks.append(LocalizedText("its reasons", "理由")) }
            if remedy.isEmpty { lacks.append(LocalizedText("what the applicant can do about it", "救济途径")) }
            guard let words = Self.joined(lacks) else { return nil }
            return finding(
                .unreasonedDenial,
                entry,
                LocalizedText("the denial does not say \(words[.english])", "不予许可决定未载明\(words[.chinese])")
            )
        }
    }

    // MARK: Stages

    /// How far the stages of an item have come in a stream.
    private struct StageFold {
        var done: [String: CaseRecord.Entry] = [:]
        var open: Set<String> = []
        var signers: [String: Set<OfficerID>] = [:]
        var objected: Set<String> = []
        var isAccepted = false
    }

    /// Stages that were passed over, and such as came before what they have to wait for.
    func stages() -> [Finding] {
        guard let item else { return [] }
        var fold = StageFold()
        var found: [Finding] = []
        for entry in own {
            guard let fact = entry.fact else { continue }
            switch fact {
            case .accepted: fold.isAccepted = true
            case .stageBegun(let name, _, _):
                if let early = reordered(entry, name, item, fold) { found.append(early) }
                fold.open.insert(name)
                (fold.done[name], fold.signers[name]) = (nil, nil)
                fold.objected.remove(name)
            case .stageEnded(let name):
                fold.open.remove(name)
                fold.done[name] = entry
            case .stageSigned(let name, let finding, _):
                if !fold.open.contains(name), item.stage(name) != nil {
                    found.append(
                        self.finding(
                            .reorderedStage,
                            entry,
                            LocalizedText(
                                "stage '\(name)' was signed before it had begun",
                                "环节“\(name)”尚未开始即已签署"
                            )
                        )
                    )
                }
                if let officer = entry.standing?.officer { fold.signers[name, default: []].insert(officer) }
                if finding == .objection { fold.objected.insert(name) }
            case .answered(let name, _, _, _, _):
                fold.signers[name, default: []].insert(entry.standing?.officer ?? OfficerID(trusted: "county"))
            case .returned(_, _, _, let undone): for name in undone { fold.done[name] = nil }
            case .decided: if let skipped = skipped(entry, item, fold) { found.append(skipped) }
            default: break
            }
        }
        return found
    }

    private func reordered(_ entry: CaseRecord.Entry, _ name: String, _ item: ServiceItem, _ fold: StageFold)
        -> Finding?
    {
        guard let stage = item.stage(name) else { return nil }
        let waiting = stage.after.map(\.rawValue).filter { before in
            guard let ended = fold.done[before] else { return true }
            return ended.at.timestamp > entry.at.timestamp
        }
        let lacks = (fold.isAccepted ? [] : ["acceptance"]) + waiting
        if lacks.isEmpty { return nil }
        let positions = waiting.compactMap { fold.done[$0]?.position }
        return finding(
            .reorderedStage,
            entry,
            LocalizedText(
                "stage '\(name)' began before what it waits for: \(lacks.joined(separator: ", "))",
                "环节“\(name)”先于其前置环节开始：\(lacks.map { $0 == "acceptance" ? "受理" : $0 }.joined(separator: "、"))"
            ),
            more: positions
        )
    }

    /// At the decision all stages before it have ended, each by somebody's signature, and verification by two officers'.
    private func skipped(_ entry: CaseRecord.Entry, _ item: ServiceItem, _ fold: StageFold) -> Finding? {
        let decision = item.decision?.name
        var lacks: [LocalizedText] = []
        for stage in item.stages where stage.name != decision {
            let name = stage.name.rawValue
            let signers = fold.signers[name]?.count ?? 0
            if fold.done[name] == nil {
                lacks.append(LocalizedText("'\(name)' had not ended", "“\(name)”未完成"))
            } else if signers == 0 {
                lacks.append(LocalizedText("'\(name)' ended without a signature", "“\(name)”无人签署"))
            } else if signers < stage.kind.officers, !fold.objected.contains(name) {
                lacks.append(
                    LocalizedText(
                        "'\(name)' takes \(stage.kind.officers) officers and has one",
                        "“\(name)”应由 \(stage.kind.officers) 人核查，仅 1 人"
                    )
                )
            }
        }
        guard let words = Self.joined(lacks) else { return nil }
        let ends = item.stages.compactMap { fold.done[$0.name.rawValue]?.position }
        return finding(
            .skippedStage,
            entry,
            LocalizedText("decided although \(words[.english])", "作出决定时\(words[.chinese])"),
            more: ends.filter { $0 != entry.position }
        )
    }

    // MARK: Visits

    /// Every visit beyond what the item promises (最多跑一次, 一次都不跑). Who could do without and came all the same to hand
    /// it in chose to: that visit breaks no promise, and the next one does.
    func visits() -> [Finding] {
        guard let promise = item?.visits.rawValue else { return [] }
        let comes = record.intake.map { !$0.channel.isWithoutVisit } ?? false
        let most = max(promise, comes ? 1 : 0)
        var seen: Set<VisitID> = []
        var positions: [Int64] = []
        var found: [Finding] = []
        for entry in own {
            let visit: VisitID?
            switch entry.event.fact {
            case .received(_, _, _, let intake): visit = intake?.visit
            case .procedure(.visited(let id), _): visit = id
            default: visit = nil
            }
            guard let visit, seen.insert(visit).inserted else { continue }
            if seen.count > most {
                // Who registers the visit has not caused it.
                found.append(
                    finding(
                        .tooManyVisits,
                        ofUnitOf: entry,
                        LocalizedText(
                            "visit \(seen.count) of the citizen; the item promises \(promise) at most",
                            "申请人第 \(seen.count) 次到场，事项承诺最多 \(promise) 次"
                        ),
                        more: positions
                    )
                )
            }
            positions.append(entry.position)
        }
        return found
    }

    /// Several things that are wrong, in one text; nil for none.
    static func joined(_ texts: [LocalizedText]) -> LocalizedText? {
        if texts.isEmpty { return nil }
        return LocalizedText(
            texts.map { $0[.english] }.joined(separator: "; "),
            texts.map { $0[.chinese] }.joined(separator: "；")
        )
    }
}
