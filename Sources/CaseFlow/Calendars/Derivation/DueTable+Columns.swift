import WorkingTime

extension DueTable {
    /// Where the parts of a row stand.
    struct Columns {
        let start: Int
        let length: Int
        let pauses: [(from: Int, to: Int)]
        /// The number of columns that the header names; nil without a header.
        let width: Int?
        /// What is said of columns: those that look like pauses and are not read, those that have the name of another.
        let remarks: [String]

        var isNamed: Bool { width != nil }

        init(firstRow fields: [String], tellsProvisional: Bool) throws(WrongColumns) {
            if let first = fields.first, first.utf8.count >= 10, (try? CivilDate(String(first.prefix(10)))) != nil {
                (start, length, width, remarks) = (0, 1, nil, [])
                // Rows without a header may differ in length: as many pauses as each has.
                pauses = stride(from: 2, to: 100, by: 2).map { ($0, $0 + 1) }
                return
            }
            let names = fields.map { $0.trimmed.lowercased() }
            func find(_ wanted: [String]) -> Int? { wanted.lazy.compactMap { names.firstIndex(of: $0) }.first }
            guard let start = find(["start", "accepted_at", "accepted", "from", "received", "date"]),
                let length = find(["n", "days", "limit", "working_days"])
            else {
                throw WrongColumns(
                    description: """
                        the columns are not understood: name the start 'start' (or accepted, accepted_at, from) and the \
                        length 'n'; there are: \(fields.joined(separator: ", ").prefix(200))
                        """
                )
            }
            (self.start, self.length, width) = (start, length, names.count)
            let (pauses, unread) = try Self.pauses(names)
            self.pauses = pauses
            remarks =
                unread
                + (tellsProvisional ? ["due", "provisional"] : ["due"]).filter(names.contains)
                .map { "the table has a column \($0) already; the one that is appended stands behind all others" }
        }

        private static func pauses(_ names: [String]) throws(WrongColumns) -> ([(from: Int, to: Int)], [String]) {
            var pauses: [(from: Int, to: Int)] = []
            var remarks: [String] = []
            for (index, name) in names.enumerated() {
                guard let kind = ["pause", "resume"].first(where: name.hasPrefix) else {
                    if ["pause", "resum", "suspen", "中止", "恢复"].contains(where: name.contains) {
                        remarks.append(Self.remark(name))
                    }
                    continue
                }
                let suffix = name.dropFirst(kind.utf8.count)
                let other = (kind == "pause" ? "resume" : "pause") + suffix
                if let partner = names.firstIndex(of: other) {
                    guard names.firstIndex(of: name) == index else {
                        throw WrongColumns(description: "there are two columns \(name): number them, pause1, pause2")
                    }
                    if kind == "pause" { pauses.append((index, partner)) }
                } else if suffix.allSatisfy(\.isNumber) {
                    throw WrongColumns(
                        description: """
                            the column \(name) has no column \(other): add it (its cells may be empty: a pause without \
                            a resumption is open), or rename \(name) if it is no pause
                            """
                    )
                } else {
                    remarks.append(Self.remark(name))
                }
            }
            return (pauses, remarks)
        }

        private static func remark(_ name: String) -> String {
            "the column \(name) is not read: name pauses pause1, resume1, pause2, resume2"
        }
    }
}
