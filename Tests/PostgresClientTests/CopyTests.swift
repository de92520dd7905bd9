import PostgresClient
import Support
import Testing

@Suite struct CopyTests {
    private struct Stop: Error {}
    private static let read = "COPY (SELECT n, v FROM c ORDER BY n) TO STDOUT (FORMAT binary)"
    private static let endless =
        "COPY (SELECT generate_series(1::bigint, 100000000)) TO STDOUT (FORMAT binary)"
    private static let write = "COPY c (n, v) FROM STDIN (FORMAT binary)"

    private func open() async throws -> PostgresConnection {
        let connection = try await TestSession.open()
        try await connection.script("CREATE TEMP TABLE c (n bigint PRIMARY KEY, v text)")
        return connection
    }

    private func count(_ connection: PostgresConnection) async throws -> Int {
        try await connection.query("SELECT count(*) FROM c")[0].decode(0)
    }

    @Test func `a hundred thousand rows go in and come out, NULLs too`() async throws {
        let connection = try await open()
        let stored = try await connection.copyIn(Self.write) { copy in
            for n in 0..<100_000 { try await copy.row([n, n % 3 == 0 ? String?.none : "行\(n)"]) }
        }
        #expect(stored == 100_000)
        var next = 0
        var wrong = 0
        try await connection.copyOut(Self.read) { batch in
            while try batch.nextRow() {
                let n = try batch.field(as: Int.self)
                let v = try batch.field(as: String?.self)
                if n != next || v != (n % 3 == 0 ? nil : "行\(n)") { wrong += 1 }
                next += 1
            }
        }
        #expect(next == 100_000)
        #expect(wrong == 0)
        await connection.close()
    }

    @Test func `no rows at all, rows read in part, text format`() async throws {
        let connection = try await open()
        #expect(try await connection.copyIn(Self.write) { _ in } == 0)
        var rows = 0
        try await connection.copyOut(Self.read) { batch in while try batch.nextRow() { rows += 1 } }
        #expect(rows == 0)
        try await connection.copyIn(Self.write) { for n in 0..<10 { try await $0.row([n, "x"]) } }
        var sum = 0
        try await connection.copyOut(Self.read, batchBytes: 1) { batch in
            while try batch.nextRow() { sum += try batch.field(as: Int.self) }
        }
        #expect(sum == 45)
        var text: [UInt8] = []
        try await connection.copyOut("COPY (SELECT n FROM c WHERE n < 2 ORDER BY n) TO STDOUT") { text += $0.bytes }
        #expect(String(decoding: text, as: UTF8.self) == "0\n1\n")
        let error = await #expect(throws: PostgresError.self) {
            try await connection.copyOut("COPY c TO STDOUT") { _ = try $0.nextRow() }
        }
        #expect(error?.kind == .decoding)
        #expect(try await count(connection) == 10)
        await connection.close()
    }

    @Test func `single rows of five megabytes`() async throws {
        let connection = try await open()
        let large = String(repeating: "大", count: 5 << 18)
        try await connection.copyIn(Self.write) { for n in 0..<3 { try await $0.row([n, large]) } }
        var lengths: [Int] = []
        try await connection.copyOut(Self.read) { batch in
            while try batch.nextRow() {
                try batch.skip()
                lengths.append(try batch.field(as: String.self).utf8.count)
            }
        }
        #expect(lengths == [15 << 18, 15 << 18, 15 << 18])
        await connection.close()
    }

    @Test func `a body that throws ends the COPY, and the session goes on`() async throws {
        let connection = try await open()
        try await soon {
            await #expect(throws: Stop.self) {
                try await connection.copyIn(Self.write) { copy in
                    for n in 0..<50_000 { try await copy.row([n, "x"]) }
                    throw Stop()
                }
            }
            let left = try await count(connection)
            #expect(left == 0)
            await #expect(throws: Stop.self) { try await connection.copyOut(Self.endless) { _ in throw Stop() } }
            // An error that only looks like the end of this session.
            let foreign = PostgresError(.connectionLost, "another session")
            await #expect(throws: PostgresError.self) {
                try await connection.copyOut(Self.endless) { _ in throw foreign }
            }
            let leftAtLast = try await count(connection)
            #expect(leftAtLast == 0)
        }
        await connection.close()
    }

    @Test func `a row that the server refuses fails the COPY in, after many rows too`() async throws {
        let connection = try await open()
        let error = try await soon {
            await #expect(throws: PostgresError.self) {
                try await connection.copyIn(Self.write) { copy in
                    for n in 0..<100_000 { try await copy.row([n == 10 ? 9 : n, "x"]) }
                }
            }
        }
        #expect(error?.sqlState == .uniqueViolation)
        #expect(try await count(connection) == 0)
        await connection.close()
    }

    @Test func `a cancelled task ends its COPY`() async throws {
        let connection = try await open()
        let (begun, signal) = AsyncStream.makeStream(of: Void.self)
        let out = Task { try await connection.copyOut(Self.endless) { _ in signal.finish() } }
        for await _ in begun {}
        out.cancel()
        try await soon { await #expect(throws: CancellationError.self) { try await out.value } }
        let input = Task {
            _ = try await connection.copyIn(Self.write) { copy in
                for n in 0... {
                    try await copy.row([n, "x"])
                    if n == 10_000 { withUnsafeCurrentTask { $0?.cancel() } }
                }
            }
        }
        try await soon { await #expect(throws: CancellationError.self) { try await input.value } }
        #expect(try await count(connection) == 0)
        await connection.close()
    }

    @Test func `a statement that is no such COPY is a mistake`() async throws {
        let connection = try await open()
        for sql in ["SELECT 1", Self.write] {
            let error = await #expect(throws: PostgresError.self) { try await connection.copyOut(sql) { _ in } }
            #expect(error?.kind == .misuse)
        }
        let error = await #expect(throws: PostgresError.self) { try await connection.copyIn(Self.read) { _ in } }
        #expect(error?.kind == .misuse)
        let unknown = await #expect(throws: PostgresError.self) {
            try await connection.copyOut("COPY nowhere TO STDOUT") { _ in }
        }
        #expect(unknown?.sqlState == .undefinedTable)
        #expect(try await count(connection) == 0)
        await connection.close()
    }

    @Test func `a COPY inside a transaction belongs to it, and its writer ends with it`() async throws {
        let connection = try await open()
        var escaped: CopyWriter?
        await #expect(throws: Stop.self) {
            try await connection.transaction { transaction in
                let stored = try await transaction.copyIn(Self.write) { copy in
                    try await copy.row([1, "x"])
                    escaped = copy
                }
                #expect(stored == 1)
                throw Stop()
            }
        }
        #expect(try await count(connection) == 0)
        let error = await #expect(throws: PostgresError.self) {
            for n in 0..<100_000 { try await escaped?.row([n, "too late"]) }
        }
        #expect(error?.kind == .misuse)
        #expect(try await count(connection) == 0)
        await connection.close()
    }
}
