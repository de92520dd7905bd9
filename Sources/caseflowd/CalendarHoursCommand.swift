import ArgumentParser
import CaseFlow
import CaseFlowServer
import EventStore
import Foundation
import WorkingTime

/// Sets or shows the hours of service of a place.
struct CalendarHoursCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hours",
        abstract: "Set or show the hours of service of a place; they are apart from the legal calendar.",
        discussion: """
            caseflowd calendar hours jinjie-hall --weekday 'mon-fri 09:00-12:00 14:00-17:00' --follows cn \
            --market '2026-01-03 every 3 09:00-16:00' --duty '2026-02-14 09:00-12:00' --closed 2026-02-16. Without any \
            of these it shows what is set. Hours that are set anew hold from a day on, and those of before stay for the \
            days before: a clock that is late does not cease to be. The first setting holds for all days.
            """
    )

    @Argument(help: "The name of the service calendar.")
    var code: String

    @Option(help: "Days and hours: 'mon-fri 09:00-12:00 14:00-17:00'; may be repeated, the later wins.")
    var weekday: [String] = []

    @Option(help: "The legal calendar on whose holidays the service is closed.")
    var follows: String?

    @Option(help: "Hours on that calendar's make-up days.")
    var makeUp: String?

    @Option(help: "Market days: 'ANCHOR every N HOURS', as in '2026-01-03 every 3 09:00-16:00'; may be repeated.")
    var market: [String] = []

    @Option(help: "Hours on top of a day's own: '2026-02-14 09:00-12:00'; may be repeated.")
    var duty: [String] = []

    @Option(help: "Closed on: a date or FIRST..LAST; may be repeated.")
    var closed: [String] = []

    @Option(help: "The first day on which the hours hold, YYYY-MM-DD. Default: today, in the log's zone.")
    var from: String?

    @Option(help: "Show the hours of this date.")
    var on: String?

    @Option(help: "Who sets it, a code such as officer/17. Default: CASEFLOW_ACTOR, else the account of this shell.")
    var actor: String?

    @OptionGroup var log: LogOptions

    private var isSetting: Bool {
        !weekday.isEmpty || follows != nil || makeUp != nil || !market.isEmpty || !duty.isEmpty || !closed.isEmpty
    }

    func validate() throws {
        do { _ = try CalendarStream.of(code) } catch { throw ValidationError("\(error)") }
        _ = try plan()
        if let on { _ = try CalendarDefaults.date(on, "--on") }
        if let from {
            _ = try CalendarDefaults.date(from, "--from")
            if !isSetting {
                throw ValidationError("--from: say which hours, for example --weekday 'mon-fri 09:00-17:00'")
            }
        }
    }

    private struct Answer: Encodable {
        struct Market: Encodable { let anchor: String, every: Int, hours: String }
        let calendar: String
        let weekly: [String: String]
        let follows: String?
        let makeUp: String
        let market: [Market]
        let extraDuty: [String: String]
        let closed: [String]
        /// The first day on which they hold; nil for all days.
        let from: String?
        /// RFC 3339, UTC.
        let knownSince: String
        let setBy: String
        let on, hours: String?
    }

    func run() async throws {
        let actor = try CalendarDefaults.actor(actor)
        let plan = try plan()
        let stream = try CalendarStream.of(code)
        let book = try await log.withLog(creating: isSetting ? CalendarDefaults.zone.identifier : nil) { eventLog in
            if isSetting {
                if let follows = plan.follows {
                    do { _ = try await CalendarDefaults.book(of: eventLog).latest(follows) } catch let error
                        as CalendarUnknown
                    {
                        throw WrongCall(description: "--follows: \(error)")
                    }
                }
                let handler = CommandHandler(ServiceCalendar.self, CalendarEventCoding.self, on: eventLog)
                let now = RecordingClock.system.now()
                guard let today = Moment.day(of: now, in: try await LogInformation.zone(of: eventLog)) else {
                    throw WrongCall(description: "this machine's clock is out of range")
                }
                do {
                    let first = try from.map { try CalendarDefaults.date($0, "--from") } ?? today
                    let command = ServiceCalendar.Command.set(plan, from: first, by: actor, at: now)
                    _ = try await handler.handle(command, on: stream, actor: actor, request: UUID())
                } catch let rejection as ServiceCalendar.Rejection {
                    throw FileProblem(description: "calendar \(code): \(rejection)")
                }
            }
            return try await CalendarDefaults.book(of: eventLog)
        }
        guard let version = book.serviceVersions(code).last else {
            let known =
                book.serviceCodes.isEmpty ? "none is set" : "there are: \(book.serviceCodes.joined(separator: ", "))"
            throw WrongCall(description: "there are no hours of service \"\(code)\"; \(known)")
        }
        let date = try on.map { try CivilDate($0) }
        let hours = try date.map { try book.serviceHours(code, knownAt: .latest).hours(on: $0).description }
        try tell(version, date, hours)
    }

    private func tell(_ version: CalendarBook.ServiceVersion, _ date: CivilDate?, _ hours: String?) throws {
        let plan = version.plan
        let weekly = Weekday.allCases.compactMap { day in
            plan.weekly[day].map { (WorkWeek([day]).description, $0.description) }
        }
        if log.database.json {
            return try Terminal.json(
                Answer(
                    calendar: code,
                    weekly: Dictionary(weekly) { $1 },
                    follows: plan.follows,
                    makeUp: plan.makeUp.description,
                    market: plan.marketDays.map {
                        .init(anchor: $0.anchor.description, every: $0.every, hours: $0.hours.description)
                    },
                    extraDuty: Dictionary(plan.extraDuty.map { ($0.key.description, $0.value.description) }) { $1 },
                    closed: plan.closedDates.sorted().map(\.description),
                    from: version.from?.description,
                    knownSince: version.knownSince.description,
                    setBy: version.setBy.rawValue,
                    on: date?.description,
                    hours: hours
                )
            )
        }
        let days = version.from.map { "from \($0) on" } ?? "on all days"
        print("\(code): hours of service \(days), set by \(version.setBy) at \(version.knownSince)")
        for (day, hours) in weekly { print("  \(day)  \(hours)") }
        if let follows = plan.follows {
            let makeUp = plan.makeUp.seconds == 0 ? "closed" : plan.makeUp.description
            print("  closed on holidays of \(follows); make-up days: \(makeUp)")
        }
        for market in plan.marketDays {
            print("  market days: \(market.anchor), every \(market.every) days: \(market.hours)")
        }
        for (date, hours) in plan.extraDuty.sorted(by: { $0.key < $1.key }) { print("  duty \(date): \(hours)") }
        for date in plan.closedDates.sorted() { print("  closed \(date)") }
        if let date, let hours { print("on \(date): \(hours.isEmpty ? "closed" : hours)") }
    }

    private func plan() throws -> ServiceCalendar.Plan {
        var plan = ServiceCalendar.Plan(weekly: [:], follows: follows)
        func hours(_ text: some StringProtocol, _ option: String) throws -> DayHours {
            do { return try DayHours(String(text)) } catch { throw ValidationError("\(option): \(error)") }
        }
        for text in weekday {
            let parts = text.split(separator: " ", maxSplits: 1)
            let ends = (parts.first ?? "").split(separator: "-").compactMap { name in
                Weekday.allCases.first { WorkWeek([$0]).description == name.lowercased() }
            }
            guard parts.count == 2, let first = ends.first, let last = ends.last, first <= last else {
                throw ValidationError("--weekday: write 'mon-fri 09:00-12:00 14:00-17:00' or 'sat 09:00-12:00'")
            }
            for day in Weekday.allCases where first <= day && day <= last {
                plan.weekly[day] = try hours(parts[1], "--weekday")
            }
        }
        if let makeUp { plan.makeUp = try hours(makeUp, "--make-up") }
        if makeUp != nil, follows == nil { throw ValidationError("--make-up: say which calendar, --follows") }
        for text in market {
            let parts = text.split(separator: " ", maxSplits: 3)
            guard parts.count == 4, parts[1] == "every", let every = Int(parts[2]) else {
                throw ValidationError("--market: write '2026-01-03 every 3 09:00-16:00'")
            }
            let anchor = try CalendarDefaults.date(String(parts[0]), "--market")
            do {
                let days = try ServiceHours.MarketDays(
                    from: anchor,
                    every: every,
                    hours: try hours(parts[3], "--market")
                )
                plan.marketDays.append(days)
            } catch let error as ServiceHours.Invalid {
                throw ValidationError("--market: \(error)")
            }
        }
        for text in duty {
            let parts = text.split(separator: " ", maxSplits: 1)
            guard parts.count == 2 else { throw ValidationError("--duty: write '2026-02-14 09:00-12:00'") }
            plan.extraDuty[try CalendarDefaults.date(String(parts[0]), "--duty")] = try hours(parts[1], "--duty")
        }
        for text in closed { plan.closedDates.formUnion(try CalendarDefaults.dates(text, "--closed")) }
        return plan
    }
}
