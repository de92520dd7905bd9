import EventStore
import Foundation
import Support
import Testing

/// Reading streams and the log, page by page.
@Suite struct ReadingTests {
    private static let log = Task {
        let log = try await TestCluster.shared.database().log()
        // 2,500 events in `case/long`, every fifth position belongs to `seal/book` or `casework/1`.
        for block in 0..<5 {
            _ = try await log.append(
                AppendRequest(
                    id: UUID(),
                    writes: [
                        StreamWrite(stream("long"), expected: .any, events: (1...500).map { event(block * 500 + $0) }),
                        StreamWrite(
                            StreamName(trusted: "seal/book"),
                            expected: .any,
                            events: (1...100).map { event($0) }
                        ),
                        StreamWrite(StreamName(trusted: "casework/1"), expected: .any, events: [event(block)]),
                    ]
                )
            )
        }
        return log
    }

    @Test func `a stream of 2,500 events is read by version, from any version`() async throws {
        let log = try await Self.log.value
        let all = try await log.readStream(stream("long")).collect()
        #expect(all.map(\.version) == Array(1...2500))
        #expect(all.map { String(decoding: $0.data, as: UTF8.self) } == (1...2500).map { "{\"n\":\($0)}" })
        for from in [1, 2, 1000, 1001, 1500, 1501, 2500, 2501, 9999] as [Int64] {
            let versions = try await log.readStream(stream("long"), from: from).collect().map(\.version)
            #expect(versions == Array(min(from, 2501)..<2501), "from \(from)")
        }
        #expect(try await log.readStream(stream("none")).collect().isEmpty)
    }

    @Test func `the log is read by position, between any two positions`() async throws {
        let log = try await Self.log.value
        #expect(try await log.head() == 3005)
        #expect(try await log.read().collect().map(\.position) == Array(1...3005))
        for (after, last) in [(0, 1000), (0, 1001), (999, 2000), (1000, 1000), (2004, 3005), (5, 3), (3005, 9999)] {
            let positions = try await log.read(after: Int64(after), upTo: Int64(last)).collect().map(\.position)
            #expect(
                positions == Array(Int64(after) + 1..<Int64(max(after, min(last, 3005)) + 1)),
                "\(after) to \(last)"
            )
        }
    }

    @Test func `a category leaves out the others, also those whose name begins alike`() async throws {
        let log = try await Self.log.value
        let seals = try await log.read(.category("seal")).collect()
        #expect(seals.count == 500)
        #expect(seals.allSatisfy { $0.stream.category == "seal" })
        #expect(try await log.read(.category("case")).collect().map(\.version) == Array(1...2500))
        #expect(try await log.read(.category("casework")).collect().count == 5)
        #expect(try await log.read(.category("cas")).collect().isEmpty)
        #expect(try await log.read(after: 601, upTo: 1202, .category("seal")).collect().count == 100)
    }

    @Test func `what was stored is read back byte for byte`() async throws {
        let log = try await TestCluster.shared.database().log()
        let data = " {\"é\" : [1.0, 1e5,\n\t\"\\u0041\"], \"b\":2, \"b\":1} "
        let new = NewEvent(
            type: "case.received/1",
            effectiveAt: Timestamp(microseconds: -1),
            actor: try Actor("officer/王"),
            data: Array(data.utf8),
            metadata: Array("\"source\" :  \"x\"".utf8)
        )
        let id = UUID()
        let result = try await log.append(stream("1"), .noStream, [new], id: id)
        let stored = try #require(try await log.readStream(stream("1")).collect().first)
        #expect(String(decoding: stored.data, as: UTF8.self) == data)
        let metadata = "{\"request\":\"\(id.uuidString.lowercased())\",\"source\" :  \"x\"}"
        #expect(String(decoding: stored.metadata, as: UTF8.self) == metadata)
        #expect(stored.effectiveAt == new.effectiveAt)
        #expect(stored.actor == new.actor)
        #expect(stored.type == new.type)
        #expect(stored.leaf == result.heads[0].leaf)
        #expect(stored.recomputedLeaf(previous: nil) == stored.leaf)
    }
}
