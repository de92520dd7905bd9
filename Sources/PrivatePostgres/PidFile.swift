import Foundation

/// What a server writes into `postmaster.pid`, line by line.
struct PidFile: Sendable, Equatable {
    /// How far the server says it is.
    enum Phase: Sendable, Equatable {
        case starting
        case ready
        case stopping
    }

    /// The process; negative for a single-user backend; nil when the file is empty or garbled.
    let pid: Int32?
    let since: Date
    let port: Int?
    let socketDirectory: String?
    let phase: Phase

    /// Nil when there is no file.
    init?(at path: String) {
        guard let text = FileFacts.text(of: path) else { return nil }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map {
            $0.trimmingCharacters(in: .whitespaces)
        }
        func line(_ number: Int) -> String? {
            guard number <= lines.count, !lines[number - 1].isEmpty else { return nil }
            return lines[number - 1]
        }
        pid = line(1).flatMap { Int32($0) }
        since = Date(timeIntervalSince1970: line(3).flatMap { Double($0) } ?? 0)
        port = line(4).flatMap { Int($0) }
        socketDirectory = line(5)
        phase =
            switch line(8) {
            case "ready", "standby": .ready
            case "stopping": .stopping
            default: .starting
            }
    }
}
