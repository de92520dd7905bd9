import Foundation
import Testing

/// Finds texts in files, in the forms in which a text may come to lie there: UTF-8, GBK, UTF-16, JSON escapes, and
/// hexadecimal and base64 of those.
struct Traces {
    /// What was looked for, each with its forms.
    let forms: [(text: String, name: String, bytes: [UInt8])]

    init(of texts: [String]) throws {
        forms = try texts.flatMap { text in try Self.forms(of: text).map { (text, $0.name, $0.bytes) } }
    }

    private static let gbk = String.Encoding(rawValue: 0x8000_0632)

    private static func forms(of text: String) throws -> [(name: String, bytes: [UInt8])] {
        let utf8 = Array(text.utf8)
        let gbk = Array(try #require(text.data(using: Self.gbk), "GB 18030 is not known here"))
        var plain: [(String, [UInt8])] = [("UTF-8", utf8)]
        if gbk != utf8 {
            plain.append(("GBK", gbk))
            plain.append(("UTF-16LE", text.utf16.flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] }))
            plain.append(("UTF-16BE", text.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xff)] }))
        }
        var all = plain
        for (name, bytes) in plain {
            let hex = bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
            all.append(("\(name) hex", Array(hex.utf8)))
            all.append(("\(name) HEX", Array(hex.uppercased().utf8)))
            for shift in 0..<3 {
                // What comes before shifts the groups: the first and the last characters hang on neighbours.
                let whole = Data([UInt8](repeating: 0, count: shift) + bytes).base64EncodedString()
                let inner = whole.drop { $0 == "A" && shift > 0 }.dropFirst(shift > 0 ? 1 : 0)
                let kept = Array(inner.prefix { $0 != "=" }.dropLast().utf8)
                all.append(("\(name) base64 +\(shift)", kept))
            }
        }
        if gbk != utf8 {
            let escapes = text.utf16.map {
                "\\u" + String(repeating: "0", count: 4 - String($0, radix: 16).count) + String($0, radix: 16)
            }
            all.append(("JSON", Array(escapes.joined().utf8)))
            all.append(("JSON in capitals", Array(escapes.map { "\\u" + $0.dropFirst(2).uppercased() }.joined().utf8)))
        }
        return all
    }

    /// The files below these paths in which any of the forms stands. By grep, over bytes.
    func files(in paths: [String], scratch: Scratch) throws -> [String] {
        let patterns = scratch.path("patterns-\(UUID().uuidString)")
        #expect(forms.allSatisfy { $0.bytes.count >= 6 && !$0.bytes.contains(0x0a) && !$0.bytes.contains(0) })
        try Data(forms.map { $0.bytes + [0x0a] }.joined()).write(to: URL(fileURLWithPath: patterns))
        defer { try? FileManager.default.removeItem(atPath: patterns) }
        let grep = Process()
        grep.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        grep.arguments = ["LC_ALL=C", "grep", "-r", "-l", "-a", "-F", "-f", patterns, "--"] + paths
        let output = Pipe()
        grep.standardOutput = output
        try grep.run()
        let found = try output.fileHandleForReading.readToEnd() ?? Data()
        grep.waitUntilExit()
        // 0: found; 1: not found; sockets and files that vanish meanwhile make 2.
        try #require(grep.terminationStatus < 3)
        return String(decoding: found, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}

/// The search itself: a search that finds nothing proves nothing.
@Suite struct TracesTests {
    @Test(arguments: ["褚庐槊椿楸", "110000190001010012", "17000135790"])
    func `every form is found wherever it stands, and nothing else is`(text: String) throws {
        let (scratch, apart) = (try Scratch(), try Scratch())
        let traces = try Traces(of: [text])
        var expected: Set<String> = []
        func write(_ name: String, _ bytes: [UInt8]) throws {
            let path = scratch.path(name)
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            expected.insert(path)
        }
        for (index, form) in traces.forms.enumerated() {
            for before in 0..<3 {
                let noise = [UInt8](repeating: 0xee, count: 5000 + before)
                try write("\(index) \(form.name) \(before)", noise + form.bytes + noise)
            }
        }
        // Base64 of something in which the text stands in the middle.
        for before in 0..<4 {
            let inner = Data([UInt8](repeating: 0x41, count: before) + Array(text.utf8) + Array("</name>".utf8))
            try write("inner \(before)", Array(inner.base64EncodedString().utf8))
        }
        let folder = URL(fileURLWithPath: scratch.path("x")).deletingLastPathComponent().path
        _ = try scratch.write("other", "褚庐楸 11000019000101001 1700013579 base64 QUJD")
        let found = try traces.files(in: [folder], scratch: apart)
        #expect(Set(found) == expected)
    }
}
