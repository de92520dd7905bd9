/// The bytes that the exchange formats are built of.
enum Ascii {
    static var tab: UInt8 { 0x09 }
    static var newline: UInt8 { 0x0a }
    static var carriageReturn: UInt8 { 0x0d }
    static var space: UInt8 { 0x20 }
    static var exclamation: UInt8 { 0x21 }
    static var quote: UInt8 { 0x22 }
    static var hash: UInt8 { 0x23 }
    static var ampersand: UInt8 { 0x26 }
    static var apostrophe: UInt8 { 0x27 }
    static var slash: UInt8 { 0x2f }
    static var comma: UInt8 { 0x2c }
    static var bar: UInt8 { 0x7c }
    static var semicolon: UInt8 { 0x3b }
    static var less: UInt8 { 0x3c }
    static var equals: UInt8 { 0x3d }
    static var greater: UInt8 { 0x3e }
    static var question: UInt8 { 0x3f }
    static var bracket: UInt8 { 0x5b }

    /// White space of XML 1.0, production 3.
    static func isSpace(_ byte: UInt8) -> Bool {
        byte == space || byte == newline || byte == tab || byte == carriageReturn
    }
}
