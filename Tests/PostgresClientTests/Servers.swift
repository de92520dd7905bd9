import Foundation
import Glibc
import PostgresClient
import PrivatePostgres
import Support

/// A PostgreSQL of a test's own, which it may stop.
struct SeparateServer {
    let cluster: PrivateCluster
    let configuration: PostgresConfiguration
    private let directory: String

    /// A new server; with `hba`, under these rules of authentication.
    static func start(hba: String? = nil) async throws -> SeparateServer {
        let directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("caseflow-client-\(UUID().uuidString.prefix(8))").path
        let cluster = try PrivateCluster(
            stateDirectory: directory,
            extraSettings: ["fsync": "off", "shared_buffers": "16MB"]
        )
        let endpoint = try await cluster.start()
        let server = SeparateServer(
            cluster: cluster,
            configuration: PostgresConfiguration(overrides: endpoint.connectionParameters(database: "postgres")),
            directory: directory
        )
        if let hba {
            let admin = try await PostgresConnection.connect(server.configuration)
            try await admin.script(
                "COPY (SELECT \(quoted(hba))) TO PROGRAM \(quoted("printf '%b' \"$(cat)\" > pg_hba.conf"))"
            )
            try await admin.query("SELECT pg_reload_conf()")
            try await Task.sleep(for: .milliseconds(300))
            await admin.close()
        }
        return server
    }

    func stop() async throws { _ = try await cluster.stop() }

    func remove() { try? FileManager.default.removeItem(atPath: directory) }

    private static func quoted(_ text: String) -> String {
        "'" + text.replacingOccurrences(of: "'", with: "''") + "'"
    }
}

/// Listens on a TCP port of 127.0.0.1 and never says a word.
final class SilentServer: Sendable {
    let port: Int
    private let socket: Int32

    init() throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let socket = socket
        // The address is a sockaddr_in of the length that is told.
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(socket, pointer, length) == 0 && listen(socket, 8) == 0
                    && getsockname(socket, pointer, &length) == 0
            }
        }
        guard socket >= 0, status else { throw POSIXError(.EADDRNOTAVAIL) }
        port = Int(UInt16(bigEndian: address.sin_port))
    }

    deinit { close(socket) }
}
