import Foundation
import Glibc
import Synchronization

/// A small HTTP/1.1 server on a port of this machine, for what posts notifications: it takes one request a connection, keeps it, and
/// answers as it is told to.
public final class HTTPServer: Sendable {
    /// A request as it came in.
    public struct Request: Sendable, Hashable {
        /// `POST`
        public let method: String
        /// `/cards`
        public let path: String
        /// By name, in lower case.
        public let headers: [String: String]
        /// The body.
        public let body: String
    }

    /// What to answer.
    public enum Reply: Sendable {
        /// A status, with headers and a body.
        case status(Int, headers: [String: String] = [:], body: String = "")
        /// Nothing, for ever: the connection stays open.
        case hang
        /// Nothing: the connection is closed.
        case close
    }

    /// Where it listens; 127.0.0.1.
    public let port: Int
    private let listener: Int32
    private let received = Mutex<[Request]>([])
    private let held = Mutex<[Int32]>([])
    private let answer: @Sendable (Request, Int) -> Reply

    /// Listens until `stop`.
    /// - Parameter answer: says what to answer to a request, and gets how many came before it.
    public init(_ answer: @escaping @Sendable (Request, Int) -> Reply) throws {
        self.answer = answer
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(descriptor, generic, length) == 0 && listen(descriptor, 64) == 0
                    && getsockname(descriptor, generic, &length) == 0
            }
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        guard isListening else { throw POSIXError(.EADDRNOTAVAIL) }
        Thread.detachNewThread { [self] in
            while true {
                let connection = accept(descriptor, nil, nil)
                if connection < 0 {
                    // Closed here alone: elsewhere its number might be another server's before this thread has looked.
                    close(descriptor)
                    return
                }
                Thread.detachNewThread { self.serve(connection) }
            }
        }
    }

    /// The address of a path.
    public func url(_ path: String = "/cards") -> String { "http://127.0.0.1:\(port)\(path)" }

    /// What came in, in order.
    public var requests: [Request] { received.withLock(\.self) }

    /// Listens no more, and lets go of what hangs.
    public func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        held.withLock { held in
            for connection in held { close(connection) }
            held = []
        }
    }

    private func serve(_ connection: Int32) {
        guard let request = read(connection) else {
            close(connection)
            return
        }
        let number = received.withLock { received in
            received.append(request)
            return received.count - 1
        }
        switch answer(request, number) {
        case .hang:
            held.withLock { $0.append(connection) }
            return
        case .close: break
        case .status(let status, let headers, let body):
            var text = "HTTP/1.1 \(status) Answer\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n"
            for (name, value) in headers { text += "\(name): \(value)\r\n" }
            let bytes = Array((text + "\r\n" + body).utf8)
            var sent = 0
            while sent < bytes.count {
                let count = send(connection, Array(bytes[sent...]), bytes.count - sent, Int32(MSG_NOSIGNAL))
                if count <= 0 { break }
                sent += count
            }
        }
        close(connection)
    }

    private func read(_ connection: Int32) -> Request? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        let end = Array("\r\n\r\n".utf8)
        while true {
            if let place = bytes.firstRange(of: end) {
                let lines = String(decoding: bytes[..<place.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
                let words = lines[0].split(separator: " ").map(String.init)
                let headers = Dictionary(
                    lines.dropFirst().map { line in
                        let parts = line.split(separator: ":", maxSplits: 1).map(String.init)
                        return (
                            parts[0].lowercased(), parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
                        )
                    }
                ) { first, _ in first }
                let length = headers["content-length"].flatMap(Int.init) ?? 0
                let body = bytes[place.upperBound...]
                if body.count >= length, words.count == 3 {
                    let text = String(decoding: body.prefix(length), as: UTF8.self)
                    return Request(method: words[0], path: words[1], headers: headers, body: text)
                }
            }
            let count = recv(connection, &buffer, buffer.count, 0)
            if count <= 0 { return nil }
            bytes += buffer[..<count]
        }
    }
}
