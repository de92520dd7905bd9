import Foundation

/// A `gzip` child process between two files. It is always waited for, so that none stays behind as a zombie.
final class GzipChild {
    private let process: Process
    private let complaints: Pipe
    /// Reads what the child writes, when it unpacks.
    let output: FileHandle
    private var hasEnded = false
    private(set) var remark: String?

    private init(process: Process, complaints: Pipe, output: FileHandle) {
        self.process = process
        self.complaints = complaints
        self.output = output
    }

    /// Where `gzip` is, of the places where the distributions put it.
    private static func executable(path: String) throws(InterchangeError) -> URL {
        for place in ["/usr/bin/gzip", "/bin/gzip", "/usr/local/bin/gzip"]
        where FileManager.default.isExecutableFile(atPath: place) {
            return URL(fileURLWithPath: place)
        }
        throw InterchangeError(
            .notReadable,
            path: path,
            what: "gzip is not installed on this machine",
            mend: "install gzip, or use an uncompressed file"
        )
    }

    /// Starts `gzip -dc` on the bytes of `input` from its present position.
    /// - Parameter passingOnOthers: bytes that are not gzip are passed on as they are.
    static func unpacking(
        _ input: FileHandle,
        passingOnOthers: Bool,
        path: String
    ) throws(InterchangeError) -> GzipChild {
        let output = Pipe()
        let (process, complaints) = try start(
            arguments: [passingOnOthers ? "-dcf" : "-dc"],
            input: input,
            output: output,
            path: path
        )
        return GzipChild(process: process, complaints: complaints, output: output.fileHandleForReading)
    }

    /// Starts `gzip -c` from a pipe's reading end into a file.
    ///
    /// The reading end stays open here, so that writing into the pipe never raises SIGPIPE; when the child has gone,
    /// what is still written is read and dropped, so that the writer never blocks, and it sees `isRunning` false.
    static func packing(
        _ input: FileHandle,
        into output: FileHandle,
        path: String
    ) throws(InterchangeError) -> GzipChild {
        let (process, complaints) = try start(arguments: ["-c"], input: input, output: output, path: path) {
            while let data = try? input.read(upToCount: 65_536), !data.isEmpty {}
        }
        return GzipChild(process: process, complaints: complaints, output: output)
    }

    private static func start(
        arguments: [String],
        input: FileHandle,
        output: Any,
        path: String,
        whenEnded: (@Sendable () -> Void)? = nil
    ) throws(InterchangeError) -> (Process, Pipe) {
        let process = Process()
        process.executableURL = try executable(path: path)
        process.arguments = arguments
        // The messages are read by a program, hence the language; and GZIP may hold options of the user.
        process.environment = ["LC_ALL": "C"]
        process.standardInput = input
        process.standardOutput = output
        if let whenEnded { process.terminationHandler = { _ in whenEnded() } }
        let complaints = Pipe()
        process.standardError = complaints
        do {
            try process.run()
        } catch {
            throw InterchangeError(
                .notReadable,
                path: path,
                what: "gzip could not be started: \(error.localizedDescription)",
                mend: "check the limits of processes and open files, and try again"
            )
        }
        return (process, complaints)
    }

    /// Whether the child still runs.
    var isRunning: Bool { !hasEnded && process.isRunning }

    /// Waits for the child's own end.
    /// - Returns: what it complained about; `nil` when all was well.
    func waitForEnd() -> String? {
        hasEnded = true
        let data = (try? complaints.fileHandleForReading.readToEnd()) ?? Data()
        process.waitUntilExit()
        try? complaints.fileHandleForReading.close()
        let lines = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline)
        let text = lines.map(String.init).joined(separator: " ")
        // Status 2 is a warning (gzip(1), DIAGNOSTICS).
        if process.terminationReason == .exit, process.terminationStatus == 2 { remark = text }
        let isWell = process.terminationReason == .exit && [0, 2].contains(process.terminationStatus)
        return isWell ? nil : (text.isEmpty ? "gzip ended with status \(process.terminationStatus)" : text)
    }

    /// Waits for the child, at the end of what it unpacked.
    func expectGoodEnd(path: String) throws(InterchangeError) {
        guard !hasEnded, let complaint = waitForEnd() else { return }
        throw InterchangeError(
            .damagedCompression,
            path: path,
            what: "the gzip data are damaged or end too early (\(complaint))",
            mend: "fetch the file again; what lay before the damage has been read"
        )
    }

    /// Ends the child if it still runs, and waits for it.
    func end() {
        try? output.close()
        if !hasEnded {
            process.terminate()
            _ = waitForEnd()
        }
    }
}
