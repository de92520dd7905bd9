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
        self.init(uuid: (b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]))
    }
}
