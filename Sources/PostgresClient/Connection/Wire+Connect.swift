import CLibPQ
import Dispatch
import Glibc

extension Wire {
    /// Opens a session without blocking the cooperative pool. libpq tries the hosts in turn.
    static func connect(_ configuration: PostgresConfiguration) async throws -> sending Wire {
        let starting = await begin(configuration)
        guard let pointer = starting.pointer else {
            throw PostgresError(.cannotConnect, "no memory for a connection")
        }
        let deadline = ContinuousClock.now + configuration.connectTimeout
        do {
            try await poll(pointer, until: deadline)
        } catch {
            PQfinish(pointer)
            throw error
        }
        return Wire(pointer)
    }

    private struct Starting: @unchecked Sendable {
        // @unchecked: handed from the thread that made it to the task that waits for it, never shared.
        let pointer: OpaquePointer?
    }

    /// The first step resolves host names, which blocks: it runs on a thread of its own.
    private static func begin(_ configuration: PostgresConfiguration) async -> Starting {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                let pairs = configuration.keywords
                let names = pairs.map { strdup($0.0) }
                let values = pairs.map { strdup($0.1) }
                defer { (names + values).forEach { free($0) } }
                // Both arrays end with a null, as libpq wants; the strings live until after the call.
                let keywords = names.map { UnsafePointer<CChar>($0) } + [nil]
                let contents = values.map { UnsafePointer<CChar>($0) } + [nil]
                let pointer = PQconnectStartParams(keywords, contents, 1)
                continuation.resume(returning: Starting(pointer: pointer))
            }
        }
    }

    private static func poll(_ pointer: OpaquePointer, until deadline: ContinuousClock.Instant) async throws {
        if PQstatus(pointer) == CONNECTION_BAD { throw refusal(pointer) }
        var state = PGRES_POLLING_WRITING
        while true {
            let socket = PQsocket(pointer)
            guard socket >= 0 else { throw refusal(pointer) }
            let timer = Task {
                try await Task.sleep(until: deadline, clock: .continuous)
                SocketReactor.shared.interrupt(socket)
            }
            await SocketReactor.shared.wait(for: state == PGRES_POLLING_READING ? .read : .write, on: socket)
            timer.cancel()
            // libpq may close this socket and open another for the next host.
            SocketReactor.shared.remove(socket)
            try Task.checkCancellation()
            if ContinuousClock.now >= deadline {
                throw PostgresError(.timeout, "no session could be opened in the time allowed", serverMessage: words(pointer))
            }
            state = PQconnectPoll(pointer)
            switch state {
            case PGRES_POLLING_OK: return
            case PGRES_POLLING_FAILED: throw refusal(pointer)
            default: continue
            }
        }
    }

    private static func words(_ pointer: OpaquePointer) -> String {
        String(cString: PQerrorMessage(pointer)).split(separator: "\n").joined(separator: "; ")
    }

    /// libpq gives no SQLSTATE for a refused connection, so the states that matter are told apart by asking it:
    /// `PQconnectionNeedsPassword` and the wait for a server that starts. Its words name hosts, roles and databases.
    private static func refusal(_ pointer: OpaquePointer) -> PostgresError {
        let needsPassword = PQconnectionNeedsPassword(pointer) == 1
        return PostgresError(
            .cannotConnect,
            needsPassword
                ? "no session could be opened: the server wants a password"
                : "no session could be opened",
            sqlState: needsPassword ? "28P01" : nil,
            serverMessage: words(pointer)
        )
    }
}
