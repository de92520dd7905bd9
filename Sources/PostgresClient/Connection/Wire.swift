import CLibPQ
import Dispatch
import Glibc

/// Owns a PGconn and turns libpq's non-blocking calls into Swift. Belongs to one `PostgresConnection`, which is its
/// only user: libpq forbids two threads on one PGconn, and the actor sees to that.
final class Wire {
    /// Nil after `close`; every function of libpq that is called here takes a null for a bad connection.
    private(set) var pointer: OpaquePointer?
    private let socket: Int32
    private var lastMessage = ""

    /// Takes over a PGconn that is connected.
    init(_ pointer: OpaquePointer) {
        self.pointer = pointer
        socket = PQsocket(pointer)
        PQsetnonblocking(pointer, 1)
    }

    deinit { close() }

    /// Leaves the reactor, tells the server goodbye and frees the PGconn. Non-blocking, as the socket is.
    func close() {
        guard let pointer else { return }
        lastMessage = message
        self.pointer = nil
        // Before the descriptor is closed, so that the reactor never holds a number that means another socket.
        SocketReactor.shared.remove(socket)
        PQfinish(pointer)
    }

    /// Waits until the socket is ready or `interrupt` is called; returns at once when the wire is closed.
    func wait(for interest: SocketReactor.Interest) async {
        if pointer != nil { await SocketReactor.shared.wait(for: interest, on: socket) }
    }

    /// Ends the wait.
    func interrupt() {
        if pointer != nil { SocketReactor.shared.interrupt(socket) }
    }

    var isBroken: Bool { PQstatus(pointer) == CONNECTION_BAD }
    /// Whether the server is outside any transaction and has nothing to answer.
    var isIdle: Bool { PQtransactionStatus(pointer) == PQTRANS_IDLE }
    /// libpq's words about the connection; may name hosts and users, never row data.
    var message: String { pointer == nil ? lastMessage : String(cString: PQerrorMessage(pointer)) }

    /// Takes in what an idle server has sent of its own accord. False when it has gone.
    func takeInWhileIdle() -> Bool {
        // A server's goodbye is a message and then the end of the stream: two reads.
        for _ in 0..<3 {
            guard consume() else { return false }
            _ = isBusy
            var state = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
            if poll(&state, 1, 0) <= 0 { break }
        }
        return !isBroken
    }

    func enterPipeline() -> Bool { PQenterPipelineMode(pointer) == 1 }
    func exitPipeline() -> Bool { PQexitPipelineMode(pointer) == 1 }
    func sync() -> Bool { PQpipelineSync(pointer) == 1 }
    func consume() -> Bool { PQconsumeInput(pointer) == 1 }
    var isBusy: Bool { PQisBusy(pointer) == 1 }
    func next() -> ResultStorage? { PQgetResult(pointer).map(ResultStorage.init) }

    /// Sends what is buffered. True when all is out, false when the socket is full; nil when the session broke.
    func flush() -> Bool? {
        switch PQflush(pointer) {
        case 0: true
        case 1: false
        default: nil
        }
    }

    func sendScript(_ sql: String) -> Bool { PQsendQuery(pointer, sql) == 1 }

    func sendPrepare(_ name: String, _ sql: String, types: [UInt32]) -> Bool {
        PQsendPrepare(pointer, name, sql, Int32(types.count), types) == 1
    }

    /// Sends a statement by text, or by the name of a prepared one; parameters and results in binary.
    func send(_ text: String, prepared: Bool, _ parameters: PostgresParameters) -> Bool {
        let formats = [Int32](repeating: 1, count: parameters.count)
        return parameters.bytes.withUnsafeBytes { bytes in
            // Every pointer points into `bytes`, which outlives the call; libpq copies the values before it returns.
            var values: [UnsafePointer<CChar>?] = []
            var lengths: [Int32] = []
            values.reserveCapacity(parameters.count)
            lengths.reserveCapacity(parameters.count)
            for range in parameters.ranges {
                guard let range, let start = bytes.baseAddress else {
                    values.append(nil)
                    lengths.append(0)
                    continue
                }
                values.append((start + range.lowerBound).assumingMemoryBound(to: CChar.self))
                lengths.append(Int32(range.count))
            }
            if prepared {
                return PQsendQueryPrepared(pointer, text, Int32(values.count), values, lengths, formats, 1) == 1
            }
            return PQsendQueryParams(
                pointer,
                text,
                Int32(values.count),
                parameters.types,
                values,
                lengths,
                formats,
                1
            ) == 1
        }
    }

    // MARK: COPY

    enum CopyRead {
        case wait
        case done
        case failed
    }

    /// Appends COPY rows that have arrived to `buffer` until it holds `limit` bytes or no more are here.
    /// Nil: the limit is reached and more may be waiting.
    func readCopy(into buffer: inout [UInt8], limit: Int) -> CopyRead? {
        while buffer.count < limit {
            var row: UnsafeMutablePointer<CChar>?
            let length = PQgetCopyData(pointer, &row, 1)
            switch length {
            case 0: return .wait
            case -1: return .done
            case ..<0: return .failed
            default:
                guard let row else { return .failed }
                // libpq allocated `length` bytes for us; they are copied and freed here.
                buffer.append(contentsOf: UnsafeRawBufferPointer(start: row, count: Int(length)))
                PQfreemem(row)
            }
        }
        return nil
    }

    /// Hands bytes to a COPY IN. False when libpq's buffer is full, nil when the session broke.
    func writeCopy(_ bytes: [UInt8]) -> Bool? {
        let status = bytes.withUnsafeBytes { buffer -> Int32 in
            guard let start = buffer.baseAddress else { return 1 }
            return PQputCopyData(pointer, start.assumingMemoryBound(to: CChar.self), Int32(buffer.count))
        }
        return status < 0 ? nil : status == 1
    }

    func endCopy(error: String?) -> Bool? {
        let status = PQputCopyEnd(pointer, error)
        return status < 0 ? nil : status == 1
    }

    // MARK: Cancelling

    /// Asks the server to cancel what the session runs now, and does not wait: libpq opens a second connection for it
    /// and blocks, so a thread of its own does that.
    func cancelOnServer() {
        guard let request = PQgetCancel(pointer) else { return }
        // A PGcancel is made to be used from another thread (PostgreSQL manual, 34.7), and is a copy of what it needs.
        let handle = CancelHandle(pointer: request)
        DispatchQueue.global().async {
            var message = [CChar](repeating: 0, count: 256)
            _ = PQcancel(handle.pointer, &message, Int32(message.count))
            PQfreeCancel(handle.pointer)
        }
    }

    /// C strings end at the first zero byte: text with one would be cut short in silence.
    static func flaw(in sql: String) -> String? {
        sql.utf8.contains(0) ? "the text of a statement contains a zero byte" : nil
    }

    private struct CancelHandle: @unchecked Sendable {
        // @unchecked: handed to the one thread that uses and frees it.
        let pointer: OpaquePointer
    }
}

/// Parameters of one statement, encoded one after the other.
struct PostgresParameters: Sendable {
    private(set) var bytes: [UInt8] = []
    /// Where each value stands in `bytes`; nil for SQL NULL.
    private(set) var ranges: [Range<Int>?] = []
    private(set) var types: [UInt32] = []
    var count: Int { ranges.count }

    /// What the protocol cannot carry.
    var flaw: String? {
        if count > 65_535 { return "a statement has more than 65535 parameters" }
        return bytes.count >= 1 << 30 ? "the parameters of a statement take more than 1 GB" : nil
    }

    init(_ values: [any PostgresEncodable]) {
        for value in values { append(value) }
        if bytes.isEmpty { bytes.append(0) }  // so that an empty value has an address
    }

    private mutating func append(_ value: some PostgresEncodable) {
        let start = bytes.count
        let present = value.encode(into: &bytes)
        ranges.append(present ? start..<bytes.count : nil)
        types.append(type(of: value).postgresType)
    }
}
