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
        let known: KnownState<Rules.State>
        /// The state after them.
        public var state: Rules.State { known.state }
        /// Where the stream stands after them.
        public var head: StreamHead { known.head }
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
            let known = try await load(stream)
            let head = known.head
            let events: [Rules.Event]
            do {
                events = try Rules.decide(command, known.state)
            } catch {
                // Said of an old state, or of one that the command itself has brought about when it came before.
                if let first = try await outcomeBefore(request, of: command, on: stream) { return first }
                if attempt < tries, try await log.head(of: stream).version != head.version {
                    cache.remove(stream)
                    continue
                }
                throw error
            }
            if events.isEmpty {
                if let first = try await outcomeBefore(request, of: command, on: stream) { return first }
                return Outcome(events: [], result: nil, known: known)
            }
            do {
                let result = try await append(events, to: stream, at: head, actor, request, metadata)
                if result.isDuplicate, let first = try await outcomeBefore(request, of: command, on: stream) {
                    return first
                }
                return reach(events, result, from: known.state, on: stream)
            } catch AppendError.conflict(let conflicting, _, _) where attempt < tries && conflicting == stream {
                cache.remove(stream)
            } catch let error as AppendError {
                // The command came before and decided otherwise on the state of that time: that is its outcome.
                guard case .requestReused = error, let first = try await outcomeBefore(request, of: command, on: stream)
                else {
                    throw error
                }
                return first
            }
        }
        preconditionFailure("the loop ends by returning or throwing")
    }

    /// Carries out a command that begins a stream, without a look whether there is one: nil where there may be, or where the
    /// command came before or is not taken; then nothing was recorded, and ``handle(_:on:actor:request:metadata:)`` finds out.
    /// Errors: ``AppendError``.
    public func begin(_ command: Rules.Command, on stream: StreamName, actor: Actor, request: UUID) async throws
        -> Outcome?
    {
        if knows(stream) { return nil }
        guard let events = try? Rules.decide(command, Rules.initial), !events.isEmpty else { return nil }
        do {
            let result = try await append(events, to: stream, at: .none, actor, request, [])
            return result.isDuplicate ? nil : reach(events, result, from: Rules.initial, on: stream)
        } catch AppendError.conflict, AppendError.requestReused {
            return nil
        }
    }

    private func append(
        _ events: [Rules.Event],
        to stream: StreamName,
        at head: StreamHead,
        _ actor: Actor,
        _ request: UUID,
        _ metadata: [UInt8]
    ) async throws -> AppendResult {
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
        return try await entrance == .live ? log.append(append) : log.appendImported(append)
    }

    private func reach(
        _ events: [Rules.Event],
        _ result: AppendResult,
        from state: Rules.State,
        on stream: StreamName
    ) -> Outcome {
        var after = state
        for event in events { Rules.evolve(&after, event) }
        let reached = KnownState(state: after, head: result.heads[0])
        cache.put(stream, reached)
        return Outcome(events: events, result: result, known: reached)
    }

    /// What the same request did to the stream when it came before; nil if it did not come, or was for another stream.
    /// Whether it was this command is found by deciding it again on the state of that time. Errors:
    /// ``AppendError/requestReused(_:position:)`` where it was another.
    private func outcomeBefore(
        _ request: UUID,
        of command: Rules.Command,
        on stream: StreamName
    ) async throws -> Outcome? {
        let stored = try await log.stored(request)
        guard let first = stored.first, let last = stored.last, stored.allSatisfy({ $0.stream == stream }) else {
            return nil
        }
        let events = try stored.map(Coding.decode)
        var before = Rules.initial
        for try await recorded in log.readStream(stream) {
            if recorded.version >= first.version { break }
            Rules.evolve(&before, try Coding.decode(recorded))
        }
        let again = (try? Rules.decide(command, before)) ?? []
        let isSame =
            try again.count == events.count
            && zip(again, zip(events, stored)).allSatisfy { new, old in
                try Coding.encode(new, actor: old.1.actor).type == old.1.type && Rules.isRepeated(old.0, by: new)
            }
        guard isSame else { throw AppendError.requestReused(request, position: first.position) }
        cache.remove(stream)
        let known = try await load(stream)
        let reached = StreamHead(version: last.version, leaf: last.leaf, recordedAt: last.recordedAt)
        let result = AppendResult(
            firstPosition: stored[0].position,
            lastPosition: last.position,
            heads: [reached],
            isDuplicate: true
        )
        return Outcome(events: events, result: result, known: known)
    }

    /// Whether a state of the stream is kept.
    public func knows(_ stream: StreamName) -> Bool { cache.get(stream) != nil }

    /// The state of a stream and where it stands, from the cache or the log.
    public func load(_ stream: StreamName) async throws -> KnownState<Rules.State> {
        if let known = cache.get(stream) { return known }
        var state = Rules.initial
        var head = StreamHead.none
        for try await recorded in log.readStream(stream) {
            Rules.evolve(&state, try Coding.decode(recorded))
            head = StreamHead(version: recorded.version, leaf: recorded.leaf, recordedAt: recorded.recordedAt)
        }
        let known = KnownState(state: state, head: head)
        if head.version > 0 { cache.put(stream, known) }
        return known
    }
}
