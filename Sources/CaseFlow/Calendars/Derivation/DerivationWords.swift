import WorkingTime

extension DerivationText {
    /// The sentences of derivations in both languages.
    struct Words {
        let language: Language

        private func pick(_ english: @autoclosure () -> String, _ chinese: @autoclosure () -> String) -> String {
            language == .chinese ? chinese() : english()
        }

        private func days(_ count: Int, isWorkingDays: Bool) -> String {
            let word = isWorkingDays ? "working day" : "day"
            return pick("\(count) \(word)\(count == 1 ? "" : "s")", isWorkingDays ? "\(count) 个工作日" : "\(count) 天")
        }

        /// `2 h 05 min`, with seconds where they are not zero.
        private func time(_ seconds: Int) -> String {
            let (minutes, rest) = (seconds / 60, seconds % 60)
            return pick(
                "\(minutes) min" + (rest == 0 ? "" : " \(rest) s"),
                "\(minutes) 分钟" + (rest == 0 ? "" : " \(rest) 秒")
            )
        }

        func calendar(_ code: String, _ version: CalendarVersion) -> String {
            pick("calendar \(code), version \(version.number)", "日历 \(code) 第 \(version.number) 版")
        }

        var event: String {
            pick("day 0, the day of the event: not counted", "第 0 日，起算事由发生的当日不计入")
        }

        var eventTime: String { pick("the event", "起算事由发生") }

        func months(_ count: Int, _ days: Int, _ isClamped: Bool) -> String {
            let end = isClamped ? pick(", the month's last day", "，当月无此日，取月末日") : ""
            return pick(
                "\(count) month\(count == 1 ? " ends" : "s end") on this day\(end): \(days) calendar days",
                "\(count) 个月至本日\(end)，共 \(days) 个自然日"
            )
        }

        func counted(_ numbers: ClosedRange<Int>, isWorkingDays: Bool) -> String {
            let (first, last) = (numbers.lowerBound, numbers.upperBound)
            let kind = isWorkingDays ? pick("working ", "工作日") : pick("", "自然日")
            if first == last { return pick("\(kind)day \(first), counted", "第 \(first) 个\(kind)，计入") }
            return pick("\(kind)days \(first) to \(last), counted", "第 \(first) 至 \(last) 个\(kind)，计入")
        }

        func makeUp(_ number: Int, _ name: String) -> String {
            let english = name.isEmpty ? "" : " for \(name)"
            let chinese = name.isEmpty ? "" : "（\(name)）"
            return pick(
                "working day \(number), counted: a make-up day\(english)",
                "第 \(number) 个工作日，计入：调休上班\(chinese)"
            )
        }

        var weekend: String { pick("weekend, not counted", "周末，不计入") }

        func holiday(_ name: String) -> String {
            pick("holiday\(name.isEmpty ? "" : " \(name)"), not counted", "\(name.isEmpty ? "法定节假日" : name)放假，不计入")
        }

        func paused(_ pause: Pause<CivilDate>, _ excluded: Int, _ counting: PauseCounting, isWorkingDays: Bool)
            -> String
        {
            let from = pause.start.description
            let rule =
                counting == .civil
                ? pick("civil counting: the pause day counts, the day of resumption does not", "按民法起算：中止当日计入，恢复当日不计入")
                : pick(
                    "half-open counting: the pause day does not count, the day of resumption does",
                    "按左闭右开：中止当日不计入，恢复当日计入"
                )
            let until = pause.end.map { pick("to \($0)", "至 \($0)") } ?? pick("on, still open", "起，尚未恢复")
            let many = days(excluded, isWorkingDays: isWorkingDays)
            return pick(
                "paused from \(from) \(until): \(many) not counted (\(rule))",
                "\(from) \(until) 中止，\(many)不计入（\(rule)）"
            )
        }

        func horizon(_ calendar: String) -> String {
            pick(
                "from here on the calendar is not published: weekends alone decide, the result is provisional",
                "自本日起日历尚未公布，仅按周末推算，结果为暂定"
            )
        }

        func rolled(_ to: CivilDate, _ roll: Roll) -> String {
            roll == .preceding
                ? pick("the last day is a rest day: it moves back to \(to)", "末日为休息日，提前至 \(to)")
                : pick("the last day is a rest day: it moves on to \(to)", "末日为休息日，顺延至 \(to)")
        }

        func stopped(_ left: Int, isWorkingDays: Bool) -> String {
            let many = days(left, isWorkingDays: isWorkingDays)
            return pick("not running, \(many) left", "时限中止中，剩余 \(many)")
        }

        func due(isProvisional: Bool) -> String {
            pick("due, until 24:00", "到期日，至当日 24 时止")
                + (isProvisional ? pick(" (provisional)", "（暂定）") : "")
        }

        func countedTime(_ seconds: Int, used: Int) -> String {
            pick("open: \(time(seconds)) counted, \(time(used)) in all", "服务时间，计入 \(time(seconds))，累计 \(time(used))")
        }

        func pausedTime(_ pause: Pause<WallTime>, _ seconds: Int) -> String {
            let until = pause.end.map { pick("to \($0)", "至 \($0)") } ?? pick("on, still open", "起，尚未恢复")
            return pick(
                "paused from \(pause.start) \(until): \(time(seconds)) not counted",
                "\(pause.start) \(until) 中止，\(time(seconds))不计入"
            )
        }

        var closed: String { pick("no service, not counted", "不在服务时间，不计入") }

        func stoppedTime(_ left: Int) -> String { pick("not running, \(time(left)) left", "时限中止中，剩余 \(time(left))") }

        func dueTime(isProvisional: Bool) -> String {
            pick("due", "到期") + (isProvisional ? pick(" (provisional)", "（暂定）") : "")
        }
    }
}
