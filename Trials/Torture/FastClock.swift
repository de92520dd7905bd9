import CaseFlow
import EventStore
import Foundation

/// The clock of a simulated log that several processes share: it runs many times as fast as the machine's, and stands still
/// at its end. Written to a file, so that all read the same.
struct FastClock: Codable, Sendable {
    /// What it shows at its start, and at its end: microseconds of simulated time.
    let begins, ends: Int64
    /// The machine's time at its start: microseconds.
    let started: Int64
    /// How long it runs: microseconds of the machine's time.
    let length: Int64

    init(from begins: Timestamp, to ends: Timestamp, in length: Duration) {
        (self.begins, self.ends) = (begins.microseconds, ends.microseconds)
        started = RecordingClock.system.now().microseconds
        self.length = Int64(length / .microseconds(1))
    }

    init(file: String) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(contentsOf: URL(fileURLWithPath: file)))
    }

    func write(to file: String) throws { try put(JSONEncoder().encode(self), at: file) }

    var now: Timestamp {
        let passed = Double(RecordingClock.system.now().microseconds - started) / Double(length)
        return Timestamp(microseconds: begins + Int64(Double(ends - begins) * min(1, max(0, passed))))
    }

    var recording: RecordingClock { RecordingClock(isSimulated: true) { [self] in now } }
}
