import Dispatch
import Synchronization

/// A bounded channel from one thread, which may block, to one task, which only suspends.
///
/// A chunk costs one lock and one semaphore on each side. The semaphore counts the free places, so that no wake-up can
/// be lost: a place freed before the producer waits is a place it finds. Closing frees one place more and every
/// producer that passes passes it on, so that the producer never sleeps on a closed channel.
final class HandOver<Element: Sendable>: Sendable {
    private struct State {
        var chunks: [[Element]] = []
        var waiting: CheckedContinuation<[Element]?, any Error>?
        var outcome: Result<Void, any Error>?
        var isClosed = false
    }

    private enum Answer {
        case chunk([Element])
        case end
        case failure(any Error)
        case later
    }

    private let state = Mutex(State())
    private let places = DispatchSemaphore(value: 0)

    /// - Parameter capacity: how many chunks may wait for the consumer.
    init(capacity: Int) {
        // Signalled one by one: a semaphore that is freed below its first value is an error in Dispatch.
        for _ in 0..<capacity { places.signal() }
    }

    /// Whether the consumer has gone.
    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Hands over a chunk; blocks while all places are taken.
    /// - Returns: false when the consumer has gone and the producer shall end.
    func send(_ chunk: [Element]) -> Bool {
        places.wait()
        let (isOpen, waiting) = state.withLock { state in
            if state.isClosed { return (false, CheckedContinuation<[Element]?, any Error>?.none) }
            if let waiting = state.waiting {
                state.waiting = nil
                return (true, waiting)
            }
            state.chunks.append(chunk)
            return (true, nil)
        }
        if let waiting {
            places.signal()
            waiting.resume(returning: chunk)
        } else if !isOpen {
            places.signal()
        }
        return isOpen
    }

    /// Ends the channel behind the chunks already sent. The first outcome counts.
    func finish(_ outcome: Result<Void, any Error>) {
        let waiting = state.withLock { state in
            if state.outcome == nil { state.outcome = outcome }
            defer { state.waiting = nil }
            return state.waiting
        }
        switch outcome {
        case .success: waiting?.resume(returning: nil)
        case .failure(let error): waiting?.resume(throwing: error)
        }
    }

    /// The next chunk; `nil` at the end. Only one task may wait at a time.
    /// - Throws: the producer's error behind its last chunk; `CancellationError` when the task is cancelled.
    func next() async throws -> [Element]? {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                switch answer(waiting: continuation) {
                case .chunk(let chunk):
                    places.signal()
                    continuation.resume(returning: chunk)
                case .end: continuation.resume(returning: nil)
                case .failure(let error): continuation.resume(throwing: error)
                case .later: break
                }
            }
        } onCancel: {
            close()
        }
    }

    private func answer(waiting continuation: CheckedContinuation<[Element]?, any Error>) -> Answer {
        state.withLock { state in
            precondition(state.waiting == nil, "two tasks read from one iterator")
            if state.isClosed { return .failure(CancellationError()) }
            if !state.chunks.isEmpty { return .chunk(state.chunks.removeFirst()) }
            switch state.outcome {
            case .success: return .end
            case .failure(let error): return .failure(error)
            case nil:
                state.waiting = continuation
                return .later
            }
        }
    }

    /// The consumer goes: what waits is dropped and the producer ends at its next chunk. May be called twice.
    func close() {
        let waiting = state.withLock { state in
            state.isClosed = true
            state.chunks = []
            defer { state.waiting = nil }
            return state.waiting
        }
        places.signal()
        waiting?.resume(throwing: CancellationError())
    }
}
