import Testing

@testable import PostgresClient

@Suite struct PipelineQueueTests {
    private typealias Queue = PipelineQueue<String, String>
    private let cancelled = PostgresError(.server, "cancelled", sqlState: .queryCanceled)

    private func queue(_ count: Int, prepares: [Int: String] = [:]) -> Queue {
        var queue = Queue()
        for id in 0..<count { queue.sent(id, ticket: "t\(id)", prepares: prepares) }
        return queue
    }

    @Test func `answers belong to the oldest unit until its Sync`() {
        var queue = queue(2)
        queue.received("a")
        queue.received("b")
        let (first, next) = queue.synced()
        #expect(first?.ticket == "t0" && first?.results == ["a", "b"] && next == .none)
        queue.received("c")
        #expect(queue.synced().finished?.results == ["c"])
        #expect(queue.isEmpty)
        #expect(queue.synced().finished == nil)
    }

    @Test func `answers to preparing are not the caller's`() {
        var queue = queue(1, prepares: [0: "x", 2: "y"])
        for answer in ["prepared x", "x", "prepared y", "y"] { queue.received(answer) }
        let unit = queue.synced().finished
        #expect(unit?.results == ["x", "y"])
        #expect(unit?.unprepared == [])
    }

    @Test func `only what was not prepared is forgotten after a failure`() {
        var queue = queue(1, prepares: [0: "x", 2: "y"])
        queue.received("prepared x")
        queue.failed(cancelled)
        queue.failed(PostgresError(.server, "later"))
        let unit = queue.synced().finished
        #expect(unit?.unprepared == ["y"])
        #expect(unit?.failure?.summary == "cancelled")
    }

    @Test func `what runs is cancelled at once, what waits when its turn comes`() {
        var queue = queue(3)
        #expect(queue.stop(1, reason: .cancelled) == .none)
        #expect(queue.stop(0, reason: .timedOut) == .cancelOnServer)
        #expect(queue.stop(0, reason: .cancelled) == .none)
        #expect(queue.stop(9, reason: .cancelled) == .none)
        let (first, next) = queue.synced()
        #expect(first?.stopReason == .timedOut && next == .cancelOnServer)
        #expect(queue.firstID == 1)
        #expect(queue.synced().next == .none)
    }

    @Test func `a cancel request that came late, or hits twice, is told from one that was meant`() throws {
        var queue = queue(4)
        _ = queue.stop(0, reason: .cancelled)
        let first = try #require(queue.synced().finished)
        #expect(queue.wasHitByMistake(first) == false)  // it was answered before the request came
        var hits: [Bool] = []
        for _ in 1..<4 {
            queue.failed(cancelled)
            hits.append(queue.wasHitByMistake(try #require(queue.synced().finished)))
        }
        #expect(hits == [true, true, false])  // the last one is the server's own statement_timeout
    }

    @Test func `a cancel request without an answer is made again, and each one that was made is counted`() throws {
        var queue = queue(6)
        #expect(queue.stopAgain(0) == .none)  // nobody asked
        _ = queue.stop(0, reason: .cancelled)
        #expect(queue.stopAgain(0) == .cancelOnServer)
        #expect(queue.stopAgain(1) == .none)
        var hits: [Bool] = []
        for _ in 0..<6 {
            queue.failed(cancelled)
            hits.append(queue.wasHitByMistake(try #require(queue.synced().finished)))
        }
        #expect(queue.stopAgain(0) == .none)  // it has ended
        #expect(hits == [false, true, true, true, false, false])
    }

    @Test func `the end takes all`() {
        var queue = queue(3)
        #expect(queue.drain().map(\.ticket) == ["t0", "t1", "t2"])
        #expect(queue.isEmpty)
    }
}

@Suite struct TurnstileTests {
    @Test func `statements side by side, a transaction alone, in order`() {
        var turns = Turnstile<String>()
        #expect(turns.tryEnter(exclusive: false) == true)
        #expect(turns.tryEnter(exclusive: false) == true)
        #expect(turns.tryEnter(exclusive: true) == false)
        turns.wait(1, exclusive: true, "transaction")
        #expect(turns.tryEnter(exclusive: false) == false)  // or the transaction would never come in
        turns.wait(2, exclusive: false, "a")
        turns.wait(3, exclusive: false, "b")
        turns.wait(4, exclusive: true, "second")
        #expect(turns.leave(exclusive: false) == [])
        #expect(turns.leave(exclusive: false) == ["transaction"])
        #expect(turns.leave(exclusive: true) == ["a", "b"])
        #expect(turns.leave(exclusive: false) == [])
        #expect(turns.leave(exclusive: false) == ["second"])
        #expect(turns.leave(exclusive: true) == [])
        #expect(turns.tryEnter(exclusive: true) == true)
    }

    @Test func `who gives up lets in those behind`() {
        var turns = Turnstile<String>()
        _ = turns.tryEnter(exclusive: false)
        turns.wait(1, exclusive: true, "transaction")
        turns.wait(2, exclusive: false, "a")
        let left = turns.giveUp(1)
        #expect(left?.waiter == "transaction" && left?.admitted == ["a"])
        #expect(turns.giveUp(1) == nil)
        turns.wait(3, exclusive: true, "x")
        #expect(turns.drain() == ["x"])
        #expect(turns.count == 0)
    }
}

@Suite struct PoolStateMachineTests {
    private typealias Machine = PoolStateMachine<String, String>
    private let now = ContinuousClock.now

    private func tell(_ action: Machine.Action) -> String {
        switch action {
        case .none: "nothing"
        case .lease(let session, let waiter): "\(session) to \(waiter)"
        case .open: "open"
        case .close(let sessions): "close \(sessions.joined(separator: " "))"
        case .refuse(let waiters, let sessions):
            "refuse \(waiters.joined(separator: " ")), close \(sessions.joined(separator: " "))"
        }
    }

    @Test func `sessions are opened up to the maximum and lent in order`() {
        var machine = Machine(maximum: 2)
        #expect(tell(machine.want(1, "a")) == "open")
        #expect(tell(machine.want(2, "b")) == "open")
        #expect(tell(machine.want(3, "c")) == "nothing")
        #expect(tell(machine.opened("S", at: now)) == "S to a")
        #expect(tell(machine.opened("T", at: now)) == "T to b")
        #expect(machine.returned("S", reusable: true, at: now).map(tell) == ["S to c"])
        #expect(machine.returned("T", reusable: true, at: now).map(tell) == ["nothing"])
        #expect(machine.counts == (1, 1, 0, 0))
        #expect(machine.takeIdle() == "T")
        #expect(machine.takeIdle() == nil)
    }

    @Test func `a broken session makes room for a new one`() {
        var machine = Machine(maximum: 1)
        _ = machine.want(1, "a")
        _ = machine.opened("S", at: now)
        _ = machine.want(2, "b")
        #expect(machine.returned("S", reusable: false, at: now).map(tell) == ["close S", "open"])
        #expect(tell(machine.opened("T", at: now)) == "T to b")
    }

    @Test func `a session whose waiter gave up stays for the next`() {
        var machine = Machine(maximum: 1)
        _ = machine.want(1, "a")
        #expect(machine.giveUp(1) == "a")
        #expect(machine.giveUp(1) == nil)
        #expect(tell(machine.opened("S", at: now)) == "nothing")
        #expect(machine.takeIdle() == "S")
    }

    @Test func `old idle sessions expire`() {
        var machine = Machine(maximum: 2)
        for (id, session) in ["S", "T"].enumerated() {
            _ = machine.want(id, "w")
            _ = machine.opened(session, at: now)
        }
        _ = machine.returned("S", reusable: true, at: now)
        _ = machine.returned("T", reusable: true, at: now + .seconds(10))
        #expect(tell(machine.expire(before: now + .seconds(5))) == "close S")
        #expect(tell(machine.expire(before: now + .seconds(5))) == "nothing")
    }

    @Test func `after closing nobody is served`() {
        var machine = Machine(maximum: 1)
        _ = machine.want(1, "a")
        _ = machine.want(2, "b")
        #expect(tell(machine.close()) == "refuse a b, close ")
        #expect(tell(machine.opened("S", at: now)) == "close S")
        #expect(tell(machine.want(3, "c")) == "refuse c, close ")
        #expect(machine.counts == (0, 0, 0, 0))
    }

    @Test func `failing to open leaves room to try again`() {
        var machine = Machine(maximum: 1)
        _ = machine.want(1, "a")
        _ = machine.failedToOpen()
        #expect(tell(machine.openIfNeeded()) == "open")
        #expect(machine.refuseAll() == ["a"])
        _ = machine.failedToOpen()
        #expect(tell(machine.openIfNeeded()) == "nothing")
    }
}

@Suite struct ErrorTests {
    @Test func `SQLSTATEs are matched by code and by class`() {
        #expect(SQLState("23505") == .uniqueViolation)
        #expect(SQLState.serializationFailure.errorClass == "40")
        #expect("\(SQLState.diskFull)" == "53100")
        var caught = false
        do throws(PostgresError) {
            throw PostgresError(.server, "x", sqlState: "23505")
        } catch  where error.sqlState == .uniqueViolation {
            caught = true
        } catch {}
        #expect(caught)
    }

    @Test func `what may succeed later and what may have happened`() {
        #expect(PostgresError(.connectionLost, "").isOutcomeUnknown)
        #expect(PostgresError(.connectionLost, "").isTransient)
        #expect(!PostgresError(.server, "", sqlState: .uniqueViolation).isTransient)
        #expect(PostgresError(.server, "", sqlState: .deadlockDetected).isTransient)
        #expect(!PostgresError(.server, "", sqlState: .queryCanceled).isTransient)
        #expect(PostgresError(.cannotConnect, "").isTransient)
        #expect(PostgresError(.cannotConnect, "", sqlState: .cannotConnectNow).isTransient)
        #expect(!PostgresError(.cannotConnect, "", sqlState: "28P01").isTransient)
        #expect(!PostgresError(.misuse, "").isTransient)
    }

    @Test func `the SQLSTATE of a refusal is found whatever the language`() {
        let words =
            "connection to server at \"a\", port 5432 failed: 致命错误:  28P01: 用户认证失败; 位置:  auth_failed, auth.c:335"
        #expect(Wire.sqlState(in: words) == "28P01")
        #expect(Wire.sqlState(in: "FATAL:  57P03: starting; FATAL:  3D000: no such database") == "3D000")
        #expect(Wire.sqlState(in: "connection refused: Is the server running?") == nil)
        #expect(Wire.sqlState(in: "") == nil)
    }

    @Test func `a silent host is struck off the list with its port`() {
        let hosts = HostList(["host": ["a", "b", "c"], "port": ["1", "2", "3"]])
        #expect(hosts.without("b", "2") == ["host": "a,c", "port": "1,3"])
        #expect(hosts.without("x", "2") == nil)
        #expect(HostList(["host": ["a", "b"], "port": ["1"]]).without("a", "1") == ["host": "b", "port": "1"])
        #expect(HostList(["host": ["a"]]).without("a", "1") == nil)
    }

    @Test func `pauses grow to their limit`() {
        var backoff = Backoff(first: .milliseconds(100), limit: .milliseconds(300))
        for nominal in [100, 200, 300, 300] {
            let pause = backoff.pause()
            #expect(pause >= .milliseconds(nominal / 2) && pause <= .milliseconds(nominal))
        }
    }
}
