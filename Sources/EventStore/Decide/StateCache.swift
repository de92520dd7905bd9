import Synchronization

/// The state of a stream, and where the stream stood then. A class, because it is handed on with every command: a state of
/// many members is dear to copy.
public final class KnownState<State: Sendable>: Sendable {
    /// The state.
    public let state: State
    /// Where the stream stood.
    public let head: StreamHead

    init(state: State, head: StreamHead) { (self.state, self.head) = (state, head) }
}

/// Folded states of streams, bounded: the least used half goes when it is full. A state here may be old; the append
/// finds that out by the version.
final class StateCache<State: Sendable>: Sendable {
    typealias Entry = KnownState<State>

    private struct Generations {
        var young: [StreamName: Entry] = [:]
        var old: [StreamName: Entry] = [:]
    }

    private let half: Int
    private let generations = Mutex(Generations())

    init(limit: Int) { half = max(1, limit / 2) }

    func get(_ stream: StreamName) -> Entry? {
        generations.withLock { generations in
            if let entry = generations.young[stream] { return entry }
            guard let entry = generations.old.removeValue(forKey: stream) else { return nil }
            Self.put(stream, entry, &generations, half)
            return entry
        }
    }

    /// Keeps a state unless a later one is known.
    func put(_ stream: StreamName, _ entry: Entry) {
        generations.withLock { generations in
            let known = generations.young[stream] ?? generations.old[stream]
            if let known, known.head.version > entry.head.version { return }
            generations.old[stream] = nil
            Self.put(stream, entry, &generations, half)
        }
    }

    func remove(_ stream: StreamName) {
        generations.withLock { generations in
            generations.young[stream] = nil
            generations.old[stream] = nil
        }
    }

    var count: Int { generations.withLock { $0.young.count + $0.old.count } }

    private static func put(_ stream: StreamName, _ entry: Entry, _ generations: inout Generations, _ half: Int) {
        generations.young[stream] = entry
        if generations.young.count > half {
            generations.old = generations.young
            generations.young = [:]
        }
    }
}
