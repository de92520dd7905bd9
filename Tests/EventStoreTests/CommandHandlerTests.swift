import Foundation
import Support
import Testing

@testable import EventStore

/// An account, to try deciders with: money goes in and out, never below nothing.
enum Account: Decider {
    struct State: Sendable, Equatable {
        var balance = 0
        var isClosed = false
    }
    enum Command: Sendable {
        case deposit(Int)
        case withdraw(Int)
        case close
    }
    enum Event: Sendable, Equatable, Codable {
        case moved(Int)
        case closed
    }
    enum Rejection: Error, Equatable {
        case insufficient(balance: Int)
        case closed
    }

    static let initial = State()

    static func decide(_ command: Command, _ state: State) throws(Rejection) -> [Event] {
        switch command {
        case .close: return state.isClosed ? [] : [.closed]
        case _ where state.isClosed: throw .closed
        case .deposit(let amount): return [.moved(amount)]
        case .withdraw(let amount):
            if amount > state.balance { throw .insufficient(balance: state.balance) }
            return [.moved(-amount)]
        }
    }

    static func evolve(_ state: inout State, _ event: Event) {
        switch event {
        case .moved(let amount): state.balance += amount
        case .closed: state.isClosed = true
        }
    }
}

enum AccountCoding: EventCoding {
    static func encode(_ event: Account.Event, actor: Actor) throws -> NewEvent {
        NewEvent(
            type: event == .closed ? "account.closed/1" : "account.moved/1",
            effectiveAt: Timestamp(microseconds: 0),
            actor: actor,
            data: Array(try JSONEncoder().encode(event))
        )
    }

    static func decode(_ recorded: RecordedEvent) throws -> Account.Event {
        guard recorded.type.rawValue.hasPrefix("account.") else {
            throw UnreadableEvent(recorded, "the type is unknown")
        }
        return try JSONDecoder().decode(Account.Event.self, from: Data(recorded.data))
    }
}

/// The way of a command: load, decide, append, answer.
@Suite struct CommandHandlerTests {
    private let account = StreamName(trusted: "account/1")
    private let actor = Actor(trusted: "officer/1")

    private func handler(
        _ log: EventLog,
        entrance: Entrance = .live,
        tries: Int = 8
    ) -> CommandHandler<Account, AccountCoding> {
        CommandHandler(Account.self, AccountCoding.self, on: log, entrance: entrance, cachedStates: 100, tries: tries)
    }

    @Test func `a command is decided, stored and answered`() async throws {
        let log = try await TestCluster.shared.database().log()
        let handler = handler(log)
        let first = try await handler.handle(.deposit(10), on: account, actor: actor, request: UUID())
        #expect(first.events == [.moved(10)])
        #expect(first.state.balance == 10)
        #expect(first.head.version == 1)
        let mark = Array("\"why\":1".utf8)
        let second = try await handler.handle(.withdraw(4), on: account, actor: actor, request: UUID(), metadata: mark)
        #expect(second.state.balance == 6)
        #expect(second.result?.firstPosition == 2)
        let events = try await log.readStream(account).collect()
        #expect(String(decoding: events[1].metadata, as: UTF8.self).hasSuffix(",\"why\":1}"))
        #expect(try await self.handler(log).load(account).state == second.state)
    }

    @Test func `a stream is begun without a look, and one that is there is left as it is`() async throws {
        let log = try await TestCluster.shared.database().log()
        let request = UUID()
        let first = try await handler(log).begin(.deposit(10), on: account, actor: actor, request: request)
        #expect(first?.state.balance == 10 && first?.head.version == 1)
        // Neither the same command again nor another one goes onto a stream that is there.
        for again in [request, UUID()] {
            let outcome = try await handler(log).begin(.deposit(10), on: account, actor: actor, request: again)
            #expect(outcome == nil)
        }
        let refused = try await handler(log).begin(.withdraw(1), on: account, actor: actor, request: UUID())
        #expect(refused == nil)
        let same = try await handler(log).handle(.deposit(10), on: account, actor: actor, request: request)
        #expect(same.result?.isDuplicate == true && same.state.balance == 10)
        #expect(try await log.head(of: account).version == 1)
    }

    @Test func `what is so already stores nothing, and a rejection passes through`() async throws {
        let log = try await TestCluster.shared.database().log()
        let handler = handler(log)
        await #expect(throws: Account.Rejection.insufficient(balance: 0)) {
            _ = try await handler.handle(.withdraw(1), on: account, actor: actor, request: UUID())
        }
        #expect(try await log.head() == 0)
        _ = try await handler.handle(.close, on: account, actor: actor, request: UUID())
        let again = try await handler.handle(.close, on: account, actor: actor, request: UUID())
        #expect(again.events.isEmpty)
        #expect(again.result == nil)
        #expect(again.head.version == 1)
        #expect(try await log.head() == 1)
    }

    @Test func `a state that is behind is found out, and the command decided anew`() async throws {
        let database = try await TestCluster.shared.database()
        let (log, other) = (try await database.log(), try await database.log())
        let (mine, theirs) = (handler(log), handler(other))
        _ = try await mine.handle(.deposit(10), on: account, actor: actor, request: UUID())
        _ = try await theirs.handle(.withdraw(8), on: account, actor: actor, request: UUID())
        // My cache says 10; decided on that, 5 could be taken out.
        await #expect(throws: Account.Rejection.insufficient(balance: 2)) {
            _ = try await mine.handle(.withdraw(5), on: account, actor: actor, request: UUID())
        }
        let after = try await mine.handle(.withdraw(2), on: account, actor: actor, request: UUID())
        #expect(after.state.balance == 0)
        #expect(after.head.version == 3)
    }

    @Test func `many writers of two daemons never take out more than there is`() async throws {
        let database = try await TestCluster.shared.database()
        let logs = [try await database.log(), try await database.log()]
        let handlers = logs.map { handler($0, tries: 1000) }
        _ = try await handlers[0].handle(.deposit(50), on: account, actor: actor, request: UUID())
        let (taken, refused) = (Counter(), Counter())
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<80 {
                group.addTask {
                    do {
                        _ = try await handlers[index % 2].handle(
                            .withdraw(1),
                            on: account,
                            actor: actor,
                            request: UUID()
                        )
                        taken.add()
                    } catch is Account.Rejection { refused.add() }
                }
            }
            try await group.waitForAll()
        }
        #expect(taken.value == 50)
        #expect(refused.value == 30)
        #expect(try await handler(logs[0]).load(account).state.balance == 0)
        #expect(try await LogVerifier(logs[0]).verify().isSound)
    }

    @Test func `trying again is bounded`() async throws {
        let database = try await TestCluster.shared.database()
        let (log, other) = (try await database.log(), try await database.log())
        let handler = handler(log, tries: 1)
        _ = try await handler.handle(.deposit(1), on: account, actor: actor, request: UUID())
        _ = try await self.handler(other).handle(.deposit(1), on: account, actor: actor, request: UUID())
        let late = await outcome {
            try #require(try await handler.handle(.deposit(1), on: account, actor: actor, request: UUID()).result)
        }
        #expect(late == "conflict account/1 version 1 2")
    }

    @Test func `a command that is repeated is carried out once`() async throws {
        let database = try await TestCluster.shared.database()
        let (log, other) = (try await database.log(), try await database.log())
        let id = UUID()
        let first = try await handler(log).handle(.deposit(10), on: account, actor: actor, request: id)
        _ = try await handler(log).handle(.deposit(1), on: account, actor: actor, request: UUID())
        for log in [log, other] {
            let again = try await handler(log).handle(.deposit(10), on: account, actor: actor, request: id)
            #expect(again.result?.isDuplicate == true)
            #expect(again.result?.heads == first.result?.heads)
            #expect(again.state.balance == 11)
            #expect(again.head.version == 2)
        }
        #expect(try await log.head() == 2)
    }

    @Test func `imports go by their own entrance`() async throws {
        let log = try await TestCluster.shared.database().log()
        let handler = handler(log, entrance: .imported)
        let importer = Actor(trusted: "import:bpi")
        let done = try await handler.handle(.deposit(1), on: account, actor: importer, request: UUID())
        #expect(done.head.version == 1)
        let refused = await outcome {
            try #require(try await handler.handle(.deposit(1), on: account, actor: actor, request: UUID()).result)
        }
        #expect(refused == "invalid")
    }

    @Test func `an event that the program does not know is an error, not a hole`() async throws {
        let log = try await TestCluster.shared.database().log()
        try await log.append(account, .any, [event(type: "mystery/1")])
        await #expect(throws: UnreadableEvent.self) {
            _ = try await handler(log).handle(.deposit(1), on: account, actor: actor, request: UUID())
        }
    }

    @Test func `the cache keeps what is used and is bounded`() {
        let cache = StateCache<Int>(limit: 100)
        func entry(_ version: Int64) -> StateCache<Int>.Entry {
            .init(state: Int(version), head: StreamHead(version: version, leaf: nil, recordedAt: nil))
        }
        cache.put(stream("hot"), entry(1))
        for index in 0..<1000 {
            cache.put(stream("\(index)"), entry(1))
            #expect(cache.get(stream("hot")) != nil)
            #expect(cache.count <= 101)
        }
        #expect(cache.get(stream("0")) == nil)
        #expect(cache.get(stream("999")) != nil)
        cache.put(stream("hot"), entry(7))
        cache.put(stream("hot"), entry(6))
        #expect(cache.get(stream("hot"))?.state == 7)
        cache.remove(stream("hot"))
        #expect(cache.get(stream("hot")) == nil)
    }
}
