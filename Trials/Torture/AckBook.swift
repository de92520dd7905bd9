import EventStore
import Foundation
import Glibc

/// What a writer was told was stored: one line an acknowledgement, written with O_APPEND in one call, after the
/// acknowledgement and before the next request. The kernel keeps what was written when the process is killed.
struct Ack: Sendable {
    let writer: Int
    let number: Int
    let first: Int64
    let last: Int64
    let versions: [Int64]
}

/// One writer's acknowledgements.
struct AckBook: ~Copyable {
    private let file: Int32
    /// The number of the next request: all before it are acknowledged.
    private(set) var next: Int

    init(in directory: String, writer: Int) throws {
        let path = Self.path(in: directory, writer)
        let noted = try Self.read(path, writer).count
        let opened = Glibc.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        guard opened >= 0 else { throw TrialBroken("\(path) cannot be opened") }
        file = opened
        next = noted
    }

    mutating func acknowledge(_ result: AppendResult) throws {
        let versions = result.heads.map { String($0.version) }.joined(separator: ",")
        let line = Array("\(next) \(result.firstPosition) \(result.lastPosition) \(versions)\n".utf8)
        guard line.withUnsafeBytes({ write(file, $0.baseAddress, $0.count) }) == line.count else {
            throw TrialBroken("an acknowledgement cannot be noted")
        }
        next += 1
    }

    deinit { Glibc.close(file) }

    private static func path(in directory: String, _ writer: Int) -> String { "\(directory)/acks-\(writer)" }

    private static func read(_ path: String, _ writer: Int) throws -> [Ack] {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return [] }
        return try text.split(separator: "\n").enumerated().map { index, line in
            let fields = line.split(separator: " ")
            guard fields.count == 4, Int(fields[0]) == index, let first = Int64(fields[1]), let last = Int64(fields[2])
            else { throw TrialBroken("\(path), line \(index + 1) is not an acknowledgement") }
            let versions = fields[3].split(separator: ",").compactMap { Int64($0) }
            return Ack(writer: writer, number: index, first: first, last: last, versions: versions)
        }
    }

    /// All acknowledgements of some writers.
    static func all(in directory: String, writers: Range<Int>) throws -> [Ack] {
        try writers.flatMap { try read(path(in: directory, $0), $0) }
    }

    /// Bytes written so far: whether anything is being acknowledged, cheaply.
    static func size(in directory: String, writers: Range<Int>) -> Int {
        writers.reduce(0) { sum, writer in
            let attributes = try? FileManager.default.attributesOfItem(atPath: path(in: directory, writer))
            return sum + (attributes?[.size] as? Int ?? 0)
        }
    }
}
