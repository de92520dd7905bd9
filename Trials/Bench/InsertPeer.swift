import Foundation
import PostgresClient

/// The peer: `pgbench -M prepared`, one INSERT of one row a transaction, into a table with the columns and indexes of
/// `caseflow.events`, carrying the same bytes; its streams, like ours, have names that begin with the time.
struct InsertPeer {
    let server: BenchServer
    let database: String
    private let script: String

    init(_ server: BenchServer, database: String) async throws {
        self.server = server
        self.database = database
        script = server.directory + "-peer.sql"
        let connection = try await PostgresConnection.connect(server.configuration(database))
        try await connection.script(
            """
            CREATE TABLE peer (
                log_id text COLLATE "C" NOT NULL, position bigserial, stream text COLLATE "C" NOT NULL,
                version bigint NOT NULL, type text COLLATE "C" NOT NULL, effective_at timestamptz NOT NULL,
                recorded_at timestamptz NOT NULL, actor text COLLATE "C" NOT NULL, data json NOT NULL,
                metadata json NOT NULL, leaf bytea NOT NULL,
                PRIMARY KEY (log_id, position), UNIQUE (log_id, stream, version))
            """
        )
        await connection.close()
        let insert = """
            \\set a random(1, 1000000000)
            \\set b random(1, 1000000000)
            INSERT INTO peer (log_id, stream, version, type, effective_at, recorded_at, actor, data, metadata, leaf)
            VALUES ('bench', 'case/' || to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint) || '-7000-' || :a || :b, 1, 'case.received/1', now(), now(), 'officer/1', \
            '\(Writers.data)', '{"request":"018f0000-0000-7000-8000-000000000000"}', \
            '\\x00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff');
            """
        try insert.write(toFile: script, atomically: true, encoding: .utf8)
    }

    /// Transactions a second with this many clients.
    func rate(clients: Int, seconds: Int) async throws -> Double {
        let output = try await server.run([
            "pgbench", "-n", "-M", "prepared", "-c", String(clients), "-j", "2", "-T", String(seconds), "-f", script,
            database,
        ])
        guard let line = output.split(separator: "\n").first(where: { $0.hasPrefix("tps = ") }),
            let rate = Double(line.dropFirst(6).prefix { $0 != " " })
        else { throw BenchFailure("pgbench printed no rate") }
        return rate
    }

    /// Median latency of one client, in microseconds, from pgbench's log of every transaction.
    func lonelyLatency(seconds: Int) async throws -> Double {
        let prefix = server.directory + "-latency"
        try await server.run([
            "pgbench", "-n", "-M", "prepared", "-c", "1", "-T", String(seconds), "-l", "--log-prefix", prefix,
            "-f", script, database,
        ])
        let folder = URL(fileURLWithPath: prefix).deletingLastPathComponent()
        let name = URL(fileURLWithPath: prefix).lastPathComponent
        var latencies: [Double] = []
        for file in try FileManager.default.contentsOfDirectory(atPath: folder.path) where file.hasPrefix(name + ".") {
            let path = folder.appendingPathComponent(file).path
            for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") {
                // client, number, latency in µs, script, seconds, µs
                if let latency = line.split(separator: " ").dropFirst(2).first.flatMap({ Double($0) }) {
                    latencies.append(latency)
                }
            }
            try FileManager.default.removeItem(atPath: path)
        }
        return latencies.median
    }

    func cleanUp() { try? FileManager.default.removeItem(atPath: script) }
}
