import EventStore
import PostgresClient
import Support
import Testing

/// A direct call of the append function, past the appender: one event that begins `case/9`, unless parameters are given
/// otherwise, as SQL expressions.
func rawAppend(_ changes: [String: String]) -> String {
    let usual = [
        ("log", "'test'"), ("imported", "false"), ("careful", "false"), ("request", "ARRAY[gen_random_uuid()]"),
        ("request_events", "'{1}'"), ("stream", "'{case/9}'"), ("version", "'{1}'"), ("type", "'{t/1}'"),
        ("effective", "ARRAY[now()]"), ("recorded", "ARRAY[clock_timestamp()]"), ("actor", "'{a}'"),
        ("data", "ARRAY['{}'::json]"), ("metadata", "ARRAY['{}'::json]"), ("leaf", "ARRAY[sha256('')]"),
        ("prior_leaf", "ARRAY[NULL::bytea]"), ("last", "'{t}'"),
    ]
    let known = Set(usual.map(\.0))
    precondition(known.isSuperset(of: changes.keys), "no such parameter")
    return "SELECT caseflow.append(\(usual.map { changes[$0.0] ?? $0.1 }.joined(separator: ", ")))"
}

/// One parameter given otherwise.
func rawAppend(_ parameter: String, _ expression: String) -> String { rawAppend([parameter: expression]) }

/// Two events of two requests on one stream that stands at version 1 with the leaf `sha256('')`.
private func rawPair(_ changes: [String: String]) -> String {
    rawAppend(
        [
            "request": "ARRAY[gen_random_uuid(), gen_random_uuid()]", "request_events": "'{1,1}'",
            "stream": "'{case/9,case/9}'", "version": "'{2,3}'", "type": "'{t/1,t/1}'",
            "effective": "ARRAY[now(), now()]", "recorded": "ARRAY[clock_timestamp(), clock_timestamp() + '1 us']",
            "actor": "'{a,a}'", "data": "ARRAY['{}','{}']::json[]", "metadata": "ARRAY['{}','{}']::json[]",
            "leaf": "ARRAY[sha256('1'), sha256('2')]", "prior_leaf": "ARRAY[sha256(''), NULL]", "last": "'{f,t}'",
        ].merging(changes) { $1 }
    )
}

@Suite("The append function, called by hand")
struct RawAppendTests {
    /// What the function answers as the application's role, and that nothing is stored when it refuses.
    private func outcomes(of calls: [String], after first: String? = nil) async throws -> [SQLState?] {
        let database = try await TestCluster.shared.database()
        let log = try await database.log()
        let app = try await database.connect()
        if let first { try await app.query(first) }
        let head = try await log.head()
        var states: [SQLState?] = []
        for call in calls {
            states.append(try await refusal(app, call))
            let count = try await app.query("SELECT count(*) FROM caseflow.events")[0].decode(0, as: Int64.self)
            #expect(try await log.head() == head && count == head)
        }
        await app.close()
        return states
    }

    @Test func `one event is stored, and the next on top of it`() async throws {
        let database = try await TestCluster.shared.database()
        let log = try await database.log()
        let app = try await database.connect()
        #expect(try await refusal(app, rawAppend([:])) == nil)
        #expect(try await refusal(app, rawAppend(["version": "'{2}'", "prior_leaf": "ARRAY[sha256('')]"])) == nil)
        #expect(try await log.head() == 2)
        #expect(try await refusal(app, rawAppend([:])) == "23505")
        await app.close()
    }

    @Test(arguments: ["false", "true"])
    func `one event whose arrays disagree is refused`(careful: String) async throws {
        let wrong: [[String: String]] = [
            ["request_events": "'{0}'"], ["request_events": "'{2}'"], ["request_events": "'{}'"],
            ["request_events": "'{1,1}'"], ["request_events": "'{NULL}'"], ["request_events": "'{2,-1}'"],
            ["version": "'{2}'"], ["version": "'{0}'"], ["version": "'{-1}'"], ["version": "'{99999}'"],
            ["version": "'{NULL}'"], ["prior_leaf": "ARRAY[sha256('')]"], ["last": "'{f}'"], ["last": "'{NULL}'"],
            ["last": "'{}'"],
        ]
        let calls = wrong.map { rawAppend($0.merging(["careful": careful]) { $1 }) }
        for (call, state) in zip(calls, try await outcomes(of: calls)) { #expect(state == "ZC004", "\(call)") }
    }

    @Test(arguments: ["false", "true"])
    func `a column that is missing or too long, or a leaf that is none, is refused`(careful: String) async throws {
        let wrong: [[String: String]] = [
            ["stream": "'{}'"], ["type": "'{}'"], ["data": "'{}'::json[]"], ["actor": "'{a,b}'"], ["type": "'{a,b}'"],
            ["leaf": "'{}'::bytea[]"], ["leaf": "ARRAY[sha256(''), sha256('')]"], ["leaf": "ARRAY['x'::bytea]"],
            ["stream": "ARRAY[E'case/9\\nx']"], ["type": "ARRAY[E't/1\\n2020-01-01']"], ["actor": "ARRAY[E'a\\nb']"],
            ["type": "ARRAY['']"], ["actor": "ARRAY['']"], ["effective": "ARRAY[timestamptz 'infinity']"],
            ["effective": "ARRAY[timestamptz '12000-01-01']"], ["recorded": "ARRAY[timestamptz '2099-01-01']"],
            ["recorded": "'{NULL}'::timestamptz[]"],
        ]
        let calls = wrong.map { rawAppend($0.merging(["careful": careful]) { $1 }) }
        for (call, state) in zip(calls, try await outcomes(of: calls)) { #expect(state != nil, "\(call)") }
    }

    @Test func `two events whose versions, order, heads or leaves do not fit are refused`() async throws {
        let wrong: [[String: String]] = [
            ["version": "'{3,4}'"], ["version": "'{2,4}'"], ["version": "'{3,2}'"], ["version": "'{2,2}'"],
            ["version": "'{1,2}'"], ["version": "'{2,99999}'"], ["last": "'{t,t}'"], ["last": "'{t,f}'"],
            ["last": "'{f,f}'"], ["last": "'{f,NULL}'"], ["last": "'{NULL,t}'"],
            ["prior_leaf": "'{NULL,NULL}'::bytea[]"], ["prior_leaf": "ARRAY[sha256(''), sha256('1')]"],
            ["recorded": "ARRAY[clock_timestamp(), clock_timestamp() - interval '1 s']"],
            ["stream": "'{case/9,case/8}'"], ["request_events": "'{2,0}'"], ["request_events": "'{3,-1}'"],
        ]
        let states = try await outcomes(of: wrong.map(rawPair), after: rawAppend([:]))
        for (change, state) in zip(wrong, states) {
            // A batch that is sound in itself but stands on another version or leaf is told so, and stores nothing.
            let isSound = change["version"] == "'{3,4}'"
            #expect(state == (isSound ? nil : "ZC004"), "\(change)")
        }
        #expect(
            try await outcomes(of: [rawPair(["prior_leaf": "ARRAY[sha256('x'), NULL]"])], after: rawAppend([:])) == [
                nil
            ]
        )
    }

    @Test func `two events that fit are stored, and their stream's head is the last of them`() async throws {
        let database = try await TestCluster.shared.database()
        let log = try await database.log()
        let app = try await database.connect()
        try await app.query(rawAppend([:]))
        try await app.query(rawPair([:]))
        #expect(try await log.head() == 3)
        let row = try await app.query(
            "SELECT version, head_leaf = sha256('2') FROM caseflow.streams WHERE stream = 'case/9'"
        )[0]
        #expect(try row.decode(0, as: Int64.self) == 3 && row.decode(1))
        await app.close()
    }
}
