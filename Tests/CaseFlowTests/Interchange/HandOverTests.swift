import CaseFlow
import Foundation
import Testing

extension InterchangeTests {
    @Suite("Stopping early")
    struct HandOverTests {
        let scratch: ScratchDirectory
        let packed: String

        init() throws {
            scratch = try ScratchDirectory()
            let events = String(repeating: "<event><string key=\"k\" value=\"v\"/></event>\n", count: 50_000)
            packed = try gzip(try scratch.write("a.xes", "<log><trace>\n\(events)</trace></log>"))
        }

        private func expectNothingLeft() async throws {
            #expect(try await OwnProcess.eventually { OwnProcess.openFiles(in: scratch) == 0 })
            #expect(try await OwnProcess.eventually { OwnProcess.gzipChildren(in: scratch) == 0 })
        }

        @Test func `a consumer that breaks off leaves neither thread nor child`() async throws {
            for _ in 0..<20 {
                for try await item in XESReader(path: packed) {
                    if case .events = item {
                        // Otherwise the check behind would always hold.
                        #expect(OwnProcess.openFiles(in: scratch) > 0)
                        #expect(OwnProcess.gzipChildren(in: scratch) > 0)
                        break
                    }
                }
            }
            try await expectNothingLeft()
        }

        @Test func `an iterator that is freed before its first item leaves nothing`() async throws {
            do { _ = XESReader(path: packed).makeAsyncIterator() }
            try await expectNothingLeft()
        }

        @Test func `a cancelled consumer gets CancellationError and leaves nothing`() async throws {
            let path = packed
            for delay in 0..<20 {
                let task = Task {
                    var count = 0
                    for try await _ in XESReader(path: path) {
                        count += 1
                        try? await Task.sleep(for: .microseconds(200))
                    }
                    return count
                }
                try await Task.sleep(for: .microseconds(delay * 500))
                task.cancel()
                await #expect(throws: CancellationError.self) { _ = try await task.value }
            }
            try await expectNothingLeft()
        }

        @Test func `many readers at once lose nothing`() async throws {
            let path = packed
            let counts = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        var count = 0
                        for try await item in XESReader(path: path) {
                            if case .events(let batch) = item { count += batch.count }
                        }
                        return count
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(counts == Array(repeating: 50_000, count: 8))
            try await expectNothingLeft()
        }

        @Test func `a table's reader stops as well`() async throws {
            let rows = String(repeating: "1,2,3\r\n", count: 200_000)
            let path = try gzip(try scratch.write("t.csv", rows))
            for try await item in CSVReader(path: path) {
                if case .rows = item { break }
            }
            try await expectNothingLeft()
        }
    }
}
