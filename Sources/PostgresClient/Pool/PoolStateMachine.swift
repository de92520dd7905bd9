import DequeModule

/// Which sessions a pool has, who waits for one, and what is to be done next. Pure: it returns actions, the pool
/// performs them.
struct PoolStateMachine<Session: Sendable, Waiter> {
    struct Idle {
        let session: Session
        let since: ContinuousClock.Instant
    }

    enum Action {
        case none
        /// Give this session to this waiter.
        case lease(Session, Waiter)
        /// Open a session; report it by `opened` or `failedToOpen`.
        case open
        /// End these sessions.
        case close([Session])
        /// Nobody will get a session any more.
        case refuse([Waiter], closing: [Session])
    }

    private let maximum: Int
    private var idle: [Idle] = []
    private var leased = 0
    private var opening = 0
    private var waiters: Deque<(id: Int, waiter: Waiter)> = []
    private(set) var isClosed = false

    init(maximum: Int) { self.maximum = max(1, maximum) }

    var counts: (idle: Int, leased: Int, opening: Int, waiting: Int) { (idle.count, leased, opening, waiters.count) }

    /// The freshest idle session, for a caller who is here now. It is leased; if it turns out to be dead, it is
    /// returned as not reusable.
    mutating func takeIdle() -> Session? {
        guard !isClosed, let last = idle.popLast() else { return nil }
        leased += 1
        return last.session
    }

    /// A session is wanted: an idle one, else a new one while there is room, else the caller waits its turn.
    mutating func want(_ id: Int, _ waiter: Waiter) -> Action {
        if isClosed { return .refuse([waiter], closing: []) }
        if let session = takeIdle() { return .lease(session, waiter) }
        waiters.append((id, waiter))
        return openIfNeeded()
    }

    /// A waiter gave up. It, if it was still waiting.
    mutating func giveUp(_ id: Int) -> Waiter? {
        guard let index = waiters.firstIndex(where: { $0.id == id }) else { return nil }
        return waiters.remove(at: index).waiter
    }

    mutating func opened(_ session: Session, at now: ContinuousClock.Instant) -> Action {
        opening -= 1
        if isClosed { return .close([session]) }
        return place(session, at: now)
    }

    /// Opening failed for good (for now): the caller retries with a pause while somebody waits.
    mutating func failedToOpen() -> Action {
        opening -= 1
        return .none
    }

    /// Whether to try again to open a session.
    mutating func openIfNeeded() -> Action {
        guard !isClosed, waiters.count > opening, idle.count + leased + opening < maximum else { return .none }
        opening += 1
        return .open
    }

    /// A lease ended. A session that is broken or suspect is not used again.
    mutating func returned(_ session: Session, reusable: Bool, at now: ContinuousClock.Instant) -> [Action] {
        leased -= 1
        if isClosed || !reusable { return [.close([session]), openIfNeeded()] }
        return [place(session, at: now)]
    }

    private mutating func place(_ session: Session, at now: ContinuousClock.Instant) -> Action {
        if let next = waiters.popFirst() {
            leased += 1
            return .lease(session, next.waiter)
        }
        idle.append(Idle(session: session, since: now))
        return .none
    }

    /// Idle sessions that nobody has used since `limit`.
    mutating func expire(before limit: ContinuousClock.Instant) -> Action {
        let old = idle.filter { $0.since < limit }
        if old.isEmpty { return .none }
        idle.removeAll { $0.since < limit }
        return .close(old.map(\.session))
    }

    /// Everybody who waits is turned away; leased sessions are closed when they come back.
    mutating func close() -> Action {
        isClosed = true
        defer {
            waiters = []
            idle = []
        }
        return .refuse(waiters.map(\.waiter), closing: idle.map(\.session))
    }

    /// Turns away everybody who waits now: the reason is one that waiting will not mend.
    mutating func refuseAll() -> [Waiter] {
        defer { waiters = [] }
        return waiters.map(\.waiter)
    }
}
