import CLibPQ
import Glibc
import Synchronization

/// One thread that waits for all sockets of the process with epoll(7), so that no thread of the cooperative pool
/// ever blocks on the network.
///
/// A socket has at most one waiter. Every registration is one-shot: it fires once and is then armed again by the next
/// `wait`. `interrupt` ends a wait early, for a socket that is about to be closed or has something new to send.
final class SocketReactor: Sendable {
    struct Interest: OptionSet, Sendable {
        let rawValue: UInt32
        static let read = Interest(rawValue: UInt32(EPOLLIN.rawValue))
        static let write = Interest(rawValue: UInt32(EPOLLOUT.rawValue))
    }

    static let shared = SocketReactor()

    private struct State {
        var waiters: [Int32: CheckedContinuation<Void, Never>] = [:]
        /// Sockets that were interrupted while nobody waited: their next wait returns at once.
        var interrupted: Set<Int32> = []
        /// Sockets that were given to epoll. May hold one that was closed since: epoll tells, and it is added anew.
        var known: Set<Int32> = []
    }

    private let epoll: Int32
    private let state = Mutex(State())

    private init() {
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        precondition(epoll >= 0, "epoll_create1 failed with errno \(errno)")
        var thread = pthread_t()
        // The reactor lives as long as the process, so the unretained pointer given to its thread stays valid.
        let context = Unmanaged.passUnretained(self).toOpaque()
        let status = pthread_create(
            &thread,
            nil,
            { context in
                guard let context else { return nil }
                return Unmanaged<SocketReactor>.fromOpaque(context).takeUnretainedValue().run()
            },
            context
        )
        precondition(status == 0, "pthread_create failed with \(status)")
        pthread_detach(thread)
    }

    /// Suspends until the socket is ready, has failed, or `interrupt` is called. May return for no reason: callers
    /// look again.
    func wait(for interest: Interest, on socket: Int32) async {
        await withCheckedContinuation { continuation in
            // The continuation is in `waiters` before the kernel is asked, so that no event finds nobody.
            let resumeNow = state.withLock { state -> CheckedContinuation<Void, Never>? in
                if state.interrupted.remove(socket) != nil { return continuation }
                let previous = state.waiters.updateValue(continuation, forKey: socket)
                precondition(previous == nil, "two wait for one socket")
                return arm(socket, interest, &state.known) ? nil : state.waiters.removeValue(forKey: socket)
            }
            resumeNow?.resume()
        }
    }

    /// Ends the wait on this socket, or the next one.
    func interrupt(_ socket: Int32) {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            let waiter = state.waiters.removeValue(forKey: socket)
            if waiter == nil { state.interrupted.insert(socket) }
            return waiter
        }
        waiter?.resume()
    }

    /// Forgets a socket before it is closed; a waiter is resumed.
    func remove(_ socket: Int32) {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.interrupted.remove(socket)
            if state.known.remove(socket) != nil { epoll_ctl(epoll, EPOLL_CTL_DEL, socket, nil) }
            return state.waiters.removeValue(forKey: socket)
        }
        waiter?.resume()
    }

    /// Under the lock. False when the kernel does not know the descriptor.
    private func arm(_ socket: Int32, _ interest: Interest, _ known: inout Set<Int32>) -> Bool {
        var event = epoll_event()
        event.events = interest.rawValue | EPOLLONESHOT.rawValue | EPOLLRDHUP.rawValue
        event.data.fd = socket
        if known.contains(socket), epoll_ctl(epoll, EPOLL_CTL_MOD, socket, &event) == 0 { return true }
        known.insert(socket)
        return epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event) == 0
    }

    private func run() -> UnsafeMutableRawPointer? {
        var events = [epoll_event](repeating: epoll_event(), count: 64)
        while true {
            let count = epoll_wait(epoll, &events, Int32(events.count), -1)
            if count < 0 { continue }  // EINTR
            for index in 0..<Int(count) {
                let socket = events[index].data.fd
                let waiter = state.withLock { $0.waiters.removeValue(forKey: socket) }
                waiter?.resume()
            }
        }
    }
}
