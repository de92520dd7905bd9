import Foundation
import PostgresClient
import Support
import Testing

@Suite struct ValueTests {
    private func roundTrip<Value: PostgresEncodable & PostgresDecodable & Equatable>(
        _ values: [Value],
        _ type: String
    ) async throws {
        let connection = try await TestSession.open()
        for value in values {
            let rows = try await connection.query("SELECT $1::\(type)", [value])
            #expect(try rows[0].decode(0, as: Value.self) == value)
        }
        let array = try await connection.query("SELECT $1::\(type)[]", [values.map { Optional($0) } + [nil]])
        #expect(try array[0].decode(0, as: [Value?].self) == values.map { Optional($0) } + [nil])
        let empty = try await connection.query("SELECT $1::\(type)[]", [[Value]()])
        #expect(try empty[0].decode(0, as: [Value].self).isEmpty)
        let null = try await connection.query("SELECT $1::\(type)", [Value?.none])
        #expect(try null[0].decode(0, as: Value?.self) == nil)
        #expect(null[0].isNull(0))
        #expect(throws: PostgresError.self) { try null[0].decode(0, as: Value.self) }
        #expect(throws: PostgresError.self) { try array[0].decode(0, as: [Value].self) }
        await connection.close()
    }

    @Test func `whole numbers come back, at their bounds too`() async throws {
        try await roundTrip([Int64.min, -1, 0, 1, .max], "bigint")
        try await roundTrip([Int.min, 0, .max], "bigint")
        try await roundTrip([Int32.min, -1, 0, .max], "integer")
    }

    @Test func `fractions and truth values come back`() async throws {
        try await roundTrip(
            [-0.0, 1.5, .greatestFiniteMagnitude, .leastNonzeroMagnitude, -.infinity],
            "double precision"
        )
        try await roundTrip([true, false], "boolean")
    }

    @Test func `text comes back: empty, Chinese, beyond the basic plane, quotes`() async throws {
        try await roundTrip(
            ["", "便民服务中心", "𠮷🀄️", "a'b\"c\\d\n\t{},NULL", String(repeating: "长", count: 100_000)],
            "text"
        )
    }

    @Test func `bytes and JSON come back byte for byte`() async throws {
        try await roundTrip([PostgresBytes([]), PostgresBytes(Array(0...255)), PostgresBytes([0, 0])], "bytea")
        try await roundTrip([PostgresJSON(Array(#"{"b" : 1,  "a":"件"}"#.utf8))].map(JSONText.init), "json")
        let connection = try await TestSession.open()
        let rows = try await connection.query(#"SELECT '{"a":1}'::jsonb"#)
        #expect(try rows[0].decode(0, as: PostgresJSON.self).bytes == Array(#"{"a": 1}"#.utf8))
        await connection.close()
    }

    @Test func `dates, instants and UUIDs come back`() async throws {
        try await roundTrip([PostgresDate(daysSinceUnixEpoch: -719_162), .init(daysSinceUnixEpoch: 0)], "date")
        try await roundTrip(
            [
                PostgresInstant(microsecondsSinceUnixEpoch: -1),
                .init(microsecondsSinceUnixEpoch: 1_700_000_000_123_456),
            ],
            "timestamptz"
        )
        try await roundTrip([UUID(), UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))], "uuid")
        let connection = try await TestSession.open()
        let rows = try await connection.query(
            "SELECT $1::date::text, $2::timestamptz = '1970-01-01 00:00:01Z'",
            [
                PostgresDate(daysSinceUnixEpoch: 19_782), PostgresInstant(microsecondsSinceUnixEpoch: 1_000_000),
            ]
        )
        #expect(try rows[0].decode(0, as: String.self) == "2024-02-29")
        #expect(try rows[0].decode(1, as: Bool.self))
        await connection.close()
    }

    @Test func `dates and instants out of range are refused, not wrapped`() async throws {
        let connection = try await TestSession.open()
        for day in [Int.max, .min, Int(Int32.max), 1 << 40] {
            let error = await #expect(throws: PostgresError.self) {
                try await connection.query("SELECT $1::date", [PostgresDate(daysSinceUnixEpoch: day)])
            }
            #expect(error?.sqlState == "22008")
        }
        let error = await #expect(throws: PostgresError.self) {
            try await connection.query("SELECT $1::timestamptz", [PostgresInstant(microsecondsSinceUnixEpoch: .min)])
        }
        #expect(error?.sqlState == "22008")
        let infinite = try await connection.query(
            "SELECT 'infinity'::date, '-infinity'::timestamptz, 'infinity'::timestamptz"
        )
        #expect(throws: PostgresError.self) { try infinite[0].decode(0, as: PostgresDate.self) }
        #expect(throws: PostgresError.self) { try infinite[0].decode(1, as: PostgresInstant.self) }
        #expect(throws: PostgresError.self) { try infinite[0].decode(2, as: PostgresInstant.self) }
        await connection.close()
    }

    @Test func `text with a zero byte is refused by the server, SQL with one by the client`() async throws {
        let connection = try await TestSession.open()
        let error = await #expect(throws: PostgresError.self) {
            try await connection.query("SELECT $1::text", ["a\0b"])
        }
        #expect(error?.sqlState == "22021")
        let misuse = await #expect(throws: PostgresError.self) { try await connection.query("SELECT 1\0; SELECT 2") }
        #expect(misuse?.kind == .misuse)
        #expect(try await connection.query("SELECT 1").count == 1)
        await connection.close()
    }

    @Test func `reading a column as another type is an error`() async throws {
        let connection = try await TestSession.open()
        let row = try await connection.query(
            "SELECT '12345678'::text, 1::bigint, 1.5::float8, now(), '{{1,2}}'::int[]"
        )[0]
        let wrong: [() throws -> Void] = [
            { _ = try row.decode(0, as: Int64.self) }, { _ = try row.decode(1, as: String.self) },
            { _ = try row.decode(1, as: Double.self) }, { _ = try row.decode(2, as: Int64.self) },
            { _ = try row.decode(3, as: Int64.self) }, { _ = try row.decode(1, as: Int32.self) },
            { _ = try row.decode(1, as: Bool.self) }, { _ = try row.decode(0, as: UUID.self) },
            { _ = try row.decode(0, as: PostgresBytes.self) }, { _ = try row.decode(4, as: [Int32].self) },
            { _ = try row.decode(1, as: [Int64].self) }, { _ = try row.decode(5, as: String.self) },
            { _ = try row.decode(-1, as: String.self) },
        ]
        for read in wrong {
            let error = #expect(throws: PostgresError.self) { try read() }
            #expect(error?.kind == .decoding)
        }
        await connection.close()
    }

    @Test func `too many parameters are refused and the session goes on`() async throws {
        let connection = try await TestSession.open()
        let error = await #expect(throws: PostgresError.self) {
            try await connection.query("SELECT 1", [Int64](repeating: 0, count: 70_000))
        }
        #expect(error?.kind == .misuse)
        #expect(try await connection.query("SELECT 1").count == 1)
        await connection.close()
    }
}

/// JSON has no equality in SQL terms, but its bytes have.
private struct JSONText: PostgresEncodable, PostgresDecodable, Equatable {
    let json: PostgresJSON
    init(_ json: PostgresJSON) { self.json = json }
    init(field: borrowing PostgresField) throws(PostgresError) { json = try PostgresJSON(field: field) }
    static var postgresType: UInt32 { PostgresJSON.postgresType }
    static var postgresArrayType: UInt32 { PostgresJSON.postgresArrayType }
    func encode(into buffer: inout [UInt8]) -> Bool { json.encode(into: &buffer) }
}
