import EventStore
import Foundation
import PostgresClient
import Support
import Testing

/// Somebody with all rights changes the books beside the events, or copies events, with the constraints out of the way.
@Suite(.serialized) struct BookTamperingTests {
    private static let database = Task {
        let database = try await TestCluster.shared.database()
        let admin = try await database.superuser()
        try await admin.script(
            """
            ALTER TABLE caseflow.batches DROP CONSTRAINT batches_leaves_whole;
            ALTER TABLE caseflow.streams DROP CONSTRAINT streams_version_from_one,
                DROP CONSTRAINT streams_head_leaf_whole;
            ALTER TABLE caseflow.requests DROP CONSTRAINT requests_pk;
            ALTER TABLE caseflow.events DROP CONSTRAINT events_pk, DROP CONSTRAINT events_stream_version,
                DROP CONSTRAINT events_position_from_one, DROP CONSTRAINT events_version_from_one;
            CREATE UNIQUE INDEX ON caseflow.events (log_id, position);
            ALTER TABLE caseflow.batches DROP CONSTRAINT batches_pk;
            ALTER TABLE caseflow.streams DROP CONSTRAINT streams_pk;
            CREATE UNIQUE INDEX ON caseflow.streams (log_id, stream);
            DO $$
                DECLARE c record;
                BEGIN
                    FOR c IN SELECT attrelid::regclass AS of, attname AS name FROM pg_attribute
                              WHERE attrelid IN ('caseflow.events'::regclass, 'caseflow.batches'::regclass,
                                        'caseflow.requests'::regclass, 'caseflow.streams'::regclass,
                                        'caseflow.logs'::regclass)
                                AND attnum > 0 AND attnotnull AND attname <> 'log_id'
                    LOOP
                        EXECUTE format('ALTER TABLE %s ALTER COLUMN %I DROP NOT NULL', c.of, c.name);
                    END LOOP;
                END
            $$
            """
        )
        await admin.close()
        return database
    }

    static let journal = [
        Tampering(
            "a journal row longer by a byte",
            "UPDATE batches SET leaves = leaves || '\\x00' WHERE $ = 6",
            6,
            .books
        ),
        Tampering(
            "a journal row longer by 31 bytes, the last one",
            "UPDATE batches SET leaves = leaves || substr(leaves, 1, 31) WHERE $ = 10",
            10,
            .books
        ),
        Tampering(
            "a journal row longer by a leaf that the next row has too",
            "UPDATE batches b SET leaves = b.leaves || n.leaves FROM batches n "
                + "WHERE b.log_id = '#' AND b.first_position = 6 AND n.log_id = '#' AND n.first_position = 8",
            8,
            .books
        ),
        Tampering("a journal row made empty", "UPDATE batches SET leaves = '' WHERE $ = 6", 6, .foreignHash),
        Tampering("an empty journal row added", "INSERT INTO batches VALUES ('#', 5, '')", 5, .books),
        Tampering("an empty journal row added at the end", "INSERT INTO batches VALUES ('#', 11, '')", 11, .books),
        Tampering(
            "a journal row added before the first",
            "INSERT INTO batches VALUES ('#', -3, sha256('x'))",
            -3,
            .books
        ),
        Tampering(
            "a journal row added at the largest position",
            "INSERT INTO batches VALUES ('#', 9223372036854775807, sha256('x'))",
            11,
            .books
        ),
        Tampering(
            "a journal row that repeats a leaf",
            "INSERT INTO batches SELECT log_id, 7, substr(leaves, 33) FROM batches WHERE $ = 6",
            7,
            .books
        ),
    ]

    static let requests = [
        Tampering(
            "two requests merged",
            "DELETE FROM requests WHERE $ = 6; UPDATE requests SET events = 4 WHERE $ = 4",
            6,
            .books
        ),
        Tampering(
            "a request split",
            "UPDATE requests SET events = 1 WHERE $ = 4; INSERT INTO requests VALUES ('#', gen_random_uuid(), 5, 1)",
            5,
            .books
        ),
        Tampering(
            "a request split into two of one id",
            "INSERT INTO requests SELECT log_id, request_id, 5, 1 FROM requests WHERE $ = 4; "
                + "UPDATE requests SET events = 1 WHERE $ = 4",
            5,
            .books
        ),
        Tampering(
            "the border between two requests moved on",
            "UPDATE requests SET events = 3 WHERE $ = 4; UPDATE requests SET first_position = 7, events = 1 WHERE $ = 6",
            6,
            .books
        ),
        Tampering(
            "the border between two requests moved back",
            "UPDATE requests SET events = 1 WHERE $ = 4; UPDATE requests SET first_position = 5, events = 3 WHERE $ = 6",
            5,
            .books
        ),
        Tampering(
            "two requests changed places",
            "UPDATE requests SET first_position = 99 WHERE $ = 4; UPDATE requests SET first_position = 4 WHERE $ = 6; "
                + "UPDATE requests SET first_position = 6 WHERE $ = 99",
            4,
            .books
        ),
        Tampering("the last request longer", "UPDATE requests SET events = 2 WHERE $ = 10", 11, .books),
        Tampering(
            "a request of no events added",
            "INSERT INTO requests VALUES ('#', gen_random_uuid(), 6, 0)",
            6,
            .books
        ),
        Tampering(
            "a request at the largest position",
            "INSERT INTO requests VALUES ('#', gen_random_uuid(), 9223372036854775807, 2147483647)",
            11,
            .books
        ),
    ]

    private static func copy(_ from: Int, to position: Int, version: Int) -> String {
        """
        INSERT INTO events SELECT log_id, \(position), stream, \(version), type, effective_at, recorded_at, actor, data,
               metadata, leaf FROM events WHERE @ = \(from)
        """
    }

    static let copies = [
        Tampering(
            "an event copied to the end with another version, and the head raised",
            "\(copy(4, to: 11, version: 99)); UPDATE logs SET position = 11 WHERE log_id = '#'",
            11,
            .duplicate
        ),
        Tampering(
            "an event copied to the end as it is, and the head raised",
            "\(copy(4, to: 11, version: 3)); UPDATE logs SET position = 11 WHERE log_id = '#'",
            11,
            .duplicate
        ),
        Tampering(
            "an event copied to the end as another stream's, and the head raised",
            """
            \(copy(4, to: 11, version: 1)); UPDATE events SET stream = 'case/z' WHERE @ = 11;
            UPDATE logs SET position = 11 WHERE log_id = '#'
            """,
            11,
            .duplicate
        ),
        Tampering(
            "an event put over another",
            "DELETE FROM events WHERE @ = 8; \(copy(4, to: 8, version: 3))",
            8,
            .duplicate
        ),
        Tampering(
            "a later event copied over an earlier one",
            "DELETE FROM events WHERE @ = 3; \(copy(8, to: 3, version: 2))",
            3,
            .duplicate
        ),
        Tampering("an event copied before the first", copy(4, to: -1, version: 3), -1, .duplicate),
        Tampering("an event copied to the largest position", copy(4, to: .max, version: .max), 11, .missing),
    ]

    static let columns = [
        Tampering("a version of nought", "UPDATE events SET version = 0 WHERE @ = 9", 9, .data),
        Tampering("the smallest version", "UPDATE events SET version = -9223372036854775808 WHERE @ = 4", 4, .data),
        Tampering("the largest version", "UPDATE events SET version = 9223372036854775807 WHERE @ = 9", 9, .data),
        Tampering("no type", "UPDATE events SET type = NULL WHERE @ = 4", 4, .data),
        Tampering("no version", "UPDATE events SET version = NULL WHERE @ = 9", 9, .data),
        Tampering("no metadata", "UPDATE events SET metadata = NULL WHERE @ = 6", 6, .data),
        Tampering(
            "the furthest head",
            "UPDATE logs SET position = 9223372036854775807 WHERE log_id = '#'",
            11,
            .missing
        ),
        Tampering("the head row removed", "DELETE FROM logs WHERE log_id = '#'", 10, .books),
        Tampering(
            "the head row removed, and an event changed",
            "DELETE FROM logs WHERE log_id = '#'; UPDATE events SET actor = 'x' WHERE @ = 3",
            3,
            .data
        ),
        Tampering(
            "the head row and all events removed",
            "DELETE FROM logs WHERE log_id = '#'; DELETE FROM events WHERE log_id = '#'",
            1,
            .missing
        ),
        Tampering(
            "nothing left but a stream's head",
            """
            DELETE FROM logs WHERE log_id = '#'; DELETE FROM events WHERE log_id = '#';
            DELETE FROM batches WHERE log_id = '#'; DELETE FROM requests WHERE log_id = '#'
            """,
            0,
            .books
        ),
    ]

    @Test(arguments: journal + requests + copies + columns + added)
    func `the first wrong position and the kind are named`(tampering: Tampering) async throws {
        try await tampering.judge(in: try await Self.database.value)
    }

    static let holes = [
        Hole("events", "position", "@ = 4", 0, .data, #"{"stream": "case/a", "version": 3}"#),
        Hole("events", "stream", "@ = 4", 4, .data, #"{"version": 3, "position": 4}"#),
        Hole("events", "version", "@ = 4", 4, .data, #"{"stream": "case/a", "position": 4}"#),
        Hole("events", "recorded_at", "@ = 9", 9, .data, #""version": 4, "position": 9}"#),
        Hole("events", "leaf", "@ = 10", 10, .data, #""version": 4, "position": 10}"#),
        Hole("streams", "stream", "log_id = '#' AND stream = 'case/c'", 0, .books, #"{"version": 2}"#),
        Hole("streams", "version", "log_id = '#' AND stream = 'case/c'", 8, .books, #"{"stream": "case/c"}"#),
        Hole("streams", "head_leaf", "log_id = '#' AND stream = 'case/c'", 8, .books, #"{"stream": "case/c", "#),
        Hole("streams", "recorded_at", "log_id = '#' AND stream = 'case/a'", 9, .books, #"{"stream": "case/a", "#),
        Hole("batches", "first_position", "$ = 6", 0, .books, "{}"),
        Hole("batches", "leaves", "$ = 6", 6, .books, #"{"first_position": 6}"#),
        Hole("batches", "leaves", "$ = 10", 10, .books, #"{"first_position": 10}"#),
        Hole("requests", "first_position", "$ = 4", 0, .books, #"{"request_id": "#),
        Hole("requests", "request_id", "$ = 4", 4, .books, #"{"first_position": 4}"#),
        Hole("requests", "events", "$ = 10", 10, .books, #"{"request_id": "#),
    ]

    /// A value taken out of a row, and how the row is named.
    struct Hole: Sendable, CustomTestStringConvertible {
        let table, column, row: String
        let tampering: Tampering
        var testDescription: String { "\(table).\(column), \(row)" }

        init(
            _ table: String,
            _ column: String,
            _ which: String,
            _ position: Int64,
            _ kind: LogDamage.Kind,
            _ row: String
        ) {
            (self.table, self.column, self.row) = (table, column, row)
            let sql = "UPDATE \(table) SET \(column) = NULL WHERE \(which)"
            tampering = Tampering("no \(column)", sql, position, kind)
        }
    }

    @Test(arguments: holes)
    func `a value that is gone is told with its table and row`(hole: Hole) async throws {
        let reason = try await hole.tampering.judge(in: try await Self.database.value)
        #expect(reason.contains(hole.row), "\(reason)")
        #expect(reason.hasSuffix("of caseflow.\(hole.table) has no \(hole.column)"), "\(reason)")
    }

    static let added = [
        Tampering(
            "a journal row without position and leaves",
            "INSERT INTO batches VALUES ('#', NULL, NULL)",
            0,
            .books
        ),
        Tampering(
            "a request without position, of no events",
            "INSERT INTO requests VALUES ('#', gen_random_uuid(), NULL, 0)",
            0,
            .books
        ),
        Tampering("a head of nothing", "INSERT INTO streams VALUES ('#', NULL, NULL, NULL, NULL)", 0, .books),
        Tampering("a head row without position", "UPDATE logs SET position = NULL WHERE log_id = '#'", 10, .books),
        Tampering(
            "an event without position and stream",
            """
            INSERT INTO events SELECT log_id, NULL, NULL, version, type, effective_at, recorded_at, actor, data, metadata,
                   leaf FROM events WHERE @ = 4
            """,
            0,
            .data
        ),
    ]

    @Test(arguments: [
        ("version = 9", "version 4 expected, 9 found"), ("recorded_at = 'infinity'", "recorded time 20"),
        ("head_leaf = sha256('x')", " found"), ("head_leaf = ''", "none found"),
    ])
    func `a head that is not the last event is told with its stream, what was expected and what was found`(
        change: String,
        told: String
    ) async throws {
        let sql = "UPDATE streams SET \(change) WHERE log_id = '#' AND stream = 'case/b'"
        let reason = try await Tampering("", sql, 10, .books).judge(in: try await Self.database.value)
        #expect(reason.hasPrefix("the head of stream case/b (caseflow.streams) is not its last event: "), "\(reason)")
        #expect(reason.contains(told), "\(reason)")
    }

    @Test func `a log of which nothing is left is no log`() async throws {
        let log = try await Self.database.value.log("gone-\(UUID().uuidString)")
        try await tamper(try await Self.database.value, "DELETE FROM caseflow.logs WHERE log_id = '\(log.id)'")
        await #expect(throws: AppendError.self) { try await LogVerifier(log).verify() }
        await log.close()
    }

    @Test func `a head row that is gone is named`() async throws {
        let database = try await Self.database.value
        let log = try await database.log("headless-\(UUID().uuidString)")
        try await log.append(stream("1"), .noStream, [event(1), event(2)])
        try await tamper(database, "DELETE FROM caseflow.logs WHERE log_id = '\(log.id)'")
        let damage = try #require(try await LogVerifier(log).verify().damage)
        #expect(damage.reason.contains("head row"))
        #expect(damage.reason.contains("2 events"))
        await log.close()
    }
}
