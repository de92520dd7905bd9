import CaseFlow
import EventStore
import Foundation
import Testing
import WorkingTime

@Suite struct PersonalDataTests {
    private static func read(_ text: String) throws -> PersonalData {
        try PersonalDocument.read(Array(text.utf8), today: CivilDate("2026-11-22"))
    }

    @Test func `a document is read`() throws {
        let data = try Self.read(
            """
            \u{feff}{"kind":"person","name":"测试甲","identityNumber":"11010519491231002x","phone":"138 0013 8000",
             "address":"虚构乡一号","note":null}
            """
        )
        #expect(data.kind == .person && data.name == "测试甲" && data.note == nil)
        #expect(data.identityNumber?.clearText == "11010519491231002X" && data.phone?.clearText == "13800138000")
        #expect(data.fields == [.name, .identityNumber, .phone, .address])
        let firm = try Self.read(#"{"kind":"organisation","name":"虚构公司","creditCode":"91350100m000100y43"}"#)
        #expect(firm.kind == .organisation && firm[.creditCode] == "91350100M000100Y43")
        #expect(try Self.read(#"{"name":"甲"}"#).fields == [.name])
    }

    @Test(
        arguments: [
            (#"{"name":"甲乙丙"#, nil, "malformed at byte"), (#"["甲乙丙"]"#, nil, "no JSON object"),
            (#"{"name":"甲","甲乙丙":"1"}"#, nil, "known are kind, name, identityNumber"),
            (#"{"kind":"person"}"#, "name", "missing"),
            (#"{"kind":"甲乙丙","name":"甲"}"#, "kind", "neither person nor organisation"),
            (#"{"name":19000101}"#, "name", "not a text"), (#"{"name":" "}"#, "name", "empty"),
            (#"{"name":"甲乙丙\u0007"}"#, "name", "control character"),
            (#"{"name":"甲","identityNumber":"110000190001010013"}"#, "identityNumber", "check digit is wrong"),
            (#"{"name":"甲","identityNumber":"110000202612310012"}"#, "identityNumber", "still to come"),
            (#"{"name":"甲","creditCode":"91350100M000100Y43"}"#, "creditCode", "a person has no credit code"),
            (
                #"{"kind":"organisation","name":"甲","identityNumber":"110000190001010012"}"#, "identityNumber",
                "representative"
            ),
            (#"{"kind":"organisation","name":"甲","creditCode":"91350100M000100Y44"}"#, "creditCode", "check character"),
            (#"{"name":"甲","phone":"12345"}"#, "phone", "neither a mobile number"),
        ] as [(String, String?, String)]
    )
    func `a refusal names the member and never its value`(text: String, member: String?, words: String) {
        let flaw = #expect(throws: PersonalDocument.Flaw.self) { try Self.read(text) }
        #expect(flaw?.member == member && flaw?.description.contains(words) == true, "\(flaw as Any)")
        for value in ["甲乙丙", "19000101", "91350100", "110000", "12345"] {
            #expect(flaw?.description.contains(value) == false && flaw?.words[.chinese].contains(value) == false)
        }
    }

    @Test func `a document that is not UTF-8 is refused`() {
        let flaw = #expect(throws: PersonalDocument.Flaw.self) {
            try PersonalDocument.read(Array(#"{"name":""#.utf8) + [0xb2, 0xe2] + Array(#""}"#.utf8))
        }
        #expect(flaw?.description == "it is not UTF-8; save it as UTF-8")
    }

    @Test func `it shows which fields it has, and no value`() throws {
        let data = try Invented.person(note: "备注乙")
        var dumped = ""
        dump([data], to: &dumped)
        let sealed = SealedPerson(subject: SubjectID(nameBased: ["a"]), box: "AAAA")
        for text in [
            "\(data)", String(reflecting: data), "\([data])", "\(Optional(data) as Any)", dumped, "\(["a": data])",
            String(describing: Mirror(reflecting: data).children.map(\.value)), "\(sealed)", String(reflecting: sealed),
        ] {
            for value in ["测试甲", "19000101", "1380013", "虚构", "备注乙", "AAAA"] {
                #expect(!text.contains(value), "\(text)")
            }
        }
        #expect("\(data)" == "person (name, identity-number, phone, address, note)")
    }

    @Test func `its values are taken out of a text`() throws {
        let data = try Invented.person("欧阳测试", "11010519491231002X")
        let text = "欧阳测试（11010519491231002x、11010519491231002X、13800138000）来电，住虚构乡虚构村一组九号"
        #expect(data.redacting(text) == "〔隐〕（〔隐〕、〔隐〕、〔隐〕）来电，住〔隐〕")
        #expect(try Invented.person("甲", nil, phone: nil, address: nil).redacting("甲方") == "甲方")
    }

    @Test(arguments: [
        ("核实 110000190001010012 的材料", PersonalTrace?.some(.identityNumber)), ("11010519491231002x", .identityNumber),
        ("证号１１００００１９０００１０１００１２。", .identityNumber), ("电话13800138000", .mobileNumber),
        ("拨打 13800138000, 无人接听", .mobileNumber), ("+8613800138000", .mobileNumber),
        ("0086 138 0013 8000", .mobileNumber), ("打 138-0013-8000 找他", .mobileNumber), ("138 0013 8000", .mobileNumber),
        ("+86-138-0013-8000", .mobileNumber), ("１３８－００１３－８０００", .mobileNumber), ("1380013 8000", .mobileNumber),
        ("Tel13800138000", .mobileNumber), ("110105 19491231 002X", .identityNumber),
        ("11 0105 1949 1231 002x 的", .identityNumber), ("110000190001010013", .identityNumber),
        ("11010519491231002", nil), ("999999198502291234", nil), ("999999198502281234", .identityNumber),
        ("0816-2221234", .landlineNumber), ("(0816)2221234", .landlineNumber), ("（0816）222 1234", .landlineNumber),
        ("电话：010-12345678", nil), ("电话：010-62345678-901", .landlineNumber), ("+86 816 2221234", .landlineNumber),
        ("0816 222 1234。", .landlineNumber),
    ])
    func `numbers in a free text are found by their form`(text: String, trace: PersonalTrace?) {
        #expect(PersonalTrace.first(in: text) == trace)
    }

    @Test(arguments: [
        "flow-7-0197a3c1-5b2e-4c1d-8f00-a13812345678", "0197A3C1-5B2E-4C1D-8F00-13812345678F",
        "", "办件 410122103-2026-000001 的投诉", "1100001900010100122", "138001380001",
        "511A0138600000-511602000000-000-115113010833722043-1-00", "2026-11-22 09:05", "12800138000", "X", "5X",
        "512B0104000400-510725106000-000-510725106-1-00", "11510725MB1500000X4000125001000", "510725202611220931",
        "510725-2026-000035", "2026-03-02-17", "2026-11-22 09:05 至 2026-11-22 17:30", "0315-20260322",
        "3f0a13800138000e4bc1d29f77aa0c15", "d13800138000aef0b9c27711a0c4e5f2",
        "f47ac10b-58cc-4372-a567-0e02b2c3d479", "LCa0a2j/xo/5m0U8HTBBNBNCLXBkg7+g+YpeiGJm564=",
        "2026-0816-2221234", "20261122090512345", "国办发明电〔2026〕9号", "A-138-0013-8000-1",
    ])
    func `other numbers are left alone`(text: String) { #expect(PersonalTrace.first(in: text) == nil) }

    @Test func `a subject's id says nothing and is the same for the same names`() throws {
        let one = SubjectID(nameBased: ["case", "a"])
        #expect(one == SubjectID(nameBased: ["case", "a"]) && one != SubjectID(nameBased: ["casea", ""]))
        #expect(one.rawValue.count == 32 && one.stream.rawValue == "subject/\(one)")
        #expect(SubjectID(written: "subject/\(one)") == one && SubjectID(written: one.rawValue.uppercased()) == one)
        #expect(SubjectID(written: "case/\(one)") == nil && SubjectID(written: "ab") == nil)
        #expect(SubjectID(.system) != SubjectID(.system))
        #expect(SubjectID(.seeded(7)) == SubjectID(.seeded(7)))
    }
}
