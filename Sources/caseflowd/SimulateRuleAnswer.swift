import CaseFlow
import Foundation
import WorkingTime

/// How `simulate rule` answers: the list as it comes, row by row, so that nothing of it is kept; then the counts.
final class WhatIfOutput {
    private let command: SimulateRuleCommand
    private let table: CSVWriter?
    private var rows = 0

    init(_ command: SimulateRuleCommand) throws {
        self.command = command
        table = try command.csvFile.map { path in
            path == "-"
                ? CSVWriter { print(String(decoding: $0, as: UTF8.self), terminator: "") } : try CSVWriter(path: path)
        }
        try table?.row(WhatIfRow.columns)
    }

    private var isJSON: Bool { command.log.database.json }
    private var language: Language { command.language }
    private func words(_ english: String, _ chinese: String) -> String { LocalizedText(english, chinese)[language] }

    // MARK: The list

    /// Takes the next row.
    func row(_ row: WhatIfRow) throws {
        try table?.row(row.fields)
        guard command.list else { return }
        if isJSON {
            print((rows == 0 ? "{\"changes\":[" : ",") + (try Self.json(row)), terminator: "")
        } else {
            print(text(row))
        }
        rows += 1
    }

    /// `T-1  hall  item  promise: green -> red; due 2026-03-16 -> 2026-03-02, stopped 2026-03-10; why`
    private func text(_ row: WhatIfRow) -> String {
        let lights = [row.was, row.wouldBe].map { $0.map(light) ?? "-" }.joined(separator: " → ")
        let due = [row.dueWas, row.dueWouldBe].map { $0 ?? "-" }.joined(separator: " → ")
        let end = row.stoppedOn.map { words(", stopped \($0)", "，止于 \($0)") } ?? words(", still runs", "，仍在计时")
        let clock = row.clock + (row.stage.map { " \($0)" } ?? "") + (row.ordinal > 1 ? " #\(row.ordinal)" : "")
        let place = [row.case, row.unit, row.item].filter { !$0.isEmpty }.joined(separator: "  ")
        return "\(place)  \(clock): \(lights); "
            + words("due \(due)\(end); \(row.reason)", "到期 \(due)\(end)；\(row.reason)")
    }

    private func light(_ name: String) -> String {
        guard language == .chinese else { return name }
        return ["green": "绿", "yellow": "黄", "red": "红"][name] ?? name
    }

    private static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    // MARK: The counts

    private struct Whole: Encodable {
        let log, over, asOf, by: String
        let clock: String?
        let different: [String]
        let answer: WhatIfAnswer

        private enum CodingKeys: CodingKey { case log, over, asOf, by, clock, different }

        func encode(to encoder: any Encoder) throws {
            try answer.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(log, forKey: .log)
            try container.encode(over, forKey: .over)
            try container.encode(asOf, forKey: .asOf)
            try container.encode(by, forKey: .by)
            try container.encodeIfPresent(clock, forKey: .clock)
            try container.encode(different, forKey: .different)
        }
    }

    /// Ends the list, and tells the counts.
    func end(_ answer: WhatIfAnswer, _ change: RuleChange, asOf: CivilDate) throws {
        try table?.end()
        for item in change.promises.keys.sorted() where answer.promised[item] == nil {
            Terminal.note("caseflowd: no case of item \(item) was judged: its promise changes nothing here")
        }
        if isJSON {
            let whole = Whole(
                log: command.log.log,
                over: command.over.description,
                asOf: asOf.description,
                by: command.by.rawValue,
                clock: command.clock?.rawValue,
                different: change.words(language),
                answer: answer
            )
            let text = try Self.json(whole)
            if !command.list { return print(text) }
            print((rows == 0 ? "{\"changes\":[" : "") + "]," + text.dropFirst())
            return
        }
        if command.csvFile == "-" { return }
        tell(answer, change, asOf)
    }

    private func tell(_ answer: WhatIfAnswer, _ change: RuleChange, _ asOf: CivilDate) {
        if rows > 0 { print("") }
        let different = change.words(language).joined(separator: words("; ", "；"))
        print(words("what if: \(different)", "假如：\(different)"))
        let clock = command.clock.map { words(", clock \($0) alone", "，只看时钟 \($0)") } ?? ""
        print(
            words(
                "cases received in \(command.over), clocks that run read on \(asOf)\(clock)",
                "\(command.over) 收件，未停的时钟按 \(asOf) 计\(clock)"
            )
        )
        print("")
        let groups = answer.groups.sorted { $0.key < $1.key }
        let group = command.by == .unit ? words("unit", "单位") : words("item", "事项")
        table(
            [group, words("cases", "件数")],
            groups.map { ($0.key.isEmpty ? "-" : $0.key, $0.value) } + [(words("total", "合计"), answer.total)]
        )
        print("")
        let clocks = answer.clocks.filter { $0.value.was != $0.value.wouldBe || $0.value.turned > 0 }
        if clocks.isEmpty {
            print(words("no clock would show another light", "没有时钟会改变亮灯"))
        } else {
            table(
                [words("clock", "时钟"), words("runs", "计时次数")],
                clocks.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
            )
        }
        print("")
        print(
            words(
                """
                of \(answer.cases) cases \(answer.total.judged) were judged (\(answer.running) still run, \
                \(answer.withdrawn) were withdrawn); \(answer.withoutRules) go by no rules of ours, \
                \(answer.withoutClocks) had no such clock yet, \(answer.notJudged) could not be judged; nothing was stored
                """,
                """
                共 \(answer.cases) 件，判定 \(answer.total.judged) 件（在办 \(answer.running)，撤回 \(answer.withdrawn)）；\
                不适用本系统规则 \(answer.withoutRules)，尚无此类时钟 \(answer.withoutClocks)，无法判定 \(answer.notJudged)；未存储任何内容
                """
            )
        )
        if !answer.withoutMarketDays.isEmpty {
            let units = answer.withoutMarketDays.sorted { $0.key < $1.key }
                .map { "\($0.key.isEmpty ? "-" : $0.key) (\($0.value))" }.joined(separator: ", ")
            print(
                words(
                    "no market days are known for cases of \(units): they were counted as ever",
                    "以下单位的办件没有已知圩日，照旧计算：\(units)"
                )
            )
        }
        for problem in answer.problems { Terminal.note("caseflowd: \(problem.case): \(problem.reason)") }
        if answer.notJudged > answer.problems.count {
            Terminal.note("caseflowd: and \(answer.notJudged - answer.problems.count) more that could not be judged")
        }
    }

    private func table(_ first: [String], _ rows: [(name: String, count: WhatIfCount)]) {
        let header = words(
            "was green,yellow,red,would be green,yellow,red,turned yellow,turned red,better",
            "原绿,原黄,原红,将绿,将黄,将红,转黄,转红,好转"
        )
        Terminal.table(
            first + header.split(separator: ",").map(String.init),
            rows.map { name, count in
                [name]
                    + [
                        count.judged, count.was.green, count.was.yellow, count.was.red, count.wouldBe.green,
                        count.wouldBe.yellow, count.wouldBe.red, count.turnedYellow, count.turnedRed, count.better,
                    ].map(String.init)
            }
        )
    }
}
