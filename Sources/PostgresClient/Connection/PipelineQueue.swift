import DequeModule

/// The statements that are on their way, oldest first: what was sent, what has come back of it so far, who waits.
///
/// A pure state machine. Each unit is the statements up to one Sync message; the server answers units in order, and a
/// unit that fails leaves the others alone, because each is its own implicit transaction.
struct PipelineQueue<Ticket> {
    struct Unit {
        let id: Int
        let ticket: Ticket
        /// Names of statements prepared in this unit: they do not exist on the server if it fails.
        let prepares: [String]
        var results: [ResultStorage] = []
        var failure: PostgresError?
        /// Why it was asked to end early.
        var stopReason: StopReason?
    }

    enum StopReason {
        case cancelled
        case timedOut
    }

    enum Action {
        /// Nothing to do.
        case none
        /// Cancel on the server what runs now: it is the unit that should stop.
        case cancelOnServer
        /// A unit is answered.
        case finish(Unit)
    }

    private var units: Deque<Unit> = []

    var isEmpty: Bool { units.isEmpty }
    var count: Int { units.count }

    mutating func sent(_ id: Int, ticket: Ticket, prepares: [String]) {
        units.append(Unit(id: id, ticket: ticket, prepares: prepares))
    }

    /// One result of the oldest unit. `failure` is the server's error, if the result is one.
    mutating func received(_ result: ResultStorage, failure: PostgresError?) {
        guard !units.isEmpty else { return }
        if let failure {
            units[0].failure = units[0].failure ?? failure
        } else {
            units[0].results.append(result)
        }
    }

    /// The Sync that ends the oldest unit. The unit, and whether the next one already waits to be cancelled.
    mutating func synced() -> (finished: Unit?, next: Action) {
        let finished = units.popFirst()
        return (finished, units.first?.stopReason == nil ? .none : .cancelOnServer)
    }

    /// Somebody no longer wants a unit. It is cancelled when it runs; if it has not begun, when its turn comes.
    mutating func stop(_ id: Int, reason: StopReason) -> Action {
        guard let index = units.firstIndex(where: { $0.id == id }), units[index].stopReason == nil else { return .none }
        units[index].stopReason = reason
        return index == 0 ? .cancelOnServer : .none
    }

    /// The session is gone: everything that was on its way.
    mutating func drain() -> Deque<Unit> {
        defer { units = [] }
        return units
    }
}
