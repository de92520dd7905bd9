import CaseFlow
import EventStore
import WorkingTime

/// The named states and commands of a case's life, for the table of all pairs.
enum CaseLife {
    typealias Step = (fact: Case.ProcedureFact, hand: CentreCase.Hand)

    private static let five = Limit(5, .workingDays) ?? .none
    private static let village: [Step] = [(.accept, .window), (.sign("village"), .agent)]
    private static let stages: [Step] =
        village + [(.sign("visit"), .reviewer), (.sign("visit"), .reviewer2), (.sign("papers"), .reviewer)]
    private static let granted: [Step] = stages + [(.grant, .approver)]
    private static let issued: [Step] = granted + [(.seal(), .keeper), (.issue, .window)]
    private static let delivered: [Step] = issued + [(.delivered(by: .window), .window)]
    private static let hearing: [Step] = village + [(.hearingAsked, .window)]

    /// A state: what was handed in at first, what happened then, and whether it was closed and opened again.
    struct Named {
        let name: String
        var materials = CentreCase.all
        var steps: [Step] = []
        var isClosed = false
        var isReopened = false
        var isForwarded = false

        func reached() throws -> CentreCase {
            var file = try isForwarded ? CentreCase.forwarded() : CentreCase.felling()
            if name == "unknown" { return file }
            try file.receive(materials)
            for step in steps { try file.on(step.fact, by: step.hand) }
            if isClosed { try file.give { .close(at: $0, under: $1, by: CentreCase.Hand.window.standing) } }
            if isReopened {
                try file.give { .reopen(at: $0, reason: "new title", under: $1, by: CentreCase.Hand.director.standing) }
            }
            return file
        }
    }

    static let states: [Named] = [
        Named(name: "unknown"),
        Named(name: "received"),
        Named(name: "received-incomplete", materials: ["card"]),
        Named(name: "deferred", materials: ["card"], steps: [(.materialDeferred("title", within: five), .window)]),
        Named(
            name: "noticed",
            materials: ["card"],
            steps: [(.supplementNoticed(materials: ["title"], within: five), .window)]
        ),
        Named(
            name: "supplemented",
            materials: ["card"],
            steps: [
                (.supplementNoticed(materials: ["title"], within: five), .window),
                (.supplementReceived(materials: ["title"], isComplete: true), .window),
            ]
        ),
        Named(
            name: "refused",
            steps: [(.acceptanceRefused(.notNeeded, competentBody: nil, reason: "none is needed"), .window)]
        ),
        Named(name: "accepted", steps: [(.accept, .window)]),
        Named(
            name: "accepted-deferred",
            materials: ["card"],
            steps: [(.materialDeferred("title", within: five), .window), (.accept, .window)]
        ),
        Named(
            name: "claimed",
            steps: village + [(.assigned(stage: "papers", to: OfficerID(trusted: "reviewer")), .reviewer)]
        ),
        Named(name: "half-verified", steps: village + [(.sign("visit"), .reviewer)]),
        Named(name: "objected", steps: village + [(.sign("papers", .objection), .reviewer)]),
        Named(name: "suspended", steps: village + [(.suspended(ground: "testing", told: five), .reviewer)]),
        Named(name: "hearing-asked", steps: hearing),
        Named(
            name: "hearing-announced",
            steps: hearing + [(.hearingAnnounced(on: day("2026-03-10")), .reviewer)]
        ),
        Named(name: "to-decide", steps: stages),
        Named(name: "sent-back", steps: stages + [(.back("decision", to: "papers"), .approver)]),
        Named(name: "granted", steps: granted),
        Named(name: "denied", steps: stages + [(.deny, .approver)]),
        Named(name: "sealed", steps: granted + [(.seal(), .keeper)]),
        Named(name: "issued", steps: issued),
        Named(name: "delivered", steps: delivered),
        Named(name: "closed", steps: delivered, isClosed: true),
        Named(
            name: "rated-poor",
            steps: delivered + [(.rated(.dissatisfied, followUp: nil), .window)],
            isClosed: true
        ),
        Named(
            name: "complained-of",
            steps: delivered + [(.complained(reference: "K-1", about: "the wait"), .window)]
        ),
        Named(name: "withdrawn", steps: village + [(.withdrawn, .window)]),
        Named(name: "terminated", steps: village + [(.terminated(reason: "the applicant died"), .director)]),
        Named(name: "reopened", steps: delivered, isClosed: true, isReopened: true),
        Named(name: "in-review", steps: [(.accept, .window)], isForwarded: true),
        Named(name: "to-forward", steps: [(.accept, .window), (.sign("review"), .reviewer)], isForwarded: true),
        Named(
            name: "at-county",
            steps: [
                (.accept, .window), (.sign("review"), .reviewer),
                (.forwarded(stage: "county", to: UnitCode(trusted: "county-forest"), reference: "Z-7"), .reviewer),
            ],
            isForwarded: true
        ),
        Named(
            name: "granted-by-county",
            steps: [
                (.accept, .window), (.sign("review"), .reviewer),
                (.forwarded(stage: "county", to: UnitCode(trusted: "county-forest"), reference: "Z-7"), .reviewer),
                (.answered(stage: "county", .granted, reference: "X-9", reasons: "", remedy: ""), .county),
            ],
            isForwarded: true
        ),
    ]

    /// Every command once, well-formed, given by whoever usually gives it.
    static func commands(_ file: CentreCase) throws -> [(name: String, command: () -> Case.Command)] {
        var later = file
        try later.wait(minutes: 10)
        return try commands(file, at: later.at)
    }

    /// The same at a moment.
    static func commands(_ file: CentreCase, at: ZonedTime) throws -> [(name: String, command: () -> Case.Command)] {
        let law = try file.law
        let county = UnitCode(trusted: "county-forest")
        func record(_ fact: Case.ProcedureFact, _ hand: CentreCase.Hand) -> Case.Command {
            .record(fact, at: at, under: law, by: hand.standing)
        }
        func command(_ name: String, _ make: @autoclosure @escaping () -> Case.Command) -> (
            name: String, command: () -> Case.Command
        ) { (name, make) }
        let reviewer = OfficerID(trusted: "reviewer")
        let inAWeek = at.localDate.adding(days: 7) ?? at.localDate
        return [
            command("receive", .open(file.opening(), at: at, under: law)),
            command("correct", record(.correctedOnSpot("the date"), .window)),
            command("defer", record(.materialDeferred("title", within: five), .window)),
            command("notice", record(.supplementNoticed(materials: ["title"], within: nil), .window)),
            command("supplement", record(.supplementReceived(materials: ["title"], isComplete: true), .window)),
            command("accept", record(.accept, .window)),
            command("accept deemed", record(.accepted(isDeemed: true), .window)),
            command(
                "refuse",
                record(.acceptanceRefused(.notNeeded, competentBody: nil, reason: "none needed"), .window)
            ),
            command("follow", record(.materialFollowed("title"), .window)),
            command("return-file", record(.fileReturned("title"), .window)),
            command("sign village", record(.sign("village"), .agent)),
            command("sign visit", record(.sign("visit"), .reviewer2)),
            command("sign papers", record(.sign("papers"), .reviewer)),
            command("object papers", record(.sign("papers", .objection), .reviewer2)),
            command("sign review", record(.sign("review"), .reviewer)),
            command("claim papers", record(.assigned(stage: "papers", to: reviewer), .reviewer)),
            command(
                "hand-over papers",
                record(
                    .handedOver(
                        stage: "papers",
                        from: reviewer,
                        to: OfficerID(trusted: "reviewer2"),
                        reason: "leave"
                    ),
                    .reviewer
                )
            ),
            command("return decision", record(.back("decision", to: "papers"), .approver)),
            command("return papers", record(.back("papers", to: "village"), .reviewer)),
            command("forward", record(.forwarded(stage: "county", to: county, reference: "Z-1"), .reviewer)),
            command(
                "answer",
                record(.answered(stage: "county", .granted, reference: "X-1", reasons: "", remedy: ""), .county)
            ),
            command(
                "answer sent-back",
                record(
                    .answered(stage: "county", .sentBack, reference: "X-1", reasons: "a page", remedy: ""),
                    .county
                )
            ),
            command("suspend", record(.suspended(ground: "testing", told: five), .reviewer)),
            command("resume", record(.resumed, .reviewer)),
            command(
                "extend",
                record(
                    .extended(
                        ClockName(rawValue: "decision") ?? .other,
                        by: five,
                        authority: "organ-head",
                        reason: "many"
                    ),
                    .director
                )
            ),
            command("hearing ask", record(.hearingAsked, .window)),
            command("hearing announce", record(.hearingAnnounced(on: inAWeek), .reviewer)),
            command("hearing hold", record(.hearingHeld, .director)),
            command("hearing waive", record(.hearingWaived, .window)),
            command("grant", record(.grant, .approver)),
            command("deny", record(.deny, .approver)),
            command("seal", record(.seal(), .keeper)),
            command("issue", record(.issue, .window)),
            command("deliver", record(.delivered(by: .window), .window)),
            command("withdraw", record(.withdrawn, .window)),
            command("terminate", record(.terminated(reason: "moot"), .director)),
            command("close", .close(at: at, under: law, by: CentreCase.Hand.window.standing)),
            command("reopen", .reopen(at: at, reason: "why", under: law, by: CentreCase.Hand.director.standing)),
            command("rate", record(.rated(.satisfied, followUp: nil), .window)),
            command("call-back", record(.calledBack, .director)),
            command("visit", record(.visited(VisitID(trusted: "v-2")), .window)),
            command("fee", record(.fee(1250, "R-1"), .window)),
            command("complain", record(.complained(reference: "K-2", about: "the wait"), .window)),
            command(
                "answer-complaint",
                record(.complaintAnswered(reference: "K-1", isUpheld: true, answer: "so"), .director)
            ),
            command("except", record(.exceptionDeclared(.acceptorSeals, reason: "two officers only"), .director)),
            command("amend", record(.recordCorrected(event: 1, text: "the channel was the agent"), .window)),
            command("stage begin", record(.stageBegun("papers", within: nil), .reviewer)),
            command("step", .recordStep(Case.Step(activity: "phone call"), at: at.timestamp)),
        ]
    }

    /// One line for each pair: what happened, or what was refused by which rule.
    static func table() throws -> String {
        var lines: [String] = []
        for state in states {
            let file = try state.reached()
            for (name, command) in try commands(file) {
                let outcome: String
                do throws(Case.Rejection) {
                    let events = try Case.decide(command(), file.state)
                    outcome = events.isEmpty ? "= so already" : "+ " + events.map(word).joined(separator: ", ")
                } catch {
                    outcome = "- \(rule(of: error))"
                }
                lines.append("\(state.name) | \(name) | \(outcome)")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func word(_ event: Case.Event) -> String {
        switch event.fact {
        case .procedure(let fact, _): fact.name
        case .received: "received"
        case .closed: "closed"
        case .reopened: "reopened"
        case .stepRecorded: "step-recorded"
        case .deadlineSet: "deadline-set"
        case .card(let fact, _): fact.name
        }
    }

    /// The rule, and the beginning of what is said.
    static func rule(of rejection: Case.Rejection) -> String {
        switch rejection {
        case .procedure(let inner, let rule): "\(rule ?? "art. \(inner.article ?? "?")") | \(name(inner))"
        case .service(let inner, let rule): "\(rule ?? "?") | \(name(inner))"
        default: "order of the record | \(name(rejection))"
        }
    }

    /// The name of an enumeration's case, without what it carries.
    private static func name(_ value: Any) -> String {
        let mirror = Mirror(reflecting: value)
        return mirror.children.first?.label ?? "\(value)".prefix { $0 != ":" }.description
    }
}
