import WorkingTime

/// A citizen's identity number (公民身份号码, GB 11643-1999): six digits of the region, the date of birth, three digits of
/// sequence, and a check character (ISO 7064, MOD 11-2), 18 characters in all.
///
/// The same form have the residence permits of residents of Hong Kong, Macao and Taiwan (regions 81 to 83), and since
/// December 2023 the permanent residence cards of foreigners, which begin with 9 before the province.
///
/// It prints itself masked; the number itself is ``clearText`` alone.
public struct IdentityNumber: Sendable, Hashable {
    /// The number in clear: 17 digits, and a digit or `X`.
    public let clearText: String

    /// Why a text is no identity number. Never holds the text.
    public enum Flaw: Error, Sendable, Hashable {
        /// It has so many characters, not 18.
        case length(Int)
        /// At this place, from 1, stands something that may not stand there.
        case character(at: Int)
        /// Places 1 and 2 (2 and 3 of a foreigner's card) name no province.
        case region
        /// Places 7 to 14 are no day since 1900.
        case birthDate
        /// Places 7 to 14 are a day that is still to come.
        case birthInFuture
        /// The last place is not what the others give.
        case checkDigit
    }

    /// Checks a number as it was typed or read: white space around it, full-width characters and a small `x` are taken.
    /// - Parameter today: refuses a birth after this day; nil checks the calendar alone.
    public init(_ text: String, today: CivilDate? = nil) throws(Flaw) {
        let bytes = WrittenCode(text).bytes
        guard bytes.count == 18 else { throw .length(bytes.count) }
        if let wrong = bytes.dropLast().firstIndex(where: { !$0.isDigit }) { throw .character(at: wrong + 1) }
        guard bytes[17].isDigit || bytes[17] == UInt8(ascii: "X") else { throw .character(at: 18) }
        let isForeign = bytes[0] == UInt8(ascii: "9")
        let start = isForeign ? 1 : 0
        guard Self.provinces.contains(bytes[start].digit * 10 + bytes[start + 1].digit) else { throw .region }
        func number(_ places: Range<Int>) -> Int { bytes[places].reduce(0) { $0 * 10 + $1.digit } }
        guard number(6..<10) >= 1900,
            let birth = try? CivilDate(year: number(6..<10), month: number(10..<12), day: number(12..<14))
        else { throw .birthDate }
        if let today, birth > today { throw .birthInFuture }
        guard bytes[17] == Self.check(bytes[..<17]) else { throw .checkDigit }
        clearText = String(decoding: bytes, as: UTF8.self)
    }

    /// One that was checked when it was sealed, by the rules of that time.
    init(trusted clearText: String) { self.clearText = clearText }

    /// The check character of 17 digits (GB 11643-1999, 4.4; ISO 7064, MOD 11-2): place i from the right weighs 2^i mod 11.
    static func check(_ digits: some Sequence<UInt8>) -> UInt8 {
        let sum = zip(digits, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]).reduce(0) {
            $0 + $1.0.digit * $1.1
        }
        return Array("10X98765432".utf8)[sum % 11]
    }

    /// The first two digits of GB/T 2260, and 83 for the permits of residents of Taiwan.
    private static let provinces: Set<Int> = [
        11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52, 53, 54, 61, 62,
        63,
        64, 65, 71, 81, 82, 83,
    ]
}

extension IdentityNumber: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Masked, as `5107…**`.
    public var description: String { masked(clearText) }
    /// Masked.
    public var debugDescription: String { description }
    /// Nothing: `dump` must not show it either.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension IdentityNumber.Flaw: CustomStringConvertible {
    /// What is wrong and what to do; never the number.
    public var words: LocalizedText {
        switch self {
        case .length(15):
            LocalizedText(
                "it has 15 characters: numbers of the first generation have not been valid since 2013; read the one with 18 "
                    + "from the card",
                "只有 15 位：第一代身份证号码自 2013 年起已停用；请按证件填写 18 位号码"
            )
        case .length(let count):
            LocalizedText(
                "it has \(count) characters, not 18; read it again from the card",
                "共 \(count) 位，应为 18 位；请对照证件重新填写"
            )
        case .character(18):
            LocalizedText(
                "character 18 is neither a digit nor X; read it again from the card",
                "第 18 位既不是数字也不是 X；请对照证件重新填写"
            )
        case .character(let place):
            LocalizedText(
                "character \(place) is not a digit; read it again from the card",
                "第 \(place) 位不是数字；请对照证件重新填写"
            )
        case .region:
            LocalizedText(
                "its beginning names no province; read characters 1 to 6 again from the card",
                "开头的地区代码不是任何省级行政区；请对照证件核对第 1 至 6 位"
            )
        case .birthDate:
            LocalizedText(
                "characters 7 to 14 are no date of birth since 1900; read them again from the card",
                "第 7 至 14 位不是 1900 年以来的有效出生日期；请对照证件核对"
            )
        case .birthInFuture:
            LocalizedText(
                "the date of birth in characters 7 to 14 is still to come; read them again from the card",
                "第 7 至 14 位的出生日期晚于今天；请对照证件核对"
            )
        case .checkDigit:
            LocalizedText(
                "the check digit is wrong, so at least one character is; read all of them again from the card",
                "校验码不符，至少有一位填写有误；请对照证件逐位核对"
            )
        }
    }

    /// The words in English.
    public var description: String { words[.english] }
}
