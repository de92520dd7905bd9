/// A number or code as people type it: white space around it is dropped, full-width letters and digits (全角) become plain
/// ones, small letters become capitals.
struct WrittenCode {
    /// One byte a character; a character that is not ASCII is 0xff.
    let bytes: [UInt8]

    init(_ text: String) {
        let scalars = Array(text.unicodeScalars)
        let space: (Unicode.Scalar) -> Bool = { $0.properties.isWhitespace || $0.value == 0xfeff }
        let first = scalars.firstIndex { !space($0) } ?? scalars.endIndex
        let last = scalars.lastIndex { !space($0) } ?? first
        bytes =
            first == scalars.endIndex
            ? []
            : scalars[first...last].map { scalar in
                let value = (0xff01...0xff5e).contains(scalar.value) ? scalar.value - 0xfee0 : scalar.value
                let byte = UInt8(exactly: value).flatMap { $0 < 0x80 ? $0 : nil } ?? 0xff
                return (0x61...0x7a).contains(byte) ? byte - 0x20 : byte
            }
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }
}

extension UInt8 {
    /// `0` to `9` in ASCII.
    var isDigit: Bool { (0x30...0x39).contains(self) }
    /// The value of a digit.
    var digit: Int { Int(self) - 0x30 }
}

/// The beginning of a number and nothing else, for messages and log lines.
func masked(_ text: String) -> String { "\(text.prefix(4))…**" }
