import ArgumentParser
import CaseFlow
import CaseFlowServer
import EventStore
import Foundation
import WorkingTime

/// What if: past cases under other rules.
struct SimulateRuleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rule",
        abstract: "Which past cases would have turned yellow or red under other rules, by unit. Nothing is stored.",
        discussion: """
            Every case received in the period is replayed: its facts, pauses, extensions and told lengths stay as they \
            happened; the pack, the promise or the calendar takes the place of what the case is pinned to. What may be \
            different can be combined. A clock that has stopped shows the light of its stop, one that runs that of the end \
            of --as-of; a case shows the worst light of its clocks. Exit status 1 if some cases could not be judged. \
            docs/guides/what-if.md.
            """
    )

    enum Closing: String, ExpressibleByArgument { case marketDays = "market-days" }

    @Option(help: "A rule pack, by its name or its file, for cases pinned to any version of the pack of that name.")
    var pack: String?
    @Flag(help: "The pack is for all cases, whatever pack they are pinned to.") var allPacks = false
    @Option(
        help: """
            ITEM=7: what is promised for an item, in the unit of what its cases were promised; ITEM='7 working-days' names \
            the unit. May be repeated.
            """
    )
    var promise: [String] = []
    @Option(help: "A calendar's file, as calendar import reads it, in place of what is published of its years.")
    var calendar: String?
    @Option(help: "market-days: these do not count for what the centre promises; the law's limits count as ever.")
    var closedOn: Closing?
    @Option(
        help: "Cases received in this period, by local days: 2026, 2026-03, 2026-01-01..2026-06-30.",
        transform: Self.period
    )
    var over: DaySpan
    @Option(help: "The day at whose end clocks that run are read, YYYY-MM-DD. Default: today.") var asOf: String?
    @Option(help: "unit or item: by what cases are put together.") var by: WhatIfAnswer.Grouping = .unit
    @Option(help: "Only this clock counts: promise, decision, notice, stage, …. Default: all.", transform: Self.clock)
    var clock: ClockName?
    @Flag(help: "List each clock that would show another light, with its case, both lights, both due dates and why.")
    var list = false
    @Option(name: .customLong("csv"), help: "Write that list to a file in CSV; - for standard output.")
    var csvFile: String?
    @Option(help: "zh-CN or en.") var language: Language = .english
    @Option(help: "A folder of rule packs that do not come with the program. Default: CASEFLOW_RULE_PACKS.")
    var packs: String?
    @OptionGroup(title: "How the calendar's file is read") var reading: CalendarFileOptions
    @OptionGroup var log: LogOptions

    private static func period(_ text: String) throws -> DaySpan {
        do { return try DaySpan(text) } catch { throw ValidationError("\(error)") }
    }

    private static func clock(_ text: String) throws -> ClockName {
        guard let name = ClockName(rawValue: text) else { throw ValidationError("'\(text)' is no name of a clock") }
        return name
    }

    func validate() throws {
        if pack == nil, promise.isEmpty, calendar == nil, closedOn == nil {
            throw ValidationError(
                "say what is to be different: --pack, --promise, --calendar or --closed-on market-days"
            )
        }
        if allPacks, pack == nil { throw ValidationError("--all-packs goes with --pack") }
        _ = try promises()
        if let asOf { _ = try CalendarDefaults.date(asOf, "--as-of") }
        if csvFile == "-", log.database.json || list {
            throw ValidationError("--csv - writes the list to standard output: leave --json and --list away")
        }
    }

    // MARK: What is different

    private func promises() throws -> [String: RuleChange.Promise] {
        var promises: [String: RuleChange.Promise] = [:]
        for text in promise {
            guard let sign = text.lastIndex(of: "="), sign != text.startIndex,
                let promised = RuleChange.Promise(String(text[text.index(after: sign)...]))
            else {
                throw ValidationError(
                    "--promise: '\(text)' is no promise: write ITEM=7 or ITEM='7 working-days', at most \(Limit.maximum)"
                )
            }
            let item = String(text[..<sign])
            if promises.updateValue(promised, forKey: item) != nil {
                throw ValidationError("--promise: \(item) is promised twice")
            }
        }
        return promises
    }

    /// Reads the files. What is wrong with them is told by line.
    private func change() throws -> RuleChange {
        var change = RuleChange()
        if let pack {
            let isFile = !RulePackLibrary.shipped.contains(pack) && !pack.contains("/")
            let name = isFile && FileManager.default.fileExists(atPath: pack) ? "./\(pack)" : pack
            do {
                change.pack = RuleChange.Pack(try RulePackLibrary.pack(name), isForAll: allPacks)
            } catch let error as RulePackLibrary.Problem {
                throw WrongCall(description: "--pack: \(error)")
            } catch let error as YAMLProblem {
                throw WrongCall(description: "--pack: \(error)")
            }
        }
        change.promises = try promises()
        if let calendar {
            let file = try reading.read(calendar)
            change.calendar = RuleChange.Calendar(
                try reading.code(of: file),
                file.entries.map(\.draft),
                source: (calendar as NSString).lastPathComponent
            )
        }
        change.isClosedOnMarketDays = closedOn == .marketDays
        return change
    }

    // MARK: Asking

    func run() async throws {
        let change = try change()
        try await log.withLog { eventLog in
            let zone = try await LogInformation.zone(of: eventLog)
            let now = RecordingClock.system.now()
            guard let today = Moment.day(of: now, in: zone) else {
                throw ValidationError("this machine's clock is out of range")
            }
            let day = try asOf.map { try CivilDate($0) } ?? today
            let calendars = try await CalendarBook.load(eventLog, zone: zone)
            let catalogue = try await CatalogueBook.load(eventLog)
            do {
                try change.check(over: over, asOf: day, catalogue, calendars)
            } catch {
                throw WrongCall(description: "\(error)")
            }
            let question = try WhatIf(
                change,
                over: over,
                asOf: day,
                zone: zone,
                calendars: calendars,
                network: change.isClosedOnMarketDays ? try await NetworkBook.load(eventLog).latest : Network(),
                packs: packs ?? ProcessInfo.processInfo.environment["CASEFLOW_RULE_PACKS"]
            )
            let replay = WhatIfReplay(eventLog, over: over, zone: zone, by: by, clock: clock, language: language)
            let output = try WhatIfOutput(self)
            let answer = try await go(replay, question, now, output)
            if answer.cases == 0 {
                let known = [answer.firstReceipt, answer.lastReceipt].compactMap { $0?.description }
                let there =
                    known.isEmpty ? "it has no cases" : "its cases came in from \(known.joined(separator: " to "))"
                throw WrongCall(description: "--over: no case of log \(log.log) was received in \(over); \(there)")
            }
            try output.end(answer, change, asOf: day)
            if answer.notJudged > 0 { throw ExitCode(1) }
        }
    }

    /// Replays, and shows how far it is and how fast.
    private func go(_ replay: WhatIfReplay, _ question: WhatIf, _ now: Timestamp, _ output: WhatIfOutput) async throws
        -> WhatIfAnswer
    {
        // A list that runs over the same screen would tear the bar to pieces.
        let isListed = (list || csvFile == "-") && isatty(STDOUT_FILENO) == 1
        let bar = ProgressBar("replaying", quiet: log.database.quiet || isListed)
        defer { bar.end() }
        let began = ContinuousClock.now
        return try await replay.run(question, now: now) { progress in
            let seconds = (ContinuousClock.now - began) / .seconds(1)
            let rate = Double(progress.done) / max(0.001, seconds)
            let left = Int((Double(progress.all - progress.done) / max(1, rate)).rounded(.up))
            bar.show(
                Double(progress.done) / Double(max(1, progress.all)),
                "\(progress.done) of \(progress.all) cases, \(Int(rate))/s, \(left) s left"
            )
        } changed: { row in
            try output.row(row)
        }
    }
}

extension WhatIfAnswer.Grouping: ExpressibleByArgument {}
