import Foundation

/// Gathers bytes into chunks of 64 KiB on their way to a file, a handle or a closure.
final class OutputBuffer {
    /// The file's name for messages; empty for a handle or closure.
    let path: String
    private let sink: ([UInt8]) throws -> Void
    private let file: ReplacingFile?
    private var bytes: [UInt8] = []

    static var chunkSize: Int { 64 * 1024 }

    init(sink: @escaping ([UInt8]) throws -> Void) {
        path = ""
        self.sink = sink
        file = nil
    }

    init(file path: String) throws(InterchangeError) {
        let file = try ReplacingFile(path: path)
        self.path = path
        self.file = file
        sink = { try file.write($0) }
    }

    func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    func append(_ more: [UInt8]) {
        bytes.append(contentsOf: more)
    }

    func append(_ byte: UInt8) {
        bytes.append(byte)
    }

    func indent(_ depth: Int) {
        for _ in 0..<(2 * depth) { bytes.append(Ascii.space) }
    }

    /// Appends an attribute of XML; what may not stand in its value is escaped or replaced.
    func append(attribute name: String, _ value: String) {
        bytes.append(Ascii.space)
        append(name)
        bytes.append(Ascii.equals)
        bytes.append(Ascii.quote)
        // U+FFFE and U+FFFF begin with the byte EF.
        let isPlain = value.utf8.allSatisfy { byte in
            byte >= 0x20 && byte != 0xef && byte != Ascii.ampersand && byte != Ascii.less && byte != Ascii.greater
                && byte != Ascii.quote
        }
        if isPlain {
            append(value)
        } else {
            appendEscaped(value)
        }
        bytes.append(Ascii.quote)
    }

    private func appendEscaped(_ value: String) {
        for scalar in value.unicodeScalars {
            switch scalar {
            case "&": append("&amp;")
            case "<": append("&lt;")
            case ">": append("&gt;")
            case "\"": append("&quot;")
            case "\t": append("&#9;")
            case "\n": append("&#10;")
            case "\r": append("&#13;")
            default:
                if scalar.isASCII, scalar.value >= 0x20 {
                    bytes.append(UInt8(truncatingIfNeeded: scalar.value))
                } else {
                    bytes.append(
                        contentsOf: UTF8.encode(XMLCharacters.isAllowed(scalar) ? scalar : "\u{fffd}") ?? .init()
                    )
                }
            }
        }
    }

    func flushIfFull() throws {
        if bytes.count >= Self.chunkSize { try flush() }
    }

    private func flush() throws {
        guard !bytes.isEmpty else { return }
        try sink(bytes)
        bytes.removeAll(keepingCapacity: bytes.count < 4 * Self.chunkSize)
    }

    /// Hands over the rest and completes the file.
    func finish() throws {
        try flush()
        try file?.complete()
    }
}
