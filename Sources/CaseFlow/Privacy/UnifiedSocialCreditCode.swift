/// An organisation's unified social credit code (统一社会信用代码, GB 32100-2015): registering department, kind, six digits of
/// the region, nine characters of the organisation, and a check character (MOD 31-3), 18 characters in all.
///
/// It prints itself masked: the code of a one-person business stands for a person.
public struct UnifiedSocialCreditCode: Sendable, Hashable {
    /// The code in clear: digits and capitals without I, O, S, V, Z.
    public let clearText: String

    /// Why a text is no such code. Never holds the text.
    public enum Flaw: Error, Sendable, Hashable {
        /// It has so many characters, not 18.
        case length(Int)
        /// At this place, from 1, stands something that may not stand there.
        case character(at: Int)
        /// The last place is not what the others give.
        case checkDigit
    }

    /// Checks a code as it was typed or read: white space around it, full-width characters and small letters are taken.
    public init(_ text: String) throws(Flaw) {
        let bytes = WrittenCode(text).bytes
        guard bytes.count == 18 else { throw .length(bytes.count) }
        for (index, byte) in bytes.enumerated() {
            guard Self.value(byte) != nil, !(2..<8).contains(index) || byte.isDigit else {
                throw .character(at: index + 1)
            }
        }
        guard bytes[17] == Self.check(bytes[..<17]) else { throw .checkDigit }
        clearText = String(decoding: bytes, as: UTF8.self)
    }

    /// One that was checked when it was sealed, by the rules of that time.
    init(trusted clearText: String) { self.clearText = clearText }

    private static let alphabet = Array("0123456789ABCDEFGHJKLMNPQRTUWXY".utf8)

    private static func value(_ byte: UInt8) -> Int? { alphabet.firstIndex(of: byte) }

    /// The check character of 17 (GB 32100-2015, 5.5): place i, from 1, weighs 3^(i-1) mod 31.
    static func check(_ code: some Sequence<UInt8>) -> UInt8 {
        var (sum, weight) = (0, 1)
        for byte in code {
            sum += (value(byte) ?? 0) * weight
            weight = weight * 3 % 31
        }
        return alphabet[(31 - sum % 31) % 31]
    }
}

extension UnifiedSocialCreditCode: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Masked, as `9151…**`.
    public var description: String { masked(clearText) }
    /// Masked.
    public var debugDescription: String { description }
    /// Nothing: `dump` must not show it either.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension UnifiedSocialCreditCode.Flaw: CustomStringConvertible {
    /// What is wrong and what to do; never the code.
    public var words: LocalizedText {
        switch self {
        case .length(let count):
            LocalizedText(
                "it has \(count) characters, not 18; read it again from the licence",
                "共 \(count) 位，应为 18 位；请对照证照重新填写"
            )
        case .character(let place) where (3...8).contains(place):
            LocalizedText(
                "character \(place) is not a digit, as those of the region in 3 to 8 are; read it again from the licence",
                "第 \(place) 位不是数字（第 3 至 8 位为行政区划代码）；请对照证照重新填写"
            )
        case .character(let place):
            LocalizedText(
                "character \(place) is neither a digit nor a letter that such codes use (I, O, S, V and Z are not used); read "
                    + "it again from the licence",
                "第 \(place) 位不是代码允许的字符（不使用 I、O、S、V、Z）；请对照证照重新填写"
            )
        case .checkDigit:
            LocalizedText(
                "the check character is wrong, so at least one character is; read all of them again from the licence",
                "校验码不符，至少有一位填写有误；请对照证照逐位核对"
            )
        }
    }

    /// The words in English.
    public var description: String { words[.english] }
}
