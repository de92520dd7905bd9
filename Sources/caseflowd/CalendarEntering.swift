import CaseFlow
import CaseFlowServer
import EventStore
import Foundation
import WorkingTime

/// Enters years and amendments into a log's calendar: what `calendar import` and `calendar amend` have in common.
struct CalendarEntering {
    let code: String
    let actor: Actor
    let log: LogOptions

    private struct Answer: Encodable {
        let log: String
        let calendar: String
        let actor: String
        /// Empty when all of it had been entered before.
        let entries: [Row]
    }

    private struct Row: Encodable {
        let entry: Int
        let year: Int?
        let noticeDate: String
        let notice: String
        let daysOff, makeUpDays, normalDays: Int
        /// It takes effect only when a second person confirms it.
        let isConfirmed: Bool
    }

    /// Enters all or nothing. `place` says where a rejected draft stands.
    func enter(_ drafts: [LegalCalendar.Draft], place: (LegalCalendar.Rejection) -> String) async throws {
        let shipped = CalendarHistory.shippedCodes.contains(code) ? try CalendarHistory.shipped(code) : nil
        let stream = try CalendarStream.of(code)
        let events = try await log.withLog(creating: CalendarDefaults.zone.identifier) { eventLog in
            let handler = CommandHandler(LegalCalendar.self, CalendarEventCoding.self, on: eventLog)
            let now = RecordingClock.system.now()
            do {
                return try await handler.handle(
                    .enter(drafts, by: actor, at: now, shipped: shipped),
                    on: stream,
                    actor: actor,
                    request: UUID()
                ).events
            } catch let rejection as LegalCalendar.Rejection {
                throw FileProblem(description: "\(place(rejection))\(rejection); nothing was entered")
            }
        }
        let rows = events.compactMap { event -> Row? in
            switch event.fact {
            case .published(let entry), .amended(let entry): Self.row(entry)
            case .confirmed, .adopted, .serviceHoursSet: nil
            }
        }
        if log.database.json {
            return try Terminal.json(Answer(log: log.log, calendar: code, actor: actor.rawValue, entries: rows))
        }
        if rows.isEmpty { print("log \(log.log), calendar \(code): all of it was entered before") }
        for row in rows {
            let what = row.year.map { "\($0) published" } ?? "amendment"
            let normal = row.normalDays > 0 ? ", \(row.normalDays) normal again" : ""
            print(
                """
                log \(log.log), calendar \(code), entry \(row.entry): \(what), \(row.daysOff) days off, \
                \(row.makeUpDays) make-up days\(normal); entered by \(actor)
                  waits for a second person: caseflowd calendar confirm \(row.entry) --code \(code) --actor officer/…
                """
            )
        }
    }

    private static func row(_ entry: LegalCalendar.Entry) -> Row {
        var (off, work, normal) = (0, 0, 0)
        for change in entry.changes {
            switch change {
            case .exception(let day) where day.kind == .holiday: off += 1
            case .exception: work += 1
            case .normal: normal += 1
            }
        }
        return Row(
            entry: entry.number,
            year: entry.year,
            noticeDate: entry.knownSince.description,
            notice: entry.notice,
            daysOff: off,
            makeUpDays: work,
            normalDays: normal,
            isConfirmed: false
        )
    }
}
