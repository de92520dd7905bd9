import EventStore
import Foundation

/// Where a catalogue is entered: many items at once, each in its own stream.
public struct CatalogueDesk: Sendable {
    /// What became of an item.
    public struct Outcome: Sendable, Hashable {
        /// What happened.
        public enum Change: String, Sendable, Hashable {
            /// It is in the catalogue now.
            case published
            /// It has a new version.
            case amended
            /// It was so already.
            case unchanged
        }

        /// The item.
        public var code: ItemCode
        /// What happened.
        public var change: Change
        /// The version in force now.
        public var version: Int
        /// Its digest.
        public var digest: String
    }

    /// The most items that are stored together, all of them or none.
    public static let batch = 500

    private let log: EventLog

    private let requests: @Sendable () -> UUID

    /// A desk.
    /// - Parameter requests: the ids of its requests to the log.
    public init(_ log: EventLog, requests: @escaping @Sendable () -> UUID = { UUID() }) {
        (self.log, self.requests) = (log, requests)
    }

    /// Lets the catalogue hold these items as they are given; what it holds besides stays. Up to ``batch`` items are stored
    /// together; of more, the first ones may be stored although a later batch fails. The same again changes nothing.
    /// Errors: ``CatalogueItem/Rejection``; `AppendError`.
    public func enter(_ items: [ServiceItem], at moment: Timestamp, actor: Actor) async throws -> [Outcome] {
        var outcomes: [Outcome] = []
        for start in stride(from: 0, to: items.count, by: Self.batch) {
            let part = Array(items[start..<min(items.count, start + Self.batch)])
            outcomes += try await enter(batch: part, at: moment, actor: actor)
        }
        return outcomes
    }

    /// Takes an item out of the catalogue. Errors: ``CatalogueItem/Rejection``; `AppendError`.
    /// - Returns: whether anything changed.
    public func withdraw(
        _ code: ItemCode,
        reason: String,
        at moment: Timestamp,
        actor: Actor,
        request: UUID
    ) async throws -> Bool {
        let handler = CommandHandler(CatalogueItem.self, ItemEventCoding.self, on: log)
        let command = CatalogueItem.Command.withdraw(reason: reason, by: actor, at: moment)
        return try await handler.handle(command, on: code.stream, actor: actor, request: request).result != nil
    }

    private func enter(batch: [ServiceItem], at moment: Timestamp, actor: Actor) async throws -> [Outcome] {
        for attempt in 1... {
            // A handler of its own for each attempt: it would remember the states.
            let handler = CommandHandler(CatalogueItem.self, ItemEventCoding.self, on: log)
            var outcomes: [Outcome] = []
            var writes: [StreamWrite] = []
            for item in batch {
                let known = try await handler.load(item.code.stream)
                let (state, head) = (known.state, known.head)
                let events = try CatalogueItem.decide(.enter(item, by: actor, at: moment), state)
                var after = state
                for event in events { CatalogueItem.evolve(&after, event) }
                guard let version = after.versions.last else { continue }
                outcomes.append(
                    Outcome(
                        code: item.code,
                        change: events.isEmpty ? .unchanged : state.inForce == nil ? .published : .amended,
                        version: version.number,
                        digest: version.digest
                    )
                )
                if events.isEmpty { continue }
                writes.append(
                    StreamWrite(
                        item.code.stream,
                        expected: head.version == 0 ? .noStream : .exact(head.version),
                        events: events.map { ItemEventCoding.encode($0, actor: actor) },
                        knownHead: head
                    )
                )
            }
            if writes.isEmpty { return outcomes }
            do {
                _ = try await log.append(AppendRequest(id: requests(), writes: writes))
                return outcomes
            } catch AppendError.conflict where attempt < 8 {
                // Somebody else has entered one of the items meanwhile: read them again and decide anew.
                continue
            }
        }
        preconditionFailure("the loop ends by returning or throwing")
    }
}
