import CaseFlow
import EventStore
import Foundation

/// What the writers store. Every request is a function of the seed, its writer and its number: a writer that was
/// killed before it learned the outcome asks again with the same id and the same content, as a real client would.
struct Workload: Sendable {
    let seed: UInt64
    /// Streams that all writers fight over.
    let hot: Int

    /// One of the fought-over streams.
    func hotStream(_ index: Int) -> StreamName { caseStream(["hot", String(index)]) }

    /// Begins a fought-over stream.
    func opening(_ index: Int) -> AppendRequest {
        AppendRequest(
            id: UUID(nameBased: ["torture", String(seed), "opening", String(index)]),
            writes: [StreamWrite(hotStream(index), expected: .noStream, events: [received("HOT-\(index)", second: 0)])]
        )
    }

    /// A writer's request by its number, from 0.
    func request(writer: Int, number: Int) -> AppendRequest {
        let names = [String(writer), String(number)]
        var dice = Dice(seed &+ UInt64(writer) &* 1_000_003 &+ UInt64(number) &* 7_919)
        var indices = Array(0..<hot)
        indices.shuffle(using: &dice)
        func onHot(_ index: Int, _ count: Int) -> StreamWrite {
            let events = (0..<count).map { _ in something(number, &dice) }
            return StreamWrite(hotStream(indices[index]), expected: .exists, events: events)
        }
        func onNew() -> StreamWrite {
            let events = [
                received("N-\(writer)-\(number)", second: number), pinned(second: number), something(number, &dice),
            ]
            return StreamWrite(caseStream(names), expected: .noStream, events: events)
        }
        let writes: [StreamWrite]
        switch Int.random(in: 0..<10, using: &dice) {
        case 0: writes = [onNew()]
        case 1: writes = [onNew(), onHot(0, 1)]
        case 2: writes = [onHot(0, 1), onHot(1, 2)]
        case 3: writes = [onHot(0, Int.random(in: 2...8, using: &dice))]
        default: writes = [onHot(0, 1)]
        }
        return AppendRequest(id: UUID(nameBased: ["torture", String(seed)] + names), writes: writes)
    }

    private func caseStream(_ names: [String]) -> StreamName {
        let id = UUID(nameBased: ["torture", String(seed), "case"] + names)
        return StreamName(trusted: "case/\(id.uuidString.lowercased())")
    }

    private func received(_ number: String, second: Int) -> NewEvent {
        encode(.received(number: CaseNumber(trusted: number), at: time(second), attributes: []), at: time(second))
    }

    /// A case that goes by rules has clocks, and inspection looks at it.
    private func pinned(second: Int) -> NewEvent {
        guard let pack = try? RulePackLibrary.pack(RulePackLibrary.standard) else {
            preconditionFailure("the standard pack comes with the program")
        }
        let at = time(second)
        return encode(.procedure(.rulesPinned(Case.RulePin(pack)), at: at), at: at)
    }

    private func something(_ second: Int, _ dice: inout Dice) -> NewEvent {
        let at = time(second)
        switch Int.random(in: 0..<12, using: &dice) {
        case 0: return encode(.deadlineSet(at), at: at)
        case 1: return encode(.closed(at: at), at: at)
        case 2: return encode(.reopened(at: at, reason: "new evidence"), at: at)
        default:
            let step = Case.Step(activity: "step \(second)", performer: "P\(Int.random(in: 0..<9, using: &dice))")
            return encode(.stepRecorded(step), at: at)
        }
    }

    private func encode(_ fact: Case.Fact, at time: ZonedTime) -> NewEvent {
        let event = Case.Event(effectiveAt: time.timestamp, fact: fact)
        return Case.Coding.encode(event, actor: Actor(trusted: "trial"))
    }

    /// A second after 2026-01-01T00:00:00Z.
    private func time(_ second: Int) -> ZonedTime {
        guard
            let time = ZonedTime(microsecondsSinceEpoch: (1_767_225_600 + Int64(second)) * 1_000_000, offsetSeconds: 0)
        else { preconditionFailure("a second of a year that can be written") }
        return time
    }
}

extension EventLog {
    /// Carries a request through: asks again with the same id while the database is away or the outcome unknown, as
    /// callers are told to. Everything else is thrown.
    func persist(_ request: AppendRequest, atMost limit: Duration = .seconds(120)) async throws -> AppendResult {
        let deadline = ContinuousClock.now + limit
        while true {
            do {
                return try await append(request)
            } catch let error as AppendError {
                switch error {
                case .unavailable, .contention: if ContinuousClock.now > deadline { throw error }
                default: throw error
                }
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Begins the fought-over streams.
    func open(_ workload: Workload) async throws {
        for index in 0..<workload.hot { _ = try await persist(workload.opening(index)) }
    }
}
