import ArgumentParser
import CaseFlow
import CaseFlowServer
import EventStore
import Foundation

/// Confirms what another person has entered.
struct CalendarConfirmCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "confirm",
        abstract: "Confirm what another person has entered: from now on it is known."
    )

    @Argument(help: "The number of the entry; `calendar list` shows it.")
    var entry: Int

    @Option(help: "The calendar's name.")
    var code = "cn"

    @Option(
        help: "Who confirms it, a code such as officer/18. Default: CASEFLOW_ACTOR, else the account of this shell."
    )
    var actor: String?

    @OptionGroup var log: LogOptions

    func validate() throws {
        do { _ = try CalendarStream.of(code) } catch { throw ValidationError("--code: \(error)") }
    }

    private struct Answer: Encodable {
        let log: String
        let calendar: String
        let entry: Int
        let confirmedBy: String
        /// False when it had been confirmed before.
        let isNew: Bool
        /// RFC 3339, UTC; since then it is known. Nil when it had been confirmed before.
        let knownSince: String?
    }

    func run() async throws {
        let actor = try CalendarDefaults.actor(actor)
        let shipped = CalendarHistory.shippedCodes.contains(code) ? try CalendarHistory.shipped(code) : nil
        let stream = try CalendarStream.of(code)
        let (outcome, confirmedBy) = try await log.withLog(toWrite: true) { eventLog in
            let handler = CommandHandler(LegalCalendar.self, CalendarEventCoding.self, on: eventLog)
            do {
                let outcome = try await handler.handle(
                    .confirm(entry: entry, by: actor, at: RecordingClock.system.now(), shipped: shipped),
                    on: stream,
                    actor: actor,
                    request: UUID()
                )
                return (outcome, outcome.state.entries[entry - 1].confirmedBy ?? actor)
            } catch let rejection as LegalCalendar.Rejection {
                throw FileProblem(description: "calendar \(code): \(rejection)")
            }
        }
        let known = outcome.result == nil ? nil : outcome.head.recordedAt?.description
        if log.database.json {
            return try Terminal.json(
                Answer(
                    log: log.log,
                    calendar: code,
                    entry: entry,
                    confirmedBy: confirmedBy.rawValue,
                    isNew: known != nil,
                    knownSince: known
                )
            )
        }
        if let known {
            print("log \(log.log), calendar \(code): entry \(entry) confirmed by \(actor); known since \(known)")
        } else {
            print("log \(log.log), calendar \(code): entry \(entry) was confirmed before, by \(confirmedBy)")
        }
    }
}
