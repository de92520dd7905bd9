import PostgresClient
import Support
import Testing

@Suite struct StatementTests {
    @Test func `a thousand statements at once are answered right and in order`() async throws {
        let connection = try await TestSession.open()
        try await withThrowingTaskGroup(of: (Int, Int).self) { group in
            for number in 0..<1000 {
                group.addTask {
                    let rows = try await connection.query("SELECT $1::bigint * 2", [number])
                    return (number, try rows[0].decode(0))
                }
            }
            for try await (number, answer) in group { #expect(answer == number * 2) }
        }
        await connection.close()
    }

    @Test func `a failing statement leaves its neighbours alone`() async throws {
        let connection = try await TestSession.open()
        try await connection.script("CREATE TEMP TABLE n (v bigint)")
        let failures = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<200 {
                group.addTask {
                    do {
                        let divisor = number % 10 == 0 ? 0 : 1
                        try await connection.query("INSERT INTO n SELECT $1::bigint / $2::bigint", [number, divisor])
                        return false
                    } catch let error as PostgresError {
                        #expect(error.sqlState == "22012")
                        #expect(error.kind == .server)
                        return true
                    }
                }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(failures == 20)
        #expect(try await connection.query("SELECT count(*) FROM n")[0].decode(0, as: Int.self) == 180)
        await connection.close()
    }

    @Test func `a statement is prepared once and kept, also when its execution fails`() async throws {
        let connection = try await TestSession.open()
        for divisor in [0, 1, 0, 2] {
            _ = try? await connection.query("SELECT 10 / $1::bigint", [divisor])
        }
        let count = try await connection.query("SELECT count(*) FROM pg_prepared_statements")
        #expect(try count[0].decode(0, as: Int.self) == 1)
        await connection.close()
    }

    @Test func `what could not be prepared can be later`() async throws {
        let connection = try await TestSession.open()
        let sql = "SELECT v FROM later WHERE v > $1::bigint"
        let errors = await withTaskGroup(of: SQLState?.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    do {
                        try await connection.query(sql, [0])
                        return nil
                    } catch { return (error as? PostgresError)?.sqlState }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        // Those behind the first relied on its preparing; they too learn the true reason.
        #expect(errors == [SQLState?](repeating: .undefinedTable, count: 20))
        try await connection.script("CREATE TEMP TABLE later AS SELECT 7::bigint AS v")
        #expect(try await connection.query(sql, [0])[0].decode(0, as: Int.self) == 7)
        await connection.close()
    }

    @Test func `a prepared statement survives a change of its table`() async throws {
        let connection = try await TestSession.open()
        try await connection.script("CREATE TEMP TABLE grows AS SELECT 1::bigint AS a")
        let sql = "SELECT * FROM grows WHERE a = $1::bigint"
        #expect(try await connection.query(sql, [1]).columns == ["a"])
        try await connection.script("ALTER TABLE grows ADD b text")
        #expect(try await connection.query(sql, [1]).columns == ["a", "b"])
        await connection.close()
    }

    @Test func `more statements than are kept prepared all work`() async throws {
        let connection = try await TestSession.open()
        for number in 0..<300 {
            let rows = try await connection.query("SELECT $1::bigint + \(number)", [1])
            #expect(try rows[0].decode(0, as: Int.self) == number + 1)
        }
        let count = try await connection.query("SELECT count(*) FROM pg_prepared_statements")
        #expect(try count[0].decode(0, as: Int.self) == 256)
        await connection.close()
    }

    @Test func `a pipeline is one transaction and answers each statement`() async throws {
        let connection = try await TestSession.open()
        try await connection.script("CREATE TEMP TABLE p (v bigint PRIMARY KEY)")
        let results = try await connection.pipeline([
            ("INSERT INTO p VALUES ($1)", [1]), ("INSERT INTO p VALUES ($1), ($2)", [2, 3]),
            ("SELECT count(*) FROM p", []), ("SELECT $1::text", ["x"]),
        ])
        #expect(results.map(\.affectedRows) == [1, 2, 1, 1])
        #expect(try results[2][0].decode(0, as: Int.self) == 3)
        #expect(try results[3][0].decode(0, as: String.self) == "x")
        let error = await #expect(throws: PostgresError.self) {
            try await connection.pipeline([("INSERT INTO p VALUES ($1)", [4]), ("INSERT INTO p VALUES ($1)", [1])])
        }
        #expect(error?.sqlState == .uniqueViolation)
        #expect(try await connection.query("SELECT count(*) FROM p")[0].decode(0, as: Int.self) == 3)
        #expect(try await connection.pipeline([]).isEmpty)
        await connection.close()
    }

    @Test func `large parameters and large answers cross each other`() async throws {
        let connection = try await TestSession.open()
        let text = String(repeating: "x", count: 1 << 20)
        try await soon {
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        try await connection.query("SELECT $1::text", [text])[0].decode(0, as: String.self).utf8.count
                    }
                }
                for try await length in group { #expect(length == 1 << 20) }
            }
        }
        await connection.close()
    }

    @Test func `COPY and an empty text in the wrong place do no lasting harm`() async throws {
        let connection = try await TestSession.open()
        #expect(try await connection.query("").isEmpty)
        let error = await #expect(throws: PostgresError.self) {
            try await connection.query("COPY (SELECT 1) TO STDOUT")
        }
        #expect(error?.kind == .misuse)
        #expect(await !connection.isOpen)
        let other = try await TestSession.open()
        for sql in ["COPY (SELECT 1) TO STDOUT", "CREATE TEMP TABLE c (v text); COPY c FROM STDIN"] {
            let error = try await soon {
                await #expect(throws: PostgresError.self) { try await other.script(sql) }
            }
            #expect(error?.kind == .misuse)
        }
        #expect(try await other.query("SELECT 1").count == 1)
        await other.close()
    }

    @Test func `an error's description holds no data`() async throws {
        let connection = try await TestSession.open()
        try await connection.script("CREATE TEMP TABLE s (v text PRIMARY KEY)")
        try await connection.query("INSERT INTO s VALUES ($1)", ["SECRET"])
        let error = await #expect(throws: PostgresError.self) {
            try await connection.query("INSERT INTO s VALUES ($1)", ["SECRET"])
        }
        #expect(error?.sqlState == .uniqueViolation)
        #expect(error?.description.contains("SECRET") == false)
        #expect(error.map { "\($0)" }?.contains("SECRET") == false)
        #expect(error.map { String(reflecting: $0) }?.contains("SECRET") == false)
        #expect(error?.serverMessage?.contains("SECRET") == true)
        await connection.close()
    }
}
