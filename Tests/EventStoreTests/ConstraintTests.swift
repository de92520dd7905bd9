import EventStore
import Foundation
import PostgresClient
import Support
import Testing

/// What the tables of the log refuse by themselves, whoever writes, triggers or not.
@Suite struct ConstraintTests {
    private static let database = Task {
        let database = try await TestCluster.shared.database()
        let log = try await database.log()
        try await log.append(stream("1"), .noStream, [event(1), event(2)])
        await log.close()
        let admin = try await database.superuser()
        for table in ["events", "batches", "streams"] {
            try await admin.script("ALTER TABLE caseflow.\(table) DISABLE TRIGGER ALL")
        }
        await admin.close()
        return database
    }

    @Test(arguments: [
        "UPDATE caseflow.events SET leaf = ''",
        "UPDATE caseflow.events SET leaf = substr(leaf, 2)",
        "UPDATE caseflow.events SET leaf = leaf || '\\x00' WHERE position = 2",
        "UPDATE caseflow.events SET version = 0 WHERE position = 1",
        "UPDATE caseflow.events SET position = 0 WHERE position = 1",
        "UPDATE caseflow.streams SET head_leaf = ''",
        "UPDATE caseflow.streams SET head_leaf = substr(head_leaf, 1, 31)",
        "UPDATE caseflow.streams SET version = 0",
        "UPDATE caseflow.batches SET leaves = ''",
        "UPDATE caseflow.batches SET leaves = leaves || '\\x00'",
        "INSERT INTO caseflow.batches VALUES ('test', 3, '')",
    ])
    func `a value that no append writes is refused`(statement: String) async throws {
        let admin = try await Self.database.value.superuser()
        #expect(try await refusal(admin, statement) == "23514")
        await admin.close()
    }
}
