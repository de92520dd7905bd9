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

    let log: EventLog
    let zone: TimeZone
    /// The rule packs, by name and version.
    let packs: [String: RulePack]
    let known: EscalationKnowledge
    let now: Timestamp

    /// Appends the rungs on top of the event that their rows are based on. Errors: those that concern all, as a database
    /// that is away.
    func raise(_ rows: [DueRungs.Row]) async throws -> Outcome {
        guard let first = rows.first else { return .raised([]) }
        let events: [NewEvent]
        let raisedNow: [String]
        do {
            let due = try rows.map(dueRung)
            let raised = Dictionary(rows.compactMap { row in row.draft.map { ($0.key, row.raised) } }) { first, _ in
                first
            }
            let rules = first.draft?.rules
            let found = try Case.raised(due, now: now, rules: rules) { raised[$0] ?? [] }
            raisedNow = found.compactMap { event in
                if case .card(.raised(let rung), _) = event.fact { rung.rung } else { nil }
            }
            events = found.map { Case.Coding.encode($0, actor: Case.worker) }
        } catch {
            return .refused("\(error)")
        }
        let names = rows.flatMap { [$0.place.clock, "\($0.place.ordinal)", $0.rung] }
        let head = StreamHead(version: first.version, leaf: first.leaf, recordedAt: first.recordedAt)
        let write = StreamWrite(first.stream, expected: .exact(first.version), events: events, knownHead: head)
        let id = UUID(nameBased: ["caseflow-card", log.id.rawValue, first.place.stream] + names)
        do {
            let result = try await log.append(AppendRequest(id: id, writes: [write]))
            return result.isDuplicate ? .left : .raised(raisedNow)
        } catch {
            // One that was raised before, on another day's network perhaps, is one that somebody else was faster with.
            return try Self.outcome(of: error)
        }
    }

    private func dueRung(_ row: DueRungs.Row) throws -> Case.DueRung {
        guard let draft = row.draft else { throw Unknown(description: "the row of its clock cannot be understood") }
        guard
            let at = ZonedTime(microsecondsSinceEpoch: row.place.at.microseconds, offsetSeconds: 0)?.shifted(to: zone),
            let today = Moment.day(of: now, in: zone)
        else { throw Unknown(description: "\(row.place.at) lies outside the years 1 to 9999") }
        guard let rules = packs[draft.rules] else {
            throw Unknown(description: "the rules \(draft.rules) are not here: see CASEFLOW_RULE_PACKS")
        }
        guard let clock = rules.clock(draft.key.clock), let ladder = rules.ladders[clock.ladder],
            let rung = ladder.first(where: { $0.name == row.rung })
        else {
            throw Unknown(description: "the rules \(draft.rules) have no rung '\(row.rung)' for '\(row.place.clock)'")
        }
        let calendar = try rules.calendar.map { try known.calendars.calendar($0, knownAt: now) }
        let answerBy = try rung.answer?.dueDate(after: today, rules, in: calendar)
        let raised = draft.rung(rung, level: row.level, in: known.network.latest, on: today, answerBy: answerBy)
        return Case.DueRung(raised, at: at)
    }

    /// Records what the lapse of a limit brings about, by the rules of the case's desk.
    func lapse(_ row: DueRungs.Row) async throws -> Outcome {
        guard row.lapse == RulePack.Lapse.deemedAccepted.rawValue else {
            return .refused("this program does not know the lapse '\(row.lapse)'")
        }
        let id = UUID(
            nameBased: [
                "caseflow-lapse", log.id.rawValue, row.place.stream, row.place.clock, "\(row.place.ordinal)", row.lapse,
            ]
        )
        do {
            guard let received = try await known.desk.state(on: row.stream).receivedAt else {
                return .refused("the case was never received")
            }
            let act = CaseDesk.Act(at: received, now: now, actor: Case.worker, request: id)
            let outcome = try await known.desk.record(.accepted(isDeemed: true), on: row.stream, act)
            return outcome.events.isEmpty ? .left : .raised([row.lapse])
        } catch let refused as CaseDesk.Refused {
            return .refused("\(refused.rejection)")
        } catch {
            return try Self.outcome(of: error)
        }
    }

    /// What an error comes to. One that lies in the case, as an event that cannot be read, must not stop the others; thrown are
    /// those that concern all.
    private static func outcome(of error: any Error) throws -> Outcome {
        switch error {
        case AppendError.conflict, AppendError.contention, AppendError.requestReused: .left
        case AppendError.invalid(let why), AppendError.refused(let why): .refused(why)
        case is AppendError, is PostgresError, is CancellationError: throw error
        default: .refused("\(error)")
        }
    }

    private struct Unknown: Error, CustomStringConvertible {
        let description: String
    }
}
