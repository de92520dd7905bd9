import CaseFlow
import Foundation
import Testing

extension InterchangeTests {
    @Suite("Reading XES")
    struct XESReaderTests {
        let scratch: ScratchDirectory

        init() throws {
            scratch = try ScratchDirectory()
        }

        @Test func `delivers the head, the traces and the events in the order of the file, with lines`() async throws {
            let path = try scratch.write(
                "a.xes",
                """
                <?xml version="1.0" encoding="UTF-8"?>
                <!-- a comment -->
                <log xes.version="1.0" xmlns="http://www.xes-standard.org/">
                  <extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
                  <global scope="trace"><string key="concept:name" value="?"/></global>
                  <classifier name="Activity classifier" keys="concept:name 'case id'"/>
                  <string key="a" value="1"><int key="b" value="2"/></string>
                  <trace>
                    <string key="case id" value="&#x53D7;&quot;&#10;&amp;"/>
                    <event><date key="time:timestamp" value="not a date"/></event>
                    <event
                      ><string key="k" value="x"/><string key="k" value="y"/></event>
                  </trace>
                  <trace/>
                </log>
                """
            )
            let reading = try await readAll(xes: path)
            #expect(reading.failure == nil)
            let expected: [XESItem] = [
                .log(
                    XESLogHeader(
                        version: "1.0",
                        extensions: [
                            XESExtension(
                                name: "Concept",
                                prefix: "concept",
                                uri: "http://www.xes-standard.org/concept.xesext"
                            )
                        ],
                        globals: [
                            XESGlobals(
                                scope: "trace",
                                attributes: [XESAttribute(.string, key: "concept:name", value: "?")]
                            )
                        ],
                        classifiers: [XESClassifier(name: "Activity classifier", keys: "concept:name 'case id'")],
                        attributes: [
                            XESAttribute(
                                .string,
                                key: "a",
                                value: "1",
                                children: [XESAttribute(.int, key: "b", value: "2")]
                            )
                        ]
                    )
                ),
                .traceBegin(
                    attributes: [XESAttribute(.string, key: "case id", value: "受\"\n&")],
                    line: 8,
                    index: 0
                ),
                .events([
                    XESEvent(attributes: [XESAttribute(.date, key: "time:timestamp", value: "not a date")], line: 10),
                    XESEvent(
                        attributes: [
                            XESAttribute(.string, key: "k", value: "x"), XESAttribute(.string, key: "k", value: "y"),
                        ],
                        line: 11
                    ),
                ]),
                .traceEnd(eventCount: 2),
                .traceBegin(attributes: [], line: 14, index: 1),
                .traceEnd(eventCount: 0),
            ]
            #expect(reading.items == expected)
        }

        @Test func `lists with values, old lists without, and containers keep their elements`() async throws {
            let path = try scratch.write(
                "a.xes",
                """
                <xes:log xmlns:xes="http://www.xes-standard.org/">
                <xes:list key="l"><xes:values key="values"><xes:int key="a" value="1"/></xes:values></xes:list>
                <list key="m"><values><int key="a" value="1"/></values></list>
                <list key="n"><int key="a" value="1"/></list>
                <container key="c"><list key="inner"><values/></list></container>
                </xes:log>
                """
            )
            let one = [XESAttribute(.int, key: "a", value: "1")]
            let reading = try await readAll(xes: path)
            #expect(reading.problems == [])
            #expect(
                reading.header?.attributes == [
                    XESAttribute(.list, key: "l", children: one), XESAttribute(.list, key: "m", children: one),
                    XESAttribute(.list, key: "n", children: one),
                    XESAttribute(.container, key: "c", children: [XESAttribute(.list, key: "inner")]),
                ]
            )
        }

        @Test func `what is wrong in one place is reported with its line, and the reading goes on`() async throws {
            let path = try scratch.write(
                "a.xes",
                """
                <log>
                <string value="1"/>
                <string key="a"/>
                <colour/>
                <event/>
                <event/>
                <trace>
                <event>some text</event>
                <string key="late" value="1"/>
                <event><colour><string key="in" value="1"/></colour></event>
                <event><colour/></event>
                </trace>
                <string key="later" value="2"/>
                <classifier name="n" keys="k"/>
                </log>
                """
            )
            let reading = try await readAll(xes: path)
            #expect(reading.failure == nil)
            #expect(
                reading.problems == [
                    "line 2: <string> has no key; the attribute is skipped; give it a key",
                    "line 3: <string key=\"a\"> has no value; the attribute is skipped; give it a value",
                    "line 4: the element <colour> has no meaning inside <log>; it is skipped with all it holds; this is said once",
                    "line 5: an <event> stands directly in <log>; such events belong to no case and are skipped; this is said once",
                    "line 8: text stands between the elements; it is ignored; values belong into value=\"\"",
                    "line 9: an attribute of the trace stands behind its first event; it is delivered as a late attribute; move it to the front",
                    "line 10: the element <colour> has no meaning inside <event>; it is skipped with all it holds; this is said once",
                    "line 13: an attribute of the log stands behind its first trace; it is delivered as a late attribute; move it to the front",
                    "line 14: <classifier> stands behind the first <trace>; it is skipped; move it to the front",
                ]
            )
            #expect(reading.items.contains(.lateAttributes(.trace, [XESAttribute(.string, key: "late", value: "1")])))
            #expect(reading.items.contains(.lateAttributes(.log, [XESAttribute(.string, key: "later", value: "2")])))
            #expect(reading.items.contains(.traceEnd(eventCount: 3)))
        }

        @Test func `gzip is told by its content, not by its name`() async throws {
            let plain = try scratch.write("a.xes", "<log><trace/></log>")
            let packed = try gzip(plain)
            let disguised = scratch.path("b.xes")
            try FileManager.default.moveItem(atPath: packed, toPath: disguised)
            let reading = try await readAll(xes: disguised)
            #expect(reading.failure == nil)
            #expect(reading.items == (try await readAll(xes: plain)).items)
            #expect(reading.items.count == 3)
        }

        @Test func `white space in a value becomes spaces, references do not`() async throws {
            let path = try scratch.write("a.xes", "<log><string key='a' value='1\r\n2\t3&#9;4&#13;5'/></log>")
            #expect(try await readAll(xes: path).header?.attributes.first?.value == "1 2 3\t4\r5")
        }

        @Test(arguments: ["GB18030", "utf-16", "ISO-8859-1"])
        func `other encodings are read`(name: String) async throws {
            let value = name == "ISO-8859-1" ? "gemäß" : "受理 😀"
            let text =
                "<?xml version=\"1.0\" encoding=\"\(name)\"?>\n<log>\n<string key=\"k\" value=\"\(value)\"/></log>"
            let encoding: String.Encoding =
                switch name {
                case "GB18030": String.Encoding(rawValue: 0x8000_0632)
                case "utf-16": .utf16
                default: .isoLatin1
                }
            let path = try scratch.write("a.xes", bytes: [UInt8](try #require(text.data(using: encoding))))
            #expect(try await readAll(xes: path).header?.attributes.first?.value == value)
        }

        @Test func `a value of a megabyte arrives whole`() async throws {
            let value = String(repeating: "办", count: 400_000)
            let path = try scratch.write("a.xes", "<log>\n<string key=\"k\" value=\"\(value)\"/>\n</log>")
            #expect(try await readAll(xes: path).header?.attributes.first?.value == value)
        }

        @Test func `a trace of 100,000 events is delivered in batches and is never held whole`() async throws {
            let path = scratch.path("long.xes")
            let filler = String(repeating: "f", count: 1500)
            let thousand = (0..<1000).map {
                "<event><int key='n' value='\($0)'/><id key='f' value='\(filler)'/></event>\n"
            }
            let block = Data(thousand.joined().utf8)
            #expect(FileManager.default.createFile(atPath: path, contents: Data("<log><trace>".utf8)))
            let file = try #require(FileHandle(forWritingAtPath: path))
            try file.seekToEnd()
            for _ in 0..<100 { try file.write(contentsOf: block) }
            try file.write(contentsOf: Data("</trace></log>".utf8))
            try file.close()
            let before = OwnProcess.residentBytes
            var peak = before
            var next = 0
            let reader = XESReader(path: path)
            for try await item in reader {
                guard case .events(let batch) = item else { continue }
                #expect(batch.count <= XESReader.maximumBatch)
                #expect(batch.first?.attributes.first?.value == "\(next % 1000)")
                next += batch.count
                peak = max(peak, OwnProcess.residentBytes)
            }
            #expect(next == 100_000)
            #expect(peak - before < 100_000_000)
            #expect(reader.progress.fraction == 1)
            let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber
            #expect(reader.progress.bytesRead == size?.int64Value)
        }
    }
}
