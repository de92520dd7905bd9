import EventStore
import WorkingTime

/// In whose hands a command lies, and whether the units and officers that it names are there: the network knows, the
/// decider does not.
extension CaseDesk {
    /// The capacity in which an officer acts: as said, or the first of those that the officer has on the day and that
    /// will do; and where the officer sits at that time.
    func standing(of act: Act, as roles: [OfficerRole], in unit: UnitCode?) throws(Case.ServiceRejection) -> Standing {
        guard let officer = OfficerID(actor: act.actor) else { throw .noOfficer(act.actor) }
        let question = StandingShelf.Question(
            officer: officer,
            unit: unit,
            roles: roles,
            role: act.hands?.role,
            day: act.at.localDate
        )
        var standing = try standings.standing(question) { () throws(Case.ServiceRejection) in try look(question) }
        let time = (act.at.shifted(to: zone) ?? act.at).local.wallTime
        if let sitting = network.latest.dutyPlace(of: standing.unit, at: time) {
            standing.duty = .init(at: sitting.place, hasSeal: sitting.hasSeal)
        }
        return standing
    }

    private func look(_ question: StandingShelf.Question) throws(Case.ServiceRejection) -> Standing {
        let (officer, unit, roles, day) = (question.officer, question.unit, question.roles, question.day)
        let known = network.latest
        func standing(in unit: UnitCode, as role: OfficerRole) throws(Case.ServiceRejection) -> Standing {
            do throws(NoStanding) {
                return try known.standing(of: officer, in: unit, as: role, on: day)
            } catch {
                throw .cannotAct(error)
            }
        }
        if let unit, let role = question.role { return try standing(in: unit, as: role) }
        let wanted = question.role.map { [$0] } ?? roles
        let postings = known.postings(of: officer, on: day)
        let fitting = postings.filter { posting in
            (wanted.isEmpty || wanted.contains(posting.role)) && (unit.map { $0 == posting.post.unit } ?? true)
        }
        var refused: Case.ServiceRejection?
        for posting in fitting {
            do throws(Case.ServiceRejection) {
                return try standing(in: posting.post.unit, as: posting.role)
            } catch {
                refused = refused ?? error
            }
        }
        if let refused { throw refused }
        if let unit, wanted.count == 1 { return try standing(in: unit, as: wanted[0]) }
        // Another post will not do, but the decider says that better: with what it rests on and what is allowed.
        for other in postings {
            if let standing = try? known.standing(of: officer, in: other.post.unit, as: other.role, on: day) {
                return standing
            }
        }
        if let other = postings.first { return try standing(in: other.post.unit, as: other.role) }
        throw .noPost(officer, day)
    }

    /// Whether the places and persons of an intake are known on its day.
    func check(_ intake: Case.Intake, on day: CivilDate) throws(Case.ServiceRejection) {
        let known = network.latest
        for unit in [intake.place, intake.village].compactMap(\.self) where known.unit(unit, on: day) == nil {
            throw .noSuchUnit(unit, day)
        }
        if let village = intake.village, known.unit(village, on: day)?.kind != .villageStation {
            throw .noVillage(village)
        }
        if let officer = intake.firstContact, known.officers[officer] == nil { throw .noSuchOfficer(officer) }
    }

    /// Whether whom a fact names can take the work: as A of a post of the stage's unit and role, perhaps
    /// away that day, when B acts; or as the B who acts.
    func check(_ fact: Case.ProcedureFact, in item: ServiceItem, _ work: Case.Work, on day: CivilDate)
        throws(Case.ServiceRejection)
    {
        switch fact {
        case .assigned(let name, let officer), .handedOver(let name, _, let officer, _):
            guard let stage = item.stage(name), let unit = work.unit(of: stage) else { return }
            do throws(NoStanding) {
                _ = try network.latest.standing(of: officer, in: unit, as: stage.role, on: day)
            } catch {
                if case .absent = error.reason { return }
                throw .cannotAct(error)
            }
        case .forwarded(_, let unit, _):
            if network.latest.unit(unit, on: day) == nil { throw .noSuchUnit(unit, day) }
        default: break
        }
    }

    /// Whether a unit works on a case: the units of its stages; and for what belongs to no stage, the centre that took it
    /// in, with its windows and stations, and the county's inspectors.
    func check(_ standing: Standing, worksOn work: Case.Work, _ item: ServiceItem, on day: CivilDate)
        throws(Case.ServiceRejection)
    {
        let stages = item.stages.compactMap { work.unit(of: $0) }
        if stages.contains(standing.unit) { return }
        let known = network.latest
        if ![.reviewer, .approver].contains(standing.role) {
            let centre = known.centre(of: work.intake.place, on: day)
            if centre == known.centre(of: standing.unit, on: day) { return }
            if standing.role == .inspector, known.unit(centre, on: day)?.parent == standing.unit { return }
        }
        throw .notOurs(standing.unit, works: [known.centre(of: work.intake.place, on: day)] + Set(stages).sorted())
    }

    /// Whether texts name the applicant: found out where this process can open the vault, and where the data is not erased.
    func check(_ texts: [String], against applicant: SealedPerson?) async throws {
        guard let applicant, texts.contains(where: { !$0.isEmpty }) else { return }
        guard let data = try await vault()?.open([applicant])[applicant] else { return }
        for text in texts where data.redacting(text) != text { throw Case.ServiceRejection.namesApplicant }
    }
}
