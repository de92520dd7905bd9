import EventStore
import Foundation
import Support
import Testing

/// One change of a stored log by somebody with all rights, and what is to be found. In `sql`, `#` is the log, `@` the
/// position of its events, `$` the first position of its journal's rows or its requests.
struct Tampering: Sendable, CustomTestStringConvertible {
    let testDescription: String
    private let sql: String
    private let position: Int64
    private let kind: LogDamage.Kind

    init(_ what: String, _ sql: String, _ position: Int64, _ kind: LogDamage.Kind) {
        (testDescription, self.sql, self.position, self.kind) = (what, sql, position, kind)
    }

    /// Makes a log in the database, tampers with it, and looks at what the verifier says. Returns its words.
    @discardableResult
    func judge(in database: TestDatabase) async throws -> String {
        let name = "log-\(UUID().uuidString)"
        let log = try await database.log(name)
        try await Self.prepare(log)
        let sql =
            sql
            .replacing("@", with: "log_id = '#' AND position")
            .replacing("$", with: "log_id = '#' AND first_position")
            .replacing("#", with: name)
        try await tamper(database, "SET search_path = caseflow; \(sql);")
        let damage = try await LogVerifier(log).verify().damage
        #expect(damage?.position == position, "\(String(describing: damage))")
        #expect(damage?.kind == kind, "\(String(describing: damage))")
        await log.close()
        return damage?.reason ?? ""
    }

    /// Ten events: 1 a1, 2 a2, 3 b1, 4 a3, 5 c1 (one request), 6 b2, 7 b3, 8 c2, 9 a4, 10 b4.
    static func prepare(_ log: EventLog) async throws {
        func write(_ name: String, _ count: Int) -> StreamWrite {
            StreamWrite(stream(name), expected: .any, events: (1...count).map { event($0) })
        }
        let requests = [
            [write("a", 2)], [write("b", 1)], [write("a", 1), write("c", 1)], [write("b", 2)], [write("c", 1)],
            [write("a", 1)], [write("b", 1)],
        ]
        for writes in requests { _ = try await log.append(AppendRequest(id: UUID(), writes: writes)) }
        #expect(try await LogVerifier(log).verify().isSound)
    }
}
