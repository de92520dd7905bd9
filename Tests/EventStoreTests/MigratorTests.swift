import EventStore
import Foundation
import PostgresClient
import Support
import Testing

/// Bringing a database to the program's schema.
@Suite struct MigratorTests {
    /// An empty database on a cluster that has the roles, so that no other migration makes them at this moment.
    private func empty() async throws -> TestDatabase {
        _ = try await TestCluster.shared.database()
        return try await TestCluster.shared.emptyDatabase()
    }

    @Test func `an empty database is brought to the current version, and a second time nothing happens`() async throws {
        let database = try await empty()
        let admin = try await database.superuser()
        let migrator = try Migrator()
        await #expect(throws: Migrator.Problem.self) { try await migrator.check(admin) }
        let first = try await migrator.migrate(admin)
        #expect(first.from == 0)
        #expect(first.to >= 1)
        #expect(first.refreshed.isEmpty)
        try await migrator.check(admin)
        let second = try await migrator.migrate(admin)
        #expect(second.from == first.to)
        #expect(second.to == first.to)
        #expect(second.refreshed.isEmpty)
        let log = try await database.log()
        try await log.append(stream("1"), .noStream)
        _ = try await migrator.migrate(admin)
        #expect(try await log.head() == 1)
        await admin.close()
    }

    @Test func `everything belongs to one owner, and nothing is open to all`() async throws {
        let admin = try await TestCluster.shared.database().superuser()
        let owners = try await admin.query(
            """
            SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace = 'caseflow'::regnamespace
            UNION SELECT pg_get_userbyid(proowner) FROM pg_proc WHERE pronamespace = 'caseflow'::regnamespace
            """
        )
        #expect(try owners.map { try $0.decode(0, as: String.self) } == ["caseflow_owner"])
        let open = try await admin.query(
            """
            SELECT proname::text FROM pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
             WHERE pronamespace = 'caseflow'::regnamespace AND grantee = 0
            """
        )
        #expect(open.isEmpty)
        await admin.close()
    }

    @Test func `eight at once: one migrates, the others find it done`() async throws {
        let database = try await empty()
        let outcomes = try await withThrowingTaskGroup(of: Migrator.Outcome.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let admin = try await database.superuser()
                    let outcome = try await Migrator().migrate(admin)
                    await admin.close()
                    return outcome
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count == 8)
        #expect(outcomes.count { $0.from == 0 } == 1)
        #expect(Set(outcomes.map(\.to)).count == 1)
    }

    @Test func `a database of a newer program is left alone`() async throws {
        let database = try await TestCluster.shared.database()
        let admin = try await database.superuser()
        try await admin.script("INSERT INTO caseflow.schema_migrations VALUES (9999, 'later', now(), 'x')")
        let migrator = try Migrator()
        for attempt in [{ _ = try await migrator.migrate(admin) }, { try await migrator.check(admin) }] {
            do {
                try await attempt()
                Issue.record("it was accepted")
            } catch Migrator.Problem.newer(let found, let known) {
                #expect(found == 9999)
                #expect(known < found)
            }
        }
        await admin.close()
    }

    @Test func `a function whose text has changed is applied again, with its rights`() async throws {
        let database = try await TestCluster.shared.database()
        let admin = try await database.superuser()
        try await admin.script(
            """
            DROP FUNCTION caseflow.event_leaf;
            UPDATE caseflow.schema_objects SET digest = 'old' WHERE name = 'functions/event_leaf.sql'
            """
        )
        let outcome = try await Migrator().migrate(admin)
        #expect(outcome.refreshed == ["functions/event_leaf.sql"])
        let app = try await database.connect()
        let rows = try await app.query("SELECT encode(caseflow.event_leaf('abc'), 'hex')")
        // SHA-256 of 00 61 62 63.
        let expected = "609f6e36d2405585188d5cfd761f407c7cc46a7d3f314c88270469dde315fcd1"
        #expect(try rows[0].decode(0, as: String.self) == expected)
        #expect(try await Migrator().migrate(admin).refreshed.isEmpty)
        await app.close()
        await admin.close()
    }

    @Test func `a role with CREATEROLE and CREATE on the database migrates`() async throws {
        let database = try await empty()
        let admin = try await database.superuser()
        let role = "migrates_\(UUID().uuidString.prefix(8).lowercased())"
        try await admin.script(
            "CREATE ROLE \(role) LOGIN CREATEROLE; GRANT CREATE ON DATABASE \(database.name) TO \(role)"
        )
        for version in [0, 1] {
            let connection = try await database.connect(as: role)
            #expect(try await Migrator().migrate(connection).from == version)
            await connection.close()
        }
        try await Migrator().check(admin)
        try await admin.script("DROP OWNED BY \(role); DROP ROLE \(role)")
        await admin.close()
    }

    @Test func `a role without rights is told what it lacks, and changes nothing`() async throws {
        let database = try await empty()
        let admin = try await database.superuser()
        let role = "nobody_\(UUID().uuidString.prefix(8).lowercased())"
        try await admin.script("CREATE ROLE \(role) LOGIN")
        let connection = try await database.connect(as: role)
        do {
            _ = try await Migrator().migrate(connection)
            Issue.record("it migrated")
        } catch let problem as Migrator.Problem {
            guard case .forbidden = problem else { throw problem }
            #expect(problem.description.contains("CREATEROLE"))
        }
        let made = try await admin.query("SELECT FROM pg_namespace WHERE nspname = 'caseflow'")
        #expect(made.isEmpty)
        await connection.close()
        try await admin.script("DROP ROLE \(role)")
        await admin.close()
    }
}
