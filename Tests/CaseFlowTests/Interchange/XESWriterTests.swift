import CaseFlow
import Foundation
import Support
import Testing

extension InterchangeTests {
    @Suite("Writing XES")
    struct XESWriterTests {
        let scratch: ScratchDirectory

        init() throws {
            scratch = try ScratchDirectory()
        }

        /// Writes what a reader delivered.
        private func write(_ items: [XESItem], to path: String) throws {
            let writer = try XESWriter(path: path)
            for item in items {
                switch item {
                case .log(let header): try writer.begin(header)
                case .traceBegin(let attributes, _, _): try writer.beginTrace(attributes)
                case .events(let batch): for event in batch { try writer.event(event.attributes) }
                case .traceEnd: try writer.endTrace()
                case .lateAttributes, .problem: Issue.record("not expected: \(item)")
                }
            }
            try writer.end()
        }

        /// A log with everything in it.
        private var sample: [XESItem] {
            [
                .log(
                    XESLogHeader(
                        extensions: [XESExtension(name: "Time zone", prefix: "time", uri: "http://example.org/a?b&c")],
                        globals: [
                            XESGlobals(
                                scope: "event",
                                attributes: [XESAttribute(.string, key: "concept:name", value: "")]
                            )
                        ],
                        classifiers: [
                            XESClassifier(name: "Activity 分类器", scope: "event", keys: "concept:name 'case id'")
                        ],
                        attributes: [
                            XESAttribute(.list, key: "empty list"),
                            XESAttribute(
                                .container,
                                key: "bag",
                                children: [
                                    XESAttribute(.list, key: "l", children: [XESAttribute(.int, key: "i", value: "-7")])
                                ]
                            ),
                        ]
                    )
                ),
                .traceBegin(
                    attributes: [
                        XESAttribute(.string, key: "case id", value: "<\"受理\">\n\t\r&amp; ' 😀"),
                        XESAttribute(.string, key: "1st_x0041_key:", value: ""),
                        XESAttribute(.string, key: "", value: "no key"),
                        XESAttribute(.string, key: "a\u{0}b😀", value: "x"),
                    ],
                    line: 0,
                    index: 0
                ),
                .events([
                    XESEvent(
                        attributes: [
                            XESAttribute(.date, key: "time:timestamp", value: "2011-10-11T13:42:22.688+02:00"),
                            XESAttribute(.float, key: "f", value: "-1.5E3"),
                            XESAttribute(.boolean, key: "b", value: "true"),
                            XESAttribute(.id, key: "id", value: "a-b"), XESAttribute(.int, key: "n", value: "12"),
                            XESAttribute(
                                .string,
                                key: "n",
                                value: "again",
                                children: [XESAttribute(.int, key: "m", value: "1")]
                            ),
                        ],
                        line: 0
                    ),
                    XESEvent(attributes: [], line: 0),
                ]),
                .traceEnd(eventCount: 2),
                .traceBegin(attributes: [], line: 0, index: 1),
                .traceEnd(eventCount: 0),
            ]
        }

        @Test(arguments: ["a.xes", "a.xes.gz"])
        func `what is written is read again as it was`(name: String) async throws {
            let path = scratch.path(name)
            try write(sample, to: path)
            let reading = try await readAll(xes: path)
            #expect(reading.failure == nil)
            #expect(reading.content == Reading(items: sample).content)
            #expect(try scratch.names == [name])
            let magic = try Data(contentsOf: URL(fileURLWithPath: path)).prefix(2)
            #expect((Array(magic) == [0x1f, 0x8b]) == name.hasSuffix(".gz"))
        }

        @Test func `the text is the standard's`() throws {
            var bytes: [UInt8] = []
            let writer = XESWriter { bytes += $0 }
            try writer.begin(
                XESLogHeader(
                    classifiers: [XESClassifier(name: "a b", keys: "'case id' x:y")],
                    attributes: [XESAttribute(.list, key: "l", children: [XESAttribute(.int, key: "i", value: "1")])]
                )
            )
            try writer.end()
            #expect(
                String(decoding: bytes, as: UTF8.self) == """
                    <?xml version="1.0" encoding="UTF-8"?>
                    <log xes.version="1849.2016" xes.features="nested-attributes" xmlns="http://www.xes-standard.org/">
                      <classifier name="a_x0020_b" keys="case_x0020_id x:y"/>
                      <list key="l"><values key="values">
                        <int key="i" value="1"/>
                      </values></list>
                    </log>

                    """
            )
        }

        @Test(arguments: [
            (XESAttribute.Kind.int, "1,5"), (.int, "9223372036854775808"), (.float, "1,5"), (.float, "Infinity"),
            (.float, "."), (.boolean, "yes"), (.date, "2011-10-11 13:42:22"), (.date, "2011-02-30T00:00:00Z"),
            (.date, "2011-10-11"), (.date, "2011-10-11T13:42:22+0200"), (.date, "2011-10-11T13:42Z"),
        ])
        func `a value that is not valid for its type is written as a string`(kind: XESAttribute.Kind, value: String)
            throws
        {
            #expect(try written(XESAttribute(kind, key: "k", value: value)) == "<string key=\"k\" value=\"\(value)\"/>")
        }

        @Test(arguments: [
            (XESAttribute.Kind.int, "-9223372036854775808"), (.float, "1e-7"), (.float, "INF"), (.boolean, "0"),
            (.date, "2011-10-11T13:42:22"), (.date, "2011-10-11T24:00:00.000Z"), (.date, "2011-10-11T13:42:22.5-05:30"),
        ])
        func `a valid value keeps its type`(kind: XESAttribute.Kind, value: String) throws {
            #expect(
                try written(XESAttribute(kind, key: "k", value: value))
                    == "<\(kind.rawValue) key=\"k\" value=\"\(value)\"/>"
            )
        }

        @Test func `characters that XML forbids are replaced`() throws {
            #expect(
                try written(XESAttribute(.string, key: "k", value: "a\u{0}b\u{1b}c\u{ffff}"))
                    == "<string key=\"k\" value=\"a\u{fffd}b\u{fffd}c\u{fffd}\"/>"
            )
        }

        /// The line of one attribute of the log.
        private func written(_ attribute: XESAttribute) throws -> String {
            var bytes: [UInt8] = []
            let writer = XESWriter { bytes += $0 }
            try writer.begin(XESLogHeader(attributes: [attribute]))
            try writer.end()
            return String(decoding: bytes, as: UTF8.self).split(separator: "\n")[2].trimmingCharacters(in: .whitespaces)
        }

        @Test func `escaped keys are names and come back, whatever they hold`() {
            var generator = SystemRandomNumberGenerator()
            let seed = generator.next()
            var state = seed
            func random(_ bound: Int) -> Int {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Int((state >> 33) % UInt64(bound))
            }
            let pieces = [
                "_", "x", "_x", "0041", "_x_", "005F", " ", ":", "a", "Z", "9", "受", "😀", "\u{0}", "-", ".", "é",
                "10FFFF",
            ]
            for _ in 0..<5000 {
                let key = (0..<random(8)).map { _ in pieces[random(pieces.count)] }.joined()
                #expect(XESNames.restored(XESNames.escaped(key)) == key, "seed \(seed)")
                #expect(!XESNames.escaped(key, allowsColon: false).contains(":"), "seed \(seed)")
            }
            #expect(XESNames.escaped("concept:name") == "concept:name")
            #expect(XESNames.escaped("case id") == "case_x0020_id")
        }

        @Test func `an older file is replaced only at the end, and a writer given up leaves nothing`() async throws {
            for name in ["a.xes", "a.xes.gz"] {
                let path = try scratch.write(name, "old")
                do {
                    let writer = try XESWriter(path: path)
                    try writer.begin(XESLogHeader())
                    try writer.beginTrace([])
                    for _ in 0..<5000 { try writer.event([XESAttribute(.string, key: "k", value: "v")]) }
                    #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
                }
                #expect(try scratch.names == [name])
                #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
                try write(sample, to: path)
                #expect(try scratch.names == [name])
                #expect(try await readAll(xes: path).items.count == 6)
                try FileManager.default.removeItem(atPath: path)
            }
            #expect(try await OwnProcess.eventually { OwnProcess.gzipChildren(in: scratch) == 0 })
        }

        @Test func `a place that cannot be written is an error`() throws {
            let inNowhere = scratch.path("nowhere/a.xes")
            #expect(throws: InterchangeError.self) { _ = try XESWriter(path: inNowhere) }
            #expect {
                _ = try XESWriter(path: scratch.url.path)
            } throws: {
                ($0 as? InterchangeError)?.reason == .isDirectory
            }
        }

        @Test func `a full disk is an error`() throws {
            let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
            #expect(throws: (any Error).self) {
                let writer = XESWriter(fileHandle: full)
                try writer.begin(XESLogHeader())
                try writer.beginTrace([])
                for _ in 0..<5000 { try writer.event([XESAttribute(.string, key: "k", value: "v")]) }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `a gzip that dies is an error, not the end of this process, and leaves nothing`() async throws {
            let writer = try XESWriter(path: scratch.path("a.xes.gz"))
            try writer.begin(XESLogHeader())
            try writer.beginTrace([])
            let child = try #require(OwnProcess.gzipIdentifiers(in: scratch).first)
            let kill = try Process.run(URL(fileURLWithPath: "/bin/kill"), arguments: ["-KILL", child])
            kill.waitUntilExit()
            #expect {
                for _ in 0..<200_000 { try writer.event([XESAttribute(.string, key: "k", value: "v")]) }
                try writer.endTrace()
                try writer.end()
            } throws: {
                ($0 as? InterchangeError)?.reason == .notWritable
            }
            #expect(try scratch.names == [])
            #expect(try await OwnProcess.eventually { OwnProcess.gzipChildren(in: scratch) == 0 })
            #expect(OwnProcess.openFiles(in: scratch) == 0)
        }

        @Test func `calls in a wrong order are refused`() throws {
            let writer = XESWriter { _ in }
            #expect {
                try writer.event([])
            } throws: {
                ($0 as? InterchangeError)?.what == "event was called in the stage new, not trace"
            }
            try writer.begin(XESLogHeader())
            try writer.beginTrace([])
            #expect(throws: InterchangeError.self) { try writer.end() }
        }

        @Test(
            .enabled(
                if: sharedData("logs/receipt.xes.gz") != nil,
                "shared/data/logs/receipt.xes.gz is not beside the package"
            )
        )
        func `a real log comes back as it was`() async throws {
            let path = try #require(sharedData("logs/receipt.xes.gz"))
            let original = try await readAll(xes: path)
            let copy = scratch.path("copy.xes.gz")
            try write(original.items, to: copy)
            let reading = try await readAll(xes: copy)
            #expect(reading.failure == nil)
            #expect(reading.problems == [])
            #expect(reading.events.count == 8577)
            #expect(reading.items.count { if case .traceEnd = $0 { true } else { false } } == 1434)
            #expect(reading.content == original.content)
        }
    }
}
