import CaseFlow
import Support
import Testing
import WorkingTime

/// Numbers here are the standard's example or made up: regions that end in 0000 and births around 1900 are nobody's.
@Suite struct IdentityNumberTests {
    /// Check characters computed apart from this program, by the recursion of ISO 7064 (p := (p + digit) * 2 mod 11).
    static let sound = [
        "11010519491231002X",  // the example of GB 11643-1999
        "110000190001010012", "510000190402291235", "81000019991231999X", "911444198001010033", "11000019010219018X",
        "11000019010222049X",
    ]

    @Test(arguments: sound)
    func `a sound number is taken, however it was typed`(text: String) throws {
        #expect(try IdentityNumber(text).clearText == text)
        #expect(try IdentityNumber("  \(text.lowercased())\u{3000}\n").clearText == text)
        let wide = String(
            String.UnicodeScalarView(text.unicodeScalars.compactMap { Unicode.Scalar($0.value + 0xfee0) })
        )
        #expect(try IdentityNumber(wide).clearText == text)
    }

    @Test(arguments: sound)
    func `every wrong character and every exchange of neighbours is caught`(text: String) {
        let characters = Array(text)
        for place in characters.indices {
            for other in "0123456789X" where other != characters[place] {
                var wrong = characters
                wrong[place] = other
                #expect(throws: IdentityNumber.Flaw.self) { try IdentityNumber(String(wrong)) }
            }
        }
        for place in characters.indices.dropLast() where characters[place] != characters[place + 1] {
            var wrong = characters
            wrong.swapAt(place, place + 1)
            #expect(throws: IdentityNumber.Flaw.self) { try IdentityNumber(String(wrong)) }
        }
    }

    @Test(arguments: [UInt64(1), 2026, 1122])
    func `of random numbers every wrong character and every exchange is caught`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<60 {
            let day = CivilDate(daysSinceEpoch: Int.random(in: -25_000...20_000, using: &generator)) ?? .first
            let date = day.description.replacing("-", with: "")
            let sequence = String(Int.random(in: 1000...1999, using: &generator)).dropFirst()
            let digits =
                ["11", "37", "51", "65", "83"][Int.random(in: 0..<5, using: &generator)] + "0000" + date + sequence
            let text = try #require("0123456789X".map { "\(digits)\($0)" }.first { (try? IdentityNumber($0)) != nil })
            for place in 0..<18 {
                for other in "0123456789X" where other != Array(text)[place] {
                    var wrong = Array(text)
                    wrong[place] = other
                    #expect((try? IdentityNumber(String(wrong))) == nil, "seed \(seed): \(text), place \(place + 1)")
                }
                var exchanged = Array(text)
                guard place < 17, exchanged[place] != exchanged[place + 1] else { continue }
                exchanged.swapAt(place, place + 1)
                #expect((try? IdentityNumber(String(exchanged))) == nil, "seed \(seed): \(text), place \(place + 1)")
            }
        }
    }

    /// Fails if two check characters are taken for one number, or none.
    @Test func `of a thousand numbers each has one check character`() throws {
        for sequence in 0..<1000 {
            let digits = "11000019010102" + String(repeating: "0", count: 3 - "\(sequence)".count) + "\(sequence)"
            let matching = "0123456789X".filter { (try? IdentityNumber("\(digits)\($0)")) != nil }
            #expect(matching.count == 1)
        }
    }

    @Test(arguments: [
        ("", IdentityNumber.Flaw.length(0)), ("110000190001", .length(12)), ("110000500101001", .length(15)),
        ("1100001900010100122", .length(19)), ("11000O190001010012", .character(at: 6)),
        ("11000019000101001Y", .character(at: 18)), ("1100001900010100X2", .character(at: 17)),
        ("110000 19000101001", .character(at: 7)), ("住1000019000101001X", .character(at: 1)),
        ("100000190001010012", .region), ("990000190001010012", .region), ("110000190002300012", .birthDate),
        ("110000189912310012", .birthDate), ("110000190013010012", .birthDate), ("110000190102290012", .birthDate),
        ("110000190001010011", .checkDigit), ("11000019000101001X", .checkDigit),
    ])
    func `what is wrong is named, and the number is not repeated`(text: String, flaw: IdentityNumber.Flaw) {
        let error = #expect(throws: IdentityNumber.Flaw.self) { try IdentityNumber(text) }
        #expect(error == flaw)
        for words in [flaw.description, flaw.words[.chinese], "\(flaw)", String(reflecting: flaw)] {
            #expect(text.count < 12 || !words.contains(text.prefix(7)), "\(words)")
        }
    }

    @Test func `nobody is born tomorrow`() throws {
        let text = "81000019991231999X"
        let day = try CivilDate("1999-12-31")
        #expect(try IdentityNumber(text, today: day).clearText == text)
        #expect(throws: IdentityNumber.Flaw.birthInFuture) {
            try IdentityNumber(text, today: CivilDate(year: 1999, month: 12, day: 30))
        }
    }

    @Test func `it is shown masked, also by those who look inside`() throws {
        let number = try IdentityNumber("110000190001010012")
        #expect("\(number)" == "1100…**" && String(reflecting: number) == "1100…**")
        #expect("\(Optional(number) as Any)".contains("19000101") == false)
        var dumped = ""
        dump([number], to: &dumped)
        #expect(!dumped.contains("190001"))
    }
}
