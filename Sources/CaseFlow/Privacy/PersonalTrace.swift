import WorkingTime

/// Personal data that has come to stand in a free text, as a reason: found by its form, so that it is refused before it is
/// in the log for good. Pure; a decider can ask.
///
/// Names have no form and are not found here; ``PersonalData/redacting(_:)`` takes out those of a known subject.
public enum PersonalTrace: String, Sendable, Hashable, CaseIterable {
    /// 18 characters in the form of an identity number.
    case identityNumber = "identity-number"
    /// 11 digits from 13 to 19.
    case mobileNumber = "mobile-number"
    /// An area code and 7 or 8 digits.
    case landlineNumber = "landline-number"

    /// What was found and what to write instead.
    public var words: LocalizedText {
        switch self {
        case .identityNumber: Self.words("an identity number", "身份证号码")
        case .mobileNumber: Self.words("a mobile number", "手机号码")
        case .landlineNumber: Self.words("a telephone number", "固定电话号码")
        }
    }

    private static func words(_ english: String, _ chinese: String) -> LocalizedText {
        LocalizedText(
            "it holds \(english), which may not stand in the log in clear; name the case or the subject instead",
            "其中含有\(chinese)，不得以明文写入日志；请改写为办件编号或对象编号"
        )
    }

    /// A text with a space for each character of a UUID: of ten thousand one holds the digits of a telephone by chance.
    private static func withoutIdentifiers(_ bytes: [UInt8]) -> [UInt8] {
        let lengths = [8, 4, 4, 4, 12]
        guard bytes.count >= 36 else { return bytes }
        var bytes = bytes
        for start in 0...(bytes.count - 36) {
            var index = start
            let isIdentifier = lengths.enumerated().allSatisfy { part, length in
                if part > 0 {
                    if bytes[index] != UInt8(ascii: "-") { return false }
                    index += 1
                }
                defer { index += length }
                return bytes[index..<(index + length)].allSatisfy { $0.isDigit || (0x41...0x46).contains($0 & 0xdf) }
            }
            if isIdentifier { bytes.replaceSubrange(start..<(start + 36), with: repeatElement(0x20, count: 36)) }
        }
        return bytes
    }

    /// The first trace in a text; nil where there is none.
    ///
    /// Full-width digits count. Numbers may stand in groups, as people write them: `138-0013-8000`, `110105 19491231 002X`,
    /// `(0816)2221234`, with `+86` or `0086` before them. An identity number whose check digit is wrong is one nevertheless
    /// if it stands in one piece and its birth lies before 2025: the same form with a later day is that of the numbers that
    /// offices give to cases, region, day and serial number. What is woven into a longer code, as an item's or a digest, is
    /// left alone.
    public static func first(in text: String) -> PersonalTrace? {
        let bytes = withoutIdentifiers(WrittenCode(text).bytes)
        // The shortest has ten digits.
        guard bytes.lazy.count(where: \.isDigit) >= 10 else { return nil }
        let groups = DigitGroup.all(in: bytes)
        for index in groups.indices {
            if let trace = groups[index].trace ?? DigitGroup.trace(in: groups, from: index) { return trace }
        }
        return nil
    }
}

/// Digits that stand together, and how they are joined to those before and behind.
private struct DigitGroup {
    enum Link { case none, space, hyphen, bracket }

    var digits: [UInt8]
    /// An `X` behind the digits, as identity numbers have it.
    var hasX = false
    /// A `+` before them.
    var hasPlus = false
    /// What stands between this group and the one before.
    var before = Link.none
    /// What stands between this group and the one behind.
    var after = Link.none

    static func all(in bytes: [UInt8]) -> [DigitGroup] {
        func byte(_ index: Int) -> UInt8 { bytes.indices.contains(index) ? bytes[index] : 0 }
        var groups: [DigitGroup] = []
        var end = -1
        var index = 0
        while index < bytes.count {
            guard bytes[index].isDigit else {
                index += 1
                continue
            }
            let start = index
            while byte(index).isDigit { index += 1 }
            var group = DigitGroup(digits: Array(bytes[start..<index]))
            if byte(index) == UInt8(ascii: "X"), !byte(index + 1).isLetterOrDigit {
                group.hasX = true
                index += 1
            }
            // Letters may stand beside it, as in `Tel13800138000`; other digits behind them make it a part of a code.
            var (left, right) = (start - 1, index)
            while byte(left).isLetter { left -= 1 }
            while byte(right).isLetter { right += 1 }
            if byte(left).isDigit && left < start - 1 || byte(right).isDigit && right > index {
                end = -1
                continue
            }
            group.hasPlus = byte(start - 1) == UInt8(ascii: "+")
            if end >= 0, left == start - 1 { group.before = link(Array(bytes[end..<start])) }
            if !groups.isEmpty { groups[groups.count - 1].after = group.before }
            groups.append(group)
            end = right == index ? index : -1
        }
        return groups
    }

    private static func link(_ gap: [UInt8]) -> Link {
        switch gap {
        case Array(" ".utf8): .space
        case Array("-".utf8): .hyphen
        case Array(")".utf8), Array(") ".utf8), Array(")-".utf8): .bracket
        default: .none
        }
    }

    private var isCountryCode: Bool {
        !hasX && (digits == Array("86".utf8) && hasPlus || digits == Array("0086".utf8))
    }

    /// What it is by itself.
    var trace: PersonalTrace? {
        let mobile = [("86", 13), ("0086", 15)].first { digits.count == $0.1 && digits.starts(with: $0.0.utf8) }
        if !hasX, PhoneNumber.isMobile(mobile.map { digits.dropFirst($0.0.utf8.count) } ?? digits[...]) {
            return .mobileNumber
        }
        guard digits.count + (hasX ? 1 : 0) == 18 else { return nil }
        if Self.isIdentityNumber([self]) { return .identityNumber }
        let isPartOfCode = before == .hyphen || after == .hyphen
        return !isPartOfCode && Self.isBirth(digits[6..<14]) ? .identityNumber : nil
    }

    private static func isIdentityNumber(_ groups: some Sequence<DigitGroup>) -> Bool {
        let text = groups.flatMap { $0.digits + ($0.hasX ? [UInt8(ascii: "X")] : []) }
        return (try? IdentityNumber(String(decoding: text, as: UTF8.self))) != nil
    }

    /// Whether eight digits are a day from 1900 to 2024.
    private static func isBirth(_ digits: ArraySlice<UInt8>) -> Bool { isDay(digits, years: 1900...2024) }

    private static func isDay(_ digits: ArraySlice<UInt8>, years: ClosedRange<Int>) -> Bool {
        let number = digits.reduce(0) { $0 * 10 + $1.digit }
        let day = try? CivilDate(year: number / 10_000, month: number / 100 % 100, day: number % 100)
        return digits.count == 8 && day != nil && years.contains(number / 10_000)
    }

    /// What it is with those that follow.
    static func trace(in groups: [DigitGroup], from start: Int) -> PersonalTrace? {
        var count = groups[start].digits.count
        var end = start
        while end + 1 < groups.count, groups[end].after != .none, !groups[end].hasX {
            end += 1
            count += groups[end].digits.count
            if count > 18 { return nil }
            if let trace = trace(of: groups[start...end], in: groups) { return trace }
        }
        return nil
    }

    private static func trace(of part: ArraySlice<DigitGroup>, in groups: [DigitGroup]) -> PersonalTrace? {
        let sizes = part.map(\.digits.count)
        let digits = part.flatMap(\.digits)
        let links = part.dropFirst().map(\.before)
        let hasX = part.last?.hasX ?? false
        if digits.count + (hasX ? 1 : 0) == 18, links.allSatisfy({ $0 == .space }) || sizes.starts(with: [6, 8]) {
            return isIdentityNumber(part) ? .identityNumber : nil
        }
        if hasX { return nil }
        let country = part.startIndex > 0 && groups[part.startIndex - 1].isCountryCode
        let isJoined = part.first?.before == .hyphen && !country
        // An extension may follow a landline.
        let isContinued = part.last?.after == .hyphen
        if isJoined { return nil }
        if !isContinued, [[3, 4, 4], [4, 3, 4], [3, 8], [7, 4]].contains(sizes), PhoneNumber.isMobile(digits) {
            return .mobileNumber
        }
        if isContinued, (groups[part.endIndex].digits.count > 6 || groups[part.endIndex].after == .hyphen) {
            return nil
        }
        return isLandline(Array(part.map(\.digits)), withCountry: country) ? .landlineNumber : nil
    }

    /// An area code and a number behind it, in one group or two. `0315-20260322` is more likely a day than a number.
    private static func isLandline(_ groups: [[UInt8]], withCountry: Bool) -> Bool {
        guard (2...3).contains(groups.count), var area = groups.first else { return false }
        if withCountry, area.first != UInt8(ascii: "0") { area = [UInt8(ascii: "0")] + area }
        let sizes = groups.dropFirst().map(\.count)
        let number = groups.dropFirst().joined()
        guard [[7], [8], [3, 4], [4, 4]].contains(sizes), number.first.map({ $0 >= UInt8(ascii: "2") }) ?? false,
            !isDay(Array(number)[...], years: 1900...2099), area.count == 3 || area.count == 4,
            area[0] == UInt8(ascii: "0")
        else { return false }
        // 010 and 02x have three digits, all others four.
        switch area[1] {
        case UInt8(ascii: "0"): return false
        case UInt8(ascii: "1"): return area == Array("010".utf8)
        case UInt8(ascii: "2"): return area.count == 3
        default: return area.count == 4
        }
    }
}

extension UInt8 {
    /// `A` to `Z` in ASCII, as ``WrittenCode`` has them.
    fileprivate var isLetter: Bool { (0x41...0x5a).contains(self) }
    fileprivate var isLetterOrDigit: Bool { isLetter || isDigit }
}
