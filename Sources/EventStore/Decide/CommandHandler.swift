import Foundation

/// The way of a command: state (from the cache, or folded from the stream), `decide`, append, answer.
///
/// When another writer was faster the state is read again and the decision made anew, a bounded number of times; only
/// a conflict is tried again, never a rejection.
public struct CommandHandler<Rules: Decider, Coding: EventCoding>: Sendable where Coding.Event == Rules.Event {
    /// What became of a command.
    public struct Outcome: Sendable {
        /// The events that happened; empty if all was so already.
        public let events: [Rules.Event]
        /// Where the events stand in the log; nil if there are none.
        public let result: AppendResult?
        /// The state after them.
        public let state: Rules.State
        /// Where the stream stands after them.
        public let head: StreamHead
    }

    private let log: EventLog
    private let entrance: Entrance
    private let cache: StateCache<Rules.State>
    private let tries: Int

    /// A handler with a cache of at most `cachedStates` states.
    public init(
        _ rules: Rules.Type,
        _ coding: Coding.Type,
        on log: EventLog,
        entrance: Entrance = .live,
        cachedStates: Int = 20_000,
        tries: Int = 8
    ) {
        self.log = log
        self.entrance = entrance
        cache = StateCache(limit: cachedStates)
        self.tries = tries
    }

    /// Carries out a command. Errors: the decider's rejection, ``AppendError``.
    ///
    /// - Parameters:
    ///   - request: the same id again is the same command again: it is not carried out twice.
    ///   - metadata: members of the events' metadata, as JSON text without braces.
    public func handle(
        _ command: Rules.Command,
        on stream: StreamName,
        actor: Actor,
        request: UUID,
        metadata: [UInt8] = []
    ) async throws -> Outcome {
        for attempt in 1... {
            let (state, head) = try await load(stream)
            let events = try Rules.decide(command, state)
            if events.isEmpty { return Outcome(events: [], result: nil, state: state, head: head) }
            let new = try events.map { event in
                var encoded = try Coding.encode(event, actor: actor)
                if encoded.metadata.isEmpty { encoded.metadata = metadata }
                return encoded
            }
            let write = StreamWrite(
                stream,
                expected: head.version == 0 ? .noStream : .exact(head.version),
                events: new,
                knownHead: head
            )
            let append = AppendRequest(id: request, writes: [write])
            do {
                let result = try await entrance == .live ? log.append(append) : log.appendImported(append)
                if result.isDuplicate {
                    // Stored before; what the cache holds may be older or newer than its first result.
                    cache.remove(stream)
                    let (now, at) = try await load(stream)
                    return Outcome(events: events, result: result, state: now, head: at)
                }
                var after = state
                for event in events { Rules.evolve(&after, event) }
                let reached = result.heads[0]
                cache.put(stream, .init(state: after, head: reached))
                return Outcome(events: events, result: result, state: after, head: reached)
            } catch AppendError.conflict(let conflicting, _, _) where attempt < tries && conflicting == stream {
                cache.remove(stream)
            }
        }
        preconditionFailure("the loop ends by returning or throwing")
    }

    /// The state of a stream and where it stands, from the cache or the log.
    public func load(_ stream: StreamName) async throws -> (state: Rules.State, head: StreamHead) {
        if let entry = cache.get(stream) { return (entry.state, entry.head) }
        var state = Rules.initial
        var head = StreamHead.none
        for try await recorded in log.readStream(stream) {
            Rules.evolve(&state, try Coding.decode(recorded))
            head = StreamHead(version: recorded.version, leaf: recorded.leaf, recordedAt: recorded.recordedAt)
        }
        if head.version > 0 { cache.put(stream, .init(state: state, head: head)) }
        return (state, head)
    }
}
