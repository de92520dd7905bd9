import PostgresClient
import Support
import Testing

@Suite struct ConnectionTests {
    @Test func `a statement returns its rows`() async throws {
        let connection = try await TestCluster.shared.emptyDatabase().superuser()
        let rows = try await connection.query("SELECT $1::bigint + 1, $2::text", [Int64(41), "x"])
        #expect(try rows[0].decode(0, as: Int64.self) == 42)
        #expect(try rows[0].decode(1, as: String.self) == "x")
        await connection.close()
    }
}
