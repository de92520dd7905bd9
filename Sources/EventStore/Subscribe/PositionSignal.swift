import Synchronization

/// Tells subscriptions of this process that something was appended, so that they need not wait for their next look.
final class PositionSignal: Sendable {
    private enum Waiter {
        /// Announced; its timer may ring before it has lain down to sleep.
        case coming
        case asleep(CheckedContinuation<Void, Never>)
    }

    private struct State {
        var position: Int64 = 0
        var waiters: [Int: Waiter] = [:]
        var next = 0
    }

    private let state = Mutex(State())

    /// The log has reached at least this position.
    func reached(_ position: Int64) {
        let waiters = state.withLock { state -> [Waiter] in
            if position <= state.position { return [] }
            state.position = position
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for case .asleep(let waiter) in waiters { waiter.resume() }
    }

    /// Returns when the log of this process is beyond `position`, after `limit`, or when the task is cancelled.
    func wait(beyond position: Int64, atMost limit: Duration) async {
        let id = state.withLock { state -> Int in
            state.next += 1
            state.waiters[state.next] = .coming
            return state.next
        }
        let timer = Task {
            try? await Task.sleep(for: limit)
            self.release(id)
        }
        defer { timer.cancel() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let resumeNow = state.withLock { state -> Bool in
                    if state.position > position || Task.isCancelled || state.waiters[id] == nil {
                        state.waiters[id] = nil
                        return true
                    }
                    state.waiters[id] = .asleep(continuation)
                    return false
                }
                if resumeNow { continuation.resume() }
            }
        } onCancel: {
            release(id)
        }
    }

    private func release(_ id: Int) {
        if case .asleep(let waiter) = state.withLock({ $0.waiters.removeValue(forKey: id) }) { waiter.resume() }
    }
}
