import EventStore
import Support
import WorkingTime

@testable import CaseFlow

/// A case of the catalogue as inspection reads it: told through the decider, and beyond it, since inspection judges what
/// stands in a stream, whoever let it in.
struct InspectedCase {
    var file: CentreCase
    private(set) var record = CaseRecord()
    /// How long after its effect the next events are recorded; seconds.
    var delay: Int64 = 1

    /// A felling licence: village, then two verifiers beside a reviewer, then the decision, which is sealed.
    init(_ file: CentreCase) { self.file = file }

    static func felling(_ change: (inout ServiceItem) -> Void = { _ in }) throws -> InspectedCase {
        var item = try SmallCatalogue.item()
        change(&item)
        return InspectedCase(try CentreCase(item))
    }

    static func costing(_ fen: Int) throws -> InspectedCase { InspectedCase(try CentreCase.costing(fen)) }

    static func forwarded() throws -> InspectedCase { InspectedCase(try CentreCase.forwarded()) }

    /// Takes over what happened to the case.
    private mutating func note(_ events: [Case.Event], by hand: CentreCase.Hand?) {
        let recordedAt = file.at.timestamp.advanced(byMicroseconds: delay * 1_000_000)
        for event in events {
            record.take(
                event,
                position: Int64(record.entries.count + 1),
                recordedAt: max(recordedAt, record.lastRecordedAt ?? recordedAt),
                actor: (event.by?.officer ?? hand?.standing.officer ?? OfficerID(trusted: "x")).actor
            )
        }
    }

    mutating func receive(
        _ materials: [String] = CentreCase.all,
        by hand: CentreCase.Hand = .window,
        on day: String? = nil
    ) throws {
        if let day { try file.go(to: day) }
        note(try file.receive(materials, by: hand), by: hand)
    }

    /// A fact of a day, through the decider.
    mutating func on(_ day: String? = nil, _ fact: Case.ProcedureFact, by hand: CentreCase.Hand) throws {
        if let day { try file.go(to: day) }
        note(try file.on(fact, by: hand), by: hand)
    }

    mutating func give(_ day: String? = nil, _ command: (ZonedTime, Case.Law) -> Case.Command) throws {
        if let day { try file.go(to: day) }
        note(try file.give(command), by: nil)
    }

    /// Whatever stands in a stream, past the decider.
    mutating func stands(
        _ fact: Case.ProcedureFact,
        at text: String,
        by hand: CentreCase.Hand? = nil,
        standing: Standing? = nil,
        recordedAt recorded: String? = nil,
        actor: Actor? = nil
    ) throws {
        let at = try moment(text)
        let by = standing ?? hand?.standing
        let recordedAt = try recorded.map { try moment($0).timestamp } ?? at.timestamp
        record.take(
            Case.Event(effectiveAt: at.timestamp, fact: .procedure(fact, at: at), by: by),
            position: Int64(record.entries.count + 1),
            recordedAt: recordedAt.advanced(byMicroseconds: 1_000_000),
            actor: actor ?? (by?.officer ?? OfficerID(trusted: "x")).actor
        )
    }

    /// How its clocks are read.
    var clocks: CaseClocks {
        get throws {
            let calendar = try TownshipCase.calendars.get().latest
            return CaseClocks(file.rules, zone: TownshipCase.zone) { _ in calendar }
        }
    }

    /// Its days on a day.
    func days(asOf text: String) throws -> HolderDays? {
        try HolderDays(record, clocks, asOf: day(text), knownAt: moment("\(text)T23:59").timestamp)
    }

    /// `window 2, village 1`: whose the days of the whole case were, span by span.
    func told(asOf text: String, clock: String? = nil, stage: String? = nil) throws -> String {
        guard let days = try days(asOf: text) else { return "nothing" }
        let split = clock == nil ? days.whole : days.clocks.first { $0.clock?.rawValue == clock && $0.stage == stage }
        guard let split else { return "no such clock" }
        return split.spans.map { span in
            let deputy = span.holder.actingFor.map { " for \($0)" } ?? ""
            let officer = span.holder.officer.map { " \($0)" } ?? ""
            return "\(span.holder.kind.rawValue)\(officer)\(deputy) \(span.days)"
        }.joined(separator: ", ")
    }
}

/// Lives that chance gives to cases, from any point of a life on.
struct RandomLives {
    var numbers: SeededGenerator
    private let starts: [CentreCase]

    init(seed: UInt64) throws {
        numbers = SeededGenerator(seed: seed)
        starts = try CaseLife.states.map { try $0.reached() }
    }

    /// One more.
    mutating func next() throws -> InspectedCase {
        var life = InspectedCase(starts[Int.random(in: starts.indices, using: &numbers)])
        var events = life.file.events
        for _ in 0..<Int.random(in: 2...20, using: &numbers) {
            let minutes =
                Int.random(in: 0..<4, using: &numbers) == 0 ? Int.random(in: 1...12, using: &numbers) * 1_440 : 7
            try life.file.wait(minutes: minutes)
            if life.file.state.phase == .unknown {
                events += try life.file.receive(Bool.random(using: &numbers) ? CentreCase.all : ["card"])
                continue
            }
            let commands = try CaseLife.commands(life.file, at: life.file.at)
            let (name, command) = commands[Int.random(in: commands.indices, using: &numbers)]
            let isEnd = ["withdraw", "terminate", "refuse"].contains(name)
            if isEnd, Int.random(in: 0..<8, using: &numbers) > 0 { continue }
            if let new = try? life.file.take(command()) { events += new }
        }
        life.takeOver(events, &numbers)
        return life
    }
}

extension InspectedCase {
    /// Events with times of recording that rise, some of them days after their effect.
    fileprivate mutating func takeOver(_ events: [Case.Event], _ numbers: inout SeededGenerator) {
        var last = Timestamp.earliest
        for event in events {
            let days = Int64(Int.random(in: 0..<6, using: &numbers) == 0 ? Int.random(in: 1...15, using: &numbers) : 0)
            last = max(last, event.effectiveAt.advanced(byMicroseconds: 1_000_000 + days * 86_400_000_000))
            record.take(
                event,
                position: Int64(record.entries.count + 1),
                recordedAt: last,
                actor: (event.by?.officer ?? OfficerID(trusted: "x")).actor
            )
        }
    }
}
