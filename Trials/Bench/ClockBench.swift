import ArgumentParser
import CaseFlow
import Foundation
import WorkingTime

/// The bar of the clock: due dates against `numpy.busday_offset`, on the same rows in the same run.
struct ClockBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clock",
        abstract: "The clock: the time per due date against numpy. About a minute."
    )

    @Flag(help: "Answer in JSON.")
    var json = false

    @Option(help: "Rounds of each comparison; the median counts.")
    var rounds = 5

    @Option(help: "Rows in each measurement.")
    var rows = 1_000_000

    @Option(help: "A table with the columns start and n, repeated as often as needed; without it rows are generated.")
    var rowsFile: String?

    @Option(help: "A Python with numpy; without it nothing is compared.")
    var python: String?

    private struct Answer: Encodable {
        let measurements: [Measurement]
        let notes: [String]
    }

    private struct Peer: Decodable {
        let numpy: String
        /// Nanoseconds per element: with make-up days, and with weekends and holidays alone.
        let exact, weekends: Double
    }

    func run() async throws {
        guard let python else {
            let note = "clock: left out, no Python with numpy was given (ops/bench makes one where PyPI can be reached)"
            if json { try print(Answer(measurements: [], notes: [note])) } else { Swift.print(note) }
            return
        }
        guard let calendar = try CalendarHistory.shipped("cn").latest else {
            throw BenchFailure("the shipped calendar is empty")
        }
        let (starts, lengths, source) = try input(calendar)
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("caseflow-clock-\(ProcessInfo.processInfo.processIdentifier)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try write(starts, lengths, calendar, to: folder.appendingPathComponent("rows"))

        var ours: [Double] = []
        var limits: [Double] = []
        var exact: [Double] = []
        var weekends: [Double] = []
        var version = ""
        var due: [CivilDate] = []
        for _ in 0..<rounds {
            ours.append(try Self.nanoseconds(starts.count) { due = try Self.added(starts, lengths, calendar) })
            limits.append(try Self.nanoseconds(starts.count) { try Self.limits(starts, lengths, calendar) })
            let peer = try peer(python, folder)
            exact.append(peer.exact)
            weekends.append(peer.weekends)
            version = peer.numpy
        }
        try compare(due, with: folder.appendingPathComponent("due"))
        let rows = "\(starts.count) rows, \(source); numpy \(version) gives the same dates"
        let measurements = [
            Measurement(
                "3a nth working day",
                ours: ours,
                peer: exact,
                unit: "ns",
                wanted: 0.5,
                atLeast: false,
                note: "peer: numpy.busday_offset, busdaycal with every rest day; \(rows)"
            ),
            Measurement(
                "3b due date of a limit",
                ours: limits,
                peer: exact,
                unit: "ns",
                wanted: 0.5,
                atLeast: false,
                note: "the same peer; with unit, roll, and provisional or not"
            ),
        ]
        let other = weekends.median
        let note =
            "numpy with a week mask and holidays alone, which cannot say make-up days and so gives other dates: "
            + "\((other * 10).rounded() / 10) ns an element; ratio \((ours.median / other * 100).rounded() / 100)"
        if json { return try print(Answer(measurements: measurements, notes: [note])) }
        Swift.print(Measurement.header)
        for measurement in measurements { Swift.print(measurement.line) }
        Swift.print(note)
    }

    private func print(_ answer: Answer) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        Swift.print(String(decoding: try encoder.encode(answer), as: UTF8.self))
    }

    /// Rows with n of at least 1: with n = 0 numpy moves a rest day, and the law does not.
    private func input(_ calendar: WorkCalendar) throws -> ([CivilDate], [Int], String) {
        var pairs: [(CivilDate, Int)] = []
        var source = "generated"
        if let rowsFile, let text = try? String(contentsOfFile: rowsFile, encoding: .utf8) {
            let lines = text.split(whereSeparator: \.isNewline).map {
                $0.split(separator: ",", omittingEmptySubsequences: false)
            }
            guard let header = lines.first, let start = header.firstIndex(of: "start"),
                let n = header.firstIndex(of: "n")
            else { throw BenchFailure("\(rowsFile) has no columns start and n") }
            for line in lines.dropFirst() {
                if let date = try? CivilDate(String(line[start])), let length = Int(line[n]), length > 0 {
                    pairs.append((date, length))
                }
            }
            source = "\(URL(fileURLWithPath: rowsFile).lastPathComponent) repeated"
        } else {
            var state: UInt64 = 20_260_210
            for _ in 0..<rows {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let day = calendar.firstDay.adding(days: Int(state >> 33) % 3_900) ?? calendar.firstDay
                pairs.append((day, 1 + Int(state >> 20) % 60))
            }
        }
        guard !pairs.isEmpty else { throw BenchFailure("there are no rows") }
        return ((0..<rows).map { pairs[$0 % pairs.count].0 }, (0..<rows).map { pairs[$0 % pairs.count].1 }, source)
    }

    /// Median of five passes, nanoseconds an element; the same is done in Python.
    private static func nanoseconds(_ count: Int, _ body: () throws -> Void) rethrows -> Double {
        try (0..<5).map { _ in
            let started = ContinuousClock.now
            try body()
            return (ContinuousClock.now - started) / .nanoseconds(1) / Double(count)
        }.median
    }

    @inline(never)
    private static func added(_ starts: [CivilDate], _ lengths: [Int], _ calendar: WorkCalendar) throws -> [CivilDate] {
        var due: [CivilDate] = []
        due.reserveCapacity(starts.count)
        for index in starts.indices { due.append(try calendar.adding(workingDays: lengths[index], to: starts[index])) }
        return due
    }

    @inline(never)
    private static func limits(_ starts: [CivilDate], _ lengths: [Int], _ calendar: WorkCalendar) throws {
        var due: [DayLimit.Outcome] = []
        due.reserveCapacity(starts.count)
        for index in starts.indices {
            due.append(try DayLimit(lengths[index], .workingDays).outcome(after: starts[index], in: calendar))
        }
        guard due.count == starts.count else { throw BenchFailure("rows were lost") }
    }

    /// Four-byte numbers: counts of rows and rest days, the starts, the lengths, the rest days.
    private func write(_ starts: [CivilDate], _ lengths: [Int], _ calendar: WorkCalendar, to file: URL) throws {
        var rest: [Int] = []
        // Far enough beyond the horizon for the longest row.
        var date = calendar.firstDay
        for _ in 0..<12_000 {
            if try !calendar.isWorkingDay(date) { rest.append(date.daysSinceEpoch) }
            date = date.adding(days: 1) ?? date
        }
        var bytes = Data(capacity: 8 * (starts.count + 2000))
        func append(_ value: Int) {
            let value = UInt32(truncatingIfNeeded: value)
            for shift in stride(from: UInt32(0), to: 32, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: value >> shift))
            }
        }
        append(starts.count)
        append(rest.count)
        for start in starts { append(start.daysSinceEpoch) }
        for length in lengths { append(length) }
        for day in rest { append(day) }
        try bytes.write(to: file)
    }

    private func compare(_ due: [CivilDate], with file: URL) throws {
        let bytes = [UInt8](try Data(contentsOf: file))
        guard bytes.count == 4 * due.count else { throw BenchFailure("numpy gave \(bytes.count / 4) dates") }
        for index in due.indices {
            var value: UInt32 = 0
            for byte in 0..<4 { value |= UInt32(bytes[4 * index + byte]) << (8 * UInt32(byte)) }
            let theirs = Int(Int32(bitPattern: value))
            guard theirs == due[index].daysSinceEpoch else {
                throw BenchFailure(
                    "row \(index): \(due[index]) here, \(CivilDate(daysSinceEpoch: theirs)?.description ?? "?") by numpy"
                )
            }
        }
    }

    private func peer(_ python: String, _ folder: URL) throws -> Peer {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: python)
        process.arguments = ["-c", Self.script, folder.path]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw BenchFailure("numpy failed in \(python)") }
        return try JSONDecoder().decode(Peer.self, from: data)
    }

    private static let script = """
        import json, sys, time
        import numpy as np
        folder = sys.argv[1]
        data = np.fromfile(folder + "/rows", dtype="<i4")
        rows, count = int(data[0]), int(data[1])
        starts = data[2:2 + rows].astype("datetime64[D]")
        lengths = data[2 + rows:2 + 2 * rows].astype(np.int64)
        rest = data[2 + 2 * rows:2 + 2 * rows + count].astype("datetime64[D]")
        exact = np.busdaycalendar(weekmask="1111111", holidays=rest)
        weekday = (rest.astype("int64") + 3) % 7
        weekends = np.busdaycalendar(weekmask="1111100", holidays=rest[weekday < 5])
        def measure(calendar):
            times = []
            for _ in range(5):
                began = time.perf_counter_ns()
                due = np.busday_offset(starts, lengths, roll="preceding", busdaycal=calendar)
                times.append((time.perf_counter_ns() - began) / rows)
            return sorted(times)[2], due
        first, due = measure(exact)
        second, _ = measure(weekends)
        due.astype("datetime64[D]").astype("<i4").tofile(folder + "/due")
        print(json.dumps({"numpy": np.__version__, "exact": first, "weekends": second}))
        """
}
