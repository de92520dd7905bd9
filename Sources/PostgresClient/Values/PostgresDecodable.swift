import struct Foundation.UUID
import typealias Foundation.uuid_t

/// A value that can be read from PostgreSQL's binary format.
public protocol PostgresDecodable {
    /// Reads one field that is not NULL. Throws `PostgresError` of kind `decoding` when the bytes do not fit.
    init(field: borrowing PostgresField) throws(PostgresError)
}

/// The bytes of one field of a row, valid for as long as the call that receives them.
public struct PostgresField: ~Copyable {
    /// Points into a result or COPY buffer that the caller of `init(field:)` keeps alive during the call.
    let bytes: UnsafeRawBufferPointer
    /// OID of the column's type; 0 in COPY, where none is sent.
    public let type: UInt32

    init(bytes: UnsafeRawBufferPointer, type: UInt32) {
        self.bytes = bytes
        self.type = type
    }

    /// Length in bytes.
    public var count: Int { bytes.count }

    /// All bytes, copied.
    public var array: [UInt8] { [UInt8](bytes) }

    /// A number of exactly this width, most significant byte first.
    public func integer<Number: FixedWidthInteger>(as type: Number.Type) throws(PostgresError) -> Number {
        guard bytes.count == MemoryLayout<Number>.size else {
            throw PostgresError(.decoding, "a field of \(bytes.count) bytes is not a \(type)")
        }
        return Number(bigEndian: bytes.loadUnaligned(as: Number.self))
    }

    /// Throws unless the column is of one of these types (`pg_type.oid`). COPY does not tell types, so there every
    /// type passes; a value of the wrong width is noticed all the same.
    public func require(_ types: UInt32...) throws(PostgresError) {
        if type == 0 || types.contains(type) { return }
        throw PostgresError(.decoding, "a column of the type with OID \(type) was read as something else")
    }

    /// UTF-8 text.
    public var text: String { String(decoding: bytes, as: UTF8.self) }
}

extension Int64: PostgresDecodable {
    /// From bigint, integer, smallint, oid or xid8.
    public init(field: borrowing PostgresField) throws(PostgresError) {
        try field.require(20, 21, 23, 26, 5069)
        switch field.count {
        case 8: self = try field.integer(as: Int64.self)
        case 4 where field.type == 26: self = Int64(try field.integer(as: UInt32.self))
        case 4: self = Int64(try field.integer(as: Int32.self))
        default: self = Int64(try field.integer(as: Int16.self))
        }
    }
}

extension Int: PostgresDecodable {
    /// From bigint, integer, smallint, oid or xid8.
    public init(field: borrowing PostgresField) throws(PostgresError) { self = Int(try Int64(field: field)) }
}

extension Int32: PostgresDecodable {
    /// From integer.
    public init(field: borrowing PostgresField) throws(PostgresError) {
        try field.require(23)
        self = try field.integer(as: Int32.self)
    }
}

extension Double: PostgresDecodable {
    /// From double precision.
    public init(field: borrowing PostgresField) throws(PostgresError) {
        try field.require(701)
        self = Double(bitPattern: try field.integer(as: UInt64.self))
    }
}

extension Bool: PostgresDecodable {
    /// From boolean.
    public init(field: borrowing PostgresField) throws(PostgresError) {
        try field.require(16)
        self = try field.integer(as: UInt8.self) != 0
    }
}

extension String: PostgresDecodable {
    /// From text, varchar, char(n), name, json, xml, and types that a schema defines, for example an enum.
    public init(field: borrowing PostgresField) throws(PostgresError) {
        // OIDs from 16384 on are not PostgreSQL's own.
        if field.type < 16_384 { try field.require(25, 1043, 1042, 18, 19, 114, 142, 705) }
        self = field.text
    }
}

extension UUID: PostgresDecodable {
    /// From uuid.
    public init(field: borrowing PostgresField) throws(PostgresError) {
        try field.require(2950)
        let high = field.bytes
        guard high.count == 16 else { throw PostgresError(.decoding, "a field of \(high.count) bytes is not a UUID") }
        self = UUID(uuid: high.loadUnaligned(as: uuid_t.self))
    }
}

extension PostgresBytes: PostgresDecodable {
    /// From bytea.
    public init(field: borrowing PostgresField) throws(PostgresError) {
        try field.require(17)
        self.init(field.array)
    }
}

extension PostgresJSON: PostgresDecodable {
    /// From json; from jsonb, except in COPY.
    public init(field: borrowing PostgresField) throws(PostgresError) {
        try field.require(114, 3802)
        // jsonb's binary form is a version number, 1, and the text.
        self.init(field.type == 3802 ? Array(field.array.dropFirst()) : field.array)
    }
}

extension PostgresDate: PostgresDecodable {
    /// From date.
    public init(field: borrowing PostgresField) throws(PostgresError) {
        try field.require(1082)
        let days = try field.integer(as: Int32.self)
        guard days != .max, days != .min else { throw PostgresError(.decoding, "infinity is not a date") }
        self.init(daysSinceUnixEpoch: Int(days) + Self.epochShift)
    }
}

extension PostgresInstant: PostgresDecodable {
    /// From timestamptz.
    public init(field: borrowing PostgresField) throws(PostgresError) {
        try field.require(1184)
        let microseconds = try field.integer(as: Int64.self)
        let (instant, overflow) = microseconds.addingReportingOverflow(Self.epochShift)
        guard !overflow, microseconds != .min else { throw PostgresError(.decoding, "infinity is not an instant") }
        self.init(microsecondsSinceUnixEpoch: instant)
    }
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
    /// The wrapped value; NULL is handled by the row.
    public init(field: borrowing PostgresField) throws(PostgresError) { self = try Wrapped(field: field) }
}

extension Array: PostgresDecodable where Element: PostgresDecodable {
    /// From a one-dimensional array. A NULL element needs an optional element type.
    public init(field: borrowing PostgresField) throws(PostgresError) {
        self = []
        let bytes = field.bytes
        func number(at offset: Int) throws(PostgresError) -> Int {
            guard offset + 4 <= bytes.count else { throw PostgresError(.decoding, "an array ends too early") }
            return Int(Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self)))
        }
        let dimensions = try number(at: 0)
        if dimensions == 0, bytes.count == 12 { return }
        guard dimensions == 1 else {
            throw PostgresError(.decoding, "an array of \(dimensions) dimensions is not read")
        }
        let elementType = UInt32(truncatingIfNeeded: try number(at: 8))
        let count = try number(at: 12)
        var offset = 20
        // Each element takes at least the four bytes of its length.
        guard count >= 0, count <= bytes.count / 4 else { throw PostgresError(.decoding, "an array ends too early") }
        reserveCapacity(count)
        for _ in 0..<count {
            let length = try number(at: offset)
            offset += 4
            if length < 0 {
                append(try PostgresNull.element(of: Element.self))
                continue
            }
            guard offset + length <= bytes.count else { throw PostgresError(.decoding, "an array ends too early") }
            let slice = UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + length)])
            append(try Element(field: PostgresField(bytes: slice, type: elementType)))
            offset += length
        }
    }
}

/// Turns SQL NULL into a Swift value where the type has a place for it.
enum PostgresNull {
    static func element<Value>(of type: Value.Type) throws(PostgresError) -> Value {
        if let optional = type as? any ExpressibleByNilLiteral.Type, let null = optional.init(nilLiteral: ()) as? Value
        {
            return null
        }
        throw PostgresError(.decoding, "a NULL was read as \(type), which has no place for it")
    }
}
