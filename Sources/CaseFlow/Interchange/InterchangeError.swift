/// What ends the reading or the writing of an exchange file for good.
///
/// A reader throws it after everything that could be read before it has been delivered.
public struct InterchangeError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of the failure, for a program; the text is for people.
    public enum Reason: String, Sendable, Hashable, CaseIterable {
        /// There is nothing at the path.
        case notFound
        /// The path names a directory.
        case isDirectory
        /// The operating system refused to open or to read it.
        case notReadable
        /// There is not a single byte in it.
        case empty
        /// It is not well-formed (XML 1.0, 2.1).
        case notWellFormed
        /// It ends in the middle.
        case truncated
        /// The gzip data are damaged, or end too early.
        case damagedCompression
        /// It declares a DTD with an internal subset, or uses an entity other than XML's five.
        case entityRefused
        /// It is in an encoding that is not understood, or its bytes are not valid in its encoding.
        case encoding
        /// The XML is well-formed but is not an XES log.
        case notXES
        /// A part that has to be held in memory is larger than the options allow.
        case tooLarge
        /// The operating system refused to write it.
        case notWritable
        /// A writer's functions were called in an order that makes no file.
        case misuse
    }

    /// The kind of the failure.
    public var reason: Reason
    /// The file as the caller named it; `"-"` is standard input.
    public var path: String
    /// The line, from 1; `nil` where no line is to blame.
    public var line: Int?
    /// The column in characters (Unicode scalars), from 1; `nil` where no column is to blame.
    public var column: Int?
    /// What is wrong.
    public var what: String
    /// What to do about it.
    public var mend: String

    init(
        _ reason: Reason,
        path: String = "",
        line: Int? = nil,
        column: Int? = nil,
        what: String,
        mend: String
    ) {
        self.reason = reason
        self.path = path
        self.line = line
        self.column = column
        self.what = what
        self.mend = mend
    }

    /// `path:line:column: what; mend`.
    public var description: String {
        var place = path
        if let line { place += ":\(line)" }
        if let column { place += ":\(column)" }
        return "\(place): \(what); \(mend)"
    }
}

/// Something wrong in one place of an exchange file; the reader goes on behind it.
public struct InterchangeProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// The line, from 1.
    public var line: Int
    /// What is wrong.
    public var what: String
    /// What was done about it, or what to do.
    public var mend: String

    /// Creates a problem from its parts.
    public init(line: Int, what: String, mend: String) {
        self.line = line
        self.what = what
        self.mend = mend
    }

    /// `line n: what; mend`.
    public var description: String { "line \(line): \(what); \(mend)" }
}
