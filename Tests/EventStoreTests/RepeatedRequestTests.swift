import EventStore
import Foundation
import Support
import Testing

/// A request id is stored once, whoever repeats it and when.
@Suite struct RepeatedRequestTests {
    @Test(arguments: [ExpectedVersion.any, .noStream], [true, false])
    func `the same request again gets the first result`(expected: ExpectedVersion, byAnother: Bool) async throws {
        let database = try await TestCluster.shared.database()
        let log = try await database.log()
        let id = UUID()
        let first = try await log.append(stream("1"), expected, [event(1), event(2)], id: id)
        try await log.append(stream("1"), .any, [event(3)])
        let asked = byAnother ? try await database.log() : log
        for _ in 1...2 {
            let again = try await asked.append(stream("1"), expected, [event(1), event(2)], id: id)
            #expect(again.isDuplicate)
            #expect(again.firstPosition == 1)
            #expect(again.lastPosition == 2)
            #expect(again.heads == first.heads)
        }
        #expect(try await log.head() == 3)
    }

    @Test(arguments: [true, false])
    func `an exact version that the request itself has passed is no conflict`(byAnother: Bool) async throws {
        let database = try await TestCluster.shared.database()
        let log = try await database.log()
        try await log.append(stream("1"), .noStream)
        let id = UUID()
        #expect(await outcome { try await log.append(stream("1"), .exact(1), id: id) } == "2-2")
        let asked = byAnother ? try await database.log() : log
        #expect(await outcome { try await asked.append(stream("1"), .exact(1), id: id) } == "2-2 again")
        #expect(await outcome { try await asked.append(stream("1"), .exact(1)) } == "conflict case/1 version 1 2")
    }

    @Test func `the same id for other content is refused`() async throws {
        let log = try await TestCluster.shared.database().log()
        let id = UUID()
        try await log.append(stream("0"), .any)
        try await log.append(stream("1"), .any, [event(1), event(2)], id: id)
        try await log.append(stream("1"), .any, [event(3)])
        let other: [(StreamName, [NewEvent])] = [
            (stream("1"), [event(1)]),
            (stream("1"), [event(1), event(9)]),
            (stream("1"), [event(1), event(2), event(3)]),
            (stream("1"), [event(1), event(2, type: "case.noted/2")]),
            (stream("1"), [event(1), event(2, effectiveAt: Timestamp(microseconds: 0))]),
            (stream("2"), [event(1), event(2)]),
        ]
        for (stream, events) in other {
            #expect(await outcome { try await log.append(stream, .any, events, id: id) } == "reused 2")
        }
        #expect(await outcome { try await log.append(stream("1"), .any, [event(1), event(2)], id: id) } == "2-3 again")
        #expect(try await log.head() == 4)
    }

    @Test(arguments: [ExpectedVersion.any, .noStream, .exact(1)], [1, 2])
    func `the same request many times at once is stored once`(expected: ExpectedVersion, daemons: Int) async throws {
        let database = try await TestCluster.shared.database()
        var logs: [EventLog] = []
        for _ in 0..<daemons { logs.append(try await database.log()) }
        var begin: Int64 = 0
        if case .exact = expected { begin = try await logs[0].append(stream("1"), .noStream).lastPosition }
        let id = UUID()
        let results = await withTaskGroup(of: String.self) { group in
            for index in 0..<12 {
                let log = logs[index % daemons]
                group.addTask { await outcome { try await log.append(stream("1"), expected, [event(1)], id: id) } }
            }
            return await group.reduce(into: [String]()) { $0.append($1) }
        }
        let place = "\(begin + 1)-\(begin + 1)"
        #expect(results.sorted() == [place] + Array(repeating: "\(place) again", count: 11))
        #expect(try await logs[0].head() == begin + 1)
        #expect(try await LogVerifier(logs[0]).verify().isSound)
    }

    @Test func `a request over two streams is repeated as a whole`() async throws {
        let log = try await TestCluster.shared.database().log()
        let request = AppendRequest(
            id: UUID(),
            writes: ["a", "b"].map { StreamWrite(stream($0), expected: .noStream, events: [event(1), event(2)]) }
        )
        let first = try await log.append(request)
        var again = try await log.append(request)
        #expect(again.isDuplicate)
        again.isDuplicate = false
        #expect(again == first)
    }
}
