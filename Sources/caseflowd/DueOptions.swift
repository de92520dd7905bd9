import ArgumentParser
import CaseFlow
import EventStore
import Foundation
import WorkingTime

/// Which calendar a due date is computed with.
struct DueCalendarOptions: ParsableArguments {
    @Option(help: "The legal calendar.")
    var calendar = "cn"

    @Option(
        help: "A table date,is_working_day that takes the calendar's place.",
        completion: .file(extensions: ["csv"])
    )
    var calendarFile: String?

    @Option(help: "The calendar as it was known at this moment: a time with offset, a local time, or a date (its end).")
    var knownAt: String?

    @Option(help: "This version of the calendar; `calendar list` shows them.")
    var calendarVersion: Int?

    @OptionGroup var book: BookOptions

    func validate() throws {
        if let knownAt {
            do { _ = try Moment.parse(knownAt, in: .gmt) } catch { throw ValidationError("--known-at: \(error)") }
            if calendarVersion != nil { throw ValidationError("give --known-at or --calendar-version, not both") }
        }
        if calendarFile != nil, knownAt != nil || calendarVersion != nil {
            throw ValidationError("--calendar-file has one version; leave --known-at and --calendar-version away")
        }
    }

    /// The calendar, and where it came from one, the book with the moment asked about.
    func load() async throws -> (calendar: WorkCalendar, book: CalendarBook, knownAt: Timestamp) {
        let book = try await book.book(zone: nil)
        let moment = try knownAt.map { try Moment.parse($0, in: book.zone) }
        if let calendarFile {
            let text = try CalendarDefaults.text(ofFile: calendarFile)
            let name = URL(fileURLWithPath: calendarFile).lastPathComponent
            do throws(CalendarTextError) {
                return (try WorkCalendar(table: text, code: calendar, label: name), book, .latest)
            } catch {
                throw FileProblem(description: "\(calendarFile): \(error)")
            }
        }
        do throws(CalendarUnknown) {
            if let moment { return (try book.calendar(calendar, knownAt: moment), book, moment) }
            if let calendarVersion {
                return (try book.calendar(calendar, version: calendarVersion), book, .latest)
            }
            return (try book.latest(calendar), book, .latest)
        } catch {
            throw WrongCall(description: "--calendar: \(error)")
        }
    }
}

/// The hours of service of limits by the clock.
struct DueHoursOptions: ParsableArguments {
    @Option(help: "Hours of service on the calendar's working days; for --service-minutes.")
    var serviceHours = "09:00-12:00 14:00-17:00"

    @Option(help: "A service calendar of the log instead; `calendar hours` sets one.")
    var serviceCalendar: String?

    func validate() throws { _ = try dayHours() }

    func dayHours() throws -> DayHours {
        do { return try DayHours(serviceHours) } catch { throw ValidationError("--service-hours: \(error)") }
    }

    /// The hours, following the calendar.
    func load(_ calendar: WorkCalendar, _ book: CalendarBook, knownAt: Timestamp) throws -> ServiceHours {
        if let serviceCalendar {
            do {
                return try book.serviceHours(serviceCalendar, knownAt: knownAt)
            } catch let error as CalendarUnknown {
                throw WrongCall(description: "--service-calendar: \(error)")
            }
        }
        return try ServiceHours.workingDays(of: calendar, try dayHours())
    }
}

/// How pauses of days are counted, by the names of the rule packs.
enum PauseCountingName: String, ExpressibleByArgument, CaseIterable {
    case civil
    case halfOpen = "half-open"

    var counting: PauseCounting { self == .civil ? .civil : .halfOpen }
}

/// What the lengths of a table count.
enum DueTableUnit: String, ExpressibleByArgument, CaseIterable {
    case workingDays = "working-days"
    case calendarDays = "calendar-days"
    case weeks
    case months
    case serviceMinutes = "service-minutes"
    case serviceDays = "service-days"

    func unit(_ hours: DayHours) -> DueTable.Unit {
        switch self {
        case .workingDays: .days(.workingDays)
        case .calendarDays: .days(.calendarDays)
        case .weeks: .days(.weeks)
        case .months: .days(.months)
        case .serviceMinutes: .serviceMinutes
        case .serviceDays: .serviceDays(hours)
        }
    }
}

extension Roll: ExpressibleByArgument {}
