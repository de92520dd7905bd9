import CLibPQ
import Glibc

/// One thread that waits for all sockets of the process with epoll(7), so that no thread of the cooperative pool
/// ever blocks on the network.
///
/// A socket has at most one waiter. Every registration is one-shot: it fires once and is then armed again by the next
/// `wait`. `interrupt` ends a wait early, for a socket that is about to be closed or has something new to send.
final class SocketReactor: @unchecked Sendable {
    // @unchecked: `waiters` is only touched under `lock`; the descriptors are constant.
    struct Interest: OptionSet, Sendable {
        let rawValue: UInt32
        static let read = Interest(rawValue: UInt32(EPOLLIN.rawValue))
        static let write = Interest(rawValue: UInt32(EPOLLOUT.rawValue))
    }

    static let shared = SocketReactor()

    private let epoll: Int32
    private let lock = Lock()
    private var waiters: [Int32: CheckedContinuation<Void, Never>] = [:]
    /// Sockets that were interrupted while nobody waited: their next wait returns at once.
    private var interrupted: Set<Int32> = []
    private var known: Set<Int32> = []

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

    /// Suspends until the socket is ready, has failed, or `interrupt` is called.
    func wait(for interest: Interest, on socket: Int32) async {
        await withCheckedContinuation { continuation in
            let resumeNow = lock.withLock { () -> Bool in
                if interrupted.remove(socket) != nil { return true }
                waiters[socket] = continuation
                return !arm(socket, interest)
            }
            if resumeNow {
                _ = lock.withLock { waiters.removeValue(forKey: socket) }
                continuation.resume()
            }
        }
    }

    /// Ends the wait on this socket, or the next one.
    func interrupt(_ socket: Int32) {
        let waiter = lock.withLock { () -> CheckedContinuation<Void, Never>? in
            let waiter = waiters.removeValue(forKey: socket)
            if waiter == nil { interrupted.insert(socket) }
            return waiter
        }
        waiter?.resume()
    }

    /// Forgets a socket before it is closed; a waiter is resumed.
    func remove(_ socket: Int32) {
        let waiter = lock.withLock { () -> CheckedContinuation<Void, Never>? in
            interrupted.remove(socket)
            if known.remove(socket) != nil { epoll_ctl(epoll, EPOLL_CTL_DEL, socket, nil) }
            return waiters.removeValue(forKey: socket)
        }
        waiter?.resume()
    }

    /// Under the lock. False when the kernel does not know the descriptor.
    private func arm(_ socket: Int32, _ interest: Interest) -> Bool {
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
                let waiter = lock.withLock { waiters.removeValue(forKey: socket) }
                waiter?.resume()
            }
        }
    }
}

/// A mutex for a few instructions' worth of state.
final class Lock: @unchecked Sendable {
    // @unchecked: the mutex is allocated once and never moves, which is what pthread asks for.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>

    init() {
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    func withLock<Result>(_ body: () throws -> Result) rethrows -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body()
    }
}
