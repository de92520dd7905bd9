import struct Foundation.UUID

/// A value that can be sent as a parameter or a COPY field, in PostgreSQL's binary format.
public protocol PostgresEncodable: Sendable {
    /// OID of the type as which the value is sent (`pg_type.oid`).
    static var postgresType: UInt32 { get }
    /// OID of arrays of it.
    static var postgresArrayType: UInt32 { get }
    /// Appends the binary form, without a length in front. False for SQL NULL, which appends nothing.
    func encode(into buffer: inout [UInt8]) -> Bool
}

extension FixedWidthInteger {
    /// Appends the bytes of the number, most significant first, as every number travels in PostgreSQL's protocol.
    func appendBigEndian(to buffer: inout [UInt8]) {
        var shift = Self.bitWidth - 8
        while shift >= 0 {
            buffer.append(UInt8(truncatingIfNeeded: self >> Self(shift)))
            shift -= 8
        }
    }
}

extension Int64: PostgresEncodable {
    /// bigint
    public static var postgresType: UInt32 { 20 }
    /// bigint[]
    public static var postgresArrayType: UInt32 { 1016 }
    /// Eight bytes, most significant first.
    public func encode(into buffer: inout [UInt8]) -> Bool {
        appendBigEndian(to: &buffer)
        return true
    }
}

extension Int: PostgresEncodable {
    /// bigint
    public static var postgresType: UInt32 { 20 }
    /// bigint[]
    public static var postgresArrayType: UInt32 { 1016 }
    /// Eight bytes, most significant first.
    public func encode(into buffer: inout [UInt8]) -> Bool { Int64(self).encode(into: &buffer) }
}

extension Int32: PostgresEncodable {
    /// integer
    public static var postgresType: UInt32 { 23 }
    /// integer[]
    public static var postgresArrayType: UInt32 { 1007 }
    /// Four bytes, most significant first.
    public func encode(into buffer: inout [UInt8]) -> Bool {
        appendBigEndian(to: &buffer)
        return true
    }
}

extension Bool: PostgresEncodable {
    /// boolean
    public static var postgresType: UInt32 { 16 }
    /// boolean[]
    public static var postgresArrayType: UInt32 { 1000 }
    /// One byte.
    public func encode(into buffer: inout [UInt8]) -> Bool {
        buffer.append(self ? 1 : 0)
        return true
    }
}

extension Double: PostgresEncodable {
    /// double precision
    public static var postgresType: UInt32 { 701 }
    /// double precision[]
    public static var postgresArrayType: UInt32 { 1022 }
    /// IEEE 754, eight bytes, most significant first.
    public func encode(into buffer: inout [UInt8]) -> Bool {
        bitPattern.appendBigEndian(to: &buffer)
        return true
    }
}

extension String: PostgresEncodable {
    /// text
    public static var postgresType: UInt32 { 25 }
    /// text[]
    public static var postgresArrayType: UInt32 { 1009 }
    /// UTF-8. PostgreSQL's text cannot hold U+0000; the server refuses it with SQLSTATE 22021.
    public func encode(into buffer: inout [UInt8]) -> Bool {
        buffer.append(contentsOf: utf8)
        return true
    }
}

extension UUID: PostgresEncodable {
    /// uuid
    public static var postgresType: UInt32 { 2950 }
    /// uuid[]
    public static var postgresArrayType: UInt32 { 2951 }
    /// Sixteen bytes.
    public func encode(into buffer: inout [UInt8]) -> Bool {
        let u = uuid
        buffer.append(contentsOf: [u.0, u.1, u.2, u.3, u.4, u.5, u.6, u.7])
        buffer.append(contentsOf: [u.8, u.9, u.10, u.11, u.12, u.13, u.14, u.15])
        return true
    }
}

/// Bytes as `bytea`. A type of its own, because `[UInt8]` would read as an array of numbers.
public struct PostgresBytes: PostgresEncodable, Hashable {
    /// The bytes.
    public var bytes: [UInt8]
    /// Wraps bytes.
    public init(_ bytes: [UInt8]) { self.bytes = bytes }
    /// bytea
    public static var postgresType: UInt32 { 17 }
    /// bytea[]
    public static var postgresArrayType: UInt32 { 1001 }
    /// The bytes as they are.
    public func encode(into buffer: inout [UInt8]) -> Bool {
        buffer.append(contentsOf: bytes)
        return true
    }
}

/// JSON text as `json`: the server checks it and keeps exactly these bytes.
public struct PostgresJSON: PostgresEncodable, Hashable {
    /// UTF-8 JSON text.
    public var bytes: [UInt8]
    /// Wraps JSON text.
    public init(_ bytes: [UInt8]) { self.bytes = bytes }
    /// json
    public static var postgresType: UInt32 { 114 }
    /// json[]
    public static var postgresArrayType: UInt32 { 199 }
    /// The text as it is.
    public func encode(into buffer: inout [UInt8]) -> Bool {
        buffer.append(contentsOf: bytes)
        return true
    }
}

/// Days since 1970-01-01 as `date`.
public struct PostgresDate: PostgresEncodable, Hashable {
    /// Days since 1970-01-01; negative before.
    public var daysSinceUnixEpoch: Int
    /// Wraps a day number.
    public init(daysSinceUnixEpoch: Int) { self.daysSinceUnixEpoch = daysSinceUnixEpoch }
    /// date
    public static var postgresType: UInt32 { 1082 }
    /// date[]
    public static var postgresArrayType: UInt32 { 1182 }
    /// Days between the Unix epoch and PostgreSQL's, 2000-01-01.
    static let epochShift = 10_957
    /// Days since 2000-01-01, four bytes.
    public func encode(into buffer: inout [UInt8]) -> Bool {
        let (days, overflow) = daysSinceUnixEpoch.subtractingReportingOverflow(Self.epochShift)
        // One that no date can be is sent as one that the server refuses (SQLSTATE 22008), not as its infinity.
        let isWide = overflow || days >= Int(Int32.max) || days <= Int(Int32.min)
        return (isWide ? Int32.max - 1 : Int32(days)).encode(into: &buffer)
    }
}

/// Microseconds since 1970-01-01T00:00:00Z as `timestamptz`.
public struct PostgresInstant: PostgresEncodable, Hashable {
    /// Microseconds since 1970-01-01T00:00:00Z; negative before.
    public var microsecondsSinceUnixEpoch: Int64
    /// Wraps an instant.
    public init(microsecondsSinceUnixEpoch: Int64) { self.microsecondsSinceUnixEpoch = microsecondsSinceUnixEpoch }
    /// timestamptz
    public static var postgresType: UInt32 { 1184 }
    /// timestamptz[]
    public static var postgresArrayType: UInt32 { 1185 }
    /// Microseconds between the Unix epoch and PostgreSQL's, 2000-01-01.
    static let epochShift: Int64 = 946_684_800_000_000
    /// Microseconds since 2000-01-01, eight bytes.
    public func encode(into buffer: inout [UInt8]) -> Bool {
        let (shifted, overflow) = microsecondsSinceUnixEpoch.subtractingReportingOverflow(Self.epochShift)
        // One that no timestamp can be is sent as one that the server refuses (SQLSTATE 22008), not as its infinity.
        return (overflow || shifted == .min ? Int64.min + 1 : shifted).encode(into: &buffer)
    }
}

extension Optional: PostgresEncodable where Wrapped: PostgresEncodable {
    /// As the wrapped type.
    public static var postgresType: UInt32 { Wrapped.postgresType }
    /// As the wrapped type.
    public static var postgresArrayType: UInt32 { Wrapped.postgresArrayType }
    /// SQL NULL for nil.
    public func encode(into buffer: inout [UInt8]) -> Bool {
        switch self {
        case .some(let value): value.encode(into: &buffer)
        case .none: false
        }
    }
}

extension Array: PostgresEncodable where Element: PostgresEncodable {
    /// The element's array type.
    public static var postgresType: UInt32 { Element.postgresArrayType }
    /// PostgreSQL has no arrays of arrays; the same type.
    public static var postgresArrayType: UInt32 { Element.postgresArrayType }
    /// One dimension, lower bound 1; nil elements are SQL NULL.
    public func encode(into buffer: inout [UInt8]) -> Bool {
        Int32(isEmpty ? 0 : 1).appendBigEndian(to: &buffer)
        let flags = buffer.count
        Int32(0).appendBigEndian(to: &buffer)
        Element.postgresType.appendBigEndian(to: &buffer)
        if isEmpty { return true }
        Int32(count).appendBigEndian(to: &buffer)
        Int32(1).appendBigEndian(to: &buffer)
        for element in self where !buffer.appendField(element) {
            buffer[flags + 3] = 1  // has nulls
        }
        return true
    }
}

extension [UInt8] {
    /// Appends a value with its four-byte length in front; -1 for SQL NULL. False when it was NULL.
    @discardableResult
    mutating func appendField(_ value: some PostgresEncodable) -> Bool {
        let lengthAt = count
        append(contentsOf: [0xff, 0xff, 0xff, 0xff])
        guard value.encode(into: &self) else { return false }
        let length = UInt32(count - lengthAt - 4)
        self[lengthAt] = UInt8(truncatingIfNeeded: length >> 24)
        self[lengthAt + 1] = UInt8(truncatingIfNeeded: length >> 16)
        self[lengthAt + 2] = UInt8(truncatingIfNeeded: length >> 8)
        self[lengthAt + 3] = UInt8(truncatingIfNeeded: length)
        return true
    }
}
