import CaseFlow
import EventStore
import Foundation

/// A case in words.
enum CaseText {
    static func state(_ report: CaseReport, asOf: String?) {
        let state = report.state
        if report.logClock == RecordingClock.simulated { line("simulation", "yes: nothing of this has happened") }
        line("case", report.case ?? "-")
        line("stream", report.stream)
        line("state", "\(state.phase)\(state.reopened > 0 ? " (reopened \(state.reopened) times)" : "")")
        line("received", state.receivedAt ?? "-")
        if let service = report.service { tell(service) }
        // A case of the catalogue has no limit of a source; `case explain` tells its clocks.
        if report.service == nil || state.deadline != nil { line("deadline", state.deadline ?? "-") }
        line("closed", state.closedAt ?? "-")
        if report.service == nil || state.steps > 0 {
            line("steps", "\(state.steps), last: \(state.lastStep ?? "-") at \(state.lastStepAt ?? "-")")
        }
        for card in report.cards ?? [] { line("card", words(card)) }
        for (key, value) in state.attributes.sorted(by: { $0.key < $1.key }) { print("  \(key) = \(value)") }
        guard let asOf else { return }
        let (seen, other) = report.by == .recorded ? ("recorded", "effective") : ("in effect", "recorded")
        let shown = report.later == 0 ? "all events were \(seen) by then" : "\(report.later) events were \(seen) later"
        print("as of \(asOf), by \(report.by.rawValue) time: \(shown); --by \(other) shows \(report.byOtherClock)")
    }

    private static func words(_ card: CaseReport.Card) -> String {
        let name = card.ordinal == 1 ? card.clock : "\(card.clock) \(card.ordinal)"
        let holder = [card.officer, card.unit].compactMap(\.self).joined(separator: " of ")
        let answer = card.state == "open" ? card.answerBy.map { ", to be answered by \($0)" } ?? "" : ""
        return
            "\(name): \(card.level) since \(card.dueAt)\(holder.isEmpty ? "" : ", \(holder)"), \(card.state)\(answer)"
    }

    private static func line(_ label: String, _ text: String) {
        print("\(label.padding(toLength: 10, withPad: " ", startingAt: 0)) \(text)")
    }

    /// What a case of the catalogue has come to; what has not happened yet is left out.
    private static func tell(_ service: CaseReport.Service) {
        let version = service.itemVersion.map { ", version \($0)" } ?? ""
        line("item", "\(service.item ?? "-")\(version)\(service.itemName.map { ": \($0)" } ?? "")")
        let intake = service.intake
        let village = intake.village.map { ", village \($0)" } ?? ""
        line(
            "intake",
            "\(intake.channel) at \(intake.place)\(village), by \(intake.receiver), first contact \(intake.firstContact)"
        )
        if !intake.materials.isEmpty { line("materials", intake.materials.joined(separator: ", ")) }
        for deferral in service.deferrals {
            line("to follow", "\(deferral.material), within \(deferral.within) from \(deferral.since)")
        }
        if let at = service.acceptedAt {
            line("accepted", service.isDeemed ? "\(at), counts as accepted" : "\(at)\(by(service.acceptedBy))")
        } else if service.endedAt == nil {
            line("accepted", "-")
        }
        if let since = service.suspendedSince {
            line("suspended", "since \(since), ground: \(service.suspendedFor ?? "-")")
        }
        for stage in service.stages { line("stage", words(stage)) }
        if let decision = service.decision {
            line("decision", "\(decision) \(service.decidedAt ?? "")\(by(service.decidedBy))")
        }
        if let seal = service.seal { line("seal", "\(seal.matter), by \(seal.keeper)") }
        if let issued = service.issued { line("issued", issued) }
        if let at = service.deliveredAt { line("delivered", "\(at)\(by(service.delivery))") }
        if let at = service.endedAt { line("ended", "\(service.ending ?? "without a decision") \(at)") }
        if let rating = service.rating {
            line("rating", "\(rating.grade) \(rating.at)\(rating.calledBackAt.map { ", called back \($0)" } ?? "")")
        }
        if service.complaints > 0 {
            let open = service.openComplaints.isEmpty ? "" : ", open: \(service.openComplaints.joined(separator: ", "))"
            line("complaints", "\(service.complaints)\(open)")
        }
        if !service.charges.isEmpty {
            let each = service.charges.map { $0.yuan + ($0.receipt.map { " (receipt \($0))" } ?? "") }
            line("fees", "\(service.charged) yuan: \(each.joined(separator: ", "))")
        }
        line("visits", "\(service.visits.count)")
    }

    private static func by(_ who: String?) -> String { who.map { ", by \($0)" } ?? "" }

    private static func words(_ stage: CaseReport.Service.Stage) -> String {
        var parts: [String] = []
        if let role = stage.role, let unit = stage.unit { parts.append("\(role) of \(unit)") }
        if let unit = stage.forwardedTo { parts.append("sent to \(unit)") }
        if !stage.assigned.isEmpty { parts.append("assigned to \(stage.assigned.joined(separator: " and "))") }
        parts += stage.findings.map { finding in
            "\(finding.officer)\(finding.actingFor.map { " for \($0)" } ?? ""): \(finding.finding)"
        }
        let time = stage.endedAt.map { "ended \($0)" } ?? "open since \(stage.begunAt)"
        return "\(stage.stage), \(time)\(parts.isEmpty ? "" : "; ")\(parts.joined(separator: ", "))"
    }

    // MARK: Its history

    static func history(_ history: CaseHistory) {
        Terminal.table(
            ["position", "effective (UTC)", "recorded (UTC)", "actor", "what", "by", "leaf"],
            zip(history.events, history.standings).map { event, standing in
                let (what, performer) = describe(event.fact)
                return [
                    String(event.recorded.position), short(event.recorded.effectiveAt),
                    short(event.recorded.recordedAt), event.recorded.actor.rawValue, what,
                    standing.map(words) ?? performer, String(event.recorded.leafText.prefix(12)),
                ]
            }
        )
    }

    /// Whose hands: the officer, in which post, for whom, and where the unit's people sit on a day of duty.
    private static func words(_ standing: Standing) -> String {
        let absent = standing.actingFor.map { " for \($0)" } ?? ""
        let place = standing.duty.map { ", at \($0.place)" } ?? ""
        return "\(standing.officer)\(absent), \(standing.role.rawValue) of \(standing.unit)\(place)"
    }

    /// Without the fraction of the second, for the eye; JSON has all of it.
    private static func short(_ time: Timestamp) -> String {
        String(time.description.prefix(19)).replacing("T", with: " ")
    }

    private static func describe(_ fact: Case.Fact) -> (what: String, by: String) {
        switch fact {
        case .received(let number, _, _, _): ("received as \(number)", "-")
        case .stepRecorded(let step): (step.activity, step.performer ?? "-")
        case .deadlineSet(let deadline): ("deadline \(deadline)", "-")
        case .closed: ("closed", "-")
        case .reopened(_, let reason): ("reopened: \(reason)", "-")
        case .procedure(let fact, _): (fact.name + (fact.details.map { ": \($0)" } ?? ""), "-")
        case .card(let fact, _): ("\(fact.name): \(fact.details)", "-")
        }
    }
}
