import Foundation

/// A chart of compliance as SVG 1.1: for each group a bar of what was promised and kept, a bar of days that stood still, and
/// the figures beside them. It needs no script, font or style from elsewhere.
public struct ComplianceChart: Sendable {
    private let rows: [ComplianceRow]
    private let title: String
    private let language: Language

    /// A chart of rows in their order, under a title.
    public init(_ rows: [ComplianceRow], title: String, language: Language) {
        (self.rows, self.title, self.language) = (rows, title, language)
    }

    private static let (left, bar, right, line, top) = (220, 400, 300, 44, 84)
    private var width: Int { Self.left + Self.bar + Self.right }
    private var height: Int { Self.top + rows.count * Self.line + 24 }

    /// The file's text.
    public var svg: String {
        var lines = [
            """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" \
            viewBox="0 0 \(width) \(height)" font-family="sans-serif" font-size="13">
            """,
            "<title>\(Self.escaped(title))</title>",
            "<rect width=\"\(width)\" height=\"\(height)\" fill=\"#ffffff\"/>",
            Self.text(title, x: 16, y: 28, more: " font-size=\"17\" font-weight=\"bold\""),
        ]
        lines += legend
        for step in 0...4 {
            let x = Self.left + Self.bar * step / 4
            lines.append(
                "<line x1=\"\(x)\" y1=\"\(Self.top - 8)\" x2=\"\(x)\" y2=\"\(height - 20)\" stroke=\"#d8d8d8\"/>"
            )
            lines.append(
                Self.text("\(step * 25) %", x: x, y: height - 6, more: " font-size=\"11\" text-anchor=\"middle\"")
            )
        }
        for (index, row) in rows.enumerated() { lines += drawn(row, y: Self.top + index * Self.line) }
        lines.append("</svg>")
        return lines.joined(separator: "\n") + "\n"
    }

    /// Writes it to a file, which appears complete. Errors: ``InterchangeError``.
    public func write(to path: String) throws {
        let file = try ReplacingFile(path: path)
        try file.write(Array(svg.utf8))
        try file.complete()
    }

    private enum Colour: String {
        case kept = "#2e7d32"
        case broken = "#c62828"
        case paused = "#f9a825"
        case none = "#9e9e9e"
    }

    private var legend: [String] {
        let entries: [(Colour, LocalizedText)] = [
            (.kept, LocalizedText("within the promise", "按承诺办结")),
            (.broken, LocalizedText("later than promised", "超承诺时限")),
            (.paused, LocalizedText("share of days that stood still", "不计时天数占比")),
        ]
        return entries.enumerated().flatMap { index, entry in
            let x = 16 + index * 240
            return [
                "<rect x=\"\(x)\" y=\"44\" width=\"12\" height=\"12\" fill=\"\(entry.0.rawValue)\"/>",
                Self.text(entry.1[language], x: x + 18, y: 55),
            ]
        }
    }

    private func drawn(_ row: ComplianceRow, y: Int) -> [String] {
        var lines = [Self.text(row.group, x: Self.left - 10, y: y + 17, more: " text-anchor=\"end\"")]
        let figures: String
        if let rate = row.promiseRate {
            let kept = Int((Double(Self.bar) * rate).rounded())
            lines.append(Self.box(Self.left, y, kept, 20, .kept))
            lines.append(Self.box(Self.left + kept, y, Self.bar - kept, 20, .broken))
            figures =
                Self.percent(rate) + LocalizedText(" of ", "，共 ")[language] + "\(row.promiseKept + row.promiseBroken)"
        } else {
            lines.append(Self.box(Self.left, y + 9, Self.bar, 2, .none))
            figures = LocalizedText("none decided under a promise", "无按承诺办结的件")[language]
        }
        if let share = row.pausedDays, share > 0 {
            lines.append(Self.box(Self.left, y + 23, max(1, Int((Double(Self.bar) * share).rounded())), 7, .paused))
        }
        let median = row.days.quantile(0.5).map { LocalizedText("; median \($0) d", "；中位数 \($0) 天")[language] } ?? ""
        lines.append(Self.text(figures + median, x: Self.left + Self.bar + 12, y: y + 16))
        return lines
    }

    private static func box(_ x: Int, _ y: Int, _ width: Int, _ height: Int, _ colour: Colour) -> String {
        "<rect x=\"\(x)\" y=\"\(y)\" width=\"\(width)\" height=\"\(height)\" fill=\"\(colour.rawValue)\"/>"
    }

    private static func text(_ text: String, x: Int, y: Int, more: String = "") -> String {
        "<text x=\"\(x)\" y=\"\(y)\"\(more)>\(escaped(text))</text>"
    }

    static func percent(_ share: Double) -> String { String(format: "%.1f %%", share * 100) }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            default: escaped.append(character)
            }
        }
        return escaped
    }
}
