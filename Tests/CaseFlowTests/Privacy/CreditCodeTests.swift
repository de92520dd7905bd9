import CaseFlow
import Testing

/// Unified social credit codes and telephone numbers; all made up but the standard's example.
@Suite struct CreditCodeTests {
    /// Check characters computed apart from this program, from powers of 3 modulo 31.
    static let sound = [
        "91350100M000100Y43",  // the example of GB 32100-2015
        "52510000MJXXXX123F", "N1510000MA00000012",
    ]

    @Test(arguments: sound)
    func `a sound code is taken, and every wrong or exchanged character is caught`(text: String) throws {
        #expect(try UnifiedSocialCreditCode(" \(text.lowercased()) ").clearText == text)
        let characters = Array(text)
        for place in characters.indices {
            for other in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" where other != characters[place] {
                var wrong = characters
                wrong[place] = other
                #expect(throws: UnifiedSocialCreditCode.Flaw.self) { try UnifiedSocialCreditCode(String(wrong)) }
            }
        }
        for place in characters.indices.dropLast() where characters[place] != characters[place + 1] {
            var wrong = characters
            wrong.swapAt(place, place + 1)
            #expect(throws: UnifiedSocialCreditCode.Flaw.self) { try UnifiedSocialCreditCode(String(wrong)) }
        }
    }

    @Test(arguments: [
        ("", UnifiedSocialCreditCode.Flaw.length(0)), ("91350100M000100Y4", .length(17)),
        ("9135O100M000100Y43", .character(at: 5)), ("9I350100M000100Y43", .character(at: 2)),
        ("91350100S000100Y43", .character(at: 9)), ("91350A00M000100Y43", .character(at: 6)),
        ("91350100M000100Y44", .checkDigit),
    ])
    func `what is wrong is named, and the code is not repeated`(text: String, flaw: UnifiedSocialCreditCode.Flaw) {
        let error = #expect(throws: UnifiedSocialCreditCode.Flaw.self) { try UnifiedSocialCreditCode(text) }
        #expect(error == flaw)
        #expect(text.isEmpty || !flaw.description.contains(text.prefix(5)) && !flaw.words[.chinese].contains(text))
    }

    @Test func `a code is shown masked`() throws {
        let code = try UnifiedSocialCreditCode("91350100M000100Y43")
        #expect("\(code)" == "9135…**" && String(reflecting: [code]).contains("M000100") == false)
    }

    @Test(arguments: [
        ("13800138000", "13800138000"), ("138 0013 8000", "13800138000"), ("+86 138-0013-8000", "13800138000"),
        ("008613800138000", "13800138000"), ("１３８００１３８０００", "13800138000"),
    ])
    func `a mobile number is taken as it is typed`(text: String, clear: String) throws {
        #expect(try PhoneNumber(text).clearText == clear)
    }

    @Test(arguments: [
        ("010-22345678", "010-22345678"), ("(010) 2234 5678", "010-22345678"), ("02822345678", "028-22345678"),
        ("08162234567", "0816-2234567"), ("0816-2234567-801", "0816-2234567-801"), ("+86 816 2234567", "0816-2234567"),
        ("+86 10 22345678", "010-22345678"), ("+86-0816-2234567", "0816-2234567"),
    ])
    func `a landline has its area code`(text: String, clear: String) throws {
        #expect(try PhoneNumber(text).clearText == clear)
    }

    @Test(arguments: [
        ("", PhoneNumber.Flaw.shape), ("2234567", .shape), ("12800138000", .shape), ("1380013800", .shape),
        ("138001380001", .shape), ("0816-1234567", .shape), ("011-22345678", .shape), ("+1 212 5550100", .country),
        ("138O0138000", .character(at: 4)), ("0816-2234567-1234567", .shape), ("+", .country), ("-", .shape),
        ("13800138000+", .character(at: 12)), ("00-2234567", .country),
    ])
    func `what is no telephone number is refused, and not repeated`(text: String, flaw: PhoneNumber.Flaw) throws {
        let error = #expect(throws: PhoneNumber.Flaw.self) { try PhoneNumber(text) }
        #expect(error == flaw)
        #expect(text.count < 7 || !flaw.description.contains(text))
        #expect("\(try PhoneNumber("13800138000"))" == "138…**")
    }
}
