/// A telephone number of mainland China: a mobile number of 11 digits, or an area code with 7 or 8 digits, and perhaps an
/// extension (电信网编号计划, 2017).
///
/// It prints itself masked; the number itself is ``clearText`` alone.
public struct PhoneNumber: Sendable, Hashable {
    /// The number in clear, without country code: `13800138000`, `0816-1234567`, `010-12345678-901`.
    public let clearText: String

    /// Why a text is no such number. Never holds the text.
    public enum Flaw: Error, Sendable, Hashable {
        /// At this place, from 1, stands something that no telephone number has.
        case character(at: Int)
        /// It has a country code other than +86.
        case country
        /// The digits are no mobile number and no area code with a number.
        case shape
    }

    /// Checks a number as it was typed: spaces, hyphens, brackets and `+86` are taken.
    public init(_ text: String) throws(Flaw) {
        let bytes = WrittenCode(text).bytes
        var parts: [[UInt8]] = [[]]
        for (index, byte) in bytes.enumerated() {
            switch byte {
            case 0x30...0x39: parts[parts.count - 1].append(byte)
            case UInt8(ascii: "+") where index == 0: parts[0].append(byte)
            case UInt8(ascii: "-"), UInt8(ascii: " "), UInt8(ascii: "("), UInt8(ascii: ")"):
                if !parts[parts.count - 1].isEmpty { parts.append([]) }
            default: throw .character(at: index + 1)
            }
        }
        if parts[parts.count - 1].isEmpty { parts.removeLast() }
        if let first = parts.first, first.first == UInt8(ascii: "+") || first.starts(with: "00".utf8) {
            let rest = first.drop { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "0") }
            guard rest.starts(with: "86".utf8) else { throw .country }
            parts[0] = Array(rest.dropFirst(2))
            if parts[0].isEmpty { parts.removeFirst() }
            // Abroad an area code is written without its 0.
            if let next = parts.first, let digit = next.first, digit != UInt8(ascii: "1"), digit != UInt8(ascii: "0") {
                parts[0] = [UInt8(ascii: "0")] + next
            } else if let next = parts.first, next == Array("10".utf8) {
                parts[0] = Array("010".utf8)
            }
        }
        let digits = parts.joined()
        let whole = Array(digits)
        if whole.count == 11, Self.isMobile(whole) {
            clearText = String(decoding: whole, as: UTF8.self)
            return
        }
        guard let landline = Self.landline(parts) else { throw .shape }
        clearText = landline
    }

    /// One that was checked when it was sealed, by the rules of that time.
    init(trusted clearText: String) { self.clearText = clearText }

    /// 1, 3 to 9, nine more.
    static func isMobile(_ digits: some Collection<UInt8>) -> Bool {
        digits.count == 11 && digits.allSatisfy(\.isDigit) && digits.first == UInt8(ascii: "1")
            && (digits.dropFirst().first ?? 0) >= UInt8(ascii: "3")
    }

    /// Area code, number, extension; the first two may be written as one.
    private static func landline(_ parts: [[UInt8]]) -> String? {
        guard let first = parts.first, first.first == UInt8(ascii: "0"), first.count >= 3 else { return nil }
        // 010 and 02x have three digits, all others four.
        let isShort = first[1] == UInt8(ascii: "1") || first[1] == UInt8(ascii: "2")
        let length = isShort ? 3 : 4
        guard first.count >= length, first[1] != UInt8(ascii: "0"),
            first[1] != UInt8(ascii: "1") || first[2] == UInt8(ascii: "0")
        else { return nil }
        let area = first[..<length]
        // People write the number itself in groups, as 1234 5678; an extension comes after all of it.
        var number = Array(first[length...])
        var rest = parts.dropFirst()
        while number.count < 7, let group = rest.first {
            number += group
            rest = rest.dropFirst()
        }
        guard (7...8).contains(number.count), let digit = number.first, digit >= UInt8(ascii: "2"), rest.count <= 1,
            rest.allSatisfy({ $0.count <= 6 })
        else { return nil }
        let groups = [Array(area), number] + rest
        return groups.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "-")
    }
}

extension PhoneNumber: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Masked: its first three digits, as `138…**`.
    public var description: String { "\(clearText.prefix(3))…**" }
    /// Masked.
    public var debugDescription: String { description }
    /// Nothing: `dump` must not show it either.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension PhoneNumber.Flaw: CustomStringConvertible {
    /// What is wrong and what to do; never the number.
    public var words: LocalizedText {
        switch self {
        case .character(let place):
            LocalizedText(
                "character \(place) belongs to no telephone number; write digits, spaces and hyphens",
                "第 \(place) 个字符不属于电话号码；请只写数字、空格和连字符"
            )
        case .country:
            LocalizedText(
                "it has another country code than +86; write a number of mainland China, or put it into the note",
                "国家代码不是 +86；请填写境内号码，境外号码可写入备注"
            )
        case .shape:
            LocalizedText(
                "it is neither a mobile number (11 digits from 13 to 19) nor an area code with 7 or 8 digits; ask for it again",
                "既不是 11 位手机号码，也不是带区号的固定电话；请重新核对"
            )
        }
    }

    /// The words in English.
    public var description: String { words[.english] }
}
