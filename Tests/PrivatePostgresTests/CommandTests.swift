import Testing

@testable import PrivatePostgres

@Suite("Running a program", .timeLimit(.minutes(1)))
struct CommandTests {
    private func shell(_ script: String, input: String? = nil) -> Command {
        Command(words: ["/bin/sh", "-c", script], environment: ["PATH": "/usr/bin:/bin"], input: input)
    }

    @Test("input, both outputs and the status come through; much output does not block")
    func outcome() async throws {
        let outcome = try await shell("cat; echo err >&2; exit 7", input: "in\n").run(timeout: .seconds(20))
        #expect(outcome.status == 7)
        #expect(outcome.output == "in\nerr")
        let much = try await shell("head -c 3000000 /dev/zero | tr '\\0' x").succeed()
        #expect(much.utf8.count == 3_000_000)
    }

    @Test("a program that takes too long is ended, with what it started")
    func timeout() async throws {
        let clock = ContinuousClock()
        let begun = clock.now
        let error = await failure(of: {
            _ = try await shell("echo first; sleep 50 & sleep 50").run(timeout: .seconds(1))
        })
        guard case .commandTimedOut(_, 1, "first") = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(clock.now - begun < .seconds(20))
    }

    @Test("a cancelled task ends its program")
    func cancelled() async throws {
        let task = Task { try await shell("sleep 50").run(timeout: .seconds(60)) }
        try await Task.sleep(for: .milliseconds(200))
        task.cancel()
        await #expect(throws: CancellationError.self) { _ = try await task.value }
    }

    @Test("a program that is not there is an error that names it")
    func absent() async {
        let error = await failure(of: { _ = try await Command(words: ["/nowhere/x"], environment: [:]).succeed() })
        #expect(error?.description.contains("/nowhere/x") == true)
    }
}
