/// Where the vault takes random bytes from: the system, or in a simulation a source that a seed repeats.
public struct VaultRandom: Sendable {
    private let draw: @Sendable (Int) -> [UInt8]

    /// A source. It must be unpredictable wherever real data is kept.
    public init(_ draw: @escaping @Sendable (Int) -> [UInt8]) { self.draw = draw }

    /// So many bytes.
    public func bytes(_ count: Int) -> [UInt8] {
        let bytes = draw(count)
        precondition(bytes.count == count, "a random source that gives another number of bytes")
        return bytes
    }

    /// The operating system's cryptographic generator.
    public static let system = VaultRandom { count in
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }
}
