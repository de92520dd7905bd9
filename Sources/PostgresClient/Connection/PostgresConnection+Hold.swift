import Synchronization

/// Having the session for oneself: for a transaction, a COPY or a script.
extension PostgresConnection {
    /// Holds that the current task is inside of, to tell a mistake from a wait without end.
    @TaskLocal static var holds: Set<Int> = []
    /// Numbers holds, over all sessions of the process.
    private static let holdNumber = Atomic<Int>(0)

    /// A task inside a transaction or COPY of this session would wait for itself.
    func refuseInsideHold() throws {
        if let hold, Self.holds.contains(hold) {
            throw PostgresError(
                .misuse,
                "inside a transaction its own handle must be used, inside a COPY nothing, not the connection"
            )
        }
    }

    /// Runs `body` with the session for itself. `body` gets the number of the hold.
    nonisolated func exclusively<Result>(_ body: (Int) async throws -> Result) async throws -> Result {
        let number = try await beginHold()
        do {
            let result = try await Self.$holds.withValue(Self.holds.union([number])) { try await body(number) }
            await endHold()
            return result
        } catch {
            await endHold()
            throw error
        }
    }

    private func beginHold() async throws -> Int {
        try refuseInsideHold()
        try await enter(number(), exclusive: true)
        let number = Self.holdNumber.add(1, ordering: .relaxed).newValue
        hold = number
        return number
    }

    private func endHold() {
        hold = nil
        // Whatever went wrong, nobody else may find the session in the middle of something.
        if mode == .simple { fail(with: lost()) }
        leave(exclusive: true)
    }
}
