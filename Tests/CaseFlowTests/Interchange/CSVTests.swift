import CaseFlow
import Foundation
import Testing

extension InterchangeTests {
    @Suite("Tables in CSV")
    struct CSVTests {
        let scratch: ScratchDirectory

        init() throws {
            scratch = try ScratchDirectory()
        }

        private func read(_ text: String, _ options: CSVReader.Options = .init()) async throws -> Reading<CSVItem> {
            try await readAll(csv: try scratch.write("t.csv", text), options: options)
        }

        @Test func `quotes, embedded line ends, line ends of all kinds, a mark and lines`() async throws {
            let reading = try await read(
                "\u{feff}name,note\r\n\"Li, Wei\",\"said \"\"yes\"\"\r\nand left\"\r\n\n张,5\" pipe\rx,\n\"\",\"\""
            )
            #expect(reading.failure == nil)
            #expect(
                reading.items == [
                    .header(CSVRow(fields: ["name", "note"], line: 1)),
                    .rows([
                        CSVRow(fields: ["Li, Wei", "said \"yes\"\r\nand left"], line: 2),
                        CSVRow(fields: ["张", "5\" pipe"], line: 5), CSVRow(fields: ["x", ""], line: 6),
                        CSVRow(fields: ["", ""], line: 7),
                    ]),
                ]
            )
        }

        @Test(arguments: [",", ";", "\t", "|"])
        func `the delimiter is found by itself`(delimiter: String) async throws {
            let reading = try await read("\"a,b;c|d,;|\"\(delimiter)b\(delimiter)c\n1\(delimiter)2\(delimiter)3\n")
            #expect(reading.rows == [CSVRow(fields: ["1", "2", "3"], line: 2)])
        }

        @Test func `the delimiter and the header may be given`() async throws {
            var options = CSVReader.Options()
            options.delimiter = ";"
            options.hasHeader = false
            #expect(try await read("a,b;c\n", options).rows == [CSVRow(fields: ["a,b", "c"], line: 1)])
            options.delimiter = "，"
            #expect(try await read("a", options).failure?.reason == .misuse)
        }

        @Test func `a bad row is reported with its line, and the reading goes on`() async throws {
            let bytes =
                Array("a,b\n1,2\n1,2,3\n\n".utf8) + Array("x,".utf8) + [0xff, 0x0a]
                + Array("y,\0\n\"p\nq\",\"r\"s\n8,9\n".utf8)
            let reading = try await readAll(csv: try scratch.write("t.csv", bytes: bytes))
            #expect(reading.failure == nil)
            #expect(reading.rows.map(\.line) == [2, 9])
            #expect(
                reading.problems == [
                    "line 3: the row has 3 fields, not 2 as the first row; it is left out; check its delimiters and quotes",
                    "line 5: a field is not valid UTF-8; the row is left out; save the file as UTF-8 or name its encoding",
                    "line 6: a field holds a NUL; the row is left out; remove it where the file is made",
                    "line 8: text follows a closing quote; the row is left out; double the quotes inside a quoted field",
                ]
            )
        }

        @Test func `a quote that nothing closes costs its row only`() async throws {
            let expected =
                "line 2: a quote is opened and nothing closes it; the row is left out; close or double it; the reading goes on at the next line"
            let atEnd = try await read("a,b\n\"1,2\n3,4\n5,6\n")
            #expect(atEnd.failure == nil)
            #expect(atEnd.problems == [expected])
            #expect(atEnd.rows.map(\.line) == [3, 4])
            let long = "a,b\n\"1,2\n" + String(repeating: "3,4\n", count: 500_000)
            let reading = try await read(long)
            #expect(reading.problems == [expected])
            #expect(reading.rows.count == 500_000)
        }

        @Test func `a row without end and a file full of quotes are errors`() async throws {
            let row = try await read("a,b\n" + String(repeating: "x", count: 3_000_000))
            #expect(row.failure?.reason == .tooLarge)
            #expect(row.failure?.line == 2)
            var options = CSVReader.Options()
            options.maximumRowSize = 1000
            let line = "\"" + String(repeating: "x", count: 1200) + "\n"
            let quotes = try await read("a\n" + String(repeating: line, count: 101), options)
            #expect(quotes.problems.count == 100)
            #expect(quotes.failure?.line == 102)
            #expect(quotes.failure?.reason == .notWellFormed)
        }

        @Test func `other encodings and gzip`() async throws {
            var options = CSVReader.Options()
            options.encoding = "GB18030"
            let text = "名称,数\n" + (0..<60_000).map { "受理,\($0)\n" }.joined()
            let encoded = try #require(text.data(using: String.Encoding(rawValue: 0x8000_0632)))
            let path = try gzip(try scratch.write("t.csv", bytes: [UInt8](encoded)))
            let reading = try await readAll(csv: path, options: options)
            #expect(reading.failure == nil)
            #expect(reading.rows.count == 60_000)
            #expect(reading.rows.enumerated().allSatisfy { $1.fields == ["受理", "\($0)"] && $1.line == $0 + 2 })
            let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
            let cut = try await readAll(
                csv: try scratch.write("cut.csv.gz", bytes: Array(whole.dropLast(2000))),
                options: options
            )
            #expect(cut.failure?.reason == .damagedCompression)
            #expect(cut.rows.count > 10_000)
        }

        @Test func `an empty file is an error, a missing one too`() async throws {
            #expect(try await read("").failure?.reason == .empty)
            #expect(try await readAll(csv: scratch.path("no")).failure?.reason == .notFound)
        }

        @Test func `what is written is read again as it was`() async throws {
            let rows = [["a", "b"], ["", ""], ["x,y", "\"z\"\r\n"], ["=1+1", "-5"], [" ", "受理"]]
            let path = scratch.path("t.csv")
            let writer = try CSVWriter(path: path)
            for row in rows { try writer.row(row) }
            try writer.end()
            let reading = try await readAll(csv: path)
            #expect(reading.rows.map(\.fields) == Array(rows.dropFirst()))
            #expect(
                try String(contentsOfFile: path, encoding: .utf8)
                    == "a,b\r\n,\r\n\"x,y\",\"\"\"z\"\"\r\n\"\r\n=1+1,-5\r\n ,受理\r\n"
            )
        }

        @Test func `the guard disarms formulas and leaves numbers`() throws {
            var bytes: [UInt8] = []
            var options = CSVWriter.Options()
            options.guardsAgainstFormulas = true
            let writer = CSVWriter(options: options) { bytes += $0 }
            try writer.row(["=1+1", "-5", "@x", "+1e3", "-a", "ok"])
            try writer.row([""])
            try writer.end()
            #expect(String(decoding: bytes, as: UTF8.self) == "'=1+1,-5,'@x,+1e3,'-a,ok\r\n\"\"\r\n")
        }
    }
}
