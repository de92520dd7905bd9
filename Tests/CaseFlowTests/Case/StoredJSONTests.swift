import Foundation
import Support
import Testing

@testable import CaseFlow

/// The reader and the writer of the JSON that events are kept in.
@Suite struct StoredJSONTests {
    private func read(_ text: String) throws -> StoredJSON { try StoredJSON(Array(text.utf8)) }

    private func written(_ text: String) -> String {
        var bytes: [UInt8] = []
        StoredJSONWriter.append(text, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func `members stand in the order in which they were added, absent ones not at all`() {
        var writer = StoredJSONWriter()
        writer.member("b", "x")
        writer.member("a", String?.none)
        writer.member("n", -7)
        writer.member("list", json: Array("[1]".utf8))
        writer.member(named: "k\"ey", "y")
        #expect(String(decoding: writer.finish(), as: UTF8.self) == #"{"b":"x","n":-7,"list":[1],"k\"ey":"y"}"#)
        #expect(StoredJSONWriter().finish() == Array("{}".utf8))
    }

    @Test(arguments: [
        ("", "\"\""), ("a\"b", "\"a\\\"b\""), ("a\\b", "\"a\\\\b\""),
        ("\n\t\u{0}\u{1f}", "\"\\u000a\\u0009\\u0000\\u001f\""),
        ("办件 é 😀 \u{7f}\u{2028}/", "\"办件 é 😀 \u{7f}\u{2028}/\""),
    ])
    func `text is escaped only where it must be`(text: String, expected: String) throws {
        #expect(written(text) == expected)
        #expect(try read(expected) == .string(text))
    }

    @Test(arguments: [
        (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"), (#""\u0041\u00e9\u529E""#, "Aé办"),
        (#""\ud83d\ude00""#, "😀"), (#""x\uD834\uDD1Ey""#, "x\u{1d11e}y"), (#""plain then \u0041""#, "plain then A"),
        (#""\udbff\udfff""#, "\u{10ffff}"), (#""\ud800\udc00""#, "\u{10000}"),
    ])
    func `escapes of other writers are read`(json: String, expected: String) throws {
        #expect(try read(json) == .string(expected))
    }

    @Test func `values of every kind`() throws {
        let value = try read(" { \"a\" : [ 1 , -2.5e+3 , true , false , null , { } , [ ] ] ,\n\t\"b\" : \"c\" } \r\n")
        let list: [StoredJSON] = [
            .number("1"), .number("-2.5e+3"), .bool(true), .bool(false), .null, .object([:]), .array([]),
        ]
        #expect(value == .object(["a": .array(list), "b": .string("c")]))
        #expect(value["a"]?.array?.first?.int == 1)
        #expect(value["b"]?.string == "c")
        #expect(value["c"] == nil)
        #expect(value["b"]?.int == nil)
        #expect(value["b"]?.array == nil)
        #expect(list[0]["a"] == nil)
        #expect(list[0].string == nil)
    }

    @Test(arguments: [
        ("", 0), ("   ", 3), ("{", 1), ("{}x", 2), ("[1,]", 3), ("[1 2]", 3), ("{\"a\"}", 4), ("{\"a\":}", 5),
        ("{a:1}", 1),
        ("tru", 3), ("nul1", 3), ("\"abc", 4), ("\"\\x\"", 3), ("\"\\u12g4\"", 3), ("\"\\u12\"", 3), ("\"\\", 2),
        ("'a'", 0),
        ("{\"a\":1,}", 7), ("\"\\u+041\"", 3),
    ])
    func `malformed at a byte that is named`(text: String, offset: Int) {
        expectMalformed(text, at: offset)
    }

    @Test(arguments: [
        ("\"\\ud800\"", 7), ("\"\\ud800x\"", 7), ("\"\\ud800\\n\"", 8), ("\"\\ud800\\u0041\"", 13),
        ("\"\\ud800\\ud800\"", 13),
        ("\"\\udc00\"", 7),
    ])
    func `half a surrogate pair is malformed`(text: String, offset: Int) {
        expectMalformed(text, at: offset)
    }

    private func expectMalformed(_ text: String, at offset: Int) {
        do {
            let value = try read(text)
            Issue.record("\(text) was read as \(value)")
        } catch let error as StoredJSON.Malformed {
            #expect(error.offset == offset)
            #expect(error.description == "the JSON is malformed at byte \(offset)")
        } catch {
            Issue.record("another error: \(error)")
        }
    }

    @Test(arguments: ["-", "+1", "1.", ".5", "01", "1e", "1e+", "--1", "1-2", "1.2.3"])
    func `what only looks like a number is malformed`(text: String) {
        #expect(throws: StoredJSON.Malformed.self) { try read(text) }
        #expect(throws: StoredJSON.Malformed.self) { try read("[\(text)]") }
    }

    @Test func `nesting is followed three hundred deep and no further`() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        _ = try read(nested(300))
        do {
            _ = try read(nested(301))
            Issue.record("it was read")
        } catch let error as StoredJSON.Malformed {
            #expect(error.offset == 300)
        }
    }

    @Test func `random values come back as they were`() throws {
        let seed = UInt64.random(in: .min ... .max)
        var generator = SeededGenerator(seed: seed)
        for round in 0..<500 {
            let value = Self.random(&generator, depth: 0)
            var bytes: [UInt8] = []
            Self.write(value, into: &bytes)
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(try StoredJSON(bytes) == value, "seed \(seed), round \(round): \(text)")
            // Another reader agrees that it is JSON.
            _ = try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
        }
    }

    @Test func `random bytes are read or refused, never worse`() {
        let seed = UInt64.random(in: .min ... .max)
        var generator = SeededGenerator(seed: seed)
        let alphabet = Array("{}[]\",:\\u0d8c1e+-.tfn \u{1}".utf8) + [0xff, 0xc3]
        var refused = 0
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...24, using: &generator)).compactMap { _ in
                alphabet.randomElement(using: &generator)
            }
            do { _ = try StoredJSON(bytes) } catch {
                refused += 1
                if !(0...bytes.count).contains(error.offset) { Issue.record("seed \(seed): \(bytes)") }
            }
        }
        #expect(refused > 10_000, "seed \(seed)")
    }

    private static func random(_ generator: inout SeededGenerator, depth: Int) -> StoredJSON {
        switch Int.random(in: 0...(depth > 4 ? 4 : 6), using: &generator) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &generator))
        case 2: return .number(String(Int.random(in: -1_000_000...1_000_000, using: &generator)))
        case 3, 4: return .string(text(&generator))
        case 5:
            return .array(
                (0..<Int.random(in: 0...4, using: &generator)).map { _ in random(&generator, depth: depth + 1) }
            )
        default:
            var members: [String: StoredJSON] = [:]
            for _ in 0..<Int.random(in: 0...4, using: &generator) {
                members[text(&generator)] = random(&generator, depth: depth + 1)
            }
            return .object(members)
        }
    }

    private static func text(_ generator: inout SeededGenerator) -> String {
        var text = ""
        for _ in 0..<Int.random(in: 0...12, using: &generator) {
            let limit: UInt32 = Bool.random(using: &generator) ? 0x80 : 0x10ffff
            if let scalar = Unicode.Scalar(UInt32.random(in: 0...limit, using: &generator)) {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    private static func write(_ value: StoredJSON, into bytes: inout [UInt8]) {
        switch value {
        case .null: bytes += Array("null".utf8)
        case .bool(let flag): bytes += Array("\(flag)".utf8)
        case .number(let text): bytes += Array(text.utf8)
        case .string(let text): StoredJSONWriter.append(text, to: &bytes)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                write(element, into: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { bytes += Array(" ,\n".utf8) }
                StoredJSONWriter.append(member.key, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                write(member.value, into: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }
}
