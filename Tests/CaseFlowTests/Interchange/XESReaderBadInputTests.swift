import CaseFlow
import Foundation
import Testing

extension InterchangeTests {
    @Suite("Reading what is no XES")
    struct XESReaderBadInputTests {
        let scratch: ScratchDirectory

        init() throws {
            scratch = try ScratchDirectory()
        }

        /// The message for a file with these bytes, without its path.
        private func message(_ bytes: [UInt8]) async throws -> String? {
            let path = try scratch.write("bad.xes", bytes: bytes)
            return try await readAll(xes: path).failure?.description.replacingOccurrences(of: path, with: "bad.xes")
        }

        private func message(_ text: String) async throws -> String? { try await message(Array(text.utf8)) }

        @Test func `truncated XML is an error behind all that could be read`() async throws {
            let path = try scratch.write("bad.xes", "<log>\n<trace>\n<event/>\n<event>\n<string key=\"a\" val")
            let reading = try await readAll(xes: path)
            #expect(reading.failure?.reason == .truncated)
            #expect(
                reading.failure?.description
                    == "\(path):5:20: the file ends inside a tag, which began at or before line 5; fetch the whole file again; what lay before has been read"
            )
            #expect(reading.items.count == 3)
            #expect(reading.events.map(\.line) == [3])
        }

        @Test func `truncated gzip is an error behind all that could be read`() async throws {
            let events = (1...20_000).map {
                "<event><int key=\"n\" value=\"\($0 &* 2_654_435_761 % 1_000_003)\"/></event>\n"
            }
            let plain = try scratch.write("a.xes", "<log><trace>\n" + events.joined() + "</trace></log>")
            let whole = try Data(contentsOf: URL(fileURLWithPath: try gzip(plain)))
            let path = try scratch.write("cut.xes.gz", bytes: [UInt8](whole.prefix(whole.count / 2)))
            let reading = try await readAll(xes: path)
            let failure = try #require(reading.failure)
            #expect(failure.reason == .damagedCompression)
            #expect(failure.what == "the gzip data are damaged or end too early (gzip: stdin: unexpected end of file)")
            #expect(reading.events.count > 5000)
            #expect(reading.events.count < 15_000)
            let line = try #require(failure.line)
            let last = try #require(reading.events.last?.line)
            #expect(line == last || line == last + 1)
        }

        @Test func `a gzip file with a wrong check sum is an error`() async throws {
            let plain = try scratch.write("a.xes", "<log><trace/></log>")
            var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: try gzip(plain))))
            bytes[bytes.count - 6] ^= 0xff
            let reading = try await readAll(xes: try scratch.write("bad.xes.gz", bytes: bytes))
            #expect(reading.failure?.reason == .damagedCompression)
            #expect(reading.items.count == 3)
        }

        @Test func `invalid UTF-8 is an error with its place, in a value, a name and a comment`() async throws {
            let mend = "save the file as UTF-8, or name its encoding in the XML declaration"
            let value = Array("<log>\n<string key=\"a\" value=\"é".utf8) + [0xff] + Array("\"/></log>".utf8)
            #expect(try await message(value) == "bad.xes:2:25: a byte is not valid UTF-8; \(mend)")
            let comment = Array("<log>\n<!-- ".utf8) + [0xc3] + Array(" --></log>".utf8)
            #expect(try await message(comment) == "bad.xes:2:6: a byte is not valid UTF-8; \(mend)")
            let name = Array("<log>\n<a".utf8) + [0xed, 0xa0, 0x80] + Array("/></log>".utf8)
            #expect(try await message(name) == "bad.xes:2:3: a byte is not valid UTF-8; \(mend)")
        }

        @Test func `a NUL and other forbidden characters are an error with their place`() async throws {
            let mend = "remove it where the file is made"
            #expect(
                try await message("<log>\n<string key=\"a\" value=\"b\0\"/></log>")
                    == "bad.xes:2:25: a NUL (U+0000) is not allowed in XML 1.0; \(mend)"
            )
            #expect(
                try await message("<log>\n<string key=\"a\" value=\"&#0;\"/></log>")
                    == "bad.xes:2:24: a NUL (U+0000) is not allowed in XML 1.0; \(mend)"
            )
            #expect(
                try await message("<log>\n<string key=\"a\" value=\"\u{1b}\"/></log>")
                    == "bad.xes:2:24: the character U+001B is not allowed in XML 1.0; \(mend)"
            )
        }

        @Test(.timeLimit(.minutes(1)))
        func `a billion laughs are refused at the declaration`() async throws {
            var text = "<?xml version=\"1.0\"?>\n<!DOCTYPE log [\n<!ENTITY a0 \"ha\">\n"
            for index in 1...30 {
                text += "<!ENTITY a\(index) \"\(String(repeating: "&a\(index - 1);", count: 10))\">\n"
            }
            text += "]>\n<log><string key=\"a\" value=\"&a30;\"/></log>"
            let before = OwnProcess.residentBytes
            let expected = """
                bad.xes:2:15: the document type declaration has an internal subset, which can declare entities that expand \
                without bound; remove the <!DOCTYPE ...> declaration; an XES log needs none
                """
            #expect(try await message(text) == expected)
            #expect(OwnProcess.residentBytes - before < 20_000_000)
        }

        @Test func `an external entity is never fetched`() async throws {
            let secret = try scratch.write("secret", "<string key='a' value='secret'/>")
            #expect(
                try await message("<!DOCTYPE log [<!ENTITY x SYSTEM \"file://\(secret)\">]>\n<log>&x;</log>")?
                    .hasPrefix("bad.xes:1:15: the document type declaration has an internal subset") == true
            )
            #expect(
                try await message("<!DOCTYPE log SYSTEM \"file://\(secret)\">\n<log>&x;</log>")
                    == "bad.xes:2:6: &x; is none of the five entities of XML, and no other is resolved; write the character itself"
            )
        }

        @Test(arguments: [
            ("<html>\n</html>", "bad.xes:1: the root element is <html>, not <log>; give an XES file"),
            ("hello", "bad.xes:1:1: it does not begin with an element; give an XML file"),
            ("", "bad.xes: the file is empty; export the log again"),
            (" \n", "bad.xes:2:1: there is no element in it; give an XML file"),
            ("<log>\n</trace>", "bad.xes:2:1: </trace> stands where </log> is due; close the elements in order"),
            ("<log/>\n<log/>", "bad.xes:2:1: there is a second root element; keep one document in a file"),
            (
                "<log>\n<a b=\"1\" b=\"2\"/></log>",
                "bad.xes:2:10: the XML attribute b stands twice in one tag; keep one of the two"
            ),
            ("<log>\n<a b=1/></log>", "bad.xes:2:6: a value is not in quotes; write name=\"value\""),
            ("<log>\n<a b=\"<\"/></log>", "bad.xes:2:7: a < stands inside a tag; write &lt;, or close the tag"),
            ("<log a=\"&\"/>", "bad.xes:1:9: an & begins no reference; write &amp; for the character &"),
            (
                "<?xml version=\"1.0\" encoding=\"EBCDIC\"?><log/>",
                "bad.xes:1: the encoding EBCDIC is not understood; convert the file first, for example with: iconv -f EBCDIC -t UTF-8"
            ),
        ])
        func `says what is wrong, where, and what to do`(text: String, expected: String) async throws {
            #expect(try await message(text) == expected)
        }

        @Test func `deep nesting and huge tags are refused`() async throws {
            let deep = "<log>\n" + String(repeating: "<string key=\"a\" value=\"\">\n", count: 300)
            #expect(
                try await message(deep) == "bad.xes:257:1: more than 256 elements are nested; flatten the attributes"
            )
            let huge = "<log>\n<string key=\"a\" value=\"\(String(repeating: "x", count: 600_000))\"/></log>"
            var options = XESReader.Options()
            options.maximumTokenSize = 100_000
            let path = try scratch.write("huge.xes", huge)
            #expect(
                try await readAll(xes: path, options: options).failure?.description
                    == "\(path):2:1: one tag, text or comment is larger than 100000 bytes; shorten the value, or raise maximumTokenSize"
            )
            let many = "<log><trace>\n" + String(repeating: "<string key=\"a\" value=\"\"/>\n", count: 5000)
            options.maximumElementSize = 100_000
            let manyPath = try scratch.write("many.xes", many)
            let failure = try await readAll(xes: manyPath, options: options).failure
            #expect(failure?.reason == .tooLarge)
            #expect(failure?.line == 1540)
        }

        @Test func `a missing file and a directory are errors`() async throws {
            let missing = scratch.path("missing.xes")
            #expect(
                try await readAll(xes: missing).failure?.description
                    == "\(missing): there is no such file; check the path"
            )
            #expect(
                try await readAll(xes: scratch.url.path).failure?.description
                    == "\(scratch.url.path): it is a directory, not a file; name one file in it"
            )
        }

        @Test func `arbitrary damage never traps, and always ends`() async throws {
            let valid = Array(
                "<?xml version='1.0'?><log a='b'><!-- c --><trace><string key='a' value='&amp;é'/><event/></trace></log>"
                    .utf8
            )
            var generator = SystemRandomNumberGenerator()
            let seed = generator.next()
            var state = seed
            func random(_ bound: Int) -> Int {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Int((state >> 33) % UInt64(bound))
            }
            for round in 0..<400 {
                var bytes = valid
                for _ in 0...random(4) { bytes[random(bytes.count)] = UInt8(random(256)) }
                if random(3) == 0 { bytes.removeLast(random(bytes.count)) }
                let reading = try await readAll(xes: try scratch.write("fuzz.xes", bytes: bytes))
                #expect(reading.failure != nil || reading.header != nil, "seed \(seed), round \(round)")
            }
        }
    }
}
