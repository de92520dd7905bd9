import EventStore
import WorkingTime

extension TownSimulation {
    // MARK: Places and their work

    /// Lets work wait at a place, the case's own last moment deciding how urgent it is, and has somebody take it who is free.
    func put(_ task: SimulatedTask, at place: SimulatedPlace) {
        if places[place] == nil { open(place) }
        var rank = now
        if task.number > 0 {
            guard let file = cases[task.number] else { return }
            rank = file.due
        }
        if case .sign(let name) = task.work, let file = cases[task.number], let stage = file.item.stage(name),
            let limit = stage.limit, limit.unit == .workingDays
        {
            rank = min(rank, instant(workingDay(limit.amount, after: today), second: 17 * 3600))
        }
        places[place]?.waiting.push(task, rank: rank)
        dispatch(place)
    }

    /// The same, not before a moment.
    func put(_ task: SimulatedTask, at place: SimulatedPlace, notBefore time: Int64) {
        if time <= now { put(task, at: place) } else { schedule(.ready(task, place), at: time) }
    }

    private func open(_ place: SimulatedPlace) {
        let network = networkBook.latest
        let unit = network.unit(place.unit, on: today)
        let parent = unit?.parent.flatMap { network.unit($0, on: today) }
        let isOfCounty = place.unit != profile.hall && (parent == nil || parent?.kind == .county)
        places[place] = WorkingPlace(isOfCounty: isOfCounty)
        placeOrder.append(place)
        staff(place)
    }

    /// Who serves a place today.
    func staff(_ place: SimulatedPlace) {
        var officers: [OfficerID] = []
        for standing in networkBook.latest.whoMayAct(in: place.unit, as: place.role, on: today)
        where !officers.contains(standing.officer) {
            officers.append(standing.officer)
            placesOf[standing.officer, default: []].append(place)
        }
        places[place]?.officers = officers
    }

    /// Whether work is done at a place now.
    private func isOpen(_ place: WorkingPlace) -> Bool {
        (place.isOfCounty ? countyHours : hours).contains { $0.contains(now) }
    }

    /// Has the officers who are free take what is most urgent.
    func dispatch(_ place: SimulatedPlace) {
        guard var working = places[place], !working.waiting.isEmpty, isOpen(working) else { return }
        var aside: [(SimulatedTask, Int64)] = []
        // One who may not take the first may take another; looking further than that is not worth it.
        while aside.count < 20, let (rank, task) = working.waiting.pop() {
            if task.number > 0, cases[task.number] == nil { continue }
            // What is settled at once is settled between two other things.
            let isAtOnce = isDecidedAtOnce(task)
            let free = working.officers.filter { isAtOnce || busyUntil[$0] ?? 0 <= now }
            if free.isEmpty {
                aside.append((task, rank))
                break
            }
            guard let officer = free.first(where: { may($0, do: task) }) else {
                aside.append((task, rank))
                continue
            }
            let length = max(20_000_000, seconds(for: task) * 1_000_000)
            var end = now + length
            if let span = (working.isOfCounty ? countyHours : hours).first(where: { $0.contains(now) }) {
                // Nobody stays much longer than the doors are open.
                end = max(now + 20_000_000, min(end, span.upperBound + 20 * 60_000_000))
            }
            if !isAtOnce { busyUntil[officer] = end }
            if case .sign(let stage) = task.work { cases[task.number]?.taking[stage, default: []].insert(officer) }
            schedule(.done(task, place, officer), at: end)
        }
        for (task, rank) in aside { working.waiting.push(task, rank: rank) }
        places[place] = working
    }

    private func isDecidedAtOnce(_ task: SimulatedTask) -> Bool {
        if case .decide = task.work { return cases[task.number]?.isAtOnce ?? false }
        return false
    }

    /// Verification takes two; who accepted does not decide.
    private func may(_ officer: OfficerID, do task: SimulatedTask) -> Bool {
        guard let file = cases[task.number], case .sign(let stage) = task.work else { return true }
        return !(file.signers[stage]?.contains(officer) ?? false) && !(file.taking[stage]?.contains(officer) ?? false)
    }

    private func seconds(for task: SimulatedTask) -> Int64 {
        func about(_ work: TownProfile.Work) -> Int64 {
            Int64(Double(random.seconds(about: profile.minutes[work] ?? 5)) / pace)
        }
        switch task.work {
        case .intake(let visit): return about(visit.channel == .homeVisit ? .homeVisit : .intake)
        case .entry, .supplement, .deemed, .refusal, .forward, .resume, .withdraw, .follow, .returnFile:
            return about(.intake)
        case .sign(let name):
            switch cases[task.number]?.item.stage(name)?.kind {
            case .verification: return about(.verification)
            case .villageCertificate: return about(.certificate)
            default: return about(.review)
            }
        case .answer: return about(.decision)
        case .decide: return about(cases[task.number]?.isAtOnce == true ? .atOnce : .decision)
        case .seal, .issue, .deliver, .callBack, .answerComplaint: return about(.handling)
        }
    }
}
