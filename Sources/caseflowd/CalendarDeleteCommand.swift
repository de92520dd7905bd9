import ArgumentParser
import CaseFlow
import CaseFlowServer
import EventStore
import Foundation

/// Says why entries stay. It is there so that whoever looks for it learns what to do instead.
struct CalendarDeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Always refused: calendars are only amended.",
        shouldDisplay: false
    )

    @Argument(help: "The number of the entry.")
    var entry: Int

    @Option(help: "The calendar's name.")
    var code = "cn"

    @OptionGroup var log: LogOptions

    func validate() throws {
        do { _ = try CalendarStream.of(code) } catch { throw ValidationError("--code: \(error)") }
    }

    func run() async throws {
        let stream = try CalendarStream.of(code)
        try await log.withLog { eventLog in
            let handler = CommandHandler(LegalCalendar.self, CalendarEventCoding.self, on: eventLog)
            do {
                let actor = try CalendarDefaults.actor(nil)
                _ = try await handler.handle(.delete(entry: entry), on: stream, actor: actor, request: UUID())
            } catch let rejection as LegalCalendar.Rejection {
                throw FileProblem(description: "calendar \(code): \(rejection); use calendar amend")
            }
        }
    }
}
