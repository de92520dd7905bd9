import CaseFlow
import Support
import Testing
import TransparencyLog
import WorkingTime

@testable import EventStore

/// Ten thousand cases that take any command that chance gives them. Whatever happens, what must always hold holds.
@Suite("Random lives")
struct CaseWalkTests {
    private static let identity = "11010519491231002X"

    @Test(arguments: [UInt64(20_261_122), 7])
    func `no walk breaks what must always hold`(seed: UInt64) throws {
        print("seed \(seed), 5000 cases")
        var numbers = SeededGenerator(seed: seed)
        var reached: [String: Int] = [:]
        let starts = try Dictionary(uniqueKeysWithValues: CaseLife.states.map { ($0.name, try $0.reached()) })
        for index in 0..<5_000 {
            // From any point of a life, and on from there.
            let start = CaseLife.states[Int.random(in: CaseLife.states.indices, using: &numbers)]
            var walk = Walk(try starts[start.name] ?? start.reached())
            let steps = Int.random(in: 4...24, using: &numbers)
            for _ in 0..<steps {
                if let broken = try walk.step(&numbers) {
                    Issue.record("seed \(seed), case \(index): \(broken)\n\(walk.story)")
                    return
                }
            }
            if index % 8 == 0, let broken = try walk.lights() {
                Issue.record("seed \(seed), case \(index): \(broken)\n\(walk.story)")
                return
            }
            for name in walk.milestones { reached[name, default: 0] += 1 }
        }
        // The walks come to every part of a life, else they would show nothing.
        for name in [
            "accepted", "decided", "sealed", "issued", "delivered", "closed", "reopened", "returned", "answered",
            "file-returned", "suspended", "hearing-held", "handed-over", "rated", "complaint-answered",
        ] where reached[name, default: 0] < 3 {
            Issue.record("seed \(seed): only \(reached[name, default: 0]) cases reached '\(name)'")
        }
    }

    /// One case, and what a slow observer of its events knows.
    private struct Walk {
        var file: CentreCase
        var replayed = Case.initial
        var observed = Observer()
        var story = ""

        var milestones: Set<String> { observed.seen }

        init(_ start: CentreCase) {
            file = start
            for event in start.events {
                story += "  \(event.words)\n"
                _ = observed.take(event, start.version.item)
                Case.evolve(&replayed, event)
            }
        }

        /// One random command: what it broke, or nil.
        mutating func step(_ numbers: inout SeededGenerator) throws -> String? {
            if file.state.phase == .unknown {
                let materials = Bool.random(using: &numbers) ? CentreCase.all : ["card"]
                return try take(.open(file.opening(materials), at: file.at, under: file.law), &numbers)
            }
            // Time goes on by minutes, sometimes by days.
            let minutes =
                Int.random(in: 0..<12, using: &numbers) == 0 ? Int.random(in: 1...14, using: &numbers) * 1_440 : 7
            try file.wait(minutes: minutes)
            // A hearing is held on its day only: chance alone would never come to it.
            if let day = file.state.work?.hearing.on, file.state.work?.hearing.heldAt == nil, day > file.at.localDate,
                Bool.random(using: &numbers)
            {
                try file.go(to: day.description)
            }
            let command = try random(&numbers)
            return try take(command, &numbers)
        }

        private mutating func take(_ command: Case.Command, _ numbers: inout SeededGenerator) throws -> String? {
            let before = file.state
            let new: [Case.Event]
            do {
                new = try file.take(command)
            } catch let rejection as Case.Rejection {
                if file.state != before { return "a refused command changed the state" }
                return "\(rejection)".contains(CaseWalkTests.identity) ? "a rejection repeats a number" : nil
            }
            for event in new {
                story += "  \(event.words)\n"
                if let broken = observed.take(event, file.version.item) { return broken }
                let encoded = Case.Coding.encode(event, actor: Actor(trusted: "officer/x"))
                if String(decoding: encoded.data, as: UTF8.self).contains(CaseWalkTests.identity) {
                    return "an identity number stands in an event"
                }
                Case.evolve(&replayed, try Case.Coding.decode(stored(encoded)))
            }
            if replayed != file.state { return "replay leads to another state" }
            // Steps of an import are the one thing that happens as often as it is told: real logs repeat themselves.
            if case .recordStep = command { return nil }
            guard (try? Case.decide(command, file.state)) == [] else {
                return "the same command again is not so already"
            }
            return nil
        }

        private func random(_ numbers: inout SeededGenerator) throws -> Case.Command {
            let at = file.at
            let law = try file.law
            if Int.random(in: 0..<10, using: &numbers) == 0 {
                let hand = CentreCase.Hand.allCases.randomElement(using: &numbers) ?? .window
                let text = Int.random(in: 0..<3, using: &numbers) == 0 ? CaseWalkTests.identity : "a note"
                let facts: [Case.ProcedureFact] = [
                    .complained(reference: "K-1", about: text), .correctedOnSpot(text),
                    .recordCorrected(event: 1, text: text), .terminated(reason: text),
                    .stageEnded("papers"), .delivered(by: nil), .grant, .fee(500), .fee(500, text),
                ]
                return .record(facts.randomElement(using: &numbers) ?? .grant, at: at, under: law, by: hand.standing)
            }
            let commands = try CaseLife.commands(file, at: at)
            var (name, command) = commands[Int.random(in: commands.indices, using: &numbers)]
            // What ends a case comes less often.
            if ["withdraw", "terminate", "refuse", "receive"].contains(name),
                Int.random(in: 0..<12, using: &numbers) > 0
            {
                (name, command) = commands[Int.random(in: commands.indices, using: &numbers)]
            }
            return command()
        }

        /// The decision's clock against a count by hand, on three days.
        func lights() throws -> String? {
            guard let accepted = file.state.progress.acceptedAt else { return nil }
            guard let calendar = try TownshipCase.calendars.get().latest else { return "there is no calendar" }
            let reader = CaseClocks(file.rules, zone: TownshipCase.zone) { _ in calendar }
            let knownAt = file.at.timestamp.advanced(byMicroseconds: 60_000_000)
            for days in [0, 9, 40] {
                guard let asOf = accepted.localDate.adding(days: days) else { continue }
                let readings = try reader.readings(of: file.ledger, asOf: asOf, knownAt: knownAt)
                guard let reading = readings.first(where: { $0.rule.name.rawValue == "decision" }) else {
                    return "an accepted case has no clock"
                }
                let slow = try observed.decision(accepted.localDate, asOf: asOf, calendar)
                let due = reading.due?.date
                if due != slow.due { return "on \(asOf) due \(String(describing: due)), by hand \(slow)" }
                if (reading.light == .red) != slow.isLate {
                    return "\(reading.light) on \(asOf), by hand late: \(slow.isLate)"
                }
            }
            return nil
        }
    }
}

/// What somebody who only reads the events keeps in mind, in the plainest way.
private struct Observer {
    var seen: Set<String> = []
    private var isAccepted = false
    private var isDecided = false
    private var isDelivered = false
    private var open: [String: Int] = [:]
    private var done: Set<String> = []
    private var changes: [(day: CivilDate, kind: Change)] = []
    private var stoppedOn: CivilDate?

    private typealias Pause = (from: CivilDate, through: CivilDate?)
    private enum Change { case suspended, resumed, extended(Int) }

    mutating func take(_ event: Case.Event, _ item: ServiceItem) -> String? {
        seen.insert(event.words.split(separator: " ").first.map(String.init) ?? "")
        if case .reopened = event.fact {
            (isDecided, isDelivered) = (false, false)
            done.subtract(item.decision.map { [$0.name.rawValue] } ?? [])
        }
        guard case .procedure(let fact, let at) = event.fact else { return nil }
        switch fact {
        case .accepted:
            if isAccepted { return "accepted twice" }
            isAccepted = true
            // What ended the case before it was opened again is no end of this clock.
            stoppedOn = nil
            changes = []
        case .stageBegun(let stage, _, _):
            if open[stage, default: 0] > 0 { return "'\(stage)' began twice" }
            open[stage] = 1
            done.remove(stage)
        case .stageEnded(let stage):
            if open[stage] != 1 { return "'\(stage)' ended without having begun" }
            open[stage] = 0
            done.insert(stage)
        case .returned(_, _, _, let undone): done.subtract(undone)
        case .decided:
            if !isAccepted { return "decided before the acceptance" }
            if isDecided { return "decided twice" }
            let missing = item.stages.map(\.name.rawValue).filter {
                $0 != item.decision?.name.rawValue && !done.contains($0)
            }
            if !missing.isEmpty { return "decided before \(missing)" }
            isDecided = true
            if stoppedOn == nil { stoppedOn = at.localDate }
        case .sealed, .issued: if !isDecided { return "\(fact.name) before the decision" }
        case .delivered:
            if !isDecided { return "delivered before the decision" }
            if isDelivered { return "delivered twice" }
            isDelivered = true
        case .withdrawn, .terminated, .fileReturned: if stoppedOn == nil { stoppedOn = at.localDate }
        case .suspended where stoppedOn == nil: changes.append((at.localDate, .suspended))
        case .resumed where stoppedOn == nil: changes.append((at.localDate, .resumed))
        case .extended(_, let by, _, _) where stoppedOn == nil:
            changes.append((at.localDate, .extended(by.amount)))
        default: break
        }
        return nil
    }

    /// The decision's due date, counted day by day, and whether it was late on a day or at its stop. What was recorded
    /// after the limit had ended moves nothing.
    func decision(_ accepted: CivilDate, asOf: CivilDate, _ calendar: WorkCalendar) throws
        -> (due: CivilDate?, isLate: Bool)
    {
        var length = 20
        var pauses: [Pause] = []
        var isIgnored = false
        func due() throws -> CivilDate? {
            var (left, day) = (length, accepted)
            while left > 0 {
                day = day.adding(days: 1) ?? day
                if pauses.contains(where: { day > $0.from && $0.through == nil }) { return nil }
                let isPaused = pauses.contains { pause in day > pause.from && pause.through.map { day <= $0 } ?? true }
                if !isPaused, try calendar.isWorkingDay(day) { left -= 1 }
            }
            return day
        }
        for change in changes where change.day <= asOf {
            let isTooLate = try due().map { change.day > $0 } ?? false
            switch change.kind {
            case .suspended:
                isIgnored = isTooLate
                if !isTooLate { pauses.append((change.day, nil)) }
            case .resumed:
                if !isIgnored, !pauses.isEmpty { pauses[pauses.count - 1].through = change.day }
                isIgnored = false
            case .extended(let days): if !isTooLate { length += days }
            }
        }
        let stop = stoppedOn.flatMap { $0 <= asOf ? $0 : nil }
        guard let last = try due() else { return (nil, false) }
        return (last, (stop ?? asOf) > last)
    }
}

/// An event as if it had been stored.
private func stored(_ event: NewEvent) -> RecordedEvent {
    RecordedEvent(
        position: 1,
        stream: StreamName(trusted: "case/a"),
        version: 1,
        type: event.type,
        effectiveAt: event.effectiveAt,
        recordedAt: event.effectiveAt,
        actor: event.actor,
        data: event.data,
        metadata: Array("{}".utf8),
        leaf: Digest.sha256([])
    )
}
