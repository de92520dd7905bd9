import Foundation
import Glibc
import Synchronization

/// Stands between a client and PostgreSQL on a unix socket and cuts each connection after a random number of bytes, in
/// the middle of whatever is going on: of a message, of a row, of an answer to a commit.
///
/// Plain threads and blocking sockets: the thing that cuts should not depend on what it cuts. Unsafe pointers are lent
/// to system calls for the length of the call only.
final class CuttingProxy: Sendable {
    private struct State {
        var dice: Dice
        var cuts = 0
        var connections = 0
        var longest = 6_000_000
        var isClosed = false
    }

    /// What a client takes as `host`.
    let directory: String
    private let target: String
    private let listener: Int32
    private let state: Mutex<State>

    /// Listens in `directory`, which must exist, as the server of `target` would.
    init(in directory: String, to target: String, port: Int, seed: UInt64) throws {
        self.directory = directory
        self.target = "\(target)/.s.PGSQL.\(port)"
        state = Mutex(State(dice: Dice(seed)))
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        let path = "\(directory)/.s.PGSQL.\(port)"
        let bound = Self.withAddress(path) { bind(listener, $0, $1) }
        guard bound == 0, listen(listener, 64) == 0 else { throw TrialBroken("no socket at \(path): errno \(errno)") }
        Thread.detachNewThread { self.accept() }
    }

    /// Connections that were cut so far.
    var cuts: Int { state.withLock { $0.cuts } }

    /// No connection that begins from now on lives longer than so many bytes.
    func cut(after bytes: Int) { state.withLock { $0.longest = bytes } }

    /// Takes no further connections.
    func close() {
        state.withLock { $0.isClosed = true }
        shutdown(listener, Int32(SHUT_RDWR))
        Glibc.close(listener)
    }

    private func accept() {
        while true {
            let client = Glibc.accept(listener, nil, nil)
            if client < 0 {
                if state.withLock({ $0.isClosed }) || errno != EINTR { return }
                continue
            }
            let server = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            guard Self.withAddress(target, { connect(server, $0, $1) }) == 0 else {
                Glibc.close(client)
                Glibc.close(server)
                continue
            }
            let budget = state.withLock { state -> Int in
                state.connections += 1
                // From within the first exchange to the longest life, each order of magnitude alike.
                return Int(exp(Double.random(in: log(600.0)...log(Double(state.longest)), using: &state.dice)))
            }
            let line = Line(client: client, server: server, budget: budget)
            Thread.detachNewThread { self.pump(line, from: client, to: server) }
            Thread.detachNewThread { self.pump(line, from: server, to: client) }
        }
    }

    /// One connection: two threads, one budget.
    private final class Line: Sendable {
        let client: Int32
        let server: Int32
        private let state: Mutex<(budget: Int, open: Int)>

        init(client: Int32, server: Int32, budget: Int) {
            self.client = client
            self.server = server
            state = Mutex((budget, 2))
        }

        /// How many of so many bytes may pass.
        func spend(_ bytes: Int) -> Int {
            state.withLock { state in
                let allowed = min(bytes, state.budget)
                state.budget -= allowed
                return allowed
            }
        }

        /// Ends both directions; the second thread to come closes.
        func leave() {
            shutdown(client, Int32(SHUT_RDWR))
            shutdown(server, Int32(SHUT_RDWR))
            let left = state.withLock { state -> Int in
                state.open -= 1
                return state.open
            }
            if left == 0 {
                Glibc.close(client)
                Glibc.close(server)
            }
        }
    }

    private func pump(_ line: Line, from source: Int32, to sink: Int32) {
        defer { line.leave() }
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = buffer.withUnsafeMutableBytes { read(source, $0.baseAddress, $0.count) }
            if count <= 0 { return }
            let allowed = line.spend(count)
            var sent = 0
            while sent < allowed {
                let written = buffer.withUnsafeBytes { bytes in
                    send(sink, bytes.baseAddress.map { $0 + sent }, allowed - sent, Int32(MSG_NOSIGNAL))
                }
                if written <= 0 { return }
                sent += written
            }
            if allowed < count {
                state.withLock { $0.cuts += 1 }
                return
            }
        }
    }

    private static func withAddress(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let capacity = MemoryLayout.size(ofValue: address.sun_path)
        precondition(bytes.count < capacity, "the path of a unix socket has at most \(capacity - 1) bytes")
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
