import Crypto

/// A SHA-256 digest, 32 bytes, held in place.
public struct Digest: Hashable, Sendable {
    private let words: (UInt64, UInt64, UInt64, UInt64)

    /// The digest of `bytes`.
    public static func sha256(_ bytes: [UInt8]) -> Digest { Digest(SHA256.hash(data: bytes)) }

    /// RFC 6962, section 2.1: the hash of a leaf, SHA-256(0x00 || entry).
    ///
    /// `prefixedEntry` is the entry with the 0x00 already in front, so that it is not copied to be hashed.
    public static func leaf(prefixedEntry: [UInt8]) -> Digest {
        precondition(prefixedEntry.first == 0, "a leaf is hashed with 0x00 in front")
        return sha256(prefixedEntry)
    }

    /// From 32 bytes; nil for any other number.
    public init?(_ bytes: some Sequence<UInt8>) {
        var iterator = bytes.makeIterator()
        func word() -> UInt64? {
            var value: UInt64 = 0
            for _ in 0..<8 {
                guard let byte = iterator.next() else { return nil }
                value = value << 8 | UInt64(byte)
            }
            return value
        }
        guard let a = word(), let b = word(), let c = word(), let d = word(), iterator.next() == nil else { return nil }
        words = (a, b, c, d)
    }

    private init(_ digest: SHA256.Digest) {
        var iterator = digest.makeIterator()
        func word() -> UInt64 {
            var value: UInt64 = 0
            for _ in 0..<8 { value = value << 8 | UInt64(iterator.next() ?? 0) }
            return value
        }
        words = (word(), word(), word(), word())
    }

    /// The 32 bytes.
    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32)
        append(to: &bytes)
        return bytes
    }

    /// Appends the 32 bytes.
    public func append(to buffer: inout [UInt8]) {
        for word in [words.0, words.1, words.2, words.3] {
            var shift = 56
            while shift >= 0 {
                buffer.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
                shift -= 8
            }
        }
    }

    /// The digest in base64 (RFC 4648, section 4), 44 characters.
    public var base64: String {
        var text: [UInt8] = []
        appendBase64(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// Appends the digest in base64, 44 characters.
    public func appendBase64(to buffer: inout [UInt8]) {
        let alphabet = Self.alphabet
        // 32 bytes are ten groups of three and one of two.
        var bits: UInt32 = 0
        var count = 0
        for word in [words.0, words.1, words.2, words.3] {
            var shift: UInt64 = 64
            while shift > 0 {
                shift -= 8
                bits = bits << 8 | UInt32(word >> shift & 0xff)
                count += 1
                if count == 3 {
                    for move in [UInt32(18), 12, 6, 0] { buffer.append(alphabet[Int(bits >> move & 63)]) }
                    bits = 0
                    count = 0
                }
            }
        }
        bits <<= 8
        for move in [UInt32(18), 12, 6] { buffer.append(alphabet[Int(bits >> move & 63)]) }
        buffer.append(UInt8(ascii: "="))
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// Two digests are equal when their bytes are.
    public static func == (left: Digest, right: Digest) -> Bool { left.words == right.words }

    /// Hashes the first word: a digest is as random as anything can be.
    public func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}

extension Digest: CustomStringConvertible {
    /// The digest in base64.
    public var description: String { base64 }
}
