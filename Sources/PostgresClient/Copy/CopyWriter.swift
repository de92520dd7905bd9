/// Writes the rows of a COPY … FROM STDIN (FORMAT binary).
///
///     try await transaction.copyIn("COPY t (a, b) FROM STDIN (FORMAT binary)") { copy in
///         try await copy.row([Int64(1), "one"])
///     }
public struct CopyWriter: Sendable {
    private let connection: PostgresConnection
    private let number: Int
    private var buffer: [UInt8]
    private var started = false
    /// Bytes that are collected before they are sent.
    private let chunk = 1 << 16

    init(connection: PostgresConnection, number: Int) {
        self.connection = connection
        self.number = number
        buffer = []
        buffer.reserveCapacity(chunk + 4096)
    }

    /// Adds one row: a value for each column of the COPY, in order, of exactly the column's type.
    public mutating func row(_ values: [any PostgresEncodable]) async throws {
        begin()
        Int16(values.count).appendBigEndian(to: &buffer)
        for value in values { buffer.appendField(value) }
        if buffer.count >= chunk { try await flush() }
    }

    private mutating func begin() {
        if started { return }
        started = true
        // Signature, flags, length of the header's extension (PostgreSQL manual, COPY, "Binary Format").
        buffer += Array("PGCOPY\n".utf8) + [0xff, 0x0d, 0x0a, 0x00] + [0, 0, 0, 0] + [0, 0, 0, 0]
    }

    private mutating func flush() async throws {
        try Task.checkCancellation()
        try await connection.put(buffer, in: number)
        buffer.removeAll(keepingCapacity: true)
    }

    mutating func finish() async throws {
        begin()
        Int16(-1).appendBigEndian(to: &buffer)
        try await connection.put(buffer, in: number)
        buffer = []
    }
}
