import Foundation
import FoundationNetworking
import Synchronization

/// Posts events: structured mode of the HTTP Protocol Binding for CloudEvents 1.0.2, section 3.2, one event a request.
enum HTTPDelivery {
    /// The longest pause that a receiver may ask for.
    static let longestPause: Duration = .seconds(3600)

    /// Posts an event. Nil if the receiver took it (2xx), else what was wrong. Of its answer only the status is told: what
    /// stands in the body is its own business.
    /// - Parameter patience: how long the whole of it may take.
    static func post(
        _ event: String,
        to receiver: HTTPReceiver,
        patience: Duration,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) async -> NotificationSink.Failure? {
        var request = URLRequest(url: receiver.url)
        request.httpMethod = "POST"
        // Ours comes first; this one begins anew with each byte.
        request.timeoutInterval = Double(patience.components.seconds) + 60
        request.setValue("application/cloudevents+json; charset=utf-8", forHTTPHeaderField: "Content-Type")
        request.setValue("caseflowd", forHTTPHeaderField: "User-Agent")
        request.httpBody = Data((event.hasSuffix("\n") ? String(event.dropLast()) : event).utf8)
        do {
            if let token = try token(for: receiver, environment) {
                request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization")
            }
        } catch {
            return NotificationSink.Failure(reason: error.description)
        }
        switch await HTTPCalls.shared.call(request, patience: patience) {
        case .answered(let status, let pause): return judge(status, pause, receiver)
        case .failed(let why): return NotificationSink.Failure(reason: "\(receiver) \(why)")
        case .tookTooLong:
            let why = "\(receiver) has not answered after \(patience.components.seconds) seconds"
            return NotificationSink.Failure(reason: why)
        }
    }

    private static func judge(_ status: Int, _ pause: String?, _ receiver: HTTPReceiver) -> NotificationSink.Failure? {
        switch status {
        case 200...299: return nil
        case 300...399:
            let why = "\(receiver) answered \(status): redirections are not followed, name the receiver itself"
            return NotificationSink.Failure(reason: why)
        case 429, 503:
            return NotificationSink.Failure(reason: "\(receiver) answered \(status)", pause: retryAfter(pause))
        default: return NotificationSink.Failure(reason: "\(receiver) answered \(status)")
        }
    }

    /// `Retry-After` in seconds (RFC 9110, section 10.2.3), an hour at most; nil for a date, which nobody sends, and for
    /// anything else.
    static func retryAfter(_ text: String?) -> Duration? {
        guard let text, !text.isEmpty, text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else { return nil }
        return Int64(text).map { min(.seconds($0), longestPause) } ?? longestPause
    }

    private struct Tokenless: Error {
        let description: String
    }

    /// Read anew each time, so that it can be changed while the worker runs.
    private static func token(
        for receiver: HTTPReceiver,
        _ environment: [String: String]
    ) throws(Tokenless) -> String? {
        guard let path = environment[HTTPReceiver.tokenVariable], !path.isEmpty else { return nil }
        guard receiver.isPrivate else {
            throw Tokenless(
                description: "\(receiver): the token of \(HTTPReceiver.tokenVariable) is sent by https only"
            )
        }
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw Tokenless(description: "\(HTTPReceiver.tokenVariable): \(path) cannot be read")
        }
        let token = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !token.isEmpty, token.utf8.allSatisfy({ 0x21...0x7e ~= $0 }) else {
            throw Tokenless(
                description: "\(HTTPReceiver.tokenVariable): \(path) holds no token: one line of ASCII is needed"
            )
        }
        return token
    }
}

/// The HTTP calls that are on their way. One session for the process: it keeps connections open, stores no cookies, no answers
/// and no passwords, and follows no redirection.
private final class HTTPCalls: NSObject, URLSessionDataDelegate, Sendable {
    /// What came of a call.
    enum Outcome: Sendable {
        /// The status, and what `Retry-After` says.
        case answered(Int, retryAfter: String?)
        /// No answer came, for that reason.
        case failed(String)
        case tookTooLong
    }

    private struct Call {
        var continuation: CheckedContinuation<Outcome, Never>
        var outcome: Outcome?
        /// Bytes of the answer's body.
        var size = 0
    }

    static let shared = HTTPCalls()
    /// An answer has nothing to say but its status: of a longer one the rest is not waited for.
    private static let mostBytes = 65_536

    private let calls = Mutex<[Int: Call]>([:])
    private let session = Mutex<URLSession?>(nil)

    private func open() -> URLSession {
        session.withLock { session in
            if let session { return session }
            let configuration = URLSessionConfiguration.ephemeral
            configuration.httpShouldSetCookies = false
            configuration.httpCookieStorage = nil
            configuration.urlCache = nil
            configuration.urlCredentialStorage = nil
            configuration.httpMaximumConnectionsPerHost = 4
            let made = URLSession(configuration: configuration, delegate: self, delegateQueue: nil)
            session = made
            return made
        }
    }

    func call(_ request: URLRequest, patience: Duration) async -> Outcome {
        let task = open().dataTask(with: request)
        let id = task.taskIdentifier
        // The session's own timeout begins anew with each byte: a receiver that drips would hold us for ever.
        let watch = Task {
            do { try await Task.sleep(for: patience) } catch { return }
            end(id, .tookTooLong)
            task.cancel()
        }
        let outcome = await withCheckedContinuation { continuation in
            calls.withLock { $0[id] = Call(continuation: continuation) }
            task.resume()
        }
        watch.cancel()
        return outcome
    }

    /// Ends a call with what it came to, or, where no answer has begun, with `otherwise`. Only the first counts.
    private func end(_ id: Int, _ otherwise: Outcome) {
        let call = calls.withLock { $0.removeValue(forKey: id) }
        call?.continuation.resume(returning: call?.outcome ?? otherwise)
    }

    private func note(_ response: URLResponse, of id: Int) {
        guard let response = response as? HTTPURLResponse else { return }
        let pause = response.value(forHTTPHeaderField: "Retry-After")
        calls.withLock { $0[id]?.outcome = .answered(response.statusCode, retryAfter: pause) }
    }

    func urlSession(
        _ session: URLSession,
        task: URLSessionTask,
        willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest,
        completionHandler: @escaping (URLRequest?) -> Void
    ) {
        note(response, of: task.taskIdentifier)
        end(task.taskIdentifier, .failed("sent us elsewhere"))
        completionHandler(nil)
    }

    func urlSession(
        _ session: URLSession,
        dataTask: URLSessionDataTask,
        didReceive response: URLResponse,
        completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
    ) {
        note(response, of: dataTask.taskIdentifier)
        completionHandler(.allow)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        let size = calls.withLock { calls in
            calls[dataTask.taskIdentifier]?.size += data.count
            return calls[dataTask.taskIdentifier]?.size ?? 0
        }
        guard size > Self.mostBytes else { return }
        end(dataTask.taskIdentifier, .failed("says too much before it answers"))
        dataTask.cancel()
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        if let response = task.response { note(response, of: task.taskIdentifier) }
        end(task.taskIdentifier, .failed(Self.words(for: error)))
    }

    private static func words(for error: (any Error)?) -> String {
        guard let error = error as? URLError else { return "gave no answer" }
        switch error.code {
        case .timedOut: return "has not answered in time"
        case .cannotConnectToHost: return "cannot be reached: the connection was refused, or there is no way to it"
        case .cannotFindHost, .dnsLookupFailed: return "cannot be reached: nobody knows its name"
        case .networkConnectionLost, .badServerResponse: return "has closed the connection without an answer"
        case .secureConnectionFailed, .serverCertificateUntrusted, .serverCertificateHasBadDate,
            .serverCertificateHasUnknownRoot, .serverCertificateNotYetValid:
            return "cannot be trusted: its certificate is not one that this machine knows"
        default:
            // The library's words, such as "SSL certificate problem: …"; nothing of what the receiver said.
            let words = String(error.localizedDescription.prefix { !$0.isNewline }.prefix(150))
            return "gave no answer: \(words) (error \(error.errorCode))"
        }
    }
}
