import EventStore
import Foundation
import PostgresClient
import WorkingTime

/// Raises the rungs of one case that are due, or records the lapse of one of its limits.
struct RungRaising: Sendable {
    /// What came of it.
    enum Outcome: Sendable {
        /// These are in the record now: rungs, or a lapse, by name.
        case raised([String])
        /// Somebody else was faster, or the case has gone on.
        case left
        /// It cannot be done; others can.
        case refused(String)
    }

    /// What came of the rows of a case.
    struct Result: Sendable {
        /// Those that were tried together.
        var rows: [DueRungs.Row]
        var outcome: Outcome
        /// Those of which nothing can be made, each with the reason; they keep the others from nothing.
        var refused: [(row: DueRungs.Row, reason: String)]
    }

    let log: EventLog
    let zone: TimeZone
    /// The rule packs, by name and version.
    let packs: [String: RulePack]
    let known: EscalationKnowledge
    /// What was due then is due.
    let now: Timestamp

    /// Appends the rungs on top of the event that their rows are based on. Errors: those that concern all, as a database
    /// that is away.
    func raise(_ rows: [DueRungs.Row]) async throws -> Result {
        var result = Result(rows: [], outcome: .raised([]), refused: [])
        var pasts: PastHolders?
        var due: [Case.DueRung] = []
        for row in rows {
            do {
                if pasts == nil, needsPast(row) { pasts = try await PastHolders(row.stream, in: log, to: row.version) }
                due.append(try rung(row, pasts))
                result.rows.append(row)
            } catch let error where Self.concernsAll(error) {
                throw error
            } catch {
                result.refused.append((row, "\(error)"))
            }
        }
        guard let first = result.rows.first else { return result }
        let events: [Case.Event]
        do {
            let raised = Dictionary(rows.compactMap { row in row.draft.map { ($0.key, row.raised) } }) { first, _ in
                first
            }
            events = try Case.raised(due, now: now) { raised[$0] ?? [] }
        } catch {
            result.outcome = .refused("\(error)")
            return result
        }
        let names = result.rows.flatMap { [$0.place.clock, "\($0.place.ordinal)", $0.rung] }
        let head = StreamHead(version: first.version, leaf: first.leaf, recordedAt: first.recordedAt)
        let write = StreamWrite(
            first.stream,
            expected: .exact(first.version),
            events: events.map { Case.Coding.encode($0, actor: Case.worker) },
            knownHead: head
        )
        let id = UUID(nameBased: ["caseflow-card", log.id.rawValue, first.place.stream] + names)
        do {
            let appended = try await log.append(AppendRequest(id: id, writes: [write]))
            let raisedNow = events.compactMap { event in
                if case .card(.raised(let rung), _) = event.fact { rung.rung } else { nil }
            }
            result.outcome = appended.isDuplicate ? .left : .raised(raisedNow)
        } catch {
            // One that was raised before, on another day's network perhaps, is one that somebody else was faster with.
            result.outcome = try Self.outcome(of: error)
        }
        return result
    }

    /// Whether the tables may show another holder than the one who had the case when the rung was due: something was
    /// recorded since, or it is over.
    private func needsPast(_ row: DueRungs.Row) -> Bool {
        row.draft.map { !$0.isOpen || row.recordedAt > row.place.at } ?? false
    }

    private func rung(_ row: DueRungs.Row, _ pasts: PastHolders?) throws -> Case.DueRung {
        guard let draft = row.draft else { throw Unknown(description: "the row of its clock cannot be understood") }
        // The day on which it is raised is that of now, however long ago the sweep began.
        guard
            let at = ZonedTime(microsecondsSinceEpoch: row.place.at.microseconds, offsetSeconds: 0)?.shifted(to: zone),
            let today = Moment.day(of: max(now, log.clock.now()), in: zone)
        else { throw Unknown(description: "\(row.place.at) lies outside the years 1 to 9999") }
        guard let rules = packs[draft.rules] else {
            throw Unknown(description: "the rules \(draft.rules) are not here: see CASEFLOW_RULE_PACKS")
        }
        guard let clock = rules.clock(draft.key.clock), let ladder = rules.ladders[clock.ladder],
            let rung = ladder.first(where: { $0.name == row.rung })
        else {
            throw Unknown(description: "the rules \(draft.rules) have no rung '\(row.rung)' for '\(row.place.clock)'")
        }
        let calendar = try rules.calendar.map { try known.calendar($0, at: now) }
        let answerBy = try rung.answer?.dueDate(after: today, rules, in: calendar)
        let raised = draft.rung(
            rung,
            level: row.level,
            in: known.network.latest,
            on: today,
            answerBy: answerBy,
            past: needsPast(row) ? pasts?.holder(of: draft, clock, at: at) : nil,
            dueOn: at.localDate
        )
        try known.check(raised, on: today)
        return Case.DueRung(raised, at: at)
    }

    /// Records what the lapse of a limit brings about, by the rules of the case's desk.
    func lapse(_ row: DueRungs.Row) async throws -> Outcome {
        guard let lapse = RulePack.Lapse(rawValue: row.lapse) else {
            return .refused("this program does not know the lapse '\(row.lapse)'")
        }
        do {
            let state = try await known.desk.state(on: row.stream)
            var outcome = Outcome.left
            for (fact, at) in try facts(of: lapse, state) {
                outcome = try await record(fact, at: at, row)
                if case .raised = outcome { break }
            }
            return outcome
        } catch {
            return try Self.outcome(of: error)
        }
    }

    /// What a lapse may bring about, and when that takes effect: of several materials that were to follow it is the first whose
    /// time is over.
    private func facts(of lapse: RulePack.Lapse, _ state: Case.State) throws -> [(Case.ProcedureFact, ZonedTime)] {
        switch lapse {
        case .deemedAccepted:
            guard let received = state.receivedAt else { throw Unknown(description: "the case was never received") }
            return [(.accepted(isDeemed: true), received)]
        case .fileReturned:
            guard let today = ZonedTime(microsecondsSinceEpoch: now.microseconds, offsetSeconds: 0)?.shifted(to: zone)
            else { throw Unknown(description: "\(now) lies outside the years 1 to 9999") }
            return (state.work?.deferred.keys.sorted() ?? []).map { (.fileReturned($0), today) }
        }
    }

    private func record(_ fact: Case.ProcedureFact, at: ZonedTime, _ row: DueRungs.Row) async throws -> Outcome {
        let id = UUID(
            nameBased: [
                "caseflow-lapse", log.id.rawValue, row.place.stream, row.place.clock, "\(row.place.ordinal)", row.lapse,
            ]
        )
        do {
            let act = CaseDesk.Act(at: at, now: now, actor: Case.worker, request: id)
            let outcome = try await known.desk.record(fact, on: row.stream, act)
            return outcome.events.isEmpty ? .left : .raised([row.lapse])
        } catch {
            guard case .refused(let reason) = try Self.outcome(of: error) else { return .left }
            // Who was faster may have done what makes it impossible: then the read tables will bring something else.
            let head = try await log.head(of: row.stream)
            return head.version == row.version ? .refused(reason) : .left
        }
    }

    /// What an error comes to. One that lies in the case, as an event that cannot be read, must not stop the others; thrown are
    /// those that concern all.
    private static func outcome(of error: any Error) throws -> Outcome {
        if concernsAll(error) { throw error }
        return switch error {
        case AppendError.conflict, AppendError.contention, AppendError.requestReused: .left
        case AppendError.invalid(let why), AppendError.refused(let why): .refused(why)
        case let refused as CaseDesk.Refused: .refused("\(refused.rejection)")
        default: .refused("\(error)")
        }
    }

    private static func concernsAll(_ error: any Error) -> Bool {
        switch error {
        case AppendError.conflict, AppendError.contention, AppendError.requestReused, AppendError.invalid,
            AppendError.refused:
            false
        case is AppendError, is PostgresError, is CancellationError: true
        default: false
        }
    }

    struct Unknown: Error, CustomStringConvertible {
        let description: String
    }
}
