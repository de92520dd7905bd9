import EventStore
import WorkingTime

/// What officers do with the cards of a case.
extension CaseDesk {
    /// Answers a card, as one of those with whom the case lay. Errors: ``Refused``, ``Case/Rejection``,
    /// ``CaseHistory/Problem``.
    /// - Parameter ordinal: which start of the clock; nil for the last that has a card.
    public func answer(
        _ clock: ClockName,
        ordinal: Int? = nil,
        _ answer: Case.CardAnswer,
        of name: String,
        _ act: Act
    ) async throws -> Outcome {
        let (stream, state, law) = try await cards(of: name, act)
        let key = Self.key(clock, ordinal, state)
        let standing = try await refusingCard(on: stream, act, law) {
            try await check([answer.text], against: state.intake?.applicant)
            return try self.standing(toAnswer: state.cards[key], act, isNeeded: state.work != nil)
        }
        let command = Case.CardCommand.answer(key, answer, at: act.at, now: act.now, by: standing)
        return try await handle(.card(command), on: stream, act, law)
    }

    /// Takes back what of a card was raised so far, as an inspector. Errors as above.
    public func withdraw(
        _ clock: ClockName,
        ordinal: Int? = nil,
        reason: String,
        of name: String,
        _ act: Act
    ) async throws -> Outcome {
        let (stream, state, law) = try await cards(of: name, act)
        let standing = try await refusingCard(on: stream, act, law) {
            try await check([reason], against: state.intake?.applicant)
            let standing = try self.standing(of: act, as: [.inspector], in: act.hands?.unit)
            if let work = state.work { try check(standing, watches: work, on: act.at.localDate) }
            return standing
        }
        let key = Self.key(clock, ordinal, state)
        let command = Case.CardCommand.withdraw(key, reason: reason, at: act.at, now: act.now, by: standing)
        return try await handle(.card(command), on: stream, act, law)
    }

    /// An inspector watches over the centres of the own county.
    private func check(_ standing: Standing, watches work: Case.Work, on day: CivilDate) throws(Case.ServiceRejection) {
        let known = network.latest
        let centre = known.centre(of: work.intake.place, on: day)
        let county = known.county(of: centre, on: day)
        if standing.unit == centre || county != nil && county == known.county(of: standing.unit, on: day) { return }
        throw .notOurs(standing.unit, works: [centre] + (county.map { [$0] } ?? []))
    }

    private func cards(of name: String, _ act: Act) async throws -> (StreamName, Case.State, Case.Law?) {
        let stream = try await CaseHistory.find(name, in: log)
        let state = try await handler.load(stream).state
        return (stream, state, try state.progress.pin.map { try law($0, at: act.now) })
    }

    private static func key(_ clock: ClockName, _ ordinal: Int?, _ state: Case.State) -> Case.CardKey {
        let last = state.cards.keys.filter { $0.clock == clock }.map(\.ordinal).max()
        return Case.CardKey(clock, ordinal ?? last ?? 1)
    }

    /// The post in which an officer answers: one of the unit with which the case lay, else one in which the officer is named
    /// or stands in for one who is, else any. Cases that are not of the catalogue may be answered by who has none.
    private func standing(toAnswer card: Case.Card?, _ act: Act, isNeeded: Bool) throws(Case.ServiceRejection)
        -> Standing?
    {
        if act.hands?.unit == nil, let card {
            if let unit = UnitCode(rawValue: card.top.holder.unit),
                let standing = try? standing(of: act, as: [], in: unit)
            {
                return standing
            }
            if let standing = standing(for: card.top.named, act) { return standing }
        }
        do throws(Case.ServiceRejection) {
            return try standing(of: act, as: [], in: act.hands?.unit)
        } catch {
            if isNeeded { throw error }
            return nil
        }
    }

    /// The first post in which an officer stands in for one of some, or is one of them.
    private func standing(for named: Set<String>, _ act: Act) -> Standing? {
        guard let officer = OfficerID(actor: act.actor) else { return nil }
        let postings = network.latest.postings(of: officer, on: act.at.localDate)
        let standings = postings.compactMap { posting -> Standing? in
            if let role = act.hands?.role, role != posting.role { return nil }
            return try? standing(of: act, as: [posting.role], in: posting.post.unit)
        }
        return standings.first { $0.actingFor.map { named.contains($0.rawValue) } ?? false }
            ?? (named.contains(officer.rawValue) ? standings.first : nil)
    }

    private func refusingCard<Answer>(
        on stream: StreamName,
        _ act: Act,
        _ law: Case.Law?,
        _ body: () async throws -> Answer
    ) async throws -> Answer {
        guard let law else { return try await body() }
        return try await refusing(on: stream, act, law, body)
    }
}
