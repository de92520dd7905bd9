import DequeModule

/// The statements that are on their way, oldest first: what was sent, what has come back of it so far, who waits.
///
/// A pure state machine. Each unit is the statements up to one Sync message; the server answers units in order, and a
/// unit that fails leaves the others alone, because each is its own implicit transaction.
struct PipelineQueue<Ticket, Answer> {
    struct Unit {
        let id: Int
        let ticket: Ticket
        /// Statements prepared in this unit, by the number of the answer that says so.
        let prepares: [Int: String]
        var answers: [Answer] = []
        var failure: PostgresError?
        /// Why it was asked to end early.
        var stopReason: StopReason?

        /// Answers to what the caller asked for, without those to preparing.
        var results: [Answer] { answers.indices.filter { prepares[$0] == nil }.map { answers[$0] } }

        /// Statements of this unit that the server does not have, because it failed before or at preparing them.
        var unprepared: [String] { prepares.filter { $0.key >= answers.count }.map(\.value) }
    }

    enum StopReason {
        case cancelled
        case timedOut
    }

    enum Action: Equatable {
        /// Nothing to do.
        case none
        /// Cancel on the server what runs now: it is the unit that should stop.
        case cancelOnServer
    }

    private var units: Deque<Unit> = []
    /// How often cancel requests that were asked for may still hit a unit, the one that they were meant for included.
    private var hitsOnTheirWay = 0

    var isEmpty: Bool { units.isEmpty }
    var count: Int { units.count }
    var firstID: Int? { units.first?.id }
    func contains(_ id: Int) -> Bool { units.contains { $0.id == id } }

    mutating func sent(_ id: Int, ticket: Ticket, prepares: [Int: String]) {
        units.append(Unit(id: id, ticket: ticket, prepares: prepares))
    }

    /// One answer of the oldest unit.
    mutating func received(_ answer: Answer) {
        if !units.isEmpty { units[0].answers.append(answer) }
    }

    /// The oldest unit fails; the first reason counts.
    mutating func failed(_ failure: PostgresError) {
        if !units.isEmpty { units[0].failure = units[0].failure ?? failure }
    }

    /// The Sync that ends the oldest unit. The unit, and whether the next one already waits to be cancelled.
    mutating func synced() -> (finished: Unit?, next: Action) {
        let finished = units.popFirst()
        guard units.first?.stopReason != nil else { return (finished, .none) }
        cancelWasRequested()
        return (finished, .cancelOnServer)
    }

    /// Somebody no longer wants a unit. It is cancelled when it runs; if it has not begun, when its turn comes.
    mutating func stop(_ id: Int, reason: StopReason) -> Action {
        guard let index = units.firstIndex(where: { $0.id == id }), units[index].stopReason == nil else { return .none }
        units[index].stopReason = reason
        guard index == 0 else { return .none }
        cancelWasRequested()
        return .cancelOnServer
    }

    /// The oldest unit was asked to stop and has not: the request may have come before it began, and is made again.
    mutating func stopAgain(_ id: Int) -> Action {
        guard units.first?.id == id, units.first?.stopReason != nil else { return .none }
        cancelWasRequested()
        return .cancelOnServer
    }

    /// A request is on its way. It can hit twice: PostgreSQL sends the signal to the process and to the process's group,
    /// and the first may have been dealt with before the second comes.
    mutating func cancelWasRequested() { hitsOnTheirWay += 2 }

    /// Whether this unit, which has ended, was hit by a cancel request meant for the one before it: PostgreSQL's
    /// cancel requests name a session, not a statement, and can come late.
    mutating func wasHitByMistake(_ unit: Unit) -> Bool {
        guard unit.failure?.sqlState == .queryCanceled, hitsOnTheirWay > 0 else { return false }
        hitsOnTheirWay -= 1
        return unit.stopReason == nil
    }

    /// The session is gone: everything that was on its way.
    mutating func drain() -> [Unit] {
        defer { units = [] }
        return Array(units)
    }
}
