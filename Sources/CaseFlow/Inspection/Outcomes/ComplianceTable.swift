import Foundation

/// Rows of compliance as a table for people or for spreadsheets.
public struct ComplianceTable: Sendable {
    private let rows: [ComplianceRow]

    /// A table of rows in their order.
    public init(_ rows: [ComplianceRow]) { self.rows = rows }

    /// The heads of the columns for people.
    public static func header(_ grouping: ComplianceQuery.Grouping, _ language: Language) -> [String] {
        switch language {
        case .english:
            [
                grouping.rawValue, "received", "decided", "by promise", "by statute", "days median", "90 %",
                "cases paused", "days paused", "visits", "satisfied", "cards",
            ]
        case .chinese:
            [
                grouping.title[.chinese], "收件", "办结", "承诺时限内", "法定时限内", "用时中位数", "90 分位",
                "暂停件占比", "暂停天数占比", "到场次数", "满意率", "督办卡",
            ]
        }
    }

    /// The cells for people; `-` for what there is nothing of.
    public var cells: [[String]] {
        func share(_ share: Double?) -> String { share.map(ComplianceChart.percent) ?? "-" }
        return rows.map { row in
            [
                row.group, "\(row.received)", "\(row.decided)", share(row.promiseRate), share(row.statuteRate),
                row.days.quantile(0.5).map(String.init) ?? "-", row.days.quantile(0.9).map(String.init) ?? "-",
                share(row.pausedCases), share(row.pausedDays),
                row.visits.mean.map { String(format: "%.2f", $0) } ?? "-",
                share(row.satisfied), row.cardsInWords ?? "-",
            ]
        }
    }

    /// Writes it as CSV, with whole figures: shares from 0 to 1, empty where there is nothing.
    public func write(to writer: CSVWriter) throws {
        try writer.row([
            "group", "received", "decided", "granted", "promise_kept", "promise_broken", "promise_rate", "statute_kept",
            "statute_broken", "statute_rate", "days_median", "days_90", "paused_cases", "paused_days", "visits_mean",
            "visits_over_one", "rated", "satisfied", "cards",
        ])
        func text(_ value: Double?) -> String { value.map { String(format: "%.4f", $0) } ?? "" }
        for row in rows {
            var fields = [row.group, "\(row.received)", "\(row.decided)", "\(row.granted)"]
            fields += ["\(row.promiseKept)", "\(row.promiseBroken)", text(row.promiseRate)]
            fields += ["\(row.statuteKept)", "\(row.statuteBroken)", text(row.statuteRate)]
            fields += [0.5, 0.9].map { row.days.quantile($0).map(String.init) ?? "" }
            fields += [text(row.pausedCases), text(row.pausedDays), text(row.visits.mean)]
            fields += [
                "\(row.visits.count(in: 2...))", "\(row.rated.total)", text(row.satisfied), row.cardsInWords ?? "",
            ]
            try writer.row(fields)
        }
        try writer.end()
    }
}

extension ComplianceQuery.Grouping {
    /// For people.
    public var title: LocalizedText {
        switch self {
        case .town: LocalizedText("town", "乡镇")
        case .department: LocalizedText("department", "部门")
        case .officer: LocalizedText("officer", "经办人")
        case .item: LocalizedText("item", "事项")
        case .channel: LocalizedText("channel", "渠道")
        case .month: LocalizedText("month", "月份")
        }
    }
}
