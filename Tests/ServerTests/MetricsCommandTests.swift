import Foundation
import PostgresClient
import Support
import Testing

/// Metrics, notifications by HTTP and the doctor's look at the workers, as operators meet them.
@Suite struct MetricsCommandTests {
    private static let database = Task { try await TestCluster.shared.database() }

    private let caseflowd: Caseflowd
    private let log = "metrics-\(UUID().uuidString.lowercased().prefix(8))"

    init() async throws { caseflowd = try Caseflowd(try await Self.database.value) }

    private func run(_ arguments: String..., environment: [String: String] = [:]) async throws -> Caseflowd.Run {
        try await caseflowd.run(arguments + ["--log", log], environment: environment)
    }

    /// A case that was opened long ago, entered now: overdue in every way.
    private func lateCase() async throws {
        let made = try await caseflowd.run(["log", "create", log, "--time-zone", "Asia/Shanghai"])
        #expect(made.status == 0, "\(made.errors)")
        for arguments in [
            ["open", "T-1", "--promise", "5 working-days", "--at", "2026-02-10T09:05"],
            ["accept", "T-1", "--at", "2026-02-10T10:00"],
        ] {
            let done = try await caseflowd.run(["case"] + arguments + ["--log", log, "--actor", "officer/7"])
            #expect(done.status == 0, "\(arguments): \(done.errors)")
        }
    }

    private func samples(_ text: String) throws -> [String: Double] { try Exposition(text).samples }

    private func name(_ metric: String, _ labels: String = "") -> String {
        "\(metric){\(labels.isEmpty ? "log=\"\(log)\"" : labels)}"
    }

    @Test(arguments: [
        ["work", "--metrics", "/nowhere/at/all/x.prom"], ["work", "--metrics", "/dev/null"],
        ["work", "--metrics-every", "5"], ["work", "--metrics", "/tmp/x.prom", "--metrics-every", "0"],
        ["work", "--once", "--metrics", "/tmp/x.prom", "--metrics-every", "5"],
        ["work", "--notify", "http://user:word@host/x"], ["work", "--notify", "http://host"],
        ["metrics", "--log", "A B"],
    ])
    func `a wrong call ends with status 2, a message, and no answer`(arguments: [String]) async throws {
        let caseflowd = try Caseflowd(database: "host=/nonexistent connect_timeout=1")
        let run = try await caseflowd.run(arguments)
        #expect(run.status == 2, "\(run.errors)")
        #expect(!run.errors.isEmpty && run.output.isEmpty && !run.errors.contains("word@"))
    }

    @Test func `one token is not sent to two receivers`() async throws {
        let caseflowd = try Caseflowd(database: "host=/nonexistent connect_timeout=1")
        let arguments = ["work", "--once", "--notify", "https://a.example/x", "--notify", "https://b.example/x"]
        let run = try await caseflowd.run(arguments, environment: ["CASEFLOW_NOTIFY_TOKEN_FILE": "/etc/token"])
        #expect(run.status == 2 && run.errors.contains("one token is for one receiver"), "\(run.errors)")
        // Two paths of one receiver are one; then the database is looked for, which is not there.
        let one = ["work", "--once", "--notify", "https://a.example/x", "--notify", "https://a.example/y"]
        #expect(try await caseflowd.run(one, environment: ["CASEFLOW_NOTIFY_TOKEN_FILE": "/etc/token"]).status == 1)
    }

    @Test func `the figures of a log are told once, as text and as JSON`() async throws {
        try await lateCase()
        // Nobody has worked yet.
        let before = try await run("metrics")
        #expect(before.status == 0, "\(before.errors)")
        let none = try samples(before.output)
        let clocks = "log=\"\(log)\",projection=\"case-clocks\""
        #expect((none[name("caseflow_projection_lag_events", clocks)] ?? 0) >= 2)
        #expect((none[name("caseflow_projection_lag_seconds", clocks)] ?? 0) > 0)

        let file = caseflowd.scratch.path("once.prom")
        let server = try HTTPServer { _, number in number == 0 ? .status(500) : .status(204) }
        defer { server.stop() }
        let worked = try await run("work", "--once", "--json", "--metrics", file, "--notify", server.url())
        #expect(worked.status == 0, "\(worked.errors)")
        let raised = try #require(try worked.json()["raised"] as? Int)
        let once = try samples(try String(contentsOfFile: file, encoding: .utf8))
        let counted = once.filter { $0.key.hasPrefix("caseflow_raised_cards_total{") }.values.reduce(0, +)
        #expect(raised >= 4 && counted == Double(raised))
        #expect(once[name("caseflow_up")] == 1 && once[name("caseflow_due_rungs")] == 0)
        // The first was refused, and waits for its next try; the others were taken.
        let sink = "log=\"\(log)\",sink=\"\(server.url())\""
        #expect(server.requests.count == raised && once[name("caseflow_outbox_waiting", sink)] == 1)
        #expect(worked.errors.contains("1 notifications to \(server.url()) wait"))
        let waiting = try await run("outbox", "--json").json()["notifications"] as? [[String: Any]]
        #expect(waiting?.compactMap { $0["error"] as? String } == ["\(server.url()) answered 500"])
        try await Task.sleep(for: .milliseconds(2200))
        #expect(try await run("work", "--once", "--notify", server.url()).status == 0)
        let bodies = server.requests.map(\.body)
        #expect(bodies.count == raised + 1 && Set(bodies).count == raised && bodies.first == bodies.last)

        let answer = try await run("metrics", "--json").json()
        #expect(answer["log"] as? String == log)
        let metrics = try #require(answer["metrics"] as? [[String: Any]])
        let cards = try #require(metrics.first { $0["name"] as? String == "caseflow_open_cards" })
        #expect(cards["type"] as? String == "gauge" && (cards["help"] as? String)?.isEmpty == false)
        #expect((cards["samples"] as? [[String: Any]])?.isEmpty == false)
    }

    @Test func `a daemon keeps its file up to date, and says at its end that it does no more`() async throws {
        try await lateCase()
        let file = caseflowd.scratch.path("work.prom")
        let server = try HTTPServer { _, _ in .status(202) }
        defer { server.stop() }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(Caseflowd.path))
        process.arguments = [
            "work", "--log", log, "--metrics", file, "--metrics-every", "1", "--notify", server.url("/told"),
        ]
        var surroundings = ProcessInfo.processInfo.environment.filter { name, _ in
            !name.hasPrefix("PG") && !name.hasPrefix("CASEFLOW_")
        }
        surroundings["CASEFLOW_DATABASE_URL"] = caseflowd.database
        process.environment = surroundings
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        defer { if process.isRunning { process.terminate() } }
        func read() throws -> [String: Double] {
            guard FileManager.default.fileExists(atPath: file) else { return [:] }
            return try samples(try String(contentsOfFile: file, encoding: .utf8))
        }
        let deadline = ContinuousClock.now + .seconds(60)
        var now: [String: Double] = [:]
        func isDone() -> Bool {
            now[name("caseflow_workers_alive")] == 1 && now[name("caseflow_due_rungs")] == 0
                && (now[name("caseflow_sweep_seconds_count")] ?? 0) > 3 && now[name("caseflow_counting_seconds")] != nil
                && now[name("caseflow_outbox_waiting", "log=\"\(log)\",sink=\"\(server.url("/told"))\"")] == 0
                && !server.requests.isEmpty
        }
        while ContinuousClock.now < deadline, !isDone() {
            now = try read()
            try await Task.sleep(for: .milliseconds(200))
        }
        #expect(isDone(), "\(now)")
        #expect(now[name("caseflow_up")] == 1)
        let doctor = try await caseflowd("doctor")
        #expect(doctor.output.contains("worker of log \(log): 1 watches its clocks"), "\(doctor.output)")
        process.terminate()
        process.waitUntilExit()
        #expect(process.terminationReason == .exit && process.terminationStatus == 0)
        let last = try read()
        #expect(last[name("caseflow_up")] == 0 && last[name("caseflow_due_rungs")] == nil)
        let raised = last.filter { $0.key.hasPrefix("caseflow_raised_cards_total{") }.values.reduce(0, +)
        #expect(raised >= 4 && Int(raised) == server.requests.count)
        #expect(server.requests.allSatisfy { $0.path == "/told" })
    }

    @Test func `the doctor finds clocks that nobody watches, and what is set aside or dead`() async throws {
        try await lateCase()
        func findings() async throws -> [String: [String: Any]] {
            let all = try await caseflowd("doctor", "--json").json()["findings"] as? [[String: Any]] ?? []
            let own = all.filter { ($0["check"] as? String)?.hasSuffix(" of log \(log)") == true }
            return Dictionary(own.map { ($0["check"] as? String ?? "", $0) }) { first, _ in first }
        }
        // Nobody has computed its clocks: there is nothing to say.
        #expect(try await findings().isEmpty)
        #expect(try await run("late").status == 0)
        let idle = try #require(try await findings()["worker of log \(log)"])
        #expect(idle["level"] as? String == "problem")
        #expect((idle["found"] as? String)?.contains("nobody raises them") == true)
        #expect((idle["mend"] as? String)?.contains("caseflowd work --log \(log)") == true)
        let database = try await Self.database.value.superuser()
        // A worker that lives and raises nothing is no better.
        try await database.query(
            "INSERT INTO caseflow.workers VALUES ($1, gen_random_uuid(), now(), now(), 'resting', 0, 0, 0)",
            [log]
        )
        let idler = try #require(try await findings()["worker of log \(log)"])
        #expect(idler["level"] as? String == "problem")
        #expect((idler["found"] as? String)?.contains("rungs are overdue all the same") == true)
        // What is set aside is another matter.
        try await database.query(
            """
            INSERT INTO caseflow.parked_rungs
            SELECT log_id, stream, clock, ordinal, rung, due_at, 'a test', 1, now(), now() + interval '1 hour'
              FROM caseflow.case_rungs WHERE log_id = $1
            """,
            [log]
        )
        let aside = try await findings()
        #expect(aside["worker of log \(log)"]?["level"] as? String == "ok")
        #expect(aside["escalation of log \(log)"] != nil)
        // Nothing is raised, and what another run has set aside is still amiss.
        let nothing = try await run("work", "--once", "--json")
        #expect(try nothing.status == 1 && nothing.json()["parked"] as? Int == 0)
        #expect(try nothing.json()["standingAside"] as? Int ?? 0 > 0)
        for table in ["workers", "parked_rungs"] {
            try await database.query("DELETE FROM caseflow.\(table) WHERE log_id = $1", [log])
        }
        let script = try caseflowd.scratch.write("no.sh", "#!/bin/sh\nexit 1\n")
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: script)
        #expect(try await run("work", "--once", "--notify", "command:\(script)").status == 0)
        try await database.query(
            "UPDATE caseflow.outbox SET is_dead = true WHERE log_id = $1 AND position = (SELECT max(position) FROM caseflow.outbox WHERE log_id = $1)",
            [log]
        )
        try await database.query(
            """
            INSERT INTO caseflow.parked_rungs
            SELECT log_id, stream, clock, ordinal, 'x', due_at, 'a test', 1, now(), now() + interval '1 hour'
              FROM caseflow.case_cards WHERE log_id = $1 LIMIT 1
            """,
            [log]
        )
        let amiss = try await findings()
        #expect(amiss["outbox of log \(log)"]?["found"] as? String == "1 notification is tried no more")
        #expect(amiss["escalation of log \(log)"]?["found"] as? String == "1 rung is set aside")
        // The dead one stands behind the page, and is told all the same.
        let page = try await run("outbox", "list", "--limit", "1", "--json")
        #expect(try page.status == 1 && page.json()["dead"] as? Int == 1, "\(page.output)")
        let sink = "command:\(script)"
        let unknown = try await run("outbox", "forget", "file:/nowhere")
        #expect(unknown.status == 1 && unknown.errors.contains(sink), "\(unknown.errors)")
        #expect(try await run("outbox", "forget", sink).status == 0)
        #expect(try await run("outbox", "list").status == 0)
        #expect(try await findings()["outbox of log \(log)"] == nil)
        // A worker that was seen just now, and one that was not.
        for (age, isAlive) in [("1 second", true), ("5 minutes", false)] {
            try await database.query(
                """
                INSERT INTO caseflow.workers VALUES ($1, gen_random_uuid(), now(), now() - $2::interval, 'resting', 0, 0, 0)
                """,
                [log, age]
            )
            let worker = try await findings()["worker of log \(log)"]
            #expect((worker?["level"] as? String == "ok") == isAlive, "\(age): \(worker ?? [:])")
            try await database.query("DELETE FROM caseflow.workers WHERE log_id = $1", [log])
        }
        await database.close()
    }
}
