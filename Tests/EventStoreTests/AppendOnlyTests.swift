import EventStore
import Foundation
import PostgresClient
import Support
import Testing

/// The log is append-only for the application's own role, and for everybody else as long as the triggers stand.
@Suite struct AppendOnlyTests {
    private static let database = Task {
        let database = try await TestCluster.shared.database()
        let log = try await database.log()
        try await log.append(stream("1"), .noStream, [event(1), event(2)])
        await log.close()
        return database
    }

    private static let row = "('test', 3, 'case/1', 3, 't', now(), now(), 'a', '{}', '{}', sha256(''))"

    @Test(
        arguments: ["caseflow_app", "caseflow_import", "caseflow_reader"],
        [
            "UPDATE caseflow.events SET actor = 'x'",
            "DELETE FROM caseflow.events",
            "TRUNCATE caseflow.events",
            "INSERT INTO caseflow.events VALUES \(row)",
            "MERGE INTO caseflow.events e USING (VALUES (1)) v(p) ON e.position = v.p WHEN MATCHED THEN DELETE",
            "COPY caseflow.events FROM STDIN",
            "INSERT INTO caseflow.streams VALUES ('test', 'case/2', 1, '', now())",
            "UPDATE caseflow.streams SET version = 7",
            "DELETE FROM caseflow.streams",
            "TRUNCATE caseflow.streams",
            "INSERT INTO caseflow.batches VALUES ('test', 3, '')",
            "DELETE FROM caseflow.batches",
            "TRUNCATE caseflow.batches",
            "UPDATE caseflow.batches SET leaves = ''",
            "INSERT INTO caseflow.requests VALUES ('test', gen_random_uuid(), 3, 1)",
            "UPDATE caseflow.requests SET events = 7",
            "DELETE FROM caseflow.requests",
            "TRUNCATE caseflow.requests",
            "INSERT INTO caseflow.logs VALUES ('x', 'x', 'UTC', 0, now())",
            "UPDATE caseflow.logs SET position = 0",
            "SELECT FROM caseflow.logs FOR UPDATE",
            "DELETE FROM caseflow.logs",
            "TRUNCATE caseflow.logs",
            "ALTER TABLE caseflow.events DISABLE TRIGGER ALL",
            "ALTER TABLE caseflow.events DISABLE TRIGGER events_append_only",
            "DROP TRIGGER events_append_only ON caseflow.events",
            "DROP TABLE caseflow.events",
            "ALTER TABLE caseflow.events DROP CONSTRAINT events_pk",
            "CREATE RULE r AS ON INSERT TO caseflow.events DO INSTEAD NOTHING",
            "CREATE TRIGGER t BEFORE INSERT ON caseflow.events EXECUTE FUNCTION caseflow.refuse_change()",
            "CREATE TABLE caseflow.more ()",
            "CREATE OR REPLACE FUNCTION caseflow.refuse_change() RETURNS trigger LANGUAGE sql AS ''",
            "SET session_replication_role = 'replica'",
            "SET ROLE caseflow_owner",
            "UPDATE caseflow.schema_migrations SET version = 99",
        ]
    )
    func `no role of the application may`(role: String, statement: String) async throws {
        let connection = try await Self.database.value.connect(as: role)
        let state = try await refusal(connection, statement)
        #expect(state == "42501")
        await connection.close()
    }

    @Test func `a reader may not append`() async throws {
        let connection = try await Self.database.value.connect(as: "caseflow_reader")
        #expect(try await refusal(connection, "SELECT caseflow.create_log('x', 'x', 'UTC')") == "42501")
        #expect(try await refusal(connection, "SELECT count(*) FROM caseflow.events") == nil)
        await connection.close()
    }

    @Test(arguments: [
        "UPDATE caseflow.events SET actor = 'x'",
        "UPDATE caseflow.events SET actor = actor WHERE position = 2",
        "DELETE FROM caseflow.events WHERE position = 2",
        "TRUNCATE caseflow.events",
        "INSERT INTO caseflow.events VALUES ('test', 2, 'case/1', 3, 't', now(), now(), 'a', '{}', '{}', sha256(''))"
            + " ON CONFLICT (log_id, position) DO UPDATE SET actor = 'x'",
        "UPDATE caseflow.batches SET leaves = ''",
        "DELETE FROM caseflow.batches",
        "TRUNCATE caseflow.batches",
        "UPDATE caseflow.requests SET events = 7",
        "DELETE FROM caseflow.requests",
        "TRUNCATE caseflow.requests",
        "DELETE FROM caseflow.streams",
        "TRUNCATE caseflow.streams",
        "DELETE FROM caseflow.logs",
        "TRUNCATE caseflow.logs",
        "TRUNCATE caseflow.events, caseflow.logs CASCADE",
        "SET session_replication_role = 'replica'; DELETE FROM caseflow.events",
        "SET ROLE caseflow_owner; DELETE FROM caseflow.events",
    ])
    func `not even a superuser may, while the triggers stand`(statement: String) async throws {
        let connection = try await Self.database.value.superuser()
        do {
            try await connection.script(statement)
            Issue.record("it was done")
        } catch let error as PostgresError {
            #expect(error.sqlState == "ZC002")
        }
        let rows = try await connection.query("SELECT count(*), max(actor) FROM caseflow.events", prepare: false)
        #expect(try rows[0].decode(0, as: Int.self) == 2)
        #expect(try rows[0].decode(1, as: String.self) == "officer/1")
        await connection.close()
    }

    @Test func `the application changes a stream's head only by appending`() async throws {
        let log = try await TestCluster.shared.database().log()
        try await log.append(stream("1"), .noStream)
        let before = try await log.head(of: stream("1"))
        try await log.append(stream("1"), .exact(1))
        #expect(try await log.head(of: stream("1")) != before)
        #expect(try await log.head() == 2)
    }
}
