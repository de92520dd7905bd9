import EventStore
import WorkingTime

extension TownSimulation {
    /// Somebody who acts, and where.
    struct Hand {
        let officer: OfficerID
        let place: SimulatedPlace
    }

    /// An act of an officer at the present moment of the simulation; each is some seconds later than the one before.
    func act(_ hand: Hand, at effective: Int64? = nil) -> CaseDesk.Act {
        now += 11_000_000
        let moment = Timestamp(microseconds: now)
        clock.set(moment)
        return CaseDesk.Act(
            at: local(effective ?? now),
            now: moment,
            actor: hand.officer.actor,
            request: ids.id(),
            hands: CaseDesk.Hands(unit: hand.place.unit, role: hand.place.role)
        )
    }

    /// Records a fact by the desk; false where the rules refuse it, which is counted.
    @discardableResult
    func record(_ fact: Case.ProcedureFact, of file: SimulatedCase, by hand: Hand, at effective: Int64? = nil)
        async throws -> Bool
    {
        let act = act(hand, at: effective)
        return try await take(file, fact.name) { [desk] in try await desk.record(fact, on: file.stream, act) }
    }

    func close(_ file: SimulatedCase, by hand: Hand) async throws {
        let act = act(hand)
        try await take(file, "close") { [desk] in try await desk.close(on: file.stream, act) }
    }

    @discardableResult
    func take(_ file: SimulatedCase, _ name: String, _ body: () async throws -> CaseDesk.Outcome) async throws -> Bool {
        do {
            let outcome = try await body()
            tally.events += outcome.events.count
            if let standing = outcome.events.first?.by {
                tally.acts += 1
                if standing.holder == .b { tally.actsByB += 1 }
            }
            follow(outcome.state, file)
            return !outcome.events.isEmpty
        } catch let refused as CaseDesk.Refused {
            refuse(name, "\(refused.rejection)")
        } catch let rejection as Case.Rejection {
            refuse(name, "\(rejection)")
        }
        return false
    }

    private func refuse(_ name: String, _ why: String) {
        // As many kinds as there are rules; a text with a case's own words would be one each.
        let key = "\(name): \(why)"
        if tally.refusals.count < 50 || tally.refusals[key] != nil { tally.refusals[key, default: 0] += 1 }
    }

    /// What the recorded state asks the town to do next: stages that have begun, and the decision.
    private func follow(_ state: Case.State, _ file: SimulatedCase) {
        guard let work = state.work else { return }
        let open = work.stages.filter { $0.value.endedAt == nil }.mapValues(\.begunAt)
        let begun = open.filter { file.stages[$0.key] != $0.value }.keys.sorted()
        file.stages = open
        if !file.isOver, state.progress.decidedAt == nil {
            for name in begun {
                file.signers[name] = nil
                file.taking[name] = nil
                begin(name, of: file)
            }
        }
        if state.progress.decidedAt != nil, !file.isDecided {
            file.isDecided = true
            file.isGranted = state.progress.isGranted == true
            tally.decided += 1
            if !file.isGranted { tally.denied += 1 }
            let task = SimulatedTask(number: file.index, work: file.isGranted && file.item.seal != nil ? .seal : .issue)
            let role: OfficerRole = file.isGranted && file.item.seal != nil ? .sealKeeper : .window
            schedule(.ready(task, SimulatedPlace(unit: profile.hall, role: role)), at: now + 30_000_000)
        }
    }

    /// A stage has begun: its work comes to where it is done.
    private func begin(_ name: String, of file: SimulatedCase) {
        guard let stage = file.item.stage(name) else { return }
        let unit: UnitCode
        switch stage.place {
        case .unit(let code): unit = code
        case .applicantsVillage: unit = file.visit.village
        }
        let place = SimulatedPlace(unit: unit, role: stage.role)
        var at = now + 15_000_000
        if file.random.chance(profile.rate(.overlong)) {
            let limit = stage.limit.map { $0.unit == .workingDays ? $0.amount : 0 } ?? 0
            at = time(limit + file.random.whole(1...5), workingDaysAfter: today, &file.random)
        } else if !file.isAtOnce, stage.kind != .villageCertificate {
            // Papers lie for a while, and less than they may.
            let limit = stage.limit.map { $0.unit == .workingDays ? $0.amount : 1 } ?? 1
            let days = file.random.whole(0...max(0, limit - 1) / 2)
            if days > 0 { at = time(days, workingDaysAfter: today, &file.random) }
        }
        switch stage.kind {
        case .forwarding:
            let window = SimulatedPlace(unit: profile.hall, role: .window)
            put(SimulatedTask(number: file.index, work: .forward(name)), at: window, notBefore: now + 15_000_000)
        case .decision: put(SimulatedTask(number: file.index, work: .decide), at: place, notBefore: at)
        default:
            for _ in 0..<stage.kind.officers {
                put(SimulatedTask(number: file.index, work: .sign(name)), at: place, notBefore: at)
            }
        }
    }

    /// The case is over, but for calls back and complaints.
    func finish(_ file: SimulatedCase, by hand: Hand) async throws {
        file.isOver = true
        try await close(file, by: hand)
        try await hearOut(file, by: hand)
        forget(file)
    }

    /// The citizen rates, and may complain.
    private func hearOut(_ file: SimulatedCase, by hand: Hand) async throws {
        if file.random.chance(profile.rate(.rating)) {
            let grade = nextGrade(&file.random)
            if try await record(.rated(grade, followUp: nil), of: file, by: hand) {
                tally.ratings[grade, default: 0] += 1
                if grade.isPoor {
                    let isLate = file.random.chance(profile.rate(.lateCallBack))
                    let at = time(file.random.whole(isLate ? 6...9 : 1...3), workingDaysAfter: today, &file.random)
                    file.outstanding += 1
                    schedule(
                        .ready(
                            SimulatedTask(number: file.index, work: .callBack),
                            SimulatedPlace(unit: profile.hall, role: .window)
                        ),
                        at: at
                    )
                }
            }
        }
        if file.random.chance(profile.rate(.complaint)) {
            let reference = "TS-\(file.index)"
            if try await record(.complained(reference: reference, about: "waited too long 等候时间过长"), of: file, by: hand)
            {
                tally.complaints += 1
                file.outstanding += 1
                schedule(
                    .ready(
                        SimulatedTask(number: file.index, work: .answerComplaint(reference)),
                        SimulatedPlace(unit: profile.hall, role: .director)
                    ),
                    at: time(file.random.whole(1...6), workingDaysAfter: today, &file.random)
                )
            }
        }
    }

    /// The grade that is furthest behind its share comes with the greatest probability, so that few ratings, too, have the
    /// shares of many.
    private func nextGrade(_ random: inout SimulationRandom) -> Case.Rating {
        let sum = profile.grades.reduce(0, +)
        let rated = tally.ratings.values.reduce(0, +)
        let weights = zip(Case.Rating.allCases, profile.grades).map { grade, share in
            max(0, share / sum * Double(rated + 8) - Double(tally.ratings[grade] ?? 0))
        }
        return Case.Rating.allCases[random.pick(weights)]
    }

    func forget(_ file: SimulatedCase) { if file.isOver, file.outstanding <= 0 { cases[file.index] = nil } }
}
