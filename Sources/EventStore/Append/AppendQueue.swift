import DequeModule
import PostgresClient

/// Which requests wait, which batches are on their way, what is known of the streams' heads, and what comes next.
///
/// Holds no connection and waits for nothing: the appender performs what it returns. Batches are hashed on top of
/// what earlier batches, still on their way, will leave behind; should one of those be refused, the database refuses
/// what was built on it, says where the streams stand, and the requests are built again.
struct AppendQueue {
    struct Limits {
        /// Requests in one batch.
        var requests = 256
        /// Events in one batch, unless a single request has more.
        var events = 1024
        /// Bytes of data and metadata in one batch, likewise.
        var bytes = 4 << 20
        /// Batches on their way at once: one in the database, one already in the socket behind it.
        var batches = 2
        /// By how many microseconds a stream's last event may be ahead of this machine's clock. The database lets a clock
        /// be five seconds off either way; two such may meet.
        var clockLead: Int64 = 10_000_000
        /// How often a request is built again because another writer was faster.
        var tries = 50
    }

    private enum Verdict {
        case ready([StreamHead])
        /// A stream's head must be looked up first.
        case lookUp([StreamName])
        /// It is on top of something that is not stored yet and looks like a conflict: wait for the outcome.
        case wait
        case conflict(AppendError)
    }

    /// A request that is done with, and how.
    typealias Resolution = (ticket: AppendTicket, result: Result<AppendResult, AppendError>)

    private let limits: Limits
    private var waiting: Deque<AppendTicket> = []
    private var heads: HeadCache
    private var onTheWay: [StreamName: Int] = [:]
    private var lookingUp: Set<StreamName> = []
    private(set) var batchesOnTheWay = 0
    private var requestsOnTheWay = 0
    /// How many callers there were when the last batch was sent: those in it, behind it and before it.
    private var callers = 0

    init(limits: Limits, headLimit: Int) {
        self.limits = limits
        heads = HeadCache(limit: headLimit)
    }

    var isEmpty: Bool { waiting.isEmpty }
    var waitingCount: Int { waiting.count }

    mutating func enqueue(_ ticket: AppendTicket) {
        for write in ticket.request.writes {
            guard let known = write.knownHead else { continue }
            if let cached = heads[write.stream], cached.version >= known.version { continue }
            heads[write.stream] = known
        }
        waiting.append(ticket)
    }

    /// Half of the callers make a batch: while one half is being stored, the other half comes back and is prepared, so
    /// neither the database nor this process waits for the other.
    private var goodSize: Int { min(callers / 2, limits.requests) }

    /// Whether more requests are likely to come at once: callers who were answered and have not come back yet. Worth a
    /// turn for them, not a wait.
    var expectsMore: Bool { waiting.count < goodSize }

    /// Whether nobody can come along: there is one caller, and it waits.
    var isLone: Bool { callers <= 1 }

    /// Whether to send something now: at once when nothing is on its way; a second batch only when enough has
    /// collected that it is worth its commit.
    private var worthSending: Bool {
        if waiting.isEmpty || batchesOnTheWay >= limits.batches { return false }
        return batchesOnTheWay == 0 || waiting.count >= max(8, goodSize * 3 / 4)
    }

    /// The next batch to send, the heads to look up, and the requests that are refused without asking the database.
    mutating func next(now: Timestamp) -> (batch: AppendBatch?, lookUp: [StreamName], refused: [Resolution]) {
        guard worthSending, let entrance = waiting.first?.entrance else { return (nil, [], []) }
        let batchLimit = max(min(goodSize, limits.requests), min(32, limits.requests))
        var batch = AppendBatch(entrance: entrance)
        var lookUp: [StreamName] = []
        var refused: [Resolution] = []
        var kept: [AppendTicket] = []
        while let ticket = waiting.popFirst() {
            if ticket.entrance != entrance || ticket.alone && !batch.entries.isEmpty {
                kept.append(ticket)
                break
            }
            switch judge(ticket, behind: batch, now: now) {
            case .ready(let state):
                batch.add(ticket, on: state, now: now)
                if let entry = batch.entries.last {
                    for (write, head) in zip(ticket.request.writes, entry.heads) { heads[write.stream] = head }
                }
                ticket.sent = true
            case .lookUp(let streams):
                lookUp += streams.filter { lookingUp.insert($0).inserted }
                kept.append(ticket)
            case .wait: kept.append(ticket)
            case .conflict(let error): refused.append((ticket, .failure(error)))
            }
            if batch.entries.count >= batchLimit || batch.eventCount >= limits.events
                || batch.bytes >= limits.bytes || ticket.alone && !batch.entries.isEmpty
                || kept.count >= 4 * limits.requests
            {
                break
            }
        }
        waiting.prepend(contentsOf: kept)
        if batch.entries.isEmpty { return (nil, lookUp, refused) }
        for stream in batch.touchedStreams { onTheWay[stream, default: 0] += 1 }
        batchesOnTheWay += 1
        requestsOnTheWay += batch.entries.count
        callers = requestsOnTheWay + waiting.count
        return (batch, lookUp, refused)
    }

    private mutating func judge(_ ticket: AppendTicket, behind batch: AppendBatch, now: Timestamp) -> Verdict {
        var state: [StreamHead] = []
        var unknown: [StreamName] = []
        for write in ticket.request.writes {
            let stream = write.stream
            let fresh = ticket.fresh.contains(stream)
            var head = heads[stream]
            if head == nil, case .noStream = write.expected, !fresh { head = StreamHead.none }
            guard let head else {
                unknown.append(stream)
                continue
            }
            // Stamped after the stream's last event, a slow clock would hide from the database behind a busy stream.
            if let last = head.recordedAt, last > now.advanced(byMicroseconds: limits.clockLead) {
                return .conflict(.clockRefused("\(stream) was written to at \(last), this machine's clock says \(now)"))
            }
            if write.expected.isMet(by: head.version) {
                state.append(head)
                continue
            }
            if onTheWay[stream] != nil || batch.touches(stream) { return .wait }
            if fresh { return .conflict(.conflict(stream: stream, expected: write.expected, actual: head.version)) }
            // What is known may be old: another daemon may have gone on with the stream.
            heads[stream] = nil
            unknown.append(stream)
        }
        return unknown.isEmpty ? .ready(state) : .lookUp(unknown)
    }

    /// Heads that were looked up; streams that were not found do not exist.
    mutating func found(_ result: [StreamName: StreamHead], asked: [StreamName]) {
        for stream in asked {
            lookingUp.remove(stream)
            let head = result[stream] ?? .none
            if let cached = heads[stream], cached.version > head.version { continue }
            heads[stream] = head
        }
        let asked = Set(asked)
        for ticket in waiting {
            for write in ticket.request.writes where asked.contains(write.stream) { ticket.fresh.insert(write.stream) }
        }
    }

    /// A look-up that failed: it will be asked for again.
    mutating func lookUpFailed(_ asked: [StreamName]) { lookingUp.subtract(asked) }

    /// The database's answer to a batch. Duplicates are returned apart: their first result must be read. `head` is the
    /// position that the log has reached with what was accepted.
    mutating func answered(
        _ batch: AppendBatch,
        _ outcome: AppendOutcome
    ) -> (done: [Resolution], duplicates: [(AppendTicket, position: Int64)], head: Int64) {
        finish(batch)
        var done: [Resolution] = []
        done.reserveCapacity(batch.entries.count)
        var position = outcome.head
        guard let status = outcome.status else {
            for entry in batch.entries { done.append((entry.ticket, .success(Self.accept(entry, &position)))) }
            return (done, [], position)
        }
        // Streams whose predicted heads did not come about.
        let stale = Dictionary(outcome.stale) { first, _ in first }
        var duplicates: [(AppendTicket, position: Int64)] = []
        var again: [AppendTicket] = []
        for (index, entry) in batch.entries.enumerated() {
            switch status[index] {
            case .accepted:
                done.append((entry.ticket, .success(Self.accept(entry, &position))))
                continue
            case .duplicate:
                duplicates.append((entry.ticket, outcome.duplicatePositions[index] ?? 0))
            case .refused:
                entry.ticket.tries += 1
                if entry.ticket.tries >= limits.tries {
                    let stream = entry.ticket.request.writes[0].stream
                    done.append((entry.ticket, .failure(.contention(stream, tries: entry.ticket.tries))))
                } else {
                    again.append(entry.ticket)
                }
            }
            for write in entry.ticket.request.writes {
                heads[write.stream] = stale[write.stream]
                if stale[write.stream] != nil { entry.ticket.fresh.insert(write.stream) }
            }
        }
        waiting.prepend(contentsOf: again)
        return (done, duplicates, position)
    }

    private static func accept(_ entry: AppendBatch.Entry, _ position: inout Int64) -> AppendResult {
        defer { position += Int64(entry.events) }
        return AppendResult(
            firstPosition: position + 1,
            lastPosition: position + Int64(entry.events),
            heads: entry.heads,
            isDuplicate: false
        )
    }

    /// A batch that failed as a whole; nothing of it was stored, or nobody knows. Its requests wait again, in order.
    /// `alone`: each is to be tried by itself, to find the one that the others suffered from; `careful`: the database is
    /// to look before it stores.
    mutating func failed(_ batch: AppendBatch, alone: Bool = false, careful: Bool = false) {
        finish(batch)
        forgetHeads(of: batch)
        for entry in batch.entries {
            entry.ticket.alone = entry.ticket.alone || alone
            entry.ticket.careful = entry.ticket.careful || careful
        }
        waiting.prepend(contentsOf: batch.entries.map(\.ticket))
    }

    /// Requests whose outcome could not be learnt: they are tried from the beginning.
    mutating func again(_ tickets: [AppendTicket]) {
        for ticket in tickets {
            ticket.fresh = []
            for write in ticket.request.writes { heads[write.stream] = nil }
        }
        waiting.prepend(contentsOf: tickets)
    }

    /// A batch that failed for good.
    mutating func refused(_ batch: AppendBatch, _ error: AppendError) -> [Resolution] {
        finish(batch)
        forgetHeads(of: batch)
        return batch.entries.map { ($0.ticket, .failure(error)) }
    }

    /// Requests whose time is over.
    mutating func expire(now: ContinuousClock.Instant, reason: String) -> [Resolution] {
        let expired = waiting.filter { $0.deadline <= now }
        if expired.isEmpty { return [] }
        waiting.removeAll { $0.deadline <= now }
        return expired.map { ($0, .failure(.unavailable(sent: $0.sent, reason: reason))) }
    }

    private mutating func finish(_ batch: AppendBatch) {
        batchesOnTheWay -= 1
        requestsOnTheWay -= batch.entries.count
        for stream in batch.touchedStreams {
            let left = (onTheWay[stream] ?? 1) - 1
            onTheWay[stream] = left > 0 ? left : nil
        }
    }

    private mutating func forgetHeads(of batch: AppendBatch) {
        for stream in batch.touchedStreams { heads[stream] = nil }
    }
}
