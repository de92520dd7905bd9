import EventStore
import WorkingTime

extension TownSimulation {
    /// An officer has done something: now it is recorded.
    func perform(_ task: SimulatedTask, at place: SimulatedPlace, by officer: OfficerID) async throws {
        let hand = Hand(officer: officer, place: place)
        switch task.work {
        case .intake(let visit):
            guard visit.isEnteredLate else { return try await takeIn(visit, at: place, by: officer) }
            // Who takes it in writes it on paper, and enters it on the next day, or when there again.
            return enter(visit, takenAt: now, at: place, by: officer)
        case .entry(let visit, let takenAt):
            guard networkBook.latest.isPresent(officer, on: today) else {
                return enter(visit, takenAt: takenAt, at: place, by: officer)
            }
            return try await takeIn(visit, at: place, by: officer, takenAt: takenAt)
        default: break
        }
        guard let file = cases[task.number] else { return }
        switch task.work {
        case .intake, .entry: return
        case .supplement, .deemed, .refusal: try await goOn(task.work, of: file, by: hand)
        case .callBack:
            file.outstanding -= 1
            if try await record(.calledBack, of: file, by: hand) { tally.callBacks += 1 }
            forget(file)
        case .answerComplaint(let reference):
            file.outstanding -= 1
            let isUpheld = file.random.chance(0.3)
            let answer = "looked into with the officers concerned 已核实并答复"
            try await record(
                .complaintAnswered(reference: reference, isUpheld: isUpheld, answer: answer),
                of: file,
                by: hand
            )
            forget(file)
        default:
            if file.isOver { return }
            try await work(task, on: file, by: hand)
        }
    }

    private func enter(_ visit: SimulatedVisit, takenAt: Int64, at place: SimulatedPlace, by officer: OfficerID) {
        let next = time(1, workingDaysAfter: today, &random)
        let later = max(next, now + 86_400_000_000 + 600_000_000)
        schedule(.done(SimulatedTask(number: 0, work: .entry(visit, takenAt: takenAt)), place, officer), at: later)
    }

    private func work(_ task: SimulatedTask, on file: SimulatedCase, by hand: Hand) async throws {
        switch task.work {
        case .sign, .decide, .forward, .answer:
            if file.isDecided { return }
            if file.isSuspended { return file.held.append((task, hand.place)) }
        default: break
        }
        switch task.work {
        case .sign(let stage): try await sign(stage, task, of: file, by: hand)
        case .forward(let stage): try await forward(stage, task, of: file, by: hand)
        case .answer(let stage): try await answer(stage, of: file, by: hand)
        case .decide: try await decide(task, on: file, by: hand)
        case .resume:
            guard file.isSuspended, try await record(.resumed, of: file, by: hand) else { return }
            file.isSuspended = false
            release(file)
        case .withdraw:
            guard !file.isDecided, try await record(.withdrawn, of: file, by: hand) else { return }
            tally.withdrawn += 1
            try await finish(file, by: hand)
        case .follow(let name):
            guard file.deferred.contains(name) else { return }
            try await comeAgain(file, by: hand)
            guard try await record(.materialFollowed(name), of: file, by: hand) else { return }
            file.deferred.remove(name)
            release(file)
        case .returnFile(let name):
            guard !file.isDecided, try await record(.fileReturned(name), of: file, by: hand) else { return }
            tally.returnedFiles += 1
            try await finish(file, by: hand)
        case .seal, .issue, .deliver: try await handOut(task.work, of: file, by: hand)
        default: return
        }
    }

    /// What waited for the case goes on.
    func release(_ file: SimulatedCase) {
        let held = file.held
        file.held = []
        for (task, place) in held { schedule(.ready(task, place), at: now + 20_000_000) }
    }

    // MARK: Stages

    private func sign(_ name: String, _ task: SimulatedTask, of file: SimulatedCase, by hand: Hand) async throws {
        guard file.stages[name] != nil, let stage = file.item.stage(name) else { return }
        if file.plan.suspends, stage.role == .reviewer || stage.role == .approver {
            file.plan.suspends = false
            if try await suspend(file, by: hand) {
                file.taking[name]?.remove(hand.officer)
                return file.held.append((task, hand.place))
            }
        }
        if file.plan.returns, let earlier = file.item.predecessors(of: name).last, stage.role != .agent {
            file.plan.returns = false
            let reason = "a page is missing 缺页"
            if try await record(
                .returned(from: name, to: earlier, reason: reason, undone: []),
                of: file,
                by: hand
            ) {
                tally.reworks += 1
                return
            }
        }
        let finding: Case.Finding = file.plan.objects && stage.role != .agent ? .objection : .agreement
        let remark = finding == .objection ? "the conditions are not met 不符合条件" : ""
        guard try await record(.stageSigned(stage: name, finding, remark: remark), of: file, by: hand) else { return }
        file.signers[name, default: []].insert(hand.officer)
        if finding == .objection {
            file.plan.objects = false
            file.plan.isDenied = true
            tally.objections += 1
        }
    }

    private func suspend(_ file: SimulatedCase, by hand: Hand) async throws -> Bool {
        let grounds = ["inspection", "testing", "appraisal", "expert-review"]
        let ground = grounds[file.random.whole(0...(grounds.count - 1))]
        let days = file.random.whole(3...10)
        guard let told = Limit(days, .workingDays),
            try await record(.suspended(ground: ground, told: told), of: file, by: hand)
        else { return false }
        tally.suspensions += 1
        file.isSuspended = true
        let length = file.plan.overruns ? days + file.random.whole(2...5) : max(1, days - file.random.whole(0...2))
        schedule(
            .ready(SimulatedTask(number: file.index, work: .resume), hand.place),
            at: time(length, workingDaysAfter: today, &file.random)
        )
        return true
    }

    private func forward(
        _ name: String,
        _ task: SimulatedTask,
        of file: SimulatedCase,
        by hand: Hand
    ) async throws {
        // The county gets all of it.
        if !file.deferred.isEmpty { return file.held.append((task, hand.place)) }
        guard file.stages[name] != nil, let stage = file.item.stage(name), case .unit(let county) = stage.place else {
            return
        }
        let reference = "ZB-\(file.index)-\(tally.forwarded)"
        guard try await record(.forwarded(stage: name, to: county, reference: reference), of: file, by: hand) else {
            return
        }
        tally.forwarded += 1
        let limit = stage.limit.map { $0.unit == .workingDays ? $0.amount : 5 } ?? 5
        put(
            SimulatedTask(number: file.index, work: .answer(name)),
            at: SimulatedPlace(unit: county, role: stage.role),
            notBefore: time(file.random.whole(1...max(1, limit - 1)), workingDaysAfter: today, &file.random)
        )
    }

    private func answer(_ name: String, of file: SimulatedCase, by hand: Hand) async throws {
        guard file.stages[name] != nil else { return }
        var fact = Case.ProcedureFact.answered(
            stage: name,
            .granted,
            reference: "XF-\(file.index)",
            reasons: "",
            remedy: ""
        )
        if file.plan.isSentBack {
            file.plan.isSentBack = false
            fact = .answered(
                stage: name,
                .sentBack,
                reference: "XF-\(file.index)-1",
                reasons: "the form is of the year before 表格为旧版",
                remedy: ""
            )
        } else if file.plan.isDenied {
            fact = .answered(
                stage: name,
                .denied,
                reference: "XF-\(file.index)",
                reasons: "the conditions are not met 不符合条件",
                remedy: "reconsideration within 60 days, or suit 可申请行政复议或提起行政诉讼"
            )
        }
        try await record(fact, of: file, by: hand)
    }

    private func decide(_ task: SimulatedTask, on file: SimulatedCase, by hand: Hand) async throws {
        guard let stage = file.item.decision?.name.rawValue, file.stages[stage] != nil else { return }
        if !file.deferred.isEmpty { return file.held.append((task, hand.place)) }
        if file.plan.extends, let by = Limit(5, .workingDays), let clock = ClockName(rawValue: "decision") {
            file.plan.extends = false
            let reason = "the question takes another look 情况复杂需进一步核实"
            if try await record(
                .extended(clock, by: by, authority: "organ-head", reason: reason),
                of: file,
                by: hand
            ) {
                tally.extensions += 1
                let later = time(file.random.whole(2...5), workingDaysAfter: today, &file.random)
                return put(task, at: hand.place, notBefore: later)
            }
        }
        var fact = Case.ProcedureFact.decided(isGranted: true, reasons: "", remedy: "")
        if file.plan.isDenied {
            fact = .decided(
                isGranted: false,
                reasons: "the conditions are not met 不符合条件",
                remedy: "reconsideration within 60 days, or suit 可申请行政复议或提起行政诉讼"
            )
        }
        try await record(fact, of: file, by: hand)
    }

    // MARK: The result

    private func handOut(_ work: SimulatedWork, of file: SimulatedCase, by hand: Hand) async throws {
        let digest = Case.digest(ofDocument: Array("\(file.number) \(file.item.code)".utf8))
        let window = SimulatedPlace(unit: profile.hall, role: .window)
        switch work {
        case .seal:
            guard let matter = file.item.seal else { return }
            let use = Case.SealUse(matter: matter, document: digest, keeper: hand.officer)
            guard try await record(.sealed(use), of: file, by: hand) else { return }
            tally.sealed += 1
            put(SimulatedTask(number: file.index, work: .issue), at: window)
        case .issue:
            let isSealed = file.isGranted && file.item.seal != nil
            let result =
                file.isGranted ? file.item.results.first?[.english] ?? "decision 决定" : "denial in writing 不予许可决定书"
            let issue = Case.Issue(result: result, document: isSealed ? digest : nil)
            guard try await record(.issued(issue), of: file, by: hand) else { return }
            let way = file.plan.delivery
            if file.isAtOnce, file.visit.visit != nil {
                // The citizen waits for it.
                return try await deliver(.window, file, by: hand)
            }
            let village = SimulatedPlace(unit: file.visit.village, role: .agent)
            schedule(
                .ready(SimulatedTask(number: file.index, work: .deliver(way)), way == .agent ? village : window),
                at: time(file.random.whole(1...(way == .window ? 6 : 3)), workingDaysAfter: today, &file.random)
            )
        case .deliver(let way):
            if way == .window { try await comeAgain(file, by: hand) }
            try await deliver(way, file, by: hand)
        default: return
        }
    }

    private func deliver(_ way: Case.Delivery, _ file: SimulatedCase, by hand: Hand) async throws {
        guard try await record(.delivered(by: way), of: file, by: hand) else { return }
        try await finish(file, by: hand)
    }
}
