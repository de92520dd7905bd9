import EventStore
import WorkingTime

extension TownSimulation {
    // MARK: The town

    /// What the books say of the town, for drawing lots.
    func learn() throws {
        let network = networkBook.latest
        let day = options.from
        guard network.unit(profile.hall, on: day) != nil else {
            throw Problem("the network has no unit \(profile.hall), which the profile names as 'hall'")
        }
        villages = network.villageStations(on: day)
        if villages.isEmpty { throw Problem("the network has no village's station") }
        for village in villages {
            points[village] = network.children(of: village, on: day).filter { $0.kind == .collectionPoint }.map(\.code)
        }
        for (channel, weight) in profile.channels where weight > 0 {
            itemsByChannel[channel] = items.filter { $0.channels.contains(channel) }
            if itemsByChannel[channel]?.isEmpty != false {
                throw Problem(
                    "no item of the catalogue is offered through '\(channel.rawValue)', which the profile names"
                )
            }
        }
        officers = network.officers.keys.sorted()
        for unit in network.open(on: day) {
            for seat in network.seats(in: unit.code, on: day) {
                guard let a = seat.a, let b = seat.b else { continue }
                partners[a, default: []].insert(b)
                partners[b, default: []].insert(a)
            }
        }
        guard let director = network.whoMayAct(in: profile.hall, as: .director, on: day).first?.officer else {
            throw Problem("\(profile.hall) has nobody in the role of a director on \(day)")
        }
        self.director = director
        for role in [OfficerRole.window, .sealKeeper] where network.seats(in: profile.hall, as: role, on: day).isEmpty {
            throw Problem("\(profile.hall) has no post of the role \(role.rawValue)")
        }
    }

    /// Figures of the files themselves.
    func standingFigure(_ measure: SimulationMeasure) -> Double? {
        let open = networkBook.latest.open(on: options.from)
        return switch measure {
        case .windows: Double(open.count { $0.kind == .window })
        case .villages: Double(villages.count)
        case .groups: Double(open.count { $0.kind == .collectionPoint })
        case .departments: Double(open.count { $0.kind == .department && $0.parent == profile.hall })
        case .items: Double(items.count)
        case .classes: Double(Set(items.compactMap { $0.group?[.chinese] }).count)
        default: nil
        }
    }

    // MARK: Time

    /// Microseconds of a second of a local day.
    func instant(_ day: CivilDate, second: Int) -> Int64 {
        let local = LocalTime(date: day, microsecondOfDay: Int64(second) * 1_000_000)
        return local?.resolved(in: zone)?.microsecondsSinceEpoch ?? now
    }

    /// A moment in the town's zone.
    func local(_ time: Int64) -> ZonedTime {
        let utc = ZonedTime(microsecondsSinceEpoch: time, offsetSeconds: 0)
        guard let local = utc?.shifted(to: zone) else {
            preconditionFailure("the days that are played are in the calendar")
        }
        return local
    }

    func isWorkingDay(_ day: CivilDate) -> Bool { (try? legal.isWorkingDay(day)) ?? false }

    func isMarketDay(_ day: CivilDate) -> Bool { profile.market?.contains(day) ?? false }

    func isOpen(_ day: CivilDate) -> Bool { isWorkingDay(day) || isMarketDay(day) }

    private func openHours(_ day: CivilDate) -> DayHours {
        if let market = profile.market, market.contains(day) { return market.hours }
        return isWorkingDay(day) ? profile.hours : .closed
    }

    /// The day that comes so many working days later; 0 gives the day itself, or the next working day.
    func workingDay(_ count: Int, after day: CivilDate) -> CivilDate {
        var (day, left) = (day, count)
        for _ in 0..<4000 {
            if isWorkingDay(day) {
                if left <= 0 { return day }
                left -= 1
            } else if left < 0 {
                return day
            }
            guard let next = day.adding(days: 1) else { return day }
            day = next
        }
        return day
    }

    /// Some time in the hours of service, so many working days after a day.
    func time(_ count: Int, workingDaysAfter day: CivilDate, _ random: inout SimulationRandom) -> Int64 {
        let target = workingDay(count, after: day)
        let hours = openHours(target).intervals
        guard !hours.isEmpty else { return instant(target, second: 9 * 3600) }
        let interval = hours[random.whole(0...(hours.count - 1))]
        let last = max(interval.lowerBound, interval.upperBound - 40)
        return instant(target, second: random.whole(interval.lowerBound...last) * 60 + random.whole(0...59))
    }

    // MARK: A day

    func begin(_ day: CivilDate) async throws {
        today = day
        midnight = instant(day, second: 0)
        progress(options.from.days(to: day), options.days)
        if let next = day.adding(days: 1) { schedule(.day(next), at: instant(next, second: 7 * 3600)) }
        func spans(_ hours: DayHours) -> [Range<Int64>] {
            hours.intervals.map {
                (midnight + Int64($0.lowerBound) * 60_000_000)..<(midnight + Int64($0.upperBound) * 60_000_000)
            }
        }
        hours = spans(openHours(day))
        countyHours = isWorkingDay(day) ? spans(profile.hours) : []
        guard !hours.isEmpty else {
            weightSoFar += weight(of: day)
            return
        }
        if isWorkingDay(day) { try await sendAway() }
        desk = desk.knowing(networkBook)
        placesOf = [:]
        busyUntil = [:]
        for place in placeOrder { staff(place) }
        countCover()
        for opening in Set((hours + countyHours).map(\.lowerBound)).sorted() { schedule(.opening, at: opening) }
        arrive()
    }

    /// Officers go away, never A and B of one post at once.
    private func sendAway() async throws {
        let chance = profile.rate(.absence)
        if chance <= 0 { return }
        let actor = director.actor
        let network = NetworkDesk(log, requests: { [ids] in ids.id() })
        for officer in officers {
            guard random.chance(chance), networkBook.latest.isPresent(officer, on: today) else { continue }
            let length = random.whole(1...5)
            let reasons = Officer.Absence.Reason.allCases
            let reason = reasons[random.whole(0...(reasons.count - 1))]
            guard let last = today.adding(days: length - 1) else { continue }
            let isLeftAlone = (partners[officer] ?? []).contains { partner in
                (0..<length).contains {
                    today.adding(days: $0).map { !networkBook.latest.isPresent(partner, on: $0) } ?? true
                }
            }
            if isLeftAlone { continue }
            let absence = Officer.Absence(from: today, through: last, reason: reason)
            now += 1_000_000
            let moment = Timestamp(microseconds: now)
            clock.set(moment)
            guard try await network.change(officer, .absent(absence), at: moment, actor: actor) else { continue }
            tally.absences += 1
            let event = OfficerEvent(effectiveAt: moment, actor: actor, fact: .absent(absence))
            networkBook.take(event, of: officer, recordedAt: moment)
        }
    }

    /// On how many posts A is away today, and whether B is there.
    private func countCover() {
        let network = networkBook.latest
        for place in placeOrder {
            for seat in network.seats(in: place.unit, as: place.role, on: today) {
                guard let a = seat.a, let b = seat.b, !network.isPresent(a, on: today) else { continue }
                tally.daysOfA += 1
                if network.isPresent(b, on: today) { tally.daysCovered += 1 }
            }
        }
    }

    // MARK: Who comes

    /// How many cases a day draws, beside other days.
    func weight(of day: CivilDate) -> Double {
        guard isOpen(day) else { return 0 }
        let usual = profile.weekdays[day.weekday] ?? 1
        return isMarketDay(day) ? usual * (profile.market?.factor ?? 1) : usual
    }

    private func arrive() {
        let share = weight(of: today)
        weightSoFar += share
        let mean = Double(total) * share / weightInAll
        let noise = weightSoFar < weightInAll - 1e-9 ? (random.unit() - 0.5) * mean.squareRoot() * 1.5 : 0
        let target = min(total, max(arrived, Int((Double(total) * weightSoFar / weightInAll + noise).rounded())))
        var left = target - arrived
        if isMarketDay(today) {
            tally.marketDays += 1
            tally.marketCases += left
        } else {
            tally.otherDays += 1
            tally.otherCases += left
        }
        while left > 0 {
            let matters = min(left, random.pick(profile.matters) + 1)
            arrive(with: matters)
            left -= matters
        }
    }

    private func arrive(with matters: Int) {
        let channel = nextChannel()
        let offered = itemsByChannel[channel] ?? []
        var taken: [(number: Int, item: ServiceItem)] = []
        for _ in 0..<matters {
            arrived += 1
            let item = offered[random.pick(offered.map { $0.kind == .onTheSpot ? 3 : 1 })]
            taken.append((arrived, item))
            tally.cases[channel, default: 0] += 1
        }
        let village = villages[random.whole(0...(villages.count - 1))]
        let isInVillage = channel == .agent || channel == .homeVisit
        var unit = isInVillage ? village : profile.hall
        if channel == .agent, let groups = points[village], !groups.isEmpty, random.chance(0.4) {
            unit = groups[random.whole(0...(groups.count - 1))]
        }
        let comes = [.window, .appointment, .selfService].contains(channel)
        if comes { tally.visits += 1 }
        let visit = SimulatedVisit(
            citizen: random.whole(0...(population - 1)),
            channel: channel,
            unit: unit,
            village: village,
            matters: taken,
            visit: comes ? VisitID(trusted: "v-\(taken[0].number)") : nil,
            isEnteredLate: isInVillage && random.chance(profile.rate(.lateEntry))
        )
        let span = hours[random.pick(hours.map { Double($0.upperBound - $0.lowerBound) })]
        let room = max(1, Int((span.upperBound - span.lowerBound) / 1_000_000) - 1800)
        let at = span.lowerBound + Int64(random.whole(0...room)) * 1_000_000
        let place =
            isInVillage
            ? SimulatedPlace(unit: village, role: .agent) : SimulatedPlace(unit: profile.hall, role: .window)
        schedule(.ready(SimulatedTask(number: 0, work: .intake(visit)), place), at: at)
    }

    /// The channel that is furthest behind its share comes with the greatest probability.
    private func nextChannel() -> ServiceItem.Channel {
        let shares = profile.channels
        let sum = shares.reduce(0) { $0 + $1.1 }
        let weights = shares.map { channel, weight in
            max(0, weight / sum * Double(arrived + 8) - Double(tally.cases[channel] ?? 0))
        }
        return shares[random.pick(weights)].0
    }
}
