/// Where a subscription stands and what it does next. Pure.
///
/// Positions have no gaps and appear in the order of commits, so what was read up to a position is complete: nothing
/// can appear behind the checkpoint later.
struct SubscriptionState {
    enum Action: Equatable {
        /// Read the page after this position.
        case read(after: Int64)
        /// Nothing new: wait until the log goes beyond this position, or until the next look.
        case wait(beyond: Int64)
    }

    private(set) var checkpoint: Int64
    private var caughtUp = false

    init(after checkpoint: Int64) { self.checkpoint = checkpoint }

    var next: Action { caughtUp ? .wait(beyond: checkpoint) : .read(after: checkpoint) }

    /// A page was read: up to which position it reaches (also past events that a filter left out), and whether it was
    /// full.
    mutating func read(upTo position: Int64, full: Bool) {
        checkpoint = max(checkpoint, position)
        caughtUp = !full
    }

    mutating func waited() { caughtUp = false }
}

/// A piece of the log, as a subscription delivers it.
public struct EventBatch: Sendable {
    /// What lies before it: the checkpoint that it goes on from.
    public let after: Int64
    /// The events, by position. May be empty when all events up to `upTo` were left out by a filter.
    public let events: [RecordedEvent]
    /// Rows among them that cannot be read as events, by position; empty unless somebody has changed the log.
    public let unreadable: [UnreadableRow]
    /// The subscription has seen everything up to here: the checkpoint to go on from.
    public let upTo: Int64

    init(_ rows: [StoredEvent], after: Int64, upTo: Int64) {
        var events: [RecordedEvent] = []
        var unreadable: [UnreadableRow] = []
        events.reserveCapacity(rows.count)
        for row in rows {
            switch row {
            case .success(let event): events.append(event)
            case .failure(let error): unreadable.append(error)
            }
        }
        (self.after, self.events, self.unreadable, self.upTo) = (after, events, unreadable, upTo)
    }
}

/// The log from a position on, for ever: what is there, then what is appended, by this process or any other.
///
/// Delivers every event once, in order, at the pace of the one who iterates. Ends when the task is cancelled. A row
/// that cannot be read is told in its batch and does not stop the others.
public struct Subscription: AsyncSequence, Sendable {
    /// A batch.
    public typealias Element = EventBatch

    let log: EventLog
    let after: Int64
    let filter: EventFilter
    let batchSize: Int

    /// Starts delivering.
    public func makeAsyncIterator() -> Iterator {
        Iterator(log: log, state: SubscriptionState(after: after), filter: filter, batchSize: batchSize)
    }

    /// Delivers on.
    public struct Iterator: AsyncIteratorProtocol {
        let log: EventLog
        var state: SubscriptionState
        let filter: EventFilter
        let batchSize: Int

        /// The next batch; nil when the task was cancelled.
        public mutating func next() async throws -> EventBatch? {
            while !Task.isCancelled {
                switch state.next {
                case .wait(let position):
                    await log.signal.wait(beyond: position, atMost: log.settings.polling)
                    state.waited()
                case .read(let position):
                    // With a filter, the end is asked for first: an empty page then means that nothing of interest
                    // lies before that end, and the checkpoint may move there.
                    let end = filter == .all ? Int64.max : try await log.head()
                    let rows = try await log.page(after: position, upTo: end, limit: batchSize, filter)
                    let full = rows.count == batchSize
                    let reached = full || filter == .all ? rows.last?.position ?? position : end
                    state.read(upTo: reached, full: full)
                    if reached > position { return EventBatch(rows, after: position, upTo: reached) }
                }
            }
            return nil
        }
    }
}

extension EventLog {
    /// Subscribes to the log after a position. Wakes at once on what this process appends and looks every
    /// `Settings.polling` for what others append.
    public func subscribe(
        after position: Int64 = 0,
        _ filter: EventFilter = .all,
        batchSize: Int = EventLog.pageSize
    ) -> Subscription {
        Subscription(log: self, after: position, filter: filter, batchSize: batchSize)
    }
}
