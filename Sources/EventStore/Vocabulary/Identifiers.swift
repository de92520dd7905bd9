import Foundation
import TransparencyLog

extension UUID {
    /// An id that is the same whenever it is made of the same names: version 8 (RFC 9562, section 5.8), the first 122
    /// bits of SHA-256 over the names, each preceded by its length in bytes.
    public init(nameBased names: [String]) {
        var text: [UInt8] = []
        for name in names { text.append(contentsOf: "\(name.utf8.count):\(name)".utf8) }
        var b = Digest.sha256(text).bytes
        b[6] = b[6] & 0x0f | 0x80
        b[8] = b[8] & 0x3f | 0x80
        self.init(
            uuid: (b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15])
        )
    }

    /// A new id that sorts by its time: version 7 (RFC 9562, section 5.7), milliseconds and 74 random bits. Rows that
    /// are stored together get ids that lie together, which the database's indexes thank for.
    public init(timeOrderedAt time: Timestamp) {
        let milliseconds = UInt64(max(0, time.microseconds / 1000))
        var generator = SystemRandomNumberGenerator()
        let (high, low) = (generator.next() as UInt64, generator.next() as UInt64)
        func byte(_ value: UInt64, _ shift: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: value >> shift) }
        self.init(
            uuid: (
                byte(milliseconds, 40), byte(milliseconds, 32), byte(milliseconds, 24), byte(milliseconds, 16),
                byte(milliseconds, 8), byte(milliseconds, 0),
                byte(high, 8) & 0x0f | 0x70, byte(high, 0), byte(low, 56) & 0x3f | 0x80, byte(low, 48),
                byte(low, 40), byte(low, 32), byte(low, 24), byte(low, 16), byte(low, 8), byte(low, 0)
            )
        )
    }

    /// The text form in lower case (RFC 9562, section 4), 36 characters.
    public var text: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(36)
        appendText(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends the text form in lower case (RFC 9562, section 4), 36 bytes.
    func appendText(to buffer: inout [UInt8]) {
        let u = uuid
        let bytes = [u.0, u.1, u.2, u.3, u.4, u.5, u.6, u.7, u.8, u.9, u.10, u.11, u.12, u.13, u.14, u.15]
        for (index, byte) in bytes.enumerated() {
            if index == 4 || index == 6 || index == 8 || index == 10 { buffer.append(UInt8(ascii: "-")) }
            for digit in [byte >> 4, byte & 15] { buffer.append(digit < 10 ? 0x30 + digit : 0x57 + digit) }
        }
    }
}
