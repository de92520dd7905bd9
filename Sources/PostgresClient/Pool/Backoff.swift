/// Pauses between tries: each twice the one before, up to a limit, less a random part so that many clients that lost
/// the same server do not come back in step.
public struct Backoff: Sendable {
    private var next: Duration
    private let limit: Duration

    /// The first pause and the longest.
    public init(first: Duration = .milliseconds(50), limit: Duration = .seconds(2)) {
        next = first
        self.limit = limit
    }

    /// The pause before the next try, between half and all of its nominal length.
    public mutating func pause() -> Duration {
        let nominal = next
        next = min(next * 2, limit)
        return nominal * Double.random(in: 0.5...1)
    }
}
