import ArgumentParser
import CaseFlow
import EventStore
import WorkingTime

/// What commands that change one thing of the network share.
struct NetworkChange: ParsableArguments {
    @Option(help: "Who does it, a code such as officer/17. Default: CASEFLOW_ACTOR, else the account of this shell.")
    var actor: String?

    @OptionGroup var log: LogOptions

    private struct Answer: Encodable {
        let log, subject, change: String
        /// False when it was so already.
        let isNew: Bool
    }

    /// Makes the change in the log and tells it. `from` is the day that was given; today is that of the log's zone.
    func make(
        _ subject: String,
        from: String? = nil,
        _ change: (NetworkDesk, CivilDate, Timestamp, Actor) async throws -> (words: String, isNew: Bool)
    ) async throws {
        let actor = try CalendarDefaults.actor(actor)
        let (words, isNew) = try await log.withLog { eventLog in
            let day: CivilDate
            if let from {
                day = try CivilDate(from)
            } else {
                day = try NetworkDefaults.today(in: try await NetworkDefaults.zone(of: eventLog))
            }
            do {
                return try await change(NetworkDesk(eventLog), day, RecordingClock.system.now(), actor)
            } catch let refusal as NetworkDesk.Refusal {
                throw FileProblem(description: "\(refusal)")
            }
        }
        if log.database.json {
            return try Terminal.json(Answer(log: log.log, subject: subject, change: words, isNew: isNew))
        }
        print("log \(log.log): \(subject) \(words)\(isNew ? "; recorded by \(actor)" : "; it was so already")")
    }
}

/// Records that an officer is away, or back.
struct NetworkAbsenceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "absence",
        abstract: "Record that an officer is away, or back early: meanwhile B acts.",
        discussion: "An absence that is recorded late counts for the past, too; since when it was known, the log tells."
    )

    @Argument(help: "The officer's code.")
    var officer: String

    @Option(help: "The first day.")
    var from: String?

    @Option(help: "The last day. Default: the first.")
    var through: String?

    @Option(help: "leave, sick, training, business or other.")
    var reason: Officer.Absence.Reason?

    @Option(help: "There again from this day on; on its first day an absence is void.")
    var back: String?

    @OptionGroup var change: NetworkChange

    func validate() throws {
        _ = try NetworkDefaults.officer(officer)
        for (option, day) in [("--from", from), ("--through", through), ("--back", back)] {
            if let day { _ = try CalendarDefaults.date(day, option) }
        }
        if back != nil {
            if from != nil || through != nil || reason != nil {
                throw ValidationError("--back stands alone; or give --from, --through and --reason")
            }
        } else if from == nil || reason == nil {
            throw ValidationError("give --from and --reason (and --through), or --back")
        }
    }

    func run() async throws {
        let code = try OfficerID(officer)
        try await change.make(officer, from: back ?? from) { desk, day, moment, actor in
            guard let reason else {
                return ("back from \(day) on", try await desk.change(code, .back(on: day), at: moment, actor: actor))
            }
            let last = try through.map { try CivilDate($0) } ?? day
            let absence = Officer.Absence(from: day, through: last, reason: reason)
            let isNew = try await desk.change(code, .absent(absence), at: moment, actor: actor)
            return ("away from \(day) through \(last) (\(reason.title[.english]))", isNew)
        }
    }
}

extension Officer.Absence.Reason: ExpressibleByArgument {}

/// Records that an officer leaves the service.
struct NetworkLeaveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "leave",
        abstract: "Record that an officer leaves the service: from then on B acts in the officer's posts."
    )

    @Argument(help: "The officer's code.")
    var officer: String

    @Option(help: "The first day on which the officer is no more in service. Default: today, in the log's zone.")
    var from: String?

    @OptionGroup var change: NetworkChange

    func validate() throws {
        _ = try NetworkDefaults.officer(officer)
        if let from { _ = try CalendarDefaults.date(from, "--from") }
    }

    func run() async throws {
        let code = try OfficerID(officer)
        try await change.make(officer, from: from) { desk, day, moment, actor in
            let isNew = try await desk.change(code, .leave(from: day), at: moment, actor: actor)
            return ("left the service on \(day)", isNew)
        }
    }
}

/// Fills a post, or vacates it.
struct NetworkPostCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "post",
        abstract: "Let an officer hold a post as A or B from a day on, or let nobody hold it (--vacate)."
    )

    @Argument(help: "The unit's code.")
    var unit: String

    @Argument(help: "The post's name; `network show UNIT` lists them.")
    var post: String

    @Argument(help: "The officer's code; none with --vacate.")
    var officer: String?

    @Option(help: "As what: a or b.")
    var holder: PostHolder

    @Option(help: "The first day. Default: today, in the log's zone.")
    var from: String?

    @Flag(help: "Let nobody hold it.")
    var vacate = false

    @OptionGroup var change: NetworkChange

    func validate() throws {
        _ = try NetworkDefaults.unit(unit)
        do { _ = try ShortName(post) } catch { throw ValidationError("\(error)") }
        _ = try officer.map(NetworkDefaults.officer)
        if let from { _ = try CalendarDefaults.date(from, "--from") }
        if vacate == (officer != nil) { throw ValidationError("name the officer, or give --vacate") }
    }

    func run() async throws {
        let (code, name) = (try UnitCode(unit), try ShortName(post))
        let officer = try officer.map { try OfficerID($0) }
        let letter = holder.rawValue.uppercased()
        try await change.make("\(unit)/\(post)", from: from) { desk, day, moment, actor in
            guard let officer else {
                let isNew = try await desk.change(code, .vacate(name, holder, from: day), at: moment, actor: actor)
                return ("has no \(letter) from \(day) on", isNew)
            }
            let wish = NetworkUnit.Wish.fill(name, holder, officer, from: day)
            let isNew = try await desk.change(code, wish, at: moment, actor: actor)
            return ("has \(officer) as \(letter) from \(day) on", isNew)
        }
    }
}

extension PostHolder: ExpressibleByArgument {}

/// Closes a unit.
struct NetworkCloseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "close",
        abstract: "Close a unit from a day on; units that belong to it are closed or moved first."
    )

    @Argument(help: "The unit's code.")
    var unit: String

    @Option(help: "The first day on which it is closed. Default: today, in the log's zone.")
    var from: String?

    @Option(help: "Why.")
    var reason: String

    @OptionGroup var change: NetworkChange

    func validate() throws {
        _ = try NetworkDefaults.unit(unit)
        if let from { _ = try CalendarDefaults.date(from, "--from") }
    }

    func run() async throws {
        let code = try UnitCode(unit)
        try await change.make(unit, from: from) { desk, day, moment, actor in
            let isNew = try await desk.change(code, .close(from: day, reason: reason), at: moment, actor: actor)
            return ("closed from \(day) on", isNew)
        }
    }
}
