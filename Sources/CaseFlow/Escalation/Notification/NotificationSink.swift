import Foundation

/// Where notifications go.
public enum NotificationSink: Sendable, Hashable, CustomStringConvertible {
    /// Each is a line at the end of a file.
    case file(String)
    /// Each is the standard input of a run of a program, which takes it by ending with status 0.
    case command(String)
    /// Each is the body of a POST, which the receiver takes by answering 2xx.
    case http(HTTPReceiver)

    /// Reads `file:/var/log/cards.jsonl`, `command:/usr/local/bin/tell` or `https://host/path`. Paths are absolute. Errors:
    /// ``HTTPReceiver/Unusable``, with the reason, also where the text is none of the three.
    public init(parsing text: String) throws(HTTPReceiver.Unusable) {
        if text.hasPrefix("http://") || text.hasPrefix("https://") {
            self = .http(try HTTPReceiver(text))
            return
        }
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        let isPath = parts.count == 2 && parts[1].hasPrefix("/")
        guard isPath, parts[1].utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
            throw Self.unknown(text)
        }
        switch parts[0] {
        case "file": self = .file(parts[1])
        case "command": self = .command(parts[1])
        default: throw Self.unknown(text)
        }
    }

    private static func unknown(_ text: String) -> HTTPReceiver.Unusable {
        HTTPReceiver.Unusable(
            description:
                "'\(text)': write file:/PATH or command:/PROGRAM, with an absolute path, or http(s)://HOST[:PORT]/PATH"
        )
    }

    /// The same; nil for anything that is no sink.
    public init?(_ text: String) {
        guard let sink = try? NotificationSink(parsing: text) else { return nil }
        self = sink
    }

    /// As it is written.
    public var description: String {
        switch self {
        case .file(let path): "file:\(path)"
        case .command(let path): "command:\(path)"
        case .http(let receiver): receiver.description
        }
    }

    /// How long one delivery may take at most.
    var patience: Duration {
        switch self {
        case .file, .command: .seconds(30)
        case .http: .seconds(10)
        }
    }

    /// What was wrong with a delivery.
    struct Failure: Sendable, Hashable {
        /// In a line.
        var reason: String
        /// For how long the receiver asks to be left alone.
        var pause: Duration?
    }

    /// Delivers a line. Nil if that went well, else what was wrong.
    /// - Parameter patience: how long it may take, where that is not the sink's own.
    func deliver(_ body: String, patience: Duration? = nil) async -> Failure? {
        let patience = patience ?? self.patience
        switch self {
        case .file(let path): return Self.append(body, to: path).map { Failure(reason: $0) }
        case .command(let path):
            return await ProgramRun.run(path, input: body, patience: patience).map { Failure(reason: $0) }
        case .http(let receiver): return await HTTPDelivery.post(body, to: receiver, patience: patience)
        }
    }

    /// Puts a line at the end of a file, wherever that is when it is written: several workers may write to the same. Half a line
    /// that somebody left there is ended first.
    private static func append(_ body: String, to path: String) -> String? {
        let newline = UInt8(ascii: "\n")
        let file = URL(fileURLWithPath: path)
        // Another worker may make it in this moment, and write to it: it must not be emptied.
        if !FileManager.default.fileExists(atPath: path),
            (try? Data().write(to: file, options: .withoutOverwriting)) != nil
        {
            try? FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
        }
        do {
            let handle = try FileHandle(forUpdating: file)
            defer { try? handle.close() }
            guard fcntl(handle.fileDescriptor, F_SETFL, O_APPEND) == 0 else { return "\(path) is no file to append to" }
            var line = Data(body.utf8)
            if line.last != newline { line.append(newline) }
            let size = try handle.seekToEnd()
            if size > 0 {
                try handle.seek(toOffset: size - 1)
                if try handle.read(upToCount: 1)?.first != newline { line.insert(newline, at: line.startIndex) }
            }
            // One write, so that the lines of two workers do not mix.
            try handle.write(contentsOf: line)
            try handle.synchronize()
            return nil
        } catch {
            return "\(path) cannot be written: is its folder there, and is it yours to write?"
        }
    }
}
