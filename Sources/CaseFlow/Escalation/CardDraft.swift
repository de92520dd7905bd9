import EventStore
import WorkingTime

/// What a rung is raised on: what is known of its clock and of the work in the case, and the network of the day.
struct CardDraft: Sendable {
    /// Something that is to be done in the case, as its queue has it.
    struct Task: Sendable, Hashable {
        var name: String
        var act: String
        var unit: UnitCode
        var role: OfficerRole
        var assignee: OfficerID?
        var since: Timestamp
        var isWaiting: Bool
        /// The stage or the material whose own clock is the task's.
        var watched: String?
    }

    var key: Case.CardKey
    var stage: String?
    var rules: String
    var limit: Limit
    var startedOn: CivilDate
    var dueOn: CivilDate?
    var dueAt: Timestamp?
    var isProvisional: Bool
    var calendar: String?
    var calendarVersion: Int?
    var basedOn: Int64
    /// Whether the clock runs or stands still.
    var isOpen: Bool
    /// Whose delay it is, as the clock's row has it.
    var unit: String
    var officer: String?
    var tasks: [Task]

    /// The rung with all that it rests on.
    /// - Parameters:
    ///   - day: the local day on which it is raised: who can answer then is told.
    ///   - answerBy: the last day for an answer.
    ///   - past: who had the case when the rung was due, where that may be another than the tasks say.
    ///   - dueOn: the local day of that: its posts and absences count for the holder. Nil: the day on which it is raised.
    func rung(
        _ rung: RulePack.Rung,
        level: Int,
        in network: Network,
        on day: CivilDate,
        answerBy: CivilDate?,
        past: PastHolder? = nil,
        dueOn: CivilDate? = nil
    ) -> Case.RaisedRung {
        let task = isOpen ? task : nil
        let holder = holder(past?.place ?? task.map(place), network, past == nil ? day : dueOn ?? day)
        var raised = Case.RaisedRung(
            key,
            stage: stage,
            rung: rung,
            level: level,
            rules: rules,
            limit: limit,
            startedOn: startedOn,
            basedOn: basedOn,
            holder: holder,
            cause: cause(task, past),
            addressee: addressee(rung.addressee, holder, network, day)
        )
        (raised.dueOn, raised.dueAt, raised.isProvisional) = (self.dueOn, dueAt, isProvisional)
        (raised.calendar, raised.calendarVersion) = (calendar, calendarVersion)
        raised.answerBy = rung.answer == nil ? nil : answerBy
        return raised
    }

    /// The task that holds the clock up: of a stage or a material its own; else the one that has lain there longest, what
    /// waits for others last.
    private var task: Task? {
        let own = stage.map { stage in tasks.filter { $0.watched == stage } } ?? []
        return (own.isEmpty ? tasks : own).min { left, right in
            (left.isWaiting ? 1 : 0, left.since, left.name, left.assignee?.rawValue ?? "~")
                < (right.isWaiting ? 1 : 0, right.since, right.name, right.assignee?.rawValue ?? "~")
        }
    }

    private func cause(_ task: Task?, _ past: PastHolder?) -> Case.CardCause {
        if let past { return Case.CardCause(isOpen ? past.cause : .ended, task: past.stage, since: past.since) }
        guard isOpen else { return Case.CardCause(.ended) }
        guard let task else { return Case.CardCause(.unknown) }
        let kind: Case.CardCause.Kind =
            switch task.act {
            case "answer": .county
            case "supplement", "follow": .applicant
            default: task.isWaiting ? .suspension : .work
            }
        return Case.CardCause(kind, task: task.name, since: task.since)
    }

    /// By whom work is done.
    struct Place: Sendable, Hashable {
        var unit: UnitCode
        var role: OfficerRole
        /// Whose it is; nil where it lies open for whoever stands there.
        var officer: OfficerID?
        /// Others who have the same to do, as the second of two who verify.
        var others: [OfficerID] = []
    }

    private func place(of task: Task) -> Place {
        let others = tasks.filter { $0.name == task.name }.compactMap(\.assignee).filter { $0 != task.assignee }
        return Place(
            unit: task.unit,
            role: task.role,
            officer: task.assignee,
            others: task.assignee == nil ? [] : others.sorted()
        )
    }

    private func holder(_ place: Place?, _ network: Network, _ day: CivilDate) -> Case.CardHolder {
        guard let place else { return Case.CardHolder(unit: unit, officer: officer) }
        var holder = Case.CardHolder(
            unit: place.unit.rawValue,
            role: place.role,
            officer: place.officer?.rawValue,
            also: place.others
        )
        guard let seat = seat(of: place, network, day) else { return holder }
        if place.officer == nil { holder.officer = seat.a?.rawValue }
        if holder.officer == seat.a?.rawValue { holder.deputy = seat.b }
        if let officer = holder.officer.flatMap(OfficerID.init(rawValue:)) {
            holder.isAway = !network.isPresent(officer, on: day)
        }
        return holder
    }

    /// The post by which the work is done: the officer's; where it lies open, the only one that there is.
    private func seat(of place: Place, _ network: Network, _ day: CivilDate) -> Network.Seat? {
        let seats = network.seats(in: place.unit, as: place.role, on: day)
        guard let officer = place.officer else { return seats.count == 1 ? seats[0] : nil }
        return seats.first { $0.a == officer } ?? seats.first { $0.b == officer }
    }

    private func addressee(
        _ kind: RulePack.Rung.Addressee,
        _ holder: Case.CardHolder,
        _ network: Network,
        _ day: CivilDate
    ) -> Case.CardAddressee {
        let known = UnitCode(rawValue: holder.unit).flatMap { network.units[$0] == nil ? nil : $0 }
        func those(of unit: UnitCode, _ role: OfficerRole) -> Case.CardAddressee {
            let persons = network.whoMayAct(in: unit, as: role, on: day).map {
                Case.CardAddressee.Person($0.officer, for: $0.actingFor)
            }
            return Case.CardAddressee(kind, unit: unit.rawValue, persons: persons)
        }
        switch kind {
        case .holder:
            guard let officer = holder.officer.flatMap(OfficerID.init(rawValue:)) else {
                guard let known, let role = holder.role else { return Case.CardAddressee(kind, unit: holder.unit) }
                return those(of: known, role)
            }
            let all = [officer] + holder.also
            // Those who have left for good can answer nothing: their post is told.
            if let known, let role = holder.role,
                all.allSatisfy({ network.officers[$0].map { !$0.isInService(on: day) } ?? false })
            {
                return those(of: known, role)
            }
            let persons = all.map { stand(for: $0, of: holder, network, day) }
            return Case.CardAddressee(kind, unit: holder.unit, persons: persons)
        case .director:
            guard let known else { return Case.CardAddressee(kind, unit: "") }
            return those(of: network.centre(of: known, on: day), .director)
        case .countySupervision, .disciplineInspection:
            guard let county = known.flatMap({ network.county(of: $0, on: day) }) else {
                return Case.CardAddressee(kind, unit: "")
            }
            // They stand in the county itself, or in a department of it.
            let departments = network.children(of: county, on: day).filter { $0.kind == .department }.map(\.code)
            let unit = ([county] + departments).first { !network.seats(in: $0, as: .inspector, on: day).isEmpty }
            return those(of: unit ?? county, .inspector)
        }
    }

    /// Who answers for an officer on a day: an absent A is replaced by the B of that day, and both are named.
    private func stand(for officer: OfficerID, of holder: Case.CardHolder, _ network: Network, _ day: CivilDate)
        -> Case.CardAddressee.Person
    {
        if network.isPresent(officer, on: day) { return .init(officer) }
        let seats = UnitCode(rawValue: holder.unit).map { network.seats(in: $0, as: holder.role, on: day) } ?? []
        let seat = seats.first { $0.a == officer }
        let deputy = seat == nil && holder.officer == officer.rawValue ? holder.deputy : seat?.b
        if let deputy, network.isPresent(deputy, on: day) { return .init(deputy, for: officer) }
        return .init(officer)
    }
}

extension Network {
    /// The county that a unit belongs to on a day; nil where there is none above it.
    func county(of code: UnitCode, on day: CivilDate) -> UnitCode? {
        var next: UnitCode? = code
        while let known = next, let profile = unit(known, on: day) {
            if profile.kind == .county { return known }
            next = profile.parent
        }
        return nil
    }
}
