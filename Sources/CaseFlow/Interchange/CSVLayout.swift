/// Where the columns of a table are.
struct CSVLayout {
    let caseNumber: Int
    let activity: Int
    let time: Int
    let performer: Int?
    let lifecycle: Int?
    let deadline: Int?
    let closed: Int?
    let received: Int?
    let ofCase: [(Int, String)]
    let ofStep: [(Int, String)]

    init(_ header: [String], _ columns: CSVImport.Columns) throws(CSVImport.WrongColumns) {
        func index(_ name: String) throws(CSVImport.WrongColumns) -> Int {
            guard let index = header.firstIndex(of: name) else {
                throw CSVImport.WrongColumns(
                    description: "the table has no column '\(name)'; it has: \(header.joined(separator: ", "))"
                )
            }
            if header.lastIndex(of: name) != index {
                throw CSVImport.WrongColumns(
                    description: "the table has more than one column '\(name)': name them differently"
                )
            }
            return index
        }
        func optional(_ name: String?) throws(CSVImport.WrongColumns) -> Int? {
            guard let name else { return nil }
            return try index(name)
        }
        caseNumber = try index(columns.caseNumber)
        activity = try index(columns.activity)
        time = try index(columns.time)
        performer = try optional(columns.performer)
        lifecycle = try optional(columns.lifecycle)
        deadline = try optional(columns.deadline)
        closed = try optional(columns.closed)
        received = try optional(columns.received)
        var ofCase: [(Int, String)] = []
        for name in columns.ofCase { ofCase.append((try index(name), name)) }
        self.ofCase = ofCase
        let taken = Set(
            [caseNumber, activity, time] + [performer, lifecycle, deadline, closed, received].compactMap(\.self)
                + ofCase.map(\.0)
        )
        ofStep = header.enumerated().filter { !taken.contains($0.offset) }.map { ($0.offset, $0.element) }
    }
}

extension CSVImport {
    /// Columns that do not fit the table's header, or each other.
    public struct WrongColumns: Error, Sendable, CustomStringConvertible {
        /// Which is wrong, and which there are.
        public let description: String
    }
}

extension CSVImport.Columns {
    /// Throws when one column is to be two things.
    public func check() throws(CSVImport.WrongColumns) {
        var seen: Set<String> = []
        for name in [caseNumber, activity, time]
            + [performer, lifecycle, deadline, closed, received].compactMap(\.self)
            + ofCase where !seen.insert(name).inserted
        {
            throw CSVImport.WrongColumns(description: "the column '\(name)' is named twice: a column is one thing")
        }
    }
}
