import CaseFlow
import Foundation
import Testing

/// One after another: some of them look at the memory of the whole process.
@Suite("Interchange", .serialized)
enum InterchangeTests {}

/// A private directory for the files of one test, removed with it.
final class ScratchDirectory {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory
            .appendingPathComponent("interchange-\(UInt64.random(in: .min ... .max))")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(at: url)
    }

    func path(_ name: String) -> String { url.appendingPathComponent(name).path }

    func write(_ name: String, _ text: String) throws -> String {
        try write(name, bytes: Array(text.utf8))
    }

    func write(_ name: String, bytes: [UInt8]) throws -> String {
        try Data(bytes).write(to: URL(fileURLWithPath: path(name)))
        return path(name)
    }

    /// The names of the files in it, hidden ones too.
    var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: url.path).sorted() }
    }
}

/// What a reading gave until its end or its failure.
struct Reading<Item> {
    var items: [Item] = []
    var failure: InterchangeError?
}

func readAll(xes path: String, options: XESReader.Options = .init()) async throws -> Reading<XESItem> {
    var reading = Reading<XESItem>()
    do {
        for try await item in XESReader(path: path, options: options) { reading.items.append(item) }
    } catch let error as InterchangeError {
        reading.failure = error
    }
    return reading
}

func readAll(csv path: String, options: CSVReader.Options = .init()) async throws -> Reading<CSVItem> {
    var reading = Reading<CSVItem>()
    do {
        for try await item in CSVReader(path: path, options: options) { reading.items.append(item) }
    } catch let error as InterchangeError {
        reading.failure = error
    }
    return reading
}

extension Reading<XESItem> {
    var header: XESLogHeader? {
        for case .log(let header) in items { return header }
        return nil
    }

    var events: [XESEvent] {
        items.flatMap { item -> [XESEvent] in
            if case .events(let batch) = item { batch } else { [] }
        }
    }

    var problems: [String] {
        items.compactMap { item -> String? in
            if case .problem(let problem) = item { problem.description } else { nil }
        }
    }

    /// The items without line numbers and with the events of a trace in one batch: what a round trip keeps.
    var content: [XESItem] {
        var result: [XESItem] = []
        for item in items {
            switch item {
            case .log(var header):
                header.version = nil
                result.append(.log(header))
            case .traceBegin(let attributes, _, let index):
                result.append(.traceBegin(attributes: attributes, line: 0, index: index))
            case .events(let batch):
                let bare = batch.map { XESEvent(attributes: $0.attributes, line: 0) }
                if case .events(let earlier) = result.last {
                    result[result.count - 1] = .events(earlier + bare)
                } else {
                    result.append(.events(bare))
                }
            default: result.append(item)
            }
        }
        return result
    }
}

extension Reading<CSVItem> {
    var rows: [CSVRow] {
        items.flatMap { item -> [CSVRow] in
            if case .rows(let batch) = item { batch } else { [] }
        }
    }

    var problems: [String] {
        items.compactMap { item -> String? in
            if case .problem(let problem) = item { problem.description } else { nil }
        }
    }
}

/// Packs a file with gzip beside it.
func gzip(_ path: String) throws -> String {
    let process = try Process.run(URL(fileURLWithPath: "/usr/bin/gzip"), arguments: ["-k", path])
    process.waitUntilExit()
    return path + ".gz"
}

/// This process, as `/proc` shows it.
enum OwnProcess {
    /// Files of the directory that this process has open: a reader's thread closes its file when it ends.
    static func openFiles(in scratch: ScratchDirectory) -> Int {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return files.count { link("/proc/self/fd/\($0)").hasPrefix(scratch.url.path) }
    }

    /// How many child processes named gzip read or write a file of the directory, or are zombies.
    static func gzipChildren(in scratch: ScratchDirectory) -> Int { gzipIdentifiers(in: scratch).count }

    /// The identifiers of those processes.
    static func gzipIdentifiers(in scratch: ScratchDirectory) -> [String] {
        let own = ProcessInfo.processInfo.processIdentifier
        let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return processes.filter { process in
            guard let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
                stat.contains("(gzip)")
            else { return false }
            if stat.contains(") Z \(own) ") { return true }
            return ["0", "1"].contains { link("/proc/\(process)/fd/\($0)").hasPrefix(scratch.url.path) }
        }
    }

    private static func link(_ path: String) -> String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) ?? ""
    }

    /// Bytes of memory in use.
    static var residentBytes: Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") } ?? ""
        return 1024
            * (line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) } ?? 0)
    }

    /// Waits up to ten seconds until the condition holds.
    static func eventually(_ condition: () -> Bool) async throws -> Bool {
        for _ in 0..<1000 {
            if condition() { return true }
            try await Task.sleep(for: .milliseconds(10))
        }
        return condition()
    }
}
