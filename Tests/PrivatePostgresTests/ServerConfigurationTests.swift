import Testing

@testable import PrivatePostgres

@Suite("The server's configuration file")
struct ServerConfigurationTests {
    @Test("the caller's settings come last, under a heading, quoted as PostgreSQL reads them")
    func text() throws {
        let text = try ServerConfiguration(
            socketDirectory: "/s, t",
            extra: ["fsync": "off", "myapp.note": "it's a \\ \n b"]
        ).text
        let lines = text.split(separator: "\n").map { String($0) }
        #expect(lines.contains("unix_socket_directories = '\"/s, t\"'"))
        #expect(lines.contains("listen_addresses = ''"))
        let heading = try #require(lines.firstIndex { $0.hasPrefix("# Asked for") })
        #expect(lines[(heading + 1)...] == ["fsync = 'off'", "myapp.note = 'it''s a \\\\ \\n b'"])
    }

    @Test(
        "a name that is none, or that is ours, is refused",
        arguments: ["", "fsync off", "1a", "listen_addresses", "Port", "a\nb", "naïve"]
    )
    func refused(name: String) {
        #expect(throws: PrivateClusterError.self) {
            try PrivateCluster(stateDirectory: "/nowhere", extraSettings: [name: "1"])
        }
    }
}
