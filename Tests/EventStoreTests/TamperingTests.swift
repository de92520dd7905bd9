import EventStore
import Foundation
import PostgresClient
import Support
import Testing

/// Somebody with all rights changes the stored log: the verifier names the first wrong position and the kind.
@Suite(.serialized) struct TamperingTests {
    private static let database = Task {
        let database = try await TestCluster.shared.database()
        let admin = try await database.superuser()
        try await admin.script("ALTER TABLE caseflow.events DROP CONSTRAINT events_effective_in_years")
        await admin.close()
        return database
    }

    static let fields = [
        Tampering("data", "UPDATE events SET data = '{\"n\":2}' WHERE @ = 4", 4, .data),
        Tampering("white space in data", "UPDATE events SET data = (data::text || ' ')::json WHERE @ = 4", 4, .data),
        Tampering(
            "metadata",
            "UPDATE events SET metadata = replace(metadata::text, '}', ',\"x\":1}')::json WHERE @ = 4",
            4,
            .data
        ),
        Tampering("metadata, all of it", "UPDATE events SET metadata = '{}' WHERE @ = 7", 7, .data),
        Tampering("actor", "UPDATE events SET actor = 'officer/2' WHERE @ = 9", 9, .data),
        Tampering("type", "UPDATE events SET type = 'case.noted/2' WHERE @ = 1", 1, .data),
        Tampering(
            "effective time, by a microsecond",
            "UPDATE events SET effective_at = effective_at + interval '1 microsecond' WHERE @ = 4",
            4,
            .data
        ),
        Tampering(
            "effective time, by ten thousand years",
            "UPDATE events SET effective_at = effective_at + interval '10000 years' WHERE @ = 4",
            4,
            .data
        ),
        Tampering("effective time, to never", "UPDATE events SET effective_at = 'infinity' WHERE @ = 4", 4, .data),
        Tampering("effective time, to ever", "UPDATE events SET effective_at = '-infinity' WHERE @ = 4", 4, .data),
        Tampering(
            "recorded time",
            "UPDATE events SET recorded_at = recorded_at - interval '1 day' WHERE @ = 10",
            10,
            .data
        ),
        Tampering("stream of one event", "UPDATE events SET stream = 'case/z' WHERE @ = 4", 4, .data),
        Tampering("stream of the last event", "UPDATE events SET stream = 'case/z' WHERE @ = 9", 9, .data),
        Tampering(
            "stream, onto another's end",
            "UPDATE events SET stream = 'case/c', version = 3 WHERE @ = 9",
            9,
            .data
        ),
        Tampering(
            "stream, all of it",
            """
            UPDATE events SET stream = 'case/z' WHERE stream = 'case/c' AND log_id = '#';
            UPDATE streams SET stream = 'case/z' WHERE stream = 'case/c' AND log_id = '#'
            """,
            5,
            .data
        ),
        Tampering("leaf", "UPDATE events SET leaf = sha256('x') WHERE @ = 4", 4, .foreignHash),
        Tampering(
            "leaf, cut short",
            "ALTER TABLE events DROP CONSTRAINT IF EXISTS events_leaf_whole; UPDATE events SET leaf = '\\x00' WHERE @ = 4",
            4,
            .foreignHash
        ),
        Tampering(
            "leaf of a stream's last event",
            "UPDATE events SET leaf = sha256('x') WHERE @ = 10",
            10,
            .foreignHash
        ),
        Tampering(
            "data and leaf together",
            """
            UPDATE events SET data = '{}' WHERE @ = 10;
            UPDATE events e SET leaf = event_leaf(event_entry(e.stream, e.version, e.type, e.effective_at,
                e.recorded_at, e.actor, p.leaf, e.data, e.metadata))
              FROM events p WHERE e.position = 10 AND e.log_id = '#' AND p.position = 7 AND p.log_id = '#';
            UPDATE streams s SET head_leaf = e.leaf FROM events e
             WHERE s.stream = 'case/b' AND s.log_id = '#' AND e.position = 10 AND e.log_id = '#'
            """,
            10,
            .foreignHash
        ),
    ]

    static let rows = [
        Tampering("the first event removed", "DELETE FROM events WHERE @ = 1", 1, .missing),
        Tampering("an event removed", "DELETE FROM events WHERE @ = 5", 5, .missing),
        Tampering("two events removed", "DELETE FROM events WHERE @ BETWEEN 6 AND 7", 6, .missing),
        Tampering("the last event removed", "DELETE FROM events WHERE @ = 10", 10, .missing),
        Tampering("all events removed", "DELETE FROM events WHERE log_id = '#'", 1, .missing),
        Tampering(
            "the tail cut, and the head with it",
            "DELETE FROM events WHERE @ >= 9; UPDATE logs SET position = 8 WHERE log_id = '#'",
            9,
            .missing
        ),
        Tampering(
            "the tail cut, and head, journal and requests with it",
            """
            DELETE FROM events WHERE @ >= 10; UPDATE logs SET position = 9 WHERE log_id = '#';
            DELETE FROM batches WHERE log_id = '#' AND first_position >= 10;
            DELETE FROM requests WHERE log_id = '#' AND first_position >= 10
            """,
            7,
            .books
        ),
        Tampering(
            "an event added at the end",
            """
            INSERT INTO events SELECT log_id, 11, stream, 5, type, effective_at, recorded_at, actor, data, metadata, leaf
              FROM events WHERE @ = 10
            """,
            11,
            .duplicate
        ),
        Tampering(
            "an event added at the end, and the head with it",
            """
            INSERT INTO events SELECT log_id, 11, stream, 5, type, effective_at, recorded_at, actor, data, metadata, leaf
              FROM events WHERE @ = 10;
            UPDATE logs SET position = 11 WHERE log_id = '#'
            """,
            11,
            .duplicate
        ),
        Tampering("two events of a stream swapped", swap(1, 2), 1, .order),
        Tampering("two events of two streams swapped", swap(3, 5), 3, .order),
        Tampering("two events far apart swapped", swap(2, 10), 2, .order),
        Tampering(
            "two versions swapped",
            """
            UPDATE events SET version = 99 WHERE @ = 2; UPDATE events SET version = 2 WHERE @ = 4;
            UPDATE events SET version = 3 WHERE @ = 2
            """,
            2,
            .order
        ),
        Tampering("a version changed", "UPDATE events SET version = 5 WHERE @ = 9", 9, .data),
    ]

    private static func swap(_ one: Int, _ other: Int) -> String {
        """
        UPDATE events SET position = 99 WHERE @ = \(one); UPDATE events SET position = \(one) WHERE @ = \(other);
        UPDATE events SET position = \(other) WHERE @ = 99
        """
    }

    static let books = [
        Tampering("the head moved on", "UPDATE logs SET position = 12 WHERE log_id = '#'", 11, .missing),
        Tampering("the head moved back", "UPDATE logs SET position = 9 WHERE log_id = '#'", 10, .books),
        Tampering("a stream's version", streamRow("version = 9", "b"), 10, .books),
        Tampering("a stream's leaf", streamRow("head_leaf = sha256('x')", "c"), 8, .books),
        Tampering("a stream's time", streamRow("recorded_at = now()", "a"), 9, .books),
        Tampering("a stream removed", "DELETE FROM streams WHERE log_id = '#' AND stream = 'case/c'", 8, .books),
        Tampering(
            "a stream added",
            "INSERT INTO streams VALUES ('#', 'case/z', 1, sha256('x'), now())",
            10,
            .books
        ),
        Tampering(
            "a journal entry changed",
            "UPDATE batches SET leaves = set_byte(leaves, 40, 255 - get_byte(leaves, 40)) WHERE $ = 6",
            7,
            .foreignHash
        ),
        Tampering(
            "a journal entry cut",
            "UPDATE batches SET leaves = substr(leaves, 1, 32) WHERE $ = 6",
            7,
            .foreignHash
        ),
        Tampering("a journal entry removed", "DELETE FROM batches WHERE $ = 6", 6, .foreignHash),
        Tampering("a request removed", "DELETE FROM requests WHERE $ = 4", 4, .books),
        Tampering("the last request removed", "DELETE FROM requests WHERE $ = 10", 10, .books),
        Tampering("a request's id", "UPDATE requests SET request_id = gen_random_uuid() WHERE $ = 4", 4, .books),
        Tampering("a request's position", "UPDATE requests SET first_position = 5 WHERE $ = 4", 4, .books),
        Tampering("a request's length", "UPDATE requests SET events = 1 WHERE $ = 4", 5, .books),
        Tampering(
            "a request added",
            "INSERT INTO requests VALUES ('#', gen_random_uuid(), 11, 1)",
            11,
            .books
        ),
    ]

    private static func streamRow(_ change: String, _ name: String) -> String {
        "UPDATE streams SET \(change) WHERE log_id = '#' AND stream = 'case/\(name)'"
    }

    @Test(arguments: fields + rows + books)
    func `the first wrong position and the kind are named`(tampering: Tampering) async throws {
        try await tampering.judge(in: try await Self.database.value)
    }

    @Test func `a row that is there twice is found once the primary key is gone`() async throws {
        let database = try await TestCluster.shared.database()
        let log = try await database.log()
        try await Tampering.prepare(log)
        try await tamper(
            database,
            """
            ALTER TABLE caseflow.events DROP CONSTRAINT events_pk, DROP CONSTRAINT events_stream_version;
            INSERT INTO caseflow.events SELECT * FROM caseflow.events WHERE position = 4
            """
        )
        let damage = try await LogVerifier(log).verify().damage
        #expect(damage?.position == 4)
        #expect(damage?.kind == .duplicate)
    }

    @Test func `another log of the same database stays sound`() async throws {
        let database = try await TestCluster.shared.database()
        let (one, two) = (try await database.log("one"), try await database.log("two"))
        try await Tampering.prepare(one)
        try await Tampering.prepare(two)
        try await tamper(database, "DELETE FROM caseflow.events WHERE log_id = 'one' AND position = 3")
        #expect(try await LogVerifier(one).verify().damage?.kind == .missing)
        #expect(try await LogVerifier(two).verify().isSound)
    }
}
