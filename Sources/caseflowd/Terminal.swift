import Foundation
import PostgresClient

/// What goes to the terminal: answers to standard output, everything else to standard error.
enum Terminal {
    /// A line to standard error.
    static func note(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

    /// JSON to standard output: one object, keys sorted.
    static func json(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try FileHandle.standardOutput.write(contentsOf: encoder.encode(value) + Data("\n".utf8))
    }

    /// An error in words for the operator; of the server's errors also what the server said.
    static func words(for error: any Error) -> String {
        guard let error = error as? PostgresError, let said = error.serverMessage, !said.isEmpty else {
            return "\(error)"
        }
        return "\(error): \(said)"
    }

    /// Columns aligned; wide (Chinese) characters count as two.
    static func table(_ header: [String], _ rows: [[String]]) {
        let all = [header] + rows
        let widths = header.indices.map { column in all.map { width($0[column]) }.max() ?? 0 }
        for (index, row) in all.enumerated() {
            let cells = row.enumerated().map { column, text in
                column == row.count - 1
                    ? text : text + String(repeating: " ", count: max(0, widths[column] - width(text)))
            }
            print(cells.joined(separator: "  "))
            if index == 0 { print(widths.map { String(repeating: "-", count: $0) }.joined(separator: "  ")) }
        }
    }

    private static func width(_ text: String) -> Int {
        text.unicodeScalars.reduce(0) { $0 + (0x1100...0xffe6 ~= $1.value && $1.properties.isAlphabetic ? 2 : 1) }
    }

    /// Whether a person is looking at standard error.
    static var isInteractive: Bool { isatty(STDERR_FILENO) == 1 }
}

/// A bar on standard error while something long runs; nothing where no person is looking.
struct ProgressBar: Sendable {
    private let label: String
    private let shown: Bool

    init(_ label: String, quiet: Bool) {
        self.label = label
        shown = Terminal.isInteractive && !quiet
    }

    /// Shows how far it is, 0 to 1; nil where the end is not known.
    func show(_ fraction: Double?, _ detail: String) {
        guard shown else { return }
        let width = 30
        let bar =
            fraction.map { fraction in
                let done = Int((min(1, max(0, fraction)) * Double(width)).rounded(.down))
                return "[" + String(repeating: "#", count: done) + String(repeating: ".", count: width - done) + "] "
            } ?? ""
        FileHandle.standardError.write(Data("\r\u{1b}[K\(label) \(bar)\(detail)".utf8))
    }

    /// Takes the bar away.
    func end() {
        guard shown else { return }
        FileHandle.standardError.write(Data("\r\u{1b}[K".utf8))
    }

    /// Shows how far `fraction` says it is, ten times a second, while `body` runs.
    func during<Result: Sendable>(
        _ fraction: @escaping @Sendable () -> (Double?, String),
        _ body: () async throws -> Result
    ) async throws -> Result {
        let watcher = Task {
            while !Task.isCancelled {
                let (part, detail) = fraction()
                show(part, detail)
                try? await Task.sleep(for: .milliseconds(100))
            }
        }
        defer {
            watcher.cancel()
            end()
        }
        return try await body()
    }
}
