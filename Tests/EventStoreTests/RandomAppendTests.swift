import Foundation
import Support
import Testing

@testable import EventStore

/// Random requests against the log and against a model of a few lines: the same outcomes.
@Suite struct RandomAppendTests {
    /// What a log should do.
    private struct Model {
        var position: Int64 = 0
        var versions: [StreamName: Int64] = [:]
        var stored: [UUID: (request: AppendRequest, first: Int64)] = [:]

        mutating func append(_ request: AppendRequest) -> String {
            let count = Int64(request.writes.reduce(0) { $0 + $1.events.count })
            if let known = stored[request.id] {
                let same = zip(known.request.writes, request.writes).allSatisfy {
                    $0.stream == $1.stream && $0.events.map(\.data) == $1.events.map(\.data)
                }
                if !same || known.request.writes.count != request.writes.count { return "reused \(known.first)" }
                return "\(known.first)-\(known.first + count - 1) again"
            }
            for write in request.writes {
                let version = versions[write.stream] ?? 0
                if !write.expected.isMet(by: version) { return "conflict \(write.stream) \(write.expected) \(version)" }
            }
            for write in request.writes { versions[write.stream, default: 0] += Int64(write.events.count) }
            stored[request.id] = (request, position + 1)
            position += count
            return "\(position - count + 1)-\(position)"
        }
    }

    private func request(_ random: inout SeededGenerator, _ model: Model) -> AppendRequest {
        if let known = model.stored.values.sorted(by: { $0.first < $1.first }).randomElement(using: &random),
            Int.random(in: 0..<6, using: &random) == 0
        {
            var again = known.request
            if Int.random(in: 0..<3, using: &random) == 0 { again.writes[0].events = [event(-1)] }
            return again
        }
        let names = (0..<6).map { stream("\($0)") }.shuffled(using: &random)
        let writes = names.prefix(Int.random(in: 1...3, using: &random)).map { name in
            let version = model.versions[name] ?? 0
            let expected: ExpectedVersion =
                switch Int.random(in: 0..<6, using: &random) {
                case 0, 1: .any
                case 2: .noStream
                case 3: .exists
                case 4: .exact(max(1, version))
                default: .exact(max(1, version + Int64.random(in: -1...1, using: &random)))
                }
            let numbers = (0..<Int.random(in: 1...3, using: &random)).map { _ in
                Int.random(in: 0..<1000, using: &random)
            }
            return StreamWrite(name, expected: expected, events: numbers.map { event($0) })
        }
        let digits = (0..<32).map { _ in "0123456789abcdef".randomElement(using: &random) ?? "0" }
        let groups = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }
        return AppendRequest(id: UUID(uuidString: groups.joined(separator: "-")) ?? UUID(), writes: writes)
    }

    @Test func `one after the other, by two daemons, every outcome is the model's`() async throws {
        let seed = UInt64.random(in: 0...(.max))
        var random = SeededGenerator(seed: seed)
        let database = try await TestCluster.shared.database()
        let logs = [try await database.log(), try await database.log()]
        var model = Model()
        for step in 0..<500 {
            let request = request(&random, model)
            let expected = model.append(request)
            let log = logs[Int.random(in: 0...1, using: &random)]
            let found = await outcome { try await log.append(request) }
            // Of several conflicts in one request any may be named.
            let same = found == expected || found.hasPrefix("conflict") && expected.hasPrefix("conflict")
            #expect(same, "seed \(seed), step \(step): \(found) instead of \(expected)")
            if !same { return }
        }
        #expect(try await logs[0].head() == model.position, "seed \(seed)")
        for (name, version) in model.versions { #expect(try await logs[0].head(of: name).version == version) }
        #expect(try await LogVerifier(logs[0]).verify().isSound, "seed \(seed)")
    }

    @Test func `many at once, the outcomes are those of some order, and the log is sound`() async throws {
        let seed = UInt64.random(in: 0...(.max))
        var random = SeededGenerator(seed: seed)
        let database = try await TestCluster.shared.database()
        let logs = [try await database.log(), try await database.log()]
        let requests = (0..<400).map { _ in request(&random, Model()) }
        let outcomes = await withTaskGroup(of: (Int, String).self) { group in
            for (index, request) in requests.enumerated() {
                group.addTask { (index, await outcome { try await logs[index % 2].append(request) }) }
            }
            return await group.reduce(into: [Int: String]()) { $0[$1.0] = $1.1 }
        }
        // Those that were stored, in the order of their positions, must all fit the model in that order.
        let stored = outcomes.filter { !$0.value.hasPrefix("conflict") }
            .sorted { (Int($0.value.prefix { $0 != "-" }) ?? 0) < (Int($1.value.prefix { $0 != "-" }) ?? 0) }
        var model = Model()
        for (index, found) in stored { #expect(model.append(requests[index]) == found, "seed \(seed)") }
        #expect(try await logs[0].head() == model.position, "seed \(seed)")
        #expect(try await LogVerifier(logs[0]).verify().isSound, "seed \(seed)")
    }
}
