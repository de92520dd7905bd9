import CaseFlow
import EventStore
import Testing
import WorkingTime

/// What the decider refuses in a procedure, by article.
@Suite("The procedure of the licensing law")
struct ProcedureTests {
    private static let accepted = Case.ProcedureFact.accepted(isDeemed: false)

    private func accepted(_ handling: RulePack.Handling = .single) throws -> TownshipCase {
        var file = try TownshipCase(received: "2026-03-02", handling: handling)
        try file.on("2026-03-02", Self.accepted)
        return file
    }

    @Test func `a ninth ground is refused, and the eight are named`() throws {
        var file = try accepted()
        let rejection = refusal { try file.on("2026-03-03", .suspended(ground: "holiday", told: days(5))) }
        let eight = [
            "hearing", "tender", "auction", "inspection", "testing", "quarantine", "appraisal", "expert-review",
        ]
        #expect(rejection == .groundNotListed("holiday", listed: eight, article: "45"))
        #expect(rejection?.description.hasSuffix("(art. 45)") == true)
        for ground in eight {
            try file.on("2026-03-03", .suspended(ground: ground, told: days(5)))
            try file.on("2026-03-03", .resumed)
        }
    }

    @Test func `a suspension needs the told length, one at a time, and ends after it began`() throws {
        var file = try accepted()
        #expect(
            refusal { try file.on("2026-03-03", .suspended(ground: "hearing", told: days(0))) }
                == .toldLengthMissing(article: "45")
        )
        #expect(refusal { try file.on("2026-03-03", .resumed) } == .notSuspended)
        try file.on("2026-03-05", .suspended(ground: "hearing", told: days(5)))
        #expect(
            refusal { try file.on("2026-03-06", .suspended(ground: "testing", told: days(5))) }
                == .alreadySuspended(day("2026-03-05"))
        )
        #expect(
            refusal { try file.on("2026-03-04", .resumed, recordedOn: "2026-03-06") }
                == outOfOrder("resumed", "2026-03-04", "suspended", "2026-03-05")
        )
        #expect(refusal { try file.on("2026-03-06", Self.granted) } == .alreadySuspended(day("2026-03-05")))
    }

    private static let granted = Case.ProcedureFact.decided(isGranted: true, reasons: "", remedy: "")
    private func days(_ amount: Int) -> Limit { Limit(amount, .workingDays) ?? .none }

    private func extended(_ amount: Int, by authority: String, reason: String = "why", unit: Limit.Unit = .workingDays)
        -> Case.ProcedureFact
    {
        .extended(
            ClockName(rawValue: "decision") ?? .other,
            by: Limit(amount, unit) ?? .none,
            authority: authority,
            reason: reason
        )
    }

    @Test func `an extension by the wrong authority, too long, or without its reason is refused`() throws {
        var file = try accepted()
        #expect(
            refusal { try file.on("2026-03-03", extended(10, by: "government-head")) }
                == .wrongAuthority("government-head", has: ["organ-head"], article: "42(1)")
        )
        #expect(
            refusal { try file.on("2026-03-03", extended(11, by: "organ-head")) }
                == .extensionOutOfPower(days(11), allowed: days(10), isFixed: false, article: "42(1)")
        )
        #expect(refusal { try file.on("2026-03-03", extended(5, by: "organ-head", unit: .calendarDays)) } != nil)
        #expect(
            refusal { try file.on("2026-03-03", extended(5, by: "organ-head", reason: "")) }
                == .reasonMissing(article: "42(1)")
        )
        var unified = try accepted(.unified)
        #expect(
            refusal { try unified.on("2026-03-03", extended(10, by: "organ-head")) }
                == .wrongAuthority("organ-head", has: ["government-head"], article: "42(2)")
        )
        try unified.on("2026-03-03", extended(15, by: "government-head"))
    }

    @Test func `only clocks that run can be prolonged`() throws {
        var file = try TownshipCase(received: "2026-03-02")
        #expect(
            refusal { try file.on("2026-03-02", extended(5, by: "organ-head")) }
                == .noSuchClock(ClockName(rawValue: "decision") ?? .other, running: ["notice"])
        )
        let notice = Case.ProcedureFact.extended(
            ClockName(rawValue: "notice") ?? .other,
            by: days(5),
            authority: "organ-head",
            reason: "why"
        )
        #expect(
            refusal { try file.on("2026-03-02", notice) } == .notExtendable(ClockName(rawValue: "notice") ?? .other)
        )
    }

    @Test func `a limit in another unit than the power is not prolonged, and the power is not used up`() throws {
        let statute = Limit(30, .calendarDays) ?? .none
        var file = try TownshipCase(received: "2026-03-02", statute: statute)
        try file.on("2026-03-02", Self.accepted)
        for unit in [Limit.Unit.workingDays, .calendarDays] {
            let rejection = refusal { try file.on("2026-03-03", extended(10, by: "organ-head", unit: unit)) }
            #expect(rejection == .extensionOfOtherUnit(limit: statute, allowed: days(10), article: "42(1)"))
            #expect(
                rejection?.description.hasSuffix("only a limit in working-days can be prolonged by it (art. 42(1))")
                    == true
            )
        }
        #expect(file.state.progress.extensions.isEmpty)
    }

    @Test func `after five working days without a word it can only count as accepted`() throws {
        var file = try TownshipCase(received: "2026-03-02")
        let due = day("2026-03-09")
        let since = day("2026-03-02")
        for fact in [
            Self.accepted, .supplementNoticed(materials: ["photo"], within: nil),
            .acceptanceRefused(.notNeeded, competentBody: nil, reason: "no licence is needed"),
        ] {
            #expect(refusal { try file.on("2026-03-10", fact) } == .countsAsAccepted(since: since, due: due))
        }
        // Said in time and recorded late is possible: the two times show it.
        try file.on("2026-03-09", .supplementNoticed(materials: ["photo"], within: nil), recordedOn: "2026-03-10")
        #expect(
            refusal { try file.on("2026-03-02", .accepted(isDeemed: true), recordedOn: "2026-03-11") }
                == .noticedInTime(due)
        )
    }

    @Test func `one notice tells everything; a second with something new is kept as a finding`() throws {
        var file = try TownshipCase(received: "2026-03-02")
        #expect(
            refusal { try file.on("2026-03-03", .supplementNoticed(materials: [], within: nil)) } == .materialsMissing
        )
        try file.on("2026-03-03", .supplementNoticed(materials: ["photo", "form"], within: nil))
        try file.on("2026-03-04", .supplementNoticed(materials: ["photo"], within: nil))
        #expect(file.state.progress.notices.count == 1)
        try file.on("2026-03-05", .supplementNoticed(materials: ["certificate"], within: nil))
        #expect(file.state.progress.notices.count == 2)
    }

    @Test func `a refusal for lack of power names the body that has it`() throws {
        var file = try TownshipCase(received: "2026-03-02")
        #expect(
            refusal { try file.on("2026-03-03", .acceptanceRefused(.notOurPower, competentBody: nil, reason: "x")) }
                == .competentBodyMissing
        )
        #expect(
            refusal { try file.on("2026-03-03", .acceptanceRefused(.notNeeded, competentBody: nil, reason: "")) }
                == .reasonMissing(article: "32")
        )
        try file.on("2026-03-03", .acceptanceRefused(.notOurPower, competentBody: "县林业局", reason: "x"))
        #expect(refusal { try file.on("2026-03-03", Self.accepted) } == .ended(day("2026-03-03")))
    }

    @Test func `a denial has reasons and a remedy, and there is one decision`() throws {
        var file = try accepted()
        #expect(
            refusal { try file.on("2026-03-03", .decided(isGranted: false, reasons: "x", remedy: "")) }
                == .denialIncomplete(article: "38")
        )
        #expect(refusal { try file.on("2026-03-03", .delivered(by: nil)) } == .notDecided)
        try file.on("2026-03-03", .decided(isGranted: false, reasons: "x", remedy: "reconsideration or suit"))
        #expect(refusal { try file.on("2026-03-04", Self.granted) } == .alreadyDecided(day("2026-03-03")))
    }

    @Test func `nothing happens before the receipt, in the future, without rules or under other rules`() throws {
        var file = try TownshipCase(received: "2026-03-02")
        #expect(
            refusal { try file.on("2026-03-01", Self.accepted, recordedOn: "2026-03-02") }
                == outOfOrder("accepted", "2026-03-01", "received", "2026-03-02")
        )
        #expect(
            refusal { try file.on("2026-03-04", Self.accepted, recordedOn: "2026-03-03") }
                == .inFuture(day("2026-03-04"), today: day("2026-03-03"))
        )
        try file.on("2026-03-02", Self.accepted)
        let other = try RulePackLibrary.pack("uk-foi")
        #expect(
            refusal { try file.on("2026-03-03", .rulesPinned(Case.RulePin(other))) }
                == .otherRules(pinned: "cn-licensing 1")
        )
        expect(
            given: [.received(number: number("T"), at: try zoned("2026-03-02T09:00:00+08:00"), attributes: [])],
            when: .record(
                Self.accepted,
                at: try zoned("2026-03-02T09:00:00+08:00"),
                under: Case.Law(other, calendar: nil, today: day("2026-03-02"))
            ),
            then: .failure(.procedure(.noRules, "rule: the catalogue"))
        )
    }

    private static let promises: [(promise: String, statute: String?, isTaken: Bool)] = [
        ("20 working-days", nil, true), ("21 working-days", nil, false), ("100 working-days", "20 working-days", false),
        ("30 working-days", "40 working-days", true), ("31 working-days", "30 calendar-days", false),
        ("5 calendar-weeks", "30 calendar-days", false), ("4 calendar-weeks", "30 calendar-days", true),
        ("25 calendar-days", "20 working-days", true), ("90 service-minutes", "1 working-days", true),
        ("1 working-days", "90 service-minutes", false), ("1441 service-minutes", "1 working-days", false),
    ]

    @Test(arguments: promises.indices)
    func `a promise is not longer than the statute`(index: Int) throws {
        let (promise, statute, isTaken) = Self.promises[index]
        let rejection = refusal {
            _ = try TownshipCase(
                received: "2026-03-02",
                statute: statute.flatMap { Limit($0) },
                promise: Limit(promise),
                hall: .init(weekly: [:]),
                serviceCalendar: "hall"
            )
        }
        let other = Limit(statute ?? "20 working-days") ?? .none
        let expected = Case.ProcedureRejection.promiseLonger(Limit(promise) ?? .none, statute: other, article: "42(1)")
        #expect(rejection == (isTaken ? nil : expected))
    }

    @Test func `several organs have the longer statute to promise within`() throws {
        _ = try TownshipCase(received: "2026-03-02", handling: .joint, promise: days(45))
        #expect(
            refusal { _ = try TownshipCase(received: "2026-03-02", handling: .joint, promise: days(46)) }
                == .promiseLonger(days(46), statute: days(45), article: "42(2)")
        )
    }

    @Test func `a stop that was entered on a later day says so, in both languages`() throws {
        func reason(recordedOn: String) throws -> LocalizedText? {
            var file = try TownshipCase(received: "2026-03-02")
            let notice = Case.ProcedureFact.supplementNoticed(materials: ["photo"], within: nil)
            try file.on("2026-03-03", notice, recordedOn: recordedOn)
            let steps = try file.clock("notice", asOf: "2026-03-31")?.derivation?.steps
            return steps?.last { $0.reason[.english].contains("in time") }?.reason
        }
        let late = try #require(try reason(recordedOn: "2026-03-21"))
        #expect(late[.english].hasSuffix("Recorded on 2026-03-21, 18 calendar days after it is said to have happened."))
        #expect(late[.chinese].hasSuffix("于 2026-03-21 补录，晚于所称发生之日 18 个自然日。"))
        let sameDay = try #require(try reason(recordedOn: "2026-03-03T23:59"))
        #expect(!sameDay[.english].contains("Recorded") && !sameDay[.chinese].contains("补录"))
    }

    @Test func `a law that counts from the receipt needs no acceptance, and no article of another law is cited`() throws
    {
        let foi = try RulePackLibrary.pack("uk-foi")
        var file = try TownshipCase(received: "2026-03-02", rules: foi)
        try file.on("2026-03-03", .suspended(ground: "fees-notice", told: days(5)))
        try file.on("2026-03-04", .resumed)
        #expect(
            refusal { try file.on("2026-03-05", .decided(isGranted: false, reasons: "", remedy: "")) }
                == .denialIncomplete(article: nil)
        )
        #expect(
            refusal { try file.on("2026-03-05", .terminated(reason: "")) }?.description
                == "the reason that the applicant was told is missing"
        )
        try file.on("2026-03-05", .decided(isGranted: false, reasons: "x", remedy: "internal review"))
        #expect(try file.clock("decision", asOf: "2026-03-06")?.phase == .stopped(.day(day("2026-03-05"))))
    }

    @Test func `every command can be repeated`() throws {
        var file = try accepted()
        let before = file.ledger.entries.count
        try file.on("2026-03-02", Self.accepted)
        #expect(file.ledger.entries.count == before)
        try file.on("2026-03-03", .suspended(ground: "hearing", told: days(5)))
        try file.on("2026-03-03", .suspended(ground: "hearing", told: days(5)))
        try file.on("2026-03-04", .resumed)
        try file.on("2026-03-05", extended(10, by: "organ-head"))
        try file.on("2026-03-05", extended(10, by: "organ-head"))
        try file.on("2026-03-06", Self.granted)
        try file.on("2026-03-06", Self.granted)
        #expect(file.ledger.entries.count == before + 4)
    }

    @Test func `a poor rating opens a follow-up of five working days, once`() throws {
        var file = try accepted()
        try file.on("2026-03-03", Self.granted)
        try file.on("2026-03-04", .rated(.dissatisfied, followUp: nil))
        #expect(refusal { try file.on("2026-03-04", .rated(.satisfied, followUp: nil)) } == .alreadyRated)
        #expect(try file.told("follow-up", asOf: "2026-03-05") == "green, due 2026-03-11, 4 left")
        try file.on("2026-03-12", .calledBack)
        #expect(try file.told("follow-up", asOf: "2026-03-12") == "red, due 2026-03-11, stopped 2026-03-12")
    }

    @Test func `stages run side by side, each with its own clock`() throws {
        var file = try accepted()
        try file.on("2026-03-03", .stageBegun("survey", within: days(3)))
        try file.on("2026-03-03", .stageBegun("review", within: days(5)))
        #expect(refusal { try file.on("2026-03-04", .stageBegun("survey", within: nil)) } == .stageRuns("survey"))
        #expect(refusal { try file.on("2026-03-04", .stageEnded("other")) } == .stageNotBegun("other"))
        try file.on("2026-03-05", .stageEnded("survey"))
        #expect(try file.clock("stage", asOf: "2026-03-12")?.phase == .stopped(.day(day("2026-03-05"))))
        let review = try file.clock("stage", asOf: "2026-03-12", ordinal: 2)
        #expect(review?.stage == "review" && review?.light == .red)
    }

    @Test func `a case under rules is not closed while they count`() throws {
        var file = try TownshipCase(received: "2026-03-02")
        func refused(_ running: [String]) throws -> Bool {
            let law = Case.Law(file.rules, calendar: try TownshipCase.calendars.get().latest, today: day("2026-03-05"))
            do {
                _ = try Case.decide(.close(at: try moment("2026-03-05"), under: law), file.state)
                return false
            } catch Case.Rejection.notEnded(running) {
                return true
            }
        }
        #expect(try refused(["notice"]))
        try file.on("2026-03-03", .supplementNoticed(materials: ["photo"], within: nil))
        #expect(try refused([]))
        try file.on("2026-03-04", .supplementReceived(materials: ["photo"], isComplete: true))
        try file.on("2026-03-04", Self.accepted)
        #expect(try refused(["decision"]))
        try file.on("2026-03-04", Self.granted)
        #expect(try refused(["delivery"]))
        try file.on("2026-03-05", .delivered(by: nil))
        #expect(try !refused([]))

        var withdrawn = try TownshipCase(received: "2026-03-02")
        try withdrawn.on("2026-03-03", .withdrawn)
        file = withdrawn
        #expect(try !refused([]))
    }

    @Test func `a follow-up takes as long as the officer says, within the rules`() throws {
        var file = try accepted()
        try file.on("2026-03-03", Self.granted)
        try file.on("2026-03-04", .delivered(by: nil))
        #expect(
            refusal { try file.on("2026-03-04", .rated(.dissatisfied, followUp: days(16))) }
                == .followUpTooLong(days(16), atMost: days(15))
        )
        #expect(
            refusal { try file.on("2026-03-04", .rated(.satisfied, followUp: days(5))) } == .notRatedPoor
        )
        var usual = file
        try usual.on("2026-03-04", .rated(.dissatisfied, followUp: nil))
        #expect(try usual.told("follow-up", asOf: "2026-03-04") == "green, due 2026-03-11, 5 left")
        try file.on("2026-03-04", .rated(.dissatisfied, followUp: days(15)))
        #expect(try file.told("follow-up", asOf: "2026-03-04") == "green, due 2026-03-25, 15 left")
    }
}
