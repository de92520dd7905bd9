import Foundation

/// Writes a log in XES that passes the schema of IEEE 1849-2016, in constant memory.
///
/// ```swift
/// let writer = try XESWriter(path: "log.xes.gz")
/// try writer.begin(header)
/// try writer.beginTrace(attributes)
/// try writer.event(attributes)
/// try writer.endTrace()
/// try writer.end()
/// ```
/// Where the schema has no place for what is given:
/// - a key that is no `xs:Name` is escaped reversibly, see ``XESNames``; ``XESReader`` restores it;
/// - a value that is not valid for its type (an `int` with a comma, a `date` with a space) is written as a `string`;
/// - a character that XML 1.0 forbids becomes U+FFFD;
/// - a `container` is written as a `list` whose `<values>` has the key `container`; a `list` has the key `values` there.
///
/// Not for use by two tasks at once. A writer that is freed before ``end()`` leaves no file.
public final class XESWriter {
    private enum Stage {
        case new, log, trace, ended
    }

    /// The key of `<values>` that tells a container from a list.
    static let containerMark = "container"
    private static let listMark = "values"

    private let output: OutputBuffer
    private var stage = Stage.new

    /// Writes a file. It appears under its name, complete, at ``end()``, replacing one that is there; until then the
    /// bytes lie in a hidden file beside it.
    /// - Parameter path: the file; gzip when it ends in `.gz`.
    /// - Throws: ``InterchangeError`` `.notWritable`, `.isDirectory`.
    public init(path: String) throws(InterchangeError) {
        output = try OutputBuffer(file: path)
    }

    /// Writes into an open file, which stays open.
    public init(fileHandle: FileHandle) {
        output = OutputBuffer { try fileHandle.write(contentsOf: $0) }
    }

    /// Hands over the bytes, UTF-8, in chunks of about 64 KiB.
    public init(sink: @escaping ([UInt8]) throws -> Void) {
        output = OutputBuffer(sink: sink)
    }

    // MARK: - Structure

    /// Writes the head of the log. `version` is not taken over: what is written is 1849.2016.
    public func begin(_ header: XESLogHeader) throws {
        try expect(.new, "begin")
        output.append(
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <log xes.version="1849.2016" xes.features="nested-attributes" xmlns="http://www.xes-standard.org/">\n
            """
        )
        for item in header.extensions {
            output.append("  <extension")
            output.append(attribute: "name", XESNames.escaped(item.name, allowsColon: false))
            output.append(attribute: "prefix", XESNames.escaped(item.prefix, allowsColon: false))
            output.append(attribute: "uri", item.uri)
            output.append("/>\n")
        }
        for item in header.globals {
            output.append("  <global")
            if let scope = item.scope { output.append(attribute: "scope", XESNames.escaped(scope, allowsColon: false)) }
            output.append(">\n")
            try write(item.attributes, depth: 2)
            output.append("  </global>\n")
        }
        for item in header.classifiers {
            output.append("  <classifier")
            output.append(attribute: "name", XESNames.escaped(item.name, allowsColon: false))
            if let scope = item.scope { output.append(attribute: "scope", XESNames.escaped(scope, allowsColon: false)) }
            output.append(attribute: "keys", XESNames.escapedKeys(item.keys))
            output.append("/>\n")
        }
        try write(header.attributes, depth: 1)
        stage = .log
    }

    /// Begins a trace.
    public func beginTrace(_ attributes: [XESAttribute]) throws {
        try expect(.log, "beginTrace")
        output.append("  <trace>\n")
        try write(attributes, depth: 2)
        stage = .trace
    }

    /// Writes an event of the open trace. The order of the calls is the order of the file.
    public func event(_ attributes: [XESAttribute]) throws {
        try expect(.trace, "event")
        output.append("    <event>\n")
        try write(attributes, depth: 3)
        output.append("    </event>\n")
        try output.flushIfFull()
    }

    /// Ends the open trace.
    public func endTrace() throws {
        try expect(.trace, "endTrace")
        output.append("  </trace>\n")
        try output.flushIfFull()
        stage = .log
    }

    /// Ends the log. For a file: waits until its bytes are on the disk, then gives it its name.
    public func end() throws {
        try expect(.log, "end")
        output.append("</log>\n")
        stage = .ended
        try output.finish()
    }

    private func expect(_ wanted: Stage, _ call: String) throws(InterchangeError) {
        if stage != wanted {
            throw InterchangeError(
                .misuse,
                path: output.path,
                what: "\(call) was called in the stage \(stage), not \(wanted)",
                mend: "call begin, then beginTrace, event and endTrace for each trace, then end"
            )
        }
    }

    // MARK: - Attributes

    private func write(_ attributes: [XESAttribute], depth: Int) throws {
        for attribute in attributes {
            try write(attribute, depth: depth)
            try output.flushIfFull()
        }
    }

    private func write(_ attribute: XESAttribute, depth: Int) throws {
        let isComposite = attribute.kind == .list || attribute.kind == .container
        let isValid = XESLexical.isValid(attribute.value, for: attribute.kind)
        let element = isComposite ? "list" : isValid ? attribute.kind.rawValue : "string"
        output.indent(depth)
        output.append("<")
        output.append(element)
        output.append(attribute: "key", XESNames.escaped(attribute.key))
        if !isComposite { output.append(attribute: "value", attribute.value) }
        if isComposite {
            output.append("><values")
            output.append(
                attribute: "key",
                attribute.kind == .container ? Self.containerMark : Self.listMark
            )
            output.append(">\n")
            try write(attribute.children, depth: depth + 1)
            output.indent(depth)
            output.append("</values></list>\n")
        } else if attribute.children.isEmpty {
            output.append("/>\n")
        } else {
            output.append(">\n")
            try write(attribute.children, depth: depth + 1)
            output.indent(depth)
            output.append("</")
            output.append(element)
            output.append(">\n")
        }
    }
}
