import DequeModule

/// Who may use a session: statements side by side, whatever needs the session for itself alone; in order of arrival.
/// Pure: it returns whom to let in.
struct Turnstile<Waiter> {
    private var exclusive = false
    private var shared = 0
    private var waiting: Deque<(id: Int, exclusive: Bool, waiter: Waiter)> = []

    var count: Int { waiting.count }

    /// Goes in at once if nobody waits and nobody inside minds.
    mutating func tryEnter(exclusive wanted: Bool) -> Bool {
        guard waiting.isEmpty, !exclusive, !wanted || shared == 0 else { return false }
        if wanted { exclusive = true } else { shared += 1 }
        return true
    }

    mutating func wait(_ id: Int, exclusive: Bool, _ waiter: Waiter) { waiting.append((id, exclusive, waiter)) }

    /// Somebody goes out. Who comes in.
    mutating func leave(exclusive held: Bool) -> [Waiter] {
        if held { exclusive = false } else { shared -= 1 }
        return admit()
    }

    /// Somebody no longer waits. It, if it did wait, and who comes in because it stood in the way.
    mutating func giveUp(_ id: Int) -> (waiter: Waiter, admitted: [Waiter])? {
        guard let index = waiting.firstIndex(where: { $0.id == id }) else { return nil }
        let waiter = waiting.remove(at: index).waiter
        return (waiter, admit())
    }

    /// Nobody will be let in any more: all who wait.
    mutating func drain() -> [Waiter] {
        defer { waiting = [] }
        return waiting.map(\.waiter)
    }

    private mutating func admit() -> [Waiter] {
        var admitted: [Waiter] = []
        while let next = waiting.first, !exclusive, !next.exclusive || shared == 0 {
            waiting.removeFirst()
            if next.exclusive { exclusive = true } else { shared += 1 }
            admitted.append(next.waiter)
        }
        return admitted
    }
}
