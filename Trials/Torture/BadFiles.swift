import Foundation

/// A file that an import must cope with, and what it must say about it.
struct BadFile {
    let name: String
    /// As the file is called; decides on decompression.
    var suffix = ".xes"
    var content: [UInt8]?
    var arguments: [String] = []
    /// The exit statuses that are right.
    var statuses: Set<Int32> = [1]
    /// What the complaint must hold; `LINE` stands for a line number.
    var says: [String] = []
    /// How many cases must be in the log afterwards; nil: at least one.
    var cases: Int? = 0
    /// Compressed before it is cut to this part of its length.
    var gzipCut: Double?

    static let csvColumns = ["--case", "case", "--activity", "what", "--time", "when"]
}

/// The files of the trial, each with one thing wrong.
enum BadFiles {
    static func xes(_ traces: String) -> [UInt8] {
        Array("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<log xes.version=\"1.0\">\n\(traces)</log>\n".utf8)
    }

    static func trace(_ name: String, _ events: [(String, String)]) -> String {
        var text = "<trace>\n<string key=\"concept:name\" value=\"\(name)\"/>\n"
        for (activity, time) in events { text += event(activity, time) }
        return text + "</trace>\n"
    }

    static func event(_ activity: String, _ time: String) -> String {
        """
        <event>
        <string key="concept:name" value="\(activity)"/>
        <date key="time:timestamp" value="\(time)"/>
        </event>

        """
    }

    static func good(_ range: Range<Int>, events: Int = 3) -> String {
        range.map { index in
            trace("C-\(index)", (0..<events).map { ("step \($0)", time(index &* 60 &+ $0)) })
        }.joined()
    }

    static func time(_ second: Int) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
        let day = second / 86_400
        let clock = "\(two(second / 3600 % 24)):\(two(second / 60 % 60)):\(two(second % 60))"
        return "20\(two(10 + day / 336 % 80))-\(two(1 + day / 28 % 12))-\(two(1 + day % 28))T\(clock)+08:00"
    }

    private static func replacing(_ bytes: [UInt8], _ mark: String, with other: [UInt8]) -> [UInt8] {
        guard let range = Data(bytes).range(of: Data(mark.utf8)) else { return bytes }
        return Array(bytes[..<range.lowerBound]) + other + Array(bytes[range.upperBound...])
    }

    private static func csv(_ text: String) -> [UInt8] { Array("case,what,when\n\(text)".utf8) }

    /// All of them but the huge ones. The short form makes the long ones shorter, not fewer.
    static func all(short: Bool) -> [BadFile] {
        let ten = xes(good(0..<11))
        let marked = xes(good(0..<3) + trace("C-MARK", [("x", time(0))]) + good(3..<5))
        let laughs = (1...9).map { level in
            "<!ENTITY l\(level) \"\(String(repeating: "&l\(level - 1);", count: 10))\">\n"
        }.joined()
        let bomb =
            "<?xml version=\"1.0\"?>\n<!DOCTYPE log [\n<!ENTITY l0 \"ha\">\n\(laughs)]>\n"
            + "<log><trace><string key=\"concept:name\" value=\"&l9;\"/></trace></log>\n"
        let many = trace("LONG", (0..<(short ? 6000 : 100_000)).map { ("step \($0)", time($0)) })
        let twice = trace("C-1", [("a", time(1)), ("b", time(2))])
        let other = trace("C-1", [("a", time(1)), ("c", time(3))])
        let wrong = trace("C-9", [("a", "2011-13-45T99:00:00+01:00"), ("b", time(5)), ("c", "yesterday")])
        let csvArguments = BadFile.csvColumns
        return [
            BadFile(name: "truncated", content: Array(ten.dropLast(150)), says: ["LINE"], cases: 10),
            BadFile(
                name: "truncated-gz",
                suffix: ".xes.gz",
                content: xes(good(0..<(short ? 800 : 4000))),
                says: ["gzip"],
                cases: nil,
                gzipCut: 0.6
            ),
            BadFile(name: "not-gzip", suffix: ".xes.gz", content: Array("\u{1f}hardly".utf8), says: [";"]),
            BadFile(
                name: "invalid-utf-8",
                content: replacing(marked, "MARK", with: [0xc3, 0x28, 0xff]),
                says: ["LINE"],
                cases: nil
            ),
            BadFile(
                name: "wrong-dates",
                content: xes(good(0..<2) + wrong),
                says: ["LINE", "time:timestamp"],
                cases: 3
            ),
            BadFile(name: "billion-laughs", content: Array(bomb.utf8), says: ["LINE", "entit"]),
            BadFile(name: "long-case", content: xes(many), statuses: [0], cases: 1),
            BadFile(name: "doubled-same", content: xes(twice + twice), statuses: [0], cases: 1),
            BadFile(name: "doubled-other", content: xes(twice + other), says: ["LINE", "C-1", "already"], cases: 1),
            BadFile(
                name: "nul-byte",
                content: replacing(marked, "MARK", with: [65, 0, 66]),
                says: ["LINE"],
                cases: nil
            ),
            BadFile(
                name: "nul-reference",
                content: replacing(marked, "MARK", with: Array("A&#0;B".utf8)),
                says: ["LINE"],
                cases: nil
            ),
            BadFile(
                name: "control-character",
                content: replacing(marked, "MARK", with: Array("A&#10;B".utf8)),
                says: ["LINE"],
                cases: 5
            ),
            BadFile(
                name: "no-name",
                content: xes(good(0..<1) + "<trace>\n" + event("a", time(1)) + "</trace>\n"),
                says: ["LINE", "concept:name"],
                cases: 1
            ),
            BadFile(name: "not-xes", content: Array("<html><body/></html>".utf8), says: ["LINE"]),
            BadFile(name: "unclosed", content: Array("<log><trace></log>".utf8), says: ["LINE"]),
            BadFile(
                name: "zone-of-mars",
                content: ten,
                arguments: ["--time-zone", "Mars/Phobos"],
                statuses: [2],
                says: ["Mars/Phobos", "Asia/Shanghai"]
            ),
            BadFile(
                name: "zone-abbreviated",
                content: ten,
                arguments: ["--time-zone", "CST"],
                statuses: [2],
                says: ["CST", "IANA"]
            ),
            BadFile(name: "zone-empty", content: ten, arguments: ["--time-zone", ""], statuses: [2], says: ["IANA"]),
            BadFile(name: "absent", content: nil, says: ["absent.xes"]),
            BadFile(name: "directory", suffix: "/", content: nil, says: ["director"]),
            BadFile(name: "empty", content: [], says: ["empty"]),
            BadFile(
                name: "stops",
                content: xes(good(0..<2) + wrong),
                arguments: ["--on-problem", "stop"],
                says: ["LINE", "stopped"],
                cases: nil
            ),
            BadFile(
                name: "csv-no-column",
                suffix: ".csv",
                content: Array("case,what\n1,a\n".utf8),
                arguments: csvArguments,
                statuses: [2],
                says: ["when"]
            ),
            BadFile(
                name: "csv-open-quote",
                suffix: ".csv",
                content: csv("1,a,\(time(1))\n2,\"b,\(time(2))\n3,c,\(time(3))\n"),
                arguments: csvArguments,
                says: ["LINE", "quote"],
                cases: 2
            ),
            BadFile(
                name: "csv-wrong-date",
                suffix: ".csv",
                content: csv("1,a,\(time(1))\n2,b,2011-02-30T25:00:00\n"),
                arguments: csvArguments,
                says: ["LINE", "when"],
                cases: 1
            ),
            BadFile(
                name: "csv-short-row",
                suffix: ".csv",
                content: csv("1,a,\(time(1))\n2\n3,c,\(time(3))\n"),
                arguments: csvArguments,
                says: ["LINE"],
                cases: 2
            ),
            BadFile(
                name: "csv-nul",
                suffix: ".csv",
                content: csv("1,a,\(time(1))\n2,b\0,\(time(2))\n3,c,\(time(3))\n"),
                arguments: csvArguments,
                says: ["LINE"],
                cases: nil
            ),
            BadFile(name: "csv-empty", suffix: ".csv", content: [], arguments: csvArguments, says: ["empty"]),
        ]
    }
}
