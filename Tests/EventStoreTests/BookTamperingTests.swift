import EventStore
import Foundation
import PostgresClient
import Support
import Testing

/// Somebody with all rights changes the books beside the events, or copies events, with the constraints out of the way.
@Suite(.serialized) struct BookTamperingTests {
    typealias Tampering = TamperingTests.Tampering

    private static let database = Task {
        let database = try await TestCluster.shared.database()
        let admin = try await database.superuser()
        try await admin.script(
            """
            ALTER TABLE caseflow.batches DROP CONSTRAINT batches_leaves_whole;
            ALTER TABLE caseflow.streams DROP CONSTRAINT streams_version_from_one;
            ALTER TABLE caseflow.requests DROP CONSTRAINT requests_pk;
            ALTER TABLE caseflow.events DROP CONSTRAINT events_stream_version,
                DROP CONSTRAINT events_position_from_one, DROP CONSTRAINT events_version_from_one;
            ALTER TABLE caseflow.events ALTER COLUMN type DROP NOT NULL, ALTER COLUMN metadata DROP NOT NULL,
                ALTER COLUMN version DROP NOT NULL
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

    @Test(arguments: journal + requests + copies + columns)
    func `the first wrong position and the kind are named`(tampering: Tampering) async throws {
        try await TamperingTests.judge(tampering, in: try await Self.database.value)
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
