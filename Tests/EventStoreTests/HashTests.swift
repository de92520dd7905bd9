import EventStore
import Foundation
import PostgresClient
import Support
import Testing
import TransparencyLog

/// What is hashed for an event. The expected values come from Python's hashlib, not from this code.
@Suite struct HashTests {
    private let first = EventEntry.leaf(
        stream: StreamName(trusted: "case/一号"),
        version: 1,
        type: "case.received/1",
        effectiveAt: Timestamp(microseconds: 1_770_685_500_000_000),
        recordedAt: Timestamp(microseconds: 1_770_685_500_000_001),
        actor: Actor(trusted: "officer/王"),
        previous: nil,
        data: Array("{\"item\":\"营业执照\",\"n\":1}".utf8),
        metadata: Array("{\"request\":\"00000000-0000-4000-8000-000000000001\"}".utf8)
    )
    private var second: Digest {
        EventEntry.leaf(
            stream: StreamName(trusted: "case/一号"),
            version: 2,
            type: "case.closed/1",
            effectiveAt: .earliest,
            recordedAt: .latest,
            actor: Actor(trusted: "officer/2"),
            previous: first,
            data: Array("{ \"x\" : 1.0 }".utf8),
            metadata: Array("{\"request\":\"00000000-0000-4000-8000-000000000002\",\"source\":\"a\"}".utf8)
        )
    }

    @Test func `the leaf of a stream's first event and of one that follows it`() {
        let hex = { (digest: Digest) in digest.bytes.map { String(format: "%02x", Int($0)) }.joined() }
        #expect(hex(first) == "fc64d4b971daf9929776e47026d7f3046fa24b1cbc0aa241a50568a8c66c30ba")
        #expect(first.base64 == "/GTUuXHa+ZKXduRwJtfzBG+iSxy8CqJBpQVoqMZsMLo=")
        #expect(hex(second) == "8071147ba1d78360fad829e845e9e3b36add934dd3404c5e479b8c6a9581c186")
        #expect(second.base64 == "gHEUe6HXg2D62CnoRenjs2rdk03TQExeR5uMapWBwYY=")
    }

    @Test func `SHA-256 in base64`() {
        #expect(Digest.sha256(Array("abc".utf8)).base64 == "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=")
        #expect(Digest.sha256([]).base64 == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
        #expect(Digest(Array(repeating: 0, count: 31)) == nil)
        #expect(Digest(Array(repeating: 0, count: 33)) == nil)
        #expect(Digest(first.bytes) == first)
    }

    @Test func `SQL gives the entry and leaf that were computed by hand`() async throws {
        let connection = try await TestCluster.shared.database().connect()
        let rows = try await connection.query(
            """
            SELECT e, caseflow.event_leaf(e) FROM caseflow.event_entry('case/一号', 1, 'case.received/1',
                '2026-02-10T09:05:00+08:00', '2026-02-10T01:05:00.000001Z', 'officer/王', NULL,
                '{"item":"营业执照","n":1}', '{"request":"00000000-0000-4000-8000-000000000001"}') e
            """
        )
        let entry = """
            caseflow-event/v1
            case/一号
            1
            case.received/1
            2026-02-10T01:05:00.000000Z
            2026-02-10T01:05:00.000001Z
            officer/王

            ZR2kCmq3rc1cmEuPhucqSBJKtfT+HfT1GSgadlqSlfY=
            kvojvDllpwxHbIZD5z1+SSgXnE/iC8x2oNAUr/3H+h8=

            """
        #expect(try rows[0].decode(0, as: String.self) == entry)
        #expect(try rows[0].decode(1, as: PostgresBytes.self).bytes == first.bytes)
        await connection.close()
    }

    @Test func `SQL recomputes every leaf of a log of random events`() async throws {
        let log = try await TestCluster.shared.database().log()
        let seed = UInt64.random(in: 0...(.max))
        var random = SeededGenerator(seed: seed)
        let letters = Array("abcXYZ019 é中文🙂'\\/{}%_-")
        func word() -> String {
            String(
                (0..<Int.random(in: 1...12, using: &random)).map { _ in letters.randomElement(using: &random) ?? "x" }
            )
        }
        for _ in 0..<40 {
            let events = try (0..<5).map { _ in
                let text = try JSONEncoder().encode([word(): word()])
                let span = Timestamp.earliest.microseconds...Timestamp.latest.microseconds
                return NewEvent(
                    type: try EventType(word()),
                    effectiveAt: Timestamp(microseconds: Int64.random(in: span, using: &random)),
                    actor: try Actor(word()),
                    data: Array("  ".utf8.prefix(Int.random(in: 0...2, using: &random))) + text,
                    metadata: Bool.random(using: &random) ? [] : Array("\"note\": 1.50".utf8)
                )
            }
            try await log.append(try StreamName("case/\(word())"), .any, events)
        }
        let rows = try await log.pool.query(
            """
            SELECT count(*), count(*) FILTER (WHERE leaf = caseflow.event_leaf(caseflow.event_entry(
                       stream, version, type, effective_at, recorded_at, actor, previous, data, metadata)))
              FROM (SELECT *, lag(leaf) OVER (PARTITION BY stream ORDER BY version) AS previous FROM caseflow.events) e
            """
        )
        #expect(try rows[0].decode(0, as: Int.self) == 200)
        #expect(try rows[0].decode(1, as: Int.self) == 200, "seed \(seed)")
        #expect(try await LogVerifier(log).verify().isSound, "seed \(seed)")
    }

    @Test(
        arguments: [
            (-62_135_596_800_000_000, "0001-01-01T00:00:00.000000Z"),
            (-11_670_912_000_000_001, "1600-02-29T23:59:59.999999Z"),
            (-2_203_934_400_000_000, "1900-02-28T12:00:00.000000Z"),
            (-1, "1969-12-31T23:59:59.999999Z"),
            (0, "1970-01-01T00:00:00.000000Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"),
            (1_770_685_500_000_000, "2026-02-10T01:05:00.000000Z"),
            (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
            // Never stored; no other year's text may come out for them.
            (253_402_300_800_000_000, "10000-01-01T00:00:00.000000Z"),
            (317_340_201_600_000_000, "12026-02-10T00:00:00.000000Z"),
            (-62_167_219_200_000_000, "0000-01-01T00:00:00.000000Z"),
            (-62_167_219_200_000_001, "-0001-12-31T23:59:59.999999Z"),
        ] as [(Int64, String)]
    )
    func `an instant as text`(microseconds: Int64, text: String) {
        #expect(Timestamp(microseconds: microseconds).description == text)
    }

    @Test func `PostgreSQL writes the same text for random instants and gives them back`() async throws {
        let connection = try await TestCluster.shared.database().connect()
        let seed = UInt64.random(in: 0...(.max))
        var random = SeededGenerator(seed: seed)
        let span = Timestamp.earliest.microseconds...Timestamp.latest.microseconds
        let instants =
            [.earliest, .latest]
            + (0..<2000).map { _ in Timestamp(microseconds: Int64.random(in: span, using: &random)) }
        let rows = try await connection.query(
            """
            SELECT to_char(t AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), t
              FROM unnest($1::timestamptz[]) WITH ORDINALITY u(t, ord) ORDER BY ord
            """,
            [instants]
        )
        for (row, instant) in zip(rows, instants) {
            #expect(try row.decode(0, as: String.self) == instant.description, "seed \(seed)")
            #expect(try row.decode(1, as: Timestamp.self) == instant, "seed \(seed)")
        }
        await connection.close()
    }
}
