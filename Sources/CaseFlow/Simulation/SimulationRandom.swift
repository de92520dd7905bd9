import Foundation

/// Random numbers that a seed repeats (SplitMix64), for simulations: the same seed gives the same numbers on every machine.
/// Nothing secret may be made from them.
public struct SimulationRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// Begins with a seed.
    public init(seed: UInt64) { state = seed }

    /// The numbers of a purpose, apart from those of every other purpose of the same seed: what is drawn for one thing does
    /// not move what is drawn for another.
    public init(seed: UInt64, of purpose: String, _ number: Int = 0) {
        // FNV-1a, 64 bits.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in purpose.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        var mixed = SimulationRandom(seed: seed ^ hash)
        state = mixed.next() &+ UInt64(bitPattern: Int64(number)) &* 0xd134_2543_de82_ef95
        _ = next()
    }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// From 0 to below 1.
    public mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// True with this probability.
    public mutating func chance(_ probability: Double) -> Bool { unit() < probability }

    /// A whole number of a range, each with the same probability as far as 64 bits can tell.
    public mutating func whole(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(next() % UInt64(range.upperBound - range.lowerBound + 1))
    }

    /// The index of one of these weights; of no weight above 0 the first.
    public mutating func pick(_ weights: [Double]) -> Int {
        let total = weights.reduce(0) { $0 + max(0, $1) }
        var left = unit() * total
        for (index, weight) in weights.enumerated() where weight > 0 {
            left -= weight
            if left < 0 { return index }
        }
        return weights.firstIndex { $0 > 0 } ?? 0
    }

    /// How long something takes that takes so long on average, in seconds: seldom next to nothing, one time in ten far
    /// longer. Sums of uniform numbers, so that no library's logarithm has a say.
    public mutating func seconds(about minutes: Double) -> Int64 {
        let usual = (unit() + unit() + unit()) / 3 * 2
        let length = minutes * 60 * usual * (chance(0.1) ? 1.9 : 0.9)
        return max(20, Int64(length))
    }

    /// So many bytes.
    public mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next() >> 32) }
    }

    /// An id of the form of RFC 9562, version 4.
    public mutating func id() -> UUID {
        var bytes = bytes(16)
        bytes[6] = bytes[6] & 0x0f | 0x40
        bytes[8] = bytes[8] & 0x3f | 0x80
        return UUID(
            uuid: (
                bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7], bytes[8], bytes[9],
                bytes[10], bytes[11], bytes[12], bytes[13], bytes[14], bytes[15]
            )
        )
    }
}
