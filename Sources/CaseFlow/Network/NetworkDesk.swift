import EventStore
import Foundation
import WorkingTime

/// Where a network is entered: many units and officers at once, each in its own stream, or one change.
public struct NetworkDesk: Sendable {
    /// What became of a unit or an officer.
    public struct Outcome: Sendable, Hashable {
        /// What happened.
        public enum Change: String, Sendable, Hashable {
            /// It is in the network now.
            case entered
            /// Something of it is different.
            case changed
            /// It was so already.
            case unchanged
        }

        /// Its stream, `network/<unit>` or `officer/<code>`.
        public var stream: StreamName
        /// What happened.
        public var change: Change
        /// The events of it.
        public var events: Int
    }

    /// Why a single change is refused.
    public enum Refusal: Error, Sendable, Hashable, CustomStringConvertible {
        /// There is no such unit, or it is not open then.
        case noSuchUnit(UnitCode, on: CivilDate)
        /// The officer is not in service then.
        case notInService(OfficerID, on: CivilDate)
        /// The officer is A of another post.
        case isAElsewhere(OfficerID, PostCode, on: CivilDate)
        /// Open units belong to the one that is to be closed.
        case hasOpenUnits(UnitCode, [UnitCode])
        /// The unit's own rules.
        case unit(UnitCode, NetworkUnit.Rejection)
        /// The officer's own rules.
        case officer(OfficerID, Officer.Rejection)

        /// What was wrong and what is allowed now.
        public var description: String {
            switch self {
            case .noSuchUnit(let unit, let day):
                "there is no unit \(unit) that is open on \(day); `network show` lists them"
            case .notInService(let officer, let day):
                "\(officer) is not in service on \(day); list the code in a network file and import it"
            case .isAElsewhere(let officer, let post, let day):
                "\(officer) is A of \(post) on \(day), and nobody holds two posts as A; vacate that one first"
            case .hasOpenUnits(let unit, let children):
                "open units belong to \(unit): \(children.map(\.rawValue).joined(separator: ", ")); close or move them first"
            case .unit(let unit, let rejection): "\(unit): \(rejection)"
            case .officer(let officer, let rejection): "\(officer): \(rejection)"
            }
        }
    }

    /// The most streams that are stored together, all of them or none.
    public static let batch = 500

    private let log: EventLog

    private let requests: @Sendable () -> UUID

    /// A desk.
    /// - Parameter requests: the ids of its requests to the log.
    public init(_ log: EventLog, requests: @escaping @Sendable () -> UUID = { UUID() }) {
        (self.log, self.requests) = (log, requests)
    }

    /// Lets the network hold these officers and units as they are given; what it holds besides stays. What differs is changed
    /// from `day` on (see ``UnitEntry``). Up to ``batch`` streams are stored together; of more, the first ones may be stored
    /// although a later batch fails. The same again changes nothing. Whether units and officers that are named exist is
    /// checked before, by ``NetworkCheck``.
    /// Errors: ``Refusal``; `AppendError`.
    public func enter(
        officers: [OfficerEntry],
        units: [UnitEntry],
        on day: CivilDate,
        at moment: Timestamp,
        actor: Actor
    ) async throws -> [Outcome] {
        let wishes =
            officers.map { Wish.officer($0.officer, .enter(from: $0.from, on: day)) }
            + units.map { Wish.unit($0.profile.code, .enter($0, on: day)) }
        var outcomes: [Outcome] = []
        for start in stride(from: 0, to: wishes.count, by: Self.batch) {
            let part = Array(wishes[start..<min(wishes.count, start + Self.batch)])
            outcomes += try await enter(part, at: moment, actor: actor)
        }
        return outcomes
    }

    /// Changes one thing of a unit. What it names has to exist: an officer who is to hold a post is in service, and as A in
    /// no other post; a unit is closed after those that belong to it.
    /// Errors: ``Refusal``; `AppendError`.
    /// - Returns: whether anything changed.
    public func change(_ unit: UnitCode, _ wish: NetworkUnit.Wish, at moment: Timestamp, actor: Actor) async throws
        -> Bool
    {
        try Self.check(wish, of: unit, in: try await NetworkBook.load(log).latest)
        return try await enter([.unit(unit, wish)], at: moment, actor: actor).contains { $0.events > 0 }
    }

    /// Changes one thing of an officer: an absence, back early, left.
    /// Errors: ``Refusal``; `AppendError`.
    /// - Returns: whether anything changed.
    public func change(_ officer: OfficerID, _ wish: Officer.Wish, at moment: Timestamp, actor: Actor) async throws
        -> Bool
    {
        try await enter([.officer(officer, wish)], at: moment, actor: actor).contains { $0.events > 0 }
    }

    /// What a unit's own stream cannot know.
    static func check(_ wish: NetworkUnit.Wish, of unit: UnitCode, in network: Network) throws(Refusal) {
        switch wish {
        case .fill(let name, let holder, let officer, let day):
            guard network.officers[officer]?.isInService(on: day) == true else {
                throw .notInService(officer, on: day)
            }
            let post = PostCode(unit, name)
            let elsewhere = network.postings(of: officer, on: day).first { $0.holder == .a && $0.post != post }
            if holder == .a, let elsewhere { throw .isAElsewhere(officer, elsewhere.post, on: day) }
        case .close(let day, _):
            let children = network.children(of: unit, on: day).map(\.code)
            if !children.isEmpty { throw .hasOpenUnits(unit, children) }
        case .setDuty(let duty, let day):
            if network.unit(duty.place, on: day) == nil { throw .noSuchUnit(duty.place, on: day) }
        case .set(let profile, let day):
            if let parent = profile.parent, network.unit(parent, on: day) == nil { throw .noSuchUnit(parent, on: day) }
        case .createPost, .abolishPost, .vacate, .endDuty, .enter: break
        }
    }

    /// What is wanted of one stream.
    private enum Wish {
        case unit(UnitCode, NetworkUnit.Wish)
        case officer(OfficerID, Officer.Wish)
    }

    private func enter(_ wishes: [Wish], at moment: Timestamp, actor: Actor) async throws -> [Outcome] {
        for attempt in 1... {
            // Handlers of its own for each attempt: they would remember the states.
            let units = CommandHandler(NetworkUnit.self, UnitEventCoding.self, on: log)
            let officers = CommandHandler(Officer.self, OfficerEventCoding.self, on: log)
            var outcomes: [Outcome] = []
            var writes: [StreamWrite] = []
            for wish in wishes {
                let (stream, events, head): (StreamName, [NewEvent], StreamHead)
                switch wish {
                case .unit(let code, let wish):
                    stream = code.stream
                    let state: NetworkUnit.State
                    let known = try await units.load(stream)
                    (state, head) = (known.state, known.head)
                    do throws(NetworkUnit.Rejection) {
                        events = try NetworkUnit.decide(.init(wish, by: actor, at: moment), state)
                            .map { UnitEventCoding.encode($0, actor: actor) }
                    } catch { throw Refusal.unit(code, error) }
                case .officer(let code, let wish):
                    stream = code.stream
                    let state: Officer.State
                    let known = try await officers.load(stream)
                    (state, head) = (known.state, known.head)
                    do throws(Officer.Rejection) {
                        events = try Officer.decide(.init(wish, by: actor, at: moment), state)
                            .map { OfficerEventCoding.encode($0, actor: actor) }
                    } catch { throw Refusal.officer(code, error) }
                }
                let change: Outcome.Change = events.isEmpty ? .unchanged : head.version == 0 ? .entered : .changed
                outcomes.append(Outcome(stream: stream, change: change, events: events.count))
                if events.isEmpty { continue }
                let expected: ExpectedVersion = head.version == 0 ? .noStream : .exact(head.version)
                writes.append(StreamWrite(stream, expected: expected, events: events, knownHead: head))
            }
            if writes.isEmpty { return outcomes }
            do {
                _ = try await log.append(AppendRequest(id: requests(), writes: writes))
                return outcomes
            } catch AppendError.conflict where attempt < 8 {
                // Somebody else has changed one of them meanwhile: read them again and decide anew.
                continue
            }
        }
        preconditionFailure("the loop ends by returning or throwing")
    }
}

/// An officer as a file lists one: a code.
public struct OfficerEntry: Sendable, Hashable {
    /// The code.
    public var officer: OfficerID
    /// In service since, where the officer is new; nil for the day of entry.
    public var from: CivilDate?

    /// An officer.
    public init(_ officer: OfficerID, from: CivilDate? = nil) { (self.officer, self.from) = (officer, from) }
}
