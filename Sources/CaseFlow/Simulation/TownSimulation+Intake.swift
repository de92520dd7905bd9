import EventStore
import WorkingTime

extension TownSimulation {
    /// The matters of a visit are taken in, one after the other.
    /// - Parameter takenAt: when it was, where it is entered later.
    func takeIn(_ visit: SimulatedVisit, at place: SimulatedPlace, by officer: OfficerID, takenAt: Int64? = nil)
        async throws
    {
        let hand = Hand(officer: officer, place: place)
        let citizen = try citizens.citizen(visit.citizen)
        clock.set(Timestamp(microseconds: now))
        let sealed = try await vault.register(citizen.data, as: citizen.subject)
        var offset: Int64 = 0
        for (index, item) in visit.matters {
            let number = CaseNumber(trusted: "\(profile.region)-\(today.year)-\(Self.padded(index))")
            var random = SimulationRandom(seed: options.seed, of: "case", index)
            let plan = plan(for: item, visit, &random)
            let effective = takenAt.map { $0 + offset }
            offset += 60_000_000
            let file = SimulatedCase(
                index,
                number,
                number.stream(in: log.id),
                item,
                visit,
                sealed,
                at: place,
                plan,
                random,
                receivedAt: effective ?? now + 11_000_000
            )
            let act = act(hand, at: effective)
            file.receivedAt = act.at.microsecondsSinceEpoch
            let handedIn = item.materials.filter(\.isHandedIn).map(\.key)
            let intake = Case.Intake(
                channel: visit.channel,
                place: visit.unit,
                village: visit.village,
                applicant: sealed,
                materials: handedIn.filter { !plan.missing.contains($0) },
                visit: visit.visit
            )
            cases[index] = file
            let isTaken = try await take(file, "received") { [desk] in
                try await desk.receive(number, of: item.code, intake, act)
            }
            guard isTaken else {
                cases[index] = nil
                continue
            }
            if takenAt != nil { tally.lateEntries += 1 }
            try await look(at: file, by: hand, effective: effective.map { $0 + 30_000_000 })
        }
    }

    private static func padded(_ number: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, 6 - text.count)) + text
    }

    /// What will happen to a case, as far as it depends on chance alone.
    private func plan(
        for item: ServiceItem,
        _ visit: SimulatedVisit,
        _ random: inout SimulationRandom
    ) -> SimulatedCase.Plan {
        var plan = SimulatedCase.Plan()
        func lot(_ rate: TownProfile.Rate) -> Bool { random.chance(profile.rate(rate)) }
        let handedIn = item.materials.filter(\.isHandedIn)
        if lot(.incomplete), !handedIn.isEmpty {
            let first = random.whole(0...(handedIn.count - 1))
            plan.missing = [handedIn[first].key]
            plan.isNoticeForgotten = lot(.forgottenNotice)
            plan.neverSupplements = lot(.notSupplemented)
            if let later = handedIn.first(where: { $0.mayFollow != nil }), lot(.deferral) {
                plan.missing = [later.key]
                plan.isDeferred = true
                plan.deferralLapses = lot(.deferralLapse)
            } else if handedIn.count > 1, lot(.secondNotice) {
                plan.isNoticeIncomplete = true
                plan.missing.append(handedIn[(first + 1) % handedIn.count].key)
            }
        }
        let isLong = item.kind == .promised
        plan.isCorrected = lot(.correction)
        plan.isRefused = lot(.refusal)
        plan.objects = lot(.objection) && isLong && item.decision != nil && item.stages.count > 1
        plan.returns = lot(.rework) && isLong
        plan.suspends = lot(.suspension) && isLong
        plan.overruns = lot(.overrun)
        plan.extends = lot(.extended) && isLong && item.statute?.unit == .workingDays
        plan.withdraws = lot(.withdrawal) && isLong
        plan.isDenied = lot(.denial)
        plan.isSentBack = lot(.sentBack)
        let ways: [Case.Delivery] = [.window, .agent, .post]
        plan.delivery = ways[random.pick(ways.map { profile.delivery[$0] ?? 0 })]
        if plan.delivery == .window, visit.visit == nil, item.visits == .none { plan.delivery = .agent }
        return plan
    }

    /// The papers are looked through, while the citizen is there: accepted, told what is missing, or refused.
    private func look(at file: SimulatedCase, by hand: Hand, effective: Int64?) async throws {
        if file.plan.isRefused {
            let refusal = Case.ProcedureFact.acceptanceRefused(
                .notOurPower,
                competentBody: "the county's service hall 县政务服务大厅",
                reason: "the matter lies with the county 该事项由县级办理"
            )
            if try await record(refusal, of: file, by: hand, at: effective) {
                tally.refused += 1
                return try await finish(file, by: hand)
            }
        }
        if file.plan.isCorrected {
            try await record(.correctedOnSpot("a date on the form 表格日期"), of: file, by: hand, at: effective)
        }
        if file.plan.missing.isEmpty { return try await accept(file, by: hand, effective: effective) }
        if file.plan.isDeferred {
            let name = file.plan.missing[0]
            let most = file.item.materials.first { $0.key == name }?.mayFollow
            if let most, try await record(.materialDeferred(name, within: most), of: file, by: hand, at: effective) {
                tally.deferrals += 1
                file.deferred = [name]
                try await accept(file, by: hand, effective: effective)
                let lapses = file.plan.deferralLapses
                let days = most.unit == .workingDays ? most.amount : 2
                schedule(
                    .ready(
                        SimulatedTask(number: file.index, work: lapses ? .returnFile(name) : .follow(name)),
                        SimulatedPlace(unit: profile.hall, role: .window)
                    ),
                    at: time(
                        lapses ? days + 2 : file.random.whole(1...max(1, days - 1)),
                        workingDaysAfter: today,
                        &file.random
                    )
                )
                return
            }
        }
        if file.plan.isNoticeForgotten {
            let again = time(7, workingDaysAfter: today, &file.random)
            schedule(.ready(SimulatedTask(number: file.index, work: .deemed), file.place), at: again)
            return
        }
        let missing = file.plan.missing
        let told = file.plan.isNoticeIncomplete ? Array(missing.prefix(1)) : missing
        file.unnoticed = Array(missing.dropFirst(told.count))
        try await notice(told, of: file, by: hand, effective: effective)
    }

    private func notice(_ materials: [String], of file: SimulatedCase, by hand: Hand, effective: Int64? = nil)
        async throws
    {
        let fact = Case.ProcedureFact.supplementNoticed(materials: materials, within: Limit(15, .workingDays))
        guard try await record(fact, of: file, by: hand, at: effective) else { return }
        tally.notices += 1
        file.noticed = materials
        let never = file.plan.neverSupplements
        let days = never ? 16 + file.random.whole(1...3) : file.random.whole(1...8)
        schedule(
            .ready(SimulatedTask(number: file.index, work: never ? .refusal : .supplement), file.place),
            at: time(days, workingDaysAfter: today, &file.random)
        )
    }

    private func accept(_ file: SimulatedCase, by hand: Hand, effective: Int64? = nil) async throws {
        guard try await record(.accepted(isDeemed: false), of: file, by: hand, at: effective) else { return }
        // What the item costs, and no more.
        if let fee = file.item.fee, let charge = Case.FeeCharge(fen: fee.fen, receipt: "P-\(file.index)") {
            try await record(.feeCharged(charge), of: file, by: hand, at: effective)
        }
        accepted(file)
    }

    /// What acceptance brings about beside the first stages.
    private func accepted(_ file: SimulatedCase) {
        file.isAccepted = true
        file.due = due(of: file.item)
        if file.plan.withdraws {
            schedule(
                .ready(
                    SimulatedTask(number: file.index, work: .withdraw),
                    SimulatedPlace(unit: profile.hall, role: .window)
                ),
                at: time(file.random.whole(1...5), workingDaysAfter: today, &file.random)
            )
        }
    }

    private func due(of item: ServiceItem) -> Int64 {
        guard let limit = item.total else { return instant(workingDay(15, after: today), second: 17 * 3600) }
        switch limit.unit {
        case .workingDays: return instant(workingDay(limit.amount, after: today), second: 17 * 3600)
        case .serviceMinutes: return now + Int64(limit.amount) * 60_000_000
        default: return now + Int64(limit.amount) * 86_400_000_000
        }
    }

    /// What a citizen brings or fails to bring before acceptance.
    func goOn(_ work: SimulatedWork, of file: SimulatedCase, by hand: Hand) async throws {
        if file.isOver { return }
        if file.isAccepted {
            if case .supplement = work { try await bringLate(file, by: hand) }
            return
        }
        switch work {
        case .supplement:
            try await comeAgain(file, by: hand)
            let isComplete = file.unnoticed.isEmpty
            let received = Case.ProcedureFact.supplementReceived(materials: file.noticed, isComplete: isComplete)
            guard try await record(received, of: file, by: hand) else { return }
            if isComplete { return try await accept(file, by: hand) }
            // Against "once" (art. 32(4)): it is recorded, and a finding.
            let rest = file.unnoticed
            file.unnoticed = []
            tally.secondNotices += 1
            try await notice(rest, of: file, by: hand)
        case .deemed:
            if try await record(.accepted(isDeemed: true), of: file, by: hand, at: file.receivedAt) {
                tally.deemed += 1
                accepted(file)
                // Nobody told the citizen; when the papers are worked on it comes out.
                file.deferred = Set(file.plan.missing)
                schedule(
                    .ready(SimulatedTask(number: file.index, work: .supplement), file.place),
                    at: time(file.random.whole(1...3), workingDaysAfter: today, &file.random)
                )
            } else {
                let again = time(1, workingDaysAfter: today, &file.random)
                schedule(.ready(SimulatedTask(number: file.index, work: .deemed), file.place), at: again)
            }
        case .refusal:
            let fact = Case.ProcedureFact.acceptanceRefused(
                .notSupplemented,
                competentBody: nil,
                reason: "what was missing did not come 逾期未补正"
            )
            guard try await record(fact, of: file, by: hand) else { return }
            tally.refused += 1
            try await finish(file, by: hand)
        default: return
        }
    }

    /// What was missing when the case came to count as accepted.
    private func bringLate(_ file: SimulatedCase, by hand: Hand) async throws {
        if file.deferred.isEmpty { return }
        try await comeAgain(file, by: hand)
        let fact = Case.ProcedureFact.supplementReceived(materials: file.deferred.sorted(), isComplete: true)
        guard try await record(fact, of: file, by: hand) else { return }
        file.deferred = []
        release(file)
    }

    /// The citizen comes to the hall once more for a case.
    func comeAgain(_ file: SimulatedCase, by hand: Hand) async throws {
        guard hand.place.unit == profile.hall else { return }
        file.visits += 1
        guard let visit = VisitID(rawValue: "v-\(file.index)-\(file.visits)") else { return }
        if try await record(.visited(visit), of: file, by: hand) { tally.visits += 1 }
    }
}
