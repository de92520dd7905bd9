import ArgumentParser
import CaseFlow
import CaseFlowServer
import EventStore
import Foundation
import WorkingTime

/// What all commands that record something of a case have in common.
struct RecordOptions: ParsableArguments {
    @Argument(help: "The case's number, its id, or its stream (case/…).")
    var number: String

    @OptionGroup var act: ActOptions

    /// Records a fact and says what came of it.
    func record(_ fact: Case.ProcedureFact) async throws {
        try await act.withDesk { desk, zone in
            let outcome = try await desk.record(fact, of: number, act.act(in: zone))
            if case .feeCharged = fact, let warning = try desk.feeWarning(on: outcome.state) {
                Terminal.note("caseflowd: \(warning)")
            }
            return outcome
        }
    }
}

/// When, by whom, and how it is answered.
struct ActOptions: ParsableArguments {
    @Option(help: "When it happened: a time with offset, a local time of the log's zone. Default: now.")
    var at: String?

    @Option(help: "Who records it, as in officer/17. Default: CASEFLOW_ACTOR.")
    var actor: String?

    @Option(help: "An id of your own for this command: the same id again is the same command again, done once.")
    var request: String?

    @Option(help: "A folder of rule packs that do not come with the program. Default: CASEFLOW_RULE_PACKS.")
    var packs: String?

    @OptionGroup var log: LogOptions

    func validate() throws {
        if let at { _ = try Self.moment(at, in: .gmt) }
        if let request, UUID(uuidString: request) == nil {
            throw ValidationError("--request: '\(request)' is no UUID")
        }
        _ = try officer()
        if let unit, UnitCode(rawValue: unit) == nil { throw ValidationError("--unit: '\(unit)' is no unit's code") }
    }

    /// When, by whom, and as what.
    func act(in zone: TimeZone) throws -> CaseDesk.Act {
        CaseDesk.Act(
            at: try moment(in: zone),
            now: RecordingClock.system.now(),
            actor: try officer(),
            request: requestID(),
            hands: unit == nil && role == nil
                ? nil : CaseDesk.Hands(unit: unit.flatMap(UnitCode.init(rawValue:)), role: role)
        )
    }

    @Option(help: "The unit in which the officer acts. Default: that of the officer's post.")
    var unit: String?

    @Option(help: "The role in which the officer acts. Default: the one that it takes.")
    var role: OfficerRole?

    /// The folder of the centre's own packs.
    var packFolder: String? {
        packs ?? ProcessInfo.processInfo.environment["CASEFLOW_RULE_PACKS"].flatMap { $0.isEmpty ? nil : $0 }
    }

    func officer() throws -> Actor {
        let named = actor ?? ProcessInfo.processInfo.environment["CASEFLOW_ACTOR"]
        guard let named, !named.isEmpty else {
            throw ValidationError("who records it? Give --actor officer/… or set CASEFLOW_ACTOR")
        }
        do {
            return try Actor(named)
        } catch {
            throw ValidationError("--actor: \(error)")
        }
    }

    func requestID() -> UUID {
        request.flatMap(UUID.init(uuidString:)) ?? UUID(timeOrderedAt: RecordingClock.system.now())
    }

    /// When it happened, in the log's zone.
    func moment(in zone: TimeZone) throws -> ZonedTime {
        guard let at else {
            guard let now = RecordingClock.system.now().zoned(in: zone) else {
                throw ValidationError("this machine's clock is out of range")
            }
            return now
        }
        return try Self.moment(at, in: zone)
    }

    private static func moment(_ text: String, in zone: TimeZone) throws -> ZonedTime {
        do {
            let written = try WrittenTime(text)
            if case .date = written { throw ValidationError("--at: give a time of the day, too, as 2026-02-10T09:05") }
            if let time = written.resolved(in: zone) { return time }
            throw ValidationError("--at: '\(text)' lies outside the years 1 to 9999")
        } catch let error as WrittenTime.Invalid {
            throw ValidationError("--at: \(error)")
        }
    }

    /// Opens the log and its desk, runs `body`, and prints what was recorded.
    func withDesk(_ body: (CaseDesk, TimeZone) async throws -> CaseDesk.Outcome) async throws {
        try await log.withLog(toWrite: true) { eventLog in
            let zone = try await LogInformation.zone(of: eventLog)
            let installation = try log.database.installation()
            let desk = try await CaseDesk.of(eventLog, zone: zone, packs: packFolder) {
                try await installation.vaultAtHand(of: eventLog)
            }
            let outcome = try await body(desk, zone)
            let recorded = outcome.events.map { event -> String in
                switch event.fact {
                case .procedure(let fact, _): fact.name
                case .received: "received"
                case .closed: "closed"
                case .card(let fact, _): fact.name
                case .reopened: "reopened"
                default: "recorded"
                }
            }
            let answer = Answer(
                case: outcome.state.number?.rawValue,
                recorded: recorded,
                version: outcome.head.version,
                firstPosition: outcome.result?.firstPosition
            )
            if log.database.json { return try Terminal.json(answer) }
            let what = recorded.isEmpty ? "nothing new: it was so already" : recorded.joined(separator: ", ")
            print("case \(answer.case ?? "-"): \(what) (version \(answer.version))")
        }
    }

    private struct Answer: Encodable {
        let `case`: String?
        let recorded: [String]
        let version: Int64
        let firstPosition: Int64?
    }
}

extension Timestamp {
    /// The moment with the offset that a zone has then.
    func zoned(in zone: TimeZone) -> ZonedTime? {
        ZonedTime(microsecondsSinceEpoch: microseconds, offsetSeconds: 0)?.shifted(to: zone)
    }
}

extension LogInformation {
    /// The zone of a log's days.
    static func zone(of log: EventLog) async throws -> TimeZone {
        TimeZone(identifier: try await of(log).timeZone) ?? .gmt
    }
}

extension CaseDesk {
    /// The desk of a log, with the calendars that it goes by.
    static func of(
        _ log: EventLog,
        zone: TimeZone,
        packs: String?,
        vault: @escaping @Sendable () async throws -> Vault? = { nil }
    ) async throws -> CaseDesk {
        CaseDesk(
            log,
            zone: zone,
            packs: packs,
            calendars: try await CalendarBook.load(log, zone: zone),
            catalogue: try await CatalogueBook.load(log),
            network: try await NetworkBook.load(log),
            vault: vault
        )
    }
}

/// A limit on the command line: `5 working-days`.
func parseLimit(_ text: String) throws -> Limit {
    guard let limit = Limit(text) else {
        let units = Limit.Unit.allCases.map(\.rawValue).joined(separator: ", ")
        throw ValidationError("'\(text)' is no limit: give a number and one of \(units), as '5 working-days'")
    }
    return limit
}
