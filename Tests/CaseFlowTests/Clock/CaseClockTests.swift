import CaseFlow
import EventStore
import Foundation
import Testing
import WorkingTime

/// The clocks of a case under the licensing law, by the test vectors of the rules and by what the articles say.
@Suite("Clocks of a case")
struct CaseClockTests {
    private static let accepted = Case.ProcedureFact.accepted(isDeemed: false)
    private static let granted = Case.ProcedureFact.decided(isGranted: true, reasons: "", remedy: "")
    private static let hearing = Case.ProcedureFact.suspended(ground: "hearing", told: Limit(5, .workingDays) ?? .none)

    private func accepted(
        _ day: String,
        statute: Limit? = nil,
        promise: Limit? = nil,
        handling: RulePack.Handling = .single
    ) throws -> TownshipCase {
        var file = try TownshipCase(received: day, handling: handling, statute: statute, promise: promise)
        try file.on(day, Self.accepted)
        return file
    }

    @Test(arguments: [("2026-02-10", "2026-03-16"), ("2026-09-18", "2026-10-22"), ("2025-09-30", "2025-11-04")])
    func `twenty working days from acceptance`(day: String, due: String) throws {
        #expect(try accepted(day).clock("decision", asOf: day)?.due?.date == CivilDate(due))
    }

    @Test(arguments: [("2026-02-10", "2026-02-24"), ("2025-09-30", "2025-10-14"), ("2026-02-13", "2026-02-27")])
    func `five working days to tell what is missing`(day: String, due: String) throws {
        #expect(try TownshipCase(received: day).clock("notice", asOf: day)?.due?.date == CivilDate(due))
    }

    @Test func `a case due today is not late today`() throws {
        let file = try accepted("2026-02-10")
        #expect(try file.told("decision", asOf: "2026-03-15") == "yellow, due 2026-03-16, 1 left")
        #expect(try file.told("decision", asOf: "2026-03-16") == "yellow, due 2026-03-16, 0 left")
        #expect(try file.told("decision", asOf: "2026-03-17") == "red, due 2026-03-16, 0 left")
        #expect(try file.clock("decision", asOf: "2026-03-17")?.rungs == ["remind", "yellow", "red"])
        #expect(try file.clock("decision", asOf: "2026-03-30")?.rungs.last == "discipline-inspection")
    }

    @Test func `the light of a clock that has stopped does not change`() throws {
        var file = try accepted("2026-02-10")
        try file.on("2026-03-16", Self.granted)
        #expect(try file.told("decision", asOf: "2027-01-10") == "yellow, due 2026-03-16, stopped 2026-03-16")
        #expect(try file.told("delivery", asOf: "2026-03-17") == "green, due 2026-03-30, 9 left")
        var late = try accepted("2026-02-10")
        try late.on("2026-03-17", Self.granted)
        #expect(try late.told("decision", asOf: "2026-03-17") == "red, due 2026-03-16, stopped 2026-03-17")
    }

    @Test func `statute and promise run side by side, and do not hide each other`() throws {
        let file = try accepted("2026-03-02", promise: Limit(5, .workingDays))
        #expect(try file.told("promise", asOf: "2026-03-10") == "red, due 2026-03-09, 0 left")
        #expect(try file.told("decision", asOf: "2026-03-10") == "green, due 2026-03-30, 14 left")
        #expect(try accepted("2026-03-02").clock("promise", asOf: "2026-03-10") == nil)
    }

    @Test func `an item's promise may count calendar days, and its last day moves off a rest day`() throws {
        // 2026-03-02 + 5 = Saturday 03-07, moved to Monday (Civil Code 203).
        let file = try accepted("2026-03-02", promise: Limit(5, .calendarDays))
        #expect(try file.clock("promise", asOf: "2026-03-02")?.due?.date == day("2026-03-09"))
    }

    @Test func `handling by several organs has forty-five days`() throws {
        let file = try accepted("2026-03-02", handling: .unified)
        let clock = try #require(try file.clock("decision", asOf: "2026-03-02"))
        #expect(clock.usage.total == 45 && clock.article[.english] == "42(2)")
    }

    // MARK: Suspensions

    @Test func `the days of a suspension are not counted, by the civil rule`() throws {
        var file = try accepted("2026-02-10")
        try file.on("2026-02-25", Self.hearing)
        #expect(try file.told("decision", asOf: "2026-03-30") == "green, suspended since 2026-02-25, 14 left")
        try file.on("2026-03-02", .resumed)
        // Not counted: 02-26, 02-27, 02-28 (a make-up day) and 03-02.
        #expect(try file.clock("decision", asOf: "2026-03-02")?.due?.date == day("2026-03-20"))
    }

    @Test func `the told length of a suspension has a clock of its own`() throws {
        var file = try accepted("2026-03-02")
        try file.on("2026-03-03", Self.hearing)
        #expect(try file.told("told-length", asOf: "2026-03-10") == "yellow, due 2026-03-10, 0 left")
        #expect(try file.told("told-length", asOf: "2026-03-11") == "red, due 2026-03-10, 0 left")
        try file.on("2026-03-11", .resumed)
        try file.on("2026-03-12", .suspended(ground: "testing", told: Limit(2, .workingDays) ?? .none))
        #expect(try file.clock("told-length", asOf: "2026-03-12", ordinal: 2)?.due?.date == day("2026-03-16"))
    }

    @Test func `a suspension recorded after the limit has ended moves nothing, and is shown`() throws {
        var file = try accepted("2026-02-10")
        try file.on("2026-03-10", Self.hearing, recordedOn: "2026-03-17")
        try file.on("2026-03-18", .resumed)
        #expect(try file.told("decision", asOf: "2026-03-18") == "red, due 2026-03-16, 0 left")
        let steps = try #require(try file.clock("decision", asOf: "2026-03-18")?.derivation?.steps)
        #expect(steps.contains { $0.reason[.english].contains("Recorded on 2026-03-17, after the limit had ended") })
    }

    @Test func `a suspension recorded on the last day counts`() throws {
        var file = try accepted("2026-02-10")
        try file.on("2026-03-10", Self.hearing, recordedOn: "2026-03-16")
        #expect(try file.told("decision", asOf: "2026-03-18") == "green, suspended since 2026-03-10, 4 left")
    }

    // MARK: Extensions

    @Test func `the head of the organ may add ten days, once`() throws {
        var file = try accepted("2026-02-10")
        try file.on("2026-03-10", Self.extended(10))
        #expect(try file.clock("decision", asOf: "2026-03-10")?.due?.date == day("2026-03-30"))
        let again = refusal { try file.on("2026-03-11", Self.extended(5)) }
        #expect(again == .extendedBefore(day("2026-03-10"), article: "42(1)"))
    }

    @Test func `an extension recorded after the limit never clears the red`() throws {
        var file = try accepted("2026-02-10")
        try file.on("2026-03-16", Self.extended(10), recordedOn: "2026-03-17")
        #expect(try file.told("decision", asOf: "2026-03-17") == "red, due 2026-03-16, 0 left")
        #expect(try file.told("decision", asOf: "2026-03-17", knownOn: "2026-03-16") == "red, due 2026-03-16, 0 left")
    }

    private static func extended(_ days: Int, by authority: String = "organ-head") -> Case.ProcedureFact {
        .extended(decision, by: Limit(days, .workingDays) ?? .none, authority: authority, reason: "many documents")
    }
    private static let decision = ClockName(rawValue: "decision") ?? .other

    // MARK: Deemed acceptance (art. 32(4))

    @Test func `who is told nothing in five days is accepted since the day of receipt`() throws {
        var file = try TownshipCase(received: "2026-02-10")
        let early = refusal { try file.on("2026-02-10", .accepted(isDeemed: true), recordedOn: "2026-02-24") }
        #expect(early == .notLapsed(due: day("2026-02-24")))
        try file.on("2026-02-10", .accepted(isDeemed: true), recordedOn: "2026-02-25")
        #expect(try file.told("notice", asOf: "2026-02-25") == "red, lapsed 2026-02-24")
        #expect(try file.told("decision", asOf: "2026-02-25") == "green, due 2026-03-16, 14 left")
        // As known the day before, nothing of it had happened.
        #expect(try file.told("decision", asOf: "2026-02-25", knownOn: "2026-02-24") == "none")
        #expect(try file.told("notice", asOf: "2026-02-25", knownOn: "2026-02-24") == "red, due 2026-02-24, 0 left")
    }

    @Test(arguments: [
        ("2026-02-10", "green, due 2026-02-24, 5 left"), ("2026-02-14", "yellow, due 2026-02-24, 1 left"),
        ("2026-02-24", "yellow, due 2026-02-24, 0 left"), ("2026-02-25", "red, lapsed 2026-02-24"),
    ])
    func `a lapse that became known later leaves the days before it as they were`(asOf: String, told: String) throws {
        var file = try TownshipCase(received: "2026-02-10")
        try file.on("2026-02-10", .accepted(isDeemed: true), recordedOn: "2026-02-25")
        #expect(try file.told("notice", asOf: asOf, knownOn: "2026-02-25") == told)
        let steps = try file.clock("notice", asOf: asOf, knownOn: "2026-02-25")?.derivation?.steps
        #expect(steps?.contains { $0.reason[.english].contains("nobody had said anything") } == told.contains("lapsed"))
    }

    @Test(arguments: [
        ("2026-02-24", "green, due 2026-03-02, 5 left"), ("2026-02-25", "green, lapsed 2026-02-24"),
        ("2026-03-10", "green, lapsed 2026-02-24"),
    ])
    func `a longer limit that the lapse stops, too, ran until the lapse was recorded`(asOf: String, told: String) throws
    {
        let yaml = """
            pack: two
            version: 1
            title: {en: Two}
            law: {en: Law}
            calendar: cn
            clocks:
              - {clock: notice, title: {en: N}, article: "1", starts: received, stops: [accepted],
                 limit: 5 working-days, lapse: deemed-accepted, ladder: none}
              - {clock: entry, title: {en: E}, article: "2", starts: received, stops: [accepted],
                 limit: 10 working-days, ladder: none}
            ladders: {none: []}
            """
        var file = try TownshipCase(received: "2026-02-10", rules: RulePack(yaml: yaml, file: "two.yaml"))
        try file.on("2026-02-10", .accepted(isDeemed: true), recordedOn: "2026-02-25")
        #expect(try file.told("entry", asOf: asOf, knownOn: "2026-03-10") == told)
        let steps = try file.clock("entry", asOf: asOf, knownOn: "2026-03-10")?.derivation?.steps
        #expect(steps?.contains { $0.reason[.english].contains("had not ended") } == told.contains("lapsed"))
    }

    @Test func `after a supplement the case is accepted on the day on which everything had come`() throws {
        var file = try TownshipCase(received: "2026-02-10")
        try file.on("2026-02-11", .supplementNoticed(materials: ["photo"], within: Limit(10, .workingDays)))
        #expect(try file.told("notice", asOf: "2026-02-12") == "green, due 2026-02-24, stopped 2026-02-11")
        #expect(try file.told("supplement", asOf: "2026-02-12") == "green, due 2026-03-03, 9 left")
        #expect(refusal { try file.on("2026-02-12", Self.accepted) } == .supplementOutstanding)
        try file.on("2026-02-27", .supplementReceived(materials: ["photo"], isComplete: true))
        let other = refusal { try file.on("2026-03-02", Self.accepted) }
        #expect(other == .acceptedOnOtherDay(day("2026-02-27")))
        try file.on("2026-02-27", Self.accepted, recordedOn: "2026-03-02")
        #expect(try file.clock("decision", asOf: "2026-03-02")?.startedOn == day("2026-02-27"))
    }

    // MARK: Calendars

    @Test func `an amended calendar moves open clocks from the day on which it was known`() throws {
        // 2015: two days off and one make-up day in September, announced on 13 May.
        let file = try accepted("2015-05-12", statute: Limit(90, .workingDays), promise: Limit(90, .workingDays))
        #expect(try file.clock("promise", asOf: "2015-05-12")?.due?.date == day("2015-09-16"))
        #expect(try file.clock("promise", asOf: "2015-05-13")?.due?.date == day("2015-09-17"))
        #expect(
            try file.clock("promise", asOf: "2016-01-01", knownOn: "2015-05-12")?.due?.date == day("2015-09-16")
        )
    }

    @Test func `a clock that has stopped keeps the calendar that was known at its stop`() throws {
        var file = try accepted("2015-05-08", statute: Limit(90, .workingDays), promise: Limit(90, .workingDays))
        try file.on("2015-05-12", Self.granted)
        let clock = try #require(try file.clock("promise", asOf: "2016-01-01"))
        #expect(
            clock.due?.date == (day("2015-09-14")) && clock.phase == .stopped(.day(day("2015-05-12")))
        )
    }

    @Test func `beyond the published years a due date is provisional`() throws {
        let file = try accepted("2026-12-20", promise: Limit(3, .workingDays))
        #expect(try file.clock("decision", asOf: "2026-12-20")?.due?.isProvisional == true)
        #expect(try file.clock("promise", asOf: "2026-12-20")?.due?.isProvisional == false)
    }

    // MARK: Derivations

    @Test(arguments: Language.allCases)
    func `every step has a date, a rule and a reason`(language: Language) throws {
        var file = try accepted("2026-02-10", promise: Limit(5, .workingDays))
        try file.on("2026-02-25", Self.hearing)
        try file.on("2026-03-02", .resumed)
        try file.on("2026-03-03", Self.extended(10))
        try file.on("2026-03-31", Self.granted)
        for name in ["notice", "decision", "promise", "told-length", "delivery"] {
            let steps = try #require(try file.clock(name, asOf: "2026-04-01")?.derivation?.steps)
            #expect(steps.count >= 2)
            for step in steps { #expect(!step.rule[language].isEmpty && !step.reason[language].isEmpty) }
            if language == .chinese { try expectNoEnglish(file.clock(name, asOf: "2026-04-01")) }
        }
        let steps = try #require(try file.clock("decision", asOf: "2026-04-01")?.derivation?.steps)
        #expect(steps.map { $0.rule[language] } == ["42(1)", "42(1)", "45", "45", "42(1)", "42(1)"])
    }
}

/// In a Chinese derivation no English word is left: no letters besides those of codes.
func expectNoEnglish(_ clock: ClockReading?, codes: [String] = ["cn"]) throws {
    let derivation = try #require(clock?.derivation)
    var texts = derivation.steps.flatMap { [$0.rule[.chinese], $0.reason[.chinese]] }
    texts += derivation.words(.chinese).lines
    for text in texts {
        // `2026-02-10T10:30` is a code, too.
        let words = codes.reduce(text) { $0.replacing($1, with: "") }.replacing(/\dT\d/, with: "")
        #expect(!words.contains(/[A-Za-z]/), "\(text)")
    }
}

extension Limit {
    /// For constants of tests that cannot be nil.
    static var none: Limit { preconditionFailure("a constant of the test") }
}

extension ClockName {
    static var other: ClockName { preconditionFailure("a constant of the test") }
}
