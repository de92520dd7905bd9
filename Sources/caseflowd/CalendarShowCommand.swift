import ArgumentParser
import CaseFlow
import EventStore
import Foundation
import WorkingTime

/// A year of a calendar.
struct CalendarShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "A year of a legal calendar, month by month; of a file with --preview, without storing it."
    )

    @Argument(help: "The year.")
    var year: Int?

    @Option(help: "Show the year as this file would make it; nothing is stored.", completion: .file())
    var preview: String?

    @OptionGroup var reading: CalendarFileOptions

    @Option(help: "As it was known at this moment: a time with offset, a local time, or a date (its end).")
    var knownAt: String?

    @Option(help: "en or zh-CN.")
    var language: Language = .english

    @OptionGroup var options: BookOptions

    func validate() throws {
        if preview == nil {
            guard let year else { throw ValidationError("say which year") }
            guard (1...9999).contains(year) else { throw ValidationError("the year \(year) is not in 1...9999") }
        }
        if let knownAt {
            if preview != nil { throw ValidationError("--known-at does not go with --preview") }
            do { _ = try Moment.parse(knownAt, in: .gmt) } catch { throw ValidationError("--known-at: \(error)") }
        }
    }

    private struct Day: Encodable {
        let date: String
        let kind: String
        let name: String
        let isWorkingDay: Bool
        let provisional: Bool
    }

    private struct Waiting: Encodable {
        let entry: Int
        let year: Int?
        let enteredBy: String
    }

    private struct Answer: Encodable {
        let calendar: String
        let calendarVersion: Int
        let notice: String
        let year: Int
        let provisional: Bool
        let preview: Bool
        let workingDays: Int
        let days: [Day]
        /// Entries that the program ships and the log has not adopted yet.
        let outstanding: Int
        /// Entries of the log that no second person has confirmed yet.
        let waiting: [Waiting]
    }

    func run() async throws {
        let file = try preview.map { try reading.read($0) }
        let code = try reading.code(of: file)
        let book = try await options.book(zone: nil)
        let calendar: WorkCalendar
        var shown = year
        if let file, let preview {
            calendar = try Self.preview(file, code: code, book: book, name: preview)
            shown =
                shown ?? file.entries.compactMap(\.draft.year).last
                ?? file.entries.first?.draft.changes.first?.date.year
        } else {
            let moment = try knownAt.map { try Moment.parse($0, in: book.zone) }
            do throws(CalendarUnknown) {
                if let moment {
                    calendar = try book.calendar(code, knownAt: moment)
                } else {
                    calendar = try book.latest(code)
                }
            } catch {
                throw WrongCall(description: "\(error)")
            }
        }
        let year = shown ?? calendar.horizon.year
        let grid = try CalendarGrid(year: year, of: calendar, language: language)
        let waiting = book.waiting[code] ?? []
        if options.database.json {
            return try Terminal.json(
                Answer(
                    calendar: code,
                    calendarVersion: calendar.version.number,
                    notice: calendar.version.label,
                    year: year,
                    provisional: grid.isProvisional,
                    preview: preview != nil,
                    workingDays: grid.workingDays,
                    days: grid.allDays.map { day in
                        Day(
                            date: day.date.description,
                            kind: day.kind == .makeUp ? "make-up" : day.kind.rawValue,
                            name: day.name,
                            isWorkingDay: day.isWorkingDay,
                            provisional: day.isProvisional
                        )
                    },
                    outstanding: book.outstanding[code] ?? 0,
                    waiting: waiting.map {
                        Waiting(entry: $0.entry.number, year: $0.entry.year, enteredBy: $0.enteredBy.rawValue)
                    }
                )
            )
        }
        if preview != nil { print(language == .chinese ? "预览，未保存" : "preview: nothing is stored") }
        for line in grid.lines { print(line) }
        if preview == nil, let count = book.outstanding[code] {
            Terminal.note("caseflowd: \(CalendarListCommand.note(code, count))")
        }
        for held in waiting {
            let what = held.entry.year.map { "year \($0)" } ?? "an amendment"
            Terminal.note("caseflowd: entry \(held.entry.number) (\(what)) waits for a second person: calendar confirm")
        }
    }

    /// The calendar as it would be with the file's entries confirmed.
    private static func preview(_ file: CalendarFile, code: String, book: CalendarBook, name: String) throws
        -> WorkCalendar
    {
        do throws(LegalCalendar.Rejection) {
            if let calendar = try book.preview(file.entries.map(\.draft), of: code) { return calendar }
        } catch {
            throw FileProblem(description: "\(name): \(file.place(of: error))\(error)")
        }
        throw FileProblem(description: "\(name): it publishes no year of calendar \(code)")
    }
}
