import Testing

@testable import PrivatePostgres

@Suite("Which directory holds the private database")
struct StateDirectoryTests {
    private func choose(
        _ flag: String? = nil,
        _ environment: [String: String] = [:],
        root: Bool = false
    ) -> String {
        PrivateCluster.stateDirectory(flag: flag, environment: environment, isRoot: root, home: "/home/ana")
    }

    @Test("the flag wins over everything")
    func flag() {
        #expect(choose("/a", ["CASEFLOW_STATE_DIR": "/b", "XDG_STATE_HOME": "/c"], root: true) == "/a")
    }

    @Test("then the environment, root or not")
    func environment() {
        #expect(choose(nil, ["CASEFLOW_STATE_DIR": "/b", "XDG_STATE_HOME": "/c"]) == "/b")
        #expect(choose("", ["CASEFLOW_STATE_DIR": "/b"], root: true) == "/b")
    }

    @Test("then, for root, the system's place")
    func root() {
        #expect(choose(nil, ["XDG_STATE_HOME": "/c", "CASEFLOW_STATE_DIR": ""], root: true) == "/var/lib/caseflow")
    }

    @Test("then the user's own; a relative XDG path does not count")
    func user() {
        #expect(choose(nil, ["XDG_STATE_HOME": "/c/"]) == "/c/caseflow")
        #expect(choose(nil, ["XDG_STATE_HOME": "c"]) == "/home/ana/.local/state/caseflow")
        #expect(choose() == "/home/ana/.local/state/caseflow")
    }

    @Test("a path is made absolute; what cannot work is refused")
    func layout() throws {
        #expect(try Layout(stateDirectory: "/nowhere/./x/../y/").state == "/nowhere/y")
        #expect(try Layout(stateDirectory: "z").state.hasSuffix("/z"))
        #expect(try Layout(stateDirectory: "/a/b").ancestors == ["/", "/a"])
        for bad in ["", "/", "/a$b", "/a\"b", "/a\nb", "/tmp/.."] {
            #expect(throws: PrivateClusterError.self) { try Layout(stateDirectory: bad) }
        }
    }

    @Test("the socket moves to a short directory one byte after the kernel's limit")
    func socketLength() throws {
        // /run/.s.PGSQL.5432 is 18 bytes long.
        let fits = "/" + String(repeating: "d", count: 107 - 18 - 1)
        #expect(try Layout(stateDirectory: fits).socketDirectory(uid: 7) == fits + "/run")
        let short = try Layout(stateDirectory: fits + "d").socketDirectory(uid: 7)
        #expect(short.hasPrefix("/tmp/caseflow-7-"))
        #expect(short == (try Layout(stateDirectory: fits + "d").socketDirectory(uid: 7)))
        #expect(short != (try Layout(stateDirectory: fits + "e").socketDirectory(uid: 7)))
    }

    @Test(
        "the major version in what `postgres --version` prints",
        arguments: [
            ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", "15"), ("postgres (PostgreSQL) 18beta1", "18"),
            ("postgres (PostgreSQL) 9.6.24", "9.6"), ("postgres (EnterpriseDB)", nil), ("", nil),
        ] as [(String, String?)]
    )
    func version(text: String, major: String?) {
        #expect(ServerBinaries.major(in: text) == major)
    }
}
