import EventStore
import Foundation
import PostgresClient
import Support
import Testing

@testable import CaseFlow

/// Notifications by HTTP: what is posted, what counts as taken, and what does not hold up anybody.
@Suite("Notifications by HTTP")
struct HTTPSinkTests {
    private static let event = #"{"specversion":"1.0","id":"x:1"}"# + "\n"

    /// Posts one event to a server that answers as told. Returns what was wrong, and what the server got.
    private static func post(
        patience: Duration = .seconds(10),
        environment: [String: String] = [:],
        _ answer: @escaping @Sendable (HTTPServer.Request, Int) -> HTTPServer.Reply
    ) async throws -> (failure: NotificationSink.Failure?, requests: [HTTPServer.Request]) {
        let server = try HTTPServer(answer)
        defer { server.stop() }
        let receiver = try HTTPReceiver(server.url())
        let failure = await HTTPDelivery.post(
            event,
            to: receiver,
            patience: patience,
            environment: environment
        )
        return (failure, server.requests)
    }

    @Test(arguments: [
        "http://127.0.0.1:8080/cards", "https://example.org/a/b", "http://[::1]:9/x", "http://host.example/",
    ])
    func `an address is a sink, and is named as it was written`(text: String) throws {
        #expect(try NotificationSink(parsing: text).description == text)
    }

    @Test(arguments: [
        ("http://user:secret@host/x", "user or password"), ("http://user@host/x", "user or password"),
        ("https://host/x?key=secret", "query"), ("https://host/x#secret", "fragment"),
        ("http://host", "is http://HOST"),
        ("http:///x", "is http://HOST"), ("http://host:99999/x", "is http://HOST"),
        ("http://host:0/x", "is http://HOST"),
        ("http://host/a b", "is http://HOST"), ("http://乡镇/x", "is http://HOST"), ("ftp://host/x", "write file:/PATH"),
    ])
    func `an address that holds a secret or is none is refused, and a secret is not repeated`(text: String, why: String)
    {
        #expect(NotificationSink(text) == nil)
        #expect { try NotificationSink(parsing: text) } throws: { error in
            "\(error)".contains(why) && !"\(error)".contains("secret")
        }
    }

    @Test(arguments: [200, 202, 204])
    func `an event is posted in structured mode, and 2xx takes it`(status: Int) async throws {
        let (failure, requests) = try await Self.post { _, _ in .status(status, body: "thanks") }
        #expect(failure == nil)
        let request = try #require(requests.first)
        #expect(requests.count == 1 && request.method == "POST" && request.path == "/cards")
        #expect(request.headers["content-type"] == "application/cloudevents+json; charset=utf-8")
        #expect(request.headers["authorization"] == nil)
        #expect(request.body + "\n" == Self.event)
    }

    @Test(arguments: [400, 401, 404, 410, 500, 502])
    func `any other status is a failure; what the receiver says beside it is not told`(status: Int) async throws {
        let (failure, requests) = try await Self.post { _, _ in
            .status(status, headers: ["WWW-Authenticate": "Basic realm=\"x\""], body: "somebody's secret")
        }
        #expect(requests.count == 1)
        let reason = try #require(failure?.reason)
        #expect(reason.hasPrefix("http://127.0.0.1:") && reason.hasSuffix("/cards answered \(status)"))
        #expect(failure?.pause == nil)
    }

    @Test(arguments: [301, 302, 303, 307, 308])
    func `a redirection is not followed`(status: Int) async throws {
        let (failure, requests) = try await Self.post { request, _ in
            .status(status, headers: ["Location": "http://\(request.headers["host"] ?? "")/elsewhere"])
        }
        #expect(requests.map(\.path) == ["/cards"])
        #expect(failure?.reason.contains("answered \(status): redirections are not followed") == true)
    }

    @Test func `who asks to be left alone for a while is, within bounds`() async throws {
        for (status, text, seconds) in [(503, "120", 120), (429, "999999999999999999999", 3600), (503, "soon", nil)] {
            let (failure, _) = try await Self.post { _, _ in .status(status, headers: ["Retry-After": text]) }
            #expect(failure?.pause == seconds.map { Duration.seconds($0) }, "\(text)")
        }
        // The own pause holds where it is longer.
        #expect(Outbox.pause(after: 1, asked: .seconds(120)) == 120_000_000)
        #expect(Outbox.pause(after: 10, asked: .seconds(120)) == 1_024_000_000)
    }

    @Test func `a receiver that hangs, closes or is not there is told in a line`() async throws {
        let began = ContinuousClock.now
        let (hanging, _) = try await Self.post(patience: .seconds(1)) { _, _ in .hang }
        #expect(hanging?.reason.hasSuffix("has not answered after 1 seconds") == true)
        #expect(.now - began < .seconds(60))
        let (closing, _) = try await Self.post { _, _ in .close }
        #expect(closing?.reason.hasPrefix("http://127.0.0.1:") == true)
        let gone = try HTTPServer { _, _ in .close }
        gone.stop()
        let refused = await HTTPDelivery.post(Self.event, to: try HTTPReceiver(gone.url()), patience: .seconds(5))
        #expect(refused?.reason.contains("the connection was refused") == true, "\(refused?.reason ?? "")")
        for reason in [hanging, closing, refused].compactMap(\.?.reason) { #expect(!reason.contains("\n")) }
    }

    @Test func `a token stands in a file, is read anew, and leaves the machine by https only`() async throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("token-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let environment = [HTTPReceiver.tokenVariable: path]
        let missing = try await Self.post(environment: environment) { _, _ in .status(204) }
        #expect(missing.failure?.reason.hasSuffix("\(path) cannot be read") == true && missing.requests.isEmpty)
        for token in ["first", "second"] {
            try Data("\(token)\n".utf8).write(to: URL(fileURLWithPath: path))
            let (failure, requests) = try await Self.post(environment: environment) { _, _ in .status(204) }
            #expect(failure == nil && requests.first?.headers["authorization"] == "Bearer \(token)")
        }
        let open = try HTTPReceiver("http://receiver.example/x")
        let refused = await HTTPDelivery.post(Self.event, to: open, patience: .seconds(1), environment: environment)
        #expect(refused?.reason.hasSuffix("is sent by https only") == true)
        try Data("two words\nand lines".utf8).write(to: URL(fileURLWithPath: path))
        let bad = try await Self.post(environment: environment) { _, _ in .status(204) }
        #expect(bad.failure?.reason.contains("holds no token") == true && bad.requests.isEmpty)
    }
}
