import EventStore

/// What a sweep does next. Pure: it waits for nothing and knows no database; the worker performs what it says.
///
/// A sweep looks where the log stands, waits until the read tables have come so far, reads what is due in the order of
/// time, a page at a time, and raises each page. When a sweep has raised anything there may be more: it looks again. When it has
/// raised nothing it rests until the next rung is due, or until something may have been recorded.
struct SweepState: Sendable {
    /// What is to be done.
    enum Action: Sendable, Equatable {
        /// Ask where the log stands.
        case look
        /// Wait until the read tables have taken in what the log holds up to a position.
        case wait(Int64)
        /// Read what is due behind a place, and raise it.
        case sweep(after: DueRungs.Place?)
        /// Nothing is due: wait until then, or for the next look.
        case rest(until: Timestamp?)
        /// It is over.
        case end
    }

    private enum Phase {
        case looking, waiting(Int64), sweeping(DueRungs.Place?), resting(Timestamp?)
    }

    private let isOnce: Bool
    private var phase = Phase.looking
    private var isStopped = false
    /// Whether this sweep has changed anything, or found that somebody else has.
    private var hasMoved = false

    /// - Parameter isOnce: whether it ends when nothing is due.
    init(isOnce: Bool) { self.isOnce = isOnce }

    /// What to do now. After a stop a page that is begun is finished, and no other begun.
    var next: Action {
        if isStopped { return .end }
        switch phase {
        case .looking: return .look
        case .waiting(let position): return .wait(position)
        case .sweeping(let place): return .sweep(after: place)
        case .resting(let moment): return isOnce ? .end : .rest(until: moment)
        }
    }

    /// The log stands there.
    mutating func looked(at position: Int64) {
        hasMoved = false
        phase = .waiting(position)
    }

    /// The read tables have come so far.
    mutating func caughtUp() { phase = .sweeping(nil) }

    /// A page was read and raised.
    /// - Parameters:
    ///   - last: the place of its last row; nil where nothing is left behind it.
    ///   - moved: whether something was raised, or found to be raised by somebody else.
    ///   - nextDue: when the next rung is due, where nothing is left.
    mutating func swept(through last: DueRungs.Place?, moved: Bool, nextDue: Timestamp?) {
        hasMoved = hasMoved || moved
        if let last {
            phase = .sweeping(last)
        } else {
            phase = hasMoved ? .looking : .resting(nextDue)
        }
    }

    /// Somebody else sweeps: look again after a while.
    mutating func yielded() { phase = isOnce ? .looking : .resting(nil) }

    /// The rest is over.
    mutating func rested() { phase = .looking }

    /// Something went wrong that concerns all: begin again.
    mutating func failed() { phase = .looking }

    /// Finish what is begun, and no more.
    mutating func stop() { isStopped = true }
}
