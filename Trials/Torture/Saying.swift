import Foundation
import PostgresClient

// What the trials tell beside the tally, and the random numbers that they choose by.

/// A line to standard error.
func say(_ text: String) { FileHandle.standardError.write(Data("torture: \(text)\n".utf8)) }

/// An error in words, with what the server said: there are no real people's data here.
func words(for error: any Error) -> String {
    guard let error = error as? PostgresError, let said = error.serverMessage, !said.isEmpty else { return "\(error)" }
    return "\(error): \(said)"
}

/// Creates or replaces a file.
func put(_ content: Data = Data(), at path: String) throws {
    guard FileManager.default.createFile(atPath: path, contents: content) else {
        throw TrialBroken("\(path) cannot be written")
    }
}

/// Random numbers that a seed repeats (SplitMix64).
struct Dice: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    mutating func milliseconds(_ range: ClosedRange<Int>) -> Duration {
        .milliseconds(Int.random(in: range, using: &self))
    }
}

/// Waits until something holds, looking every 10 ms. False: it did not within the limit.
func wait(atMost limit: Duration, until holds: () async throws -> Bool) async throws -> Bool {
    let deadline = ContinuousClock.now + limit
    while try await !holds() {
        if ContinuousClock.now > deadline { return false }
        try await Task.sleep(for: .milliseconds(10))
    }
    return true
}
