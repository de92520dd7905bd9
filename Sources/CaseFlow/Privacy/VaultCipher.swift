import Crypto
import Foundation

/// AES-256-GCM with a nonce made from what is sealed: the same data under the same key gives the same box, and no failing
/// random source can make two boxes share a nonce (decision 17).
///
/// A box is a version byte (1), the nonce (12 bytes), the ciphertext and the tag (16 bytes).
enum VaultCipher {
    /// A box that is none, was changed, or belongs to another key, log or subject; which of these cannot be told.
    struct Unopenable: Error {}

    static let keyLength = 32

    /// Seals bytes under a key of 32 bytes. `about` is what they belong to: it is authenticated, not stored.
    static func seal(_ plain: [UInt8], under key: [UInt8], about: [UInt8]) -> [UInt8] {
        let mac = HMAC<SHA256>.authenticationCode(
            for: Array("\(about.count):".utf8) + about + plain,
            using: SymmetricKey(data: derive("nonce", from: key))
        )
        do {
            let sealed = try AES.GCM.seal(
                plain,
                using: SymmetricKey(data: derive("seal", from: key)),
                nonce: AES.GCM.Nonce(data: Array(mac.prefix(12))),
                authenticating: about
            )
            return [1] + Array(sealed.nonce) + Array(sealed.ciphertext) + Array(sealed.tag)
        } catch {
            preconditionFailure("a key of 32 bytes and a nonce of 12 are always taken")
        }
    }

    /// Opens a box.
    static func open(_ box: [UInt8], under key: [UInt8], about: [UInt8]) throws(Unopenable) -> [UInt8] {
        guard box.count >= 29, box[0] == 1 else { throw Unopenable() }
        do {
            let sealed = try AES.GCM.SealedBox(
                nonce: AES.GCM.Nonce(data: box[1..<13]),
                ciphertext: box[13..<(box.count - 16)],
                tag: box[(box.count - 16)...]
            )
            return Array(
                try AES.GCM.open(sealed, using: SymmetricKey(data: derive("seal", from: key)), authenticating: about)
            )
        } catch {
            throw Unopenable()
        }
    }

    /// A key for one purpose from a key of 32 random bytes: HKDF-Expand with SHA-256 (RFC 5869, 2.3; the first step may be
    /// left out for such keys, 3.3).
    static func derive(_ purpose: String, from key: [UInt8]) -> [UInt8] {
        mark(Array("caseflow-vault/v1 \(purpose)".utf8) + [1], under: key)
    }

    /// HMAC-SHA256, 32 bytes.
    static func mark(_ text: [UInt8], under key: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: text, using: SymmetricKey(data: key)))
    }

    // MARK: Length

    /// Padded to a multiple of 128 bytes (ISO/IEC 7816-4: 0x80, then zeros), so that a length tells little.
    static func padded(_ plain: [UInt8]) -> [UInt8] {
        let padding = 128 - (plain.count + 1) % 128
        return plain + [0x80] + [UInt8](repeating: 0, count: padding % 128)
    }

    /// Without the padding; nil where there is none.
    static func unpadded(_ padded: [UInt8]) -> [UInt8]? {
        guard let end = padded.lastIndex(where: { $0 != 0 }), padded[end] == 0x80 else { return nil }
        return Array(padded[..<end])
    }
}
