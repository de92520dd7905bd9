/// Some rows of a COPY … TO STDOUT (FORMAT binary), read one field after the other.
///
///     try await connection.copyOut("COPY (SELECT position, stream FROM …) TO STDOUT (FORMAT binary)") { batch in
///         while try batch.nextRow() {
///             let position = try batch.field(as: Int64.self)
///             let stream = try batch.field(as: String.self)
///         }
///     }
public struct CopyBatch: Sendable {
    /// What the server sent, whole rows; for a COPY in text format, lines.
    public internal(set) var bytes: [UInt8] = []
    private var offset = 0
    private var fields = 0
    private var sawHeader = false

    /// Bytes of the binary format's signature (PostgreSQL manual, COPY, "Binary Format").
    private static let signature: [UInt8] = Array("PGCOPY\n".utf8) + [0xff, 0x0d, 0x0a, 0x00]

    mutating func refill(_ more: [UInt8]) {
        bytes = more
        offset = 0
        fields = 0
    }

    /// Goes on to the next row; false at the end of the batch. Fields that were not read are passed over.
    public mutating func nextRow() throws(PostgresError) -> Bool {
        while fields > 0 { try skip() }
        if !sawHeader {
            guard bytes.starts(with: Self.signature) else {
                throw PostgresError(.decoding, "the COPY is not in binary format")
            }
            offset = Self.signature.count + 4
            let extensionLength = Int(try number(Int32.self))
            guard extensionLength >= 0, offset + extensionLength <= bytes.count else {
                throw PostgresError(.decoding, "the COPY's header ends too early")
            }
            offset += extensionLength
            sawHeader = true
        }
        guard offset < bytes.count else { return false }
        let count = try number(Int16.self)
        if count < 0 { return false }  // the trailer
        fields = Int(count)
        return true
    }

    /// The next field of the row. NULL needs an optional type.
    public mutating func field<Value: PostgresDecodable>(as type: Value.Type = Value.self) throws(PostgresError)
        -> Value
    {
        guard let range = try nextField() else { return try PostgresNull.element(of: Value.self) }
        return try Self.decode(bytes, range)
    }

    /// Passes over the next field.
    public mutating func skip() throws(PostgresError) { _ = try nextField() }

    private static func decode<Value: PostgresDecodable>(
        _ bytes: [UInt8],
        _ range: Range<Int>
    ) throws(PostgresError) -> Value {
        // The buffer pointer does not leave the closure; `range` was checked against the array's bounds.
        let result = bytes.withUnsafeBytes { buffer -> Result<Value, PostgresError> in
            do throws(PostgresError) {
                return .success(
                    try Value(field: PostgresField(bytes: UnsafeRawBufferPointer(rebasing: buffer[range]), type: 0))
                )
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private mutating func nextField() throws(PostgresError) -> Range<Int>? {
        guard fields > 0 else { throw PostgresError(.decoding, "the row has no further field") }
        fields -= 1
        let length = Int(try number(Int32.self))
        if length < 0 { return nil }
        guard offset + length <= bytes.count else { throw PostgresError(.decoding, "a COPY row ends too early") }
        defer { offset += length }
        return offset..<(offset + length)
    }

    private mutating func number<Number: FixedWidthInteger>(_ type: Number.Type) throws(PostgresError) -> Number {
        let width = MemoryLayout<Number>.size
        guard offset + width <= bytes.count else { throw PostgresError(.decoding, "a COPY row ends too early") }
        var value: Number = 0
        for index in offset..<(offset + width) { value = value << 8 | Number(truncatingIfNeeded: bytes[index]) }
        offset += width
        return value
    }
}
