import CLibPQ

/// The rows of one statement, as the server sent them: kept once in libpq's memory and decoded where they are read.
///
///     for row in try await connection.query("SELECT stream, version FROM caseflow.streams") {
///         let (stream, version) = (try row.decode(0, as: String.self), try row.decode(1, as: Int.self))
///     }
public struct PostgresResult: Sendable, RandomAccessCollection {
    let storage: ResultStorage

    /// Rows, in the order in which the server sent them.
    public var startIndex: Int { 0 }
    /// The number of rows.
    public let endIndex: Int

    init(_ storage: ResultStorage) {
        self.storage = storage
        endIndex = Int(PQntuples(storage.pointer))
    }

    /// One row.
    public subscript(position: Int) -> PostgresRow {
        precondition(indices.contains(position), "row \(position) of \(count)")
        return PostgresRow(storage: storage, index: Int32(position))
    }

    /// Rows inserted, updated, deleted, selected or copied, as the command's tag says; 0 for other commands.
    public var affectedRows: Int {
        // PQcmdTuples returns a pointer into the result, never null for a live one.
        Int(String(cString: PQcmdTuples(storage.pointer))) ?? 0
    }

    /// Names of the columns.
    public var columns: [String] {
        (0..<PQnfields(storage.pointer)).map { index in
            PQfname(storage.pointer, index).map { String(cString: $0) } ?? ""
        }
    }
}

/// One row of a result.
public struct PostgresRow: Sendable {
    let storage: ResultStorage
    let index: Int32

    /// Decodes a column, counted from 0. Throws when the value does not fit, or is NULL and the type has no nil.
    public func decode<Value: PostgresDecodable>(
        _ column: Int,
        as type: Value.Type = Value.self
    ) throws(PostgresError) -> Value {
        let pointer = storage.pointer
        let column = Int32(column)
        guard column >= 0, column < PQnfields(pointer) else {
            throw PostgresError(.decoding, "there is no column \(column)")
        }
        if PQgetisnull(pointer, index, column) != 0 { return try PostgresNull.element(of: Value.self) }
        guard let value = PQgetvalue(pointer, index, column) else {
            throw PostgresError(.decoding, "column \(column) has no value")
        }
        // PQgetvalue points into the PGresult, which `storage` keeps alive until this call has returned.
        let bytes = UnsafeRawBufferPointer(start: value, count: Int(PQgetlength(pointer, index, column)))
        defer { withExtendedLifetime(storage) {} }
        return try Value(field: PostgresField(bytes: bytes, type: PQftype(pointer, column)))
    }

    /// Whether a column is NULL.
    public func isNull(_ column: Int) -> Bool { PQgetisnull(storage.pointer, index, Int32(column)) != 0 }
}

/// Owns a PGresult.
final class ResultStorage: @unchecked Sendable {
    // @unchecked: libpq never changes a PGresult after PQgetResult has returned it, and its readers
    // (PQgetvalue and its kin) are safe to call from many threads (PostgreSQL manual, 34.20).
    let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) { self.pointer = pointer }

    deinit { PQclear(pointer) }

    var status: ExecStatusType { PQresultStatus(pointer) }

    /// The server's error in this result.
    var error: PostgresError {
        func field(_ code: UnicodeScalar) -> String? {
            PQresultErrorField(pointer, Int32(code.value)).map { String(cString: $0) }
        }
        let state = field("C").map { SQLState($0) }
        let severity = field("V")
        // FATAL and PANIC end the session; without a SQLSTATE it is libpq that speaks, of a session that broke.
        let lost = state == nil || state?.errorClass == "08" || severity == "FATAL" || severity == "PANIC"
        return PostgresError(
            lost ? .connectionLost : .server,
            lost ? "the session broke; whether the statement took effect is unknown" : "the server refused a statement",
            sqlState: state,
            severity: severity,
            serverMessage: [field("M"), field("D"), field("H")].compactMap(\.self).joined(separator: "\n")
        )
    }
}

extension PostgresResult {
    /// The command's tag, for example `INSERT 0 1` or `COMMIT`.
    public var commandTag: String { String(cString: PQcmdStatus(storage.pointer)) }
}
