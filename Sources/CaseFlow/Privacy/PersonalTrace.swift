/// Personal data that has come to stand in a free text, as a reason: found by its form, so that it is refused before it is
/// in the log for good. Pure; a decider can ask.
///
/// Names have no form and are not found here; ``PersonalData/redacting(_:)`` takes out those of a known subject.
public enum PersonalTrace: String, Sendable, Hashable, CaseIterable {
    /// 18 characters whose check digit is right.
    case identityNumber = "identity-number"
    /// 11 digits from 13 to 19.
    case mobileNumber = "mobile-number"

    /// What was found and what to write instead.
    public var words: LocalizedText {
        switch self {
        case .identityNumber:
            LocalizedText(
                "it holds an identity number, which may not stand in the log in clear; name the case or the subject instead",
                "其中含有身份证号码，不得以明文写入日志；请改写为办件编号或对象编号"
            )
        case .mobileNumber:
            LocalizedText(
                "it holds a mobile number, which may not stand in the log in clear; name the case or the subject instead",
                "其中含有手机号码，不得以明文写入日志；请改写为办件编号或对象编号"
            )
        }
    }

    /// The first trace in a text; nil where there is none. A number is a run of digits that stands alone, full-width ones
    /// as well.
    public static func first(in text: String) -> PersonalTrace? {
        var run: [UInt8] = []
        func found() -> PersonalTrace? {
            let number = run.prefix { $0 != UInt8(ascii: "X") }
            if PhoneNumber.isMobile(number), run.count == number.count { return .mobileNumber }
            guard run.count == 18, (try? IdentityNumber(String(decoding: run, as: UTF8.self))) != nil else {
                return nil
            }
            return .identityNumber
        }
        for byte in WrittenCode(text).bytes {
            if byte.isDigit || byte == UInt8(ascii: "X") && run.count == 17 {
                run.append(byte)
                continue
            }
            if let trace = found() { return trace }
            run = []
        }
        return found()
    }
}
