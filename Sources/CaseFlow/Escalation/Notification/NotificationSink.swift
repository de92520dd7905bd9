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
        case .file(let path):
            return await FileAppending.append(body, to: path, patience: patience).map { Failure(reason: $0) }
        case .command(let path):
            return await ProgramRun.run(path, input: body, patience: patience).map { Failure(reason: $0) }
        case .http(let receiver): return await HTTPDelivery.post(body, to: receiver, patience: patience)
        }
    }
}
