import CLibPQ
import Dispatch
import Glibc

extension Wire {
    /// Opens a session without blocking the cooperative pool. libpq tries the hosts in turn, and goes on to the next
    /// by itself where one refuses. A host that does not answer at all it would wait for without end: such a host gets
    /// its share of the time and is then struck off the list.
    static func connect(_ configuration: PostgresConfiguration) async throws -> sending Wire {
        if let flaw = ConnectionString.flaw(in: configuration.connectionString) { throw flaw }
        let deadline = ContinuousClock.now + configuration.connectTimeout
        var configuration = configuration
        while true {
            let starting = await begin(configuration)
            guard let pointer = starting.pointer else {
                throw PostgresError(.cannotConnect, "no memory for a connection")
            }
            do {
                guard let silent = try await poll(pointer, until: deadline) else { return Wire(pointer) }
                PQfinish(pointer)
                configuration = configuration.with(silent)
            } catch {
                PQfinish(pointer)
                throw error
            }
        }
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
                // So that the words of a refusal hold its SQLSTATE; see `sqlState(in:)`.
                _ = PQsetErrorVerbosity(pointer, PQERRORS_VERBOSE)
                // libpq prints notices to standard error, and they may quote data.
                _ = PQsetNoticeProcessor(pointer, { _, _ in }, nil)
                continuation.resume(returning: Starting(pointer: pointer))
            }
        }
    }

    /// Nil when the session is open; else the host list without a host that did not answer.
    private static func poll(
        _ pointer: OpaquePointer,
        until deadline: ContinuousClock.Instant
    ) async throws -> [String: String]? {
        if PQstatus(pointer) == CONNECTION_BAD { throw refusal(pointer) }
        var state = PGRES_POLLING_WRITING
        var host = HostList.Current(pointer)
        var tried = 1
        let hosts = HostList(pointer)
        var limit = share(of: deadline, among: hosts.count)
        while true {
            let socket = PQsocket(pointer)
            guard socket >= 0 else { throw refusal(pointer) }
            try await wait(for: state == PGRES_POLLING_READING ? .read : .write, on: socket, until: limit)
            try Task.checkCancellation()
            if ContinuousClock.now >= limit {
                if ContinuousClock.now < deadline, let others = hosts.without(host) { return others }
                throw PostgresError(
                    .timeout,
                    "no session could be opened in the time allowed",
                    serverMessage: words(pointer)
                )
            }
            // Only a ready socket: libpq takes the call itself as the news that it is.
            guard isReady(socket) else { continue }
            state = PQconnectPoll(pointer)
            switch state {
            case PGRES_POLLING_OK: return nil
            case PGRES_POLLING_FAILED: throw refusal(pointer)
            default: break
            }
            let now = HostList.Current(pointer)
            if now != host {
                host = now
                tried += 1
                limit = share(of: deadline, among: max(1, hosts.count - tried + 1))
            }
        }
    }

    private static func share(of deadline: ContinuousClock.Instant, among hosts: Int) -> ContinuousClock.Instant {
        let now = ContinuousClock.now
        return now + (deadline - now) / max(1, hosts)
    }

    private static func wait(
        for interest: SocketReactor.Interest,
        on socket: Int32,
        until limit: ContinuousClock.Instant
    ) async throws {
        // A late interrupt meets a socket that has been removed, or at worst wakes another wait for nothing.
        let timer = Task {
            try await Task.sleep(until: limit, clock: .continuous)
            SocketReactor.shared.interrupt(socket)
        }
        await withTaskCancellationHandler {
            await SocketReactor.shared.wait(for: interest, on: socket)
        } onCancel: {
            SocketReactor.shared.interrupt(socket)
        }
        timer.cancel()
        // libpq may close this socket and open another for the next host.
        SocketReactor.shared.remove(socket)
    }

    private static func isReady(_ socket: Int32) -> Bool {
        var state = pollfd(fd: socket, events: Int16(POLLIN) | Int16(POLLOUT), revents: 0)
        return Glibc.poll(&state, 1, 0) > 0
    }

    private static func words(_ pointer: OpaquePointer) -> String {
        String(cString: PQerrorMessage(pointer)).split(separator: "\n").joined(separator: "; ")
    }

    /// A refusal. Its words name hosts, roles and databases.
    private static func refusal(_ pointer: OpaquePointer) -> PostgresError {
        let words = words(pointer)
        let state = sqlState(in: words) ?? (PQconnectionNeedsPassword(pointer) == 1 ? "28P01" : nil)
        return PostgresError(.cannotConnect, "no session could be opened", sqlState: state, serverMessage: words)
    }

    /// libpq has no function that tells the SQLSTATE of a refused connection. But what it says, when asked to be
    /// verbose, is built as severity, colon, two blanks, SQLSTATE, colon; only the severity is ever translated. Of
    /// several hosts' answers the last counts. Nil when no server answered.
    static func sqlState(in words: String) -> SQLState? {
        let bytes = Array(words.utf8)
        let marks = Array(":  ".utf8)
        guard bytes.count >= 9 else { return nil }
        for start in stride(from: bytes.count - 9, through: 0, by: -1)
        where bytes[start..<(start + 3)].elementsEqual(marks) && bytes[start + 8] == UInt8(ascii: ":") {
            let code = bytes[(start + 3)..<(start + 8)]
            let isCode = code.allSatisfy {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
            }
            if isCode { return SQLState(String(decoding: code, as: UTF8.self)) }
        }
        return nil
    }
}

/// The hosts of a connection as libpq has put them together from all its sources.
struct HostList {
    /// The host that is tried now.
    struct Current: Equatable {
        let name: String
        let port: String

        init(_ pointer: OpaquePointer) {
            // Both point into the PGconn and are copied here.
            name = PQhost(pointer).map { String(cString: $0) } ?? ""
            port = PQport(pointer).map { String(cString: $0) } ?? ""
        }
    }

    private var lists: [String: [String]] = [:]

    init(_ pointer: OpaquePointer) {
        guard let options = PQconninfo(pointer) else { return }
        defer { PQconninfoFree(options) }
        var option = options
        // The array ends with an option without a keyword.
        while let keyword = option.pointee.keyword {
            let name = String(cString: keyword)
            if ["host", "hostaddr", "port"].contains(name), let value = option.pointee.val {
                lists[name] = String(cString: value).split(separator: ",", omittingEmptySubsequences: false).map(
                    String.init
                )
            }
            option += 1
        }
    }

    init(_ lists: [String: [String]]) { self.lists = lists }

    /// The number of hosts, at least one.
    var count: Int { max(lists["host"]?.count ?? 0, lists["hostaddr"]?.count ?? 0, 1) }

    /// The keywords for all hosts but one; nil when that leaves none, or it is not among them.
    func without(_ current: Current) -> [String: String]? { without(current.name, current.port) }

    func without(_ name: String, _ port: String) -> [String: String]? {
        guard count > 1 else { return nil }
        let names = lists["host"] ?? lists["hostaddr"] ?? []
        let ports = lists["port"] ?? []
        let found = names.indices.first { index in
            let itsPort = ports.count == names.count ? ports[index] : ports.first ?? ""
            let isIt =
                names[index] == name
                || lists["hostaddr"].map { $0.indices.contains(index) && $0[index] == name } == true
            return isIt && (itsPort == port || itsPort.isEmpty)
        }
        guard let found else { return nil }
        return lists.mapValues { list in
            var rest = list
            if list.count == count { rest.remove(at: found) }
            return rest.joined(separator: ",")
        }
    }
}
