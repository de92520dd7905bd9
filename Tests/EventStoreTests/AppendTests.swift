import Foundation
import PostgresClient
import Support
import Testing

@testable import EventStore

/// What an append takes and what it refuses.
@Suite struct AppendTests {
    @Test func `a new stream begins at version 1 and position 1`() async throws {
        let log = try await TestCluster.shared.database().log()
        let result = try await log.append(stream("1"), .noStream, [event(1), event(2)])
        #expect(result.firstPosition == 1)
        #expect(result.lastPosition == 2)
        #expect(result.heads[0].version == 2)
        #expect(!result.isDuplicate)
        #expect(try await log.head(of: stream("1")) == result.heads[0])
        #expect(try await LogVerifier(log).verify() == LogVerdict(events: 2, streams: 1, damage: nil))
        await log.close()
    }

    @Test(arguments: [true, false])
    func `each expectation is met or refused`(daemonRemembers: Bool) async throws {
        let database = try await TestCluster.shared.database()
        let first = try await database.log()
        func append(_ name: String, _ expected: ExpectedVersion, _ count: Int = 1) async throws -> String {
            let log = daemonRemembers ? first : try await database.log()
            let result = await outcome { try await log.append(stream(name), expected, (1...count).map { event($0) }) }
            if !daemonRemembers { await log.close() }
            return result
        }
        #expect(try await append("1", .exists) == "conflict case/1 an existing stream 0")
        #expect(try await append("1", .exact(1)) == "conflict case/1 version 1 0")
        #expect(try await append("1", .noStream, 2) == "1-2")
        #expect(try await append("1", .noStream) == "conflict case/1 no stream 2")
        #expect(try await append("1", .exact(1)) == "conflict case/1 version 1 2")
        #expect(try await append("1", .exact(3)) == "conflict case/1 version 3 2")
        #expect(try await append("1", .exact(2)) == "3-3")
        #expect(try await append("1", .exists, 2) == "4-5")
        #expect(try await append("1", .any) == "6-6")
        #expect(try await append("2", .any) == "7-7")
        #expect(try await append("2", .exact(2)) == "conflict case/2 version 2 1")
        #expect(try await first.outline() == (1...6).map { "case/1@\($0)" } + ["case/2@1"])
        #expect(try await LogVerifier(first).verify() == LogVerdict(events: 7, streams: 2, damage: nil))
    }

    @Test func `a request over several streams is stored whole or not at all`() async throws {
        let log = try await TestCluster.shared.database().log()
        try await log.append(stream("a"), .noStream)
        func both(_ expected: ExpectedVersion) -> AppendRequest {
            AppendRequest(
                id: UUID(),
                writes: [
                    StreamWrite(stream("b"), expected: .any, events: [event(1), event(2)]),
                    StreamWrite(stream("a"), expected: expected, events: [event(3)]),
                ]
            )
        }
        #expect(await outcome { try await log.append(both(.exact(7))) } == "conflict case/a version 7 1")
        #expect(try await log.head() == 1)
        #expect(try await log.head(of: stream("b")) == .none)
        let result = try await log.append(both(.exact(1)))
        #expect(result.heads.map(\.version) == [2, 2])
        #expect(try await log.outline() == ["case/a@1", "case/b@1", "case/b@2", "case/a@2"])
        #expect(try await LogVerifier(log).verify().isSound)
    }

    @Test func `a request that breaks a limit is refused before it is sent`() async throws {
        let log = try await TestCluster.shared.database().log()
        let many = (0...AppendRequest.maximumEvents).map { event($0) }
        let large = event(json: "\"" + String(repeating: "x", count: AppendRequest.maximumBytes) + "\"")
        let late = event(effectiveAt: Timestamp.latest.advanced(byMicroseconds: 1))
        let early = event(effectiveAt: Timestamp.earliest.advanced(byMicroseconds: -1))
        for events in [[], many, [large], [late], [early]] {
            #expect(await outcome { try await log.append(stream("1"), .any, events) } == "invalid")
        }
        #expect(await outcome { try await log.append(stream("1"), .exact(0)) } == "invalid")
        let write = StreamWrite(stream("1"), expected: .any, events: [event()])
        #expect(await outcome { try await log.append(AppendRequest(id: UUID(), writes: [])) } == "invalid")
        #expect(await outcome { try await log.append(AppendRequest(id: UUID(), writes: [write, write])) } == "invalid")
        #expect(try await log.head() == 0)
        let bounds = [event(effectiveAt: .earliest), event(effectiveAt: .latest)]
        #expect(await outcome { try await log.append(stream("1"), .noStream, bounds) } == "1-2")
        #expect(await outcome { try await log.append(stream("1"), .any, Array(many.dropLast())) } == "3-1002")
        #expect(try await LogVerifier(log).verify().isSound)
    }

    @Test(arguments: ["\u{0}", "\n", "\u{1f}", "\u{7f}", "\u{80}", "\u{9f}"])
    func `a control character is refused in every field that is a line of the hash`(control: String) {
        #expect(throws: InvalidText.self) { try StreamName("case/1\(control)") }
        #expect(throws: InvalidText.self) { try EventType("a\(control)b") }
        #expect(throws: InvalidText.self) { try Actor("\(control)a") }
        #expect(Actor(rawValue: control) == nil)
    }

    @Test func `names are bounded and streams have a category`() throws {
        #expect(throws: InvalidText.self) { try Actor("") }
        #expect(throws: InvalidText.self) { try Actor(String(repeating: "中", count: 67)) }
        #expect(try Actor(String(repeating: "中", count: 66)).rawValue.utf8.count == 198)
        for text in ["case", "/1", "case/"] { #expect(throws: InvalidText.self) { try StreamName(text) } }
        #expect(try StreamName("seal/a/b").category == "seal")
        for text in ["a b", "a'b", "县"] { #expect(throws: InvalidText.self) { try LogID(text) } }
    }

    @Test func `names that only look alike are two streams`() async throws {
        // One letter as one code point, and as two: equal for Swift's String, different for PostgreSQL.
        let (one, two) = (stream("caf\u{e9}"), stream("cafe\u{301}"))
        #expect(one.rawValue == two.rawValue)
        #expect(one != two)
        let log = try await TestCluster.shared.database().log()
        let writes = [one, two].map { StreamWrite($0, expected: .noStream, events: [event()]) }
        let result = try await log.append(AppendRequest(id: UUID(), writes: writes))
        #expect(result.heads.map(\.version) == [1, 1])
        #expect(try await LogVerifier(log).verify() == LogVerdict(events: 2, streams: 2, damage: nil))
    }

    @Test func `the mark of an import belongs to imports alone`() async throws {
        let database = try await TestCluster.shared.database()
        let log = try await database.log()
        let (marked, plain) = ([event(actor: "import:bpi")], [event(actor: "officer/1")])
        func imported(_ events: [NewEvent]) -> AppendRequest {
            AppendRequest(id: UUID(), writes: [StreamWrite(stream("1"), expected: .any, events: events)])
        }
        #expect(await outcome { try await log.append(stream("1"), .any, marked) } == "invalid")
        #expect(await outcome { try await log.appendImported(imported(plain)) } == "invalid")
        #expect(await outcome { try await log.appendImported(imported(marked)) } == "1-1")
        #expect(await outcome { try await log.append(stream("1"), .exact(1), plain) } == "2-2")
        // The database holds to it whatever the daemon sends.
        let app = try await database.connect()
        #expect(try await refusal(app, rawAppend("actor", "'{import:x}'")) == "ZC005")
        #expect(try await refusal(app, rawAppend("imported", "true")) == "ZC005")
        #expect(try await refusal(app, rawAppend(["imported": "true", "actor": "'{import:x}'"])) == "42501")
        let importer = try await database.connect(as: "caseflow_import")
        #expect(try await refusal(importer, rawAppend("imported", "true")) == "ZC005")
        #expect(try await refusal(importer, rawAppend("imported", "NULL")) == "ZC005")
        #expect(try await refusal(importer, rawAppend(["imported": "true", "actor": "'{import:x}'"])) == nil)
        await app.close()
        await importer.close()
    }

    @Test func `an unknown log is named`() async throws {
        let database = try await TestCluster.shared.database()
        let log = EventLog(try LogID("nowhere"), work: database.configuration())
        #expect(await outcome { try await log.append(stream("1"), .noStream) } == "no log nowhere")
        #expect(await outcome { try await log.append(stream("1"), .any) } == "no log nowhere")
        #expect(await outcome { try await log.append(stream("1"), .exists) } == "no log nowhere")
        await #expect(throws: AppendError.self) { try await log.head() }
        await #expect(throws: AppendError.self) { try await LogVerifier(log).verify() }
    }

    @Test func `two logs of one database do not see each other`() async throws {
        let database = try await TestCluster.shared.database()
        let (one, two) = (try await database.log("one"), try await database.log("two"))
        let id = UUID()
        #expect(await outcome { try await one.append(stream("1"), .noStream, id: id) } == "1-1")
        #expect(await outcome { try await two.append(stream("1"), .noStream, id: id) } == "1-1")
        #expect(try await one.outline() == ["case/1@1"])
    }
}
