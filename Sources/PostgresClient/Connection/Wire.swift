import CLibPQ
import Dispatch
import Glibc

/// Owns a PGconn and turns libpq's non-blocking calls into Swift. Belongs to one `PostgresConnection`, which is its
/// only user: libpq forbids two threads on one PGconn, and the actor sees to that.
final class Wire {
    let pointer: OpaquePointer
    let socket: Int32
    private var closed = false

    /// Takes over a PGconn that is connected.
    init(_ pointer: OpaquePointer) {
        self.pointer = pointer
        socket = PQsocket(pointer)
        PQsetnonblocking(pointer, 1)
    }

    deinit {
        close()
        PQfinish(pointer)
    }

    /// Leaves the reactor and tells the server goodbye. The PGconn stays valid, in state bad, until `deinit`.
    func close() {
        if closed { return }
        closed = true
        SocketReactor.shared.remove(socket)
        shutdown(socket, Int32(SHUT_RDWR))
    }

    var isBroken: Bool { PQstatus(pointer) == CONNECTION_BAD }
    /// libpq's words about the connection; may name hosts and users, never row data.
    var message: String { String(cString: PQerrorMessage(pointer)) }

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

    /// Asks the server to cancel what the session runs now. Opens a second connection to the server, on a thread of
    /// its own, because libpq has no asynchronous form of this call.
    func cancelOnServer() async {
        guard let request = PQgetCancel(pointer) else { return }
        // A PGcancel is made to be used from another thread (PostgreSQL manual, 34.7).
        let handle = CancelHandle(pointer: request)
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                var message = [CChar](repeating: 0, count: 256)
                _ = PQcancel(handle.pointer, &message, Int32(message.count))
                PQfreeCancel(handle.pointer)
                continuation.resume()
            }
        }
    }

    private struct CancelHandle: @unchecked Sendable {
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
